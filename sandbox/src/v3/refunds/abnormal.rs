//! `POST …/{refund_id}/apply-abnormal-refund`: which bodies the platform takes (protocol reference
//! B.7, A.8).
//!
//! Card number and name come encrypted for one of the platform's keys, which `Wechatpay-Serial`
//! names. They are really decrypted, and then only a digest and four digits are kept.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::apply::number;
use crate::order::Party;
use crate::refund::Detour;
use crate::v3::caller::Caller;
use crate::v3::fields::{Fields, Size};
use crate::v3::refusal::{Code, Place, Refusal, result};

/// The debit cards that money can be sent to, and their banks (B.7).
const CARDS: [(&str, &str); 15] = [
    ("CMB_DEBIT", "招商银行"),
    ("COMM_DEBIT", "交通银行"),
    ("ABC_DEBIT", "农业银行"),
    ("CCB_DEBIT", "建设银行"),
    ("ICBC_DEBIT", "工商银行"),
    ("BOC_DEBIT", "中国银行"),
    ("PAB_DEBIT", "平安银行"),
    ("SPDB_DEBIT", "浦发银行"),
    ("CITIC_DEBIT", "中信银行"),
    ("CEB_DEBIT", "光大银行"),
    ("CMBC_DEBIT", "民生银行"),
    ("CIB_DEBIT", "兴业银行"),
    ("GDB_DEBIT", "广发银行"),
    ("PSBC_DEBIT", "邮储银行"),
    ("NBCB_DEBIT", "宁波银行"),
];
/// So much of a card's number may be shown.
const DIGITS_SHOWN: usize = 4;

/// What the merchant asked for.
pub(super) struct Wish {
    pub(super) party: Party,
    pub(super) out_refund_no: String,
    pub(super) destination: Destination,
}

/// Where the money shall go.
#[derive(Debug, PartialEq)]
pub(super) enum Destination {
    /// To the payer's card.
    PayersCard {
        /// Which bank's, in words.
        bank: &'static str,
        /// Encrypted.
        bank_account: String,
        /// Encrypted.
        real_name: String,
    },
    /// To the merchant's settlement account.
    Merchant,
}

/// Reads a body, or says what is wrong with it.
pub(super) fn read(body: &Map<String, Value>, caller: Caller<'_>) -> Result<Wish, Refusal> {
    let mut fields = Fields::of(body);
    let party = caller.sub_in_body(&mut fields)?;
    let out_refund_no = number(&mut fields)?;
    let destination = match fields.text("type", Size::Characters(1, 32))? {
        "USER_BANK_CARD" => payers_card(&mut fields)?,
        "MERCHANT_BANK_CARD" => Destination::Merchant,
        _ => return Err(fields.wrong("type", "枚举值不正确")),
    };
    if destination == Destination::Merchant {
        // Of no use there, and of no harm.
        fields.optional_text("bank_type", Size::Characters(0, 16))?;
        fields.optional_text("bank_account", Size::Characters(0, 1_024))?;
        fields.optional_text("real_name", Size::Characters(0, 1_024))?;
    }
    fields.finish()?;
    caller.vouch_for_refunds(&party)?;
    Ok(Wish { party, out_refund_no, destination })
}

fn payers_card(fields: &mut Fields<'_>) -> Result<Destination, Refusal> {
    let bank_type = fields.text("bank_type", Size::Characters(1, 16))?;
    let Some((_, bank)) = CARDS.iter().find(|(card, _)| *card == bank_type) else {
        return Err(fields.wrong("bank_type", "不支持的银行类型"));
    };
    let bank_account = fields.text("bank_account", Size::Characters(1, 1_024))?.to_owned();
    let real_name = fields.text("real_name", Size::Characters(1, 1_024))?.to_owned();
    Ok(Destination::PayersCard { bank, bank_account, real_name })
}

impl Destination {
    /// The way as the refund remembers it. `decrypt` takes a key's serial number and a field, and
    /// knows nothing of a key that it does not have.
    pub(super) fn decrypted(
        self,
        serial: Option<&str>,
        decrypt: impl Fn(&str, &str) -> Option<Option<String>>,
    ) -> Result<Detour, Refusal> {
        let Self::PayersCard { bank, bank_account, real_name } = self else {
            let account = "商户结算银行账户".to_owned();
            return Ok(Detour { digest: digest(&[&account]), account });
        };
        let refused = |message| Refusal::new(Code::ParamError, result::PARAMETER, message);
        let Some(serial) = serial.filter(|serial| !serial.is_empty()) else {
            return Err(refused("HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)"));
        };
        let open = |pointer, field: &str| {
            let text = decrypt(serial, field)
                .ok_or_else(|| refused("平台证书序列号Wechatpay-Serial错误"))?;
            text.filter(|text| !text.is_empty()).ok_or_else(|| {
                let issue = "请确认待处理的消息是否为加密后的密文";
                Refusal::parameter(Place::Body, pointer, None, issue)
            })
        };
        let number = open("/bank_account", &bank_account)?;
        let name = open("/real_name", &real_name)?;
        let hidden = number.chars().count().saturating_sub(DIGITS_SHOWN);
        let shown: String = number.chars().skip(hidden).collect();
        let account = format!("{bank}借记卡{shown}");
        Ok(Detour { digest: digest(&[bank, &number, &name]), account })
    }
}

/// One text for a few, told apart by their lengths.
fn digest(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(format!("{}:{part}", part.len()));
    }
    format!("{:x}", digest.finalize())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::v3::authorization::Merchant;
    use crate::v3::caller::tests::{direct, partner};

    fn wish(merchant: &Merchant, body: Value) -> Result<Wish, Refusal> {
        read(body.as_object().unwrap(), Caller::by_kind(merchant))
    }

    fn card() -> Value {
        json!({
            "out_refund_no": "R20250101000001", "type": "USER_BANK_CARD",
            "bank_type": "ICBC_DEBIT", "bank_account": "6222000011112222", "real_name": "张三",
        })
    }

    /// A key `K` whose encryption is to put an `=` before the text.
    fn decrypt(serial: &str, field: &str) -> Option<Option<String>> {
        (serial == "K").then(|| field.strip_prefix('=').map(str::to_owned))
    }

    fn detour(serial: Option<&str>, account: &str, name: &str) -> Result<Detour, Refusal> {
        let mut body = card();
        body["bank_account"] = json!(account);
        body["real_name"] = json!(name);
        wish(&direct(), body).unwrap().destination.decrypted(serial, decrypt)
    }

    #[test]
    fn a_card_needs_bank_number_and_name_and_a_settlement_account_nothing() {
        assert!(wish(&direct(), card()).is_ok());
        for field in ["out_refund_no", "type", "bank_type", "bank_account", "real_name"] {
            let mut body = card();
            body.as_object_mut().unwrap().remove(field);
            let refusal = wish(&direct(), body).err().unwrap();
            assert_eq!(refusal.detail.unwrap()["field"], format!("/{field}"));
        }
        for (field, value) in [("type", "BALANCE"), ("bank_type", "ICBC_CREDIT")] {
            let mut body = card();
            body[field] = json!(value);
            assert_eq!(wish(&direct(), body).err().unwrap().code, Code::ParamError, "{value}");
        }
        let mut extra = card();
        extra["card"] = json!("1");
        assert_eq!(wish(&direct(), extra).err().unwrap().code, Code::InvalidRequest);

        let body = json!({ "out_refund_no": "R1", "type": "MERCHANT_BANK_CARD" });
        let wish = wish(&direct(), body).unwrap();
        let detour = wish.destination.decrypted(None, decrypt).unwrap();
        assert_eq!(detour.account, "商户结算银行账户");
    }

    #[test]
    fn partners_name_the_sub_merchant() {
        assert_eq!(wish(&partner(), card()).err().unwrap().code, Code::ParamError);
        let mut body = card();
        body["sub_mchid"] = json!("1900000003");
        assert_eq!(wish(&partner(), body.clone()).unwrap().party.sub_mchid.unwrap(), "1900000003");
        assert_eq!(wish(&direct(), body.clone()).err().unwrap().code, Code::InvalidRequest);
        body["sub_mchid"] = json!("1900000005");
        assert_eq!(wish(&partner(), body).err().unwrap().code, Code::NoAuth);
    }

    #[test]
    fn only_what_opens_with_the_named_key_is_believed() {
        // The messages are those of protocol reference A.8.
        for (serial, account, name, said) in [
            (None, "=62220000", "=张三", "缺少微信支付平台证书序列号"),
            (Some(""), "=62220000", "=张三", "缺少微信支付平台证书序列号"),
            (Some("J"), "=62220000", "=张三", "平台证书序列号Wechatpay-Serial错误"),
            (Some("K"), "62220000", "=张三", "请确认待处理的消息是否为加密后的密文"),
            (Some("K"), "=62220000", "张三", "请确认待处理的消息是否为加密后的密文"),
            (Some("K"), "=", "=张三", "请确认待处理的消息是否为加密后的密文"),
        ] {
            let refusal = detour(serial, account, name).unwrap_err();
            assert_eq!(refusal.code, Code::ParamError);
            assert!(refusal.message.contains(said), "{}", refusal.message);
        }
    }

    #[test]
    fn of_a_card_four_digits_are_shown_and_a_repeat_is_known_again() {
        let first = detour(Some("K"), "=6222000011112222", "=张三").unwrap();
        assert_eq!(first.account, "工商银行借记卡2222");
        assert_eq!(detour(Some("K"), "=6222000011112222", "=张三").unwrap(), first);
        for (account, name) in [("=6222000011112222", "=李四"), ("=7222000011112222", "=张三")]
        {
            assert_ne!(detour(Some("K"), account, name).unwrap(), first);
        }
    }
}
