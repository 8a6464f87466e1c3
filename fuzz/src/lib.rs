//! What is promised of every parser of outside bytes, whatever the bytes.
//!
//! "Does not panic" is the least of it. Each function here takes bytes that anybody may have sent,
//! lets the product read them, and holds what was read against a second, simpler reading: a broken
//! promise is a panic, and the fuzzer keeps the bytes that caused it. The programs in `targets/` only
//! hand bytes over; `tests/fuzz/` runs each of them, with the test vectors for a start.
//!
//! Reading order: [`platform`] is who we pretend to believe; [`notification`], [`reply`],
//! [`certificates`] and [`bill`] are what comes from WeChat Pay and the network, and [`v2`] what comes
//! over its older API; [`keys`] and [`operator`] are what comes from the operator, [`shop`] and
//! [`giving_back`] what comes from shops and pages.

mod platform;

pub mod notification;
pub mod reply;

pub mod bill;
pub mod certificates;
pub mod v2;

pub mod keys;
pub mod operator;

pub mod giving_back;
pub mod shop;
