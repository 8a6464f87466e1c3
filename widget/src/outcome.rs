//! What a step comes to, as the plain object that the page's script carries out.
//!
//! Maps and not structs: a struct's names would be kept in a table for next time, which would cost
//! a page more bytes than the object. Every name is always there, null where nothing is, so that a
//! script never meets `undefined`.

use serde::{Serialize, Serializer};

use crate::picture::{Line, Picture};
use crate::session::{Ask, Command, Hold, News, Now, Session, Via};

/// A value of JSON that borrows what it can.
#[derive(Debug)]
enum Value<'a> {
    Null,
    Truth(bool),
    Number(u64),
    Text(&'a str),
    List(Vec<Self>),
    /// Its names, and as many values.
    Record(&'static [&'static str], Vec<Self>),
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Truth(truth) => serializer.serialize_bool(*truth),
            Self::Number(whole) => serializer.serialize_f64(number(*whole)),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values),
            Self::Record(names, values) => serializer.collect_map(names.iter().zip(values)),
        }
    }
}

/// A whole number as JavaScript's; amounts, spans and versions stay far below 2^53.
#[expect(clippy::as_conversions, reason = "exact below 2^53, and there is no other way to f64")]
const fn number(whole: u64) -> f64 {
    whole as f64
}

fn text<'a>(text: Option<&'a str>) -> Value<'a> {
    text.map_or(Value::Null, Value::Text)
}

fn count<'a>(count: Option<u64>) -> Value<'a> {
    count.map_or(Value::Null, Value::Number)
}

/// What is to be done, what is to be seen, and when to come back.
#[derive(Debug)]
pub(crate) struct Outcome<'a> {
    /// After the step that the commands came from.
    pub(crate) session: &'a Session,
    /// In this order.
    pub(crate) commands: &'a [Command],
    /// The step's time.
    pub(crate) now: Now,
}

impl Serialize for Outcome<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let picture = self.session.picture(self.now);
        let commands = self.commands.iter().map(|one| command(*one, self.session)).collect();
        Value::Record(
            &["commands", "picture", "wake_ms", "token"],
            vec![
                Value::List(commands),
                seen(&picture),
                count(self.session.wake_ms(self.now)),
                text(self.session.token()),
            ],
        )
        .serialize(serializer)
    }
}

/// The names of a picture, in the order of their values below.
const PICTURE: [&str; 14] = [
    "face",
    "line",
    "notice",
    "description",
    "total",
    "currency",
    "code",
    "qr",
    "left_s",
    "check",
    "way_on",
    "rejection",
    "is_offline",
    "is_expiring",
];

fn seen(picture: &Picture) -> Value<'_> {
    let purchase = picture.purchase.as_ref();
    let total = purchase.map(|purchase| purchase.amount.total.count());
    let currency = purchase.map(|purchase| purchase.amount.currency.code());
    let rejection = picture.rejection.as_ref().map_or(Value::Null, |why| {
        Value::Record(&["code", "detail"], vec![Value::Text(&why.code), Value::Text(&why.detail)])
    });
    let values = vec![
        Value::Text(picture.face.name()),
        Value::Text(picture.line.name()),
        text(picture.notice.map(|notice| notice.name())),
        text(purchase.map(|purchase| purchase.description.as_str())),
        count(total),
        text(currency),
        text(picture.code.as_deref()),
        text(picture.modules.as_deref()),
        count(picture.left_s),
        Value::Text(picture.check.name()),
        text(picture.way_on.map(|way_on| way_on.name())),
        rejection,
        Value::Truth(picture.is_offline),
        Value::Truth(picture.is_expiring()),
    ];
    Value::Record(&PICTURE, values)
}

fn command(command: Command, session: &Session) -> Value<'_> {
    let name = match command {
        Command::Send { ticket, ask, hold } => return send(ticket, ask, hold),
        Command::Tell(news) => return told(news, session),
        Command::Abandon => "abandon",
        Command::Dial => "dial",
        Command::HangUp => "hang_up",
        Command::Ping => "ping",
        Command::Forget => "forget",
    };
    Value::Record(&["do"], vec![Value::Text(name)])
}

fn send<'a>(ticket: u32, ask: Ask, hold: Option<Hold>) -> Value<'a> {
    let mut values =
        vec![Value::Text("send"), Value::Number(ticket.into()), Value::Text(ask.name())];
    if let Some(hold) = hold {
        values.push(Value::Number(hold.version));
        values.push(Value::Number(hold.wait_s.into()));
    }
    // What has no value is left out.
    Value::Record(&["do", "ticket", "ask", "version", "wait"], values)
}

fn told(news: News, session: &Session) -> Value<'_> {
    let (name, via) = match news {
        News::Error(line) => return error(line, session),
        News::Ready(via) => ("ready", via),
        News::Paid(via) => ("paid", via),
        News::Expired(via) => ("expired", via),
        News::Refreshed(via) => ("refreshed", via),
        News::Status { via, .. } => ("status", via),
    };
    let mut values = vec![Value::Text("tell"), Value::Text(name), Value::Text(via.name())];
    if let News::Status { now, before, .. } = news {
        values.push(Value::Text(now.name()));
        values.push(Value::Text(before.name()));
    }
    Value::Record(&["do", "news", "via", "status", "previous"], values)
}

fn error(line: Line, session: &Session) -> Value<'_> {
    let (code, recoverable) = line.trouble().unwrap_or_default();
    let why = session.rejection();
    let values = vec![
        Value::Text("tell"),
        Value::Text("error"),
        Value::Text(why.map_or(code, |why| &why.code)),
        Value::Text(why.map_or("", |why| &why.detail)),
        Value::Truth(recoverable),
    ];
    Value::Record(&["do", "news", "code", "detail", "recoverable"], values)
}

impl Ask {
    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Read => "read",
            Self::Check => "check",
            Self::Renew => "renew",
        }
    }
}

impl Via {
    const fn name(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Poll => "poll",
            Self::Resume => "resume",
            Self::Tab => "tab",
        }
    }
}
