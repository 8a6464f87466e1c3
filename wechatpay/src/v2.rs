//! V2: XML over HTTP, signed both ways with one key that both sides share (protocol reference D).
//!
//! The sign is over the fields and not over the bytes, so a message is parsed before it can be
//! verified; that is why the parser ([`xml`]) takes so little, and why what it gives means nothing
//! yet: every reader below takes [`sign::Verified`], which only [`sign::verify`] makes. A shared
//! key also means that whoever holds it can write as the platform: it proves less than a platform's
//! own signature does.
//!
//! Reading order: [`fields`] is a message, [`xml`] its bytes; [`key`] is the secret, [`sign`] what
//! both sides do with it; [`draft`] is a call before it is signed.

pub mod fields;
pub mod xml;

pub mod key;
pub mod sign;

pub mod draft;
