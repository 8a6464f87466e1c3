//! Refunds over V2: who may, what is answered, what a query shows, and that APIv3 sees the same.

use serde_json::{Value, json};

use crate::refunds::{application, apply};
use crate::shop::{Shop, credentials};
use crate::tls::Sandbox;
use crate::v2_call::{Message, Signer, post, post_showing, read, without_certificates};

pub(crate) const REFUND: &str = "/secapi/pay/refund";
pub(crate) const QUERY: &str = "/pay/refundquery";
const ORDER: &str = "T20250101000001";
const NOWHERE: &str = "http://127.0.0.1:9/n";

/// A shop that needs no certificate, with one paid order of 1234 fen, and who signs for it.
pub(crate) async fn paid() -> (Shop, Signer) {
    let shop = Shop::open().await;
    without_certificates(&shop).await;
    let code = shop.place(ORDER, NOWHERE).await;
    assert_eq!(shop.pay(&code).await.0, 200);
    let signer = Signer::direct(&shop.credentials);
    (shop, signer)
}

/// A refund of a part of it; the answer, which must be signed.
pub(crate) async fn refund(shop: &Shop, signer: &Signer, number: &str, fen: &str) -> Message {
    let own = [
        ("out_trade_no", ORDER),
        ("out_refund_no", number),
        ("total_fee", "1234"),
        ("refund_fee", fen),
    ];
    signer.verified(&post(shop, signer, REFUND, &own).await.unwrap())
}

pub(crate) async fn queried(shop: &Shop, signer: &Signer, own: &[(&str, &str)]) -> Message {
    signer.verified(&post(shop, signer, QUERY, own).await.unwrap())
}

fn code(message: &Message) -> &str {
    assert_eq!(message["result_code"], "FAIL", "{message:?}");
    &message["err_code"]
}

fn has(message: &Message, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(message.get(*name).map(String::as_str), Some(*value), "{name} in {message:?}");
    }
}

#[tokio::test]
async fn a_refund_wants_the_certificate_of_the_merchant_that_signs() {
    let sandbox = Sandbox::open().await;
    let (shop, signer) = (&sandbox.shop, Signer::direct(&credentials()));
    let code = shop.place(ORDER, NOWHERE).await;
    shop.pay(&code).await;
    let own = [
        ("out_trade_no", ORDER),
        ("out_refund_no", "R1"),
        ("total_fee", "1234"),
        ("refund_fee", "234"),
    ];
    let direct = &shop.credentials;
    let partner = &direct.partner;
    let pems = (direct.certificate_pem.as_str(), direct.private_key_pem.as_str());
    let others = (partner.certificate_pem.as_str(), partner.private_key_pem.as_str());
    let refused = |reply| {
        // Unsigned, and nothing but the words (protocol reference D.1).
        let message: Message = read(&reply);
        let said = message.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let expected = [("return_code", "FAIL"), ("return_msg", "证书校验失败")];
        assert_eq!(said.collect::<Vec<_>>(), expected);
    };
    refused(post(shop, &signer, REFUND, &own).await.unwrap());
    refused(post_showing(&sandbox, None, (&signer, REFUND), &own).await);
    refused(post_showing(&sandbox, Some(others), (&signer, REFUND), &own).await);
    let (_, refused) = shop.control("GET", "requests?refused=true", Value::Null).await;
    let whys = refused["data"].as_array().unwrap().iter().map(|each| &each["refusal"]["why"]);
    let whys: Vec<_> = whys.map(|why| why.as_str().unwrap()).collect();
    for (why, part) in whys.iter().zip(["not this mch_id's", "none was shown", "--tls-listen"]) {
        assert!(why.contains(part), "{part}: {why}");
    }
    assert_eq!(whys.len(), 3);
    let (_, none) = shop.control("GET", "refunds", Value::Null).await;
    assert_eq!(none["data"], json!([]));

    let taken = post_showing(&sandbox, Some(pems), (&signer, REFUND), &own).await;
    has(&signer.verified(&taken), &[("result_code", "SUCCESS"), ("out_refund_no", "R1")]);
    // The sign still counts: a certificate alone moves nothing.
    let stranger = Signer { key: "0".repeat(32), ..signer.clone() };
    let forged = post_showing(&sandbox, Some(pems), (&stranger, REFUND), &own).await;
    assert_eq!(read(&forged)["return_msg"], "签名错误");
    // Asking after it takes none.
    let known = queried(shop, &signer, &[("out_refund_no", "R1")]).await;
    has(&known, &[("refund_count", "1"), ("refund_fee_0", "234")]);
}

#[tokio::test]
async fn anothers_certificate_is_anothers_though_both_have_the_same_number() {
    // Whoever issued them counted from one, say; nobody keeps two issuers from it.
    let mut credentials = credentials();
    let (number, partner) = (credentials.serial_no.clone(), credentials.partner.sp_mchid.clone());
    credentials.partner.serial_no.clone_from(&number);
    for each in credentials.merchant_certificates.iter_mut().filter(|each| each.mchid == partner) {
        each.serial_no.clone_from(&number);
    }
    let sandbox = Sandbox::of(credentials).await;
    let (shop, own) = (&sandbox.shop, &sandbox.shop.credentials);
    let signer = Signer::direct(own);
    let code = shop.place(ORDER, NOWHERE).await;
    shop.pay(&code).await;
    let refund = [
        ("out_trade_no", ORDER),
        ("out_refund_no", "R1"),
        ("total_fee", "1234"),
        ("refund_fee", "234"),
    ];
    let partners = (own.partner.certificate_pem.as_str(), own.partner.private_key_pem.as_str());
    let refused = post_showing(&sandbox, Some(partners), (&signer, REFUND), &refund).await;
    assert_eq!(read(&refused)["return_msg"], "证书校验失败");
    let its_own = (own.certificate_pem.as_str(), own.private_key_pem.as_str());
    let taken = post_showing(&sandbox, Some(its_own), (&signer, REFUND), &refund).await;
    assert_eq!(signer.verified(&taken)["result_code"], "SUCCESS");
}

#[tokio::test]
async fn a_refund_is_the_same_one_for_both_apis() {
    let (shop, md5) = paid().await;
    let signer = Signer { hmac: true, ..md5 };
    let made = refund(&shop, &signer, "R1", "234").await;
    let (_, order) = shop.control("GET", &format!("orders/{ORDER}"), Value::Null).await;
    let transaction_id = order["transaction_id"].as_str().unwrap();
    has(
        &made,
        &[
            ("result_code", "SUCCESS"),
            ("transaction_id", transaction_id),
            ("out_trade_no", ORDER),
            ("out_refund_no", "R1"),
            ("refund_fee", "234"),
            ("total_fee", "1234"),
            ("cash_fee", "1234"),
            ("cash_refund_fee", "234"),
            ("coupon_refund_fee", "0"),
            ("coupon_refund_count", "0"),
            ("fee_type", "CNY"),
        ],
    );
    assert!(made["refund_id"].starts_with("503") && made["refund_id"].len() == 29, "{made:?}");
    assert!(!made.contains_key("settlement_refund_fee") && !made.contains_key("refund_status"));

    let over_v3 = shop.call("GET", "/v3/refund/domestic/refunds/R1", "").await.json();
    assert_eq!(over_v3["refund_id"], made["refund_id"].as_str());
    assert_eq!(
        (&over_v3["status"], &over_v3["funds_account"]),
        (&json!("PROCESSING"), &json!("UNSETTLED"))
    );
    let during = queried(&shop, &signer, &[("out_refund_no", "R1")]).await;
    has(&during, &[("refund_status_0", "PROCESSING"), ("refund_channel_0", "ORIGINAL")]);
    assert!(!during.contains_key("refund_success_time_0"));
    assert_eq!(shop.trade_state(ORDER).await, "REFUND");
    shop.advance(60).await;
    let after = queried(&shop, &signer, &[("refund_id", &made["refund_id"])]).await;
    has(
        &after,
        &[
            ("refund_status_0", "SUCCESS"),
            ("refund_account_0", "REFUND_SOURCE_UNSETTLED_FUNDS"),
            ("refund_recv_accout_0", "支付用户零钱"),
            ("total_refund_count", "1"),
        ],
    );
    let over_v3 = shop.call("GET", "/v3/refund/domestic/refunds/R1", "").await.json();
    let at = over_v3["success_time"].as_str().unwrap();
    assert_eq!(after["refund_success_time_0"], at[..19].replace('T', " "));

    // And the other way round; a repeat over either API finds it.
    let other = apply(&shop, &application("R2", 1_000, NOWHERE)).await;
    assert_eq!(other.status, 200);
    let again = refund(&shop, &signer, "R2", "1000").await;
    assert_eq!(again["refund_id"], other.json()["refund_id"].as_str().unwrap());
    let repeated = apply(&shop, &application("R1", 234, NOWHERE)).await;
    assert_eq!(repeated.json()["refund_id"], made["refund_id"].as_str());
    let all = queried(&shop, &signer, &[("out_trade_no", ORDER)]).await;
    has(&all, &[("refund_count", "2"), ("out_refund_no_0", "R1"), ("out_refund_no_1", "R2")]);
    shop.advance(60).await;
    assert_eq!(code(&refund(&shop, &signer, "R3", "1").await), "ERROR");
}

#[tokio::test]
async fn a_repeat_changes_nothing_and_other_data_is_refused() {
    let (shop, signer) = paid().await;
    let first = refund(&shop, &signer, "R1", "234").await;
    let again = refund(&shop, &signer, "R1", "234").await;
    let own = |message: &Message| {
        let mut message = message.clone();
        message.remove("nonce_str");
        message.remove("sign");
        message
    };
    assert_eq!(own(&again), own(&first));
    shop.advance(120).await;
    assert_eq!(code(&refund(&shop, &signer, "R1", "235").await), "REFUND_FEE_MISMATCH");
    let (_, list) = shop.control("GET", "refunds", Value::Null).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_found_by_the_same_number() {
    let (shop, signer) = paid().await;
    shop.fault(json!({ "route": "refund_v2", "kind": "reply-dropped" })).await;
    let own = [
        ("out_trade_no", ORDER),
        ("out_refund_no", "R1"),
        ("total_fee", "1234"),
        ("refund_fee", "234"),
    ];
    assert!(post(&shop, &signer, REFUND, &own).await.is_none());
    let found = queried(&shop, &signer, &[("out_refund_no", "R1")]).await;
    let again = refund(&shop, &signer, "R1", "234").await;
    assert_eq!(again["refund_id"], found["refund_id_0"]);
    for (kind, expected) in [
        ("not-enough", "NOTENOUGH"),
        ("need-retry", "BIZERR_NEED_RETRY"),
        ("system-error", "SYSTEMERROR"),
        ("rate-limited", "FREQUENCY_LIMITED"),
    ] {
        shop.fault(json!({ "route": "refund_v2", "kind": kind })).await;
        assert_eq!(code(&refund(&shop, &signer, "R2", "1").await), expected);
    }
    let none = queried(&shop, &signer, &[("out_refund_no", "R2")]).await;
    assert_eq!(code(&none), "REFUNDNOTEXIST");
}

#[tokio::test]
async fn ten_refunds_are_a_page_and_the_platforms_numbers_come_first() {
    let (shop, signer) = paid().await;
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(refund(&shop, &signer, &format!("R{n}"), "10").await["refund_id"].clone());
        shop.advance(60).await;
    }
    let all = [("out_trade_no", ORDER)];
    let first = queried(&shop, &signer, &all).await;
    has(&first, &[("refund_count", "10"), ("total_refund_count", "12"), ("out_refund_no_9", "R9")]);
    assert!(!first.contains_key("out_refund_no_10"));
    let rest = queried(&shop, &signer, &[all[0], ("offset", "10")]).await;
    has(&rest, &[("refund_count", "2"), ("out_refund_no_0", "R10"), ("out_refund_no_1", "R11")]);
    assert_eq!(code(&queried(&shop, &signer, &[all[0], ("offset", "12")]).await), "REFUNDNOTEXIST");
    // Of several numbers: refund_id, then out_refund_no, then transaction_id, then out_trade_no.
    let numbers = [
        ("refund_id", ids[3].as_str()),
        ("out_refund_no", "R4"),
        ("transaction_id", first["transaction_id"].as_str()),
        ("out_trade_no", "nobodys"),
    ];
    for (skipped, expected) in [(0, ("1", "R3")), (1, ("1", "R4")), (2, ("10", "R0"))] {
        let found = queried(&shop, &signer, &numbers[skipped..]).await;
        has(&found, &[("refund_count", expected.0), ("out_refund_no_0", expected.1)]);
    }
    assert_eq!(code(&queried(&shop, &signer, &numbers[3..]).await), "REFUNDNOTEXIST");
}

#[tokio::test]
async fn a_coupon_goes_back_in_its_share() {
    let (shop, signer) = (Shop::open().await, Signer::direct(&credentials()));
    without_certificates(&shop).await;
    let code = shop.place(ORDER, NOWHERE).await;
    let paying = json!({ "code_url": code, "coupon": 234, "coupon_type": "NOCASH" });
    assert_eq!(shop.control("POST", "pay", paying).await.0, 200);
    let made = refund(&shop, &signer, "R1", "617").await;
    let share = [
        ("refund_fee", "617"),
        ("settlement_refund_fee", "500"),
        ("total_fee", "1234"),
        ("settlement_total_fee", "1000"),
        ("cash_fee", "1000"),
        ("cash_refund_fee", "500"),
        ("coupon_refund_fee", "117"),
        ("coupon_refund_count", "1"),
        ("coupon_type_0", "NO_CASH"),
        ("coupon_refund_fee_0", "117"),
    ];
    has(&made, &share);
    let listed = queried(&shop, &signer, &[("out_refund_no", "R1")]).await;
    has(
        &listed,
        &[
            ("settlement_refund_fee_0", "500"),
            ("coupon_refund_fee_0", "117"),
            ("coupon_refund_count_0", "1"),
            ("coupon_type_0_0", "NO_CASH"),
            ("coupon_refund_fee_0_0", "117"),
            ("settlement_total_fee", "1000"),
            ("cash_fee", "1000"),
        ],
    );
    assert_eq!(listed["coupon_refund_id_0_0"], made["coupon_refund_id_0"]);
}

#[tokio::test]
async fn the_source_of_the_money_is_the_one_that_was_named() {
    let (shop, signer) = paid().await;
    let own = |number: &'static str, account: &'static str| {
        [
            ("out_trade_no", ORDER),
            ("out_refund_no", number),
            ("total_fee", "1234"),
            ("refund_fee", "1"),
            ("refund_account", account),
        ]
    };
    let charged = own("R1", "REFUND_SOURCE_RECHARGE_FUNDS");
    signer.verified(&post(&shop, &signer, REFUND, &charged).await.unwrap());
    let listed = queried(&shop, &signer, &[("out_refund_no", "R1")]).await;
    has(&listed, &[("refund_account_0", "REFUND_SOURCE_RECHARGE_FUNDS")]);
    let over_v3 = shop.call("GET", "/v3/refund/domestic/refunds/R1", "").await.json();
    assert_eq!(over_v3["funds_account"], "AVAILABLE");
    let unknown = post(&shop, &signer, REFUND, &own("R2", "MY_SAVINGS")).await.unwrap();
    assert_eq!(code(&signer.verified(&unknown)), "PARAM_ERROR");
}
