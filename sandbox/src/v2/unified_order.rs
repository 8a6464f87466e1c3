//! `POST /pay/unifiedorder`, for `trade_type` `NATIVE`: which messages the platform takes and what
//! becomes of the order (protocol reference D.3, E.1, G.11).

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::given::{Bytes, Given};
use super::refusal::{Code, Refusal};
use super::sign::SIGN;
use super::{Answer, Ask, Caller, Fields, Outcome, Visit};
use crate::fault::{Kind, Route};
use crate::ledger::Ledger;
use crate::order::{NotPlaced, Terms, V2Terms};
use crate::readings::OrderNumber;
use crate::shards::Whose;
use crate::v3::native::is_number_byte;
use crate::v3::notify_url;
use crate::{dice, racing, time};

/// Longest address of a notification, one more than APIv3's (I.3).
const NOTIFY_URL_BYTES_MAX: usize = notify_url::CHARS_MAX + 1;
/// A `time_expire` must be so long after `time_start`, by the newer page (D.3, I.3).
const PAY_WINDOW_MIN_S: i64 = 60;
/// Ways to pay that V2 knows besides. Here they are nobody's.
const OTHER_TYPES: [&str; 5] = ["JSAPI", "APP", "MWEB", "MICROPAY", "FACEPAY"];
/// What belongs to the message and not to the order: the rest must be the same in a repeat.
const OF_THE_MESSAGE: [&str; 3] = ["nonce_str", SIGN, "sign_type"];

/// An order that is to be placed.
pub(super) struct Place {
    terms: Terms,
    pr: String,
}

impl Ask for Place {
    const ROUTE: Route = Route::UnifiedOrder;

    fn read(visit: &Visit<'_>) -> Result<Self, Refusal> {
        let numbers = visit.world.shards.readings().order_number;
        let terms = terms(visit.fields, &visit.caller, numbers)?;
        Ok(Self { terms, pr: dice::letters(9) })
    }

    fn whose(&self) -> Whose<'_> {
        let Terms { party, out_trade_no, .. } = &self.terms;
        Whose::Order { mchid: &party.mchid, out_trade_no }
    }

    fn out_trade_no(&self, _: &Ledger) -> Option<String> {
        Some(self.terms.out_trade_no.clone())
    }

    fn perform(&self, ledger: &mut Ledger, now: i64, fault: Option<Kind>) -> Outcome {
        let order = match ledger.place(self.terms.clone(), self.pr.clone(), now) {
            Ok(order) => order,
            Err(reason) => return Err(not_placed(reason)).into(),
        };
        let code_url = order.code.url();
        let mut fields = Fields::new();
        fields.push_if("device_info", order.terms.device_id.as_deref());
        let fields = fields
            .with("trade_type", "NATIVE")
            .with("prepay_id", order.code.prepay_id())
            .with("code_url", &code_url);
        let overtaken = fault == Some(Kind::PaidBeforeReply);
        let paid_first = if overtaken { racing::pay(ledger, &code_url, now) } else { None };
        Outcome { answer: Ok(Answer::Done(fields)), paid_first }
    }
}

/// Why an order cannot be placed (D.12 and its last paragraph).
fn not_placed(reason: NotPlaced) -> Refusal {
    match reason {
        NotPlaced::Different => {
            let why = "There is an order with this out_trade_no and other parameters. Repeat the \
                       first call unchanged but for nonce_str, sign and sign_type, or use a new \
                       number.";
            Refusal::business(Code::InvalidRequest, "201 商户订单号重复", why)
        }
        NotPlaced::Taken => {
            let why = "Another sub-merchant has used this out_trade_no; use a new one.";
            Refusal::business(Code::OutTradeNoUsed, "商户订单号重复", why)
        }
        NotPlaced::Paid => {
            let why = "The order is paid already. Query it; a new order needs a new number.";
            Refusal::business(Code::OrderPaid, "该订单已支付", why)
        }
        NotPlaced::Closed => {
            let why = "The order is closed: by a call, or because nobody paid in time. A new one \
                       needs a new out_trade_no.";
            Refusal::business(Code::OrderClosed, "该订单已关闭", why)
        }
    }
    .about("out_trade_no")
}

/// Reads a message, or says what is wrong with it.
fn terms(fields: &Fields, caller: &Caller<'_>, numbers: OrderNumber) -> Result<Terms, Refusal> {
    let given = Given(fields);
    let party = caller.party()?;
    let device_id = given.optional("device_info", Bytes(32))?;
    let description = given.shown("body", Bytes(128))?.ok_or_else(|| Refusal::lacks("body"))?;
    let detail = given.optional("detail", Bytes(6_144))?;
    let attach = given.shown("attach", Bytes(127))?;
    let out_trade_no = out_trade_no(given, numbers)?;
    let currency = given.choice("fee_type", &["CNY"])?.unwrap_or("CNY");
    let total = given.fen("total_fee")?;
    if given.text("spbill_create_ip", Bytes(64))?.parse::<IpAddr>().is_err() {
        return Err(Refusal::wrong("spbill_create_ip", "is not an IP address."));
    }
    let time_expire = time_expire(fields)?;
    given.optional("goods_tag", Bytes(32))?;
    let notify_url = notify_url(given)?;
    let product_id = product_id(given)?;
    given.choice("limit_pay", &["no_credit"])?;
    given.optional("openid", Bytes(128))?;
    given.choice("receipt", &["Y"])?;
    given.choice("profit_sharing", &["Y", "N"])?;
    scene_info(given)?;
    let version = given.optional("version", Bytes(32))?;
    let v2 = V2Terms {
        sign_type: caller.sign_type,
        product_id: product_id.to_owned(),
        cost_price: detail.and_then(cost_price),
        tells_promotion: version.is_some() && detail.is_some(),
    };
    Ok(Terms {
        party,
        appid: caller.appid.clone(),
        sub_appid: caller.sub_appid.clone(),
        out_trade_no: out_trade_no.to_owned(),
        description: description.to_owned(),
        total,
        currency: currency.to_owned(),
        notify_url: notify_url.to_owned(),
        attach: attach.map(str::to_owned),
        device_id: device_id.map(str::to_owned),
        time_expire,
        body: of_the_order(fields),
        v2: Some(v2),
    })
}

/// What a repeat must have in common with the first call; of a refund's, too.
pub(super) fn of_the_order(fields: &Fields) -> Value {
    let own =
        fields.iter().filter(|(name, value)| !value.is_empty() && !OF_THE_MESSAGE.contains(name));
    Value::Object(own.map(|(name, value)| (name.to_owned(), value.into())).collect::<Map<_, _>>())
}

/// The newest page wants 6 to 32 characters, older ones name no minimum and know `@` (E.1).
pub(super) fn out_trade_no<'a>(given: Given<'a>, numbers: OrderNumber) -> Result<&'a str, Refusal> {
    let number = given.text("out_trade_no", Bytes(32))?;
    let strict = numbers == OrderNumber::Current;
    if !number.bytes().all(is_number_byte) || (strict && number.contains('@')) {
        let rule = "holds a character that is not allowed in it.";
        return Err(Refusal::wrong("out_trade_no", rule));
    }
    if strict && number.len() < 6 {
        return Err(Refusal::wrong("out_trade_no", "is shorter than 6 characters."));
    }
    Ok(number)
}

/// Both times. What is not 14 digits has silently no effect, as merchants saw it (D.3).
fn time_expire(fields: &Fields) -> Result<Option<i64>, Refusal> {
    let moment = |name| fields.get(name).and_then(time::parse_digits);
    let expire = moment("time_expire");
    if let (Some(start), Some(expire)) = (moment("time_start"), expire)
        && expire - start < PAY_WINDOW_MIN_S
    {
        let why = "The field time_expire is less than a minute after time_start. Both are Beijing \
                   time, yyyyMMddHHmmss.";
        let words = "time_expire时间过短，至少1分钟";
        let refusal = Refusal::business(Code::InvalidRequest, words, why);
        return Err(refusal.about("time_expire"));
    }
    Ok(expire)
}

fn notify_url(given: Given<'_>) -> Result<&str, Refusal> {
    let url = given.text("notify_url", Bytes(NOTIFY_URL_BYTES_MAX))?;
    if notify_url::is_allowed(url) {
        return Ok(url);
    }
    let rule = "is no address that the platform notifies: it must be an absolute URL without query \
                and fragment, with https (http only for this machine).";
    Err(Refusal::wrong("notify_url", rule))
}

/// `trade_type`, and the number that `NATIVE` cannot do without.
fn product_id(given: Given<'_>) -> Result<&str, Refusal> {
    match given.text("trade_type", Bytes(16))? {
        "NATIVE" => given.text("product_id", Bytes(32)),
        other if OTHER_TYPES.contains(&other) => {
            let why = "The sandbox plays Native payments alone; trade_type is another way to pay.";
            let refusal = Refusal::business(Code::Noauth, "商户无此接口权限", why);
            Err(refusal.about("trade_type"))
        }
        _ => Err(Refusal::wrong("trade_type", "is not NATIVE.")),
    }
}

fn scene_info(given: Given<'_>) -> Result<(), Refusal> {
    let text = given.optional("scene_info", Bytes(256))?;
    if text.is_none_or(|text| serde_json::from_str::<Map<String, Value>>(text).is_ok()) {
        return Ok(());
    }
    Err(Refusal::wrong("scene_info", "is not a JSON object."))
}

/// What the receipt costs of which this order is a part; a `detail` that is not JSON says nothing.
fn cost_price(detail: &str) -> Option<u64> {
    serde_json::from_str::<Value>(detail).ok()?.get("cost_price")?.as_u64()
}
