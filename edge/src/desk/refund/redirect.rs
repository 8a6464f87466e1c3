//! Another way for money that could not reach the payer. The shop chooses it, the door has encrypted
//! what must not be read; the choice is stored and sent like an application, and repeated like one.

use checkout::refund::{RefundCall, RefundNews, RefundState};
use checkout::report::Report;
use wechatpay::v3::refund::{BankType, Destination, RedirectBody};

use super::view;
use crate::api::Api;
use crate::command::{Answer, OtherWay, Redirection};
use crate::desk::turn::{Beside, Turn};
use crate::desk::{Desk, Stop};
use crate::ports::{Audience, Ledger, Platform, RefundLetter, RefundRow, World};
use crate::problem::{Code, Problem};

impl<P: Platform, L: Ledger, W: World, A: Audience> Desk<P, L, W, A> {
    /// Stores the choice and sends it. The same command twice is the same choice.
    pub(in crate::desk) async fn redirect(&self, redirection: Redirection) -> Result<Answer, Stop> {
        let Redirection { number, way, serial } = redirection;
        let before = self.stored()?;
        let not_found = || Problem::new(Code::RefundNotFound, "no such refund");
        let ledger = before.ledger_of(number.as_str()).ok_or_else(not_found)?;
        let refund = ledger.refunds.iter().find(|refund| refund.number == number);
        let state = refund.ok_or_else(not_found)?.state;
        let application = self.ledger.letter(&number, RefundCall::Apply)?;
        if application.is_some_and(|letter| letter.api() == Api::V2) {
            let detail = "this refund was applied for by V2, which has no other ways; deal with it at \
                          WeChat Pay's merchant platform";
            return Err(Problem::new(Code::RefundMadeByV2, detail).into());
        }
        let body = RedirectBody {
            sub_mchid: ledger.payee.sub_mchid(),
            out_refund_no: number.as_str(),
            destination: destination(&way)?,
        };
        let letter = RefundLetter { body: body.to_bytes(), serial };
        // The runtime may deliver a command twice. The texts of a second choice differ, because
        // encryption draws its own chance; but the merchant's own card has no text, and may be
        // chosen again once the last choice has come to nothing.
        let is_sealed = matches!(way, OtherWay::UserBankCard { .. });
        let under_way = is_sealed || state != RefundState::Abnormal;
        let known = self.ledger.letter(&number, RefundCall::Redirect)?;
        if under_way && known.as_ref() == Some(&letter) {
            return view::answer(&before, number.as_str(), false);
        }
        if state != RefundState::Abnormal || ledger.conflict.is_some() {
            let detail = "another way is for a refund whose status is abnormal, and that is not \
                          already being sent another way";
            return Err(Problem::new(Code::RefundNotAbnormal, detail).into());
        }
        let Turn { mut after, effects, mut alarms } = self.decide(&before, &Report::Tick);
        let asked = self.apply_refund(&mut after, number.as_str(), RefundNews::RedirectAsked);
        alarms.extend(asked);
        let row = RefundRow { number: number.clone(), call: RefundCall::Redirect, letter };
        let budget = self.inline();
        let question = self.take(&mut after);
        let beside = Beside { refund: Some(row), effects, alarms, ..Beside::default() };
        self.commit(after, beside).await?;
        self.ask(question, budget).await?;
        view::answer(&self.stored()?, number.as_str(), false)
    }
}

fn destination(way: &OtherWay) -> Result<Destination<'_>, Problem> {
    Ok(match way {
        OtherWay::MerchantBankCard => Destination::MerchantBankCard,
        OtherWay::UserBankCard { bank_type, bank_account, real_name } => {
            Destination::UserBankCard {
                bank_type: BankType::parse(bank_type)
                    .map_err(|bad| Problem::new(Code::InvalidRequest, bad.expected))?,
                bank_account,
                real_name,
            }
        }
    })
}
