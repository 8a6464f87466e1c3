//! Signers that make one mistake each, or two, and whether it is found.

use super::*;

const KEY: &str = "0123456789abcdefghijklmnopqrstuv";
const V3: &str = "vutsrqponmlkjihgfedcba9876543210";
const OTHER: &str = "abcdefghijklmnopqrstuvwxyz012345";

const SIGNER: KeyHolder<'_> = KeyHolder { mchid: "1900000001", api_v2_key: KEY, api_v3_key: V3 };
const STRANGER: KeyHolder<'_> =
    KeyHolder { mchid: "1900000002", api_v2_key: OTHER, api_v3_key: V3 };

/// A message in which every mistake gives another string.
fn message(sign_type: Option<SignType>) -> Fields {
    let mut fields = Fields::new()
        .with("mch_id", "1900000001")
        .with("appid", "wx0123456789abcdef")
        .with("Zeta", "1")
        .with("nonce_str", "9K8264ILTKCH16CQ2502SI8ZNMTM67V2")
        .with("body", " 测试商品-红茶 500g & <more>")
        .with("attach", "")
        .with("total_fee", "1234")
        .with("notify_url", "https://pay.example.com/wechat/v2/notify");
    fields.push_if("sign_type", sign_type.map(SignType::name));
    fields
}

/// What is found of a message with this sign.
fn found(fields: Fields, sign: String) -> Diagnosis {
    let fields = fields.with(SIGN, sign);
    diagnose(Unproven { fields: &fields, signer: SIGNER, others: &[STRANGER] })
}

/// A slow and plain way to write a string: pairs as given, joined, and a tail.
fn written(pairs: &[(&str, &str)], tail: &str) -> Vec<u8> {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    (pairs.join("&") + tail).into_bytes()
}

/// The fields that are signed, in their right order, written out by hand.
const PAIRS: [(&str, &str); 7] = [
    ("Zeta", "1"),
    ("appid", "wx0123456789abcdef"),
    ("body", " 测试商品-红茶 500g & <more>"),
    ("mch_id", "1900000001"),
    ("nonce_str", "9K8264ILTKCH16CQ2502SI8ZNMTM67V2"),
    ("notify_url", "https://pay.example.com/wechat/v2/notify"),
    ("total_fee", "1234"),
];

fn tail(key: &str) -> String {
    format!("&key={key}")
}

#[test]
fn one_mistake_is_named_and_the_string_that_was_signed_is_shown() {
    let mut sent = PAIRS.to_vec();
    sent.sort_by_key(|(name, _)| message(None).iter().position(|(known, _)| known == *name));
    let changed = |at: usize, value: &'static str| {
        let mut pairs = PAIRS.to_vec();
        pairs[at].1 = value;
        pairs
    };
    let mut with_empty = PAIRS.to_vec();
    with_empty.insert(2, ("attach", ""));
    let mut ignoring_case = PAIRS.to_vec();
    ignoring_case.rotate_left(1);
    let cdata: Vec<(&str, String)> =
        PAIRS.iter().map(|(name, value)| (*name, format!("<![CDATA[{value}]]>"))).collect();
    let cdata: Vec<_> = cdata.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let without_total: Vec<_> = PAIRS[..6].to_vec();
    for (finding, pairs, tail) in [
        ("other-merchants-key", PAIRS.to_vec(), tail(OTHER)),
        ("api-v3-key", PAIRS.to_vec(), tail(V3)),
        ("key-missing", PAIRS.to_vec(), String::new()),
        ("key-without-name", PAIRS.to_vec(), KEY.to_owned()),
        ("key-without-ampersand", PAIRS.to_vec(), format!("key={KEY}")),
        ("key-then-line-feed", PAIRS.to_vec(), tail(KEY) + "\n"),
        ("not-sorted", sent, tail(KEY)),
        ("not-sorted", ignoring_case, tail(KEY)),
        ("empty-values-signed", with_empty, tail(KEY)),
        ("field-left-out", without_total, tail(KEY)),
        ("trimmed", changed(2, "测试商品-红茶 500g & <more>"), tail(KEY)),
        ("xml-escaped", changed(2, " 测试商品-红茶 500g &amp; &lt;more&gt;"), tail(KEY)),
        ("cdata-signed", cdata, tail(KEY)),
    ] {
        let string = written(&pairs, &tail);
        let diagnosis = found(message(None), SignType::Md5.sum(&string, KEY));
        assert_eq!(diagnosis.finding, finding, "{}", diagnosis.words);
        assert_eq!(diagnosis.yours, Some(string));
        assert_eq!(diagnosis.message, written(&PAIRS, &self::tail(KEY)));
        assert!(diagnosis.first_difference.is_some());
    }
}

#[test]
fn url_encoding_is_found_as_encoders_write_it() {
    let encoded = "Zeta=1&appid=wx0123456789abcdef&body=%20%E6%B5%8B%E8%AF%95%E5%95%86%E5%93%81-\
        %E7%BA%A2%E8%8C%B6%20500g%20%26%20%3Cmore%3E&mch_id=1900000001\
        &nonce_str=9K8264ILTKCH16CQ2502SI8ZNMTM67V2\
        &notify_url=https%3A%2F%2Fpay.example.com%2Fwechat%2Fv2%2Fnotify&total_fee=1234";
    for string in [encoded.to_owned(), encoded.replace("%20", "+")] {
        let string = string + &tail(KEY);
        let diagnosis = found(message(None), SignType::Md5.sum(string.as_bytes(), KEY));
        assert_eq!(diagnosis.finding, "url-encoded", "{}", diagnosis.words);
    }
}

#[test]
fn the_wrong_method_is_named_both_ways_and_so_is_a_sign_type_that_was_not_signed() {
    let right = |sign_type: Option<SignType>| string_to_sign(&message(sign_type), KEY).into_bytes();
    let (md5, hmac) = (SignType::Md5, SignType::HmacSha256);
    let without = written(&PAIRS, &tail(KEY));
    for (said, method, string, finding) in [
        (Some(hmac), md5, right(Some(hmac)), "md5-instead-of-hmac"),
        (Some(md5), hmac, right(Some(md5)), "hmac-instead-of-md5"),
        (None, hmac, right(None), "hmac-without-sign-type"),
        (Some(hmac), hmac, without.clone(), "sign-type-left-out"),
        (Some(hmac), md5, without, "sign-type-left-out+md5-instead-of-hmac"),
    ] {
        let diagnosis = found(message(said), method.sum(&string, KEY));
        assert_eq!(diagnosis.finding, finding, "{}", diagnosis.words);
    }
    // As a third-party page has it: HMAC over the fields alone (protocol reference I.3).
    let alone = right(Some(hmac));
    let alone = &alone[..alone.len() - tail(KEY).len()];
    assert_eq!(found(message(Some(hmac)), hmac.sum(alone, KEY)).finding, "key-missing");
}

#[test]
fn the_case_of_the_digits_is_found_alone_and_beside_another_mistake() {
    let right = SignType::Md5.sum(&written(&PAIRS, &tail(KEY)), KEY).to_lowercase();
    let diagnosis = found(message(None), right);
    assert_eq!((diagnosis.finding.as_str(), &diagnosis.first_difference), ("lower-case", &None));
    let missing = SignType::Md5.sum(&written(&PAIRS, ""), KEY).to_lowercase();
    assert_eq!(found(message(None), missing).finding, "key-missing+lower-case");
}

#[test]
fn what_is_no_sign_is_told_by_its_shape() {
    for (sign, finding) in [
        ("", "sign-missing"),
        ("C380BEC2BFD727A4B6845133519F3AD", "sign-length"),
        ("w4C+wr/XJ6S2hFEzUZ862g==", "sign-base64"),
        (&"A".repeat(344), "sign-rsa"),
        ("C380BEC2BFD727A4B6845133519F3AD6", "unknown"),
    ] {
        assert_eq!(found(message(None), sign.to_owned()).finding, finding, "{sign}");
    }
    let odd = message(None).with("sign_type", "SHA256");
    assert_eq!(found(odd, "0".repeat(64)).finding, "unknown-sign-type");
}

#[test]
fn the_longest_message_costs_no_more_than_the_bound() {
    let mut fields = message(None).with("sign", "0".repeat(32));
    for number in 0..200 {
        fields.push(format!("n{number:03}"), "&".repeat(300));
    }
    let unproven = Unproven { fields: &fields, signer: SIGNER, others: &[STRANGER; 50] };
    let mut search = Search::new(unproven, "0");
    search.wanted = "0".repeat(32);
    let all = search.tries();
    assert!(all.len() < SUMS_MAX, "{}", all.len());
    assert!(!all.into_iter().any(|each| search.fits(each)));
    assert!(search.hashed <= HASHED_BYTES_MAX, "{}", search.hashed);
    assert_eq!(diagnose(unproven).finding, "unknown");
}
