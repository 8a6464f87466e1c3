//! How the day's merchant is set up, what its operator changes, and what the platform does in V2 where
//! the sources disagree.
//!
//! All of this is drawn by dice of its own, so that a day of APIv3 alone is the same day whatever is
//! added to V2.

use std::cell::Cell;

use checkout::order::Policies;
use edge::api::Api;

use crate::dice::Dice;
use crate::model::v2::shared_key::Method;

/// A merchant's day.
pub struct Manner {
    /// It has keys of APIv3.
    pub has_v3: bool,
    /// It has a V2 key.
    pub has_v2: bool,
    /// What new checkouts are opened in, as the operator has it now.
    pub api: Cell<Api>,
    /// What the operator has chosen for refunds, if anything.
    pub refunds: Cell<Option<Api>>,
    /// How it signs by V2.
    pub method: Method,
    /// What the platform does by V2.
    pub quirks: Quirks,
    /// How many phones scan a printed code.
    pub scans: usize,
    /// What money at a wrong time does to what is bought at a shelf.
    pub policies: Policies,
}

/// What V2's pages leave open (protocol reference D.4, D.5, D.12, I.4).
pub struct Quirks {
    /// Closing what is closed is a no.
    pub closed_twice_is_refused: bool,
    /// Closing what was never placed is a no.
    pub unknown_closes_with_a_no: bool,
    /// A refunded order is shown without its payment.
    pub refunded_is_bare: bool,
    /// An order of less than five minutes is not closed.
    pub early_close_is_refused: bool,
    /// Answers name their sign's method.
    pub names_the_method: bool,
    /// What is said to a call whose signature does not agree: words, or a code.
    pub bad_sign_has_a_code: bool,
}

/// What keeps these dice apart from the day's own. With this number the days of `reproduction` are days of
/// APIv3, and so what they were.
const APART: u64 = 10 << 40;

impl Manner {
    /// The manner of the day of `seed`.
    pub fn of(seed: u64) -> Self {
        let dice = Dice::of(seed ^ APART);
        let (has_v3, has_v2) = *dice.one_of(&[(true, false), (false, true), (true, true)]);
        let quirks = Quirks {
            closed_twice_is_refused: dice.one_in(2),
            unknown_closes_with_a_no: dice.one_in(2),
            refunded_is_bare: dice.one_in(2),
            early_close_is_refused: dice.one_in(4),
            names_the_method: dice.one_in(4),
            bad_sign_has_a_code: dice.one_in(4),
        };
        let scans = if has_v2 && dice.one_in(4) { 1 + dice.below(4) } else { 0 };
        let first = if has_v2 { Api::V2 } else { Api::V3 };
        let manner = Self {
            has_v3,
            has_v2,
            api: Cell::new(first),
            refunds: Cell::new(None),
            method: *dice.one_of(&[Method::HmacSha256, Method::Md5]),
            quirks,
            scans,
            policies: crate::model::clients::policies(&dice),
        };
        manner.change(&dice);
        manner
    }

    /// The operator deploys other choices, if there are any.
    pub fn change(&self, dice: &Dice) {
        if self.has_v3 && self.has_v2 {
            self.api.set(*dice.one_of(&[Api::V2, Api::V3]));
            self.refunds.set(*dice.one_of(&[None, None, Some(Api::V2), Some(Api::V3)]));
        }
    }

    /// The API that a payment of an order of `order` is given back by.
    pub fn refunds_of(&self, order: Api) -> Api {
        self.refunds.get().unwrap_or(order)
    }
}
