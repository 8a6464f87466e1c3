//! Codes that are printed and stand on a shelf (protocol reference D.9, G.15): several payers scan the
//! same one, again and again, and the platform asks our door each time what is to be paid.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use edge::config::{Config, Profile};
use edge::counter::Counter;

use super::clients::pay_later;
use super::mail::{Address, Arrival, Origin, PATIENCE_MS};
use super::v2::shared_key::{Method, agrees, signed};
use super::v2::xml::Message;
use super::wechat;
use crate::door;
use crate::keys::{APPID, MCHID, V2_KEYS};
use crate::weather::Fault;
use crate::world::World;

/// What stands on the shelf.
pub const PRODUCT: &str = "oolong-250";
/// Phones of those who scan, apart from those who stand before a page.
const PHONES_FROM: u64 = 1_000_000;

/// The shelf, and who stands before it.
#[derive(Default)]
pub struct Shelf {
    /// The merchant as it is configured now.
    pub profile: RefCell<Option<Rc<Profile>>>,
    /// What each counter has stored.
    pub counters: RefCell<BTreeMap<String, Counter>>,
    /// Whose a checkout is, by its reference.
    pub owners: RefCell<BTreeMap<String, String>>,
    /// Checkouts at a price that is no more.
    pub withdrawn: RefCell<BTreeSet<String>>,
}

/// Draws who scans when.
pub fn plan(world: &Rc<World>) {
    if world.manner.scans == 0 {
        return;
    }
    world.shelf.profile.replace(Some(Rc::new(profile(world, 8_800))));
    for _ in 0..world.manner.scans {
        let payer = world.dice.below(3);
        let delay_ms = match world.dice.below(3) {
            0 => world.dice.between(0, 3_000),
            1 => world.dice.between(0, 200_000),
            _ => world.dice.between(0, 12_000_000),
        };
        for _ in 0..=world.dice.below(2) {
            let delay_ms = delay_ms + *world.dice.one_of(&[0, 400, 2_000, 45_000, 7_300_000]);
            world.after(delay_ms, "somebody scans a printed code", move |world| scan(world, payer));
        }
    }
    if world.dice.one_in(3) {
        world.after(world.dice.between(0, 4_000_000), "the price changes", |world| {
            world.shelf.profile.replace(Some(Rc::new(profile(world, 6_600))));
        });
    }
}

fn profile(world: &World, price: u64) -> Profile {
    let products =
        format!("{{\"{PRODUCT}\":{{\"description\":\"Oolong 250 g\",\"price\":{price}}}}}");
    let lifetime = *world.dice.one_of(&["300", "1800", "7300", "86400"]);
    let config = Config::parse(|variable| {
        let value = match variable {
            "PUBLIC_URL" => "https://pay.example.com",
            "MCHID" => MCHID,
            "APPID" => APPID,
            "API" => "v2",
            "API_V2_KEY" => V2_KEYS[0],
            "SPBILL_CREATE_IP" => "203.0.113.7",
            "CLIENT_KEY" => "0123456789abcdef0123456789abcdef",
            "SECRET_KEYS" => "shop-key-0123456789abcdef0123456789",
            "PRODUCTS" => &products,
            "CHECKOUT_LIFETIME_S" => lifetime,
            _ => return None,
        };
        Some(value.to_owned())
    });
    let mut profile = config.expect("a merchant").profiles.remove(0);
    profile.rules.policies = world.manner.policies;
    profile
}

/// The platform asks: what shall this payer pay?
fn scan(world: &Rc<World>, payer: usize) {
    let product = match world.clients.borrow().purchases.first() {
        Some(opening) if world.dice.one_in(6) => opening.id.as_str().to_owned(),
        _ => PRODUCT.to_owned(),
    };
    let key = V2_KEYS[world.keys.platform_knows.get()];
    let openid = format!("oPayer{payer}");
    let question = Message::of(&[("appid", APPID), ("openid", &openid), ("mch_id", MCHID)])
        .with("is_subscribe", "N")
        .with("nonce_str", format!("{:032X}", world.dice.draw()))
        .with("product_id", product);
    let body = signed(question, key, Method::Md5).written("xml").into_bytes();
    let arrival = Arrival::by_v2(Origin::Scan, Address::V2Scans, body);
    world.wechat.borrow_mut().overheard.push(arrival.clone());
    world.mark("v2: scans");
    if world.strikes(Fault::NotificationTwice) {
        let (delay_ms, copy) = (world.dice.between(0, 60_000), arrival.clone());
        world.after(delay_ms, "a scan is told again", move |world| {
            door::hear(world, copy, |_, _| {})
        });
    }
    if world.strikes(Fault::NotificationLost) {
        return;
    }
    let late = world.strikes(Fault::NotificationLate);
    let way_ms = if late { world.dice.between(2_000, 60_000) } else { world.dice.between(5, 200) };
    let asked_ms = world.now_ms();
    world.after(way_ms, "a scan is told", move |world| {
        door::hear(world, arrival, move |world, said| {
            let in_time = world.now_ms() <= asked_ms + PATIENCE_MS;
            if said.status != 200 {
                let found = || format!("{} to a scan", said.status);
                world.breach("who_scans_is_answered", found);
            }
            let lost = world.strikes(Fault::AcknowledgementLost);
            if in_time && !lost {
                answered(world, payer, &said.body, key);
            }
        });
    });
}

/// The platform has our answer, and shows it to the payer.
fn answered(world: &Rc<World>, payer: usize, body: &[u8], key: &str) {
    let answer = Message::read(body).unwrap_or_default();
    let is_ours = answer.text("appid") == APPID && answer.text("mch_id") == MCHID;
    if !is_ours || !agrees(&answer, key, Method::Md5) {
        world.breach("who_scans_is_answered", || String::from_utf8_lossy(body).into_owned());
        return;
    }
    let prepay_id = answer.text("prepay_id");
    if answer.text("result_code") != "SUCCESS" {
        world.mark(match answer.text("err_code_des") {
            "系统繁忙，请稍后重新扫码" => "v2: scans answered busy",
            "订单已支付" | "订单已关闭" => "v2: scans of what has ended",
            _ => "v2: scans refused",
        });
        return;
    }
    let phone = PHONES_FROM + u64::try_from(payer).unwrap_or_default();
    belongs(world, payer, prepay_id);
    let Some((number, object)) = wechat::hand(world, prepay_id, phone) else {
        return world.mark("v2: scans of what can be paid no more");
    };
    world.mark("v2: scans ready");
    pay_later(world, object, number);
}

/// Nobody is handed what somebody else is about to pay.
fn belongs(world: &World, payer: usize, prepay_id: &str) {
    let wechat = world.wechat.borrow();
    let order = wechat.orders.values().find(|order| order.prepay_id == prepay_id);
    let Some(order) = order else { return };
    let reference = world.clients.borrow().purchases[order.object].reference.as_str().to_owned();
    let owner = world.shelf.owners.borrow().get(&reference).cloned();
    // A code of one checkout, which the shop has opened, is anybody's.
    let is_theirs = match owner {
        Some(owner) => owner == format!("oPayer{payer}"),
        None => !reference.starts_with("counter:"),
    };
    if !is_theirs {
        let found = || format!("payer {payer} is handed {reference}");
        world.breach("each_payer_has_a_checkout_of_their_own", found);
    }
}
