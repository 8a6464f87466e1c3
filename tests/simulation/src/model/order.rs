//! An order at the platform: what was asked for, where it stands, and whether somebody can pay it
//! (protocol reference B.1 to B.4, D.3).

use serde_json::Value;

use super::moment;
use super::v2::shared_key::Method;

/// Seconds that a code can be opened.
pub const CODE_S: i64 = 2 * 3_600;
/// Seconds after which the platform closes what nobody paid.
pub const AUTO_CLOSE_S: i64 = 7 * 86_400;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has paid.
    NotPay,
    /// Paid, by that payment.
    Paid(usize),
    /// Closed.
    Closed,
}

/// An order, as it was placed.
pub struct Order {
    /// Whose it is.
    pub object: usize,
    /// What was asked for.
    pub wanted: Wanted,
    /// From when on nobody can pay, in seconds.
    pub time_expire: i64,
    /// Where it stands.
    pub state: State,
    /// When it was placed.
    pub created_s: i64,
    /// The newest code, and when it was given.
    pub code: (String, i64),
    /// By V2, what a phone that has scanned a printed code is handed.
    pub prepay_id: String,
    /// Some code of it has reached somebody who could show it.
    pub handed_out: bool,
    /// The phone that opened it first.
    pub holder: Option<u64>,
}

/// An order as it is asked for, in either API.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The merchant's number.
    pub number: String,
    /// In fen.
    pub total: u64,
    /// Until when it can be paid.
    pub time_expire: Option<i64>,
    /// The merchant and its app.
    pub payee: [String; 2],
    /// By V2, how the call was signed, and whatever is said about the order is.
    pub method: Option<Method>,
    /// Every parameter.
    pub parameters: Value,
}

/// Why an order is not placed.
pub enum NotPlaced {
    /// Its deadline has passed.
    Past,
    /// There is one of that number, and it is another order.
    Different,
    /// Somebody has paid it.
    Paid,
    /// It is closed.
    Closed,
}

/// What the body of an APIv3 order asks for.
pub fn wanted(body: &[u8]) -> Option<Wanted> {
    let parameters = serde_json::from_slice::<Value>(body).ok()?;
    let text = |name: &str| {
        let text = parameters[name].as_str().filter(|text| !text.is_empty());
        text.map(str::to_owned)
    };
    text("description").and(text("notify_url"))?;
    let asked = text("time_expire").map(|text| moment::read(&text).unwrap_or(0));
    Some(Wanted {
        number: text("out_trade_no").filter(|number| (6..=32).contains(&number.len()))?,
        total: parameters["amount"]["total"].as_u64()?,
        time_expire: asked,
        payee: [text("mchid")?, text("appid")?],
        method: None,
        parameters,
    })
}

impl Order {
    /// Where it stands at that moment: nobody has to close what is seven days old.
    pub fn state_at(&self, now_s: i64) -> State {
        match self.state {
            State::NotPay if now_s >= self.created_s + AUTO_CLOSE_S => State::Closed,
            state => state,
        }
    }

    /// Whether somebody can pay it.
    pub fn is_payable(&self, now_s: i64) -> bool {
        let is_open = self.state_at(now_s) == State::NotPay && now_s < self.time_expire;
        is_open && (self.holder.is_some() || (self.handed_out && now_s < self.code.1 + CODE_S))
    }
}
