//! What many threads at once leave behind, and what comes back from disk.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Barrier;

use super::*;
use crate::fault::{self, Fault, Happening, Kind, Route};
use crate::ledger::refunds::Chance;
use crate::ledger::{Scan, ScanFailed};
use crate::notification::{Attempt, Notification, Outcome};
use crate::order::tests::terms as order_terms;
use crate::order::{NotPaid, Order, Party};
use crate::payment::tests::paying;
use crate::readings::{CloseUnknown, Readings};
use crate::refund::tests::terms as refund_terms;
use crate::refund::{NotRefunded, Refund};

const T0: i64 = 1_735_700_000;
const MCHID: &str = "1900000001";
const THREADS: usize = 8;

fn shards() -> Shards {
    Shards::restore(Saved::default(), Store::in_memory(), || T0)
}

fn own() -> Party {
    Party { mchid: MCHID.into(), sub_mchid: None }
}

fn of(out_trade_no: &str) -> Whose<'_> {
    Whose::Order { mchid: MCHID, out_trade_no }
}

fn url(pr: &str) -> String {
    format!("{CODE_URL_STEM}{pr}")
}

fn place(shards: &Shards, number: &str, pr: &str) {
    let placed = shards.step(of(number), |ledger, now| {
        ledger.place(order_terms(number), pr.into(), now).map(|order| order.code.url())
    });
    assert_eq!(placed.0, Ok(url(pr)));
}

/// All of these payments draw the same number.
fn pay(shards: &Shards, pr: &str) -> Result<Order, ScanFailed> {
    pay_drawing(shards, pr, "0000000001")
}

fn pay_drawing(shards: &Shards, pr: &str, tail: &str) -> Result<Order, ScanFailed> {
    let scan = Scan { paying: paying(tail), notification_id: format!("id-{pr}") };
    let url = url(pr);
    shards.step(Whose::Code(&url), |ledger, now| ledger.pay(&url, scan, now).cloned()).0
}

/// As with payments: all refunds draw the same number.
fn refund(shards: &Shards, order: &Order, number: &str) -> Result<Refund, NotRefunded> {
    let chance =
        Chance { refund_tail: "0000000001".into(), notification_id: format!("id-{number}") };
    let mut terms = refund_terms(order, number, 1);
    let id = terms.transaction_id.clone();
    terms.body["transaction_id"] = id.as_deref().into();
    let whose = Whose::NewRefund {
        mchid: MCHID,
        out_refund_no: number,
        out_trade_no: None,
        transaction_id: id.as_deref(),
    };
    shards.step(whose, |ledger, now| ledger.refund(terms, chance, now)).0
}

/// What each of the threads came back with, all of them let go at the same moment.
fn at_once<T: Send>(work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        let run = |thread| {
            let (start, work) = (&start, &work);
            scope.spawn(move || {
                start.wait();
                work(thread)
            })
        };
        let threads: Vec<_> = (0..THREADS).map(run).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn orders(shards: &Shards) -> Vec<Order> {
    shards.gather(|ledger, _| {
        ledger.orders_newest_first().map(|order| (order.seq, order.clone())).collect()
    })
}

fn refunds(shards: &Shards) -> Vec<Refund> {
    shards.gather(|ledger, _| {
        ledger.refunds_newest_first().map(|refund| (refund.seq, refund.clone())).collect()
    })
}

#[test]
fn orders_of_many_threads_are_all_there_under_all_their_numbers() {
    let shards = shards();
    let made = at_once(|thread| {
        let one = |index| {
            let (number, pr) = (format!("T{thread}-{index}"), format!("pr{thread}x{index}"));
            place(&shards, &number, &pr);
            let paid = pay(&shards, &pr).unwrap();
            assert_eq!(paid.terms.out_trade_no, number);
            refund(&shards, &paid, &format!("R{thread}-{index}")).unwrap()
        };
        (0..50).map(one).collect::<Vec<_>>()
    });
    let made: Vec<Refund> = made.into_iter().flatten().collect();
    let count = THREADS * 50;
    assert_eq!((orders(&shards).len(), refunds(&shards).len()), (count, count));
    // An order, a payment's notification, a refund and its notification have a number each.
    assert_eq!(shards.last_seq().0, 4 * u64::try_from(count).unwrap());
    let seqs = orders(&shards).into_iter().map(|order| order.seq);
    let seqs: HashSet<u64> = seqs.chain(made.iter().map(|refund| refund.seq)).collect();
    assert_eq!(seqs.len(), 2 * count);
    let ids = |id: fn(&Refund) -> &str| made.iter().map(id).collect::<HashSet<_>>().len();
    assert_eq!((ids(|it| &it.refund_id), ids(|it| &it.transaction_id)), (count, count));
    for refund in &made {
        let (id, number) = (&refund.refund_id, &refund.terms.out_refund_no);
        let by_id = |ledger: &Ledger, _| ledger.refund_by_id(&own(), id).cloned();
        assert_eq!(shards.look(Whose::RefundId(id), by_id).as_ref(), Some(refund));
        let by_number = |ledger: &Ledger, _| ledger.refund_by_number(&own(), number).cloned();
        let whose = Whose::Refund { mchid: MCHID, out_refund_no: number };
        assert_eq!(shards.look(whose, by_number).as_ref(), Some(refund));
        let id = &refund.transaction_id;
        let by_id = |ledger: &Ledger, _| ledger.order_by_transaction(&own(), id).cloned();
        let order = shards.look(Whose::Transaction(id), by_id).unwrap();
        assert_eq!(order.terms.out_trade_no, refund.out_trade_no);
    }
}

#[test]
fn one_number_is_one_order_whose_every_code_is_known_and_one_phone_pays() {
    let shards = shards();
    at_once(|thread| place(&shards, "T1", &format!("pr{thread}")));
    assert_eq!(orders(&shards).len(), 1);
    let paid = at_once(|_| {
        let tries = (0..THREADS).map(|code| pay(&shards, &format!("pr{code}")).map(|_| ()));
        tries.collect::<Vec<_>>()
    });
    let paid: Vec<_> = paid.into_iter().flatten().collect();
    assert_eq!(paid.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let void_or_paid = [ScanFailed::NotPaid(NotPaid::CodeVoid), ScanFailed::NotPaid(NotPaid::Paid)];
    let others = paid.into_iter().filter_map(Result::err);
    assert!(others.into_iter().all(|failed| void_or_paid.contains(&failed)));
    assert_eq!(shards.last_seq().0, 2);
}

#[test]
fn one_refund_number_is_one_refund_whichever_order_gets_it() {
    let shards = shards();
    let paid: Vec<Order> = (0..THREADS)
        .map(|index| {
            place(&shards, &format!("T{index}"), &format!("pr{index}"));
            pay(&shards, &format!("pr{index}")).unwrap()
        })
        .collect();
    for round in 1..=THREADS {
        let number = format!("R{round}");
        let outcomes = at_once(|thread| refund(&shards, &paid[thread], &number));
        let (made, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        let [Ok(made)] = &made[..] else { panic!("{made:?}") };
        // Whose order has had a refund within the minute may hear of that first.
        let reasons = [Err(NotRefunded::Different), Err(NotRefunded::TooSoon)];
        assert!(refused.iter().all(|outcome| reasons.contains(outcome)), "{refused:?}");
        assert_eq!(refunds(&shards).len(), round);
        let by_number = |ledger: &Ledger, _| ledger.refund_by_number(&own(), &number).cloned();
        let whose = Whose::Refund { mchid: MCHID, out_refund_no: &number };
        assert_eq!(shards.look(whose, by_number).as_ref(), Some(made));
    }
}

#[test]
fn a_refund_number_that_is_taken_elsewhere_stays_taken_and_a_repeat_finds_it() {
    let shards = shards();
    let paid: Vec<Order> = (0..SHARDS * 2)
        .map(|index| {
            place(&shards, &format!("T{index}"), &format!("pr{index}"));
            pay(&shards, &format!("pr{index}")).unwrap()
        })
        .collect();
    let first = refund(&shards, &paid[0], "R1").unwrap();
    for order in &paid[1..] {
        assert_eq!(refund(&shards, order, "R1"), Err(NotRefunded::Different));
    }
    assert_eq!(refund(&shards, &paid[0], "R1"), Ok(first));
}

#[test]
fn a_fault_happens_as_often_as_asked_however_many_ask() {
    let folder = Folder::new("faults");
    let shards = folder.open();
    let fault = |times| Fault { times, ..Fault::once(Route::Close, Kind::Empty) };
    let set = shards.change_faults(|_| Ok::<_, ()>(vec![fault(300), fault(0)])).unwrap();
    assert_eq!((set.0, shards.faults()), (vec![fault(300)], vec![fault(300)]));
    let refused = shards.change_faults(Err);
    assert_eq!(refused.err(), Some(vec![fault(300)]));
    let taken = at_once(|thread| {
        let one = |index: usize| {
            let number = format!("T{thread}-{index}");
            let in_a_step = |ledger: &mut Ledger, _| ledger.take_fault(Route::Close, &number);
            let taken = match index % 2 {
                0 => shards.step(of(&number), in_a_step).0,
                _ => shards.take_fault(|faults| fault::take(faults, Route::Close, "")).0,
            };
            usize::from(taken.is_some())
        };
        (0..30).map(one).sum::<usize>()
    });
    assert_eq!(taken.into_iter().sum::<usize>(), THREADS * 30);
    let left = [fault(300 - 8 * 30)];
    assert_eq!(shards.faults(), left);
    drop(shards);
    assert_eq!(folder.open().faults(), left);
}

#[test]
fn what_is_due_goes_to_one_taker_and_the_oldest_first() {
    let shards = shards();
    for index in 0..100 {
        place(&shards, &format!("T{index}"), &format!("pr{index}"));
        pay(&shards, &format!("pr{index}")).unwrap();
    }
    let first: Vec<_> = std::iter::from_fn(|| shards.take_due()).collect();
    assert_eq!((first.len(), shards.next_due()), (100, None));
    for (at, (told, ..)) in (T0 - 99..).zip(first) {
        let refused = Attempt::scheduled(at, Outcome::Status(500));
        let record = |ledger: &mut Ledger, _| ledger.record(told.seq, refused);
        let ((), _) = shards.step(of(&told.out_trade_no), record);
    }
    // The next try is fifteen seconds after the first, so the last fifteen are not due yet.
    let due = |taken: &(Notification, Option<Happening>, Ticket)| taken.0.due_at().unwrap();
    let some: Vec<_> = (0..25).map(|_| due(&shards.take_due().unwrap())).collect();
    assert_eq!(some, (T0 - 84..T0 - 59).collect::<Vec<_>>());
    let others = at_once(|_| std::iter::from_fn(|| shards.take_due()).collect::<Vec<_>>());
    let others: HashSet<i64> = others.iter().flatten().map(due).collect();
    assert_eq!(others, (T0 - 59..=T0).collect());
    assert_eq!(shards.next_due(), Some(T0 + 1));
}

#[test]
fn after_a_reset_amid_orders_memory_and_disk_hold_the_same() {
    let folder = Folder::new("reset");
    let shards = folder.open();
    at_once(|thread| {
        for index in 0..40 {
            if (thread, index % 10) == (0, 5) {
                let _ = shards.clear();
                continue;
            }
            let (number, pr) = (format!("T{thread}-{index}"), format!("pr{thread}x{index}"));
            place(&shards, &number, &pr);
            // A reset may come in between.
            let tail = format!("{thread:05}{index:05}");
            if let Ok(paid) = pay_drawing(&shards, &pr, &tail) {
                let made = refund(&shards, &paid, &format!("R{thread}-{index}"));
                assert!(matches!(made, Ok(_) | Err(NotRefunded::NotPaid)), "{made:?}");
            }
        }
    });
    let (orders_kept, refunds_kept) = (orders(&shards), refunds(&shards));
    assert!(!orders_kept.is_empty());
    for refund in &refunds_kept {
        let its = |order: &&Order| order.terms.out_trade_no == refund.out_trade_no;
        assert!(orders_kept.iter().find(its).unwrap().payment().unwrap().refund_requested);
    }
    let told = |shards: &Shards| {
        shards.gather(|ledger, _| {
            let told = ledger.notifications_newest_first(i64::MAX);
            told.map(|told| (told.seq, told.clone())).collect()
        })
    };
    let told_before = told(&shards);
    drop(shards);
    let again = folder.open();
    assert_eq!(
        (orders(&again), refunds(&again), told(&again)),
        (orders_kept, refunds_kept, told_before)
    );
}

#[test]
fn a_restart_knows_every_number_and_goes_on_counting() {
    let folder = Folder::new("restart");
    let shards = folder.open();
    place(&shards, "T1", "one");
    place(&shards, "T1", "two");
    let paid = pay(&shards, "two").unwrap();
    let made = refund(&shards, &paid, "R1").unwrap();
    let _ = shards.set_bill_url_life(77);
    let refused = |readings: &mut Readings| readings.close_unknown = CloseUnknown::Refused;
    let _ = shards.change_readings(refused);
    let _ = shards.advance(90);
    drop(shards);

    let again = folder.open();
    assert_eq!((again.now() - T0, again.bill_url_life_s()), (90, 77));
    let kept = Readings { close_unknown: CloseUnknown::Refused, ..Readings::default() };
    assert_eq!(again.readings(), kept);
    // What fell due meanwhile is due once, now.
    assert_eq!(again.next_due(), Some(T0 + 90));
    assert_eq!(pay(&again, "one"), Err(ScanFailed::NotPaid(NotPaid::Paid)));
    let transaction_id = &paid.payment().unwrap().transaction_id;
    let order = again.look(Whose::Transaction(transaction_id), |ledger, _| {
        ledger.order_by_transaction(&own(), transaction_id).cloned()
    });
    assert_eq!(order.unwrap().terms.out_trade_no, "T1");
    assert_eq!(refund(&again, &paid, "R1"), Ok(made.clone()));
    let found = again.look(Whose::RefundId(&made.refund_id), |ledger, _| {
        ledger.refund_by_id(&own(), &made.refund_id).cloned()
    });
    assert_eq!(found, Some(made));
    let waits = again.look(Whose::Notification("id-R1"), |ledger, now| {
        ledger.notifications_newest_first(now).any(|told| told.id == "id-R1")
    });
    assert!(waits);
    place(&again, "T2", "three");
    assert_eq!(orders(&again)[0].seq, 5);
    place(&again, "T3", "four");
    // The numbers of payments and refunds that there are stay theirs.
    let other = pay(&again, "four").unwrap();
    assert_ne!(&other.payment().unwrap().transaction_id, transaction_id);
}

/// A folder of its own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("saoma-shards-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// What the folder holds. Whoever had it open before must have been dropped.
    fn open(&self) -> Shards {
        let (store, saved) = Store::open(&self.0).unwrap();
        Shards::restore(saved, store, || T0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
