//! `POST /v3/refund/domestic/refunds`: which bodies the platform takes (protocol reference B.5).

use serde_json::{Map, Value};

use crate::order::Party;
use crate::refund::{Api, Source, Terms};
use crate::v3::caller::Caller;
use crate::v3::fields::{Fields, Size};
use crate::v3::native::is_number_byte;
use crate::v3::notify_url;
use crate::v3::refusal::Refusal;

/// Longest address of a refund's notification, one more than an order's (B.5).
const NOTIFY_URL_CHARS_MAX: usize = notify_url::CHARS_MAX + 1;
/// Where the money comes from if nothing is said: what is not settled yet (B.5).
const USUAL_FUNDS: &str = "UNSETTLED";

/// Reads a body, or says what is wrong with it.
pub(super) fn read(body: &Map<String, Value>, caller: Caller<'_>) -> Result<Terms, Refusal> {
    let mut fields = Fields::of(body);
    let party: Party = caller.sub_in_body(&mut fields)?;
    let transaction_id = fields.optional_text("transaction_id", Size::Characters(1, 32))?;
    let out_trade_no = fields.optional_text("out_trade_no", Size::Characters(6, 32))?;
    if out_trade_no.is_some_and(|number| !number.bytes().all(is_number_byte)) {
        return Err(fields.wrong("out_trade_no", "包含非法字符"));
    }
    if transaction_id.is_none() && out_trade_no.is_none() {
        return Err(fields.wrong("transaction_id", "与out_trade_no二选一，必填参数缺失"));
    }
    let out_refund_no = number(&mut fields)?;
    fields.optional_text("reason", Size::Characters(0, 80))?;
    let url = fields.optional_text("notify_url", Size::Characters(1, NOTIFY_URL_CHARS_MAX))?;
    if url.is_some_and(|url| !notify_url::is_allowed(url)) {
        return Err(fields.wrong("notify_url", "无效的通知地址，须为https且不能携带参数"));
    }
    let funds = fields.optional_text("funds_account", Size::Characters(1, 32))?;
    if funds.is_some_and(|funds| !matches!(funds, "AVAILABLE" | "UNSETTLED")) {
        return Err(fields.wrong("funds_account", "枚举值不正确"));
    }
    let (total, refund, from) = amount(&mut fields)?;
    goods_detail(&mut fields)?;
    fields.finish()?;
    caller.vouch_for_refunds(&party)?;
    Ok(Terms {
        party,
        transaction_id: transaction_id.map(str::to_owned),
        out_trade_no: out_trade_no.map(str::to_owned),
        out_refund_no,
        total,
        refund,
        notify_url: url.map(str::to_owned),
        console_url: None,
        api: Api::V3,
        funds_account: funds.unwrap_or(USUAL_FUNDS).to_owned(),
        from,
        body: Value::Object(body.clone()),
    })
}

/// The merchant's number for a refund (E.1).
pub(super) fn number(fields: &mut Fields<'_>) -> Result<String, Refusal> {
    let number = fields.text("out_refund_no", Size::Characters(1, 64))?;
    if !number.bytes().all(is_number_byte) {
        return Err(fields.wrong("out_refund_no", "包含非法字符"));
    }
    Ok(number.to_owned())
}

fn amount(fields: &mut Fields<'_>) -> Result<(u64, u64, Vec<Source>), Refusal> {
    let mut amount = fields.object("amount")?;
    let refund = amount.integer("refund", 1)?;
    let total = amount.integer("total", 1)?;
    if amount.text("currency", Size::Characters(1, 16))? != "CNY" {
        return Err(amount.wrong("currency", "Currency code is invalid"));
    }
    let mut from = Vec::new();
    for mut source in amount.optional_objects("from")? {
        let account = source.text("account", Size::Characters(1, 32))?;
        if !matches!(account, "AVAILABLE" | "UNAVAILABLE") {
            return Err(source.wrong("account", "枚举值不正确"));
        }
        from.push(Source { account: account.to_owned(), amount: source.integer("amount", 1)? });
        source.finish()?;
    }
    let sum = from.iter().try_fold(0_u64, |sum, source| sum.checked_add(source.amount));
    if !from.is_empty() && sum != Some(refund) {
        return Err(amount.wrong("from", "出资金额之和应等于退款金额"));
    }
    amount.finish()?;
    Ok((total, refund, from))
}

fn goods_detail(fields: &mut Fields<'_>) -> Result<(), Refusal> {
    for mut goods in fields.optional_objects("goods_detail")? {
        goods.text("merchant_goods_id", Size::Characters(1, 32))?;
        goods.optional_text("wechatpay_goods_id", Size::Characters(0, 32))?;
        goods.optional_text("goods_name", Size::Characters(0, 256))?;
        goods.integer("unit_price", 0)?;
        goods.integer("refund_amount", 0)?;
        goods.integer("refund_quantity", 1)?;
        goods.finish()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::v3::authorization::Merchant;
    use crate::v3::caller::tests::{direct, partner};
    use crate::v3::refusal::Code;

    /// Protocol reference G.5, and every field that its sample leaves out.
    fn full() -> Value {
        json!({
            "transaction_id": "4200000000202501010000000001",
            "out_refund_no": "R20250101000001",
            "reason": "商品已售完",
            "notify_url": "https://pay.example.com/wechat/refund-notify",
            "funds_account": "AVAILABLE",
            "amount": {
                "refund": 234, "total": 1234, "currency": "CNY",
                "from": [
                    { "account": "AVAILABLE", "amount": 200 },
                    { "account": "UNAVAILABLE", "amount": 34 },
                ],
            },
            "goods_detail": [{
                "merchant_goods_id": "SKU-88888", "wechatpay_goods_id": "1001",
                "goods_name": "红茶500g", "unit_price": 234, "refund_amount": 234,
                "refund_quantity": 1,
            }],
        })
    }

    fn read_with(
        merchant: &Merchant,
        pointer: &str,
        value: Option<Value>,
    ) -> Result<Terms, Refusal> {
        let mut body = full();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => parent.insert(name.to_owned(), value),
            None => parent.remove(name),
        };
        read(body.as_object().unwrap(), Caller::by_kind(merchant))
    }

    #[test]
    fn the_references_body_is_taken() {
        // Protocol reference G.5, to the last byte.
        let body = json!({
            "transaction_id": "4200000000202501010000000001", "out_refund_no": "R20250101000001",
            "reason": "商品已售完", "notify_url": "https://pay.example.com/wechat/refund-notify",
            "amount": { "refund": 234, "total": 1234, "currency": "CNY" },
        });
        let terms = read(body.as_object().unwrap(), Caller::by_kind(&direct())).unwrap();
        assert_eq!((terms.refund, terms.total), (234, 1234));
        assert_eq!(terms.funds_account, "UNSETTLED");
        let terms = read(full().as_object().unwrap(), Caller::by_kind(&direct())).unwrap();
        assert_eq!((terms.from.len(), terms.funds_account.as_str()), (2, "AVAILABLE"));
    }

    #[test]
    fn what_is_missing_or_breaks_a_rule_is_a_parameter_error_at_its_place() {
        for (pointer, value) in [
            ("/transaction_id", None),
            ("/transaction_id", Some(json!("4".repeat(33)))),
            ("/out_trade_no", Some(json!("T1234"))),
            ("/out_refund_no", None),
            ("/out_refund_no", Some(json!(""))),
            ("/out_refund_no", Some(json!("R".repeat(65)))),
            ("/out_refund_no", Some(json!("R 1"))),
            ("/reason", Some(json!("x".repeat(81)))),
            ("/reason", Some(Value::Null)),
            ("/notify_url", Some(json!("https://pay.example.com/n?a=1"))),
            ("/funds_account", Some(json!("BASIC"))),
            ("/amount", None),
            ("/amount/refund", None),
            ("/amount/refund", Some(json!(0))),
            ("/amount/refund", Some(json!("234"))),
            ("/amount/total", None),
            ("/amount/currency", None),
            ("/amount/currency", Some(json!("USD"))),
            ("/amount/from", Some(json!([{ "account": "AVAILABLE", "amount": 233 }]))),
            ("/amount/from/0/account", Some(json!("UNSETTLED"))),
            ("/goods_detail/0/merchant_goods_id", None),
            ("/goods_detail/0/refund_quantity", Some(json!(0))),
        ] {
            let refusal = read_with(&direct(), pointer, value.clone()).unwrap_err();
            assert_eq!(refusal.code, Code::ParamError, "{pointer} {value:?}");
            assert_eq!(refusal.detail.unwrap()["field"], pointer, "{value:?}");
        }
    }

    #[test]
    fn a_sub_merchant_is_named_by_partners_and_by_nobody_else() {
        let sub = |sub_mchid: &str| Some(json!(sub_mchid));
        assert_eq!(
            read_with(&direct(), "/sub_mchid", sub("1900000003")).unwrap_err().code,
            Code::InvalidRequest
        );
        let missing = read_with(&partner(), "/reason", None).unwrap_err();
        assert_eq!(missing.detail.unwrap()["field"], "/sub_mchid");
        let stranger = read_with(&partner(), "/sub_mchid", sub("1900000005")).unwrap_err();
        assert_eq!(stranger.code, Code::NoAuth);
        let terms = read_with(&partner(), "/sub_mchid", sub("1900000003")).unwrap();
        assert_eq!(terms.party.mchid, "1900000002");
        assert_eq!(terms.party.sub_mchid.as_deref(), Some("1900000003"));
    }
}
