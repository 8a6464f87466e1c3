//! What the outbox holds is carried out: also by handlers that die on the way.

use checkout::refund::{RefundStatus, Standing};

use super::house::{run, step};
use super::refunding::{read, refund, settled, told, want};
use super::serve;
use crate::command::{Command, OtherWay, Redirection};
use crate::outbox::{FailedDelivery, Outcome, ParcelState, Topic};

/// Whatever kills each handler that carries an event must not have it carried for ever, unseen.
#[test]
fn an_event_whose_carrier_dies_is_an_attempt_that_failed() {
    let house = settled();
    for deaths in 1..=11 {
        let desk = house.desk();
        let mut carrier = Box::pin(desk.wake());
        assert_eq!(step(&mut carrier), None, "the shop is being told");
        drop(carrier);
        house.pass_s(14);
        run(house.desk().wake()).unwrap();
        let parcel = house.stored().outbox.parcels.remove(0);
        assert_eq!(parcel.deliveries.len(), deaths);
        let abandoned = Outcome::Failed { reason: FailedDelivery::Abandoned };
        assert!(parcel.deliveries.iter().all(|attempt| attempt.outcome == abandoned));
        let Some(at) = parcel.due_at() else { break };
        house.wall_ms.set(at.0 * 1_000);
    }
    assert_eq!(house.stored().outbox.parcels[0].state, ParcelState::Dead);
    assert_eq!(house.told.borrow().len(), 0);
}

/// A second card may fail like the first, and the shop has to choose once more.
#[test]
fn money_that_is_stranded_twice_is_told_twice() {
    let house = settled();
    let number = refund(serve(&house, want("R-1", 8_800))).1.out_refund_no;
    for time in 1..=2 {
        house.wechat.borrow_mut().stand(&number, Standing::Abnormal);
        let fact = house.wechat.borrow().fact(&number);
        serve(&house, told(&format!("stranded-{time}"), &number, fact));
        house.pass_s(21_600);
        house.ring(1);
        assert_eq!(read(&house, &number).status, RefundStatus::Abnormal);
        let parcels = house.stored().outbox.parcels;
        let failed = parcels.iter().filter(|parcel| parcel.topic == Topic::RefundFailed);
        assert_eq!(failed.count(), time);
        let number = checkout::id::OutRefundNo::parse(&number).unwrap();
        let way = OtherWay::MerchantBankCard;
        serve(&house, Command::Redirect(Box::new(Redirection { number, way, serial: None })));
    }
}
