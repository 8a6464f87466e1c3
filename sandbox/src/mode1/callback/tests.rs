//! What is sent, whole and spoilt.

use std::collections::BTreeMap;

use super::*;
use crate::mode1::link::tests::sample;
use crate::v2::sign::verify;

/// The message that goes out under this fault, and whether its sign is right.
fn told(fault: Option<Kind>) -> (BTreeMap<String, String>, bool) {
    let link = sample();
    let fields = fields(&link, &Payer::default(), fault);
    let is_genuine = verify(&fields, &link.merchant.key, SignType::Md5);
    let read = xml::read(xml::write(&fields).as_bytes()).unwrap();
    assert_eq!(read, fields);
    (fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(), is_genuine)
}

#[test]
fn the_message_has_the_fields_of_the_sample_and_a_fresh_nonce() {
    let (first, is_genuine) = told(None);
    assert!(is_genuine);
    let names: Vec<_> = first.keys().map(String::as_str).collect();
    let expected = ["appid", "is_subscribe", "mch_id", "nonce_str", "openid", "product_id", "sign"];
    assert_eq!(names, expected);
    assert_eq!(first["openid"], Payer::default().openid("wx0123456789abcdef"));
    assert_eq!((&*first["is_subscribe"], &*first["product_id"]), ("N", "SKU-88888"));
    assert_eq!((&*first["appid"], &*first["mch_id"]), ("wx0123456789abcdef", "1900000001"));
    assert_eq!((first["nonce_str"].len(), first["sign"].len()), (32, 32));
    assert_ne!(told(None).0["nonce_str"], first["nonce_str"]);
}

#[test]
fn a_fault_changes_what_it_says_and_nothing_else() {
    let (usual, _) = told(None);
    let different = |kind| {
        let (told, is_genuine) = told(Some(kind));
        let names = told.iter().filter(|(name, value)| {
            !matches!(name.as_str(), "nonce_str" | "sign") && usual.get(*name) != Some(value)
        });
        (names.map(|(name, _)| name.clone()).collect::<Vec<_>>(), is_genuine)
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(different(Kind::WrongSignature), (names(&[]), false));
    assert_eq!(different(Kind::Tampered), (names(&["product_id"]), false));
    assert_eq!(different(Kind::UnknownProduct), (names(&["product_id"]), true));
    assert_eq!(different(Kind::ExtraFields), (names(&["scene_of_tomorrow"]), true));
    assert_eq!(different(Kind::Duplicated), (names(&[]), true));
}

#[test]
fn only_200_has_something_to_read() {
    assert_eq!(unheard(&Outcome::Status(200), "http://a"), None);
    for status in [204, 201, 302, 404, 500] {
        let said = unheard(&Outcome::Status(status), "http://a").unwrap();
        assert_eq!((said.code, said.words.as_str()), (Code::CallbackStatus, "系统繁忙"));
    }
    let said = unheard(&Outcome::Error("refused".into()), "http://a").unwrap();
    assert_eq!(said.code, Code::CallbackUnreachable);
    assert!(said.why.ends_with("refused"));
}
