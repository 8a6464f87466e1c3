//! Each mistake is made by hand here, and has to be recognised.

use super::*;
use crate::mode1::link::tests::merchants;

/// The fields of protocol reference G.15, with one that has no value.
fn fields() -> Fields {
    Fields::new()
        .with("return_code", "SUCCESS")
        .with("appid", "wx0123456789abcdef")
        .with("mch_id", "1900000001")
        .with("nonce_str", "8K8264ILTKCH16CQ2502SI8ZNMTM67V1")
        .with("err_code_des", "")
        .with("prepay_id", "wx01110000000000aaaabbbbccccdddd0000")
        .with("result_code", "SUCCESS")
}

/// What is said of a sign over the sample's text, changed like this.
fn said(made: String) -> String {
    let merchants = merchants();
    words(&fields().with(SIGN, made), merchants.get("1900000001").unwrap(), &merchants)
}

/// As any other program would make it: `printf … | md5sum`.
fn md5(text: &str) -> String {
    use md5::{Digest, Md5};
    Md5::digest(text).iter().map(|byte| format!("{byte:02X}")).collect()
}

const SORTED: &str = "appid=wx0123456789abcdef&mch_id=1900000001\
    &nonce_str=8K8264ILTKCH16CQ2502SI8ZNMTM67V1&prepay_id=wx01110000000000aaaabbbbccccdddd0000\
    &result_code=SUCCESS&return_code=SUCCESS";
const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";

#[test]
fn each_usual_mistake_is_told_by_its_name() {
    assert_eq!(md5(&format!("{SORTED}&key={KEY}")), "B9DDEB4119B30E993A6056AFC52E6B15");
    let with_empty = SORTED.replace("&mch_id", "&err_code_des=&mch_id");
    let unsorted = "return_code=SUCCESS&appid=wx0123456789abcdef&mch_id=1900000001\
        &nonce_str=8K8264ILTKCH16CQ2502SI8ZNMTM67V1&err_code_des=\
        &prepay_id=wx01110000000000aaaabbbbccccdddd0000&result_code=SUCCESS";
    for (made, expected) in [
        ("b9ddeb4119b30e993a6056afc52e6b15".to_owned(), "it is in lower case"),
        (sign(&fields(), KEY, SignType::HmacSha256), "it is HMAC-SHA256, and product codes"),
        (md5(&format!("{SORTED}{KEY}")), "&key= is missing before the key"),
        (md5(SORTED), "the key is missing behind the fields"),
        (md5(&format!("{unsorted}&key={KEY}")), "the fields are not sorted by their names"),
        (md5(&format!("{with_empty}&key={KEY}")), "fields without a value are part of it"),
        (
            md5(&format!("{SORTED}&key=543210zyxwvutsrqponmlkjihgfedcbA")),
            "it is made with merchant 1900000002's key",
        ),
        (md5("something else"), "it is none that this merchant's API v2 key makes"),
    ] {
        let said = said(made);
        assert!(said.starts_with(&format!("the sign is wrong: {expected}")), "{said}");
        assert!(said.contains(&format!("{SORTED}&key=…")), "{said}");
        assert!(!said.contains(KEY), "{said}");
    }
    assert_eq!(said(String::new()), "sign is missing or empty.");
}
