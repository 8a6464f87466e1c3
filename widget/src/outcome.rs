//! What a step comes to, as the plain object that the page's script carries out.
//!
//! Maps and not structs: a struct's names would be kept in a table for next time, which would cost
//! a page more bytes than the object. Every name is always there, null where nothing is, so that a
//! script never meets `undefined`.

use serde::{Serialize, Serializer};

use crate::picture::Picture;
use crate::session::{Ask, Command, News, Now, Session, Via};

/// A value of JSON that borrows what it can.
#[derive(Debug)]
enum Value<'a> {
    Null,
    Truth(bool),
    Number(u64),
    Text(&'a str),
    List(Vec<Self>),
    Record(Vec<(&'static str, Self)>),
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Truth(truth) => serializer.serialize_bool(*truth),
            Self::Number(whole) => serializer.serialize_f64(number(*whole)),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values),
            Self::Record(entries) => serializer.collect_map(entries.iter().map(|(k, v)| (k, v))),
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
        Value::Record(vec![
            ("commands", Value::List(commands)),
            ("picture", seen(&picture)),
            ("wake_ms", count(self.session.wake_ms(self.now))),
            ("token", text(self.session.token())),
        ])
        .serialize(serializer)
    }
}

fn seen(picture: &Picture) -> Value<'_> {
    let purchase = picture.purchase.as_ref();
    let total = purchase.map(|purchase| purchase.amount.total.count());
    let currency = purchase.map(|purchase| purchase.amount.currency.code());
    let rejection = picture.rejection.as_ref().map_or(Value::Null, |why| {
        Value::Record(vec![("code", Value::Text(&why.code)), ("detail", Value::Text(&why.detail))])
    });
    Value::Record(vec![
        ("face", Value::Text(picture.face.name())),
        ("line", Value::Text(picture.line.name())),
        ("notice", text(picture.notice.map(|notice| notice.name()))),
        ("description", text(purchase.map(|purchase| purchase.description.as_str()))),
        ("total", count(total)),
        ("currency", text(currency)),
        ("code", text(picture.code.as_deref())),
        ("qr", text(picture.modules.as_deref())),
        ("left_s", count(picture.left_s)),
        ("check", Value::Text(picture.check.name())),
        ("way_on", text(picture.way_on.map(|way_on| way_on.name()))),
        ("rejection", rejection),
        ("is_offline", Value::Truth(picture.is_offline)),
        ("is_expiring", Value::Truth(picture.is_expiring())),
    ])
}

fn command(command: Command, session: &Session) -> Value<'_> {
    let named = |name| vec![("do", Value::Text(name))];
    Value::Record(match command {
        Command::Send { ticket, ask, hold } => vec![
            ("do", Value::Text("send")),
            ("ticket", Value::Number(ticket.into())),
            ("ask", Value::Text(ask.name())),
            ("version", count(hold.map(|hold| hold.version))),
            ("wait", count(hold.map(|hold| hold.wait_s.into()))),
        ],
        Command::Abandon => named("abandon"),
        Command::Dial => named("dial"),
        Command::HangUp => named("hang_up"),
        Command::Ping => named("ping"),
        Command::Forget => named("forget"),
        Command::Tell(news) => told(news, session),
    })
}

fn told(news: News, session: &Session) -> Vec<(&'static str, Value<'_>)> {
    let by = |name, via: Via| {
        vec![
            ("do", Value::Text("tell")),
            ("news", Value::Text(name)),
            ("via", Value::Text(via.name())),
        ]
    };
    match news {
        News::Ready(via) => by("ready", via),
        News::Paid(via) => by("paid", via),
        News::Expired(via) => by("expired", via),
        News::Refreshed(via) => by("refreshed", via),
        News::Status { now, before, via } => {
            let mut entries = by("status", via);
            entries.push(("status", Value::Text(now.name())));
            entries.push(("previous", Value::Text(before.name())));
            entries
        }
        News::Error(line) => {
            let (code, recoverable) = line.trouble().unwrap_or_default();
            let why = session.rejection();
            vec![
                ("do", Value::Text("tell")),
                ("news", Value::Text("error")),
                ("code", Value::Text(why.map_or(code, |why| &why.code))),
                ("detail", Value::Text(why.map_or("", |why| &why.detail))),
                ("recoverable", Value::Truth(recoverable)),
            ]
        }
    }
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
