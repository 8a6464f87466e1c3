//! Fund flows, and what a partner gets: each account by itself, each sub-merchant by itself.

use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, Nonce};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rsa::pkcs8::DecodePrivateKey;
use rsa::{Oaep, RsaPrivateKey};
use serde_json::json;
use sha1::Sha1;

use crate::bills::{
    NO, NOTIFY, advance_to, asked, fetched, gunzipped, lines, refunded, sha1, sold, split, today,
};
use crate::partner::{partner_of, sub};
use crate::shop::Shop;

#[tokio::test]
async fn each_account_has_a_fund_flow_of_its_own() {
    let shop = Shop::open().await;
    let (day, transaction_id) = sold(&shop).await;
    let refund = refunded(&shop, "R20250101000001", 234).await;
    let refund_id = refund["refund_id"].as_str().unwrap();
    shop.advance(60).await;
    advance_to(&shop, 10).await;
    let basic = lines(&shop, &format!("fundflowbill?bill_date={day}")).await;
    assert_eq!(basic.len(), 5);
    assert_eq!(
        basic[0],
        "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),\
         账户结余(元),资金变更提交申请人,备注,业务凭证号"
    );
    let fields = |row: &str| row.split(',').map(str::to_owned).collect::<Vec<_>>();
    let (paid, back) = (fields(&basic[1]), fields(&basic[2]));
    assert_eq!(paid[1], format!("`{transaction_id}"));
    assert_eq!(paid[3..8], ["`交易", "`交易", "`收入", "`12.34", "`12.34"]);
    assert_eq!(paid[10], format!("`{NO}"));
    assert_eq!(back[1], format!("`{refund_id}"));
    assert_eq!(back[3..8], ["`退款", "`退款", "`支出", "`2.34", "`10.00"]);
    assert_ne!(paid[2], back[2]);
    assert_eq!(basic[3], "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额");
    assert_eq!(basic[4], "`2,`1,`12.34,`1,`2.34");

    let fees = lines(&shop, &format!("fundflowbill?bill_date={day}&account_type=FEES")).await;
    assert_eq!(fees[4], "`2,`1,`0.01,`1,`0.07");
    let zipped = format!("fundflowbill?bill_date={day}&account_type=BASIC&tar_type=GZIP");
    let posted = asked(&shop, &zipped).await.json();
    let plain = gunzipped(&fetched(&shop, &posted).await.body);
    assert_eq!(sha1(&plain), posted["hash_value"].as_str().unwrap());
    assert_eq!(split(&plain), basic);
}

/// An order placed by the partner for a sub-merchant, and paid.
pub(crate) async fn sold_for(partner: &Shop, sub: &str, number: &str) {
    let body = json!({
        "sp_appid": partner.credentials.appid,
        "sp_mchid": partner.credentials.mchid, "sub_mchid": sub,
        "description": "红茶", "out_trade_no": number, "notify_url": NOTIFY,
        "amount": { "total": 2000, "currency": "CNY" },
    });
    let target = "/v3/pay/partner/transactions/native";
    let reply = partner.call("POST", target, &body.to_string()).await;
    assert_eq!(reply.status, 200, "{}", reply.json());
    assert_eq!(partner.pay(reply.json()["code_url"].as_str().unwrap()).await.0, 200);
}

#[tokio::test]
async fn a_partner_gets_the_trade_of_all_its_sub_merchants_or_of_one() {
    let shop = Shop::open().await;
    let partner = partner_of(&shop);
    let (first, second) = (sub(&partner, 0), sub(&partner, 1));
    let (day, _) = sold(&shop).await;
    sold_for(&partner, &first, "T20250101000002").await;
    sold_for(&partner, &second, "T20250101000003").await;
    advance_to(&shop, 10).await;

    let all = lines(&partner, &format!("tradebill?bill_date={day}")).await;
    assert_eq!(all.len(), 5, "two rows, and none of the direct merchant's");
    let one = format!("tradebill?bill_date={day}&sub_mchid={}", second);
    let one = lines(&partner, &one).await;
    assert_eq!(one.len(), 4);
    let fields: Vec<_> = one[1].split(',').collect();
    assert_eq!(fields[1], format!("`{}", partner.credentials.appid));
    assert_eq!(fields[2], format!("`{}", partner.credentials.mchid));
    assert_eq!(fields[3], format!("`{}", second));
    assert_eq!(fields[6], "`T20250101000003");

    assert_eq!(lines(&shop, &format!("tradebill?bill_date={day}")).await.len(), 4);
    let foreign = asked(&partner, &format!("tradebill?bill_date={day}&sub_mchid=1")).await;
    assert_eq!(foreign.code(), (403, "NO_AUTH".into()));
    let own = asked(&partner, &format!("fundflowbill?bill_date={day}")).await;
    assert_eq!(own.code(), (400, "NO_STATEMENT_EXIST".into()), "no money is a partner's own");
}

#[tokio::test]
async fn a_sub_merchants_fund_flow_is_sealed_for_its_partner() {
    let shop = Shop::open().await;
    let partner = partner_of(&shop);
    let (first, second) = (sub(&partner, 0), sub(&partner, 1));
    advance_to(&shop, 12).await;
    sold_for(&partner, &first, "T20250101000002").await;
    sold_for(&partner, &second, "T20250101000003").await;
    let day = today(&shop).await;
    advance_to(&shop, 10).await;
    for packing in ["", "&tar_type=GZIP"] {
        let query = format!(
            "sub-merchant-fundflowbill?sub_mchid={first}&bill_date={day}&account_type=BASIC\
             &algorithm=AEAD_AES_256_GCM{packing}"
        );
        let posted = asked(&partner, &query).await;
        assert_eq!(posted.status, 200, "{}", posted.json());
        assert_eq!(posted.json()["download_bill_count"], 1);
        let entry = posted.json()["download_bill_list"][0].clone();
        assert_eq!((&entry["bill_sequence"], &entry["hash_type"]), (&json!(1), &json!("SHA1")));
        let nonce = entry["nonce"].as_str().unwrap();
        assert_eq!(nonce.len(), 16);

        let private = RsaPrivateKey::from_pkcs8_pem(&partner.credentials.private_key_pem).unwrap();
        let sealed_key = BASE64_STANDARD.decode(entry["encrypt_key"].as_str().unwrap()).unwrap();
        let key = private.decrypt(Oaep::new::<Sha1>(), &sealed_key).unwrap();
        let cipher = AesGcm::<Aes256, U16>::new_from_slice(&key).unwrap();
        let file = fetched(&partner, &entry).await;
        let nonce = Nonce::from_slice(nonce.as_bytes());
        let opened = cipher.decrypt(nonce, file.body.as_slice()).unwrap();
        let plain = if packing.is_empty() { opened } else { gunzipped(&opened) };
        assert_eq!(sha1(&plain), entry["hash_value"].as_str().unwrap());
        let rows = split(&plain);
        assert_eq!(rows.len(), 4);
        assert!(rows[1].ends_with("`T20250101000002"), "{}", rows[1]);
        assert_eq!(rows[3], "`1,`1,`20.00,`0,`0.00");
    }
}

#[tokio::test]
async fn a_sub_merchants_fund_flow_has_strict_parameters() {
    let shop = Shop::open().await;
    let partner = partner_of(&shop);
    let sub = sub(&partner, 0);
    advance_to(&shop, 12).await;
    sold_for(&partner, &sub, "T20250101000002").await;
    let day = today(&shop).await;
    advance_to(&shop, 10).await;
    let good =
        format!("sub_mchid={sub}&bill_date={day}&account_type=DEPOSIT&algorithm=AEAD_AES_256_GCM");
    for (query, status, code) in [
        (good.clone(), 400, "NO_STATEMENT_EXIST"),
        (good.replace("AEAD_AES_256_GCM", "SM4_GCM"), 400, "PARAM_ERROR"),
        (good.replace("&algorithm=AEAD_AES_256_GCM", ""), 400, "PARAM_ERROR"),
        (good.replace("&account_type=DEPOSIT", ""), 400, "PARAM_ERROR"),
        (good.replace("DEPOSIT", "ALL"), 400, "PARAM_ERROR"),
        (good.replace(&sub, "1900000001"), 403, "NO_AUTH"),
        (good.replace(&format!("sub_mchid={sub}&"), ""), 400, "PARAM_ERROR"),
    ] {
        let reply = asked(&partner, &format!("sub-merchant-fundflowbill?{query}")).await;
        assert_eq!(reply.code(), (status, code.to_owned()), "{query}");
    }
}
