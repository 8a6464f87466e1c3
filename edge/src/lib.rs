//! Ring 2: the Worker. It holds the keys, places orders, hears WeChat Pay and tells the page.
//!
//! A request meets the door first (stateless, one isolate of many), then the desk (one Durable
//! Object per checkout, the only writer of truth). `cloudflare` is the only folder that names the
//! runtime, and it is built for wasm32 alone; everything else is plain Rust that `cargo test`
//! builds and runs on the host.

pub mod api;
pub mod bills;
pub mod buyer;
pub mod catalogue;
pub mod command;
pub mod config;
pub mod counter;
pub mod desk;
pub mod doctor;
pub mod hosts;
pub mod index;
pub mod keyring;
pub mod limits;
mod members;
pub mod naming;
pub mod notified;
pub mod origin;
pub mod outbox;
pub mod pay_page;
pub mod places;
pub mod ports;
pub mod problem;
pub mod qr;
pub mod query;
pub mod raw_call;
pub mod reader;
pub mod reconciliation;
pub mod refund_notice;
pub mod request;
pub mod retry;
pub mod routes;
pub mod token;
pub mod webhook;

#[cfg(target_arch = "wasm32")]
mod cloudflare;
