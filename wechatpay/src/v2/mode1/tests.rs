//! What a callback must say, and that its answer is signed as it was.

use super::*;
use crate::v2::sign::Distrust;

const FIRST: &str = "Abcdefghijklmnopqrstuvwxyz012345";
const SECOND: &str = "abcdefghijklmnopqrstuvwxyz012345";

const SAID: [(&str, &str); 6] = [
    ("appid", "wx0123456789abcdef"),
    ("openid", "oTESTopenid0000000000000001"),
    ("mch_id", "1900000001"),
    ("is_subscribe", "Y"),
    ("nonce_str", "7K8264ILTKCH16CQ2502SI8ZNMTM67V0"),
    ("product_id", "SKU-88888"),
];

fn asked(pairs: &[(&str, &str)], key: &str) -> Vec<u8> {
    let mut fields: Fields = pairs.iter().copied().collect();
    let sum = sign(&fields, &ApiV2Key::parse(key).unwrap(), SignType::Md5);
    fields.push(SIGN, sum);
    xml::write(&fields)
}

fn keys() -> ApiV2Keys {
    ApiV2Keys::parse(&format!("{FIRST} {SECOND}")).unwrap()
}

#[test]
fn an_answer_is_signed_with_the_key_that_asked() {
    for key in [FIRST, SECOND] {
        let callback = read(&asked(&SAID, key), &keys()).unwrap();
        assert!(callback.is_subscribed);
        let prepay_id = PrepayId::parse("wx1").unwrap();
        for answer in [callback.answer(&prepay_id, "n"), callback.refuse("商品已售罄", "n")] {
            let fields = xml::read(&answer).unwrap();
            let only = ApiV2Keys::from(ApiV2Key::parse(key).unwrap());
            let verified = verify(fields, &only, SignType::Md5).unwrap();
            assert_eq!(verified.fields().get("return_code"), Some("SUCCESS"));
            assert_eq!(verified.fields().get("nonce_str"), Some("n"));
        }
    }
}

#[test]
fn a_callback_without_its_parts_is_none() {
    for name in ["appid", "openid", "mch_id", "product_id"] {
        let less: Vec<_> = SAID.into_iter().filter(|(known, _)| *known != name).collect();
        let found = read(&asked(&less, FIRST), &keys()).err();
        assert_eq!(found, Some(NotificationError::Malformed(Malformed::Incomplete(name))));
    }
    for odd in ["SKU 1", "红茶", "a&b=1", &"x".repeat(33)] {
        let said = SAID.map(|(name, value)| (name, if name == "product_id" { odd } else { value }));
        let found = read(&asked(&said, FIRST), &keys()).err();
        let expected = Malformed::Incomplete("product_id");
        assert_eq!(found, Some(NotificationError::Malformed(expected)), "{odd}");
    }
}

#[test]
fn a_link_is_no_callback() {
    // What is printed on a shelf, signed with the same key, cannot be sent to us as a question.
    let printed: Vec<_> = SAID
        .into_iter()
        .filter(|(name, _)| !["openid", "is_subscribe"].contains(name))
        .chain([("time_stamp", "1735700000")])
        .collect();
    let found = read(&asked(&printed, FIRST), &keys()).err();
    let missing = NotificationError::Malformed(Malformed::Incomplete("openid"));
    assert_eq!(found, Some(missing));
}

#[test]
fn words_are_cut_where_the_platform_cuts() {
    let callback = read(&asked(&SAID, FIRST), &keys()).unwrap();
    let fields = xml::read(&callback.refuse(&"售".repeat(200), "n")).unwrap();
    assert_eq!(fields.get("err_code_des"), Some("售".repeat(128).as_str()));
    let fields = xml::read(&fail(&"售".repeat(200))).unwrap();
    assert_eq!(fields.get("return_msg"), Some("售".repeat(128).as_str()));
    assert_eq!((fields.get("return_code"), fields.get(SIGN)), (Some("FAIL"), None));
}

#[test]
fn a_stranger_asks_nothing() {
    let found = read(&asked(&SAID, &FIRST.replace('A', "B")), &keys()).err();
    assert_eq!(found, Some(NotificationError::Distrust(Distrust::BadSign)));
    let found = read(b"<xml>", &keys()).err();
    assert_eq!(found, Some(NotificationError::Unreadable(xml::BadXml::CutOff)));
}
