//! What survives the way from one side to the other, whatever it is: any body, any Unicode, any
//! order of headers; and that no more than that does.
//!
//! The strings that are signed are put together here a second time, from the rules of the protocol
//! reference (A.2, A.4) and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::id::Description;
use checkout::money::{Amount, Fen};
use checkout::time::UnixSeconds;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use std::sync::LazyLock;
use wechatpay::crypto::{ApiV3Key, OAEP_BYTES_MAX, Unsealable};
use wechatpay::http::{Headers, Method, Request};
use wechatpay::rustcrypto::{PrivateKey, PublicKey, RustCrypto, SEED_BYTES, seal};
use wechatpay::v3::native::OrderBody;
use wechatpay::v3::order_fields::OrderFields;
use wechatpay::v3::sign::{Caller, sign};
use wechatpay::v3::verify::{Distrust, PlatformKeys};

use super::{platform, private_key, public_key, ready, vector};

const SERIAL: &str = "PUB_KEY_ID_0119000000012025010100000000000001";

/// Both halves of a merchant's key and of the platform's; reading them costs more than a signature.
struct Pairs {
    merchant: PrivateKey,
    merchant_public: PublicKey,
    platform: PrivateKey,
    platform_keys: PlatformKeys<PublicKey>,
}

static PAIRS: LazyLock<Pairs> = LazyLock::new(|| {
    let call = vector::all::<vector::Request>("request").remove(0).vector;
    let news = vector::all::<vector::Notification>("notification").remove(0).vector;
    Pairs {
        merchant: private_key(&call.private_key_pem),
        merchant_public: public_key(&call.public_key_pem),
        platform: private_key(&news.platform_private_key_pem),
        platform_keys: platform(SERIAL, &news.public_key_pem),
    }
});

/// Bytes of a message: any at all, any Unicode, or JSON that looks harmless and is not.
fn any_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..600),
        vec(any::<char>(), 0..200).prop_map(|text| String::from_iter(text).into_bytes()),
        "[{\\[]?(\"[^\"]{0,20}\" ?[:,] ?|[0-9.e+-]{1,9}|\r?\n|\t| |\u{feff}|null){0,12}[}\\]]?\n?"
            .prop_map(String::into_bytes),
    ]
}

fn any_api_v3_key() -> impl Strategy<Value = ApiV3Key> {
    "[0-9A-Za-z]{32}".prop_map(|text| ApiV3Key::parse(&text).unwrap())
}

/// The lines, each with its end.
fn lines(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().flat_map(|part| [part, &b"\n"[..]].concat()).collect()
}

/// A header's name as somebody else might write it.
fn respelt(name: &str, upper: u32) -> String {
    let letters = name.chars().enumerate();
    letters
        .map(|(at, letter)| {
            let is_upper = upper >> (at % 32) & 1 == 1;
            if is_upper { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
        })
        .collect()
}

/// What the platform sends along with `body`, in any order and spelling, among other headers.
fn any_letter() -> impl Strategy<Value = (Vec<(String, String)>, Vec<u8>, i64)> {
    let moment = 0..4_000_000_000_i64;
    (any_body(), moment, "[!-~]{1,32}", any::<u32>(), any::<bool>()).prop_flat_map(
        |(body, moment, nonce, upper, says_type)| {
            let time = moment.to_string();
            let message = lines(&[time.as_bytes(), nonce.as_bytes(), &body]);
            let signature = STANDARD.encode(PAIRS.platform.sign(&message).unwrap());
            let mut headers = vec![
                ("Wechatpay-Timestamp", time),
                ("Wechatpay-Nonce", nonce),
                ("Wechatpay-Serial", SERIAL.to_owned()),
                ("Wechatpay-Signature", signature),
                ("Content-Type", "application/json".to_owned()),
                ("Request-ID", "08F5B8C2B50610-0".to_owned()),
            ];
            if says_type {
                headers.push(("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048".to_owned()));
            }
            let headers = headers.into_iter().map(|(name, value)| (respelt(name, upper), value));
            (Just(headers.collect::<Vec<_>>()).prop_shuffle(), Just(body), Just(moment))
        },
    )
}

fn headers(pairs: &[(String, String)]) -> Headers {
    pairs.iter().cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_call_is_signed_over_the_five_lines_of_the_reference(
        is_post in any::<bool>(),
        target in "/v3/[!-~]{0,80}",
        body in any_body(),
        nonce in any::<[u8; 16]>(),
        now in 0..4_000_000_000_i64,
    ) {
        let method = if is_post { Method::Post } else { Method::Get };
        let request = Request { method, target: target.clone(), body: body.clone() };
        let caller = Caller {
            mchid: "1900000001",
            serial_no: "4A1B2C3D",
            key: &PAIRS.merchant,
            platform_serial: None,
        };
        let signed =
            ready(sign(&RustCrypto, &caller, request.clone(), nonce, UnixSeconds(now))).unwrap();
        prop_assert_eq!(signed.request(), &request);
        let said = &signed.headers().iter().find(|(name, _)| *name == "Authorization").unwrap().1;
        // The five pairs in any order, read by splitting where the reference allows (A.3).
        let (scheme, pairs) = said.split_once(' ').unwrap();
        prop_assert_eq!(scheme, "WECHATPAY2-SHA256-RSA2048");
        let pair = |name: &str| {
            let found = pairs.split(',').find_map(|pair| pair.strip_prefix(&format!("{name}=\"")));
            found.and_then(|value| value.strip_suffix('"')).unwrap().to_owned()
        };
        prop_assert_eq!(pair("timestamp"), now.to_string());
        prop_assert_eq!(pair("mchid"), "1900000001");
        prop_assert_eq!(pair("serial_no"), "4A1B2C3D");
        let method = if is_post { &b"POST"[..] } else { b"GET" };
        let (time, nonce) = (now.to_string(), pair("nonce_str"));
        prop_assert!((1..=32).contains(&nonce.len()));
        let parts = [method, target.as_bytes(), time.as_bytes(), nonce.as_bytes(), &body];
        let signature = STANDARD.decode(pair("signature")).unwrap();
        prop_assert!(PAIRS.merchant_public.verify(&lines(&parts), &signature));
    }

    #[test]
    fn any_genuine_message_is_believed_byte_for_byte((pairs, body, moment) in any_letter()) {
        let now = UnixSeconds(moment);
        let found = ready(PAIRS.platform_keys.verify(&RustCrypto, &headers(&pairs), &body, now));
        prop_assert_eq!(found.unwrap().body(), body.as_slice());
    }

    #[test]
    fn any_message_with_one_thing_changed_is_refused(
        (pairs, body, moment) in any_letter(),
        at in any::<prop::sample::Index>(),
        byte in 1..=u8::MAX,
    ) {
        let now = UnixSeconds(moment);
        let verify = |pairs: &[(String, String)], body: &[u8]| {
            ready(PAIRS.platform_keys.verify(&RustCrypto, &headers(pairs), body, now)).map(|_| ())
        };
        let mut changed = body.clone();
        match at.index(body.len() + 1) {
            end if end == body.len() => changed.push(byte),
            inside => changed[inside] ^= byte,
        }
        prop_assert_eq!(verify(&pairs, &changed), Err(Distrust::BadSignature));
        for lost in ["timestamp", "nonce", "serial", "signature"] {
            let name = format!("wechatpay-{lost}");
            let mut left = pairs.clone();
            left.retain(|(header, _)| !header.eq_ignore_ascii_case(&name));
            let refused = verify(&left, &body);
            prop_assert!(
                matches!(refused, Err(Distrust::MissingHeader(_))), "without {}: {:?}", name, refused
            );
            // One that comes twice is neither of the two.
            let twice = [&pairs[..], &pairs[..]].concat();
            prop_assert!(verify(&twice, &body).is_err());
        }
    }

    #[test]
    fn any_words_of_an_order_reach_the_platform_as_they_are(
        letters in vec(any::<char>(), 1..60),
        total in 1..=100_000_000_u64,
    ) {
        let words = String::from_iter(letters);
        let Ok(description) = Description::parse(&words) else { return Ok(()) };
        let fields = serde_json::json!({ "attach": words });
        let fields = serde_json::from_value::<OrderFields>(fields).unwrap_or_default();
        let order = OrderBody {
            payee: &checkout::payee::Payee::direct("1900000001", "wx0123456789abcdef"),
            description: &description,
            out_trade_no: "T20250101000001",
            time_expire: UnixSeconds(1_735_704_000),
            notify_url: "https://pay.example.com/wechat/notify",
            amount: Amount::cny(Fen::new(total).unwrap()),
            fields: &fields,
        };
        let sent: Value = serde_json::from_slice(&order.to_bytes()).unwrap();
        prop_assert_eq!(&sent["description"], &words);
        prop_assert_eq!(&sent["amount"]["total"], total);
        if fields.attach.is_some() {
            prop_assert_eq!(&sent["attach"], &words);
        }
    }

    #[test]
    fn what_is_sealed_opens_and_only_with_everything_as_it_was(
        key in any_api_v3_key(),
        other in any_api_v3_key(),
        nonce in any::<[u8; 12]>(),
        data in vec(any::<u8>(), 0..40),
        plaintext in any_body(),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u32,
    ) {
        let sealed = seal(&key, &nonce, &data, &plaintext).unwrap();
        prop_assert_eq!(key.open(&nonce, &data, &sealed), Ok(plaintext));
        let mut changed = sealed.clone();
        changed[at.index(sealed.len())] ^= 1 << bit;
        prop_assert_eq!(key.open(&nonce, &data, &changed), Err(Unsealable::BadTag));
        let mut changed = nonce;
        changed[at.index(nonce.len())] ^= 1 << bit;
        prop_assert_eq!(key.open(&changed, &data, &sealed), Err(Unsealable::BadTag));
        let longer = [&data[..], b" "].concat();
        prop_assert_eq!(key.open(&nonce, &longer, &sealed), Err(Unsealable::BadTag));
        let opened_by_another = other.open(&nonce, &data, &sealed);
        prop_assert_eq!(opened_by_another, Err(Unsealable::BadTag));
    }

    #[test]
    fn what_is_encrypted_for_one_side_is_read_by_it_alone(
        plaintext in vec(any::<u8>(), 0..=OAEP_BYTES_MAX),
        seed in any::<[u8; SEED_BYTES]>(),
        other_seed in any::<[u8; SEED_BYTES]>(),
        more in 1..40_usize,
        at in any::<prop::sample::Index>(),
        bit in 0..8_u32,
    ) {
        let encrypted = PAIRS.merchant_public.encrypt(&plaintext, seed).unwrap();
        prop_assert_eq!(PAIRS.merchant.decrypt(&encrypted), Some(plaintext.clone()));
        prop_assert_eq!(PAIRS.platform.decrypt(&encrypted), None);
        let again = PAIRS.merchant_public.encrypt(&plaintext, other_seed).unwrap();
        prop_assert_ne!(&again, &encrypted);
        let mut changed = encrypted;
        changed[at.index(again.len())] ^= 1 << bit;
        prop_assert_eq!(PAIRS.merchant.decrypt(&changed), None);
        let longer = vec![0; OAEP_BYTES_MAX + more];
        prop_assert!(PAIRS.merchant_public.encrypt(&longer, seed).is_err());
    }
}
