//! Ring 1: WeChat Pay's language. Bytes in, meaning out.
//!
//! Nothing here has a clock, chance, a network or a global: `now` and nonces are arguments, HTTP is
//! data ([`http`]), and the only `async` is the RSA of the crypto ports ([`crypto`]) that the Worker
//! fills with WebCrypto. What is signed is what is sent, what is verified is what arrived, and no
//! body means anything before [`v3::verify`] has made it [`v3::verify::Verified`], or [`v2::sign`] a
//! [`v2::sign::Verified`].
//!
//! Reading order: [`http`] and [`crypto`] are the borders; [`key`] takes what an operator pasted
//! and names each mistake; [`v3`] speaks the current protocol, [`v2`] the older one; [`bill`] reads
//! what a day came to. The sections named in comments (A.4, B.1, D.2 …) are those of the project's
//! protocol reference.
#![forbid(unsafe_code)]

pub mod bill;
pub mod crypto;
pub mod http;
pub mod key;
pub mod moment;
#[cfg(feature = "rustcrypto")]
pub mod rustcrypto;
mod said;
pub mod v2;
pub mod v3;

#[cfg(test)]
mod stand_in;
