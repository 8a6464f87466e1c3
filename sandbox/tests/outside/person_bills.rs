//! Bills for a person: which days there are, and the files, also of a day that is not over.

use serde_json::{Value, json};

use crate::shop::Shop;

#[tokio::test]
async fn a_day_with_a_payment_has_files_at_once() {
    let shop = Shop::open().await;
    let (_, before) = shop.control("GET", "bills", Value::Null).await;
    assert_eq!((&before["url_life_s"], &before["days"]), (&json!(30), &json!([])));
    for number in ["T20250101000001", "T20250101000002"] {
        let code = shop.place(number, "http://127.0.0.1:9/notify").await;
        shop.pay(&code).await;
    }
    let refund = json!({
        "out_trade_no": "T20250101000001", "out_refund_no": "R1",
        "amount": { "refund": 100, "total": 1234, "currency": "CNY" },
    });
    let reply = shop.call("POST", "/v3/refund/domestic/refunds", &refund.to_string()).await;
    assert_eq!(reply.status, 200);
    let (_, bills) = shop.control("GET", "bills", Value::Null).await;
    let day = &bills["days"][0];
    let mchid = &shop.credentials.mchid;
    assert_eq!(day["mchid"], *mchid);
    assert_eq!((&day["payments"], &day["refunds"]), (&json!(2), &json!(1)));
    let date = day["date"].as_str().unwrap();

    let file = async |mchid: &str, date: &str, name: &str| {
        shop.send("GET", &format!("/sandbox/bills/{mchid}/{date}/{name}"), "", &[]).await.unwrap()
    };
    // The header, a line for each entry, and two lines of sums.
    for (name, lines) in [("all.csv", 6), ("success.csv", 5), ("refund.csv", 4)] {
        let reply = file(mchid, date, name).await;
        assert_eq!(reply.status, 200, "{name}");
        let text = String::from_utf8(reply.body.clone()).unwrap();
        assert_eq!(text.lines().count(), lines, "{name}: {text}");
        assert!(text.starts_with("\u{feff}交易时间,"), "{text}");
        let disposition = reply.header("content-disposition").unwrap();
        assert_eq!(disposition, format!("attachment; filename=\"{mchid}-{date}-{name}\""));
    }
    assert_eq!(file(mchid, date, "fundflow.csv").await.status, 200);
    for (mchid, date, name, code) in [
        ("1", date, "all.csv", (404, "unknown_merchant")),
        (mchid, "yesterday", "all.csv", (400, "bad_request")),
        (mchid, date, "all.txt", (404, "unknown_bill")),
        (mchid, "2020-01-01", "all.csv", (404, "no_bill")),
    ] {
        let reply = file(mchid, date, name).await;
        assert_eq!(reply.code(), (code.0, code.1.to_owned()), "{mchid} {date} {name}");
    }
}
