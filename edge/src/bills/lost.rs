//! How a bill's file may be lost on its way, and what the caller hears while there is still
//! something to hear. After the first byte has gone out there is not: then the stream breaks off.

use core::fmt;

use checkout::report::Refusal;
use wechatpay::bill::fault::{BadBill, Fault};
use wechatpay::bill::unpack::Unpackable;

use crate::problem::{Code, PlatformAnswer, Problem};

/// Why a file did not come, or is not the platform's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Nobody answered, or the answer broke off.
    Unreachable,
    /// Not one byte came for as long as we wait.
    Silent,
    /// The platform said no.
    Refused(Refusal),
    /// The platform is busy or out of order.
    Undecided,
    /// Its seal or its compression is damaged, or it has more bytes than we take.
    Unpackable(Unpackable),
    /// Its key is not meant for the merchant's.
    BadKey,
    /// Its digest is not the one that the platform signed.
    BadDigest,
    /// The platform has made it anew since it was proven.
    MadeAnew,
    /// It is the platform's, but we cannot read it.
    Unreadable(BadBill),
    /// It has no digest, and the totals that a bill ends with have not come.
    NotWhole(BadBill),
    /// The caller wants no more of it.
    Unwanted,
    /// A failure of the runtime's.
    Runtime,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("WeChat Pay cannot be reached"),
            Self::Silent => f.write_str("the file stopped coming"),
            Self::Refused(refusal) => write!(f, "the file was refused: {}", refusal.code),
            Self::Undecided => f.write_str("the file's address is busy"),
            Self::Unpackable(reason) => reason.fmt(f),
            Self::BadKey => f.write_str("the file's key does not open with the merchant's"),
            Self::BadDigest => f.write_str("the file is not the one that WeChat Pay signed for"),
            Self::MadeAnew => f.write_str("WeChat Pay is making the bill anew"),
            Self::Unreadable(reason) => reason.fmt(f),
            Self::NotWhole(reason) => write!(f, "the bill is not all there: {reason}"),
            Self::Unwanted => f.write_str("the caller has hung up"),
            Self::Runtime => f.write_str("the runtime failed"),
        }
    }
}

impl core::error::Error for Lost {}

impl Lost {
    /// What is wrong with a bill that nobody vouches for: half of one is no bill of the platform's
    /// that we cannot read.
    pub fn unproven(bad: BadBill) -> Self {
        match bad.fault {
            Fault::CutShort => Self::NotWhole(bad),
            _ => Self::Unreadable(bad),
        }
    }
}

impl From<Lost> for Problem {
    fn from(lost: Lost) -> Self {
        let words = lost.to_string();
        match lost {
            Lost::Unreachable | Lost::Silent | Lost::Undecided | Lost::MadeAnew => {
                Self::new(Code::Unavailable, words).retry_after(REPEAT_S)
            }
            Lost::Refused(refusal) => {
                Self::new(Code::WechatpayRefused, words).because_of(platform_answer(refusal))
            }
            Lost::Unpackable(_) | Lost::BadKey | Lost::BadDigest | Lost::NotWhole(_) => {
                Self::new(Code::BillCorrupt, words)
            }
            Lost::Unreadable(_) | Lost::Unwanted | Lost::Runtime => {
                Self::new(Code::Internal, words)
            }
        }
    }
}

impl From<Unpackable> for Lost {
    fn from(reason: Unpackable) -> Self {
        Self::Unpackable(reason)
    }
}

pub(super) fn platform_answer(refusal: Refusal) -> PlatformAnswer {
    let Refusal { status, code, message, request_id } = refusal;
    PlatformAnswer { code, message, request_id, status }
}

/// Seconds after which a question may be repeated that the platform could not answer.
pub(super) const REPEAT_S: u32 = 30;
