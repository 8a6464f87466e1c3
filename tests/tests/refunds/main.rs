//! Do the rules of refunds hold? One refund's life as a table, and the ledger as properties over
//! random lives.

mod ledger;
mod lives;
mod resolve;
mod scene;
mod table;
