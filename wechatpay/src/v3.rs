//! APIv3: JSON over HTTP, signed by RSA both ways, notifications sealed by AES (protocol reference
//! A to C).
//!
//! Reading order: [`message`] has the exact lines that are signed; [`sign`] makes our calls
//! believable, [`verify`] decides whether to believe; [`answer`] judges replies, [`native`] says
//! what is asked and what an answer means, [`order_fields`] what an order may say besides, [`refund`]
//! how money goes back, [`bill`] how a day's bill is asked for; [`notification`] is the way in for payments and
//! refunds, `decrypt` and [`transaction`] its last two steps; [`certificates`] is where some of the
//! platform's keys come from, [`sensitive`] seals single fields, [`echo`] tests keys; [`malformed`] is
//! what is left when even the platform cannot be understood.

pub mod message;
pub mod sign;
pub mod verify;

pub mod answer;
pub mod bill;
pub mod native;
pub mod order_fields;
pub mod refund;
mod spelling;

mod decrypt;
pub mod notification;
pub mod transaction;

pub mod certificates;
pub mod echo;
pub mod sensitive;

pub mod malformed;
