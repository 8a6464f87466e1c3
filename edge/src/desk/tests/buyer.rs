//! What is said about who buys: kept for the shop, corrected while nothing is decided, and no part of
//! what is bought.

use std::rc::Rc;

use super::house::House;
use super::refunding::pays;
use super::wechat::Fault;
use super::{checkout, from_catalogue, opening, serve, session};
use crate::buyer::Buyer;
use crate::command::{Command, Opening};

fn living_at(street: &str) -> Option<Buyer> {
    Some(Buyer::new(vec![("street".to_owned(), street.to_owned())]).unwrap())
}

/// A page wants one piece from the catalogue.
fn page(buyer: Option<Buyer>) -> Command {
    Command::Open(Box::new(Opening { buyer, ..from_catalogue(1, "192.0.2.1") }))
}

fn known(house: &Rc<House>) -> Option<Buyer> {
    checkout(serve(house, Command::Read)).1.buyer
}

#[test]
fn a_shopper_corrects_an_address_until_the_checkout_is_paid() {
    let house = House::new();
    let first = session(serve(&house, page(living_at("Wensan Road 9"))));
    assert_eq!(known(&house), living_at("Wensan Road 9"));
    let again = session(serve(&house, page(living_at("Wensan Road 6"))));
    assert_eq!(again, first, "the page sees nothing of it");
    assert_eq!(known(&house), living_at("Wensan Road 6"));
    session(serve(&house, page(None)));
    assert_eq!(known(&house), living_at("Wensan Road 6"), "who says nothing takes nothing back");
    assert_eq!(house.wechat.borrow().verbs(), ["place"]);
    pays(&house);
    session(serve(&house, page(living_at("Elsewhere 1"))));
    assert_eq!(known(&house), living_at("Wensan Road 6"), "what was paid for stays");
}

#[test]
fn a_repeat_of_what_is_known_stores_nothing() {
    let house = House::new();
    serve(&house, page(living_at("Wensan Road 9")));
    let revision = house.stored().revision;
    serve(&house, page(living_at("Wensan Road 9")));
    assert_eq!(house.stored().revision, revision);
}

#[test]
fn buyer_fields_survive_a_refusal() {
    let house = House::new();
    house.wechat.borrow_mut().faults.push_back(Fault::Refuse(403, "NO_AUTH"));
    serve(&house, page(living_at("Wensan Road 9")));
    serve(&house, page(None));
    assert_eq!(known(&house), living_at("Wensan Road 9"));
}

#[test]
fn wechat_pay_learns_nothing_of_the_buyer() {
    let house = House::new();
    let opening = Opening { buyer: living_at("Wensan Road 9"), ..opening("A-1001") };
    let (_, view) = checkout(serve(&house, Command::Open(Box::new(opening))));
    assert_eq!(view.buyer, living_at("Wensan Road 9"));
    let sent = String::from_utf8(house.wechat.borrow().sent[0].body.clone()).unwrap();
    assert!(sent.contains("Oolong 250 g") && !sent.contains("Wensan"), "{sent}");
}
