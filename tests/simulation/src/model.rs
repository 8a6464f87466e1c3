//! Who lives at the other ends: the platform, the shop, the shopper's pages and phones, and those
//! who mean no good.
//!
//! The platform's half is written from the protocol reference and shares no message type with the
//! Worker: it reads what we send as JSON, or by V2 as XML, and remembers it, so that two sides cannot
//! agree on a typo.

pub mod attacker;
pub mod bill;
pub mod calls;
pub mod clients;
pub mod index;
pub mod mail;
pub mod moment;
pub mod order;
pub mod refunds;
pub mod seal;
pub mod shelf;
pub mod shop;
pub mod v2;
pub mod wechat;
