//! What the journal keeps of V2's calls, and why each was refused.

use serde_json::{Value, json};

use super::till::{Till, order};
use crate::rules::xml::{self, Signing};

const NO: &str = "T20250101000001";
const NOTIFY: &str = "http://127.0.0.1:9/notify";

async fn newest(till: &Till) -> Value {
    let (_, said) = till.shop.control("GET", "requests?limit=1", Value::Null).await;
    said["data"][0].clone()
}

#[tokio::test]
async fn every_call_is_kept_with_who_asked_about_which_order() {
    let till = Till::open(true).await;
    till.order(NO, NOTIFY).await;
    let entry = newest(&till).await;
    assert_eq!(
        (&entry["route"], &entry["target"]),
        (&json!("unifiedorder"), &json!("/pay/unifiedorder"))
    );
    assert_eq!(entry["mchid"], till.shop.credentials.mchid.as_str());
    assert_eq!((&entry["out_trade_no"], &entry["refusal"]), (&json!(NO), &Value::Null));
    assert!(entry["request"]["body"].as_str().unwrap().starts_with("<xml><appid>"));
    assert!(entry["reply"]["body"].as_str().unwrap().contains("<code_url>"));
    // Also where the call names the payment alone.
    till.sell("T20250101000002", NOTIFY).await;
    let (_, sold) = till.shop.control("GET", "orders/T20250101000002", Value::Null).await;
    let id = sold["transaction_id"].as_str().unwrap();
    till.call("/pay/orderquery", &[("transaction_id", id)]).await;
    assert_eq!(newest(&till).await["out_trade_no"], "T20250101000002");
}

#[tokio::test]
async fn a_refusal_is_explained_though_its_status_is_200() {
    let till = Till::open(true).await;
    till.order(NO, NOTIFY).await;
    let mut other = order(NO, NOTIFY);
    other[3].1 = "1235";
    till.call("/pay/unifiedorder", &other).await;
    let refusal = newest(&till).await["refusal"].clone();
    assert_eq!((&refusal["status"], &refusal["code"]), (&json!(200), &json!("INVALID_REQUEST")));
    assert_eq!(refusal["field"], "out_trade_no");
    assert!(refusal["why"].as_str().unwrap().contains("other parameters"), "{refusal}");

    let (_, refused) = till.shop.control("GET", "requests?refused=true", Value::Null).await;
    assert_eq!(refused["data"].as_array().unwrap().len(), 1);

    till.post("/pay/orderquery", "<!DOCTYPE xml><xml></xml>").await;
    let refusal = newest(&till).await["refusal"].clone();
    assert_eq!(refusal["code"], "XML_FORMAT_ERROR");
    assert!(refusal["why"].as_str().unwrap().contains("DOCTYPE"), "{refusal}");

    till.shop.fault(json!({ "route": "orderquery", "kind": "system-error" })).await;
    till.query(NO).await;
    let refusal = newest(&till).await["refusal"].clone();
    assert!(refusal["why"].as_str().unwrap().contains("nothing is wrong with the call"));
}

/// A call whose sign is `sign`, and what was found about it.
async fn found(till: &Till, sign: String) -> Value {
    let mut fields = till.fields(&order(NO, NOTIFY));
    fields.push(("sign".to_owned(), sign));
    let reply = till.post("/pay/unifiedorder", &xml::written(&fields)).await.unwrap();
    let said = String::from_utf8(reply.body).unwrap();
    assert!(said.contains("<return_msg><![CDATA[签名错误]]></return_msg>"), "{said}");
    let refusal = newest(till).await["refusal"].clone();
    assert_eq!(
        (&refusal["code"], &refusal["why"]),
        (&json!("SIGNERROR"), &refusal["signature"]["words"])
    );
    refusal["signature"].clone()
}

#[tokio::test]
async fn a_wrong_sign_is_told_what_is_wrong_with_it() {
    let till = Till::open(true).await;
    let fields = till.fields(&order(NO, NOTIFY));
    let credentials = &till.shop.credentials;
    let signed = |key: &str, is_hmac| xml::sign(&fields, Signing { key, is_hmac });
    for (sign, finding) in [
        (signed(&credentials.partner.api_v2_key, true), "other-merchants-key"),
        (signed(&credentials.api_v3_key, true), "api-v3-key"),
        (signed(&credentials.api_v2_key, false), "md5-instead-of-hmac"),
        (signed(&credentials.api_v2_key, true).to_lowercase(), "lower-case"),
        ("0".repeat(64), "unknown"),
        ("nonsense".to_owned(), "sign-length"),
    ] {
        let signature = found(&till, sign).await;
        assert_eq!(signature["finding"], finding, "{signature}");
    }
    let partner = &credentials.partner.sp_mchid;
    let signature = found(&till, signed(&credentials.partner.api_v2_key, true)).await;
    assert!(signature["words"].as_str().unwrap().contains(partner.as_str()));
    let string = signature["string_to_sign"].as_str().unwrap();
    assert!(
        string.starts_with("appid=wx") && string.ends_with(&credentials.api_v2_key),
        "{string}"
    );
}

#[tokio::test]
async fn a_string_can_be_compared_with_the_right_one_and_with_what_was_signed() {
    let till = Till::open(true).await;
    let fields = till.fields(&order(NO, NOTIFY));
    let wrong = Signing { key: &till.shop.credentials.api_v3_key, is_hmac: true };
    let signature = found(&till, xml::sign(&fields, wrong)).await;
    let right = signature["string_to_sign"].as_str().unwrap();
    let yours = signature["yours"].as_str().unwrap();
    let path = format!("requests/{}/compare", newest(&till).await["id"]);
    for (pasted, same, signed) in [(right, true, false), (yours, false, true), ("x", false, false)]
    {
        let pasted = json!({ "string_to_sign": pasted });
        let (status, said) = till.shop.control("POST", &path, pasted).await;
        assert_eq!((status, &said["same"]), (200, &json!(same)), "{said}");
        assert_eq!(said["signed"], json!(signed), "{said}");
    }
}
