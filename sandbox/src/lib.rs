//! WeChat Pay as seen from outside, on your own machine.
//!
//! WeChat Pay has no APIv3 sandbox, so this server plays one: it checks what merchants send with
//! the real rules, signs every answer, and notifies with the real schedule. A person pays by
//! clicking on a phone. The message structs and the strings to sign are written here from the
//! protocol reference and are not shared with the Worker: two sides with one set of types would
//! agree on a typo.
//!
//! Reading order:
//!
//! * [`order`], [`payer`], [`payment`], [`refund`], [`notification`], [`fault`], [`scenario`]: what can happen, as plain
//!   values; no clock, no socket.
//! * [`ledger`]: some of them together, one change at a time; [`shards`]: all of them, many changes
//!   at a time; [`store`] keeps it on disk.
//! * [`merchant`], [`addresses`], [`certificate`], [`keys`]: who is who, and the arithmetic that
//!   proves it;
//!   [`merchants_file`] and [`credentials_file`]: where it is read from and kept.
//! * [`platform_keys`], [`rotation`], [`keyring`]: which keys are in force, and how that changes.
//! * [`bill`]: what happened, as files.
//! * [`v3`] and [`v2`]: the APIs that merchants call; [`gateway`]: what may stand before them.
//!   [`postman`]: the notifications that they receive,
//!   through [`client`] and [`reach`].
//! * [`short_links`]: what V2 makes short.
//! * [`mode1`]: a phone that scans a product's code, and the merchant that is asked for an order.
//! * [`journal`]: every call and its answer; [`diagnosis`]: why a signature was not taken. [`pulse`] says
//!   that something changed.
//! * [`control`], [`console`]: our own surface, for tests and for a person.
//! * [`world`]: the shell, where clock, chance, disk and network meet; [`serve`] opens the door, and
//!   [`tls`] a second one.

pub mod addresses;
pub mod bill;
pub mod certificate;
pub mod client;
pub mod console;
pub mod control;
pub mod credentials_file;
pub mod diagnosis;
pub mod dice;
pub mod envelope;
pub mod fault;
pub mod gateway;
mod half_body;
pub mod journal;
mod key_making;
pub mod keyring;
pub mod keys;
pub mod ledger;
pub mod letter;
pub mod merchant;
pub mod merchants_file;
pub mod mode1;
pub mod notification;
pub mod order;
pub mod payer;
pub mod payment;
pub mod platform_keys;
pub mod postman;
pub mod pulse;
mod racing;
pub mod reach;
pub mod readings;
pub mod refund;
pub mod rotation;
pub mod scenario;
pub mod serve;
pub mod shards;
pub mod short_links;
pub mod store;
pub mod time;
pub mod tls;
pub mod v2;
pub mod v3;
pub mod world;
