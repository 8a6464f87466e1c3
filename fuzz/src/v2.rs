//! V2's XML and signs: what comes in is read before it can be believed, so anybody writes it.

use checkout::payee::Payee;
use checkout::report::{Receipt, Report};
use wechatpay::http::{Headers, Reply};
use wechatpay::v2::answer::{Judged, judge};
use wechatpay::v2::fields::Fields;
use wechatpay::v2::key::{ApiV2Keys, SignType};
use wechatpay::v2::order::{read_close, read_place, read_query};
use wechatpay::v2::sign::{sign, string_to_sign, verify};
use wechatpay::v2::xml::{BYTES_MAX, FIELDS_MAX, read, write};
use wechatpay::v2::{bill, mode1, notification, refund, refund_notification};

/// The key of the test vectors, and one that nobody signs with.
const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";
const OTHER_KEY: &str = "strangerstrangerstrangerstranger";

/// The order and the refund that are asked about; the seeds have answers about them.
const OUT_TRADE_NO: &str = "T20250101000001";
const OUT_REFUND_NO: &str = "R20250101000001";

fn keys(text: &str) -> ApiV2Keys {
    ApiV2Keys::parse(text).expect("a key")
}

fn payee() -> Payee {
    Payee::direct("1900000001", "wx0123456789abcdef")
}

/// Any bytes as a message: what is read stands there, is no larger than they are, and can be written
/// and read again.
pub fn xml(body: &[u8]) {
    let Ok(fields) = read(body) else { return };
    assert!(body.len() <= BYTES_MAX && fields.len() <= FIELDS_MAX);
    let text = str::from_utf8(body).expect("a message is text");
    let told = fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(told.collect::<Vec<_>>(), plain(text));
    assert_eq!(read(&write(&fields)), Ok(fields));
}

/// A second reading, by searching. It knows only what a message may have, and so is wrong about
/// everything that is refused.
fn plain(text: &str) -> Vec<(String, String)> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (mut fields, mut rest) = (Vec::new(), text.as_str());
    // Behind the declaration, if there is one, and the root's own tag.
    if rest.trim_start_matches('\u{FEFF}').starts_with("<?") {
        rest = rest.split_once("?>").map_or("", |(_, after)| after);
    }
    rest = rest.split_once('>').map_or("", |(_, after)| after);
    while let Some((_, after)) = rest.split_once('<') {
        if after.starts_with('/') {
            break;
        }
        let (tag, after) = after.split_once('>').expect("a tag ends");
        let name = tag.trim_end_matches(['/', ' ', '\t', '\n']).to_owned();
        if tag.ends_with('/') {
            fields.push((name, String::new()));
            rest = after;
            continue;
        }
        let (content, after) = content(after);
        fields.push((name, content));
        rest = after;
    }
    fields
}

/// What stands in a field, and what stands behind its end.
fn content(mut rest: &str) -> (String, &str) {
    let mut content = String::new();
    loop {
        let (before, after) = rest.split_once('<').expect("a field ends");
        content.push_str(&resolved(before));
        if let Some(end) = after.strip_prefix('/') {
            return (content, end.split_once('>').expect("a tag ends").1);
        }
        let section = after.strip_prefix("![CDATA[").expect("nothing else is in a field");
        let (verbatim, after) = section.split_once("]]>").expect("a section ends");
        content.push_str(verbatim);
        rest = after;
    }
}

/// References resolved, once each and the ampersand's last.
fn resolved(text: &str) -> String {
    let mut parts = text.split('&');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, after) = part.split_once(';').expect("a reference ends");
        let number =
            |digits, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        whole.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            other => {
                let digits = other.strip_prefix('#').expect("a number");
                let hex = digits.strip_prefix('x').map(|digits| number(digits, 16));
                hex.unwrap_or_else(|| number(digits, 10)).expect("a character")
            }
        });
        whole.push_str(after);
    }
    whole
}

/// Any message: nothing in it is believed unless one of the genuine ones says the same, and once it
/// is signed it is believed under that key and no other.
pub fn signs(body: &[u8]) {
    let Ok(mut fields) = read(body) else { return };
    let told = string_to_sign(&fields);
    assert_eq!(told, plainly_joined(&fields));
    for sign_type in [SignType::Md5, SignType::HmacSha256] {
        if verify(fields.clone(), &keys(KEY), sign_type).is_ok() {
            let genuine = GENUINE.iter().any(|vector| vector.contains(&quoted(&told)));
            assert!(genuine, "a forgery was believed: {told}");
        }
    }
    fields.push("sign_type", "HMAC-SHA256");
    for sign_type in [SignType::Md5, SignType::HmacSha256] {
        fields.push("sign_type", sign_type.as_str());
        fields.push("sign", sign(&fields, keys(KEY).first(), sign_type));
        let again = read(&write(&fields)).expect("what is written reads");
        assert!(verify(again.clone(), &keys(KEY), SignType::Md5).is_ok());
        assert!(verify(again, &keys(OTHER_KEY), SignType::Md5).is_err());
    }
}

/// The genuine messages under the first key, each with its own string to sign.
const GENUINE: [&str; 6] = [
    include_str!("../../tests/vectors/v2_sign_callback.json"),
    include_str!("../../tests/vectors/v2_sign_callback_answer.json"),
    include_str!("../../tests/vectors/v2_sign_link.json"),
    include_str!("../../tests/vectors/v2_sign_notification.json"),
    include_str!("../../tests/vectors/v2_sign_place_hmac.json"),
    include_str!("../../tests/vectors/v2_sign_place_md5.json"),
];

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Protocol reference D.2, by sorting whole pairs: names are unique, so that the names decide.
fn plainly_joined(fields: &Fields) -> String {
    let mut pairs: Vec<_> = fields.iter().filter(|(name, _)| *name != "sign").collect();
    pairs.retain(|(_, value)| !value.is_empty());
    pairs.sort();
    let mut joined = String::new();
    for (at, (name, value)) in pairs.into_iter().enumerate() {
        if at > 0 {
            joined.push('&');
        }
        joined.push_str(name);
        joined.push('=');
        joined.push_str(value);
    }
    joined
}

/// Any message under a sign that is right: what is read of it is what it says.
pub fn believed(body: &[u8]) {
    let Ok(mut fields) = read(body) else { return };
    fields.push("sign_type", "MD5");
    fields.push("sign", sign(&fields, keys(KEY).first(), SignType::Md5));
    let body = write(&fields);
    if let Ok(paid) = notification::read(&body, &keys(KEY), SignType::HmacSha256) {
        assert_eq!(fields.get("result_code"), Some("SUCCESS"));
        assert_eq!(fields.get("out_trade_no"), Some(paid.out_trade_no.as_str()));
        says(&fields, &paid.receipt);
    }
    if let Ok(callback) = mode1::read(&body, &keys(KEY)) {
        assert_eq!(fields.get("product_id"), Some(callback.product_id.as_str()));
        assert_eq!(fields.get("openid"), Some(callback.openid.as_str()));
        let answer = read(&callback.refuse("商品已售罄", "n")).expect("an answer reads");
        assert!(verify(answer, &keys(KEY), SignType::Md5).is_ok());
    }
    let reply = Reply { status: 200, headers: Headers::default(), body };
    answers(&fields, &judge(&reply, &keys(KEY), SignType::Md5, &payee()));
}

fn answers(fields: &Fields, judged: &Judged) {
    for report in [read_place(judged), read_query(judged, OUT_TRADE_NO), read_close(judged)] {
        match report {
            Report::Paid(receipt) => {
                assert_eq!(fields.get("out_trade_no"), Some(OUT_TRADE_NO));
                assert!(matches!(fields.get("trade_state"), Some("SUCCESS" | "REFUND")));
                says(fields, &receipt);
            }
            Report::Placed { code_url, prepay_id } => {
                assert_eq!(fields.get("code_url"), Some(code_url.as_str()));
                let told = prepay_id.as_ref().map(|session| session.as_str());
                assert!(told.is_none() || fields.get("prepay_id") == told);
            }
            Report::CloseTaken => assert_eq!(fields.get("result_code"), Some("SUCCESS")),
            _ => {}
        }
    }
    for news in
        [refund::read_apply(judged, OUT_REFUND_NO), refund::read_query(judged, OUT_REFUND_NO)]
    {
        if let Some(fact) = news.fact() {
            let stands = |value: &str| fields.iter().any(|(_, told)| told == value);
            assert!(stands(OUT_REFUND_NO) && stands(&fact.refund_id));
            assert_eq!(fields.get("transaction_id"), Some(fact.transaction_id.as_str()));
        }
    }
}

/// Nothing that matters to money is made up: each figure stands in the message.
fn says(fields: &Fields, receipt: &Receipt) {
    assert_eq!(fields.get("transaction_id"), Some(receipt.transaction_id.as_str()));
    assert_eq!(fields.get("total_fee").and_then(|fen| fen.parse().ok()), Some(receipt.total));
    assert_eq!(fields.get("fee_type").unwrap_or("CNY"), receipt.currency);
    assert_eq!(fields.get("mch_id"), Some(receipt.payee.mchid.as_str()));
    assert_eq!(fields.get("appid"), Some(receipt.payee.appid.as_str()));
}

/// Any bytes as anybody may send them, to each door: none is believed without a sign, and none is a
/// panic.
pub fn doors(body: &[u8]) {
    let keys = keys(OTHER_KEY);
    assert!(notification::read(body, &keys, SignType::Md5).is_err());
    assert!(mode1::read(body, &keys).is_err());
    let _ = refund_notification::open(body, &keys);
    let reply = Reply { status: 200, headers: Headers::default(), body: body.to_vec() };
    let _ = bill::read_failure(&reply);
    let judged = judge(&reply, &keys, SignType::Md5, &payee());
    assert!(!matches!(judged, Judged::Done(_)));
}
