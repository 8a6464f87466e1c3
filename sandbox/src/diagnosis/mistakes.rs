//! The usual mistakes, as data: in which part of the string, what stands there instead, and the
//! words for it.

use super::{Asked, body, target};

/// One part of the string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Method,
    Url,
    Timestamp,
    Nonce,
    Body,
    /// Which parts there are, and what is between and after them.
    Shape,
}

/// Which parts a string has, and what is between and after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) parts: &'static [Slot],
    pub(super) between: &'static str,
    pub(super) end: &'static str,
}

const FIVE: &[Slot] = &[Slot::Method, Slot::Url, Slot::Timestamp, Slot::Nonce, Slot::Body];
const FOUR: &[Slot] = &[Slot::Method, Slot::Url, Slot::Timestamp, Slot::Nonce];
const OF_ANSWER: &[Slot] = &[Slot::Timestamp, Slot::Nonce, Slot::Body];
const SWAPPED: &[Slot] = &[Slot::Method, Slot::Url, Slot::Nonce, Slot::Timestamp, Slot::Body];

impl Shape {
    /// As it should be (protocol reference A.2).
    pub(super) const RIGHT: Self = Self { parts: FIVE, between: "\n", end: "\n" };
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) slot: Slot,
    pub(super) name: &'static str,
    pub(super) words: String,
    /// What stands in the part instead; nothing for a shape.
    pub(super) value: Vec<u8>,
    pub(super) shape: Shape,
    /// Whether it is tried together with others.
    pub(super) is_common: bool,
}

impl Mistake {
    pub(super) fn new(
        slot: Slot,
        name: &'static str,
        words: impl Into<String>,
        value: impl Into<Vec<u8>>,
    ) -> Self {
        let (words, value) = (words.into(), value.into());
        Self { slot, name, words, value, shape: Shape::RIGHT, is_common: false }
    }

    pub(super) fn common(self) -> Self {
        Self { is_common: true, ..self }
    }

    fn shaped(name: &'static str, words: &str, shape: Shape) -> Self {
        Self { shape, ..Self::new(Slot::Shape, name, words, []) }
    }
}

/// All that are tried, the likeliest first.
pub(super) fn all(asked: Asked<'_>, nonce: &str) -> Vec<Mistake> {
    let mut all = shapes();
    all.extend(methods(asked.method));
    all.extend(nonces(nonce));
    all.extend(target::mistakes(asked.target, asked.host));
    all.extend(body::mistakes(asked.body));
    if let Some((_, query)) = asked.target.split_once('?').filter(|_| asked.body.is_empty()) {
        let words = "The query was signed as the body. It belongs to the URL's line, after `?`.";
        all.push(Mistake::new(Slot::Body, "query-as-body", words, query).common());
    }
    all
}

fn shapes() -> Vec<Mistake> {
    let right = Shape::RIGHT;
    let no_end = "The line feed after the last line is missing from the string that was signed. \
                  Every one of the five lines ends with one, the body's too, even if it is empty.";
    let crlf = "The lines were signed with CRLF; each ends with a single line feed (0x0A).";
    let literal = "A backslash and an n were signed where a line feed (0x0A) is meant: in single \
                   quotes most languages and shells do not translate \\n.";
    let no_line = "The body's line is missing from the string that was signed. Without a body it \
                   is an empty line, so that the string ends with two line feeds.";
    vec![
        Mistake::shaped("no-final-newline", no_end, Shape { end: "", ..right }).common(),
        Mistake::shaped(
            "final-newline-doubled",
            "One line feed too many was signed at the end: either after the body's line, or \
             because the body that was signed ends with a line feed that was not sent.",
            Shape { end: "\n\n", ..right },
        )
        .common(),
        Mistake::shaped("crlf-lines", crlf, Shape { between: "\r\n", end: "\r\n", ..right })
            .common(),
        Mistake::shaped("crlf-lines", crlf, Shape { between: "\r\n", end: "", ..right }),
        Mistake::shaped(
            "literal-backslash-n",
            literal,
            Shape { between: "\\n", end: "\\n", ..right },
        )
        .common(),
        Mistake::shaped("literal-backslash-n", literal, Shape { between: "\\n", end: "", ..right }),
        Mistake::shaped("body-line-missing", no_line, Shape { parts: FOUR, ..right }).common(),
        Mistake::shaped("body-line-missing", no_line, Shape { parts: FOUR, end: "", ..right }),
        Mistake::shaped(
            "response-form",
            "Three lines were signed (timestamp, nonce, body): that is the form of answers and \
             notifications. A request has five: method, URL, timestamp, nonce, body.",
            Shape { parts: OF_ANSWER, ..right },
        )
        .common(),
        Mistake::shaped(
            "lines-swapped",
            "Nonce and timestamp were signed in the wrong order: the timestamp comes first.",
            Shape { parts: SWAPPED, ..right },
        ),
        Mistake::shaped(
            "no-newlines",
            "The five parts were signed without line feeds between them.",
            Shape { between: "", end: "", ..right },
        ),
        Mistake::shaped(
            "no-newlines",
            "The five parts were signed with & between them; each ends with a line feed.",
            Shape { between: "&", end: "", ..right },
        ),
    ]
}

fn methods(method: &str) -> Vec<Mistake> {
    let lower = "The method was signed in lower case; its line is in upper case.";
    let capital = "The method was signed with one capital; its line is all in upper case.";
    let mut capitalised = method.to_ascii_lowercase();
    if let Some(first) = capitalised.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let mut found = vec![
        Mistake::new(Slot::Method, "method-lower-case", lower, method.to_ascii_lowercase())
            .common(),
        Mistake::new(Slot::Method, "method-lower-case", capital, capitalised),
    ];
    for other in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
        let words = format!("{other} was signed, but the request is a {method}.");
        let mistake = Mistake::new(Slot::Method, "method-other", words, other);
        found.push(if matches!(other, "GET" | "POST") { mistake.common() } else { mistake });
    }
    found
}

fn nonces(nonce: &str) -> Vec<Mistake> {
    const WORDS: &str = "The nonce was signed in another form than the Authorization header has \
                         it. Draw it once, and use the same text in both places.";
    let one = |value: String| Mistake::new(Slot::Nonce, "nonce-other", WORDS, value);
    vec![
        one(nonce.to_ascii_lowercase()).common(),
        one(nonce.to_ascii_uppercase()).common(),
        one(nonce.replace('-', "")),
        one(String::new()),
        one(format!("\"{nonce}\"")),
    ]
}
