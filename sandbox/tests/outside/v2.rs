//! V2 from a merchant's side of the wire: orders, news, bad days, and why a call was refused. The
//! rules of each field are in [`crate::rules`].

mod bad_days;
mod notices;
mod orders;
mod requests;
pub(crate) mod till;
