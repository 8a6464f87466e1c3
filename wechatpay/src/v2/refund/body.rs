//! An application as it is stored: what the merchant says, without the nonce and the signature that
//! each sending draws anew.

use checkout::id::RefundReason;
use checkout::money::Fen;
use checkout::payee::Payee;

use crate::v2::draft::parties;
use crate::v2::xml;

/// An application for a refund.
#[derive(Clone, Copy, Debug)]
pub struct RefundBody<'a> {
    /// Who gives back, and in whose name.
    pub payee: &'a Payee,
    /// The platform's number of the payment.
    pub transaction_id: &'a str,
    /// The merchant's number of the refund: at most 64 letters, digits, `_` and `-`.
    pub out_refund_no: &'a str,
    /// What the payer reads.
    pub reason: Option<&'a RefundReason>,
    /// Where the end is told: https, at most 256 characters, no query. Always sent: without it the
    /// platform tells an address of its own console.
    pub notify_url: &'a str,
    /// How much goes back. The currency is the order's, of which a Native order has one only.
    pub refund: Fen,
    /// How much the order was, coupons included.
    pub total: Fen,
}

impl RefundBody<'_> {
    /// The bytes to store.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut fields = parties(self.payee);
        fields.push("transaction_id", self.transaction_id);
        fields.push("out_refund_no", self.out_refund_no);
        fields.push("total_fee", self.total.count().to_string());
        fields.push("refund_fee", self.refund.count().to_string());
        if let Some(reason) = self.reason {
            fields.push("refund_desc", reason.as_str());
        }
        fields.push("notify_url", self.notify_url);
        xml::write(&fields)
    }
}
