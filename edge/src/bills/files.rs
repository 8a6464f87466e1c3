//! What the platform said when it was asked for a bill: where its files are, or why there are none.

use checkout::report::Refusal;
use wechatpay::v2::bill::Failure;
use wechatpay::v3::answer::{Doubt, Judged};
use wechatpay::v3::bill::answer::{Answer, File, SealedFile, read, read_sub_merchant};

use super::Wanted;
use super::lost::{REPEAT_S, platform_answer};
use crate::problem::{Code, Problem};

/// A file of a bill, where it is. A bill of several is joined in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// As it is.
    Open(File),
    /// Sealed for the merchant.
    Sealed(SealedFile),
}

impl Part {
    /// Where it is, and what it hashes to.
    pub const fn file(&self) -> &File {
        match self {
            Self::Open(file) => file,
            Self::Sealed(sealed) => &sealed.file,
        }
    }
}

/// The files of the bill that was `wanted`. `origins` are the platform's, as the operator configured
/// them.
pub fn files(wanted: &Wanted, judged: &Judged<'_>, origins: &[&str]) -> Result<Vec<Part>, Problem> {
    match wanted {
        Wanted::Trade { .. } | Wanted::FundFlow { .. } => {
            ready(read(judged, origins)).map(|file| vec![Part::Open(file)])
        }
        Wanted::SubMerchantFundFlow { .. } => {
            let parts = ready(read_sub_merchant(judged, origins))?;
            Ok(parts.into_iter().map(Part::Sealed).collect())
        }
    }
}

/// What the caller hears when there is no file.
fn ready<T>(answer: Answer<T>) -> Result<T, Problem> {
    match answer {
        Answer::Ready(files) => Ok(files),
        Answer::NotYet => Err(not_yet()),
        Answer::Nothing => Err(nothing()),
        Answer::Refused(refusal) => Err(no_bill(refusal)),
        Answer::InDoubt(Doubt::Undecided(_)) => Err(busy()),
        Answer::InDoubt(Doubt::Unproven { .. }) => {
            Err(unavailable("an answer came that WeChat Pay did not sign"))
        }
        Answer::Unusable(reason) => Err(Problem::new(Code::BillCorrupt, reason.to_string())),
    }
}

/// What the caller hears of a message that came by V2 instead of a bill.
pub fn failed(failure: Failure) -> Problem {
    match failure {
        Failure::NotYet => not_yet(),
        Failure::Nothing => nothing(),
        Failure::WrongSign(refusal) | Failure::Refused(refusal) => no_bill(refusal),
        Failure::Undecided(_) => busy(),
    }
}

fn not_yet() -> Problem {
    let detail = "WeChat Pay makes a day's bill from nine in the morning after, in Beijing";
    Problem::new(Code::BillNotReady, detail).retry_after(NOT_READY_S)
}

fn nothing() -> Problem {
    Problem::new(Code::NoBill, "nothing happened on that day")
}

fn no_bill(refusal: Refusal) -> Problem {
    let detail = format!("WeChat Pay refused the bill: {}", refusal.code);
    Problem::new(Code::WechatpayRefused, detail).because_of(platform_answer(refusal))
}

fn busy() -> Problem {
    unavailable("WeChat Pay is busy")
}

fn unavailable(detail: &str) -> Problem {
    Problem::new(Code::Unavailable, detail).retry_after(REPEAT_S)
}

/// The platform asks to come again each half hour (protocol reference E.6).
const NOT_READY_S: u32 = 1_800;

#[cfg(test)]
mod tests {
    use wechatpay::v3::bill::answer::Unusable;
    use wechatpay::v3::verify::Distrust;

    use super::*;

    fn refusal(code: &str) -> Refusal {
        let (code, message) = (code.to_owned(), String::new());
        Refusal { status: 400, code, message, request_id: None }
    }

    #[test]
    fn every_answer_without_a_file_is_a_problem_of_its_own() {
        let problem = |answer: Answer<()>| ready(answer).unwrap_err();
        let unproven = Doubt::Unproven { reason: Distrust::Probe, request_id: None };
        let busy = Doubt::Undecided(refusal("SYSTEM_ERROR"));
        for (answer, code, retry_after_s) in [
            (Answer::NotYet, Code::BillNotReady, Some(1_800)),
            (Answer::Nothing, Code::NoBill, None),
            (Answer::Refused(refusal("NO_AUTH")), Code::WechatpayRefused, None),
            (Answer::InDoubt(unproven), Code::Unavailable, Some(30)),
            (Answer::InDoubt(busy), Code::Unavailable, Some(30)),
            (Answer::Unusable(Unusable::BadHash), Code::BillCorrupt, None),
        ] {
            let found = problem(answer);
            assert_eq!((found.code, found.retry_after_s), (code, retry_after_s));
        }
        for (failure, code, retry_after_s) in [
            (Failure::NotYet, Code::BillNotReady, Some(1_800)),
            (Failure::Nothing, Code::NoBill, None),
            (Failure::WrongSign(refusal("SIGNERROR")), Code::WechatpayRefused, None),
            (Failure::Refused(refusal("20001")), Code::WechatpayRefused, None),
            (Failure::Undecided(refusal("SYSTEMERROR")), Code::Unavailable, Some(30)),
        ] {
            let found = failed(failure);
            assert_eq!((found.code, found.retry_after_s), (code, retry_after_s));
        }
        let refused = problem(Answer::Refused(refusal("NO_AUTH")));
        assert_eq!(refused.wechatpay.unwrap().code, "NO_AUTH");
        assert_eq!(ready(Answer::Ready(())), Ok(()));
    }
}
