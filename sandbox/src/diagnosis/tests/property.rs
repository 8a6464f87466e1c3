//! For any request and each usual mistake: the finding names it, and the difference is the true one.
//!
//! The signer here builds its strings by itself, with `format!` and serde_json's own writers.

use proptest::prelude::*;
use serde::Serialize;
use serde_json::Map;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::*;

/// A request before it is signed.
#[derive(Clone, Debug)]
struct Draft {
    method: &'static str,
    path: String,
    query: Vec<(String, String)>,
    nonce: String,
    body: Option<Value>,
}

impl Draft {
    fn target(&self) -> String {
        self.target_of(&self.query)
    }

    fn target_of(&self, query: &[(String, String)]) -> String {
        let pairs: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        format!("{}{mark}{}", self.path, pairs.join("&"))
    }

    fn body(&self) -> String {
        self.body.as_ref().map(Value::to_string).unwrap_or_default()
    }

    /// The string of a signer that puts these in place of method, URL and body.
    fn string(&self, method: &str, url: &str, body: &str) -> String {
        format!("{method}\n{url}\n{NOW}\n{}\n{body}\n", self.nonce)
    }

    fn with_body(&self, body: &str) -> String {
        self.string(self.method, &self.target(), body)
    }

    fn with_url(&self, url: &str) -> String {
        self.string(self.method, url, &self.body())
    }
}

/// Python's separators.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
    ) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}

fn written(value: &Value, formatter: impl Formatter) -> String {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, formatter)).unwrap();
    String::from_utf8(text).unwrap()
}

fn escaped(text: &str) -> String {
    let mut all = String::new();
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => all.push(char::from(byte)),
            _ => all.push_str(&format!("\\u{unit:04x}")),
        }
    }
    all
}

/// Every mistake: its finding, and the string that its signer makes. What does not differ from the
/// right string for this request is no mistake.
fn mistakes(draft: &Draft) -> Vec<(&'static str, String)> {
    let Draft { method, nonce, .. } = draft;
    let (target, body) = (draft.target(), draft.body());
    let right = draft.with_body(&body);
    let other = if *method == "GET" { "POST" } else { "GET" };
    let mut all = vec![
        ("no-final-newline", right.strip_suffix('\n').unwrap().to_owned()),
        ("final-newline-doubled", format!("{right}\n")),
        ("crlf-lines", right.replace('\n', "\r\n")),
        ("literal-backslash-n", right.replace('\n', "\\n")),
        ("response-form", format!("{NOW}\n{nonce}\n{body}\n")),
        ("lines-swapped", format!("{method}\n{target}\n{nonce}\n{NOW}\n{body}\n")),
        ("method-lower-case", draft.string(&method.to_lowercase(), &target, &body)),
        ("method-other", draft.string(other, &target, &body)),
        ("nonce-other", right.replace(nonce.as_str(), &nonce.to_lowercase())),
        ("url-with-host", draft.with_url(&format!("https://api.mch.weixin.qq.com{target}"))),
        ("url-with-host", draft.with_url(&format!("http://127.0.0.1:8788{target}"))),
        ("url-without-slash", draft.with_url(&target[1..])),
        ("url-base-path-lost", draft.with_url(target.strip_prefix("/v3").unwrap())),
        ("timestamp-other", right.replace(&NOW.to_string(), &(NOW - 17).to_string())),
        ("timestamp-other", right.replace(&NOW.to_string(), &(NOW + 300).to_string())),
        ("timestamp-in-milliseconds", right.replace(&NOW.to_string(), &format!("{NOW}137"))),
    ];
    match &draft.body {
        None => {
            for nothing in ["{}", "null", "\"\""] {
                all.push(("body-signed-but-not-sent", draft.with_body(nothing)));
            }
        }
        Some(value) => {
            all.push(("body-missing", draft.with_body("")));
            all.extend(rewritten(value).map(|text| ("body-re-serialised", draft.with_body(&text))));
        }
    }
    if !draft.query.is_empty() {
        let plain: Vec<_> = draft
            .query
            .iter()
            .map(|(name, value)| {
                (
                    name.clone(),
                    value.replace("%20", " ").replace("%7C", "|").replace("%E7%BA%A2", "红"),
                )
            })
            .collect();
        let reversed: Vec<_> = draft.query.iter().rev().cloned().collect();
        all.push(("query-missing", draft.with_url(&draft.path)));
        all.push(("url-decoded", draft.with_url(&draft.target_of(&plain))));
        all.push(("url-encoded-otherwise", draft.with_url(&target.replace("%20", "+"))));
        all.push(("url-encoded-otherwise", draft.with_url(&target.replace("%7C", "|"))));
        all.push(("query-reordered", draft.with_url(&draft.target_of(&reversed))));
    }
    all.retain(|(_, string)| *string != right);
    all
}

fn rewritten(value: &Value) -> impl Iterator<Item = String> {
    let compact = value.to_string();
    [
        written(value, PrettyFormatter::new()),
        written(value, PrettyFormatter::with_indent(b"    ")),
        written(value, Spaced),
        escaped(&written(value, Spaced)),
        escaped(&compact),
        compact.replace('/', "\\/"),
        escaped(&compact).replace('/', "\\/"),
    ]
    .into_iter()
}

fn values() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec!["", "a", "红茶", "https://shop.example/n", "a\"b", "<&>"]);
    let leaf = prop_oneof![
        text.prop_map(Value::from),
        (0_u64..1 << 50).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,6}", inner, 0..3)
                .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

prop_compose! {
    fn drafts()(
        method in prop::sample::select(vec!["GET", "POST"]),
        path in "/v3/[a-z]{2,8}/[a-z0-9_-]{1,12}",
        names in prop::collection::btree_set("[a-z]{2,6}", 0..4),
        values_of in prop::collection::vec(
            prop::sample::select(vec!["1", "a%20b", "x%7Cy", "%E7%BA%A2", "1900000001"]), 4),
        nonce in "[A-Z][0-9A-Z]{31}",
        body in prop::option::of(prop::collection::btree_map("[a-z_]{1,8}", values(), 1..5)),
    ) -> Draft {
        let query = names.into_iter().zip(values_of.into_iter().map(str::to_owned)).collect();
        let body = body.map(|map| Value::from(map.into_iter().collect::<Map<_, _>>()));
        Draft { method, path, query, nonce, body }
    }
}

/// Whether a finding is what this mistake may also be called: some strings have two readings.
fn is_named(found: &Diagnosis, mistake: &str, draft: &Draft) -> bool {
    let also = match mistake {
        // With an empty body the two signers make the same string.
        "body-missing" if draft.body.is_none() => "body-line-missing",
        // A query of one space differs in the same byte however it is decoded.
        "url-decoded" => "url-encoded-otherwise",
        "url-encoded-otherwise" => "url-decoded",
        _ => mistake,
    };
    found.finding == mistake || found.finding == also
}

/// Each case signs some thirty times.
fn cases() -> u32 {
    if std::env::var_os("SAOMA_SOAK").is_some() { 300 } else { 8 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn each_mistake_is_named_and_its_first_byte_found(draft in drafts()) {
        let pair = Pair::one();
        let known = Known {
            holders: vec![holder(Owner::Merchant(MCHID), SERIAL, &pair)],
            subs: Vec::new(),
        };
        let (target, body) = (draft.target(), draft.body());
        let right = draft.with_body(&body);
        for (mistake, string) in mistakes(&draft) {
            let authorization = header(&pair.sign(string.as_bytes())).replace(NONCE, &draft.nonce);
            let asked = Asked {
                method: draft.method,
                target: &target,
                body: body.as_bytes(),
                authorization: Some(&authorization),
                host: Some("127.0.0.1:8788"),
            };
            let found = diagnose(asked, &known, NOW).unwrap();
            prop_assert!(is_named(&found, mistake, &draft), "{mistake}: {found:?}");
            prop_assert_eq!(found.yours.as_deref(), Some(string.as_bytes()), "{}", mistake);
            prop_assert_eq!(&found.message, right.as_bytes());
            let true_first =
                (0..).find(|&at| right.as_bytes().get(at) != string.as_bytes().get(at));
            prop_assert_eq!(found.first_difference.map(|it| it.byte), true_first, "{}", mistake);
        }
    }

    #[test]
    fn two_mistakes_at_once_are_both_named(draft in drafts()) {
        let pair = Pair::one();
        let known = Known {
            holders: vec![holder(Owner::Merchant(MCHID), SERIAL, &pair)],
            subs: Vec::new(),
        };
        let (target, body) = (draft.target(), draft.body());
        let lower = draft.string(&draft.method.to_lowercase(), &target, &body);
        let cut = lower.trim_end_matches('\n').len();
        prop_assume!(!body.is_empty());
        let authorization =
            header(&pair.sign(&lower.as_bytes()[..cut])).replace(NONCE, &draft.nonce);
        let asked = Asked {
            method: draft.method,
            target: &target,
            body: body.as_bytes(),
            authorization: Some(&authorization),
            host: None,
        };
        let found = diagnose(asked, &known, NOW).unwrap();
        prop_assert_eq!(found.finding, "no-final-newline+method-lower-case");
        prop_assert_eq!(found.first_difference.map(|it| it.byte), Some(0));
    }
}
