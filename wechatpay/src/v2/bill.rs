//! Bills over V2: what is asked, and what comes instead of a bill (protocol reference D.11).
//!
//! The answer is the file itself, or a message that says why there is none; its first byte tells
//! which, since no bill begins with `<`. Neither is signed. A trade bill has no digest either, so it
//! proves nothing: it came over TLS, and that is all. A fund-flow bill's digest stands in a header of
//! the same unsigned answer: it shows that the file came as it was sent, and not who sent it.

use checkout::payee::Payee;
use checkout::report::Refusal;

use super::answer::{RETURN_FAIL, SIGN_ERROR, is_about_the_sign, is_about_the_system, refusal};
use super::draft::{Draft, parties};
use super::fields::Fields;
use super::key::SignType;
use super::xml::read;
use crate::bill::date::BillDate;
use crate::bill::digest::Sha1Hash;
use crate::bill::{Account, TradeRows};
use crate::http::{Headers, Reply};
use crate::said::is_code;

/// Why there is no bill. Nobody has signed for any of it, so it ends a question and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Not made yet: ask again later.
    NotYet,
    /// Nothing happened on that day.
    Nothing,
    /// The platform does not know the key that signed; its other one may do.
    WrongSign(Refusal),
    /// Refused for another reason.
    Refused(Refusal),
    /// Nothing is known; the fields are those of a refusal, and this is none.
    Undecided(Refusal),
}

/// Asks for a day's trade bill; a partner's payee narrows it to one sub-merchant. Compressed, as
/// over APIv3: what comes is looked at in any case ([`crate::bill::is_gzip`]).
pub fn trade(date: BillDate, rows: TradeRows, payee: &Payee) -> Draft {
    let mut fields = of_day(parties(payee), date);
    fields.push("bill_type", rows.as_str());
    fields.push("tar_type", "GZIP");
    Draft::new("/pay/downloadbill", fields)
}

/// Asks for a day's fund-flow bill of the caller's own account: with the merchant's certificate, and
/// signed by HMAC-SHA256 alone. V2 has none of a sub-merchant's, and none of a deposit account.
pub fn fund_flow(date: BillDate, account: Account, payee: &Payee) -> Option<Draft> {
    let account = match account {
        Account::Basic => "Basic",
        Account::Operation => "Operation",
        Account::Fees => "Fees",
        Account::Deposit => return None,
    };
    let own = Payee::direct(&payee.mchid, &payee.appid);
    let mut fields = of_day(parties(&own), date);
    fields.push("account_type", account);
    fields.push("tar_type", "GZIP");
    let sign_type = Some(SignType::HmacSha256);
    Some(Draft { certified: true, sign_type, ..Draft::new("/pay/downloadfundflow", fields) })
}

fn of_day(mut fields: Fields, date: BillDate) -> Fields {
    fields.push("bill_date", date.to_string().replace('-', ""));
    fields
}

/// Whether what begins with `head` is a message and no bill. A bill's first byte is that of a
/// byte-order mark, of a heading or of gzip.
pub fn is_message(head: &[u8]) -> bool {
    head.first() == Some(&b'<')
}

/// What a message means that came instead of a bill. The two endpoints fail in forms of their own:
/// `error_code` beside an unsigned `return_code`, and `err_code` below `result_code`.
pub fn read_failure(reply: &Reply) -> Failure {
    let none = || Failure::Undecided(refusal(reply, &format!("HTTP_{}", reply.status), None));
    let Some(fields) = read(&reply.body).ok().filter(|_| reply.status == 200) else {
        return none();
    };
    match (fields.get("return_code"), fields.get("result_code")) {
        (Some("FAIL"), _) => failure(reply, fields.get("error_code"), fields.get("return_msg")),
        (Some("SUCCESS"), Some("FAIL")) => {
            failure(reply, fields.get("err_code"), fields.get("err_code_des"))
        }
        _ => none(),
    }
}

/// The words decide as well, because some failures have nothing else; case and spaces vary among
/// those that were seen.
fn failure(reply: &Reply, code: Option<&str>, words: Option<&str>) -> Failure {
    let code = code.filter(|code| is_code(code));
    let said = |known: &str| [code, words].into_iter().flatten().any(|text| is_same(text, known));
    let about_sign = [code, words].into_iter().flatten().any(is_about_the_sign);
    let about_system = [code, words].into_iter().flatten().any(is_about_the_system);
    if code == Some(NO_BILL) || said("NO BILL EXIST") {
        Failure::Nothing
    } else if said("BILL CREATING") {
        Failure::NotYet
    } else if about_sign {
        Failure::WrongSign(refusal(reply, SIGN_ERROR, words))
    } else if about_system {
        Failure::Undecided(refusal(reply, code.unwrap_or("SYSTEMERROR"), words))
    } else {
        Failure::Refused(refusal(reply, code.unwrap_or(RETURN_FAIL), words))
    }
}

/// `No Bill Exist`, `NO_BILL_EXIST` and their like.
fn is_same(text: &str, known: &str) -> bool {
    text.replace('_', " ").eq_ignore_ascii_case(known)
}

/// The `error_code` of `No Bill Exist`.
const NO_BILL: &str = "20002";

/// The digest that the answer itself names, `SHA=<40 digits>`: of the file before or after its
/// compression, which is not established. None where there is none that can be read.
pub fn digest(headers: &Headers) -> Option<Sha1Hash> {
    headers.get("Digest")?.split(',').find_map(|one| {
        let (algorithm, value) = one.trim().split_once('=')?;
        algorithm.eq_ignore_ascii_case("SHA").then(|| Sha1Hash::parse(value))?
    })
}

#[cfg(test)]
mod tests;
