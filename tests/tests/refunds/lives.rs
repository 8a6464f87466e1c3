//! Properties over random lives of a ledger: whatever is reported of whichever refund, in whatever
//! order, at whatever pace, and whatever the shop wants in between.

use checkout::refund::{
    APPLY_SPACING, RefundCall, RefundDisagreement, RefundNews, RefundReport, RefundState,
    RefundStatus, Refunds, Standing, apply,
};
use checkout::report::Proof;
use checkout::time::{Seconds, UnixSeconds};
use proptest::prelude::*;

use crate::scene::{BEGUN, Kind, TOTAL, fact, fresh, number, resolved, wish};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Event {
    /// The shop wants this much back.
    Open(u64),
    /// News of the `n`th refund, if there is one.
    News(u8, Kind),
    /// Somebody refunds this much elsewhere, or it fails.
    Elsewhere(u8, Standing, u64),
    /// A person accepts what disagrees, if anything does.
    Resolve,
}

fn event() -> impl Strategy<Value = Event> {
    let kind = proptest::sample::select(&Kind::ALL[..]);
    // A wrong amount freezes at once: seldom, or nothing else would be seen.
    let kind = (kind, 0..20_u8).prop_map(|(kind, luck)| match kind {
        Kind::AnsweredWrong if luck > 0 => Kind::InDoubt,
        kind => kind,
    });
    let standing = proptest::sample::select(
        &[Standing::Success, Standing::Closed, Standing::Abnormal, Standing::Processing][..],
    );
    prop_oneof![
        3 => (1..5_000_u64).prop_map(Event::Open),
        16 => (1..5_u8, kind).prop_map(|(n, kind)| Event::News(n, kind)),
        1 => (1..3_u8, standing, 1..3_000_u64).prop_map(|(n, s, fen)| Event::Elsewhere(n, s, fen)),
        1 => Just(Event::Resolve),
    ]
}

/// A life: events with the seconds that pass before each.
fn life() -> impl Strategy<Value = Vec<(Event, i64)>> {
    let pause = prop_oneof![0..10_i64, 0..400_i64, 0..20_000_i64];
    proptest::collection::vec((event(), pause), 1..60)
}

fn report(ledger: &Refunds, event: &Event) -> Option<RefundReport> {
    match event {
        Event::Open(_) => None,
        Event::News(n, kind) => {
            let number = number(*n);
            let refund = ledger.refunds.iter().find(|refund| refund.number == number)?;
            let news = kind.news(refund.amount.count());
            Some(RefundReport { number: number.as_str().to_owned(), news })
        }
        Event::Elsewhere(n, standing, fen) => Some(RefundReport {
            number: format!("CONSOLE-{n}"),
            news: RefundNews::Told(fact(standing.clone(), *fen)),
        }),
        Event::Resolve => {
            let conflict = ledger.resolvable()?;
            let number = conflict.number.clone();
            Some(RefundReport { number, news: resolved(conflict) })
        }
    }
}

/// Lives through `life` and shows every step to `watch`: before, by what (none: the shop opened a
/// refund), after.
fn live(
    life: &[(Event, i64)],
    mut watch: impl FnMut(&Refunds, Option<&RefundReport>, &Refunds, UnixSeconds),
) -> Refunds {
    let mut ledger = fresh();
    let mut now = BEGUN;
    for (event, pause) in life {
        now = now + Seconds(*pause);
        let report = report(&ledger, event);
        let next = match (event, &report) {
            (Event::Open(fen), _) => {
                let n = u8::try_from(ledger.refunds.len() + 1).unwrap();
                ledger.open(wish(n, *fen), now).unwrap_or_else(|_| ledger.clone())
            }
            (_, Some(report)) => apply(&ledger, report, now).0,
            (_, None) => continue,
        };
        watch(&ledger, report.as_ref(), &next, now);
        ledger = next;
    }
    ledger
}

fn is_resolution(report: Option<&RefundReport>) -> bool {
    report.is_some_and(|report| matches!(report.news, RefundNews::Resolved { .. }))
}

/// What the platform is known to have taken on, reckoned without the ledger's own sums.
fn taken(ledger: &Refunds) -> u64 {
    let alive = |standing: &Standing| *standing != Standing::Closed;
    let ours = ledger.refunds.iter().filter(|refund| refund.status() != RefundStatus::Closed);
    let ours = ours.filter(|refund| refund.known.is_some()).map(|refund| refund.amount.count());
    let others = ledger.externals.iter().filter(|one| alive(&one.known.standing));
    ours.chain(others.map(|one| one.amount)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_more_goes_back_than_was_paid(life in life()) {
        let mut revived = false;
        live(&life, |before, report, after, _| {
            // What the platform says is entered all the same, and stops us until it adds up again or
            // a person accepts the very sum that was flagged.
            let disagreement = after.conflict.as_ref().map(|conflict| conflict.disagreement);
            let was = before.conflict.as_ref().map(|conflict| conflict.disagreement);
            if after.tolerated > before.tolerated {
                assert_eq!((was, is_resolution(report)), (Some(RefundDisagreement::Excess), true));
                assert_eq!(after.tolerated, taken(before));
            }
            let exceeds = taken(after) > TOTAL.max(after.tolerated);
            if matches!(disagreement, None | Some(RefundDisagreement::Excess)) {
                assert_eq!(exceeds, disagreement.is_some(), "{after:?}");
            }
            assert!(after.refunded() <= TOTAL || exceeds || after.tolerated > 0);
            // Beyond the facts, what we have promised fits too: unless others have refunded, or one
            // that the platform denied exists after all.
            revived |= is_resolution(report);
            revived |= before.refunds.iter().zip(&after.refunds).any(|(before, after)| {
                before.state == RefundState::Refused && after.state != RefundState::Refused
            });
            if after.externals.is_empty() && !revived {
                assert!(after.reserved() <= TOTAL, "{after:?}");
            }
        });
    }

    #[test]
    fn the_payers_money_is_final(life in life()) {
        live(&life, |before, report, after, _| {
            for (before, after) in before.refunds.iter().zip(&after.refunds) {
                let ended = matches!(before.state, RefundState::Success | RefundState::Closed);
                // The platform has contradicted itself, and a person has looked.
                if ended && !is_resolution(report) {
                    assert_eq!(before.state, after.state);
                }
            }
        });
    }

    #[test]
    fn a_sum_comes_free_only_by_the_platforms_verified_word(life in life()) {
        live(&life, |before, report, after, now| {
            for (before, after) in before.refunds.iter().zip(&after.refunds) {
                if before.status() == RefundStatus::Closed || after.status() != RefundStatus::Closed {
                    continue;
                }
                let news = report.map(|report| &report.news);
                let word = match news {
                    Some(RefundNews::Answered(fact) | RefundNews::Told(fact)) => {
                        fact.standing == Standing::Closed
                    }
                    Some(RefundNews::Resolved { fact, .. }) => fact.standing == Standing::Closed,
                    Some(RefundNews::Refused(_)) => before.doubt.is_none(),
                    Some(RefundNews::NotFound { proof: Proof::Verified }) => {
                        before.doubt.is_none_or(|doubt| now - doubt >= Seconds(300))
                    }
                    _ => false,
                };
                assert!(word, "{news:?} {before:?}");
            }
        });
    }

    #[test]
    fn what_is_not_at_rest_always_has_a_question(life in life()) {
        live(&life, |_, _, after, _| {
            for refund in &after.refunds {
                // One that waits for a choice may be suspected to have ended.
                if refund.state == RefundState::Abnormal {
                    assert!(refund.ask.is_none_or(|ask| ask.call == RefundCall::Query));
                    continue;
                }
                let rests = matches!(
                    refund.state,
                    RefundState::Success
                        | RefundState::Closed
                        | RefundState::Refused
                );
                assert_eq!(refund.ask.is_none(), rests, "{refund:?}");
            }
            let frozen = after.conflict.is_some();
            let busy = after.refunds.iter().filter_map(|refund| refund.ask).any(|ask| {
                ask.call == RefundCall::Query || !frozen
            });
            assert_eq!(after.next().is_some(), busy);
            // Whom nobody was told of will be asked about.
            for suspect in after.conflict.iter().flat_map(|conflict| &conflict.suspects) {
                let refund = after.refunds.iter().find(|refund| refund.number == *suspect).unwrap();
                assert_eq!(refund.ask.map(|ask| ask.call), Some(RefundCall::Query));
            }
        });
    }

    #[test]
    fn a_notification_heard_twice_equals_once(life in life(), n in 1..5_u8) {
        let ledger = live(&life, |_, _, _, _| {});
        let now = BEGUN + Seconds::days(30);
        for kind in [Kind::ToldSuccess, Kind::ToldClosed, Kind::ToldAbnormal] {
            let Some(report) = report(&ledger, &Event::News(n, kind)) else { continue };
            let (once, _) = apply(&ledger, &report, now);
            prop_assert_eq!(apply(&once, &report, now), (once.clone(), vec![]), "{:?}", kind);
        }
    }

    #[test]
    fn a_resolution_said_twice_equals_once_and_what_it_accepted_alarms_no_more(life in life()) {
        live(&life, |before, _, _, now| {
            let Some(conflict) = before.resolvable() else { return };
            let about = |news| RefundReport { number: conflict.number.clone(), news };
            let resolution = about(resolved(conflict));
            let once = apply(before, &resolution, now).0;
            assert_ne!(once.conflict.as_ref(), Some(conflict));
            assert_eq!(apply(&once, &resolution, now), (once.clone(), vec![]));
            let frozen = |ledger: &Refunds| Some(ledger.conflict.as_ref()?.disagreement);
            for news in [RefundNews::Told(conflict.fact.clone()), RefundNews::Answered(conflict.fact.clone())] {
                let again = apply(&once, &about(news), now).0;
                assert_eq!(frozen(&again), frozen(&once), "{conflict:?}");
            }
        });
    }

    #[test]
    fn a_ledger_survives_being_stored(life in life()) {
        let ledger = live(&life, |_, _, _, _| {});
        let stored = serde_json::to_string(&ledger).unwrap();
        prop_assert_eq!(serde_json::from_str::<Refunds>(&stored).unwrap(), ledger);
    }

    /// Driven as the desk drives it: whatever each call brings, applications stay a minute apart.
    #[test]
    fn applications_stay_a_minute_apart(
        amounts in proptest::collection::vec(1..3_000_u64, 1..6),
        answers in proptest::collection::vec(proptest::sample::select(&Kind::ALL[3..]), 1..80),
    ) {
        let mut ledger = fresh();
        for (n, fen) in (1..).zip(amounts) {
            ledger = ledger.open(wish(n, fen), BEGUN).unwrap_or(ledger);
        }
        let (mut now, mut last) = (BEGUN, None::<UnixSeconds>);
        for kind in answers {
            let Some((refund, ask)) = ledger.next() else { break };
            let (number, fen) = (refund.number.as_str().to_owned(), refund.amount.count());
            now = now.max(ask.at);
            if ask.call == RefundCall::Apply {
                prop_assert!(last.is_none_or(|last| now - last >= APPLY_SPACING));
                last = Some(now);
            }
            let sending = RefundNews::Sending { call: ask.call };
            ledger = apply(&ledger, &RefundReport { number: number.clone(), news: sending }, now).0;
            ledger = apply(&ledger, &RefundReport { number, news: kind.news(fen) }, now).0;
        }
    }
}

/// The platform answers everything truthfully from here on: however a refund stands, it ends.
#[test]
fn when_the_faults_stop_every_refund_ends() {
    for state in crate::scene::State::ALL {
        let mut ledger = state.ledger();
        let mut now = BEGUN + Seconds::days(1);
        let mut heard = ledger.refunds[0].known.is_some();
        for _ in 0..20 {
            if ledger.refunds[0].state == RefundState::Abnormal {
                ledger = apply(&ledger, &Kind::RedirectAsked.report(), now).0;
            }
            let Some((_, ask)) = ledger.next() else { break };
            now = now.max(ask.at);
            let sending = RefundNews::Sending { call: ask.call };
            let number = number(1).as_str().to_owned();
            ledger = apply(&ledger, &RefundReport { number, news: sending }, now).0;
            let answer = match ask.call {
                RefundCall::Query if !heard => Kind::NotFound,
                RefundCall::Query => Kind::AnsweredSuccess,
                RefundCall::Apply | RefundCall::Redirect => {
                    heard = true;
                    Kind::AnsweredProcessing
                }
            };
            ledger = apply(&ledger, &answer.report(), now).0;
        }
        let state_now = ledger.refunds[0].state;
        let ended =
            matches!(state_now, RefundState::Success | RefundState::Closed | RefundState::Refused);
        assert!(ended, "{state:?} {ledger:?}");
        assert_eq!(ledger.next(), None, "{state:?}");
    }
}
