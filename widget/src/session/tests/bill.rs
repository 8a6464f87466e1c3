//! What a page costs the shop.

use super::*;

/// Which requests went out, as a bill would count them.
#[derive(Debug, Default)]
pub(super) struct Bill {
    pub(super) requests: usize,
    pub(super) sockets: usize,
    /// One for each distinct method and address.
    preflights: Vec<String>,
}

impl Bill {
    pub(super) fn add(&mut self, ask: Ask, hold: Option<Hold>) {
        self.requests += 1;
        let address = hold.map_or_else(|| format!("{ask:?}"), |hold| format!("{ask:?} {hold:?}"));
        if !self.preflights.contains(&address) {
            self.preflights.push(address);
        }
    }

    pub(super) fn preflights(&self) -> usize {
        self.preflights.len()
    }

    pub(super) fn total(&self) -> usize {
        self.requests + self.preflights() + self.sockets
    }
}
