//! Answers of the platform are believed as they came, and with one bit changed not at all.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::report::Report;
use checkout::time::{Seconds, UnixSeconds};
use wechatpay::http::{Headers, Reply};
use wechatpay::rustcrypto::{PublicKey, RustCrypto};
use wechatpay::v3::answer::{Doubt, Judged, judge};
use wechatpay::v3::message::reply_message;
use wechatpay::v3::native::{read_close, read_place};
use wechatpay::v3::verify::{Distrust, PlatformKeys};

use super::tamper::{flip, flip_text, headers, signed_at, with, without};
use super::vector::{self, Named};
use super::{platform, public_key, ready};

const SERIAL: &str = "Wechatpay-Serial";

fn keys(vector: &vector::Answer) -> PlatformKeys<PublicKey> {
    platform(&vector.headers[SERIAL], &vector.public_key_pem)
}

/// Why the answer is not believed, as `verify` tells it.
#[track_caller]
fn distrust(vector: &vector::Answer, headers: &Headers, body: &[u8]) -> Distrust {
    let now = signed_at(&vector.headers);
    ready(keys(vector).verify(&RustCrypto, headers, body, now)).unwrap_err()
}

#[test]
fn genuine_answers_are_believed_and_read() {
    for Named { name, vector } in vector::all::<vector::Answer>("answer") {
        let map = &vector.headers;
        let lines = reply_message(
            &map["Wechatpay-Timestamp"],
            &map["Wechatpay-Nonce"],
            vector.body.as_bytes(),
        );
        assert_eq!(String::from_utf8(lines).unwrap(), vector.message, "{name}");
        let reply = Reply {
            status: vector.status,
            headers: headers(map),
            body: vector.body.clone().into_bytes(),
        };
        let judged = ready(judge(&RustCrypto, &keys(&vector), &reply, signed_at(map)));
        let report = if vector.status == 204 { read_close(&judged) } else { read_place(&judged) };
        assert_eq!(serde_json::to_value(report).unwrap(), vector.report, "{name}");
    }
}

#[test]
fn one_flipped_bit_of_an_answer_and_nobody_vouches_for_it() {
    for Named { name, vector } in vector::all::<vector::Answer>("answer") {
        let (map, body) = (&vector.headers, vector.body.as_bytes());
        for at in 0..body.len() {
            let found = distrust(&vector, &headers(map), &flip(body, at));
            assert_eq!(found, Distrust::BadSignature, "{name}: body byte {at}");
        }
        let found = distrust(&vector, &headers(map), &[body, b"\n"].concat());
        assert_eq!(found, Distrust::BadSignature, "{name}: a longer body");
        let nonce = &map["Wechatpay-Nonce"];
        for at in 0..nonce.len() {
            let changed = with(map, "Wechatpay-Nonce", &flip_text(nonce, at));
            let found = distrust(&vector, &changed, body);
            assert_eq!(found, Distrust::BadSignature, "{name}: nonce character {at}");
        }
    }
}

#[test]
fn one_flipped_bit_of_a_signature_and_it_is_none() {
    for Named { name, vector } in vector::all::<vector::Answer>("answer") {
        let (map, body) = (&vector.headers, vector.body.as_bytes());
        let text = &map["Wechatpay-Signature"];
        let signature = STANDARD.decode(text).unwrap();
        for at in 0..signature.len() {
            let changed = STANDARD.encode(flip(&signature, at));
            let found = distrust(&vector, &with(map, "Wechatpay-Signature", &changed), body);
            assert_eq!(found, Distrust::BadSignature, "{name}: signature byte {at}");
        }
        let not_signatures =
            ["", "=", "not base64!", &text[1..], &text[4..], &format!("{text}AAAA"), "QUJD"];
        for changed in not_signatures {
            let found = distrust(&vector, &with(map, "Wechatpay-Signature", changed), body);
            assert_eq!(found, Distrust::BadSignature, "{name}: {changed}");
        }
    }
}

#[test]
fn a_changed_time_key_or_scheme_is_refused_for_what_it_is() {
    for Named { name, vector } in vector::all::<vector::Answer>("answer") {
        let (map, body) = (&vector.headers, vector.body.as_bytes());
        let time = &map["Wechatpay-Timestamp"];
        // The last digit moves it by a second: fresh still, and not what was signed.
        let changed = with(map, "Wechatpay-Timestamp", &flip_text(time, time.len() - 1));
        assert_eq!(distrust(&vector, &changed, body), Distrust::BadSignature, "{name}");
        // The first one moves it by thirty years.
        let changed = with(map, "Wechatpay-Timestamp", &flip_text(time, 0));
        let age = Seconds(1_000_000_000);
        assert_eq!(distrust(&vector, &changed, body), Distrust::Stale { age }, "{name}");
        let serial = &map[SERIAL];
        for at in 0..serial.len() {
            let other = flip_text(serial, at);
            let found = distrust(&vector, &with(map, SERIAL, &other), body);
            assert_eq!(found, Distrust::UnknownSerial(other), "{name}");
        }
        let scheme = "WECHATPAY2-SM2-WITH-SM3";
        let found = distrust(&vector, &with(map, "Wechatpay-Signature-Type", scheme), body);
        assert_eq!(found, Distrust::UnknownSignatureType(scheme.to_owned()), "{name}");
    }
}

#[test]
fn every_header_but_the_scheme_is_needed() {
    for Named { name, vector } in vector::all::<vector::Answer>("answer") {
        let (map, body) = (&vector.headers, vector.body.as_bytes());
        for header in
            ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial"]
        {
            let found = distrust(&vector, &without(map, header), body);
            assert_eq!(found, Distrust::MissingHeader(header), "{name}");
        }
        let bare = without(map, "Wechatpay-Signature-Type");
        let now = signed_at(map);
        assert!(ready(keys(&vector).verify(&RustCrypto, &bare, body, now)).is_ok(), "{name}");
    }
}

#[test]
fn somebody_elses_key_under_a_known_serial_verifies_nothing() {
    let all = vector::all::<vector::Answer>("answer");
    let (docs, ours) = (&all[0].vector, &all[2].vector);
    assert_ne!(docs.public_key_pem, ours.public_key_pem);
    let mut keys = PlatformKeys::new();
    keys.insert(ours.headers[SERIAL].as_str(), public_key(&docs.public_key_pem));
    let (headers, now) = (headers(&ours.headers), signed_at(&ours.headers));
    let found = ready(keys.verify(&RustCrypto, &headers, ours.body.as_bytes(), now));
    assert_eq!(found.unwrap_err(), Distrust::BadSignature);
}

#[test]
fn a_probe_is_refused_as_a_probe_and_leaves_an_order_in_doubt() {
    for Named { name, vector } in vector::all::<vector::Probe>("probe") {
        let reply = Reply {
            status: 200,
            headers: [
                ("Wechatpay-Timestamp", &vector.timestamp),
                ("Wechatpay-Nonce", &vector.nonce),
                (SERIAL, &vector.serial),
                ("Wechatpay-Signature", &vector.signature),
            ]
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .into_iter()
            .collect(),
            body: vector.body.clone().into_bytes(),
        };
        let keys = platform(&vector.serial, &vector.public_key_pem);
        let now = UnixSeconds(vector.timestamp.parse().unwrap());
        let judged = ready(judge(&RustCrypto, &keys, &reply, now));
        let doubt = Doubt::Unproven { reason: Distrust::Probe, request_id: None };
        assert_eq!(judged, Judged::InDoubt(doubt), "{name}");
        assert_eq!(read_place(&judged), Report::InDoubt, "{name}");
    }
}
