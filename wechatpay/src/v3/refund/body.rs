//! The bytes of both applications, written out field by field: equal refunds have equal bytes
//! whatever a library does.

use checkout::id::{BadName, RefundReason};
use checkout::money::{Currency, Fen};

use crate::v3::spelling::quoted;

/// An application for a refund, as it is sent.
#[derive(Clone, Copy, Debug)]
pub struct RefundBody<'a> {
    /// The sub-merchant, in partner mode only.
    pub sub_mchid: Option<&'a str>,
    /// The platform's number of the payment.
    pub transaction_id: &'a str,
    /// The merchant's number of the refund: at most 64 letters, digits, `_` and `-`.
    pub out_refund_no: &'a str,
    /// What the payer reads.
    pub reason: Option<&'a RefundReason>,
    /// Where the end is told: https, at most 256 characters, no query. Always sent: without it the
    /// platform tells an address of its own console, in the form of V2.
    pub notify_url: &'a str,
    /// How much goes back.
    pub refund: Fen,
    /// How much the order was, coupons included.
    pub total: Fen,
    /// The order's.
    pub currency: Currency,
}

impl RefundBody<'_> {
    /// The bytes to store, to sign and to send.
    pub fn to_bytes(&self) -> Vec<u8> {
        let reason = self.reason.map(RefundReason::as_str);
        format!(
            concat!(
                r#"{{{sub_mchid}"transaction_id":{transaction_id},"out_refund_no":{number},"#,
                r#"{reason}"notify_url":{notify_url},"#,
                r#""amount":{{"refund":{refund},"total":{total},"currency":{currency}}}}}"#,
            ),
            sub_mchid = member("sub_mchid", self.sub_mchid),
            transaction_id = quoted(self.transaction_id),
            number = quoted(self.out_refund_no),
            reason = member("reason", reason),
            notify_url = quoted(self.notify_url),
            refund = self.refund.count(),
            total = self.total.count(),
            currency = quoted(self.currency.code()),
        )
        .into_bytes()
    }
}

/// Another way for the money of an abnormal refund, as it is sent.
#[derive(Clone, Copy, Debug)]
pub struct RedirectBody<'a> {
    /// The sub-merchant, in partner mode only.
    pub sub_mchid: Option<&'a str>,
    /// The merchant's number of the refund.
    pub out_refund_no: &'a str,
    /// Which way.
    pub destination: Destination<'a>,
}

/// Where the money of an abnormal refund is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination<'a> {
    /// Another card of the payer's. The request must be signed with the `Wechatpay-Serial` of the
    /// key that both texts were encrypted with (protocol reference A.8).
    UserBankCard {
        /// The card's bank.
        bank_type: BankType,
        /// The card's number: RSA-OAEP, base64.
        bank_account: &'a str,
        /// Its holder's name: RSA-OAEP, base64.
        real_name: &'a str,
    },
    /// The merchant's own settlement account; how the payer gets it is then between the two.
    MerchantBankCard,
}

impl RedirectBody<'_> {
    /// The bytes to store, to sign and to send.
    pub fn to_bytes(&self) -> Vec<u8> {
        let sub_mchid = member("sub_mchid", self.sub_mchid);
        let number = quoted(self.out_refund_no);
        let destination = match self.destination {
            Destination::UserBankCard { bank_type, bank_account, real_name } => format!(
                r#""type":"USER_BANK_CARD","bank_type":{},"bank_account":{},"real_name":{}"#,
                quoted(bank_type.as_str()),
                quoted(bank_account),
                quoted(real_name)
            ),
            Destination::MerchantBankCard => r#""type":"MERCHANT_BANK_CARD""#.to_owned(),
        };
        format!(r#"{{{sub_mchid}"out_refund_no":{number},{destination}}}"#).into_bytes()
    }
}

/// A bank whose debit cards an abnormal refund can go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BankType(&'static str);

/// All of them (protocol reference B.7).
const BANK_TYPES: [&str; 15] = [
    "CMB_DEBIT",
    "COMM_DEBIT",
    "ABC_DEBIT",
    "CCB_DEBIT",
    "ICBC_DEBIT",
    "BOC_DEBIT",
    "PAB_DEBIT",
    "SPDB_DEBIT",
    "CITIC_DEBIT",
    "CEB_DEBIT",
    "CMBC_DEBIT",
    "CIB_DEBIT",
    "GDB_DEBIT",
    "PSBC_DEBIT",
    "NBCB_DEBIT",
];

impl BankType {
    /// Reads the platform's code of a bank.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        BANK_TYPES.into_iter().find(|known| *known == text).map(Self).ok_or(BadName {
            expected: "bank_type is one of the fifteen debit cards that WeChat Pay can refund to, \
                       such as CMB_DEBIT",
        })
    }

    /// The platform's code.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// A member of a JSON object with the comma behind it, or nothing.
fn member(name: &str, text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| format!(r#""{name}":{},"#, quoted(text)))
}
