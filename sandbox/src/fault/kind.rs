//! What can go wrong: one table with the name, the words and the routes of every kind.
//!
//! Words, because a person chooses among them in the console and a newcomer reads them in
//! `docs/faults.md`; both come from here.

use serde::{Deserialize, Serialize};

use super::places::{
    CALLS, EVERYWHERE, SIGNED, SIGNED_OR_TOLD, V2_CALLS, V3_CALLS, V3_SIGNED, V3_SIGNED_OR_TOLD,
};
use super::{BadWish, Route};
use crate::refund::Ending;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
#[expect(missing_docs, reason = "what each of them does is in the table's words")]
pub enum Kind {
    ReplyDropped,
    Hangs,
    Delayed,
    RateLimited,
    ErrorButDone,
    BadGateway,
    Unavailable,
    Accepted,
    Empty,
    Html,
    Unsigned,
    ProbeSigned,
    ProbeGarbled,
    WrongSignature,
    StaleSignature,
    UnknownSerial,
    Tampered,
    PaidBeforeReply,
    UserPaying,
    PaidFirst,
    RateLimitedButDone,
    SystemError,
    NeedRetry,
    NotEnough,
    Abnormal,
    Closed,
    Late,
    Missing,
    WrongHash,
    ExpiredUrl,
    CutShort,
    Dropped,
    Duplicated,
    Repeated,
    Stale,
    Future,
    HeadersMissing,
    KeySwitch,
    OtherKey,
    Damaged,
    EmptyAssociatedData,
    MissingAssociatedData,
    AmountChanged,
    ExtraFields,
    Whitespace,
    OtherSignType,
    Doctype,
    UnknownProduct,
    HungUp,
}

/// All that is known of a kind.
pub struct Row {
    /// Which one.
    pub kind: Kind,
    /// In JSON.
    pub name: &'static str,
    /// Where it can happen.
    pub routes: &'static [Route],
    /// One English sentence.
    pub words: &'static str,
}

const fn row(kind: Kind, name: &'static str, routes: &'static [Route], words: &'static str) -> Row {
    Row { kind, name, routes, words }
}

/// Every kind, in the order in which a reader meets them.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row(Kind::ReplyDropped, "reply-dropped", CALLS,
        "The call takes effect; the connection closes without an answer."),
    row(Kind::Hangs, "hangs", CALLS,
        "The call takes effect; no answer comes, and after delay_ms (60,000 if not said) the \
         connection closes, unless the caller hangs up first."),
    row(Kind::Delayed, "delayed", EVERYWHERE,
        "All is right, but the answer, or this try of a notification, leaves delay_ms (1,000 if \
         not said) later."),
    row(Kind::RateLimited, "rate-limited", CALLS,
        "429 FREQUENCY_LIMITED, over V2 200 with that err_code; the call has no effect."),
    row(Kind::ErrorButDone, "error-but-done", CALLS,
        "The call takes effect; the answer is 500 SYSTEM_ERROR, over V2 200 with err_code \
         SYSTEMERROR."),
    row(Kind::BadGateway, "bad-gateway", CALLS,
        "The call takes effect; the answer is 502 with a page of HTML, unsigned."),
    row(Kind::Unavailable, "unavailable", CALLS,
        "503 SERVICE_UNAVAILABLE (over V2 without a body) with Retry-After: 2; the call has no effect."),
    row(Kind::Accepted, "accepted", V3_CALLS,
        "202 without a body, to be repeated; the call has no effect."),
    row(Kind::Empty, "empty", CALLS,
        "The call takes effect; the answer is a 200 without a body, signed where answers are."),
    row(Kind::Html, "html", CALLS,
        "The call takes effect; the answer is 200 with a page of HTML, unsigned, as from a box \
         in between."),
    row(Kind::Unsigned, "unsigned", SIGNED,
        "The right answer without any Wechatpay-* header, over V2 without sign."),
    row(Kind::ProbeSigned, "probe-signed", V3_SIGNED_OR_TOLD,
        "The right message with a deliberately wrong signature that begins with \
         WECHATPAY/SIGNTEST/."),
    row(Kind::ProbeGarbled, "probe-garbled", V3_SIGNED_OR_TOLD,
        "The right message with a probe's signature, WECHATPAY/SIGNTEST/…, that is not even Base64."),
    row(Kind::WrongSignature, "wrong-signature", SIGNED_OR_TOLD,
        "The right message with a signature that is well formed, but of another message."),
    row(Kind::StaleSignature, "stale-signature", V3_SIGNED,
        "The right answer, rightly signed, but dated ten minutes ago."),
    row(Kind::UnknownSerial, "unknown-serial", V3_SIGNED_OR_TOLD,
        "The right message and the usual key's signature, under a serial number that nobody has."),
    row(Kind::Tampered, "tampered", SIGNED_OR_TOLD,
        "Changed after it was signed: one character of the ciphertext or of the answer's body \
         is another one (of an answer without a body, the nonce; over V2, of the last field)."),
    row(Kind::PaidBeforeReply, "paid-before-reply", &[Route::Native, Route::UnifiedOrder],
        "The order is placed, a phone pays it, the notification goes out and is answered or \
         times out; only then the reply leaves."),
    row(Kind::UserPaying, "user-paying", &[Route::Close],
        "202 USER_PAYING, a payer is entering the password; the order is not closed."),
    row(Kind::PaidFirst, "paid-first", &[Route::Close, Route::CloseOrder],
        "A phone pays, if the order can still be paid, just before the close is carried out."),
    row(Kind::RateLimitedButDone, "rate-limited-but-done",
        &[Route::Refund, Route::AbnormalRefund, Route::RefundV2],
        "The call takes effect; the answer is 429 FREQUENCY_LIMITED, over V2 200 with that err_code."),
    row(Kind::SystemError, "system-error", V2_CALLS,
        "SYSTEMERROR; the call has no effect, which the caller cannot know."),
    row(Kind::NeedRetry, "need-retry", &[Route::RefundV2],
        "BIZERR_NEED_RETRY, to be repeated unchanged; the call has no effect."),
    row(Kind::NotEnough, "not-enough", &[Route::Refund, Route::RefundV2],
        "403 NOT_ENOUGH, over V2 NOTENOUGH: the merchant's balance is too low; the call has no effect."),
    row(Kind::Abnormal, "abnormal", &[Route::Refund, Route::RefundV2],
        "The next new refund becomes ABNORMAL; waits beside a fault of the call itself."),
    row(Kind::Closed, "closed", &[Route::Refund, Route::RefundV2],
        "The next new refund becomes CLOSED; waits beside a fault of the call itself."),
    row(Kind::Late, "late",
        &[Route::Bill, Route::DownloadBill, Route::DownloadFundFlow],
        "400 STATEMENT_CREATING, over V2 Bill Creating: the bill is still being made."),
    row(Kind::Missing, "missing",
        &[Route::Bill, Route::DownloadBill, Route::DownloadFundFlow],
        "400 NO_STATEMENT_EXIST, over V2 No Bill Exist: there is no bill for the day."),
    row(Kind::WrongHash, "wrong-hash", &[Route::Bill, Route::DownloadFundFlow],
        "The digest in the answer is not the file's."),
    row(Kind::ExpiredUrl, "expired-url", &[Route::Bill],
        "The address in the answer has expired already."),
    row(Kind::CutShort, "cut-short",
        &[Route::BillDownload, Route::DownloadBill, Route::DownloadFundFlow],
        "Content-Length is the whole file's; half of it comes, then the connection closes."),
    row(Kind::Dropped, "dropped", &[Route::Notify, Route::NativeCallback],
        "This try is not sent; the next one of the schedule is. A callback has no schedule: the \
         payer is told that the system is busy."),
    row(Kind::Duplicated, "duplicated", &[Route::Notify, Route::NativeCallback],
        "This try is sent twice at the same time, both genuine. Of two callbacks the phone goes on \
         with the first good answer."),
    row(Kind::Repeated, "repeated", &[Route::Notify],
        "Genuine; if this try is accepted, the schedule goes on all the same and the \
         notification comes again."),
    row(Kind::Stale, "stale", &[Route::Notify],
        "Rightly signed, but dated ten minutes ago."),
    row(Kind::Future, "future", &[Route::Notify],
        "Rightly signed, but dated ten minutes from now."),
    row(Kind::HeadersMissing, "headers-missing", &[Route::Notify],
        "The right body without any Wechatpay-* header, over V2 without sign."),
    row(Kind::KeySwitch, "key-switch", &[Route::Notify],
        "Rightly signed by a key of the other scheme: the newest certificate, or the public key."),
    row(Kind::OtherKey, "other-key", &[Route::Notify],
        "Rightly signed, but sealed under an APIv3 key that nobody has; over V2, signed with such a \
         key."),
    row(Kind::Damaged, "damaged", &[Route::Notify],
        "Rightly signed, but the ciphertext was damaged before and does not open."),
    row(Kind::EmptyAssociatedData, "empty-associated-data", &[Route::Notify],
        "Genuine; sealed with empty associated data, and the message says so."),
    row(Kind::MissingAssociatedData, "missing-associated-data", &[Route::Notify],
        "Genuine; sealed with empty associated data, which the message does not mention."),
    row(Kind::AmountChanged, "amount-changed", &[Route::Notify],
        "Genuine, but every amount is one fen higher."),
    row(Kind::ExtraFields, "extra-fields", &[Route::Notify, Route::NativeCallback],
        "Genuine, with fields that no document names, at every depth; over V2 they are signed too."),
    row(Kind::Whitespace, "whitespace", &[Route::Notify],
        "Genuine, but the body is written with line feeds and indentation."),
    row(Kind::OtherSignType, "other-sign-type", &[Route::Notify],
        "V2 only: signed with the right key, but by the other method than the order's, and \
         without sign_type."),
    row(Kind::Doctype, "doctype", &[Route::Notify],
        "V2 only: rightly signed, but with a DOCTYPE whose entity names a file."),
    row(Kind::UnknownProduct, "unknown-product", &[Route::NativeCallback],
        "Genuine, but for a product that no merchant has."),
    row(Kind::HungUp, "hung-up", &[Route::NativeCallback],
        "Genuine; the platform closes the connection delay_ms (100 if not said) after it sent the \
         callback, and does not wait for the answer."),
];

impl Kind {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }

    /// What happens, in one English sentence.
    pub fn words(self) -> &'static str {
        self.row().map_or("", |row| row.words)
    }

    /// Every kind has a row: a test looks for them.
    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.kind == self)
    }

    /// How long it waits if nobody says so, in milliseconds; nothing for what does not wait.
    pub const fn delay_ms_usual(self) -> Option<u32> {
        match self {
            Self::Delayed => Some(1_000),
            Self::Hangs => Some(super::DELAY_MS_MAX),
            Self::HungUp => Some(100),
            _ => None,
        }
    }

    /// Whether an answer that says no is this fault's doing, whatever was asked; else the call was
    /// refused on its own account, and the fault did something besides. `code` is the answer's.
    pub fn refuses(self, code: Option<&str>) -> bool {
        match self {
            Self::RateLimited
            | Self::RateLimitedButDone
            | Self::ErrorButDone
            | Self::BadGateway
            | Self::Unavailable
            | Self::SystemError
            | Self::NeedRetry
            | Self::NotEnough => true,
            Self::PaidFirst => matches!(code, Some("ORDER_PAID" | "ORDERPAID")),
            Self::Late => matches!(code, Some("STATEMENT_CREATING" | "BILL_CREATING")),
            Self::Missing => matches!(code, Some("NO_STATEMENT_EXIST" | "NO_BILL_EXIST")),
            _ => false,
        }
    }

    /// What a refund becomes, if that is what the fault is about.
    pub const fn ending(self) -> Option<Ending> {
        match self {
            Self::Abnormal => Some(Ending::Abnormal),
            Self::Closed => Some(Ending::Closed),
            _ => None,
        }
    }
}

impl From<Kind> for &'static str {
    fn from(kind: Kind) -> Self {
        kind.name()
    }
}

impl TryFrom<String> for Kind {
    type Error = BadWish;

    fn try_from(name: String) -> Result<Self, BadWish> {
        let found = TABLE.iter().find(|row| row.name == name);
        found.map(|row| row.kind).ok_or(BadWish::NoSuchKind(name))
    }
}
