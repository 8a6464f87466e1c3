//! The sample's link, its siblings, and everything that is none.

use super::*;
use crate::addresses::Addresses;
use crate::merchant::{Account, Kind};
use crate::v2::sign::sign;

/// The key of the made-up samples (protocol reference G).
const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";
const OTHER_KEY: &str = "543210zyxwvutsrqponmlkjihgfedcbA";

/// Protocol reference G.15.
const SAMPLE: &str = "weixin://wxpay/bizpayurl?appid=wx0123456789abcdef&mch_id=1900000001\
    &nonce_str=5K8264ILTKCH16CQ2502SI8ZNMTM67VS&product_id=SKU-88888&time_stamp=1735700000\
    &sign=2D1C71AF27440182AC5E279DB4EF1CE5";

/// The merchant of the samples, and another one.
pub(crate) fn accounts() -> [Account; 2] {
    let account = |mchid: &str, appid: &str, key: &str| Account {
        kind: Kind::Direct,
        mchid: mchid.into(),
        appid: appid.into(),
        other_appids: Vec::new(),
        serial_no: String::new(),
        certificate_pem: String::new(),
        private_key_pem: None,
        api_v3_key: String::new(),
        api_v2_key: key.into(),
        sub_merchants: Vec::new(),
        addresses: Addresses::default(),
    };
    [
        account("1900000001", "wx0123456789abcdef", KEY),
        account("1900000002", "wxaaaaaaaaaaaaaaaa", OTHER_KEY),
    ]
}

/// The same as V2 knows them.
pub(crate) fn merchants() -> Merchants {
    Merchants::new(accounts())
}

/// The sample's link, read.
pub(crate) fn sample() -> Link {
    Link::read(SAMPLE, &merchants()).unwrap()
}

fn refused(text: &str) -> Refused {
    Link::read(text, &merchants()).err().unwrap()
}

/// A link over these values, signed as they are, and written through `written`.
fn signed(changes: &[(&str, &str)], written: impl Fn(&str) -> String) -> String {
    let mut fields = Fields::new()
        .with("time_stamp", "1735700000")
        .with("mch_id", "1900000001")
        .with("product_id", "SKU-88888")
        .with("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS")
        .with("appid", "wx0123456789abcdef");
    changes.iter().for_each(|(name, value)| fields.set(name, *value));
    let made = sign(&fields, KEY, SignType::Md5);
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", written(value)));
    format!("{STEM}sign={made}&{}", pairs.collect::<Vec<_>>().join("&"))
}

#[test]
fn the_sample_is_read_in_any_order_of_its_parameters() {
    let query = SAMPLE.strip_prefix(STEM).unwrap();
    let mut parts: Vec<_> = query.split('&').collect();
    for _ in 0..parts.len() {
        parts.rotate_left(1);
        let link = Link::read(&format!("{STEM}{}", parts.join("&")), &merchants()).unwrap();
        assert_eq!(link.merchant.mchid, "1900000001");
        assert_eq!((&*link.appid, &*link.product_id), ("wx0123456789abcdef", "SKU-88888"));
    }
}

#[test]
fn values_may_stand_as_they_are_or_encoded_as_in_a_url() {
    let product = "茶 50%/a+b";
    let every = |value: &str| value.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let form = |value: &str| every(value).replace("%20", "+");
    let link = |text: &str| Link::read(text, &merchants()).unwrap().product_id;
    assert_eq!(link(&signed(&[("product_id", product)], str::to_owned)), product);
    assert_eq!(link(&signed(&[("product_id", product)], every)), product);
    assert_eq!(link(&signed(&[("product_id", product)], form)), product);
    assert_eq!(link(&signed(&[("product_id", "%41")], str::to_owned)), "%41");
}

#[test]
fn only_a_product_code_is_taken_for_one() {
    assert!(is_link(SAMPLE) && is_link("weixin://wxpay/bizpayurl?sr=XXXXX"));
    assert!(!is_link("weixin://wxpay/bizpayurl?pr=AbCdEfGzz"));
    assert!(!is_link("weixin://wxpay/s/An4baqw") && !is_link("https://pay.example.com"));
}

#[test]
fn what_is_no_such_link_is_told_which_parameter_is_wrong() {
    let without = |name: &str| {
        let parts = SAMPLE.strip_prefix(STEM).unwrap().split('&');
        let parts = parts.filter(|part| !part.starts_with(&format!("{name}=")));
        format!("{STEM}{}", parts.collect::<Vec<_>>().join("&"))
    };
    for (name, _) in PARAMETERS {
        let said = refused(&without(name));
        assert_eq!((said.code, said.words.as_str()), (Code::LinkMalformed, "原生支付URL参数错误"));
        assert_eq!(said.why, format!("The parameter {name} is missing or empty."));
    }
    for (text, words) in [
        (format!("{SAMPLE}&product_id=2"), "The parameter product_id comes twice."),
        (format!("{SAMPLE}&sign_type=MD5"), "no parameter \"sign_type\": it has appid"),
        (SAMPLE.replace("product_id", "productid"), "no parameter \"productid\""),
        (format!("{SAMPLE}&x"), "\"x\" is no name=value"),
        (STEM.to_owned(), "\"\" is no name=value"),
        ("weixin://wxpay/bizpayurl?sr=XXXXX".to_owned(), "no parameter \"sr\""),
        (format!("{SAMPLE}{}", "x".repeat(400)), "bytes; 512 are the most"),
        (signed(&[("product_id", &"茶".repeat(33))], str::to_owned), "product_id has more than 32"),
        (signed(&[("nonce_str", "a\u{7}b")], str::to_owned), "one that cannot be seen"),
        (signed(&[("time_stamp", "17357e5")], str::to_owned), "time_stamp is not a number"),
        (signed(&[("time_stamp", "17357000000")], str::to_owned), "time_stamp has more than 10"),
    ] {
        let said = refused(&text);
        assert_eq!(said.code, Code::LinkMalformed, "{text}");
        assert!(said.why.contains(words), "{text}: {}", said.why);
    }
    assert_eq!(
        Link::read(&signed(&[("product_id", &"茶".repeat(32))], str::to_owned), &merchants())
            .unwrap()
            .product_id
            .chars()
            .count(),
        32
    );
}

#[test]
fn a_link_of_nobody_here_or_with_anothers_app_is_told_so() {
    let said = refused(&signed(&[("mch_id", "1900000009")], str::to_owned));
    assert_eq!(said.code, Code::LinkOtherMerchant);
    assert!(said.why.starts_with("No merchant here has the mch_id \"1900000009\""));
    let said = refused(&signed(&[("appid", "wxaaaaaaaaaaaaaaaa")], str::to_owned));
    assert_eq!(said.code, Code::LinkOtherMerchant);
    assert!(said.why.contains("none of merchant 1900000001's: wx0123456789abcdef"), "{}", said.why);
}

#[test]
fn every_parameter_is_under_the_sign() {
    for (from, to) in [
        ("product_id=SKU-88888", "product_id=SKU-88889"),
        ("nonce_str=5K", "nonce_str=6K"),
        ("time_stamp=1735700000", "time_stamp=1735700001"),
        ("appid=wx0123456789abcdef", "appid=wx0123456789abcdee"),
        ("mch_id=1900000001", "mch_id=1900000002"),
        ("sign=2D", "sign=2E"),
        ("&sign=2D1C71AF27440182AC5E279DB4EF1CE5", ""),
    ] {
        assert!(SAMPLE.contains(from));
        assert_eq!(refused(&SAMPLE.replace(from, to)).code, Code::LinkUnsigned, "{to}");
    }
}
