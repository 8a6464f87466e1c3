//! What happened is told in its order, and nothing of it is a code or a buyer.

use checkout::report::Resolution;

use super::refunding::{pays, refund, want};
use super::wechat::{paid, receipt};
use super::{serve, waiting};
use crate::command::{Answer, Command, Happened};

fn told(answer: Answer) -> Vec<(Happened, Option<String>)> {
    let Answer::History { lines } = answer else { panic!("{answer:?}") };
    lines.into_iter().map(|line| (line.what, line.detail)).collect()
}

#[test]
fn an_orders_history_is_read_line_by_line() {
    let house = waiting();
    pays(&house);
    refund(serve(&house, want("R-1", 4_000)));
    let number = house.stored().order.number;
    let (notification_id, report) = ("second".to_owned(), paid(receipt(&number, "4200000009")));
    serve(&house, Command::Hear { notification_id, out_trade_no: number, report });
    let (transaction_id, resolution) = ("4200000009".to_owned(), Resolution::Dismiss);
    serve(&house, Command::Resolve { transaction_id, resolution });
    let words = |text: &str| Some(text.to_owned());
    assert_eq!(
        told(serve(&house, Command::History)),
        [
            (Happened::Placed, None),
            (Happened::Paid, words("8800 fen, CNY")),
            (Happened::RefundTold, words("PROCESSING, 4000 fen")),
            (Happened::Paid, words("8800 fen, CNY")),
            (Happened::Resolved, words("dismiss")),
        ]
    );
}

#[test]
fn nobodys_history_is_unknown() {
    assert_eq!(serve(&super::House::new(), Command::History), Answer::Unknown);
}
