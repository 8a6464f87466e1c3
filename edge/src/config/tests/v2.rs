//! Which API a merchant speaks, and with what: all of an API's variables or none of them.

use wechatpay::v2::key::SignType;

use super::*;

const KEY: (&str, &str) = ("API_V2_KEY", "192006250b4c09247ec02edce69f6a2d");
const ADDRESS: (&str, &str) = ("SPBILL_CREATE_IP", "203.0.113.7");
const CHOSEN: (&str, &str) = ("API", "v2");

/// Takes every variable of APIv3 out.
const WITHOUT_V3: [(&str, &str); 5] = [
    ("MERCHANT_SERIAL", ""),
    ("MERCHANT_PRIVATE_KEY", ""),
    ("API_V3_KEY", ""),
    ("PLATFORM_PUBLIC_KEY_ID", ""),
    ("PLATFORM_PUBLIC_KEY", ""),
];

/// A merchant of the V2 API alone; what comes first counts.
fn alone(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [more, &[KEY, ADDRESS, CHOSEN], WITHOUT_V3.as_slice()].concat()
}

#[test]
fn who_says_nothing_speaks_v3_and_gives_back_by_it() {
    let profile = only(parse(&[]));
    assert_eq!((profile.api, profile.refunds_api), (Api::V3, None));
    assert!(profile.v2.is_none());
    assert_eq!(profile.speaks().collect::<Vec<_>>(), [Api::V3]);
    let problem = profile.v2().err().unwrap();
    assert_eq!(problem.detail, "API_V2_KEY: this merchant has no V2 key");
}

#[test]
fn a_merchant_of_v2_needs_no_key_of_v3() {
    let profile = only(parse(&alone(&[])));
    assert_eq!(profile.api, Api::V2);
    assert!(profile.v3.is_none());
    assert_eq!(profile.speaks().collect::<Vec<_>>(), [Api::V2]);
    let v2 = profile.v2().unwrap();
    assert_eq!(v2.sign_type, SignType::HmacSha256);
    assert_eq!(v2.spbill_create_ip.to_string(), "203.0.113.7");
    let problem = profile.v3().err().unwrap();
    assert_eq!(problem.detail, "API_V3_KEY: this merchant has no APIv3 keys");
}

#[test]
fn a_merchant_of_v3_may_hold_a_v2_key_besides() {
    let profile = only(parse(&[KEY, ADDRESS]));
    assert_eq!(profile.api, Api::V3);
    assert_eq!(profile.speaks().collect::<Vec<_>>(), [Api::V3, Api::V2]);
    let both = only(parse(&[KEY, ADDRESS, CHOSEN, ("V2_SIGN_TYPE", "MD5")]));
    assert_eq!(both.api, Api::V2);
    assert_eq!(both.v2().unwrap().sign_type, SignType::Md5);
    assert!(both.v3.is_some());
}

#[test]
fn what_an_api_needs_is_all_there_or_nothing_is() {
    for variable in [KEY.0, ADDRESS.0] {
        refused(&alone(&[(variable, "")]), variable, Mistake::Missing);
    }
    refused(&[KEY], ADDRESS.0, Mistake::Missing);
    refused(&[ADDRESS], KEY.0, Mistake::Missing);
    // Half of APIv3 is an oversight, also where nobody has asked for it.
    let half = alone(&[("API_V3_KEY", SECRET), ("MERCHANT_SERIAL", MERCHANT_SERIAL)]);
    refused(&half, "MERCHANT_PRIVATE_KEY", Mistake::Missing);
    for variable in ["MERCHANT_SERIAL", "MERCHANT_PRIVATE_KEY", "API_V3_KEY"] {
        let wrong = parse(&WITHOUT_V3).err().unwrap();
        let missing = |one: &Misconfigured| one.variable == variable;
        assert!(wrong.iter().any(missing), "{variable}: {wrong:?}");
    }
}

#[test]
fn two_v2_keys_may_stand_in_one_variable() {
    let both = format!("{} {}", KEY.1, SECRET);
    let profile = only(parse(&[("API_V2_KEY", &both), ADDRESS]));
    assert_eq!(profile.v2().unwrap().keys.iter().count(), 2);
    let three = format!("{both} {SECRET}");
    let mistake = Mistake::Key(BadKey::ApiV2KeyCount { keys: 3 });
    refused(&[("API_V2_KEY", &three), ADDRESS], "API_V2_KEY", mistake);
}

#[test]
fn money_goes_back_by_an_api_that_there_are_keys_for() {
    for (chosen, api) in [("v3", Api::V3), ("v2", Api::V2)] {
        let profile = only(parse(&[KEY, ADDRESS, CHOSEN, ("REFUNDS_API", chosen)]));
        assert_eq!(profile.refunds_api, Some(api));
    }
    let without = |variable| Mistake::WithoutKeys { variable };
    refused(&alone(&[("REFUNDS_API", "v3")]), "REFUNDS_API", without("API_V3_KEY"));
    refused(&[("REFUNDS_API", "v2")], "REFUNDS_API", without("API_V2_KEY"));
}

#[test]
fn values_of_v2_that_cannot_be_right_are_refused_by_reason() {
    let choices = |choices| Mistake::Policy { choices };
    for (variable, value, mistake) in [
        ("API", "V2", choices("v3 or v2")),
        ("REFUNDS_API", "both", choices("v3 or v2")),
        ("V2_SIGN_TYPE", "RSA", choices("HMAC-SHA256 or MD5")),
        ("SPBILL_CREATE_IP", "pay.example", Mistake::Address),
        ("SPBILL_CREATE_IP", "203.0.113.7/24", Mistake::Address),
        ("API_V2_KEY", "short", Mistake::Key(BadKey::ApiV2KeyLength { bytes: 5 })),
        (
            "API_V2_KEY",
            "192006250b4c09247ec02edce69f6a\u{e9}",
            Mistake::Key(BadKey::ApiV2KeyCharacters),
        ),
    ] {
        refused(&[(variable, value), KEY, ADDRESS], variable, mistake);
    }
    let v6 = only(parse(&[KEY, ("SPBILL_CREATE_IP", " 2001:DB8::7\n")]));
    assert_eq!(v6.v2().unwrap().spbill_create_ip.to_string(), "2001:db8::7");
}

#[test]
fn another_merchant_speaks_v2_under_its_own_prefix() {
    let mut changes = acme();
    changes.retain(|(variable, _)| {
        !variable.contains("MERCHANT_") && !variable.contains("V3") && !variable.contains("PLATF")
    });
    let own = [
        ("ACME_TEA__API", "v2"),
        ("ACME_TEA__API_V2_KEY", KEY.1),
        ("ACME_TEA__SPBILL_CREATE_IP", ADDRESS.1),
    ];
    let config = parse(&[&changes[..], &own].concat()).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let name = ProfileName::parse("acme-tea").unwrap();
    let profile = config.profile(&name).unwrap();
    assert!(profile.v3.is_none());
    let problem = profile.v3().err().unwrap();
    assert_eq!(problem.detail, "ACME_TEA__API_V3_KEY: this merchant has no APIv3 keys");
    let told = |told| notify_url(&config.public_url, &name, Api::V2, told);
    let transactions = "https://pay.example/wechatpay/acme-tea/v2/notify/transactions";
    assert_eq!(told(Told::Transactions), transactions);
    let own = |told| notify_url(&config.public_url, &ProfileName::default(), Api::V2, told);
    assert_eq!(own(Told::Refunds), "https://pay.example/wechatpay/v2/notify/refunds");
    let words = problem_of(&[&changes[..], &own_without_key()].concat());
    assert!(words.contains("ACME_TEA__API_V2_KEY: it is not set"), "{words}");
}

fn own_without_key() -> [(&'static str, &'static str); 2] {
    [("ACME_TEA__API", "v2"), ("ACME_TEA__SPBILL_CREATE_IP", ADDRESS.1)]
}

fn problem_of(changes: &[(&str, &str)]) -> String {
    problem(&parse(changes).err().unwrap_or_default()).detail
}
