//! What a merchant sets in the merchant platform: two addresses that no call names.

use std::path::Path;

use sandbox::merchant::Credentials;
use serde_json::{Value, json};

use crate::restart::{Folder, Running};
use crate::shop::{Shop, credentials};

const NATIVE_URL: &str = "https://pay.example.com/wechatpay/v2/native";
const REFUND_URL: &str = "http://127.0.0.1:8787/wechatpay/v2/notify/refunds";

/// One merchant's addresses among all that were answered.
fn of<'a>(said: &'a Value, mchid: &str) -> &'a Value {
    let all = said["data"].as_array().unwrap();
    all.iter().find(|each| each["mchid"] == mchid).unwrap()
}

#[tokio::test]
async fn what_is_not_named_stays_null_clears_and_others_keep_theirs() {
    let shop = Shop::open().await;
    let Credentials { mchid, partner, .. } = shop.credentials.clone();
    let row = |native: Value, refund: Value| json!({ "mchid": mchid, "native_url": native, "refund_notify_url": refund });
    let put = async |wish: Value| {
        let (status, said) = shop.control("PUT", "addresses", wish).await;
        assert_eq!(status, 200, "{said}");
        assert_eq!(shop.control("GET", "addresses", Value::Null).await.1, said);
        said
    };
    let (_, said) = shop.control("GET", "addresses", Value::Null).await;
    assert_eq!(said["data"].as_array().unwrap().len(), 2);
    assert_eq!(of(&said, &mchid), &row(Value::Null, Value::Null));
    let said = put(json!({ "native_url": NATIVE_URL })).await;
    assert_eq!(of(&said, &mchid), &row(json!(NATIVE_URL), Value::Null));
    let said = put(json!({ "mchid": mchid, "refund_notify_url": REFUND_URL })).await;
    assert_eq!(of(&said, &mchid), &row(json!(NATIVE_URL), json!(REFUND_URL)));
    let said = put(json!({ "mchid": partner.sp_mchid, "native_url": REFUND_URL })).await;
    assert_eq!(of(&said, &mchid), &row(json!(NATIVE_URL), json!(REFUND_URL)));
    assert_eq!(of(&said, &partner.sp_mchid)["native_url"], REFUND_URL);
    let said = put(json!({ "native_url": null })).await;
    assert_eq!(of(&said, &mchid), &row(Value::Null, json!(REFUND_URL)));
    // The list that `--merchants` reads says them too, where there are any.
    let (_, listed) = shop.control("GET", "merchants", Value::Null).await;
    assert_eq!(of(&listed, &mchid)["refund_notify_url"], REFUND_URL);
    assert_eq!(of(&listed, &mchid).get("native_url"), None);
    shop.control("POST", "reset", Value::Null).await;
    assert_eq!(shop.control("GET", "addresses", Value::Null).await.1, said);
}

#[tokio::test]
async fn what_the_platform_would_not_go_to_is_refused_and_changes_nothing() {
    let shop = Shop::open().await;
    let before = shop.control("GET", "addresses", Value::Null).await.1;
    for (wish, code, words) in [
        (json!({ "native_url": "http://pay.example.com/n" }), "bad_request", "native_url: \"http"),
        (json!({ "refund_notify_url": "" }), "bad_request", "refund_notify_url: \"\": an https"),
        (json!({ "native_url": NATIVE_URL, "notify_url": NATIVE_URL }), "bad_request", "unknown"),
        (json!({ "native_url": 1 }), "bad_request", "invalid type"),
        (
            json!({ "mchid": shop.credentials.partner.sub_mchid, "native_url": NATIVE_URL }),
            "unknown_merchant",
            "nobody here has this number",
        ),
    ] {
        let (_, said) = shop.control("PUT", "addresses", wish.clone()).await;
        assert_eq!(said["code"], code, "{wish}: {said}");
        assert!(said["message"].as_str().unwrap().starts_with(words), "{wish}: {said}");
    }
    assert_eq!(shop.control("GET", "addresses", Value::Null).await.1, before);
}

/// The addresses of a sandbox that starts on this folder now.
async fn kept(folder: &Path, more: &[&str]) -> Value {
    let state = folder.to_str().unwrap();
    let running = Running::with(&[&["serve", "--port", "0", "--state", state], more].concat());
    let shop = Shop::at(running.base.clone(), credentials());
    let (_, said) = shop.control("GET", "addresses", Value::Null).await;
    of(&said, &shop.credentials.mchid).clone()
}

#[tokio::test]
async fn they_outlive_the_program_and_a_merchants_file_wins() {
    let folder = Folder::with_keys("addresses");
    {
        let running = Running::start(&folder.0);
        let shop = Shop::at(running.base.clone(), credentials());
        let wish = json!({ "native_url": NATIVE_URL, "refund_notify_url": REFUND_URL });
        assert_eq!(shop.control("PUT", "addresses", wish).await.0, 200);
    }
    let own = kept(&folder.0, &[]).await;
    assert_eq!(
        (&own["native_url"], &own["refund_notify_url"]),
        (&json!(NATIVE_URL), &json!(REFUND_URL))
    );
    let file = folder.0.join("merchants.json");
    let other = "https://pay.example.com/other";
    let merchant = json!({ "mchid": credentials().mchid, "native_url": other });
    std::fs::write(&file, json!({ "data": [merchant] }).to_string()).unwrap();
    let own = kept(&folder.0, &["--merchants", file.to_str().unwrap()]).await;
    assert_eq!(
        (&own["native_url"], &own["refund_notify_url"]),
        (&json!(other), &json!(REFUND_URL))
    );
}
