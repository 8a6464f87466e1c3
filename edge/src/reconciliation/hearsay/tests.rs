//! A row, the platform's answer about it, and what the two come to.

use checkout::payee::Payee;
use checkout::refund::Standing;
use checkout::report::Refusal;

use super::*;

fn receipt(transaction_id: &str, total: u64) -> Receipt {
    Receipt {
        transaction_id: transaction_id.to_owned(),
        out_trade_no: "abcdefghijklmnopqrst01abcdefgh".to_owned(),
        total,
        currency: "CNY".to_owned(),
        payee: Payee::direct("1900000001", "wx19"),
        success_time: None,
        payer_total: None,
        trade_type: None,
        bank_type: None,
        attach: None,
        openid: None,
        sub_openid: None,
        promotions: Vec::new(),
    }
}

fn billed(transaction_id: &str, amount: u64) -> BilledRefund {
    BilledRefund {
        out_refund_no: "CONSOLE-1".to_owned(),
        refund_id: "5001".to_owned(),
        out_trade_no: "abcdefghijklmnopqrst01abcdefgh".to_owned(),
        transaction_id: transaction_id.to_owned(),
        amount,
        standing: Standing::Success,
        merchants: vec!["1900000001".to_owned()],
        success_time: None,
    }
}

fn fact(transaction_id: &str, amount: u64) -> RefundFact {
    RefundFact {
        refund_id: "5001".to_owned(),
        transaction_id: transaction_id.to_owned(),
        out_trade_no: "abcdefghijklmnopqrst01abcdefgh".to_owned(),
        standing: Standing::Processing,
        amount,
        total: 8_800,
        merchants: Vec::new(),
        account: None,
        success_time: None,
    }
}

fn refusal() -> Refusal {
    let (code, message) = ("SYSTEMERROR".to_owned(), String::new());
    Refusal { status: 200, code, message, request_id: None }
}

#[test]
fn only_a_signed_answer_about_the_very_payment_confirms_a_row() {
    let there = receipt("4200001", 8_800);
    let not_found = |proof| Report::NotFound { proof };
    for (answer, word) in [
        (Report::NotPaid, Word::Denied),
        (Report::ClosedThere, Word::Denied),
        (Report::UnknownState { trade_state: "NEW".to_owned() }, Word::Denied),
        (not_found(Proof::Verified), Word::Denied),
        (Report::Paid(Box::new(receipt("4200002", 8_800))), Word::Denied),
        // Nothing is known: nobody was there, or somebody said so under no signature.
        (not_found(Proof::Unverified), Word::Silent),
        (Report::InDoubt, Word::Silent),
        (Report::Refused(refusal()), Word::Silent),
    ] {
        assert_eq!(of_payment(&there, answer.clone()), word, "{answer:?}");
    }
    let signed = Box::new(receipt("4200001", 8_700));
    assert_eq!(of_payment(&there, Report::Paid(signed.clone())), Word::Payment(signed));
}

#[test]
fn only_a_signed_answer_about_the_very_refund_confirms_a_row() {
    let there = billed("4200001", 4_000);
    let not_found = |proof| RefundNews::NotFound { proof };
    for (answer, word) in [
        (not_found(Proof::Verified), Word::Denied),
        (RefundNews::Answered(fact("4200002", 4_000)), Word::Denied),
        (not_found(Proof::Unverified), Word::Silent),
        (RefundNews::InDoubt { said: None }, Word::Silent),
        (RefundNews::Refused(refusal()), Word::Silent),
        // A notification is no answer to the question that was asked.
        (RefundNews::Told(fact("4200001", 4_000)), Word::Silent),
    ] {
        assert_eq!(of_refund(&there, answer.clone()), word, "{answer:?}");
    }
    let signed = fact("4200001", 3_000);
    let word = of_refund(&there, RefundNews::Answered(signed.clone()));
    assert_eq!(word, Word::Refund(Box::new(signed)));
}

#[test]
fn what_is_told_and_kept_is_the_answer_and_never_the_row() {
    let row = Entry::Payment(receipt("4200001", 8_800));
    let signed = receipt("4200001", 8_700);
    let word = Word::Payment(Box::new(signed.clone()));
    let Some(Command::Hear { notification_id, report, .. }) = told("n".to_owned(), &row, &word)
    else {
        panic!("nothing was told")
    };
    assert_eq!((&*notification_id, report), ("n", Report::Paid(Box::new(signed.clone()))));
    assert_eq!(confirmed(&row, &word), Some(Entry::Payment(signed)));

    let row = Entry::Refund(billed("4200001", 4_000));
    let word = Word::Refund(Box::new(fact("4200001", 3_000)));
    let Some(Command::HearRefund(told)) = told("n".to_owned(), &row, &word) else {
        panic!("nothing was told")
    };
    assert_eq!((&*told.out_refund_no, &told.fact), ("CONSOLE-1", &fact("4200001", 3_000)));
    let Some(Entry::Refund(kept)) = confirmed(&row, &word) else { panic!("nothing is kept") };
    assert_eq!((kept.amount, kept.standing), (3_000, Standing::Processing));
}

#[test]
fn nothing_is_told_and_nothing_kept_without_a_confirmation() {
    let entries = [
        Entry::Payment(receipt("4200001", 8_800)),
        Entry::Refund(billed("4200001", 4_000)),
        Entry::Unreadable { number: "n".to_owned(), state: "REVOKED".to_owned() },
    ];
    for entry in &entries {
        for word in [Word::Denied, Word::Silent] {
            assert_eq!(told("n".to_owned(), entry, &word), None, "{entry:?}");
            assert_eq!(confirmed(entry, &word), None, "{entry:?}");
        }
    }
    // An order that is not one of ours has nobody to be told.
    let foreign = Receipt { out_trade_no: "SHOP-1".to_owned(), ..receipt("4200001", 8_800) };
    let word = Word::Payment(Box::new(foreign.clone()));
    assert_eq!(told("n".to_owned(), &Entry::Payment(foreign), &word), None);
}
