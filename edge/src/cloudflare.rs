//! The Worker on Cloudflare's runtime: the only folder that names the `worker` crate.
//!
//! In reading order: a request comes in at the door (`entry`), which sorts it to the shop's, the
//! page's or the platform's side; all three talk to Durable Objects (`objects`). A checkout's object
//! (`checkout_object`) keeps a `ledger` and tells `watchers`. Who we are to the platform and whom we
//! believe is a merchant's `standing`; `keyring_object` asks for the platform's certificates. Nothing in here panics, because a
//! panic in wasm takes every other request of the isolate with it, and nothing decides: what can be
//! decided without the runtime stands outside this folder, where the host tests it.

mod entry;

mod bills;
mod doctor;
mod events;
mod examiner;
mod examiner_v2;
mod history;
mod lists;
mod native_callback;
mod notified;
mod operator;
mod page;
mod pay;
mod payment_notice;
mod products;
mod refund_notice;
mod resolve;
mod shop;
mod trials;

mod body;
mod gate;
mod objects;
mod reply;
mod voice;

mod books_object;
mod checkout_object;
mod counter_object;
mod keyring_object;
mod quota_object;
mod reconciliation;
mod reconciliation_object;
mod refunds;

mod alarm;
mod index;
mod ledger;
mod watchers;
mod webhook;

mod certificate;
mod confidant;
mod deployment;
mod exchange;
mod log;
mod platform;
mod standing;
mod webcrypto;
mod world;

#[cfg(feature = "dev-clock")]
mod clock;
#[cfg(feature = "dev-clock")]
mod clock_object;
