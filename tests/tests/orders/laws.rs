//! Properties over random lives: whatever is reported, in whatever order, at whatever pace.

use std::collections::BTreeSet;

use checkout::order::{Attempt, Call, Fate, Order, Policy, apply};
use checkout::report::{Receipt, Report};
use checkout::time::{Seconds, UnixSeconds};
use checkout::view::Status;
use proptest::prelude::*;

use crate::kinds::Kind;
use crate::lives::{Seen, Step, kind, life, live, payments};
use crate::scene::{heard, receipt};

fn is_open(order: &Order) -> bool {
    order.status() == Status::Open
}

/// What an order knows of money, without the words that only the first telling had.
fn known(order: &Order) -> (Status, BTreeSet<String>, Vec<(String, Fate)>) {
    let all = payments(order).into_iter().map(|receipt| receipt.transaction_id.clone());
    let odd = order.odd.iter().map(|odd| (odd.receipt.transaction_id.clone(), odd.fate));
    (order.status(), all.collect(), odd.collect())
}

fn after(order: &Order, reports: &[&Report], now: UnixSeconds) -> Order {
    reports.iter().fold(order.clone(), |order, report| apply(&order, report, now).0)
}

/// The same payment as `receipt`, as another mouth tells it: a query leaves out, a bill says less.
fn retold(receipt: &Receipt) -> Report {
    let (bank_type, openid) = (None, None);
    let success_time = receipt.success_time.map(|at| at + Seconds(1));
    let payer_total = None;
    Report::Paid(Box::new(Receipt {
        bank_type,
        openid,
        success_time,
        payer_total,
        ..receipt.clone()
    }))
}

/// How many lives a plain test run sees; `npm run soak` sees ten times as many.
fn lives() -> u32 {
    if std::env::var_os("SAOMA_SOAK").is_some() { 5_000 } else { 500 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: lives(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_paid_stays_paid_and_what_is_ended_never_opens_again(life in life()) {
        live(&life, |Seen { before, after, .. }| {
            match before.status() {
                Status::Paid => {
                    assert_eq!(after.attempt, before.attempt, "the proof is never exchanged");
                }
                Status::Expired | Status::Cancelled => assert_ne!(after.status(), Status::Open),
                Status::Open => {}
            }
        });
    }

    /// Each transaction that was ever reported is the one that settled the order or was set aside, and
    /// only once.
    #[test]
    fn no_payment_ever_disappears(life in life()) {
        let mut told = BTreeSet::new();
        live(&life, |Seen { step, after, .. }| {
            if let Step::Heard(kind) = step {
                told.extend(kind.transaction());
            }
            let known: Vec<_> =
                payments(after).iter().map(|receipt| receipt.transaction_id.clone()).collect();
            let once: BTreeSet<_> = known.iter().map(|id| &**id).collect();
            assert_eq!(once.len(), known.len(), "{known:?}");
            assert_eq!(once, told);
        });
    }

    #[test]
    fn an_order_ends_unpaid_only_by_proof(life in life()) {
        live(&life, |Seen { before, step, after }| {
            if before.status() == after.status() {
                return;
            }
            let Step::Heard(kind) = step else { panic!("ended by a fresh attempt") };
            // Nothing of these is at the platform that would have to be closed.
            let nothing = matches!(before.attempt, Attempt::Refused { .. } | Attempt::Vacant);
            // Or somebody has paid it, so that nobody else can.
            let paid = |odd: &checkout::order::Odd| {
                odd.receipt.out_trade_no == before.number.as_str()
            };
            let proven = match kind {
                Kind::ClosedThere => true,
                // Said to a query it proves nothing yet.
                Kind::NotFound => {
                    let closing = before.ask.is_some_and(|ask| ask.call == Call::Close);
                    closing || matches!(before.attempt, Attempt::Closing { taken: true, .. })
                }
                // Only one that took our close is believed without a signature.
                Kind::NotFoundUnverified => {
                    matches!(before.attempt, Attempt::Closing { taken: true, .. })
                }
                Kind::Returned | Kind::Dismissed => before.odd.iter().any(paid),
                _ => nothing,
            };
            match after.status() {
                Status::Open => panic!("opened again by {kind:?}"),
                Status::Paid => {
                    assert!(kind.transaction().is_some() || kind == Kind::Settled, "{kind:?}");
                }
                Status::Expired | Status::Cancelled => assert!(proven, "{kind:?} {before:?}"),
            }
        });
    }

    /// A fresh attempt is made only after the one before it was refused or is known closed, and money
    /// for any other than the current one leads to closing that.
    #[test]
    fn at_most_one_attempt_can_be_paid(life in life()) {
        live(&life, |Seen { before, step, after }| {
            if after.number != before.number {
                assert!(matches!(step, Step::Replaced));
                assert!(matches!(before.attempt, Attempt::Refused { .. } | Attempt::Vacant));
            }
            let payable = matches!(
                before.attempt,
                Attempt::Placing { .. } | Attempt::Payable { .. } | Attempt::Closing { .. }
            );
            if let Attempt::Paid { receipt, .. } = &after.attempt
                && is_open(before)
            {
                let of_this = |receipt: &Receipt| {
                    receipt.out_trade_no == before.number.as_str()
                        && receipt.payee.is_same_merchant(&before.terms.payee)
                };
                let taken = before.odd.iter().any(|odd| of_this(&odd.receipt));
                let stray = payable && !of_this(receipt) && !taken;
                let asked = after.ask.map(|ask| ask.call);
                assert_eq!(asked, stray.then_some(Call::Close));
            }
        });
    }

    #[test]
    fn what_the_policy_returns_or_holds_never_settles(life in life()) {
        live(&life, |Seen { before, step, after }| {
            let ended = matches!(before.attempt, Attempt::Closed { .. });
            let by_itself = matches!(step, Step::Heard(kind) if kind != Kind::Settled);
            if ended && by_itself && before.terms.policies.late != Policy::Settle {
                assert_eq!(after.attempt, before.attempt);
            }
            if before.terms.policies.late != Policy::Return
                && before.terms.policies.second != Policy::Return
                && !matches!(step, Step::Heard(Kind::Returned))
            {
                let going = |order: &Order| order.returning().count();
                assert_eq!(going(after), going(before), "nothing goes back that nobody wanted back");
            }
        });
    }

    #[test]
    fn only_money_and_a_person_move_a_frozen_order(life in life()) {
        live(&life, |Seen { before, step, after }| {
            let decides = match step {
                Step::Heard(Kind::Settled | Kind::Returned | Kind::Dismissed) => true,
                Step::Heard(kind) => kind.transaction().is_some(),
                Step::Replaced => false,
            };
            if before.is_frozen() && !decides {
                assert_eq!(after, before);
            }
        });
    }

    #[test]
    fn a_version_grows_with_every_visible_change_and_never_falls(life in life()) {
        live(&life, |Seen { before, step, after }| {
            let replaced = after.attempt_no != before.attempt_no;
            let changed = before.face() != after.face() || before.odd != after.odd || replaced;
            assert_eq!(after.version, before.version + u64::from(changed), "{step:?}");
        });
    }

    #[test]
    fn an_open_order_always_knows_when_to_wake(life in life()) {
        live(&life, |Seen { after, .. }| {
            let waits = is_open(after) && !after.is_frozen() && !after.is_dead();
            assert_eq!(after.wake_at().is_some(), waits || after.ask.is_some(), "{after:?}");
        });
    }

    #[test]
    fn a_code_is_shown_only_while_it_can_be_scanned(life in life()) {
        live(&life, |Seen { after, .. }| {
            let payable = matches!(after.attempt, Attempt::Payable { .. });
            assert_eq!(after.face().code.is_some(), payable && !after.is_frozen());
        });
    }

    #[test]
    fn good_money_settles_every_order_that_has_not_ended(life in life()) {
        let (order, now) = live(&life, |_| {});
        let report = Report::Paid(Box::new(receipt("4209999", 8_800)));
        let (after, _) = apply(&order, &report, now);
        if is_open(&order) {
            assert_eq!(after.status(), Status::Paid);
        }
    }

    /// All but the answers that brought nothing: hearing one of those again is another fruitless
    /// question, and the next waits longer. That is their point.
    #[test]
    fn a_report_heard_twice_equals_once(life in life(), kind in kind()) {
        let fruitless = matches!(
            kind,
            Kind::Refused
                | Kind::Disputed
                | Kind::InDoubt
                | Kind::UnknownState
                | Kind::NotPaid
                | Kind::NotFound
                | Kind::NotFoundUnverified
                | Kind::CloseRefused
        );
        let (order, now) = live(&life, |_| {});
        let once = heard(&order, kind, now);
        let (twice, effects) = apply(&once, &kind.report(), now);
        if fruitless {
            let pace = |order: &Order| Order { ask: None, version: 0, ..order.clone() };
            let thrice = heard(&twice, kind, now);
            assert_eq!(pace(&thrice), pace(&twice), "{kind:?}: only the pace changes");
        } else {
            assert_eq!(&twice, &once, "{kind:?}");
            assert_eq!(effects, [], "{kind:?}");
        }
    }

    /// Two payments of an order are both known, whichever is heard first. Which of them settled it is
    /// chance; that one did is not.
    #[test]
    fn two_payments_are_known_in_either_order(life in life()) {
        let (order, now) = live(&life, |_| {});
        let [one, two] = ["4201111", "4202222"]
            .map(|id| Report::Paid(Box::new(receipt(id, 8_800))));
        let (first, second) = (after(&order, &[&one, &two], now), after(&order, &[&two, &one], now));
        assert_eq!(known(&first).0, known(&second).0);
        assert_eq!(known(&first).1, known(&second).1);
        let fates = |order: &Order| {
            let mut fates: Vec<_> = order.odd.iter().map(|odd| (odd.why, format!("{:?}", odd.fate))).collect();
            fates.sort_by_key(|(_, fate)| fate.clone());
            fates
        };
        assert_eq!(fates(&first), fates(&second));
        assert_eq!(first.ask, second.ask);
    }

    /// A notification, the answer to a query and a row of a bill tell of one payment in their own
    /// words: the state is the same whoever was first.
    #[test]
    fn one_payment_is_the_same_whoever_tells_of_it_first(life in life(), short in any::<bool>()) {
        let (order, now) = live(&life, |_| {});
        let receipt = receipt("4201111", if short { 8_799 } else { 8_800 });
        let (notified, found) = (Report::Paid(Box::new(receipt.clone())), retold(&receipt));
        let one = after(&order, &[&notified, &found], now);
        let two = after(&order, &[&found, &notified], now);
        assert_eq!((known(&one), one.ask, one.version), (known(&two), two.ask, two.version));
        assert_eq!(known(&one), known(&after(&order, &[&notified], now)));
    }

    /// What anybody wants or finds out beside a payment does not change what the payment becomes, as
    /// long as it does not end the order before it.
    #[test]
    fn a_payment_and_what_is_said_beside_it_commute(life in life(), kind in kind()) {
        let (order, now) = live(&life, |_| {});
        let (money, word) = (Report::Paid(Box::new(receipt("4201111", 8_800))), kind.report());
        let beside = heard(&order, kind, now);
        if is_open(&order) && is_open(&beside) {
            let (one, two) = (after(&order, &[&money, &word], now), after(&beside, &[&money], now));
            if kind.transaction().is_none() {
                assert_eq!((one.status(), two.status()), (Status::Paid, Status::Paid));
                assert_eq!(known(&one).1, known(&two).1);
            }
        }
    }

    #[test]
    fn an_order_survives_being_stored(life in life()) {
        let (order, _) = live(&life, |_| {});
        let stored = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&stored).unwrap(), order);
    }
}
