//! The bill of the day: what the platform says was paid, read when everything else has been said.
//! Money that nobody ever told us of is found by it.

use std::rc::Rc;

use checkout::id::ProfileName;
use checkout::payee::Payee;
use checkout::report::Receipt;
use checkout::time::UnixSeconds;
use edge::command::{Command, Comparison};
use edge::reconciliation::entry::Entry;
use edge::reconciliation::hearsay::Weight;
use wechatpay::bill::date::BillDate;

use super::clients::{Caller, send};
use super::wechat::Payment;
use crate::world::World;

/// Brings every row to its checkout. To do so twice is to do so once.
pub fn read(world: &Rc<World>) {
    for object in 0..world.objects.borrow().len() {
        let entries: Vec<Entry> = {
            let mut wechat = world.wechat.borrow_mut();
            let ours = wechat.payments.iter_mut().filter(|payment| payment.object == object);
            ours.map(|payment| Entry::Payment(row(payment))).collect()
        };
        if entries.is_empty() {
            continue;
        }
        world.mark("bills compared");
        let day = BillDate::parse("2025-01-01").expect("a day");
        let comparison =
            Comparison { profile: ProfileName::default(), day, entries, weight: Weight::Proven };
        send(world, object, Caller::Page, Command::Compare(Box::new(comparison)), |_, _| {});
    }
}

fn row(payment: &mut Payment) -> Receipt {
    payment.told = true;
    let [currency, mchid, appid] = payment.terms.clone();
    Receipt {
        transaction_id: payment.transaction_id.clone(),
        out_trade_no: payment.number.clone(),
        total: payment.total,
        currency,
        payee: Payee::direct(mchid, appid),
        success_time: Some(UnixSeconds(payment.at_s)),
        payer_total: Some(payment.total),
        trade_type: Some("NATIVE".to_owned()),
        bank_type: Some("OTHERS".to_owned()),
        attach: None,
        openid: Some("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".to_owned()),
        sub_openid: None,
        promotions: Vec::new(),
    }
}
