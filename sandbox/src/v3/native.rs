//! `POST /v3/pay/transactions/native` and its partner's twin: which bodies the platform takes
//! (protocol reference B.1, B.2, E.1).

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::caller::{Caller, Mode};
use super::fields::{Fields, Size};
use super::notify_url;
use super::refusal::{Code, Refusal, result};
use crate::order::Terms;
use crate::readings::OrderNumber;
use crate::time;

/// A `detail` written without spaces may have this many bytes (E.1).
const DETAIL_BYTES_MAX: usize = 6_144;

/// Ways to pay that an order may rule out, as third parties know them (B.1).
const LIMITS: [&str; 4] = ["no_balance", "no_credit", "no_debit", "balance_only"];

/// Reads a body, or says what is wrong with it.
pub(super) fn read(
    body: &Map<String, Value>,
    caller: Caller<'_>,
    numbers: OrderNumber,
) -> Result<Terms, Refusal> {
    let mut fields = Fields::of(body);
    let (appid, sub_appid) = apps(&mut fields, caller.mode())?;
    let party = caller.in_body(&mut fields)?;
    let description = fields.text("description", Size::Bytes(1, 127))?;
    let out_trade_no = fields.text("out_trade_no", Size::Characters(6, 32))?;
    let strict = numbers == OrderNumber::Current;
    if !out_trade_no.bytes().all(is_number_byte) || (strict && out_trade_no.contains('@')) {
        return Err(fields.wrong("out_trade_no", "包含非法字符"));
    }
    let time_expire = time_expire(&mut fields)?;
    let attach = fields.optional_text("attach", Size::Bytes(0, 128))?;
    let url = fields.text("notify_url", Size::Characters(1, notify_url::CHARS_MAX))?;
    if !notify_url::is_allowed(url) {
        return Err(fields.wrong("notify_url", "无效的通知地址，须为https且不能携带参数"));
    }
    fields.optional_text("goods_tag", Size::Characters(0, 32))?;
    fields.optional_boolean("support_fapiao")?;
    // No longer on the current page, but official models still send it (B.1).
    let limits = fields.optional_list("limit_pay")?.unwrap_or_default();
    if !limits.iter().all(|limit| limit.as_str().is_some_and(|limit| LIMITS.contains(&limit))) {
        return Err(fields.wrong("limit_pay", "枚举值不正确"));
    }
    let (total, currency) = amount(&mut fields)?;
    detail(&mut fields)?;
    let device_id = scene_info(&mut fields)?;
    settle_info(&mut fields, caller.mode())?;
    fields.finish()?;
    caller.may_place()?;
    let sub = caller.vouch(&party)?;
    if !caller.owns(appid) || sub_appid.is_some_and(|app| sub.is_none_or(|it| it.sub_appid != app))
    {
        let message = "商户号与appid不匹配";
        return Err(Refusal::new(Code::AppidMchidNotMatch, result::APPID_MISMATCH, message));
    }
    Ok(Terms {
        party,
        appid: appid.to_owned(),
        sub_appid: sub_appid.map(str::to_owned),
        out_trade_no: out_trade_no.to_owned(),
        description: description.to_owned(),
        total,
        currency,
        notify_url: url.to_owned(),
        attach: attach.map(str::to_owned),
        device_id,
        time_expire,
        body: Value::Object(body.clone()),
        v2: None,
    })
}

/// The caller's app and, in a partner's order, the sub-merchant's.
fn apps<'a>(fields: &mut Fields<'a>, mode: Mode) -> Result<(&'a str, Option<&'a str>), Refusal> {
    let size = Size::Characters(1, 32);
    Ok(match mode {
        Mode::Direct => (fields.text("appid", size)?, None),
        Mode::Partner => (fields.text("sp_appid", size)?, fields.optional_text("sub_appid", size)?),
    })
}

/// Characters of a merchant's order number, all published sets together (E.1).
pub const fn is_number_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'|' | b'*' | b'@')
}

fn time_expire(fields: &mut Fields<'_>) -> Result<Option<i64>, Refusal> {
    let Some(text) = fields.optional_text("time_expire", Size::Characters(1, 64))? else {
        return Ok(None);
    };
    match time::parse(text) {
        Some(moment) => Ok(Some(moment)),
        None => Err(fields.wrong("time_expire", "时间格式不正确，应为rfc3339标准格式")),
    }
}

fn amount(fields: &mut Fields<'_>) -> Result<(u64, String), Refusal> {
    let mut amount = fields.object("amount")?;
    let total = amount.integer("total", 1)?;
    let currency = amount.optional_text("currency", Size::Characters(1, 16))?.unwrap_or("CNY");
    if currency != "CNY" {
        return Err(amount.wrong("currency", "Currency code is invalid"));
    }
    amount.finish()?;
    Ok((total, currency.to_owned()))
}

fn detail(fields: &mut Fields<'_>) -> Result<(), Refusal> {
    let Some(mut detail) = fields.optional_object("detail")? else { return Ok(()) };
    detail.optional_integer("cost_price", 0)?;
    detail.optional_text("invoice_id", Size::Characters(0, 32))?;
    for mut goods in detail.optional_objects("goods_detail")? {
        let id = goods.text("merchant_goods_id", Size::Characters(1, 32))?;
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            return Err(goods.wrong("merchant_goods_id", "包含非法字符"));
        }
        goods.optional_text("wechatpay_goods_id", Size::Characters(0, 32))?;
        goods.optional_text("goods_name", Size::Characters(0, 256))?;
        goods.integer("quantity", 1)?;
        goods.integer("unit_price", 0)?;
        goods.finish()?;
    }
    detail.finish()?;
    if fields.size_of("detail") > DETAIL_BYTES_MAX {
        return Err(fields.wrong("detail", "长度超过6144字节"));
    }
    Ok(())
}

fn settle_info(fields: &mut Fields<'_>, mode: Mode) -> Result<(), Refusal> {
    let Some(mut settle_info) = fields.optional_object("settle_info")? else { return Ok(()) };
    settle_info.optional_boolean("profit_sharing")?;
    // For e-commerce platforms, but part of the partner's form (B.2).
    if mode == Mode::Partner {
        settle_info.optional_integer("subsidy_amount", 0)?;
    }
    settle_info.finish()
}

/// Checks `scene_info` and gives back its `device_id`, which is echoed after payment (B.3).
fn scene_info(fields: &mut Fields<'_>) -> Result<Option<String>, Refusal> {
    let Some(mut scene) = fields.optional_object("scene_info")? else { return Ok(None) };
    let address = scene.text("payer_client_ip", Size::Characters(1, 45))?;
    if address.parse::<IpAddr>().is_err() {
        return Err(scene.wrong("payer_client_ip", "IP地址格式不正确"));
    }
    let device_id = scene.optional_text("device_id", Size::Characters(0, 32))?;
    if let Some(mut store) = scene.optional_object("store_info")? {
        store.text("id", Size::Characters(1, 32))?;
        store.optional_text("name", Size::Characters(0, 256))?;
        store.optional_text("area_code", Size::Characters(0, 32))?;
        store.optional_text("address", Size::Characters(0, 512))?;
        store.finish()?;
    }
    scene.finish()?;
    Ok(device_id.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::v3::caller::tests::{direct, partner};
    use crate::v3::json as strict;

    const DIRECT: &str = "/v3/pay/transactions/native";
    const PARTNER: &str = "/v3/pay/partner/transactions/native";

    /// Protocol reference G.1, "Full body with every optional field".
    const FULL: &str = r#"{
        "appid": "wx0123456789abcdef", "mchid": "1900000001",
        "description": "测试商品-红茶500g", "out_trade_no": "T20250101000001",
        "time_expire": "2025-01-01T12:00:00+08:00", "attach": "cart=42",
        "notify_url": "https://pay.example.com/wechat/notify", "goods_tag": "WXG",
        "support_fapiao": false, "amount": { "total": 1234, "currency": "CNY" },
        "detail": { "cost_price": 1500, "invoice_id": "INV-0001", "goods_detail": [ {
            "merchant_goods_id": "SKU-88888", "wechatpay_goods_id": "1001",
            "goods_name": "红茶500g", "quantity": 1, "unit_price": 1234 } ] },
        "scene_info": { "payer_client_ip": "203.0.113.7", "device_id": "POS-01", "store_info": {
            "id": "S-0001", "name": "示例一店", "area_code": "440305",
            "address": "深圳市南山区示例路1号" } },
        "settle_info": { "profit_sharing": false } }"#;

    fn read_with(pointer: &str, value: Option<Value>) -> Result<Terms, Refusal> {
        let mut body = Value::Object(strict::object(FULL.as_bytes()).unwrap());
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => parent.insert(name.to_owned(), value),
            None => parent.remove(name),
        };
        read(body.as_object().unwrap(), Caller::by_path(&direct(), DIRECT), OrderNumber::Union)
    }

    /// Protocol reference G.2, with one field set, or missing.
    fn read_partner_with(pointer: &str, value: Option<Value>) -> Result<Terms, Refusal> {
        let mut body = json!({
            "sp_appid": "wxaaaaaaaaaaaaaaaa", "sp_mchid": "1900000002",
            "sub_appid": "wxbbbbbbbbbbbbbbbb", "sub_mchid": "1900000003",
            "description": "测试商品-绿茶", "out_trade_no": "T20250101000002",
            "time_expire": "2025-01-01T12:00:00+08:00", "attach": "cart=43",
            "notify_url": "https://pay.example.com/wechat/partner-notify",
            "amount": { "total": 2000, "currency": "CNY" },
            "settle_info": { "profit_sharing": false },
        });
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => parent.insert(name.to_owned(), value),
            None => parent.remove(name),
        };
        read(body.as_object().unwrap(), Caller::by_path(&partner(), PARTNER), OrderNumber::Union)
    }

    #[test]
    fn the_references_full_body_is_taken() {
        let terms = read_with("/attach", Some(json!("cart=42"))).unwrap();
        assert_eq!((terms.total, terms.currency.as_str()), (1234, "CNY"));
        assert_eq!(terms.time_expire, Some(1_735_704_000));
        assert_eq!(terms.attach.as_deref(), Some("cart=42"));
        assert_eq!(terms.device_id.as_deref(), Some("POS-01"));
    }

    #[test]
    fn every_required_field_is_missed_by_its_name() {
        for pointer in [
            "/appid",
            "/mchid",
            "/description",
            "/out_trade_no",
            "/notify_url",
            "/amount",
            "/amount/total",
            "/detail/goods_detail/0/quantity",
            "/scene_info/payer_client_ip",
            "/scene_info/store_info/id",
        ] {
            let refusal = read_with(pointer, None).unwrap_err();
            assert_eq!(refusal.code, Code::ParamError, "{pointer}");
            assert_eq!(refusal.detail.unwrap()["field"], pointer);
        }
    }

    #[test]
    fn values_that_break_a_rule_are_parameter_errors() {
        for (pointer, value) in [
            ("/appid", json!(7)),
            ("/attach", Value::Null),
            ("/attach", json!("x".repeat(129))),
            ("/description", json!("")),
            ("/description", json!("茶".repeat(43))),
            ("/description", json!("tea 🍵")),
            ("/out_trade_no", json!("T1234")),
            ("/out_trade_no", json!("x".repeat(33))),
            ("/out_trade_no", json!("T2025 0101")),
            ("/out_trade_no", json!("订单20250101")),
            ("/mchid", json!("1900000002")),
            ("/time_expire", json!("2025-01-01 12:00:00")),
            ("/time_expire", json!(1_735_704_000)),
            ("/notify_url", json!("http://pay.example.com/n")),
            ("/notify_url", json!(format!("https://pay.example.com/{}", "n".repeat(240)))),
            ("/support_fapiao", json!("true")),
            ("/amount", json!(1234)),
            ("/amount/total", json!(0)),
            ("/amount/total", json!(-1)),
            ("/amount/total", json!("1234")),
            ("/amount/total", json!(12.5)),
            ("/amount/total", json!(1234.0)),
            ("/amount/currency", json!("USD")),
            ("/detail/goods_detail", json!([])),
            ("/detail/goods_detail", json!(["x"])),
            ("/scene_info/payer_client_ip", json!("here")),
        ] {
            let refusal = read_with(pointer, Some(value.clone())).unwrap_err();
            assert_eq!(refusal.code, Code::ParamError, "{pointer} {value}");
            assert_eq!(refusal.detail.unwrap()["field"], pointer, "{value}");
        }
    }

    #[test]
    fn fields_that_do_not_exist_are_invalid_requests_at_every_depth() {
        for pointer in [
            "/extra",
            "/amount/extra",
            "/detail/extra",
            "/detail/goods_detail/0/extra",
            "/scene_info/extra",
            "/scene_info/store_info/extra",
            "/settle_info/extra",
        ] {
            let refusal = read_with(pointer, Some(json!(1))).unwrap_err();
            assert_eq!(refusal.code, Code::InvalidRequest, "{pointer}");
            assert_eq!(refusal.detail.unwrap()["field"], pointer);
        }
    }

    #[test]
    fn a_long_detail_is_refused_though_each_field_fits() {
        let goods = json!({
            "merchant_goods_id": "a", "goods_name": "茶".repeat(256), "quantity": 1, "unit_price": 1
        });
        let refusal = read_with("/detail/goods_detail", Some(json!(vec![goods; 8]))).unwrap_err();
        assert_eq!(refusal.detail.unwrap()["field"], "/detail");
    }

    #[test]
    fn another_merchants_app_does_not_match() {
        let refusal = read_with("/appid", Some(json!("wxaaaaaaaaaaaaaaaa"))).unwrap_err();
        assert_eq!(refusal.code, Code::AppidMchidNotMatch);
    }

    #[test]
    fn the_references_partner_body_is_taken_with_and_without_the_sub_merchants_app() {
        let terms = read_partner_with("/attach", Some(json!("cart=43"))).unwrap();
        assert_eq!(terms.party.mchid, "1900000002");
        assert_eq!(terms.party.sub_mchid.as_deref(), Some("1900000003"));
        assert_eq!(terms.sub_appid.as_deref(), Some("wxbbbbbbbbbbbbbbbb"));
        let terms = read_partner_with("/sub_appid", None).unwrap();
        assert_eq!((terms.appid.as_str(), terms.sub_appid), ("wxaaaaaaaaaaaaaaaa", None));
        let subsidised = json!({ "subsidy_amount": 1 });
        assert!(read_partner_with("/settle_info", Some(subsidised.clone())).is_ok());
        let refusal = read_with("/settle_info", Some(subsidised)).unwrap_err();
        assert_eq!(refusal.code, Code::InvalidRequest);
    }

    #[test]
    fn partner_and_sub_merchant_must_belong_together_and_so_must_their_apps() {
        for (pointer, value, code) in [
            ("/sp_mchid", json!("1900000001"), Code::ParamError),
            ("/sub_mchid", Value::Null, Code::ParamError),
            ("/mchid", json!("1900000002"), Code::InvalidRequest),
            ("/sub_mchid", json!("1900000001"), Code::NoAuth),
            ("/sub_mchid", json!("1900000004"), Code::AppidMchidNotMatch),
            ("/sub_appid", json!("wxcccccccccccccccc"), Code::AppidMchidNotMatch),
            ("/sp_appid", json!("wxbbbbbbbbbbbbbbbb"), Code::AppidMchidNotMatch),
        ] {
            let refusal = read_partner_with(pointer, Some(value.clone())).unwrap_err();
            assert_eq!(refusal.code, code, "{pointer} {value}");
        }
        for pointer in ["/sp_mchid", "/sp_appid", "/sub_mchid"] {
            let refusal = read_partner_with(pointer, None).unwrap_err();
            assert_eq!(refusal.detail.unwrap()["field"], pointer);
        }
    }

    #[test]
    fn a_partner_places_no_order_of_its_own() {
        let mut body = strict::object(FULL.as_bytes()).unwrap();
        body.insert("mchid".into(), json!("1900000002"));
        body.insert("appid".into(), json!("wxaaaaaaaaaaaaaaaa"));
        let refusal =
            read(&body, Caller::by_path(&partner(), DIRECT), OrderNumber::Union).unwrap_err();
        assert_eq!(refusal.code, Code::NoAuth);
    }
}
