//! V2: XML over HTTP, signed both ways with one key that both sides share (protocol reference D).
//!
//! The sign is over the fields and not over the bytes, so a message is parsed before it can be
//! verified; that is why the parser ([`xml`]) takes so little, and why what it gives means nothing
//! yet: every reader below takes [`sign::Verified`], which only [`sign::verify`] makes. A shared
//! key also means that whoever holds it can write as the platform: it proves less than a platform's
//! own signature does.
//!
//! Reading order: [`fields`] is a message, [`xml`] its bytes; [`key`] is the secret, [`sign`] what
//! both sides do with it; [`draft`] is a call before it is signed, [`answer`] judges what comes back,
//! and [`other_key`] is for the days on which a merchant has two. [`order`] says what is asked of an
//! order and what an answer means for it, `transaction` what a payment is; [`refund`] the same of
//! money that goes back, [`bill`] how a day's bill is asked for, or why there is none.
//! [`notification`] is the way in for payments, [`refund_notification`] for what is said of refunds;
//! [`mode1`] is the printed code: its link, the platform's callback and our answer; [`short_url`]
//! shortens the link. [`malformed`] is what is left when even the platform cannot be understood.

pub mod fields;
pub mod xml;

pub mod key;
pub mod sign;

pub mod answer;
pub mod draft;
pub mod order;
pub mod other_key;
pub mod refund;
mod transaction;

pub mod bill;

pub mod notification;
pub mod refund_notification;

pub mod mode1;
pub mod short_url;

pub mod malformed;
mod moment;
