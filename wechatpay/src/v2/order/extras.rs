//! What an order may say besides, in V2's words (protocol reference D.3): APIv3's names and shapes
//! are what a shop writes, and most have another name or shape here.
//!
//! Two have no place in V2: the payer's address, since `spbill_create_ip` is the caller's for
//! NATIVE, and `support_fapiao: false`, since only `Y` means anything.

use serde::Serialize;

use crate::v2::fields::Fields;
use crate::v3::order_fields::{Detail, OrderFields, StoreInfo};

/// Adds every field that the shop gave.
pub(super) fn push(fields: &mut Fields, given: &OrderFields) {
    if let Some(detail) = &given.detail {
        fields.push("detail", json(&ReceiptDetail::from(detail)));
        // Without it the platform reads no single item (protocol reference D.3).
        fields.push("version", "1.0");
    }
    if let Some(attach) = &given.attach {
        fields.push("attach", attach.0.as_str());
    }
    if let Some(goods_tag) = &given.goods_tag {
        fields.push("goods_tag", goods_tag.0.as_str());
    }
    if given.support_fapiao == Some(true) {
        fields.push("receipt", "Y");
    }
    if let Some(settle) = &given.settle_info {
        fields.push("profit_sharing", if settle.profit_sharing { "Y" } else { "N" });
    }
    let scene = given.scene_info.as_ref();
    if let Some(device) = scene.and_then(|scene| scene.device_id.as_ref()) {
        fields.push("device_info", device.0.as_str());
    }
    if let Some(store) = scene.and_then(|scene| scene.store_info.as_ref()) {
        fields.push("scene_info", scene_info(store));
    }
}

/// Bytes of `scene_info`. APIv3 has no such bound and longer parts; what is too long for V2 is told
/// by the shop's id alone.
const SCENE_BYTES_MAX: usize = 256;

fn scene_info(store: &StoreInfo) -> String {
    #[derive(Serialize)]
    struct Scene<'a> {
        store_info: Store<'a>,
    }
    #[derive(Serialize)]
    struct Store<'a> {
        id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        area_code: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<&'a str>,
    }
    let whole = Store {
        id: &store.id.0,
        name: store.name.as_ref().map(|text| text.0.as_str()),
        area_code: store.area_code.as_ref().map(|text| text.0.as_str()),
        address: store.address.as_ref().map(|text| text.0.as_str()),
    };
    let told = json(&Scene { store_info: whole });
    if told.len() <= SCENE_BYTES_MAX {
        return told;
    }
    let id = Store { id: &store.id.0, name: None, area_code: None, address: None };
    json(&Scene { store_info: id })
}

/// `detail`; never longer than APIv3's, whose names are.
#[derive(Serialize)]
struct ReceiptDetail<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_price: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    goods_detail: Option<Vec<Goods<'a>>>,
}

#[derive(Serialize)]
struct Goods<'a> {
    goods_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    wxpay_goods_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    goods_name: Option<&'a str>,
    quantity: u32,
    price: u32,
}

impl<'a> From<&'a Detail> for ReceiptDetail<'a> {
    fn from(detail: &'a Detail) -> Self {
        let goods = detail.goods_detail.as_ref().map(|goods| {
            let goods = goods.iter().map(|goods| Goods {
                goods_id: &goods.merchant_goods_id.0,
                wxpay_goods_id: goods.wechatpay_goods_id.as_ref().map(|text| text.0.as_str()),
                goods_name: goods.goods_name.as_ref().map(|text| text.0.as_str()),
                quantity: goods.quantity.get(),
                price: goods.unit_price,
            });
            goods.collect()
        });
        Self {
            cost_price: detail.cost_price,
            receipt_id: detail.invoice_id.as_ref().map(|text| text.0.as_str()),
            goods_detail: goods,
        }
    }
}

/// A struct of texts and numbers always has a JSON form.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
