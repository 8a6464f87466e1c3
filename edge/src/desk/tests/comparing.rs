//! A proven bill against what the checkout knows.

use std::rc::Rc;

use checkout::id::ProfileName;
use checkout::order::{Alert, Disagreement};
use checkout::refund::{RefundEffect, RefundStatus, Standing};
use checkout::report::Receipt;
use checkout::time::{Seconds, UnixSeconds};
use checkout::view::Status;
use wechatpay::bill::date::BillDate;

use super::house::{House, MORNING, Rows};
use super::refunding::{read, refund, settled, want};
use super::{checkout, serve, waiting};
use crate::command::{Answer, Command, Comparison, Confirmation};
use crate::reconciliation::difference::{Difference, Kind, Side, What};
use crate::reconciliation::entry::{BilledRefund, Entry};
use crate::reconciliation::hearsay::{Weight, Word, told};
use crate::reconciliation::judgement::Verdict;

fn today() -> BillDate {
    BillDate::of(UnixSeconds(MORNING)).unwrap()
}

#[track_caller]
fn compare(house: &Rc<House>, entry: Entry) -> Verdict {
    weighed(house, Weight::Proven, entry)
}

#[track_caller]
fn weighed(house: &Rc<House>, weight: Weight, entry: Entry) -> Verdict {
    let profile = ProfileName::default();
    let comparison = Comparison { profile, day: today(), weight, entries: vec![entry] };
    match serve(house, Command::Compare(Box::new(comparison))) {
        Answer::Compared { mut verdicts } if verdicts.len() == 1 => verdicts.remove(0),
        other => panic!("{other:?}"),
    }
}

/// The platform has the money, and its notification was lost.
fn pay(house: &House) -> Receipt {
    let number = house.stored().order.number;
    let receipt = house.wechat.borrow_mut().pay(&number);
    Receipt { payer_total: None, trade_type: None, ..receipt }
}

/// The row of the refund `number` of the settled checkout.
fn row(house: &House, number: &str, amount: u64, standing: Standing) -> BilledRefund {
    let order = house.stored().order;
    let checkout::order::Attempt::Paid { receipt, .. } = order.attempt else { panic!("unpaid") };
    BilledRefund {
        out_refund_no: number.to_owned(),
        refund_id: format!("5{number}"),
        out_trade_no: receipt.out_trade_no,
        transaction_id: receipt.transaction_id,
        amount,
        standing,
        merchants: vec![order.terms.payee.mchid],
        success_time: None,
    }
}

const fn differs(kind: Kind, here: Side) -> Verdict {
    Verdict::Differs { kind, here }
}

#[test]
fn a_payment_that_nobody_told_of_is_found_and_settles_the_checkout() {
    let house = waiting();
    let receipt = pay(&house);
    assert_eq!(compare(&house, Entry::Payment(receipt.clone())), Verdict::Entered);
    let (_, view) = checkout(serve(&house, Command::Read));
    assert_eq!(view.status, Status::Paid);
    assert_eq!(view.payment.map(|paid| paid.transaction_id), Some(receipt.transaction_id.clone()));
    assert_eq!(house.freed.get(), 1);
    // Who has not heard the answer asks again, hears the same, and there is no second event.
    let (before, events) = (house.stored(), house.rows.borrow().events.len());
    assert_eq!(compare(&house, Entry::Payment(receipt)), Verdict::Entered);
    assert_eq!((house.stored(), house.rows.borrow().events.len()), (before, events));
}

#[test]
fn a_row_that_proves_nothing_changes_nothing_until_the_platform_has_said_so() {
    let house = waiting();
    let receipt = pay(&house);
    let row = || Entry::Payment(receipt.clone());
    let before = house.stored();
    assert_eq!(weighed(&house, Weight::Hearsay, row()), Verdict::Unheard);
    // Neither does money of another amount, which would freeze the checkout.
    let other = Entry::Payment(Receipt { total: 8_700, ..receipt.clone() });
    assert_eq!(weighed(&house, Weight::Hearsay, other), Verdict::Unheard);
    assert_eq!(house.stored(), before);
    assert!(house.alerts.borrow().is_empty());
    // The signed answer of a query comes as a notification would, under the row's own name.
    let word = Word::Payment(Box::new(receipt.clone()));
    serve(&house, told(row().news_id(today()), &row(), &word).unwrap());
    assert_eq!(checkout(serve(&house, Command::Read)).1.status, Status::Paid);
    assert_eq!(weighed(&house, Weight::Hearsay, row()), Verdict::Entered);
    // What both know is compared, whoever says it.
    let other = Entry::Payment(Receipt { total: 8_700, ..receipt.clone() });
    let verdict = weighed(&house, Weight::Hearsay, other);
    assert_eq!(verdict, differs(Kind::Amount, Side::of(8_800)));
}

#[test]
fn a_refund_in_a_bill_that_proves_nothing_lowers_nothing() {
    let house = settled();
    let before = house.stored();
    let there = row(&house, "CONSOLE-1", 4_000, Standing::Success);
    let verdict = weighed(&house, Weight::Hearsay, Entry::Refund(there.clone()));
    assert_eq!(verdict, Verdict::Unheard);
    // Nor one of a payment that nobody here knows.
    let stray = BilledRefund { transaction_id: "4200009".to_owned(), ..there };
    assert_eq!(weighed(&house, Weight::Hearsay, Entry::Refund(stray)), Verdict::Unknown);
    assert_eq!(house.stored(), before);
}

#[test]
fn a_paid_checkout_whose_alarm_was_lost_has_one_again() {
    let house = settled();
    refund(serve(&house, want("R-1", 4_000)));
    let entry = || Entry::Unreadable { number: "n".to_owned(), state: "REVOKED".to_owned() };
    let due = house.rows.borrow().alarm.unwrap();
    // The runtime gives up an alarm whose handler has failed time and again.
    house.rows.borrow_mut().alarm = None;
    house.live_until(due + Seconds::minutes(59));
    compare(&house, entry());
    assert_eq!(house.rows.borrow().alarm, None, "it may be ringing just now");
    house.live_until(due + Seconds::hours(2));
    compare(&house, entry());
    assert!(house.rows.borrow().alarm.is_some());
}

#[test]
fn another_amount_than_we_were_told_is_a_difference_and_changes_nothing() {
    let house = settled();
    let before = house.stored();
    let checkout::order::Attempt::Paid { receipt, .. } = &before.order.attempt else {
        panic!("unpaid")
    };
    let there = Receipt { total: 8_801, ..(**receipt).clone() };
    let verdict = compare(&house, Entry::Payment(there));
    assert_eq!(verdict, differs(Kind::Amount, Side::of(8_800)));
    assert_eq!(house.stored(), before);
}

#[test]
fn money_of_another_amount_that_nobody_told_of_is_entered_as_a_conflict() {
    let house = waiting();
    let receipt = Receipt { total: 8_700, ..pay(&house) };
    assert_eq!(compare(&house, Entry::Payment(receipt.clone())), Verdict::Entered);
    assert!(house.alerts.borrow().contains(&Alert::Conflict(Disagreement::Amount)));
    assert_eq!(checkout(serve(&house, Command::Read)).1.status, Status::Open);
    assert_eq!(compare(&house, Entry::Payment(receipt)), Verdict::Entered);
}

#[test]
fn a_number_that_is_not_the_checkouts_is_unknown() {
    let house = waiting();
    let receipt = pay(&house);
    let other = receipt.out_trade_no.replace("01", "02");
    let stray = Receipt { out_trade_no: other, ..receipt };
    assert_eq!(compare(&house, Entry::Payment(stray)), Verdict::Unknown);
    let before = house.stored();
    assert_eq!(before.order.odd, []);
    // Nobody has paid as far as we know, so nobody can have been refunded.
    let refund = BilledRefund {
        out_refund_no: "CONSOLE-1".to_owned(),
        refund_id: "5".to_owned(),
        out_trade_no: before.order.number.as_str().to_owned(),
        transaction_id: "4200009".to_owned(),
        amount: 1,
        standing: Standing::Success,
        merchants: Vec::new(),
        success_time: None,
    };
    assert_eq!(compare(&house, Entry::Refund(refund)), Verdict::Unknown);
    assert_eq!(house.stored(), before);
}

#[test]
fn a_row_of_another_profile_is_foreign_and_tells_nothing() {
    let house = waiting();
    let receipt = pay(&house);
    let (profile, entries) =
        (ProfileName::parse("acme").unwrap(), vec![Entry::Payment(receipt.clone())]);
    let weight = Weight::Proven;
    let comparison = Comparison { profile: profile.clone(), day: today(), weight, entries };
    let answer = serve(&house, Command::Compare(Box::new(comparison)));
    assert_eq!(answer, Answer::Compared { verdicts: vec![Verdict::Foreign] });
    assert_eq!(checkout(serve(&house, Command::Read)).1.status, Status::Open);
    let payments = vec![receipt.transaction_id];
    let (day, account, refunds) = (today(), None, Vec::new());
    let confirmation = Confirmation { profile, day, account, payments, refunds };
    let answer = serve(&house, Command::Confirm(Box::new(confirmation)));
    assert_eq!(answer, Answer::Confirmed { missed: Vec::new() });
}

#[test]
fn of_a_checkout_that_was_purged_nothing_can_be_said_but_of_money_that_it_never_knew() {
    let house = waiting();
    let receipt = pay(&house);
    let retire = |at| *house.rows.borrow_mut() = Rows { retired: Some(at), ..Rows::default() };
    let month = Seconds::days(29);
    retire(today().begins() + month);
    assert_eq!(compare(&house, Entry::Payment(receipt.clone())), Verdict::Purged);
    // It would have been kept for a month, had it heard of the payment.
    retire(UnixSeconds((today().begins() + month).0 - 1));
    assert_eq!(compare(&house, Entry::Payment(receipt)), Verdict::Unknown);
}

#[test]
fn a_row_that_cannot_be_understood_is_a_difference() {
    let entry = Entry::Unreadable { number: "n".to_owned(), state: "REVOKED".to_owned() };
    let verdict = compare(&waiting(), entry);
    assert_eq!(verdict, differs(Kind::Unreadable, Side::default()));
}

#[test]
fn what_a_bill_says_of_a_refund_is_weighed_against_what_we_know() {
    use Standing::{Abnormal, Closed, Processing, Success, Unknown};
    let entered = || Verdict::Entered;
    let status = |word| differs(Kind::Status, Side::with(4_000, word));
    // What we know; what the bill says; what comes of it; what we know then.
    for (here, there, verdict, after) in [
        (Processing, Processing, Verdict::Agrees, RefundStatus::Processing),
        (Processing, Success, entered(), RefundStatus::Success),
        (Processing, Closed, entered(), RefundStatus::Closed),
        (Processing, Abnormal, entered(), RefundStatus::Abnormal),
        (Processing, Unknown("NEW".to_owned()), Verdict::Agrees, RefundStatus::Processing),
        // A bill is of one morning: what has gone on since is no disagreement.
        (Success, Processing, Verdict::Agrees, RefundStatus::Success),
        (Success, Abnormal, Verdict::Agrees, RefundStatus::Success),
        (Success, Success, Verdict::Agrees, RefundStatus::Success),
        (Success, Closed, status("SUCCESS"), RefundStatus::Success),
        (Closed, Success, status("CLOSED"), RefundStatus::Closed),
        (Closed, Closed, Verdict::Agrees, RefundStatus::Closed),
        (Abnormal, Abnormal, Verdict::Agrees, RefundStatus::Abnormal),
        (Abnormal, Success, entered(), RefundStatus::Success),
    ] {
        let house = settled();
        let (_, view) = refund(serve(&house, want("R-1", 4_000)));
        let number = view.out_refund_no.as_str();
        let case = format!("{here:?} {there:?}");
        if here != Processing {
            house.wechat.borrow_mut().stand(number, here);
            house.ring(1);
        }
        let there = row(&house, number, 4_000, there);
        assert_eq!(compare(&house, Entry::Refund(there.clone())), verdict, "{case}");
        assert_eq!(read(&house, number).status, after, "{case}");
        assert_eq!(compare(&house, Entry::Refund(there)), verdict, "{case}, again");
    }
}

#[test]
fn another_amount_of_a_refund_is_a_difference() {
    let house = settled();
    let (_, view) = refund(serve(&house, want("R-1", 4_000)));
    let there = row(&house, &view.out_refund_no, 4_001, Standing::Success);
    let expected = differs(Kind::Amount, Side::with(4_000, "PROCESSING"));
    assert_eq!(compare(&house, Entry::Refund(there)), expected);
    assert_eq!(read(&house, &view.out_refund_no).status, RefundStatus::Processing);
}

#[test]
fn a_refund_made_at_the_console_is_entered_and_lowers_what_is_left() {
    let house = settled();
    let there = row(&house, "CONSOLE-1", 8_000, Standing::Processing);
    assert_eq!(compare(&house, Entry::Refund(there.clone())), Verdict::Entered);
    let elsewhere = RefundEffect::MadeElsewhere("CONSOLE-1".to_owned());
    assert!(house.refund_alerts.borrow().contains(&elsewhere));
    let left = serve(&house, want("R-1", 801));
    let Answer::Problem(problem) = left else { panic!("{left:?}") };
    assert_eq!(problem.detail, "800 fen of this payment are left to refund");
    assert_eq!(compare(&house, Entry::Refund(there)), Verdict::Entered);
    let dearer = row(&house, "CONSOLE-1", 8_001, Standing::Processing);
    let expected = differs(Kind::Amount, Side::with(8_000, "PROCESSING"));
    assert_eq!(compare(&house, Entry::Refund(dearer)), expected);
}

#[track_caller]
fn confirm(house: &Rc<House>, day: BillDate, account: Option<&str>) -> Vec<Difference> {
    let stored = house.stored();
    let checkout::order::Attempt::Paid { receipt, .. } = stored.order.attempt else {
        panic!("unpaid")
    };
    let refunds = stored.refunds.iter().flat_map(|ledger| &ledger.refunds);
    let confirmation = Confirmation {
        profile: ProfileName::default(),
        day,
        account: account.map(str::to_owned),
        payments: vec![receipt.transaction_id, "another".to_owned()],
        refunds: refunds.map(|refund| refund.number.as_str().to_owned()).collect(),
    };
    match serve(house, Command::Confirm(Box::new(confirmation))) {
        Answer::Confirmed { missed } => missed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_payment_is_missed_in_the_bill_of_its_own_day_and_account_only() {
    let house = waiting();
    let paid_at = Some(UnixSeconds(MORNING));
    let receipt = Receipt { success_time: paid_at, ..pay(&house) };
    assert_eq!(compare(&house, Entry::Payment(receipt)), Verdict::Entered);
    let missed = confirm(&house, today(), None);
    assert_eq!(missed.len(), 1);
    assert_eq!((missed[0].what, missed[0].kind), (What::Payment, Kind::MissingThere));
    assert_eq!(missed[0].here, Some(Side::of(8_800)));
    assert_eq!(confirm(&house, today().previous().unwrap(), None), []);
    assert_eq!(confirm(&house, today(), Some("1600000001")), []);
}

/// A settled checkout whose refund reached the payer at `done_at`.
fn given_back(done_at: UnixSeconds) -> Rc<House> {
    let house = settled();
    let (_, view) = refund(serve(&house, want("R-1", 4_000)));
    let number = view.out_refund_no.as_str();
    let there = row(&house, number, 4_000, Standing::Success);
    let there = BilledRefund { success_time: Some(done_at), ..there };
    assert_eq!(compare(&house, Entry::Refund(there)), Verdict::Entered);
    house
}

#[test]
fn a_refund_is_missed_on_the_day_on_which_all_of_it_happened() {
    let refunds = |house: &Rc<House>, day, account| {
        let missed = confirm(house, day, account).into_iter();
        missed.filter(|one| one.what == What::Refund).collect::<Vec<_>>()
    };
    let house = given_back(UnixSeconds(MORNING));
    let missed = refunds(&house, today(), None);
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0].here, Some(Side::with(4_000, "SUCCESS")));
    assert_eq!(refunds(&house, today(), Some("1600000001")), []);
    // Asked for before midnight and done after it: either day's bill may have it.
    let late = given_back(UnixSeconds(MORNING) + Seconds::days(1));
    assert_eq!(refunds(&late, today(), None), []);
    assert_eq!(refunds(&late, today().next().unwrap(), None), []);
    let open = settled();
    refund(serve(&open, want("R-1", 4_000)));
    assert_eq!(refunds(&open, today(), None), [], "it has not succeeded");
}
