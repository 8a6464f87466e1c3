//! Each way in which a claim is wrong, and the reference's own example.

use super::*;

/// Protocol reference G.1: a request signed with the official documentation's test key.
const VECTOR: &str = include_str!("../../../tests/vectors/request_native.json");
const NOW: i64 = 1_735_700_000;

fn vector(field: &str) -> String {
    serde_json::from_str::<serde_json::Value>(VECTOR).unwrap()[field].as_str().unwrap().into()
}

fn authorization() -> String {
    let (nonce, signature) = (vector("nonce"), vector("expected_signature"));
    format!(
        "WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\",nonce_str=\"{nonce}\",\
         signature=\"{signature}\",timestamp=\"1735700000\",\
         serial_no=\"4A1B2C3D4E5F60718293A4B5C6D7E8F901234567\""
    )
}

fn merchants() -> Vec<Merchant> {
    let spki = wechatpay::key::public_key_der(&vector("public_key_pem")).unwrap();
    vec![Merchant {
        mchid: "1900000001".into(),
        appid: "wx0123456789abcdef".into(),
        other_appids: Vec::new(),
        everybody: Arc::default(),
        serial_no: "4A1B2C3D4E5F60718293A4B5C6D7E8F901234567".into(),
        retired: false,
        key: MerchantKey::from_spki(&spki).unwrap(),
        api_v3_key: ApiV3Key::parse("0123456789abcdefghijklmnopqrstuv").unwrap(),
        subs: Vec::new(),
    }]
}

/// The verdict on the vector's request, after a change.
fn verdict(now: i64, change: impl FnOnce(&mut Sent)) -> Result<String, Denied> {
    let mut sent = Sent {
        method: "POST",
        target: vector("url_with_query"),
        body: vector("body"),
        authorization: Some(authorization()),
    };
    change(&mut sent);
    let claim = Claim {
        method: sent.method,
        target: &sent.target,
        body: sent.body.as_bytes(),
        authorization: sent.authorization.as_deref(),
    };
    verify(&merchants(), claim, now).map(|merchant| merchant.mchid.clone())
}

struct Sent {
    method: &'static str,
    target: String,
    body: String,
    authorization: Option<String>,
}

fn with_header(now: i64, from: &str, to: &str) -> Result<String, Denied> {
    assert!(authorization().contains(from), "{from}");
    verdict(now, |sent| sent.authorization = Some(authorization().replace(from, to)))
}

#[test]
fn the_references_signed_request_is_the_merchants() {
    for now in [NOW, NOW + 300, NOW - 300] {
        assert_eq!(verdict(now, |_| {}), Ok("1900000001".to_owned()));
    }
}

/// Protocol reference G.3 to G.5 and G.8, as printed there.
#[test]
fn every_signed_request_of_the_reference_is_its_merchants() {
    let mut known = merchants();
    known.push(Merchant { mchid: "1900000002".into(), ..merchants().remove(0) });
    for (vector, mchid) in [
        (include_str!("../../../tests/vectors/request_query.json"), "1900000001"),
        (include_str!("../../../tests/vectors/request_query_partner.json"), "1900000002"),
        (include_str!("../../../tests/vectors/request_close.json"), "1900000001"),
        (include_str!("../../../tests/vectors/request_refund.json"), "1900000001"),
        (include_str!("../../../tests/vectors/request_trade_bill.json"), "1900000001"),
    ] {
        let vector: serde_json::Value = serde_json::from_str(vector).unwrap();
        let text = |field: &str| vector[field].as_str().unwrap();
        let (nonce, signature) = (text("nonce"), text("expected_signature"));
        let timestamp = text("timestamp");
        // In another order than ours: any will do (protocol reference A.3).
        let authorization = format!(
            "WECHATPAY2-SHA256-RSA2048 timestamp=\"{timestamp}\",signature=\"{signature}\",\
             serial_no=\"4A1B2C3D4E5F60718293A4B5C6D7E8F901234567\",mchid=\"{mchid}\",\
             nonce_str=\"{nonce}\""
        );
        let claim = Claim {
            method: text("method"),
            target: text("url_with_query"),
            body: text("body").as_bytes(),
            authorization: Some(&authorization),
        };
        let found = verify(&known, claim, timestamp.parse().unwrap());
        assert_eq!(found.map(|merchant| merchant.mchid.as_str()), Ok(mchid), "{vector}");
        let other = Claim { body: b"{}", ..claim };
        let refused = verify(&known, other, timestamp.parse().unwrap()).err();
        assert!(matches!(refused, Some(Denied::BadSignature { .. })), "{refused:?}");
    }
}

#[test]
fn five_minutes_count_both_ways_and_come_before_the_signature() {
    for now in [NOW + 301, NOW - 301] {
        assert_eq!(with_header(now, "nsK0", "nsK1"), Err(Denied::FarTimestamp));
    }
}

#[test]
fn headers_of_another_shape_are_refused_before_anything_else() {
    let none = verdict(NOW, |sent| sent.authorization = None);
    assert_eq!(none, Err(Denied::NoSignature));
    let bearer = verdict(NOW, |sent| sent.authorization = Some("Bearer x".into()));
    assert_eq!(bearer, Err(Denied::OtherScheme));
    let sm2 = with_header(NOW, "SHA256-RSA2048", "SM2-WITH-SM3");
    assert_eq!(sm2, Err(Denied::OtherScheme));
    for (from, to) in [
        (r#"mchid="1900000001","#, ""),
        (r#"mchid="1900000001","#, r#"mchid="1900000001",mchid="1900000001","#),
        (r#""1735700000""#, r#""soon""#),
        (r#""1735700000""#, r#""+1735700000""#),
        (r#""1735700000""#, r#""-1""#),
        (r#"mchid="1900000001""#, "mchid=1900000001"),
        ("mchid=", "extra="),
        (r#"mchid="1900000001""#, r#"mchid="""#),
        (r#",timestamp"#, r#", timestamp"#),
    ] {
        assert_eq!(with_header(NOW, from, to), Err(Denied::Malformed), "{from} {to}");
    }
}

#[test]
fn a_certificate_of_another_merchant_is_unknown() {
    for (from, to) in [("1900000001", "1900000002"), ("4A1B", "4A1C")] {
        assert_eq!(with_header(NOW, from, to), Err(Denied::UnknownSerial));
    }
}

#[test]
fn a_replaced_certificate_says_so() {
    let (target, body, header) = (vector("url_with_query"), vector("body"), authorization());
    let claim = Claim {
        method: "POST",
        target: &target,
        body: body.as_bytes(),
        authorization: Some(&header),
    };
    let mut merchants = merchants();
    merchants[0].retired = true;
    let denied = verify(&merchants, claim, NOW).err().unwrap();
    assert_eq!(denied, Denied::ReplacedCertificate);
    assert_eq!(denied.refusal(claim).message, "已更换证书，请使用新证书");
}

#[test]
fn one_changed_byte_anywhere_breaks_the_signature() {
    let verdicts = [
        verdict(NOW, |sent| sent.method = "PUT"),
        verdict(NOW, |sent| sent.target.push('?')),
        verdict(NOW, |sent| sent.body = sent.body.replace("1234", "1235")),
        with_header(NOW, "8F3A", "8F3B"),
        with_header(NOW, "1735700000", "1735700001"),
        with_header(NOW, "nsK0", "nsK1"),
        with_header(NOW, "nsK0", "ns!0"),
    ];
    for verdict in verdicts {
        assert!(matches!(verdict, Err(Denied::BadSignature { .. })), "{verdict:?}");
    }
}

#[test]
fn orders_have_their_own_words_for_a_header_that_is_none() {
    // Protocol reference A.3, the table's first two lines and its last.
    let said = |denied: Denied, target| {
        let claim = Claim { method: "GET", target, body: b"", authorization: None };
        denied.refusal(claim).message
    };
    let (order, refund) = ("/v3/pay/transactions/id/1", "/v3/refund/domestic/refunds/R1");
    assert_eq!(said(Denied::NoSignature, order), "签名信息错误，验签失败");
    assert_eq!(said(Denied::OtherScheme, order), "签名信息错误，验签失败");
    assert_eq!(said(Denied::NoSignature, refund), "Http头Authorization值格式错误");
    assert_eq!(said(Denied::OtherScheme, refund), "Http头Authorization认证类型不正确");
}

#[test]
fn a_wrong_signature_is_explained_with_the_string_and_its_length_in_bytes() {
    // Protocol reference A.3: the sample's 66 bytes.
    let claim = Claim { method: "GET", target: "/v3/certificates", body: b"", authorization: None };
    let message = request_message(
        "GET",
        "/v3/certificates",
        "1735700000",
        "8F3A0C7D5B1E49A2B6D4E8F01C2A3B4D",
        b"",
    );
    let refusal = Denied::BadSignature { message }.refusal(claim);
    let expected = r#"{"code":"SIGN_ERROR","message":"错误的签名，验签失败","detail":{"field":"signature","issue":"sign not match","location":"authorization","sign_information":{"method":"GET","url":"/v3/certificates","truncated_sign_message":"GET\n/v3/certificates\n1735700000\n8F3A0C7D5B1E49A2B6D4E8F01C2A3B4D\n\n","sign_message_length":66}}}"#;
    let said: serde_json::Value = serde_json::from_slice(&refusal.body()).unwrap();
    assert_eq!(said, serde_json::from_str::<serde_json::Value>(expected).unwrap());
}
