//! What is signed in the place of the body that was sent.

use super::json_text::{self, Escapes, Layout, Style};
use super::mistakes::{Mistake, Slot};

/// A longer body is not written anew: a merchant's largest has some ten thousand bytes.
const REWRITTEN_BYTES_MAX: usize = 16 * 1_024;
/// Nor is what would be longer than this: escapes make six bytes of three, indentation a few more.
const WRITTEN_BYTES_MAX: usize = 64 * 1_024;

/// What is signed for a body that is not there.
const NOTHINGS: [&str; 7] = ["{}", "null", "\"\"", "[]", "undefined", "None", "nil"];

const AS_SENT: Escapes = Escapes { unicode: false, upper: false, slash: false, html: false };

/// The ways in which programs write JSON, with the words for each.
const LAYOUTS: [(Layout, &str); 5] = [
    (Layout::Compact, "compact, without white space"),
    (Layout::Spaced, "with a space after every comma and colon, as Python's json.dumps writes it"),
    (Layout::Pretty("  "), "pretty-printed with 2 spaces"),
    (Layout::Pretty("    "), "pretty-printed with 4 spaces"),
    (Layout::Pretty("\t"), "pretty-printed with tabs"),
];

const ESCAPES: [(Escapes, &str); 7] = [
    (AS_SENT, "no needless escapes"),
    (Escapes { unicode: true, ..AS_SENT }, "\\u escapes for all that is not ASCII"),
    (
        Escapes { unicode: true, upper: true, ..AS_SENT },
        "\\u escapes in upper case for all that is not ASCII",
    ),
    (Escapes { slash: true, ..AS_SENT }, "/ escaped as \\/"),
    (
        Escapes { unicode: true, slash: true, ..AS_SENT },
        "\\u escapes for all that is not ASCII and / escaped as \\/, as PHP's json_encode writes it",
    ),
    (Escapes { html: true, ..AS_SENT }, "<, > and & escaped, as Go's json.Marshal writes them"),
    (Escapes { unicode: true, html: true, ..AS_SENT }, "\\u escapes for all but plain ASCII"),
];

/// The one remedy for all of these.
const ONCE: &str = "Serialise once, sign those bytes, and send the same bytes.";

/// Every usual mistake about a body.
pub(super) fn mistakes(body: &[u8]) -> Vec<Mistake> {
    let mut found = if body.is_empty() { nothings() } else { cut_or_grown(body) };
    if body.len() <= REWRITTEN_BYTES_MAX {
        found.extend(in_another_charset(body));
        found.extend(rewritten(body));
    }
    found
}

fn nothings() -> Vec<Mistake> {
    let one = |text: &str| {
        let words = format!(
            "{text} was signed as the body, but the request has none. Without a body the fifth \
             line is empty: the string ends with two line feeds."
        );
        Mistake::new(Slot::Body, "body-signed-but-not-sent", words, text.as_bytes()).common()
    };
    NOTHINGS.into_iter().map(one).collect()
}

fn cut_or_grown(body: &[u8]) -> Vec<Mistake> {
    let mut found = vec![
        Mistake::new(
            Slot::Body,
            "body-missing",
            "The body is missing from the string that was signed. Its fifth line is the body, byte \
             for byte.",
            b"",
        )
        .common(),
    ];
    for (name, text) in [("{}", "{}"), ("null", "null")] {
        let words = format!("{name} was signed in the place of the body. {ONCE}");
        found.push(Mistake::new(Slot::Body, "body-missing", words, text.as_bytes()));
    }
    let trimmed = body.trim_ascii();
    if trimmed != body {
        let words = "The body was signed without the white space around it that was sent. Sign the \
                     bytes that you send.";
        found.push(Mistake::new(Slot::Body, "body-trimmed", words, trimmed).common());
        let words = "The body was signed without the white space at its end that was sent.";
        found.push(Mistake::new(Slot::Body, "body-trimmed", words, body.trim_ascii_end()));
    }
    let marked = [b"\xef\xbb\xbf", body].concat();
    let words = "The body was signed with a byte order mark before it, which was not sent.";
    found.push(Mistake::new(Slot::Body, "body-in-another-charset", words, marked));
    let crlf = String::from_utf8_lossy(body).replace("\r\n", "\n").replace('\n', "\r\n");
    let lf = crlf.replace("\r\n", "\n");
    for (text, which) in [(crlf, "with CRLF"), (lf, "with LF only")] {
        let words =
            format!("The lines of the body were signed {which}, but sent otherwise. {ONCE}");
        found.push(Mistake::new(Slot::Body, "body-line-ends", words, text));
    }
    found
}

fn in_another_charset(body: &[u8]) -> Vec<Mistake> {
    let Ok(text) = std::str::from_utf8(body) else { return Vec::new() };
    if text.is_ascii() {
        return Vec::new();
    }
    let asked: String =
        text.chars().map(|letter| if letter.is_ascii() { letter } else { '?' }).collect();
    let twice: String = body.iter().map(|byte| char::from(*byte)).collect();
    let one = |text: String, how: &str| {
        let words = format!(
            "The body was turned into bytes {how} before it was signed. Sign the UTF-8 bytes that \
             you send."
        );
        Mistake::new(Slot::Body, "body-in-another-charset", words, text)
    };
    vec![
        one(asked, "as ASCII, with a question mark for each other character,"),
        one(twice, "as UTF-8 twice"),
    ]
}

fn rewritten(body: &[u8]) -> Vec<Mistake> {
    let Some(node) = json_text::read(body) else { return Vec::new() };
    let mut found = Vec::new();
    for (layout, words) in LAYOUTS {
        for sorted in [false, true] {
            for (escapes, escaped) in ESCAPES {
                let style = Style { layout, escapes, sorted };
                let Some(text) = node.write(style, WRITTEN_BYTES_MAX) else { continue };
                let order = if sorted { ", its members sorted by name" } else { "" };
                let words = format!(
                    "The body was written anew for signing: {words}{order}, {escaped}. What was \
                     sent is another text of the same values. {ONCE}"
                );
                let mistake = Mistake::new(Slot::Body, "body-re-serialised", words, text);
                let usual = !sorted && escapes == AS_SENT;
                found.push(if usual { mistake.common() } else { mistake });
            }
        }
    }
    found
}
