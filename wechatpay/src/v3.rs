//! APIv3: JSON over HTTP, signed by RSA both ways, notifications sealed by AES (protocol reference
//! A to C).
//!
//! Reading order: [`message`] has the exact lines that are signed; [`sign`] makes our calls
//! believable, [`verify`] decides whether to believe; [`answer`] judges replies, [`native`] says
//! what is asked and what an answer means, [`notification`] is the way in for payments, [`decrypt`]
//! and [`transaction`] its last two steps.

pub mod answer;
pub mod decrypt;
pub mod malformed;
pub mod message;
pub mod native;
pub mod notification;
pub mod sign;
pub mod transaction;
pub mod verify;
