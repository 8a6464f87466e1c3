//! The shop's side of the door for money that goes back.

use checkout::id::{CheckoutId, OutRefundNo};
use worker::Response;

use super::entry::Visit;
use super::platform::WeChatPay;
use super::shop::{admit, confused, named, reader};
use super::{objects, reply};
use crate::command::{Answer, Command, Letter, OtherWay, Redirection, RefundWish};
use crate::config::Profile;
use crate::ports::Confidant as _;
use crate::problem::{Code, Problem};
use crate::request::{NewRefund, NewWay, expect_json, read_json};

/// `POST /v1/checkouts/{id}/refunds`: 201, or 200 when the same request was there before.
pub(crate) async fn open(visit: &Visit, id: &str) -> Result<Response, Problem> {
    admit(visit)?;
    let id = named(id)?;
    expect_json(visit.header("Content-Type").as_deref())?;
    let NewRefund { reference, amount, reason, transaction_id } = read_json(visit.body()?)?;
    let reference = reference.into_inner();
    let wish = RefundWish { reference, amount, reason, transaction_id };
    let unknown = || Problem::new(Code::CheckoutNotFound, "no such checkout");
    ask(visit, &id, Command::Refund(Box::new(wish))).await?.ok_or_else(unknown)
}

/// `GET /v1/checkouts/{id}/refunds`.
pub(crate) async fn list(visit: &Visit, id: &str) -> Result<Response, Problem> {
    let profile = reader(visit)?.profile;
    let unknown = || Problem::new(Code::CheckoutNotFound, "no such checkout");
    ask_for(visit, profile, &named(id)?, Command::Refunds).await?.ok_or_else(unknown)
}

/// `GET /v1/refunds/{out_refund_no}`.
pub(crate) async fn read(visit: &Visit, number: &str) -> Result<Response, Problem> {
    let profile = reader(visit)?.profile;
    let number = numbered(number)?;
    let id = number.checkout();
    ask_for(visit, profile, &id, Command::ReadRefund { number }).await?.ok_or_else(unknown)
}

/// `POST /v1/refunds/{out_refund_no}/abnormal`. What must not be read goes no further than this: it is
/// encrypted for WeChat Pay here, and only that is stored and sent.
pub(crate) async fn redirect(visit: &Visit, number: &str) -> Result<Response, Problem> {
    let merchant = admit(visit)?;
    let (profile, number) = (&merchant.name, numbered(number)?);
    expect_json(visit.header("Content-Type").as_deref())?;
    let way: NewWay = read_json(visit.body()?)?;
    if merchant.v3.is_none() {
        let detail = "another way takes APIv3, which this merchant has no keys for; deal with it at \
                      WeChat Pay's merchant platform";
        return Err(Problem::new(Code::RefundMadeByV2, detail));
    }
    let (way, serial) = match way {
        NewWay::MerchantBankCard {} => (OtherWay::MerchantBankCard, None),
        NewWay::UserBankCard { bank_type, bank_account, real_name } => {
            let platform = WeChatPay::new(visit.env.clone());
            let account = platform.seal(profile, bank_account.expose()).await?;
            let name = platform.seal(profile, real_name.expose()).await?;
            // The platform's key may have changed between the two; one serial goes with the call.
            if account.serial() != name.serial() {
                let detail = "WeChat Pay's key has just changed";
                return Err(Problem::new(Code::Unavailable, detail).retry_after(1));
            }
            let way = OtherWay::UserBankCard {
                bank_type: bank_type.as_str().to_owned(),
                bank_account: account.text().to_owned(),
                real_name: name.text().to_owned(),
            };
            (way, Some(account.serial().to_owned()))
        }
    };
    let id = number.checkout();
    let redirection = Redirection { number, way, serial };
    ask(visit, &id, Command::Redirect(Box::new(redirection))).await?.ok_or_else(unknown)
}

fn numbered(text: &str) -> Result<OutRefundNo, Problem> {
    OutRefundNo::parse(text).map_err(|bad| Problem::new(Code::RefundNotFound, bad.expected))
}

fn unknown() -> Problem {
    Problem::new(Code::RefundNotFound, "no such refund")
}

/// The checkout's answer; none where there is no such checkout of this shop's.
async fn ask(
    visit: &Visit,
    id: &CheckoutId,
    command: Command,
) -> Result<Option<Response>, Problem> {
    ask_for(visit, admit(visit)?, id, command).await
}

async fn ask_for(
    visit: &Visit,
    profile: &Profile,
    id: &CheckoutId,
    command: Command,
) -> Result<Option<Response>, Problem> {
    let letter = Letter { profile: Some(profile.name.clone()), command };
    match objects::checkout(&visit.env, id, &letter).await? {
        Answer::Refund { created, view } => {
            Ok(Some(reply::json(if created { 201 } else { 200 }, &view)))
        }
        Answer::Refunds { refunds } => {
            Ok(Some(reply::json(200, &serde_json::json!({ "data": refunds }))))
        }
        Answer::Unknown => Ok(None),
        Answer::Problem(problem) => Err(problem),
        Answer::Checkout { .. }
        | Answer::Session { .. }
        | Answer::Scanned(_)
        | Answer::Events { .. }
        | Answer::Compared { .. }
        | Answer::Confirmed { .. }
        | Answer::History { .. }
        | Answer::Heard => Err(confused()),
    }
}
