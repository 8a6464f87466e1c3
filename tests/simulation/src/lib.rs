//! A bad day at the shop, drawn by a seed.
//!
//! The decisions are the real ones: `checkout`'s lives, `wechatpay`'s messages, signatures, windows
//! and seals, the desk with all its verbs, the outbox, the door's verdict on a notification, the
//! choice of hosts, the keyring's rules. Everything else is this crate: time, chance, wires, stores,
//! and who lives at their ends. A seed decides all of it, so a failing day can be lived once more.
//!
//! Read in this order: `model` (who lives at the other ends; `model::v2` for the platform's other API),
//! `manner` (which API the day's merchant speaks), `weather` (what can go wrong), `world`
//! and `object` (time, and what survives a crash), `invariants` (what must hold), `run` (a day),
//! `planted` (does it bite?). `reproduction` keeps days worth keeping.
//!
//! What is not here: the runtime itself. That a commit is whole, that nothing leaves an object before
//! it is on disk, that an alarm rings at least once, is taken from the runtime's documentation
//! (and from `tests/edge/`, where the runtime is killed in earnest).

pub mod coverage;
pub mod dice;
pub mod door;
pub mod executor;
pub mod invariants;
pub mod keys;
pub mod manner;
pub mod model;
pub mod names;
pub mod object;
pub mod planted;
pub mod ports;
pub mod report;
pub mod reproduction;
pub mod run;
pub mod weather;
pub mod wire;
pub mod witness;
pub mod world;
