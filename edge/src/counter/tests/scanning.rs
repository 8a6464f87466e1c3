//! What a scan comes to, with counters and checkouts in memory.

use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::collections::BTreeMap;

use checkout::id::CheckoutId;
use checkout::report::PrepayId;
use checkout::view::Status;
use futures_util::future::join_all;

use super::*;
use crate::api::Api;
use crate::command::{
    Answer, Command, CounterAnswer, CounterCommand, Letter, Opening, Scanned, Source,
};
use crate::config::{Config, Profile};
use crate::naming::checkout_id;
use crate::problem::{Code, Problem};

const PRODUCTS: &str = r#"{
    "oolong-250": {"description": "Oolong 250 g", "price": 8800},
    "gone": {"description": "Gone", "price": 1, "sold_out": true}
}"#;

/// A merchant that sells `products`.
fn profile(products: &str) -> Profile {
    let config = Config::parse(|variable| {
        let value = match variable {
            "PUBLIC_URL" => "https://pay.example",
            "MCHID" => "1900000001",
            "APPID" => "wx8888888888888888",
            "MERCHANT_CERTIFICATE" => {
                include_str!("../../config/fixtures/merchant_certificate.pem")
            }
            "MERCHANT_PRIVATE_KEY" => include_str!("../../config/fixtures/merchant_key.pem"),
            "API_V3_KEY" | "CLIENT_KEY" => "0123456789abcdef0123456789abcdef",
            "SECRET_KEYS" => "shop-key-0123456789abcdef0123456789",
            "PRODUCTS" => products,
            _ => return None,
        };
        Some(value.to_owned())
    });
    config.unwrap_or_else(|wrong| panic!("{wrong:?}")).profiles.remove(0)
}

/// Counters and checkouts in memory. Every answer is a moment late, so that others come between.
#[derive(Default)]
struct Memory {
    now: Cell<i64>,
    drawn: Cell<u8>,
    counters: RefCell<BTreeMap<String, Counter>>,
    checkouts: RefCell<BTreeMap<String, Scanned>>,
    opened: RefCell<Vec<Opening>>,
    posted: RefCell<Vec<(CheckoutId, Command)>>,
    /// What an order that is placed comes to; it can be paid where nothing is said.
    outcome: RefCell<Option<Scanned>>,
    /// What an opening is answered instead.
    problem: RefCell<Option<Problem>>,
}

impl Shelf for Memory {
    async fn counter(
        &self,
        name: &str,
        command: &CounterCommand,
    ) -> Result<CounterAnswer, Problem> {
        moment().await;
        let (now, drawn) = (UnixSeconds(NOW.0 + self.now.get()), self.drawn.get() + 1);
        self.drawn.set(drawn);
        let mut counters = self.counters.borrow_mut();
        let counter = counters.entry(name.to_owned()).or_default();
        Ok(match command {
            CounterCommand::Scan(wish) => {
                CounterAnswer::Current(counter.scan(wish, now, [drawn; 8]).unwrap())
            }
            CounterCommand::Retry { reference } => {
                CounterAnswer::Retry { granted: counter.retry(reference, now) }
            }
        })
    }

    async fn checkout(&self, id: &CheckoutId, letter: &Letter) -> Result<Answer, Problem> {
        moment().await;
        assert_eq!(letter.profile, Some(ProfileName::default()));
        let mut checkouts = self.checkouts.borrow_mut();
        let known = checkouts.get(id.as_str()).cloned();
        match &letter.command {
            Command::Scan => Ok(known.map_or(Answer::Unknown, Answer::Scanned)),
            Command::Open(opening) => {
                assert_eq!(opening.id, *id);
                if let Some(problem) = self.problem.borrow().clone() {
                    return Ok(Answer::Problem(problem));
                }
                if known.is_none_or(|known| known == Scanned::Refused) {
                    self.opened.borrow_mut().push((**opening).clone());
                    let n = self.opened.borrow().len();
                    let outcome = self.outcome.borrow().clone().unwrap_or_else(|| ready(n));
                    checkouts.insert(id.as_str().to_owned(), outcome);
                }
                Ok(view())
            }
            command => panic!("{command:?}"),
        }
    }

    fn post(&self, id: CheckoutId, letter: Letter) {
        self.posted.borrow_mut().push((id, letter.command));
    }
}

impl Memory {
    fn serve(&self, profile: &Profile, product: &str, openid: &str) -> Result<Served, Problem> {
        let scan = Scan { product: product.to_owned(), openid: openid.to_owned() };
        run(serve(profile, &scan, self))
    }

    fn buys(&self, profile: &Profile, product: &str) -> Served {
        self.serve(profile, product, "o-anna").unwrap()
    }

    fn becomes(&self, at: usize, scanned: Scanned) {
        let id = self.opened.borrow()[at].id.as_str().to_owned();
        self.checkouts.borrow_mut().insert(id, scanned);
    }

    fn count(&self) -> usize {
        self.opened.borrow().len()
    }
}

fn prepay(n: usize) -> PrepayId {
    PrepayId::parse(&format!("wx{n}")).unwrap()
}

fn ready(n: usize) -> Scanned {
    Scanned::Ready { prepay_id: prepay(n) }
}

fn pays(n: usize) -> Served {
    Served::Ready(prepay(n))
}

/// What an opening is answered; nothing of it is read.
fn view() -> Answer {
    let view = serde_json::json!({
        "id": "chk_abcdefghijklmnopqrst", "status": "open", "reference": "A", "description": "A",
        "amount": { "total": 1, "currency": "CNY" },
        "attempt": { "out_trade_no": "abcdefghijklmnopqrst01abcdefgh" },
        "created_at": "", "expires_at": "", "version": 1,
    });
    let view = serde_json::from_value(view).unwrap();
    Answer::Checkout { created: true, settled: true, expires_in_s: 1, view: Box::new(view) }
}

/// Lets everybody else go first, once.
async fn moment() {
    let mut asked = false;
    poll_fn(|context| {
        if asked {
            return Poll::Ready(());
        }
        asked = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("it never ends");
}

#[test]
fn a_scan_opens_a_checkout_of_one_piece_over_the_v2_api() {
    let (memory, profile) = (Memory::default(), profile(PRODUCTS));
    assert_eq!(memory.buys(&profile, "oolong-250"), pays(1));
    let opened = memory.opened.borrow();
    let [opening] = opened.as_slice() else { panic!("{opened:?}") };
    assert_eq!(opening.reference.as_str(), "counter:oolong-250:0101010101010101");
    assert_eq!(opening.id, checkout_id(&ProfileName::default(), &opening.reference));
    assert_eq!(opening.api, Api::V2);
    assert_eq!(opening.product_id.as_deref(), Some("oolong-250"));
    assert_eq!(opening.amount.total.count(), 8_800);
    assert_eq!(opening.description.as_str(), "Oolong 250 g");
    assert_eq!(opening.source, Source::Counter { product: "oolong-250".to_owned() });
    assert_eq!(opening.lifetime_s, 86_400);
}

#[test]
fn twenty_callbacks_at_once_are_one_order() {
    let (memory, profile) = (Memory::default(), profile(PRODUCTS));
    let scan = Scan { product: "oolong-250".to_owned(), openid: "o-anna".to_owned() };
    let served = run(join_all((0..20).map(|_| serve(&profile, &scan, &memory))));
    assert_eq!(served, vec![Ok(pays(1)); 20]);
    assert_eq!(memory.count(), 1);
}

#[test]
fn another_payer_and_another_product_have_orders_of_their_own() {
    let two = r#"{"a":{"description":"A","price":1},"b":{"description":"B","price":1}}"#;
    let (memory, profile) = (Memory::default(), profile(two));
    for (product, openid, n) in
        [("a", "anna", 1), ("a", "bert", 2), ("b", "anna", 3), ("a", "anna", 1)]
    {
        assert_eq!(memory.serve(&profile, product, openid), Ok(pays(n)), "{product} {openid}");
    }
}

#[test]
fn after_it_is_over_the_next_scan_buys_again() {
    let (memory, profile) = (Memory::default(), profile(PRODUCTS));
    for (n, status) in [Status::Paid, Status::Expired, Status::Cancelled].into_iter().enumerate() {
        assert_eq!(memory.buys(&profile, "oolong-250"), pays(n + 1));
        memory.becomes(n, Scanned::Ended { status });
    }
    let scan = Scan { product: "oolong-250".to_owned(), openid: "o-anna".to_owned() };
    let served = run(join_all((0..20).map(|_| serve(&profile, &scan, &memory))));
    assert_eq!(served, vec![Ok(pays(4)); 20], "one, for all who found out at once");
    assert!(memory.posted.borrow().is_empty(), "nothing is withdrawn that is over");
}

#[test]
fn a_new_price_is_asked_at_once_and_the_old_order_is_withdrawn() {
    let (memory, dear) = (Memory::default(), profile(PRODUCTS));
    assert_eq!(memory.buys(&dear, "oolong-250"), pays(1));
    let cheap = profile(&PRODUCTS.replace("8800", "6600"));
    assert_eq!(memory.buys(&cheap, "oolong-250"), pays(2));
    assert_eq!(memory.opened.borrow()[1].amount.total.count(), 6_600);
    let old = memory.opened.borrow()[0].id.clone();
    assert_eq!(*memory.posted.borrow(), [(old, Command::Cancel)]);
}

#[test]
fn what_cannot_be_bought_is_told_and_opens_nothing() {
    let (memory, profile) = (Memory::default(), profile(PRODUCTS));
    for (product, refusal, words) in [
        ("gone", Refusal::SoldOut, "商品已售罄"),
        ("coffee", Refusal::Unknown, "商品不存在或已下架"),
        ("chk_abcdefghijklmnopqrst", Refusal::Unknown, "商品不存在或已下架"),
    ] {
        assert_eq!(memory.buys(&profile, product), Served::Refused(refusal), "{product}");
        assert_eq!(refusal.words(), words);
    }
    assert_eq!(memory.count(), 0);
    assert!(memory.counters.borrow().is_empty(), "no object was woken");
}

#[test]
fn a_code_may_be_of_one_checkout() {
    let (memory, profile) = (Memory::default(), profile(PRODUCTS));
    let id = "chk_abcdefghijklmnopqrst";
    for (scanned, served) in [
        (ready(7), pays(7)),
        (Scanned::Busy, Served::Refused(Refusal::Busy)),
        (Scanned::Refused, Served::Refused(Refusal::Busy)),
        (Scanned::Ended { status: Status::Paid }, Served::Refused(Refusal::Paid)),
        (Scanned::Ended { status: Status::Expired }, Served::Refused(Refusal::Closed)),
        (Scanned::Ended { status: Status::Cancelled }, Served::Refused(Refusal::Closed)),
    ] {
        memory.checkouts.borrow_mut().insert(id.to_owned(), scanned);
        assert_eq!(memory.buys(&profile, id), served);
    }
    assert_eq!((Refusal::Paid.words(), Refusal::Closed.words()), ("订单已支付", "订单已关闭"));
    assert_eq!(memory.count(), 0);
}

#[test]
fn an_order_in_doubt_is_asked_about_and_not_placed_twice() {
    let (memory, profile) = (Memory::default(), profile(PRODUCTS));
    memory.outcome.replace(Some(Scanned::Busy));
    let busy = Served::Refused(Refusal::Busy);
    assert_eq!(memory.buys(&profile, "oolong-250"), busy);
    assert_eq!(memory.buys(&profile, "oolong-250"), busy);
    memory.becomes(0, ready(9));
    assert_eq!(memory.buys(&profile, "oolong-250"), pays(9));
    assert_eq!(memory.count(), 1);
    assert_eq!(Refusal::Busy.words(), "系统繁忙，请稍后重新扫码");
}

#[test]
fn a_refused_order_costs_one_call_in_half_a_minute_however_often_it_is_scanned() {
    let (memory, profile) = (Memory::default(), profile(PRODUCTS));
    memory.outcome.replace(Some(Scanned::Refused));
    for second in 0..120 {
        memory.now.set(second);
        let served = memory.buys(&profile, "oolong-250");
        assert_eq!(served, Served::Refused(Refusal::Busy));
    }
    assert_eq!(memory.count(), 4, "at 0, 30, 60 and 90 s");
    let one = memory.opened.borrow()[0].id.clone();
    assert!(memory.opened.borrow().iter().all(|opening| opening.id == one), "one checkout");
    memory.outcome.replace(None);
    memory.now.set(121);
    assert_eq!(memory.buys(&profile, "oolong-250"), pays(5), "it was mended");
}

#[test]
fn a_checkout_that_nobody_came_to_open_is_opened_by_the_next_scan() {
    let (memory, profile) = (Memory::default(), profile(PRODUCTS));
    let dead = Problem::new(Code::Unavailable, "the handler died");
    memory.problem.replace(Some(dead.clone()));
    assert_eq!(memory.serve(&profile, "oolong-250", "o-anna"), Err(dead));
    memory.problem.replace(None);
    assert_eq!(memory.buys(&profile, "oolong-250"), pays(1));
    let opened = memory.opened.borrow();
    assert_eq!(opened[0].reference.as_str(), "counter:oolong-250:0101010101010101");
}

#[test]
fn a_name_that_is_retired_makes_way_and_never_without_end() {
    let (memory, profile) = (Memory::default(), profile(PRODUCTS));
    memory.problem.replace(Some(Problem::new(Code::ReferenceRetired, "purged")));
    assert_eq!(memory.buys(&profile, "oolong-250"), Served::Refused(Refusal::Busy));
    memory.problem.replace(None);
    assert!(matches!(memory.buys(&profile, "oolong-250"), Served::Ready(_)));
}
