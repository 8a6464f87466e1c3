//! No text and no bytes from outside make us panic, and none that is not the platform's is
//! believed.

use checkout::payee::Payee;
use checkout::refund::RefundNews;
use checkout::report::Report;
use checkout::time::UnixSeconds;
use proptest::collection::vec;
use proptest::prelude::*;
use wechatpay::crypto::{ApiV3Key, ApiV3Keys};
use wechatpay::http::{Headers, Reply};
use wechatpay::key::{Certificate, private_key_der, public_key_der};
use wechatpay::moment::{parse_rfc3339, rfc3339};
use wechatpay::rustcrypto::{PublicKey, RustCrypto, RustOaep};
use wechatpay::v3::answer::{Judged, judge};
use wechatpay::v3::certificates;
use wechatpay::v3::native::{query_by_out_trade_no, read_close, read_place, read_query};
use wechatpay::v3::notification::{NotificationError, Receiver, read};
use wechatpay::v3::refund::{self, read_apply};
use wechatpay::v3::sensitive;
use wechatpay::v3::verify::PlatformKeys;

use super::vector;
use super::{platform, private_key, ready};

const API_V3_KEY: &str = "0123456789abcdefghijklmnopqrstuv";
const NOW: UnixSeconds = UnixSeconds(1_735_700_000);

fn keys() -> PlatformKeys<PublicKey> {
    let vector = vector::all::<vector::Answer>("answer").remove(0).vector;
    platform("KEY", &vector.public_key_pem)
}

/// Headers of the right names, often with values that come close.
fn any_headers() -> impl Strategy<Value = Headers> {
    let value = prop_oneof![
        Just("KEY".to_owned()),
        Just("1735700000".to_owned()),
        Just("WECHATPAY2-SHA256-RSA2048".to_owned()),
        "[A-Za-z0-9+/]{0,64}={0,2}",
        "\\PC{0,40}",
        "[0-9+-]{0,25}",
    ];
    let name = prop_oneof![
        Just("Wechatpay-Timestamp".to_owned()),
        Just("Wechatpay-Nonce".to_owned()),
        Just("Wechatpay-Signature".to_owned()),
        Just("Wechatpay-Serial".to_owned()),
        Just("Wechatpay-Signature-Type".to_owned()),
        Just("Request-ID".to_owned()),
        "\\PC{0,10}",
    ];
    vec((name, value), 0..12).prop_map(|pairs| pairs.into_iter().collect())
}

/// Text that is PEM, nearly PEM, or nothing like it.
fn any_key_text() -> impl Strategy<Value = String> {
    let genuine: Vec<_> =
        vector::all::<vector::KeyText>("key_text").into_iter().map(|one| one.vector.text).collect();
    let cut = (prop::sample::select(genuine), any::<prop::sample::Index>(), "\\PC{0,6}").prop_map(
        |(text, at, other)| {
            let letters: Vec<char> = text.chars().collect();
            let at = if letters.is_empty() { 0 } else { at.index(letters.len()) };
            let (head, tail) = letters.split_at(at);
            head.iter().collect::<String>() + &other + &tail.iter().skip(1).collect::<String>()
        },
    );
    prop_oneof![
        cut,
        "(-----(BEGIN|END) [A-Z ]{0,12}-----|\\\\n|[A-Za-z0-9+/=\r\n]{0,40}|-){0,8}",
        "\\PC{0,200}",
        vec(any::<u8>(), 0..120).prop_map(|der| {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.encode(der)
        }),
    ]
}

proptest! {
    #[test]
    fn no_notification_makes_us_panic_or_believe(
        headers in any_headers(),
        body in vec(any::<u8>(), 0..400),
    ) {
        let (keys, api_v3_keys) = (keys(), ApiV3Keys::parse(API_V3_KEY).unwrap());
        let receiver = Receiver { keys: &keys, api_v3_keys: &api_v3_keys };
        let found = ready(read(&RustCrypto, &receiver, &headers, &body, NOW));
        prop_assert!(matches!(found, Err(NotificationError::Distrust(_))));
    }

    #[test]
    fn no_answer_makes_us_panic_or_believe(
        status in any::<u16>(),
        headers in any_headers(),
        body in prop_oneof![
            vec(any::<u8>(), 0..200),
            "\\{\"code\":[\"A-Z_0-9nul{}]{0,80},\"message\":\"\\PC{0,300}\"\\}"
                .prop_map(String::into_bytes),
        ],
    ) {
        let reply = Reply { status, headers, body };
        let judged = ready(judge(&RustCrypto, &keys(), &reply, NOW));
        let believed = matches!(judged, Judged::Done { .. });
        prop_assert!(!believed);
        if let Judged::Refused { refusal, .. } = &judged {
            prop_assert!(refusal.code.len() <= 64 && !refusal.code.is_empty());
            prop_assert!(refusal.message.chars().count() <= 256);
        }
        let settles = |report: &Report| {
            matches!(
                report,
                Report::Paid(_) | Report::ClosedThere | Report::CloseTaken | Report::Placed { .. }
            )
        };
        prop_assert!(!settles(&read_place(&judged)));
        prop_assert!(!settles(&read_query(&judged, "T20250101000001")));
        prop_assert!(!settles(&read_close(&judged)));
        for news in [read_apply(&judged, "R1"), refund::read_query(&judged, "R1")] {
            prop_assert!(news.fact().is_none());
            prop_assert!(!matches!(news, RefundNews::Refused(_)));
        }
    }

    #[test]
    fn no_list_of_certificates_makes_us_panic_or_trust(
        status in prop_oneof![Just(200_u16), any::<u16>()],
        headers in any_headers(),
        body in prop_oneof![
            vec(any::<u8>(), 0..400),
            "\\{\"data\":\\[\\{\"serial_no\":\"[0-9A-F]{0,80}\",\"encrypt_certificate\":\\{\
             \"algorithm\":\"AEAD_AES_256_GCM\",\"nonce\":\"[a-z]{11,13}\",\
             \"ciphertext\":\"[A-Za-z0-9+/]{0,64}={0,2}\"\\}\\}\\]\\}"
                .prop_map(String::into_bytes),
        ],
    ) {
        let (keys, api_v3_keys) = (keys(), ApiV3Keys::parse(API_V3_KEY).unwrap());
        let receiver = Receiver { keys: &keys, api_v3_keys: &api_v3_keys };
        let reply = Reply { status, headers, body };
        prop_assert!(ready(certificates::read(&RustCrypto, &receiver, &reply, NOW)).is_err());
    }

    #[test]
    fn no_sealed_field_makes_us_panic(
        text in prop_oneof![
            "[A-Za-z0-9+/]{0,344}={0,2}",
            // Of a ciphertext's length, and half of them beyond the modulus.
            vec(any::<u8>(), 256).prop_map(|bytes| {
                use base64::Engine as _;
                base64::engine::general_purpose::STANDARD.encode(bytes)
            }),
        ],
    ) {
        let vector = vector::all::<vector::SealedField>("oaep").remove(0).vector;
        let key = private_key(&vector.private_key_pem);
        let oaep = RustOaep(|| [0; 20]);
        prop_assert!(ready(sensitive::open(&oaep, &[&key], &text)).is_err());
    }

    #[test]
    fn no_key_text_makes_us_panic(text in any_key_text()) {
        let _ = private_key_der(&text);
        let _ = public_key_der(&text);
        let _ = Certificate::parse(&text);
        let _ = Certificate::parse_all(&text);
        let _ = ApiV3Key::parse(&text);
        let _ = ApiV3Keys::parse(&text);
    }

    #[test]
    fn nothing_sealed_makes_us_panic(
        nonce in vec(any::<u8>(), 0..20),
        data in vec(any::<u8>(), 0..20),
        sealed in vec(any::<u8>(), 0..64),
    ) {
        let key = ApiV3Key::parse(API_V3_KEY).unwrap();
        prop_assert!(key.open(&nonce, &data, &sealed).is_err());
    }

    #[test]
    fn a_moment_survives_being_written(seconds in -62_167_248_000_i64..=253_402_271_999) {
        let moment = UnixSeconds(seconds);
        prop_assert_eq!(parse_rfc3339(&rfc3339(moment)), Some(moment));
    }

    #[test]
    fn any_moment_can_be_written_and_any_text_be_no_moment(
        seconds in any::<i64>(),
        text in "\\PC{0,40}",
    ) {
        prop_assert_eq!(rfc3339(UnixSeconds(seconds)).len(), 25);
        let _ = parse_rfc3339(&text);
    }

    #[test]
    fn no_number_escapes_from_its_place_in_a_target(number in "\\PC{0,40}", mchid in "\\PC{0,40}") {
        let target = query_by_out_trade_no(&number, &Payee::direct(mchid, "wx")).target;
        let rest = target.strip_prefix("/v3/pay/transactions/out-trade-no/").unwrap();
        let (path, query) = rest.split_once("?mchid=").unwrap();
        let plain = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte))
        };
        prop_assert!(plain(path) && plain(query));
    }
}
