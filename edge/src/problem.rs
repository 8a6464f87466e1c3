//! What went wrong, as the outside may see it: the one match from a reason to a status.
//!
//! Every answer that is not a success is a problem document (RFC 9457) with a stable `code`;
//! programs branch on the code, people read the detail. `docs/problems.md` lists them all. Nothing
//! secret may be put into a detail: it travels to whoever asked.

use serde::{Deserialize, Serialize};

/// Why a request was not served. The JSON name of a code never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body is not JSON, or not the JSON that this route takes; the detail says where.
    InvalidRequest,
    /// No product of this name in the catalogue.
    UnknownProduct,
    /// The shop's secret key is missing or wrong.
    Unauthorized,
    /// The browser's client token is missing, forged or for another deployment.
    InvalidToken,
    /// The client token was genuine once; the shop can mint a fresh one by repeating its request.
    ExpiredToken,
    /// The page's origin is not on the allow-list.
    OriginNotAllowed,
    /// A call by hand to what the Worker does itself, with more care.
    ReservedTarget,
    /// No such route.
    NotFound,
    /// No such checkout, or not this caller's.
    CheckoutNotFound,
    /// The catalogue of the profile has no such product.
    ProductNotFound,
    /// No such refund, or not this caller's.
    RefundNotFound,
    /// The checkout has no such event.
    EventNotFound,
    /// WeChat Pay has no bill of that day: nothing happened on it.
    NoBill,
    /// That day was never reconciled.
    NoReconciliation,
    /// The route exists, the method does not; `Allow` names those that do.
    MethodNotAllowed,
    /// The reference (or a page's key) was used before for something else.
    ReferenceTaken,
    /// The reference belonged to a checkout that has been purged.
    ReferenceRetired,
    /// The catalogue lists it, and nobody can buy it for now.
    SoldOut,
    /// It cannot be sold by a printed code: its id does not fit one, or nothing can be paid by it.
    ProductHasNoCode,
    /// The merchant has no V2 key, which printed codes are signed with.
    V2KeyMissing,
    /// It cannot be cancelled: it was paid.
    AlreadyPaid,
    /// It cannot be cancelled: its deadline has passed.
    AlreadyExpired,
    /// What WeChat Pay says disagrees with what we have, and a person has to look first.
    InConflict,
    /// It cannot be refunded: there is no payment, or none of that number.
    NotPaid,
    /// More would go back than is left of the payment.
    RefundExceedsPayment,
    /// The payment has had all the refunds that it may have.
    TooManyRefunds,
    /// Another way is only for a refund that could not reach the payer.
    RefundNotAbnormal,
    /// Another way is something that V2, by which the refund was made, does not have.
    RefundMadeByV2,
    /// WeChat Pay has not made the bill of that day yet.
    BillNotReady,
    /// The body is longer than this route takes.
    BodyTooLarge,
    /// The path or the query is longer than any of ours.
    UriTooLong,
    /// The body is not `application/json`.
    UnsupportedMediaType,
    /// This route speaks WebSocket only.
    UpgradeRequired,
    /// Too many requests from this caller, or too many pages that follow one checkout.
    TooManyRequests,
    /// Too many open unpaid sessions, for this address or altogether.
    TooManySessions,
    /// A header that is read is longer than any that means something.
    HeaderTooLong,
    /// The deployment's own configuration is wrong; the detail names the variable.
    Misconfigured,
    /// A failure of ours.
    Internal,
    /// V2 refunds are applied for with the merchant's client certificate, and none is bound.
    CertificateMissing,
    /// WeChat Pay refused the order; `wechatpay` says why. Mend the cause, then repeat.
    WechatpayRefused,
    /// A bill's file is not proven to be WeChat Pay's; nothing of it was handed out.
    BillCorrupt,
    /// Busy or restarting: nothing is lost, repeat the same request.
    Unavailable,
    /// The list cannot be read just now; checkouts themselves can.
    IndexUnavailable,
    /// WeChat Pay did not answer a call by hand; it may have taken effect.
    NoAnswer,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::InvalidRequest,
        Self::UnknownProduct,
        Self::Unauthorized,
        Self::InvalidToken,
        Self::ExpiredToken,
        Self::OriginNotAllowed,
        Self::ReservedTarget,
        Self::NotFound,
        Self::CheckoutNotFound,
        Self::ProductNotFound,
        Self::RefundNotFound,
        Self::EventNotFound,
        Self::NoBill,
        Self::NoReconciliation,
        Self::MethodNotAllowed,
        Self::ReferenceTaken,
        Self::ReferenceRetired,
        Self::SoldOut,
        Self::ProductHasNoCode,
        Self::V2KeyMissing,
        Self::AlreadyPaid,
        Self::AlreadyExpired,
        Self::InConflict,
        Self::NotPaid,
        Self::RefundExceedsPayment,
        Self::TooManyRefunds,
        Self::RefundNotAbnormal,
        Self::RefundMadeByV2,
        Self::BillNotReady,
        Self::BodyTooLarge,
        Self::UriTooLong,
        Self::UnsupportedMediaType,
        Self::UpgradeRequired,
        Self::TooManyRequests,
        Self::TooManySessions,
        Self::HeaderTooLong,
        Self::Misconfigured,
        Self::Internal,
        Self::CertificateMissing,
        Self::WechatpayRefused,
        Self::BillCorrupt,
        Self::Unavailable,
        Self::IndexUnavailable,
        Self::NoAnswer,
    ];

    /// HTTP status, public name and title.
    const fn face(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::InvalidRequest => (400, "invalid_request", "The request cannot be read"),
            Self::UnknownProduct => (400, "unknown_product", "No such product"),
            Self::Unauthorized => (401, "unauthorized", "A valid secret key is needed"),
            Self::InvalidToken => (401, "invalid_token", "A valid client token is needed"),
            Self::ExpiredToken => (401, "expired_token", "The client token has expired"),
            Self::OriginNotAllowed => (403, "origin_not_allowed", "This origin is not allowed"),
            Self::ReservedTarget => (403, "reserved_target", "The Worker has a route for that"),
            Self::NotFound => (404, "not_found", "No such route"),
            Self::CheckoutNotFound => (404, "checkout_not_found", "No such checkout"),
            Self::ProductNotFound => (404, "product_not_found", "No such product"),
            Self::RefundNotFound => (404, "refund_not_found", "No such refund"),
            Self::EventNotFound => (404, "event_not_found", "No such event"),
            Self::NoBill => (404, "no_bill", "There is no such bill"),
            Self::NoReconciliation => (404, "no_reconciliation", "That day was never reconciled"),
            Self::MethodNotAllowed => (405, "method_not_allowed", "Method not allowed"),
            Self::ReferenceTaken => (409, "reference_taken", "The reference is taken"),
            Self::ReferenceRetired => (409, "reference_retired", "The reference is retired"),
            Self::SoldOut => (409, "sold_out", "The product is sold out"),
            Self::ProductHasNoCode => (409, "product_has_no_code", "No code can be printed"),
            Self::V2KeyMissing => (409, "v2_key_missing", "The merchant has no V2 key"),
            Self::AlreadyPaid => (409, "already_paid", "The checkout is paid"),
            Self::AlreadyExpired => (409, "already_expired", "The checkout has expired"),
            Self::InConflict => (409, "in_conflict", "The checkout is in conflict"),
            Self::NotPaid => (409, "not_paid", "There is no payment to refund"),
            Self::RefundExceedsPayment => {
                (409, "refund_exceeds_payment", "More than is left of the payment")
            }
            Self::TooManyRefunds => (409, "too_many_refunds", "Too many refunds"),
            Self::RefundNotAbnormal => (409, "refund_not_abnormal", "The refund is not abnormal"),
            Self::RefundMadeByV2 => (409, "refund_made_by_v2", "The refund was made by V2"),
            Self::BillNotReady => (409, "bill_not_ready", "The bill is not ready"),
            Self::BodyTooLarge => (413, "body_too_large", "The body is too long"),
            Self::UriTooLong => (414, "uri_too_long", "The path or the query is too long"),
            Self::UnsupportedMediaType => (415, "unsupported_media_type", "JSON is needed"),
            Self::UpgradeRequired => (426, "upgrade_required", "A WebSocket upgrade is needed"),
            Self::TooManyRequests => (429, "too_many_requests", "Too many requests"),
            Self::TooManySessions => (429, "too_many_sessions", "Too many open sessions"),
            Self::HeaderTooLong => (431, "header_too_long", "A header is too long"),
            Self::Misconfigured => (500, "misconfigured", "The Worker is misconfigured"),
            Self::Internal => (500, "internal", "A failure of ours"),
            Self::CertificateMissing => {
                (501, "certificate_missing", "A client certificate is needed")
            }
            Self::WechatpayRefused => (502, "wechatpay_refused", "WeChat Pay refused"),
            Self::BillCorrupt => (502, "bill_corrupt", "The bill is not proven"),
            Self::Unavailable => (503, "unavailable", "Try again"),
            Self::IndexUnavailable => (503, "index_unavailable", "The list cannot be read"),
            Self::NoAnswer => (504, "no_answer", "WeChat Pay did not answer"),
        }
    }

    /// The HTTP status that goes with the code.
    pub const fn status(self) -> u16 {
        self.face().0
    }

    /// The code as it stands in JSON.
    pub const fn name(self) -> &'static str {
        self.face().1
    }
}

/// What WeChat Pay answered, for the shop's developer and for WeChat's support.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformAnswer {
    /// The platform's error code, such as `NO_AUTH`.
    pub code: String,
    /// The platform's own words, often Chinese.
    pub message: String,
    /// The platform's `Request-ID`, the first thing its support asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The platform's HTTP status.
    pub status: u16,
}

/// A problem on its way to the caller; the object sends it to the door in the same shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What programs branch on.
    pub code: Code,
    /// One sentence for the person who has to mend it; no secrets.
    pub detail: String,
    /// When to repeat, if that helps; also sent as `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// What WeChat Pay said, where it said anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechatpay: Option<PlatformAnswer>,
}

/// The document as RFC 9457 wants it.
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    #[serde(flatten)]
    problem: &'a Problem,
}

impl Problem {
    /// The media type of [`Problem::document`].
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// A problem that repeating the same request will not cure.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), retry_after_s: None, wechatpay: None }
    }

    /// The same, with the moment when repeating makes sense.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// The same, with what WeChat Pay answered.
    #[must_use]
    pub fn because_of(self, answer: PlatformAnswer) -> Self {
        Self { wechatpay: Some(answer), ..self }
    }

    /// The JSON body.
    pub fn document(&self) -> String {
        let (status, name, title) = self.code.face();
        let r#type = format!("urn:saoma:problem:{name}");
        let document = Document { r#type, title, status, problem: self };
        // Strings and numbers only: there is no way for this to fail.
        serde_json::to_string(&document).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_a_document_of_rfc_9457() {
        let problem = Problem::new(Code::TooManySessions, "too many").retry_after(33);
        assert_eq!(
            problem.document(),
            r#"{"type":"urn:saoma:problem:too_many_sessions","title":"Too many open sessions","status":429,"code":"too_many_sessions","detail":"too many","retry_after_s":33}"#
        );
    }

    #[test]
    fn what_wechat_pay_said_is_passed_on() {
        let answer = PlatformAnswer {
            code: "NO_AUTH".to_owned(),
            message: "商户号未开通此产品权限".to_owned(),
            request_id: Some("08F5".to_owned()),
            status: 403,
        };
        let problem = Problem::new(Code::WechatpayRefused, "refused").because_of(answer);
        let document: serde_json::Value = serde_json::from_str(&problem.document()).unwrap();
        assert_eq!(document["status"], 502);
        assert_eq!(document["wechatpay"]["code"], "NO_AUTH");
        assert_eq!(document["wechatpay"]["request_id"], "08F5");
        assert_eq!(document["wechatpay"]["status"], 403);
    }

    #[test]
    fn an_object_and_the_door_mean_the_same_by_a_code() {
        for &code in Code::ALL {
            let json = serde_json::to_string(&code).unwrap();
            assert_eq!(json, format!("\"{}\"", code.name()));
            assert_eq!(serde_json::from_str::<Code>(&json).unwrap(), code);
        }
    }

    #[test]
    fn every_code_stands_in_the_documentation_with_its_status() {
        let page = include_str!("../../docs/problems.md");
        for &code in Code::ALL {
            let row = format!("| `{}` | {} |", code.name(), code.status());
            assert!(page.contains(&row), "docs/problems.md lacks {row}");
        }
        let rows = page.lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows, Code::ALL.len(), "docs/problems.md tells of codes that do not exist");
    }
}
