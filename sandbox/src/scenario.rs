//! Bad days with names: what a test asks for in one call.
//!
//! Most of them are faults that wait; some switch the platform's keys; some are what payers do with
//! an order that is there. What a name means is a value here, and done elsewhere.

use crate::fault::{Fault, Kind, Route};
use crate::notification::Form;
use crate::v2::sign::SignType;

/// A bad day.
pub struct Scenario {
    /// What a test calls it.
    pub name: &'static str,
    /// What happens, and what that asks of a shop.
    pub words: &'static str,
    /// How it is made.
    pub play: Play,
}

/// What makes a scenario.
pub enum Play {
    /// These faults wait from now on, each so many times.
    Faults(&'static [(Route, Kind, u32)]),
    /// The platform's keys change.
    Keys(KeyPlay),
    /// Payers do something with an order.
    Phones(PhonePlay),
}

/// How the platform's keys change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlay {
    /// Notifications are signed by a key of the other scheme.
    Switch,
    /// A newer certificate takes over.
    Rotation,
    /// Certificates are no more.
    PublicKeyOnly,
    /// The public key signs nothing.
    CertificatesOnly,
}

/// What payers do with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhonePlay {
    /// Two of them scan the same code.
    TwoScan,
    /// One scans, tries, and fails.
    Refuses,
    /// One scans and does nothing more.
    Waits,
}

const fn faults(
    name: &'static str,
    faults: &'static [(Route, Kind, u32)],
    words: &'static str,
) -> Scenario {
    Scenario { name, words, play: Play::Faults(faults) }
}

const fn keys(name: &'static str, play: KeyPlay, words: &'static str) -> Scenario {
    Scenario { name, words, play: Play::Keys(play) }
}

const fn phones(name: &'static str, play: PhonePlay, words: &'static str) -> Scenario {
    Scenario { name, words, play: Play::Phones(play) }
}

/// Every scenario, in the order in which a reader meets them.
#[rustfmt::skip]
pub const TABLE: &[Scenario] = &[
    faults("lost-notification", &[(Route::Notify, Kind::Dropped, 16)],
        "A payment is never told: none of the sixteen tries is sent, and only asking finds it."),
    faults("late-notification", &[(Route::Notify, Kind::Dropped, 3)],
        "A payment is told a minute late: the first three tries are not sent."),
    faults("duplicate-notifications", &[(Route::Notify, Kind::Repeated, 2)],
        "A payment is told again, and once more, after it was accepted."),
    faults("concurrent-notifications", &[(Route::Notify, Kind::Duplicated, 1)],
        "A payment is told twice at the same time."),
    faults("notification-before-reply", &[(Route::Native, Kind::PaidBeforeReply, 1)],
        "An order is paid and told before the shop has the reply to its order call."),
    faults("forged-notification", &[(Route::Notify, Kind::WrongSignature, 1)],
        "A notification's signature does not verify; it must be refused, and a genuine one follows."),
    faults("probe",
        &[(Route::Query, Kind::ProbeSigned, 1), (Route::Notify, Kind::ProbeSigned, 1)],
        "The platform looks whether signatures are checked, in a query's answer and in a \
         notification; both must be refused, and genuine ones follow."),
    faults("stale-notification", &[(Route::Notify, Kind::Stale, 1)],
        "A notification is dated ten minutes ago; it must be refused, and a fresh one follows."),
    faults("amount-mismatch", &[(Route::Notify, Kind::AmountChanged, 1)],
        "A genuine notification tells of another amount than was ordered; the goods must stay."),
    keys("key-switch", KeyPlay::Switch,
        "Notifications are signed by a key of the other scheme from now on."),
    keys("certificate-rotation", KeyPlay::Rotation,
        "A newer platform certificate is issued and signs notifications from now on; of three, \
         the oldest goes out of force."),
    keys("public-key-only", KeyPlay::PublicKeyOnly,
        "No certificate signs any more, and none can be downloaded."),
    keys("certificates-only", KeyPlay::CertificatesOnly,
        "The public key signs nothing any more."),
    phones("double-scan", PhonePlay::TwoScan,
        "Two payers scan the same code: the first one holds the order, the second is refused."),
    phones("payer-refuses", PhonePlay::Refuses,
        "A payer scans, and the attempt to pay fails: the order stays NOTPAY."),
    phones("payer-waits", PhonePlay::Waits,
        "A payer scans and does not pay: the order stays NOTPAY, and nobody else can pay it."),
    faults("paid-while-closing", &[(Route::Close, Kind::PaidFirst, 1)],
        "A payer is faster than the close: the order is paid, and the close is refused."),
    faults("lost-order-reply", &[(Route::Native, Kind::ReplyDropped, 1)],
        "The order is placed, and its reply never comes."),
    faults("lost-close-reply", &[(Route::Close, Kind::ReplyDropped, 1)],
        "The order is closed, and the reply never comes."),
    faults("lost-refund-reply", &[(Route::Refund, Kind::ReplyDropped, 1)],
        "The refund is taken, and its reply never comes: a new number would refund twice."),
    faults("refund-abnormal", &[(Route::Refund, Kind::Abnormal, 1)],
        "The next refund becomes ABNORMAL: the payer's card does not take the money."),
    faults("refund-closed", &[(Route::Refund, Kind::Closed, 1)],
        "The next refund becomes CLOSED: it needs a new number."),
    faults("refund-not-enough", &[(Route::Refund, Kind::NotEnough, 1)],
        "The merchant's balance is too low for the next refund: the same number, later."),
    faults("rate-limit",
        &[
            (Route::Native, Kind::RateLimited, 1), (Route::Query, Kind::RateLimited, 1),
            (Route::Close, Kind::RateLimited, 1), (Route::Refund, Kind::RateLimitedButDone, 1),
            (Route::RefundQuery, Kind::RateLimited, 1),
        ],
        "Every call about an order is too fast once; the refund is taken all the same."),
    faults("outage",
        &[
            (Route::Native, Kind::Unavailable, 3), (Route::Query, Kind::Unavailable, 3),
            (Route::Close, Kind::Unavailable, 3), (Route::Refund, Kind::Unavailable, 3),
            (Route::RefundQuery, Kind::Unavailable, 3), (Route::Notify, Kind::Dropped, 3),
        ],
        "The platform is down: 503 to every call about an order, three times, and no notification."),
    faults("gateway-trouble",
        &[
            (Route::Native, Kind::BadGateway, 1), (Route::Query, Kind::Html, 1),
            (Route::Close, Kind::BadGateway, 1), (Route::Refund, Kind::BadGateway, 1),
            (Route::RefundQuery, Kind::Html, 1),
        ],
        "Every call about an order takes effect, and a page of HTML comes back."),
    faults("bill-late", &[(Route::Bill, Kind::Late, 1)],
        "The bill is still being made: ask again later."),
    faults("bill-missing", &[(Route::Bill, Kind::Missing, 1)],
        "There is no bill for the day."),
    faults("bill-wrong-hash", &[(Route::Bill, Kind::WrongHash, 1)],
        "The bill's digest is not the file's: no row of it counts."),
    faults("bill-expired", &[(Route::Bill, Kind::ExpiredUrl, 1)],
        "The bill's address has expired already: ask for a new one."),
    faults("bad-day",
        &[
            (Route::Native, Kind::ReplyDropped, 1), (Route::Query, Kind::Unavailable, 1),
            (Route::Query, Kind::ProbeSigned, 1), (Route::Close, Kind::ErrorButDone, 1),
            (Route::Refund, Kind::RateLimitedButDone, 1), (Route::RefundQuery, Kind::Empty, 1),
            (Route::Notify, Kind::Dropped, 1), (Route::Notify, Kind::Tampered, 1),
            (Route::Notify, Kind::Repeated, 1), (Route::Notify, Kind::Duplicated, 1),
        ],
        "A bit of everything, once: lost, refused and unproven answers, and a notification that \
         is lost, tampered with, repeated and doubled, in this order."),
];

/// The scenario of this name.
pub fn named(name: &str) -> Option<&'static Scenario> {
    TABLE.iter().find(|scenario| scenario.name == name)
}

impl Scenario {
    /// What a call must say.
    pub const fn needs(&self) -> &'static [&'static str] {
        match self.play {
            Play::Phones(_) => &["out_trade_no"],
            Play::Faults(_) | Play::Keys(_) => &[],
        }
    }

    /// What a call may say.
    pub fn takes(&self) -> &'static [&'static str] {
        match self.play {
            Play::Faults(faults) => {
                let is_about_orders = faults.iter().all(|fault| fault.0.is_about_an_order());
                match (is_about_orders, over_v2(faults).is_some()) {
                    (true, true) => &["out_trade_no", "times", "api"],
                    (true, false) => &["out_trade_no", "times"],
                    (false, true) => &["times", "api"],
                    (false, false) => &["times"],
                }
            }
            Play::Phones(_) => &["out_trade_no"],
            Play::Keys(_) => &[],
        }
    }
}

/// The faults that make the same day over V2; nothing if one of them cannot happen there.
pub fn over_v2(faults: &[(Route, Kind, u32)]) -> Option<Vec<(Route, Kind, u32)>> {
    let twin = |&(route, kind, times): &(Route, Kind, u32)| {
        let twin = route.over_v2()?;
        let happens = match twin {
            Route::Notify => Form::V2Payment(SignType::default()).takes(kind),
            _ => twin.kinds().any(|known| known == kind),
        };
        happens.then_some((twin, kind, times))
    };
    faults.iter().map(twin).collect()
}

/// The faults of a scenario, for one order or for all, as often as said or as usual.
pub fn armed(
    faults: &[(Route, Kind, u32)],
    out_trade_no: Option<&str>,
    times: Option<u32>,
) -> Vec<Fault> {
    let fault = |&(route, kind, usual): &(Route, Kind, u32)| Fault {
        out_trade_no: out_trade_no.map(str::to_owned),
        times: times.unwrap_or(usual),
        ..Fault::once(route, kind)
    };
    faults.iter().map(fault).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_scenario_has_a_name_a_sentence_and_faults_that_there_are() {
        let names: BTreeSet<_> = TABLE.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for Scenario { name, words, play } in TABLE {
            assert!(words.ends_with('.'), "{name}");
            if let Play::Faults(faults) = play {
                for (route, kind, times) in *faults {
                    assert!(route.kinds().any(|known| known == *kind) && *times > 0, "{name}");
                }
            }
        }
    }

    #[test]
    fn a_scenario_is_for_one_order_only_where_all_of_it_can_be() {
        assert_eq!(named("outage").unwrap().takes(), ["out_trade_no", "times", "api"]);
        assert_eq!(named("stale-notification").unwrap().takes(), ["out_trade_no", "times"]);
        assert_eq!(named("bill-late").unwrap().takes(), ["times", "api"]);
        assert_eq!(named("bill-wrong-hash").unwrap().takes(), ["times"]);
        assert_eq!(named("double-scan").unwrap().needs(), ["out_trade_no"]);
        assert!(named("key-switch").unwrap().takes().is_empty());
        assert!(named("sunshine").is_none());
        let armed = armed(&[(Route::Notify, Kind::Dropped, 16)], Some("T1"), Some(2));
        assert_eq!((armed[0].out_trade_no.as_deref(), armed[0].times), (Some("T1"), 2));
    }
}
