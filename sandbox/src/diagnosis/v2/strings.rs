//! The ways to write the fields down before the key comes behind them.

use super::Slip;
use crate::v2::Fields;
use crate::v2::sign::SIGN;

/// Of a message with more fields, none is left out for a try.
const LEFT_OUT_MAX: usize = 40;

/// The fields, written one way.
pub(super) struct Spelling {
    pub(super) text: Vec<u8>,
    pub(super) slip: Option<Slip>,
}

type Pairs<'a> = Vec<(&'a str, &'a str)>;

/// How a value is written.
type Written = fn(&str) -> String;

/// Every way that gives another text than the ways before it, the right one first.
pub(super) fn all(fields: &Fields) -> Vec<Spelling> {
    let right = sorted(fields.iter().filter(|(name, value)| *name != SIGN && !value.is_empty()));
    let mut all = vec![Spelling { text: text(&right, str::to_owned), slip: None }];
    let mut add = |text: Vec<u8>, name: &'static str, words: String| {
        if all.iter().all(|known| known.text != text) {
            all.push(Spelling { text, slip: Some((name, words)) });
        }
    };
    for (pairs, name, words) in of_pairs(fields, &right) {
        add(text(&pairs, str::to_owned), name, words);
    }
    for (written, name, words) in of_values() {
        add(text(&right, written), name, words.to_owned());
    }
    add(
        text(&right, |value| value.to_owned()).to_ascii_lowercase(),
        "all-in-lower-case",
        "The string was turned to lower case; only the digits of the sum are turned, and to upper \
         case."
            .to_owned(),
    );
    add(
        text(&right, str::to_owned).to_ascii_uppercase(),
        "all-in-upper-case",
        "The string was turned to upper case; only the digits of the sum are.".to_owned(),
    );
    let whole = text(&right, str::to_owned);
    add(
        encoded(&String::from_utf8_lossy(&whole), false).into_bytes(),
        "url-encoded",
        "The whole string was URL-encoded; it is signed as it is.".to_owned(),
    );
    add(
        in_latin1(&whole),
        "wrong-charset",
        "The string was turned to bytes twice: as UTF-8, read as Latin-1, and written as UTF-8 \
         once more."
            .to_owned(),
    );
    for (place, (left_out, _)) in right.iter().enumerate().take(LEFT_OUT_MAX) {
        let mut rest = right.clone();
        rest.remove(place);
        let (name, words) = match *left_out {
            "sign_type" => (
                "sign-type-left-out",
                "sign_type was left out of the string; it is signed like every field.".to_owned(),
            ),
            other => (
                "field-left-out",
                format!(
                    "The field {other} was left out of the string; every field that has a \
                         value is signed."
                ),
            ),
        };
        add(text(&rest, str::to_owned), name, words);
    }
    all
}

/// Other fields, or another order of them.
fn of_pairs<'a>(fields: &'a Fields, right: &Pairs<'a>) -> Vec<(Pairs<'a>, &'static str, String)> {
    let without_sign = || fields.iter().filter(|(name, _)| *name != SIGN);
    let mut ignoring_case = right.clone();
    ignoring_case.sort_by_key(|(name, _)| name.to_ascii_lowercase());
    let mut by_value = right.clone();
    by_value.sort_by_key(|(_, value)| *value);
    let mut with_empty_sign = sorted(right.iter().copied());
    with_empty_sign.push((SIGN, ""));
    let words = |words: &str| words.to_owned();
    vec![
        (
            sorted(without_sign()),
            "empty-values-signed",
            words("Fields without a value were signed as name=; they are left out."),
        ),
        (
            without_sign().filter(|(_, value)| !value.is_empty()).collect(),
            "not-sorted",
            words("The fields are in the order in which they were sent; they are sorted by name."),
        ),
        (
            without_sign().collect(),
            "not-sorted",
            words(
                "The fields are in the order in which they were sent, the empty ones among \
                   them; they are sorted by name, and empty ones left out.",
            ),
        ),
        (
            right.iter().rev().copied().collect(),
            "not-sorted",
            words("The fields are sorted backwards; they are sorted by name, ascending."),
        ),
        (
            ignoring_case,
            "not-sorted",
            words(
                "The fields are sorted without regard to case; upper-case letters come first, \
                   as their bytes do.",
            ),
        ),
        (by_value, "not-sorted", words("The fields are sorted by their values, not by name.")),
        (
            sorted(with_empty_sign.into_iter()),
            "sign-signed",
            words("sign itself is in the string; it is the one field that is left out."),
        ),
    ]
}

/// Every value written otherwise.
fn of_values() -> [(Written, &'static str, &'static str); 8] {
    [
        (
            |value| encoded(value, false),
            "url-encoded",
            "The values were URL-encoded; they are signed as they are.",
        ),
        (
            |value| encoded(value, true),
            "url-encoded",
            "The values were form-encoded, spaces as +; they are signed as they are.",
        ),
        (
            |value| encoded(value, false).to_ascii_lowercase(),
            "url-encoded",
            "The values were URL-encoded, in lower case; they are signed as they are.",
        ),
        (
            |value| format!("<![CDATA[{value}]]>"),
            "cdata-signed",
            "<![CDATA[ and ]]> were signed; they are XML's and not the value's.",
        ),
        (
            escaped,
            "xml-escaped",
            "The values were signed with XML's entities, such as &amp;; they are signed as they are.",
        ),
        (
            |value| value.trim().to_owned(),
            "trimmed",
            "A value was trimmed before it was signed, but not where it is sent.",
        ),
        (
            |value| format!("\"{value}\""),
            "in-quotes",
            "The values were signed in quotes; they are signed as they are.",
        ),
        (
            |value| value.replace("\\/", "/").replace('/', "\\/"),
            "json-escaped",
            "Slashes were signed as \\/, as some writers of JSON have them; they are signed as they \
             are sent.",
        ),
    ]
}

fn sorted<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Pairs<'a> {
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs
}

fn text(pairs: &[(&str, &str)], written: Written) -> Vec<u8> {
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={}", written(value)));
    pairs.collect::<Vec<_>>().join("&").into_bytes()
}

/// Percent-encoded but for what RFC 3986 leaves alone.
fn encoded(value: &str, is_form: bool) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        match byte {
            b' ' if is_form => text.push('+'),
            b'-' | b'_' | b'.' | b'~' => text.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

fn escaped(value: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    value.replace('"', "&quot;").replace('\'', "&apos;")
}

fn in_latin1(text: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes()
}
