//! Every variable, given wrongly, is named with its mistake.
//!
//! The keys in `fixtures/` were made for these tests alone (`openssl req -x509 -newkey rsa:2048`).

mod v2;
mod webhook;

use checkout::time::UnixSeconds;
use wechatpay::key::{BadKey, Material};

use super::*;
use crate::catalogue::BadCatalogue;
use crate::keyring::preferred;
use crate::origin::BadOrigin;
use crate::token::WeakKey;

const MERCHANT_KEY: &str = include_str!("fixtures/merchant_key.pem");
const MERCHANT_CERTIFICATE: &str = include_str!("fixtures/merchant_certificate.pem");
const NEXT_KEY: &str = include_str!("fixtures/merchant_key_next.pem");
const NEXT_CERTIFICATE: &str = include_str!("fixtures/merchant_certificate_next.pem");
const PLATFORM_KEY: &str = include_str!("fixtures/platform_public_key.pem");
const PLATFORM_CERTIFICATE: &str = include_str!("fixtures/platform_certificate.pem");

const MERCHANT_SERIAL: &str = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
const NEXT_SERIAL: &str = "6A01C3D4E5F60718293A4B5C6D7E8F9012345678";
const PLATFORM_SERIAL: &str = "7132D72A03E93CDDF8C03BBD1F37EEDF01020304";
/// When the platform's certificate ends (`openssl x509 -enddate`).
const PLATFORM_END: UnixSeconds = UnixSeconds(2_110_611_955);
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A whole configuration, with some variables set otherwise (empty: not set).
fn parse(changes: &[(&str, &str)]) -> Result<Config, Vec<Misconfigured>> {
    let good = [
        ("PUBLIC_URL", "https://pay.example"),
        ("ALLOWED_ORIGINS", "https://tea.example"),
        ("MCHID", "1900000001"),
        ("APPID", "wx8888888888888888"),
        ("MERCHANT_SERIAL", MERCHANT_SERIAL),
        ("MERCHANT_PRIVATE_KEY", MERCHANT_KEY),
        ("API_V3_KEY", SECRET),
        ("PLATFORM_PUBLIC_KEY_ID", "PUB_KEY_ID_0119000000012026112100000001"),
        ("PLATFORM_PUBLIC_KEY", PLATFORM_KEY),
        ("SECRET_KEYS", SECRET),
        ("CLIENT_KEY", SECRET),
    ];
    Config::parse(|variable| {
        let all = changes.iter().chain(&good);
        all.into_iter().find(|(name, _)| *name == variable).map(|(_, value)| (*value).to_owned())
    })
}

/// The one profile of a configuration without others.
#[track_caller]
fn only(config: Result<Config, Vec<Misconfigured>>) -> Profile {
    config.unwrap_or_else(|wrong| panic!("{wrong:?}")).profiles.remove(0)
}

/// The keys of APIv3 that every profile of these tests has, but where it says otherwise.
#[track_caller]
fn v3(profile: &Profile) -> &V3 {
    profile.v3.as_ref().expect("keys of APIv3")
}

/// The key that answers should be signed with, as long as all are good.
fn platform_serial(profile: &Profile) -> Option<&str> {
    preferred(&v3(profile).platform_keys, std::iter::empty(), UnixSeconds(0))
        .map(|(serial, _)| serial)
}

#[track_caller]
fn refused(changes: &[(&str, &str)], variable: &str, mistake: Mistake) {
    let variable = variable.to_owned();
    assert_eq!(parse(changes).err(), Some(vec![Misconfigured { variable, mistake }]));
}

#[test]
fn a_whole_configuration_needs_no_optional_variable() {
    let config = parse(&[]).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    assert_eq!(config.wechatpay_url.as_str(), "https://api.mch.weixin.qq.com");
    let [profile] = config.profiles.as_slice() else { panic!("one profile") };
    assert!(profile.name.is_default());
    let address = |told| notify_url(&config.public_url, &profile.name, Api::V3, told);
    let transactions = "https://pay.example/wechatpay/v3/notify/transactions";
    assert_eq!(address(Told::Transactions), transactions);
    assert_eq!(address(Told::Refunds), "https://pay.example/wechatpay/v3/notify/refunds");
    assert_eq!(v3(profile).key.serial_no, MERCHANT_SERIAL);
    assert_eq!(platform_serial(profile), Some("PUB_KEY_ID_0119000000012026112100000001"));
    let backup = config.wechatpay_backup_url.as_ref().map(Origin::as_str);
    assert_eq!(backup, Some("https://api2.mch.weixin.qq.com"));
    assert!(v3(profile).next_key.is_none());
    assert_eq!(profile.lifetime.seconds(), 86_400);
    assert!(config.operator_keys.is_none());
    assert_eq!((config.open_sessions_per_address, config.open_sessions_max), (30, 10_000));
}

#[test]
fn keys_are_taken_however_they_were_pasted() {
    let escaped = MERCHANT_KEY.trim().replace('\n', "\\n");
    let crlf = PLATFORM_KEY.replace('\n', "\r\n");
    let changes =
        [("MERCHANT_PRIVATE_KEY", escaped.as_str()), ("PLATFORM_PUBLIC_KEY", crlf.as_str())];
    assert!(parse(&changes).is_ok());
}

#[test]
fn both_kinds_of_platform_keys_stand_side_by_side() {
    let profile = only(parse(&[("PLATFORM_CERTIFICATES", PLATFORM_CERTIFICATE)]));
    let serials: Vec<&str> =
        v3(&profile).platform_keys.iter().map(|key| key.serial.as_str()).collect();
    assert_eq!(serials, ["PUB_KEY_ID_0119000000012026112100000001", PLATFORM_SERIAL]);
    let ended: Vec<bool> =
        v3(&profile).platform_keys.iter().map(|key| key.has_ended(PLATFORM_END)).collect();
    assert_eq!(ended, [false, true], "a public key has no end");
    let certificates_only = parse(&[
        ("PLATFORM_PUBLIC_KEY", ""),
        ("PLATFORM_PUBLIC_KEY_ID", ""),
        ("PLATFORM_CERTIFICATES", PLATFORM_CERTIFICATE),
    ]);
    let profile = only(certificates_only);
    assert_eq!(platform_serial(&profile), Some(PLATFORM_SERIAL));
    let ends = v3(&profile).platform_keys.iter().map(|key| key.expires_at);
    assert_eq!(ends.collect::<Vec<_>>(), [Some(PLATFORM_END)]);
}

#[test]
fn a_certificate_brings_its_serial() {
    let with = |serial: &str| {
        parse(&[("MERCHANT_CERTIFICATE", MERCHANT_CERTIFICATE), ("MERCHANT_SERIAL", serial)])
            .map(|config| v3(&only(Ok(config))).key.serial_no.clone())
    };
    for serial in ["", MERCHANT_SERIAL, &MERCHANT_SERIAL.to_lowercase()] {
        assert_eq!(with(serial), Ok(MERCHANT_SERIAL.to_owned()));
    }
    let mistake = Mistake::OtherSerial { certificate: MERCHANT_SERIAL.to_owned() };
    let variable = "MERCHANT_SERIAL".to_owned();
    let wrong = vec![Misconfigured { variable, mistake }];
    assert_eq!(with("ABCDEF"), Err(wrong));
}

#[test]
fn without_any_platform_key_they_are_asked_for() {
    let profile = only(parse(&[("PLATFORM_PUBLIC_KEY", ""), ("PLATFORM_PUBLIC_KEY_ID", "")]));
    assert_eq!(platform_serial(&profile), None);
    assert!(v3(&profile).platform_keys.is_empty());
}

#[test]
fn a_merchant_may_have_two_keys_while_one_replaces_the_other() {
    for certificate in [("MERCHANT_CERTIFICATE_NEXT", NEXT_CERTIFICATE), ("X", "")] {
        for serial in [("MERCHANT_SERIAL_NEXT", NEXT_SERIAL), ("X", "")] {
            let changes = [("MERCHANT_PRIVATE_KEY_NEXT", NEXT_KEY), certificate, serial];
            if certificate.0 == "X" && serial.0 == "X" {
                refused(&changes, "MERCHANT_SERIAL_NEXT", Mistake::Missing);
                continue;
            }
            let keys = only(parse(&changes)).v3.unwrap();
            assert_eq!(keys.key.serial_no, MERCHANT_SERIAL);
            assert_eq!(keys.next_key.unwrap().serial_no, NEXT_SERIAL);
        }
    }
}

#[test]
fn the_next_key_is_checked_like_the_first() {
    let whole =
        [("MERCHANT_PRIVATE_KEY_NEXT", NEXT_KEY), ("MERCHANT_CERTIFICATE_NEXT", NEXT_CERTIFICATE)];
    let with = |name, value| [(name, value), whole[0], whole[1]];
    let other_key = with("MERCHANT_PRIVATE_KEY_NEXT", MERCHANT_KEY);
    let mistake = Mistake::Key(BadKey::NotOfThisCertificate);
    refused(&other_key, "MERCHANT_PRIVATE_KEY_NEXT", mistake);
    let no_key = with("MERCHANT_PRIVATE_KEY_NEXT", "");
    refused(&no_key, "MERCHANT_PRIVATE_KEY_NEXT", Mistake::Missing);
    let other_serial = with("MERCHANT_SERIAL_NEXT", MERCHANT_SERIAL);
    let mistake = Mistake::OtherSerial { certificate: NEXT_SERIAL.to_owned() };
    refused(&other_serial, "MERCHANT_SERIAL_NEXT", mistake);
    let same =
        [("MERCHANT_PRIVATE_KEY_NEXT", MERCHANT_KEY), ("MERCHANT_SERIAL_NEXT", MERCHANT_SERIAL)];
    refused(&same, "MERCHANT_SERIAL_NEXT", Mistake::SameSerial);
    let own = [whole[0], whole[1], ("PLATFORM_CERTIFICATES", NEXT_CERTIFICATE)];
    refused(&own, "PLATFORM_CERTIFICATES", Mistake::OwnCertificate);
}

#[test]
fn two_apiv3_keys_may_stand_in_one_variable() {
    let other = SECRET.to_uppercase();
    assert!(parse(&[("API_V3_KEY", &format!("{SECRET} {other}"))]).is_ok());
    let three = [SECRET, &other, SECRET].join(" ");
    let mistake = Mistake::Key(BadKey::ApiV3KeyCount { keys: 3 });
    refused(&[("API_V3_KEY", &three)], "API_V3_KEY", mistake);
}

#[test]
fn only_the_platform_has_a_second_site_unasked() {
    let backup = |changes: &[(&str, &str)]| {
        let config = parse(changes).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        config.wechatpay_backup_url.map(|url| url.as_str().to_owned())
    };
    let stand_in = ("WECHATPAY_URL", "http://127.0.0.1:8788");
    let named = ("WECHATPAY_BACKUP_URL", "http://127.0.0.1:8789");
    assert_eq!(backup(&[stand_in]), None);
    assert_eq!(backup(&[stand_in, named]).as_deref(), Some(named.1));
    assert_eq!(backup(&[named]).as_deref(), Some(named.1));
    assert_eq!(backup(&[stand_in, ("WECHATPAY_BACKUP_URL", stand_in.1)]), None);
    let insecure = [("WECHATPAY_BACKUP_URL", "http://api2.mch.weixin.qq.com")];
    refused(&insecure, "WECHATPAY_BACKUP_URL", Mistake::Insecure);
}

#[test]
fn what_is_missing_is_named() {
    for variable in [
        "PUBLIC_URL",
        "MCHID",
        "APPID",
        "MERCHANT_SERIAL",
        "MERCHANT_PRIVATE_KEY",
        "API_V3_KEY",
        "PLATFORM_PUBLIC_KEY_ID",
        "PLATFORM_PUBLIC_KEY",
        "SECRET_KEYS",
        "CLIENT_KEY",
    ] {
        refused(&[(variable, " ")], variable, Mistake::Missing);
    }
}

#[test]
fn keys_that_were_mixed_up_are_told_apart() {
    let wrong_kind = |expected, given| Mistake::Key(BadKey::WrongKind { expected, given });
    for (variable, value, mistake) in [
        (
            "MERCHANT_PRIVATE_KEY",
            PLATFORM_KEY,
            wrong_kind(Material::PrivateKey, Material::PublicKey),
        ),
        (
            "MERCHANT_PRIVATE_KEY",
            MERCHANT_CERTIFICATE,
            wrong_kind(Material::PrivateKey, Material::Certificate),
        ),
        (
            "PLATFORM_PUBLIC_KEY",
            PLATFORM_CERTIFICATE,
            wrong_kind(Material::PublicKey, Material::Certificate),
        ),
        (
            "PLATFORM_CERTIFICATES",
            PLATFORM_KEY,
            wrong_kind(Material::Certificate, Material::PublicKey),
        ),
        ("PLATFORM_CERTIFICATES", MERCHANT_CERTIFICATE, Mistake::OwnCertificate),
    ] {
        refused(&[(variable, value)], variable, mistake);
    }
    let strangers = [("MERCHANT_CERTIFICATE", PLATFORM_CERTIFICATE)];
    let mistake = Mistake::Key(BadKey::NotOfThisCertificate);
    refused(&strangers, "MERCHANT_PRIVATE_KEY", mistake);
}

#[test]
fn values_that_cannot_be_right_are_refused_by_reason() {
    let number = |least, most| Mistake::Number { least, most };
    let long = "x".repeat(5_121);
    for (variable, value, mistake) in [
        ("PUBLIC_URL", "pay.example", Mistake::Origin(BadOrigin::Scheme)),
        ("PUBLIC_URL", "https://pay.example/", Mistake::Origin(BadOrigin::NotOnlyOrigin)),
        ("PUBLIC_URL", "http://pay.example", Mistake::Insecure),
        ("WECHATPAY_URL", "http://192.168.0.7:8788", Mistake::Insecure),
        (
            "ALLOWED_ORIGINS",
            "https://a.example *",
            Mistake::Listed { origin: "*".to_owned(), mistake: BadOrigin::Scheme },
        ),
        ("MCHID", "wx8888888888888888", Mistake::Mchid),
        ("APPID", "wx 8", Mistake::Appid),
        ("MERCHANT_SERIAL", "51:57:F0", Mistake::Serial),
        ("PLATFORM_PUBLIC_KEY_ID", PLATFORM_SERIAL, Mistake::PublicKeyId),
        ("API_V3_KEY", "short", Mistake::Key(BadKey::ApiV3KeyLength { bytes: 5 })),
        ("SECRET_KEYS", "short", Mistake::Weak(WeakKey::TooShort { chars: 5 })),
        ("CLIENT_KEY", "short", Mistake::Weak(WeakKey::TooShort { chars: 5 })),
        ("OPEN_SESSIONS_MAX", "0", number(1, 1_000_000)),
        ("OPEN_SESSIONS_PER_ADDRESS", "many", number(1, 1_000_000)),
        ("CHECKOUT_LIFETIME_S", "1 day", number(300, 604_800)),
        ("PRODUCTS", &long, Mistake::TooLong { bytes: 5_121 }),
    ] {
        refused(&[(variable, value)], variable, mistake);
    }
    let wrong = parse(&[("PRODUCTS", r#"{"tea":{"price":1}}"#)]).err().unwrap();
    assert!(matches!(
        wrong.as_slice(),
        [Misconfigured {
            variable,
            mistake: Mistake::Catalogue(BadCatalogue::Product { id, .. })
        }] if variable == "PRODUCTS" && id == "tea"
    ));
}

/// The variables of a second merchant.
fn acme() -> Vec<(&'static str, &'static str)> {
    vec![
        ("PROFILES", "acme-tea"),
        ("ACME_TEA__MCHID", "1900000002"),
        ("ACME_TEA__APPID", "wx2222222222222222"),
        ("ACME_TEA__MERCHANT_CERTIFICATE", MERCHANT_CERTIFICATE),
        ("ACME_TEA__MERCHANT_PRIVATE_KEY", MERCHANT_KEY),
        ("ACME_TEA__API_V3_KEY", SECRET),
        ("ACME_TEA__PLATFORM_CERTIFICATES", PLATFORM_CERTIFICATE),
        ("ACME_TEA__SECRET_KEYS", "acmeacmeacmeacmeacmeacmeacmeacme"),
        ("ACME_TEA__SUB_MERCHANTS", r#"{"1600000001":{}}"#),
    ]
}

#[test]
fn several_merchants_live_side_by_side() {
    let config = parse(&acme()).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let name = ProfileName::parse("acme-tea").unwrap();
    let profile = config.profile(&name).unwrap();
    assert_eq!(profile.mchid, "1900000002");
    assert_eq!(profile.payees.choose(None).unwrap().sub_mchid(), Some("1600000001"));
    let own = |key| config.profile_of_key(key).map(|profile| profile.name.as_str());
    assert_eq!(own("acmeacmeacmeacmeacmeacmeacmeacme"), Some("acme-tea"));
    assert_eq!(own(SECRET), Some("default"));
    assert_eq!(own("nobodynobodynobodynobodynobodyno"), None);
    let address = "https://pay.example/wechatpay/acme-tea/v3/notify/transactions";
    assert_eq!(notify_url(&config.public_url, &name, Api::V3, Told::Transactions), address);
}

#[test]
fn where_others_are_named_the_default_merchant_may_be_missing() {
    let own = ["MCHID", "APPID", "MERCHANT_PRIVATE_KEY", "API_V3_KEY", "SECRET_KEYS"];
    let mut changes = acme();
    changes.extend(own.map(|variable| (variable, "")));
    let config = parse(&changes).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    assert_eq!(only(Ok(config)).name.as_str(), "acme-tea");
    // One that was forgotten is not a merchant that is not wanted.
    let mut changes = acme();
    changes.push(("MCHID", ""));
    refused(&changes, "MCHID", Mistake::Missing);
}

#[test]
fn an_operators_key_is_no_shops() {
    let mistake = Mistake::SharedKey { profile: "default".to_owned() };
    refused(&[("OPERATOR_KEY", SECRET)], "OPERATOR_KEY", mistake);
    assert!(parse(&[("OPERATOR_KEY", "operatoroperatoroperatoroperator")]).is_ok());
}

#[test]
fn a_mistake_of_one_merchant_is_named_with_its_prefix() {
    let with = |variable: &'static str, value: &'static str| {
        let mut changes = vec![(variable, value)];
        changes.extend(acme());
        parse(&changes).err().map(|wrong| problem(&wrong).detail)
    };
    for (variable, value, told) in [
        ("ACME_TEA__APPID", "", "ACME_TEA__APPID: it is not set"),
        ("ACME_TEA__SUB_MERCHANTS", "{}", "ACME_TEA__SUB_MERCHANTS: it is not a JSON object"),
        ("ACME_TEA__SECRET_KEYS", SECRET, "ACME_TEA__SECRET_KEYS: the profile default has the"),
        ("PROFILES", "acme-tea default", "PROFILES: \"default\" is named twice"),
        ("PROFILES", "acme-tea acme-tea", "PROFILES: \"acme-tea\" is named twice"),
        ("PROFILES", "acme-tea Acme", "PROFILES: a profile is 1 to 32"),
        ("PROFILES", "a b c d e f g h i j", "PROFILES: a deployment has room for nine"),
    ] {
        let detail = with(variable, value).unwrap_or_default();
        assert!(detail.contains(told), "{detail}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_and_no_secret_with_them() {
    let changes = [("MCHID", "x"), ("CLIENT_KEY", "hunter2"), ("MERCHANT_PRIVATE_KEY", "hunter3")];
    let wrong = parse(&changes).err().unwrap();
    let told = problem(&wrong);
    assert_eq!(told.code, Code::Misconfigured);
    for variable in ["MCHID: ", "CLIENT_KEY: ", "MERCHANT_PRIVATE_KEY: "] {
        assert!(told.detail.contains(variable), "{}", told.detail);
    }
    assert!(!told.detail.contains("hunter"), "{}", told.detail);
}

#[test]
fn the_loopback_may_speak_plain_http() {
    let changes = [
        ("PUBLIC_URL", "http://127.0.0.1:8787"),
        ("WECHATPAY_URL", "http://localhost:8788"),
        ("ALLOWED_ORIGINS", ""),
    ];
    assert!(parse(&changes).is_ok());
}
