//! What is read, and what is refused in which words.

use super::*;

fn refused<T: DeserializeOwned + core::fmt::Debug>(body: &str) -> String {
    let problem = read_json::<T>(body.as_bytes()).unwrap_err();
    assert_eq!(problem.code, Code::InvalidRequest);
    problem.detail
}

#[test]
fn a_shop_says_what_it_wants_paid() {
    let body = r#"{"reference":"A-1001","description":"Oolong 250 g","amount":{"total":8800,"currency":"CNY"}}"#;
    let new: NewCheckout = read_json(body.as_bytes()).unwrap();
    assert_eq!(new.reference.into_inner().as_str(), "A-1001");
    assert_eq!(new.amount.total.count(), 8_800);
    assert_eq!(new.expires_in, None);
}

#[test]
fn mistakes_are_told_in_words_with_their_place() {
    let with = |from: &str, to: &str| {
        let good = r#"{"reference":"A","description":"T","amount":{"total":1},"expires_in":300}"#;
        assert!(read_json::<NewCheckout>(good.as_bytes()).is_ok());
        refused::<NewCheckout>(&good.replace(from, to))
    };
    for (from, to, words) in [
        ("\"total\":1", "\"total\":0", "an amount is at least 1 fen"),
        ("\"total\":1", "\"total\":1.5", "floating point `1.5`"),
        ("\"total\":1", "\"total\":\"1\"", "invalid type: string"),
        ("\"total\":1", "\"total\":1,\"currency\":\"USD\"", "unknown variant `USD`"),
        ("\"reference\":\"A\"", "\"reference\":\"\"", "a reference is 1 to 64"),
        ("\"reference\":\"A\"", "\"reference\":\"session:x\"", "are the Worker's"),
        ("\"description\":\"T\",", "", "missing field `description`"),
        ("expires_in", "expire_in", "unknown field `expire_in`"),
        ("300", "299", "a lifetime is 300 to 604800 seconds"),
        ("300", "604801", "a lifetime is 300 to 604800 seconds"),
        ("{\"reference", "{{\"reference", "at line 1 column 2"),
    ] {
        let told = with(from, to);
        assert!(told.contains(words), "{told}");
        assert!(told.contains("at line 1 column"), "{told}");
    }
}

#[test]
fn a_refund_is_read_as_strictly() {
    let good = r#"{"reference":"R-1","amount":{"total":4000},"reason":"one bag returned"}"#;
    assert!(read_json::<NewRefund>(good.as_bytes()).is_ok());
    for (from, to, words) in [
        ("4000", "0", "an amount is at least 1 fen"),
        ("\"reference\":\"R-1\",", "", "missing field `reference`"),
        ("\"R-1\"", "\" \"", "a reference is 1 to 64"),
        ("\"R-1\"", "\"return:R-1\"", "references that begin with return: are the Worker's"),
        ("one bag returned", "tea 🍵", "a reason is 1 to 80 bytes"),
        ("\"reason\"", "\"why\"", "unknown field `why`"),
    ] {
        let told = refused::<NewRefund>(&good.replace(from, to));
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_card_is_read_and_never_shown() {
    let card = r#"{"type":"USER_BANK_CARD","bank_type":"CMB_DEBIT","bank_account":"6225880137","real_name":"张三"}"#;
    let way: NewWay = read_json(card.as_bytes()).unwrap();
    let shown = format!("{way:?}");
    assert!(!shown.contains("6225880137") && !shown.contains('张'), "{shown}");
    for (from, to) in [
        ("\"6225880137\"", "6225880137"),
        ("\"6225880137\"", "[\"6225880137\"]"),
        ("6225880137", &"6225880137".repeat(7)),
        ("CMB_DEBIT", "CMB_CREDIT"),
        ("MERCHANT", "X"),
        ("bank_type", "bank"),
    ] {
        if card.contains(from) {
            let told = refused::<NewWay>(&card.replace(from, to));
            assert!(!told.contains("6225880137"), "{told}");
        }
    }
    assert!(read_json::<NewWay>(br#"{"type":"MERCHANT_BANK_CARD"}"#).is_ok());
    assert!(
        refused::<NewWay>(r#"{"type":"MERCHANT_BANK_CARD","real_name":"a"}"#)
            .contains("unknown field")
    );
}

#[test]
fn a_page_names_a_product_and_never_an_amount() {
    let key = "k".repeat(22);
    let session: NewSession =
        read_json(format!(r#"{{"key":"{key}","product":"p"}}"#).as_bytes()).unwrap();
    assert_eq!((session.product.product.as_str(), session.quantity), ("p", 1));
    let amount = format!(r#"{{"key":"{key}","product":"p","amount":{{"total":1}}}}"#);
    assert!(refused::<NewSession>(&amount).contains("unknown field `amount`"));
    for bad in ["k".repeat(21), "k".repeat(65), "k".repeat(21) + "."] {
        let body = format!(r#"{{"key":"{bad}","product":"p"}}"#);
        assert!(refused::<NewSession>(&body).contains("a key is 128 random bits"));
    }
}

#[test]
fn a_wait_is_bounded() {
    let read = |query| Patience::read(query).unwrap();
    assert_eq!(read(""), Patience { version: None, wait_s: 0 });
    assert_eq!(read("version=3&wait=20&x"), Patience { version: Some(3), wait_s: 20 });
    assert_eq!(read("wait=99999999999").wait_s, WAIT_S_MAX);
    assert!(Patience::read("version=-1").is_err() && Patience::read("wait").is_err());
}

#[test]
fn only_json_is_read() {
    for good in ["application/json", "Application/JSON; charset=utf-8"] {
        assert_eq!(expect_json(Some(good)), Ok(()));
    }
    for bad in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        assert_eq!(expect_json(bad).unwrap_err().code, Code::UnsupportedMediaType);
    }
}
