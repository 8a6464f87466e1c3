//! WeChat Pay's orders: a number is one order for ever, its body is remembered and compared, a code
//! lives two hours, and whoever opens one first holds the order (protocol reference B.1 to B.4).

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};
use wechatpay::http::Request;

use super::mail::{Arrival, Mail};
use super::moment;
use super::order::{AUTO_CLOSE_S, CODE_S, NotPlaced, Order, State, Wanted, wanted};
use super::refunds::Refund;
use super::seal::{Answer, error, says};
use super::v2::xml::Message;
use crate::dice::Dice;
use crate::weather::Fault;
use crate::world::World;

/// A call that has arrived.
pub struct Called<'a> {
    /// Which object made it; nobody's where the door asks about a refund.
    pub object: Option<usize>,
    /// What was called.
    pub request: &'a Request,
    /// With these headers.
    pub headers: &'a [(&'static str, String)],
    /// Whether the merchant's client certificate was shown.
    pub is_certified: bool,
}

/// Money that somebody paid.
#[derive(Clone, Debug)]
pub struct Payment {
    /// The platform's number of it.
    pub transaction_id: String,
    /// The order's number.
    pub number: String,
    /// Whose order it was.
    pub object: usize,
    /// In fen.
    pub total: u64,
    /// What else is paid: currency, merchant and app.
    pub terms: [String; 3],
    /// It is what was asked for.
    pub is_right: bool,
    /// When.
    pub at_s: i64,
    /// Some message about it has left the platform.
    pub told: bool,
}

/// What published pages disagree about: each day has one of the answers (protocol reference I.4).
struct Quirks {
    unknown_closes_with_404: bool,
    paid_code: &'static str,
    past_is_refused: bool,
}

/// The platform's books.
pub struct WeChat {
    /// By number.
    pub orders: BTreeMap<String, Order>,
    /// In the order in which they were made.
    pub payments: Vec<Payment>,
    /// By number.
    pub refunds: BTreeMap<String, Refund>,
    /// Notifications.
    pub mail: Vec<Mail>,
    /// Genuine messages that somebody has overheard.
    pub overheard: Vec<Arrival>,
    codes: u32,
    quirks: Quirks,
}

impl WeChat {
    /// An empty platform.
    pub fn of(dice: &Dice) -> Self {
        let paid_code = *dice.one_of(&["INVALID_REQUEST", "ORDER_PAID", "ORDERPAID"]);
        let (unknown_closes_with_404, past_is_refused) = (dice.one_in(2), dice.one_in(2));
        Self {
            orders: BTreeMap::new(),
            payments: Vec::new(),
            refunds: BTreeMap::new(),
            mail: Vec::new(),
            overheard: Vec::new(),
            codes: 0,
            quirks: Quirks { unknown_closes_with_404, paid_code, past_is_refused },
        }
    }

    /// An order is placed by APIv3, or placed again.
    pub fn place(&mut self, object: usize, body: &[u8], now_s: i64) -> Answer {
        let Some(wanted) = wanted(body) else { return says(400, error("PARAM_ERROR")) };
        let code = match self.enter(object, wanted, now_s) {
            Ok(order) => return says(200, json!({ "code_url": order.code.0 }).to_string()),
            Err(NotPlaced::Past) => "PARAM_ERROR",
            Err(NotPlaced::Different) => "INVALID_REQUEST",
            Err(NotPlaced::Paid) => self.quirks.paid_code,
            Err(NotPlaced::Closed) => "ORDER_CLOSED",
        };
        says(400, error(code))
    }

    /// The order that is `wanted`, entered if there is none, under a fresh code.
    pub fn enter(
        &mut self,
        object: usize,
        wanted: Wanted,
        now_s: i64,
    ) -> Result<&Order, NotPlaced> {
        let mut time_expire = wanted.time_expire.unwrap_or(now_s + AUTO_CLOSE_S);
        if !self.orders.contains_key(&wanted.number) && time_expire < now_s + 60 {
            if time_expire < now_s && self.quirks.past_is_refused {
                return Err(NotPlaced::Past);
            }
            time_expire = now_s + 60;
        }
        let order = self.orders.entry(wanted.number.clone()).or_insert_with(|| Order {
            object,
            wanted: wanted.clone(),
            time_expire,
            state: State::NotPay,
            created_s: now_s,
            code: (String::new(), now_s),
            prepay_id: String::new(),
            handed_out: false,
            holder: None,
        });
        if order.wanted != wanted {
            return Err(NotPlaced::Different);
        }
        match order.state_at(now_s) {
            State::NotPay => {
                self.codes += 1;
                order.code = (format!("weixin://wxpay/bizpayurl?pr=c{}", self.codes), now_s);
                order.prepay_id = format!("wx{}c{}", moment::digits(now_s), self.codes);
                Ok(order)
            }
            State::Paid(_) => Err(NotPlaced::Paid),
            State::Closed => Err(NotPlaced::Closed),
        }
    }

    /// How does it stand?
    pub fn query(&mut self, number: &str, now_s: i64) -> Answer {
        let Some(order) = self.orders.get(number) else {
            return says(404, error("ORDER_NOT_EXIST"));
        };
        let state = match order.state_at(now_s) {
            State::Paid(payment) => return says(200, self.transaction(payment)),
            State::NotPay => "NOTPAY",
            State::Closed => "CLOSED",
        };
        let body = json!({
            "appid": order.wanted.payee[1], "mchid": order.wanted.payee[0], "out_trade_no": number,
            "trade_state": state, "trade_state_desc": "",
        });
        says(200, body.to_string())
    }

    /// Nobody shall pay it any more.
    pub fn close(&mut self, number: &str, now_s: i64) -> Answer {
        match self.orders.get_mut(number) {
            Some(order) => match order.state_at(now_s) {
                State::Paid(_) => says(400, error("ORDER_PAID")),
                State::NotPay | State::Closed => {
                    order.state = State::Closed;
                    says(204, String::new())
                }
            },
            None if self.quirks.unknown_closes_with_404 => says(404, error("ORDER_NOT_EXIST")),
            None => says(204, String::new()),
        }
    }

    /// A code has reached whoever asked for it.
    pub fn handed_out(&mut self, object: usize, request: &Request, body: &[u8]) {
        let code = match request.target.as_str() {
            "/v3/pay/transactions/native" => {
                let answer = serde_json::from_slice::<Value>(body).unwrap_or_default();
                answer["code_url"].as_str().unwrap_or_default().to_owned()
            }
            "/pay/unifiedorder" => {
                Message::read(body).unwrap_or_default().text("code_url").to_owned()
            }
            _ => return,
        };
        let mut orders = self.orders.values_mut().filter(|order| order.object == object);
        if let Some(order) = orders.find(|order| order.code.0 == code) {
            order.handed_out = true;
        }
    }

    /// Whether any of it was given back, or is about to be.
    pub fn is_refunded(&self, payment: usize) -> bool {
        let transaction_id = &self.payments[payment].transaction_id;
        self.refunds.values().any(|refund| refund.transaction_id == *transaction_id)
    }

    /// The transaction as it is shown (protocol reference B.3).
    pub fn transaction(&mut self, payment: usize) -> String {
        let refunded = self.is_refunded(payment);
        let Payment { transaction_id, number, total, terms, at_s, told, .. } =
            &mut self.payments[payment];
        *told = true;
        let [currency, mchid, appid] = terms;
        json!({
            "appid": appid, "mchid": mchid, "out_trade_no": number,
            "transaction_id": transaction_id, "trade_type": "NATIVE",
            "trade_state": if refunded { "REFUND" } else { "SUCCESS" }, "trade_state_desc": "",
            "bank_type": "OTHERS", "attach": "", "success_time": moment::written(*at_s),
            "payer": { "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
            "amount": {
                "total": total, "payer_total": total, "currency": currency, "payer_currency": "CNY",
            },
        })
        .to_string()
    }
}

/// A phone scans `code`. Tells the order that it holds then.
pub fn open(world: &World, code: &str, phone: u64) -> Option<String> {
    let now_s = world.now().0;
    let mut wechat = world.wechat.borrow_mut();
    let (number, order) = wechat.orders.iter_mut().find(|(_, order)| order.code.0 == code)?;
    let is_free = order.holder.is_none_or(|holder| holder == phone);
    let is_open = order.state_at(now_s) == State::NotPay && now_s < order.time_expire;
    if !is_free || !is_open || now_s >= order.code.1 + CODE_S {
        return None;
    }
    order.holder = Some(phone);
    Some(number.clone())
}

/// A phone is handed the order of `prepay_id`, as [`open`] by a code.
pub fn hand(world: &World, prepay_id: &str, phone: u64) -> Option<(String, usize)> {
    let (code, object) = {
        let mut wechat = world.wechat.borrow_mut();
        let order = wechat.orders.values_mut().find(|order| order.prepay_id == prepay_id)?;
        order.handed_out = true;
        (order.code.0.clone(), order.object)
    };
    open(world, &code, phone).map(|number| (number, object))
}

/// The phone that holds `number` pays it, if it still can.
pub fn pay(world: &Rc<World>, number: &str) {
    let now_s = world.now().0;
    let late = {
        let wechat = world.wechat.borrow();
        let Some(order) = wechat.orders.get(number) else { return };
        match order.state_at(now_s) {
            State::NotPay if now_s < order.time_expire => false,
            State::Closed => true,
            State::NotPay | State::Paid(_) => return,
        }
    };
    // The payer had confirmed, and the bank answers after the order was closed: money that nobody
    // expects any more.
    if late && !world.strikes(Fault::LatePayment) {
        return;
    }
    world.mark(if late { "late payments" } else { "payments" });
    let payment = enter(world, number, now_s);
    world.say(|| format!("  somebody pays {number}"));
    if !world.strikes(Fault::NeverNotified) {
        super::mail::payment(world, payment);
    }
    super::shop::paid(world, payment);
    world.changed.set(true);
}

fn enter(world: &World, number: &str, now_s: i64) -> usize {
    let odd = world.strikes(Fault::OddPayment).then(|| world.dice.below(4));
    let mut wechat = world.wechat.borrow_mut();
    let payment = wechat.payments.len();
    let order = wechat.orders.get_mut(number).expect("an order that is paid");
    order.state = State::Paid(payment);
    let [mchid, appid] = order.wanted.payee.clone();
    let (mut total, mut terms) = (order.wanted.total, ["CNY".to_owned(), mchid, appid]);
    match odd {
        Some(0) => total += 1,
        Some(at) => terms[at - 1] = ["USD", "1900000002", "wx0000000000000000"][at - 1].to_owned(),
        None => {}
    }
    let paid = Payment {
        transaction_id: format!("4200000001{now_s}{payment:08}"),
        number: number.to_owned(),
        object: order.object,
        total,
        terms,
        is_right: odd.is_none(),
        at_s: now_s,
        told: false,
    };
    wechat.payments.push(paid);
    payment
}
