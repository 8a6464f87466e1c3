//! The whole desk on a laptop, against an outside in memory.

mod house;
mod wechat;

mod buyer;
mod carrying;
mod closing;
mod comparing;
mod history;
mod index;
mod opening;
mod outbox;
mod paying;
mod refund_frozen;
mod refund_resolved;
mod refund_trouble;
mod refund_v2;
mod refund_weather;
mod refunding;
mod renewing;
mod resolving;
mod retiring;
mod set_aside;
mod telling;
mod trouble;
mod v2;
mod weather;

use std::rc::Rc;

use checkout::id::{CheckoutId, Description, ProfileName, Reference};
use checkout::money::{Amount, Fen};
use checkout::view::{Phase, SessionView, Status};
use wechatpay::v3::order_fields::OrderFields;

use self::house::{House, run};
use crate::command::{Answer, CheckoutView, Command, Letter, Opening, Source};

/// The shop wants 88 yuan for `reference`.
fn opening(reference: &str) -> Opening {
    Opening {
        id: CheckoutId::from_digest([7; 32]),
        profile: ProfileName::default(),
        payee: wechat::payee(),
        reference: Reference::parse(reference).unwrap(),
        description: Description::parse("Oolong 250 g").unwrap(),
        amount: Amount::cny(Fen::new(8_800).unwrap()),
        lifetime_s: 86_400,
        api: crate::api::Api::V3,
        product_id: None,
        fields: OrderFields::default(),
        policies: checkout::order::Policies::default(),
        keep_s: 400 * 86_400,
        buyer: None,
        source: Source::Shop,
    }
}

/// A page wants `quantity` pieces from the catalogue.
fn from_catalogue(quantity: u32, address: &str) -> Opening {
    let product = "oolong-250".to_owned();
    let source = Source::Catalogue { product, quantity, address: address.to_owned() };
    Opening { source, ..opening("page-key") }
}

/// From the one merchant of these tests.
fn letter(command: Command) -> Letter {
    Letter { profile: Some(ProfileName::default()), command }
}

fn serve(house: &Rc<House>, command: Command) -> Answer {
    run(house.desk().serve(letter(command)))
}

#[track_caller]
fn checkout(answer: Answer) -> (bool, CheckoutView) {
    match answer {
        Answer::Checkout { created, settled: true, view, .. } => (created, *view),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn session(answer: Answer) -> SessionView {
    match answer {
        Answer::Session { view, .. } => *view,
        other => panic!("{other:?}"),
    }
}

/// A house with a checkout that waits for its money.
fn waiting() -> Rc<House> {
    let house = House::new();
    let (_, view) = checkout(serve(&house, Command::Open(Box::new(opening("A-1001")))));
    assert_eq!((view.status, view.phase), (Status::Open, Some(Phase::Waiting)));
    house
}
