//! V2's notification of a refund's end: sealed under a sum of the merchant's key, and not signed
//! (protocol reference D.8, G.14).
//!
//! It is also how a refund is told that was asked for over APIv3 without an address, where one was
//! set in the merchant platform (J.9).

use aes::Aes256;
use axum::body::Bytes;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ecb::cipher::block_padding::Pkcs7;
use ecb::cipher::{BlockEncryptMut, KeyInit};
use md5::{Digest, Md5};

use super::fields::sealed;
use crate::client::Message;
use crate::dice;
use crate::fault::Kind;
use crate::notification::{Event, Form, Notification};
use crate::order;
use crate::refund::Refund;
use crate::v2::Fields;
use crate::v2::payment_notice::{DOCTYPE, EXTRA, told_by};
use crate::v2::xml::{self, Layout, ROOT, SEALED_ROOT};
use crate::v3::refunds::{status, summary};

/// What is sealed: one line, every value CDATA.
const SEALED: Layout = Layout { root: SEALED_ROOT, lines: false, cdata: |_| true };
/// What it travels in.
const OUTER: Layout = Layout { root: ROOT, lines: true, cdata: |name| name != "return_code" };

/// The field that is sealed. Until a try it holds the text.
const REQ_INFO: &str = "req_info";

/// What the merchant is told when the refund ends.
pub fn event(refund: &Refund, order: &order::Terms) -> Event {
    let mut fields = Fields::new()
        .with("return_code", "SUCCESS")
        .with("appid", &order.appid)
        .with("mch_id", &order.party.mchid);
    fields.push_if("sub_appid", order.sub_appid.as_deref());
    fields.push_if("sub_mch_id", order.party.sub_mchid.as_deref());
    // Each try has one of its own.
    fields.push("nonce_str", "");
    fields.push(REQ_INFO, xml::write_as(SEALED, &sealed(refund)));
    let end = refund.end();
    Event {
        event_type: format!("REFUND.{}", status(end)),
        original_type: "refund".to_owned(),
        summary: summary(end).to_owned(),
        plaintext: xml::write_as(OUTER, &fields),
        form: Form::V2Refund,
    }
}

/// A try, rightly made or spoilt as asked; `None` only if what is kept is not ours.
pub fn message(told: &Notification, key: &str, fault: Option<Kind>) -> Option<Message> {
    let fields = xml::read(told.event.plaintext.as_bytes()).ok()?;
    let body = body(fields, key, &dice::letters(32), fault)?;
    Some(Message {
        url: told.notify_url.clone(),
        content_type: "text/xml",
        headers: told_by(),
        body: Bytes::from(body),
    })
}

fn body(mut fields: Fields, key: &str, nonce: &str, fault: Option<Kind>) -> Option<String> {
    fields.set("nonce_str", nonce);
    let text = fields.get(REQ_INFO)?;
    let text = match fault {
        Some(Kind::AmountChanged | Kind::ExtraFields) => spoilt(text, fault)?,
        _ => text.to_owned(),
    };
    let other_key = dice::letters(32);
    let key = if fault == Some(Kind::OtherKey) { &other_key } else { key };
    let mut req_info = seal(&text, key);
    if matches!(fault, Some(Kind::Tampered | Kind::Damaged)) {
        let other = if req_info.starts_with('A') { "B" } else { "A" };
        req_info.replace_range(..1, other);
    }
    fields.set(REQ_INFO, req_info);
    if fault == Some(Kind::ExtraFields) {
        fields.push(EXTRA, "红茶 & <list>");
    }
    let text = xml::write_as(OUTER, &fields);
    Some(match fault {
        Some(Kind::Doctype) => DOCTYPE.to_owned() + &text,
        Some(Kind::Whitespace) => text.replace("\n<", "\r\n\r\n    <") + "\r\n",
        _ => text,
    })
}

/// The text that is sealed, with something in it that is not so.
fn spoilt(text: &str, fault: Option<Kind>) -> Option<String> {
    let mut fields = xml::read_rooted(text.as_bytes(), SEALED_ROOT).ok()?;
    match fault {
        Some(Kind::AmountChanged) => {
            for name in ["refund_fee", "total_fee", "settlement_refund_fee", "settlement_total_fee"]
            {
                let amount = fields.get(name)?.parse::<u64>().ok()?;
                fields.set(name, amount.saturating_add(1).to_string());
            }
        }
        _ => fields.push(EXTRA, "红茶 & <list>"),
    }
    Some(xml::write_as(SEALED, &fields))
}

/// AES-256 block by block, under the 32 digits of the key's own sum, in Base64 (D.8).
fn seal(text: &str, key: &str) -> String {
    let digits: String = Md5::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
    // Sixteen bytes are always 32 digits, which are always a key.
    let Ok(cipher) = ecb::Encryptor::<Aes256>::new_from_slice(digits.as_bytes()) else {
        return String::new();
    };
    BASE64_STANDARD.encode(cipher.encrypt_padded_vec_mut::<Pkcs7>(text.as_bytes()))
}

#[cfg(test)]
mod tests;
