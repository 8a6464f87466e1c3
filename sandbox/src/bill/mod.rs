//! Bills: what really happened here, written as the platform writes it (protocol reference B.8 to
//! B.10).
//!
//! [`day`] says when a bill exists; [`entry`] is what can stand in one, and [`gather`] finds it;
//! [`trade`] and [`fund_flow`] are the two kinds of file, written by [`sheet`] to the byte; [`packing`]
//! makes them ready to go, and [`shelf`] keeps one for as long as its address lives.

pub mod day;
pub mod entry;
pub mod fund_flow;
pub mod gather;
pub mod packing;
pub mod sheet;
pub mod shelf;
pub mod trade;
