//! Trade bills: asked for, fetched, unpacked and compared with what happened.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::refunds::{application, apply};
use crate::shop::{NATIVE, Reply, Shop};

/// Nobody is there: refused at once, however often the clock makes it due.
pub(crate) const NOTIFY: &str = "http://127.0.0.1:9/notify";
pub(crate) const NO: &str = "T20250101000001";
const DAY_S: i64 = 86_400;

async fn business_now(shop: &Shop) -> i64 {
    let (_, clock) = shop.control("GET", "clock", Value::Null).await;
    sandbox::time::parse(clock["now"].as_str().unwrap()).unwrap()
}

/// Moves the clock to this many hours after the next midnight in Beijing.
pub(crate) async fn advance_to(shop: &Shop, hour: i64) {
    let since_midnight = (business_now(shop).await + 8 * 3_600) % DAY_S;
    let wait = DAY_S - since_midnight + hour * 3_600;
    shop.advance(u32::try_from(wait).unwrap()).await;
}

/// The day in Beijing, as a query has it.
pub(crate) async fn today(shop: &Shop) -> String {
    sandbox::time::beijing(business_now(shop).await)[..10].to_owned()
}

/// At noon, an order placed and paid; its day and its transaction's number.
pub(crate) async fn sold(shop: &Shop) -> (String, String) {
    advance_to(shop, 12).await;
    let code = shop.place(NO, NOTIFY).await;
    let (status, paid) = shop.pay(&code).await;
    assert_eq!(status, 200, "{paid}");
    (today(shop).await, paid["transaction_id"].as_str().unwrap().to_owned())
}

pub(crate) async fn refunded(shop: &Shop, number: &str, fen: u64) -> Value {
    let reply = apply(shop, &application(number, fen, NOTIFY)).await;
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()
}

pub(crate) async fn asked(shop: &Shop, query: &str) -> Reply {
    shop.call("GET", &format!("/v3/bill/{query}"), "").await
}

/// Fetches what an answer points to, as it is on the wire.
pub(crate) async fn fetched(shop: &Shop, posted: &Value) -> Reply {
    let url = posted["download_url"].as_str().unwrap();
    shop.call("GET", url.strip_prefix(&shop.base).unwrap(), "").await
}

pub(crate) fn gunzipped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

pub(crate) fn sha1(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A bill's lines, asked for, fetched and compared with its digest. Lines end in CRLF, the last one
/// too, and a byte order mark comes first (protocol reference B.10).
pub(crate) async fn lines(shop: &Shop, query: &str) -> Vec<String> {
    let posted = asked(shop, query).await;
    assert_eq!(posted.status, 200, "{}", posted.json());
    let file = fetched(shop, &posted.json()).await;
    assert_eq!(file.status, 200);
    assert_eq!(sha1(&file.body), posted.json()["hash_value"].as_str().unwrap());
    split(&file.body)
}

pub(crate) fn split(file: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(file.strip_prefix(b"\xef\xbb\xbf").unwrap()).unwrap();
    let text = text.strip_suffix("\r\n").unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    text.split("\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn a_days_trade_is_posted_signed_and_fetched_unsigned() {
    let shop = Shop::open().await;
    let (day, transaction_id) = sold(&shop).await;
    advance_to(&shop, 10).await;
    let posted = asked(&shop, &format!("tradebill?bill_date={day}&tar_type=GZIP")).await;
    assert_eq!(posted.status, 200, "{}", posted.json());
    assert!(shop.is_genuine(&posted.headers, &posted.body));
    let posted = posted.json();
    assert_eq!(posted["hash_type"], "SHA1");
    assert!(posted["download_url"].as_str().unwrap().ends_with("&tartype=gzip"));

    let file = fetched(&shop, &posted).await;
    assert_eq!(file.status, 200);
    assert!(file.headers.keys().all(|name| !name.as_str().starts_with("wechatpay-")));
    assert_eq!(file.header("content-encoding"), None);
    assert_eq!(file.body[..2], [0x1f, 0x8b]);
    let plain = gunzipped(&file.body);
    assert_eq!(sha1(&plain), posted["hash_value"].as_str().unwrap());
    let lines = split(&plain);
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0].split(',').count(), 27);
    let (appid, mchid) = (&shop.credentials.appid, &shop.credentials.mchid);
    let transaction = shop.call("GET", &shop.by_number(NO), "").await.json();
    let openid = transaction["payer"]["openid"].as_str().unwrap();
    let expected = format!(
        "`{appid},`{mchid},`0,`,`{transaction_id},`{NO},`{openid},`NATIVE,\
         `SUCCESS,`OTHERS,`CNY,`12.34,`0.00,`0,`0,`0.00,`0.00,`,`,`测试商品-红茶500g,`cart=42,\
         `0.07000,`0.60%,`12.34,`0.00,`"
    );
    let (time, rest) = lines[1].split_once(',').unwrap();
    assert!(time.starts_with(&format!("`{day} 12:0")), "{time}");
    assert_eq!(rest, expected);
    assert_eq!(lines[3], "`1,`12.34,`0.00,`0.00,`0.07000,`12.34,`0.00");

    // The same day gives the same bill, under an address of its own.
    let again = asked(&shop, &format!("tradebill?bill_date={day}")).await.json();
    assert_eq!(again["hash_value"], posted["hash_value"]);
    assert_ne!(again["download_url"], posted["download_url"]);
    assert_eq!(fetched(&shop, &again).await.body, plain);
    assert_eq!(fetched(&shop, &again).await.body, plain, "while it lives, again and again");
}

#[tokio::test]
async fn refunds_stand_in_the_bill_of_the_day_on_which_they_were_accepted() {
    let shop = Shop::open().await;
    let (first, _) = sold(&shop).await;
    let one = refunded(&shop, "R20250101000001", 234).await;
    advance_to(&shop, 12).await;
    let second = today(&shop).await;
    refunded(&shop, "R20250101000002", 1_000).await;
    advance_to(&shop, 10).await;

    let all = lines(&shop, &format!("tradebill?bill_date={first}&bill_type=ALL")).await;
    assert_eq!(all.len(), 5);
    let fields: Vec<_> = all[2].split(',').collect();
    let refund_id = format!("`{}", one["refund_id"].as_str().unwrap());
    assert_eq!(fields[9], "`REFUND");
    assert_eq!(
        fields[12..20],
        [
            "`0.00",
            "`0.00",
            refund_id.as_str(),
            "`R20250101000001",
            "`2.34",
            "`0.00",
            "`ORIGINAL",
            "`SUCCESS"
        ]
    );
    assert_eq!(fields[22..], ["`-0.01000", "`0.60%", "`0.00", "`2.34", "`"]);
    assert_eq!(all[4], "`2,`12.34,`2.34,`0.00,`0.06000,`12.34,`2.34");

    let paid = lines(&shop, &format!("tradebill?bill_date={first}&bill_type=SUCCESS")).await;
    assert_eq!((paid.len(), paid[0].split(',').count()), (4, 20));
    assert_eq!(paid[3], "`1,`12.34,`0.07000,`12.34");
    let back = lines(&shop, &format!("tradebill?bill_date={first}&bill_type=REFUND")).await;
    assert_eq!((back.len(), back[0].split(',').count()), (4, 29));
    assert_eq!(back[3], "`1,`0.00,`2.34,`0.00,`-0.01000,`0.00,`2.34");

    let next = lines(&shop, &format!("tradebill?bill_date={second}")).await;
    assert_eq!(next.len(), 4);
    // Both refunds together give back the whole fee.
    assert_eq!(next[3], "`1,`0.00,`10.00,`0.00,`-0.06000,`0.00,`10.00");
    let none = asked(&shop, &format!("tradebill?bill_date={second}&bill_type=SUCCESS")).await;
    assert_eq!(none.code(), (400, "NO_STATEMENT_EXIST".into()));
}

#[tokio::test]
async fn a_refunds_state_is_that_of_the_morning_after() {
    let shop = Shop::open().await;
    let (day, _) = sold(&shop).await;
    let fault = json!({ "route": "refund", "kind": "abnormal" });
    shop.fault(fault).await;
    let refund = refunded(&shop, "R20250101000001", 234).await;
    shop.advance(61).await;
    shop.fault(json!({ "route": "refund", "kind": "closed" })).await;
    refunded(&shop, "R20250101000002", 100).await;
    advance_to(&shop, 10).await;
    let states = async || {
        let rows = lines(&shop, &format!("tradebill?bill_date={day}&bill_type=REFUND")).await;
        let state = |row: &String| row.split(',').nth(21).unwrap().to_owned();
        rows[1..3].iter().map(state).collect::<Vec<_>>()
    };
    assert_eq!(states().await, ["`CHANGE", "`FAIL"]);
    // What becomes of it later does not change the bill.
    let id = refund["refund_id"].as_str().unwrap();
    let target = format!("/v3/refund/domestic/refunds/{id}/apply-abnormal-refund");
    let body = json!({ "out_refund_no": "R20250101000001", "type": "MERCHANT_BANK_CARD" });
    assert_eq!(shop.call("POST", &target, &body.to_string()).await.status, 200);
    shop.advance(60).await;
    assert_eq!(states().await, ["`CHANGE", "`FAIL"]);
}

#[tokio::test]
async fn a_coupon_parts_what_is_settled_from_what_was_ordered() {
    let shop = Shop::open().await;
    advance_to(&shop, 12).await;
    let code = shop.place(NO, NOTIFY).await;
    let scan = json!({ "code_url": code, "coupon": 234, "coupon_type": "NOCASH" });
    assert_eq!(shop.control("POST", "pay", scan).await.0, 200);
    let refund = refunded(&shop, "R20250101000001", 617).await;
    assert_eq!(refund["amount"]["settlement_refund"], 500);
    let day = today(&shop).await;
    advance_to(&shop, 10).await;
    let all = lines(&shop, &format!("tradebill?bill_date={day}")).await;
    let cells = |row: usize, from: usize, to: usize| {
        all[row].split(',').map(str::to_owned).collect::<Vec<_>>()[from..to].join(",")
    };
    // The order less the discount is settled, and the fee is on that.
    assert_eq!(cells(1, 12, 14), "`10.00,`2.34");
    assert_eq!(cells(1, 22, 26), "`0.06000,`0.60%,`12.34,`0.00");
    assert_eq!(cells(2, 16, 18), "`5.00,`0.00");
    assert_eq!(cells(2, 22, 26), "`-0.03000,`0.60%,`0.00,`6.17");
    let basic = lines(&shop, &format!("fundflowbill?bill_date={day}")).await;
    assert_eq!(basic[4], "`2,`1,`10.00,`1,`5.00");
}

#[tokio::test]
async fn a_merchants_own_texts_do_not_break_a_row() {
    let shop = Shop::open().await;
    advance_to(&shop, 12).await;
    let mut order = shop.order(NO, NOTIFY);
    order["description"] = json!("红茶,500g");
    order["attach"] = json!("a,b\nc");
    let code = shop.call("POST", NATIVE, &order.to_string()).await.json();
    assert_eq!(shop.pay(code["code_url"].as_str().unwrap()).await.0, 200);
    let day = today(&shop).await;
    advance_to(&shop, 10).await;
    let all = lines(&shop, &format!("tradebill?bill_date={day}")).await;
    let fields: Vec<_> = all[1].split(',').collect();
    assert_eq!(fields.len(), 27);
    assert_eq!(fields[20..22], ["`红茶\\ 500g", "`a\\ b\\nc"]);
}

#[tokio::test]
async fn a_bill_comes_at_ten_the_next_day_and_stays_three_months() {
    let shop = Shop::open().await;
    let (day, _) = sold(&shop).await;
    let query = format!("tradebill?bill_date={day}");
    let refused = asked(&shop, &query).await;
    assert_eq!(refused.code(), (400, "PARAM_ERROR".into()));
    assert_eq!(refused.json()["detail"]["field"], "bill_date");
    advance_to(&shop, 9).await;
    let creating = asked(&shop, &query).await;
    assert_eq!(creating.code(), (400, "STATEMENT_CREATING".into()));
    assert!(shop.is_genuine(&creating.headers, &creating.body));
    shop.advance(3_600).await;
    assert_eq!(asked(&shop, &query).await.status, 200);
    let next = today(&shop).await;
    assert_eq!(asked(&shop, &format!("tradebill?bill_date={next}")).await.status, 400);
    advance_to(&shop, 10).await;
    let empty = asked(&shop, &format!("tradebill?bill_date={next}")).await;
    assert_eq!(empty.code(), (400, "NO_STATEMENT_EXIST".into()));
    shop.advance(93 * 86_400).await;
    assert_eq!(asked(&shop, &query).await.code(), (400, "PARAM_ERROR".into()));
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused() {
    let shop = Shop::open().await;
    let (day, _) = sold(&shop).await;
    advance_to(&shop, 10).await;
    for (query, status, code) in [
        ("tradebill", 400, "PARAM_ERROR"),
        ("tradebill?bill_date=2025-1-1", 400, "PARAM_ERROR"),
        ("tradebill?bill_date=20250101", 400, "PARAM_ERROR"),
        ("tradebill?bill_date=DAY&bill_type=SOME", 400, "PARAM_ERROR"),
        ("tradebill?bill_date=DAY&tar_type=ZIP", 400, "PARAM_ERROR"),
        ("tradebill?bill_date=DAY&bill_date=DAY", 400, "PARAM_ERROR"),
        ("tradebill?bill_date=DAY&sub_mchid=1600000001", 400, "INVALID_REQUEST"),
        ("tradebill?bill_date=DAY&limit=1", 400, "INVALID_REQUEST"),
        ("tradebill?bill_date=DAY&bill_type=RECHARGE_REFUND", 400, "NO_STATEMENT_EXIST"),
        ("fundflowbill?bill_date=DAY&account_type=CASH", 400, "PARAM_ERROR"),
        ("fundflowbill?bill_date=DAY&account_type=DEPOSIT", 400, "PARAM_ERROR"),
        ("fundflowbill?bill_date=DAY&account_type=OPERATION", 400, "NO_STATEMENT_EXIST"),
        ("fundflowbill?bill_date=DAY&sub_mchid=1600000001", 400, "INVALID_REQUEST"),
        ("sub-merchant-fundflowbill?bill_date=DAY", 403, "NO_AUTH"),
    ] {
        let reply = asked(&shop, &query.replace("DAY", &day)).await;
        assert_eq!(reply.code(), (status, code.to_owned()), "{query}");
        assert!(shop.is_genuine(&reply.headers, &reply.body));
    }
}
