//! Plays a file's examples one after the other and holds each answer against what is expected.

use std::fmt;

use serde_json::Value;

use super::ask::{self, Ask, Example};
use super::book::{Answer, Book, Rule};
use super::scene::Scene;
use super::xml::{self, Signing};
use crate::shop::Reply;

/// How often a call that must happen within one second is tried until it does.
const TRIES: usize = 50;

/// How many calls were made.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) broken: usize,
    pub(crate) kept: usize,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} calls refused, {} taken", self.broken, self.kept)
    }
}

/// Plays all of a file; fails with every difference at once.
pub(crate) async fn all(book: &Book) -> Count {
    let mut scene = Scene::open().await;
    let (mut count, mut wrong) = (Count::default(), Vec::new());
    for rule in &book.rules {
        for (index, example) in rule.breaks.iter().enumerate() {
            let expected = example.answer.as_ref().or(rule.refused.as_ref()).unwrap();
            let place = format!("{} breaks {index}", rule.id);
            wrong
                .extend(one(&mut scene, book, example, Some(expected)).await.map(|it| place + &it));
            count.broken += 1;
        }
        for (index, example) in rule.keeps.iter().enumerate() {
            let place = format!("{} keeps {index}", rule.id);
            let expected = example.answer.as_ref();
            wrong.extend(one(&mut scene, book, example, expected).await.map(|it| place + &it));
            count.kept += 1;
        }
        assert_said_once(rule);
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    count
}

fn assert_said_once(rule: &Rule) {
    let told = rule.breaks.iter().all(|example| example.answer.is_none());
    assert!(told || rule.refused.is_some(), "{}", rule.id);
}

/// What is wrong with the answer to an example, if anything is.
async fn one(
    scene: &mut Scene,
    book: &Book,
    example: &Example,
    expected: Option<&Answer>,
) -> Option<String> {
    let steps = ask::before(scene, &book.on, example);
    let mut verdict = Some(": never within one second".to_owned());
    for _ in 0..TRIES {
        let second = sandbox::world::wall_now();
        scene.renumber();
        scene.prepare(&steps).await;
        let ask = Ask::new(scene, &book.on, example);
        let reply = ask.send(scene).await;
        let usual = Answer { status: ask.success, ..Answer::default() };
        let in_time = !example.exact || sandbox::world::wall_now() == second;
        if let Some(after) = &example.after {
            scene.prepare(after).await;
        }
        if in_time {
            verdict = difference(&reply, expected.unwrap_or(&usual), ask.signing.as_ref());
            break;
        }
    }
    verdict
}

/// The number at the end of `Request-ID`, for logs (protocol reference E.7).
fn result(reply: &Reply) -> String {
    let last = |id: &str| id.rsplit('-').next().unwrap_or_default().to_owned();
    reply.header("request-id").map_or_else(|| "none".to_owned(), last)
}

/// `over_v2`: how the answer is signed if it is one of V2's.
fn difference(
    reply: &Reply,
    expected: &Answer,
    over_v2: Option<&(String, bool)>,
) -> Option<String> {
    let body: Value = match over_v2 {
        Some(_) => xml::as_object(&reply.body).unwrap_or_default(),
        None => serde_json::from_slice(&reply.body).unwrap_or_default(),
    };
    let said = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let signed = match over_v2 {
        Some((key, is_hmac)) => xml::is_signed(&reply.body, Signing { key, is_hmac: *is_hmac }),
        None => reply.headers.contains_key("wechatpay-signature"),
    };
    // The status is the same for yes and no.
    let is_no = expected.code.is_some() || expected.message.is_some();
    let is_told = over_v2.is_none() || body.get("refused").is_some() == is_no;
    let must_sign = expected.signed.unwrap_or(expected.status != 401 && !expected.empty);
    let same = |pointer: &str, wanted: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| said(pointer) == wanted)
    };
    let right = is_told
        && reply.status == expected.status
        && same("/code", &expected.code)
        && same("/detail/field", &expected.field)
        && same("/detail/location", &expected.location)
        && expected.message.as_ref().is_none_or(|part| said("/message").contains(part.as_str()))
        && (!expected.empty || reply.body.is_empty())
        && signed == must_sign
        && expected.result.as_ref().is_none_or(|wanted| *wanted == result(reply))
        && expected.holds.iter().all(|(pointer, value)| body.pointer(pointer) == Some(value));
    let text = String::from_utf8_lossy(&reply.body);
    (!right).then(|| format!(": {} signed {signed} {text}\n    not {expected:?}", reply.status))
}
