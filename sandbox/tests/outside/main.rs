//! The sandbox as a merchant, a tester and a browser meet it: over HTTP, from outside.
//!
//! The client here signs and verifies with code of its own, so that it cannot share a mistake
//! with the server's.

#[cfg(test)]
mod abnormal;
#[cfg(test)]
mod addresses;
#[cfg(test)]
mod bills;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod container;
#[cfg(test)]
mod control;
#[cfg(test)]
mod downloads;
#[cfg(test)]
mod echo;
#[cfg(test)]
mod events;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fund_flows;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod load;
#[cfg(test)]
mod merchant_keys;
#[cfg(test)]
mod merchants;
#[cfg(test)]
mod merchants_file;
#[cfg(test)]
mod mode1;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod partner;
#[cfg(test)]
mod person_bills;
#[cfg(test)]
mod phones;
#[cfg(test)]
mod program;
#[cfg(test)]
mod refund_ends;
#[cfg(test)]
mod refunds;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod resends;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod rules;
#[cfg(test)]
#[path = "../../examples/load/run.rs"]
mod run;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod shop;
#[cfg(test)]
#[path = "../../examples/load/shots.rs"]
mod shots;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod v2;
#[cfg(test)]
mod v2_bills;
#[cfg(test)]
mod v2_call;
#[cfg(test)]
mod v2_refund_notices;
#[cfg(test)]
mod v2_refunds;
