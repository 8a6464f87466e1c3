//! JSON as other writers would have written it: the same values in another dress.
//!
//! Members keep their order, which a general JSON value would lose.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// A JSON text, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// Where white space goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// None at all.
    Compact,
    /// One space after every comma and colon, as Python's `json.dumps` does.
    Spaced,
    /// Lines, indented by this.
    Pretty(&'static str),
}

/// How characters are written that need not be escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Escapes {
    /// What is not ASCII, as `\u` with four digits.
    pub(super) unicode: bool,
    /// Those digits in upper case.
    pub(super) upper: bool,
    /// `/` as `\/`.
    pub(super) slash: bool,
    /// `<`, `>` and `&` as `\u` with four digits.
    pub(super) html: bool,
}

/// A whole dress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) layout: Layout,
    pub(super) escapes: Escapes,
    /// Members in the order of their names.
    pub(super) sorted: bool,
}

/// Reads any JSON text.
pub(super) fn read(text: &[u8]) -> Option<Node> {
    serde_json::from_slice(text).ok()
}

impl Node {
    /// Writes it; `None` if that takes more than so many bytes: indentation makes much of a little.
    pub(super) fn write(&self, style: Style, bytes_max: usize) -> Option<String> {
        let mut pen = Pen { text: String::new(), style, depth: 0, bytes_max };
        pen.node(self);
        Some(pen.text).filter(|text| text.len() <= bytes_max)
    }
}

struct Pen {
    text: String,
    style: Style,
    depth: usize,
    bytes_max: usize,
}

impl Pen {
    fn node(&mut self, node: &Node) {
        if self.text.len() > self.bytes_max {
            return;
        }
        match node {
            Node::Null => self.text.push_str("null"),
            Node::Boolean(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Node::Number(number) => self.text.push_str(&number.to_string()),
            Node::Text(text) => self.quoted(text),
            Node::List(items) => self.group(('[', ']'), items, Self::node),
            Node::Object(members) => {
                let mut members: Vec<&(String, Node)> = members.iter().collect();
                if self.style.sorted {
                    members.sort_by(|one, other| one.0.cmp(&other.0));
                }
                self.group(('{', '}'), &members, |pen, (name, value)| {
                    pen.quoted(name);
                    pen.text.push(':');
                    if pen.style.layout != Layout::Compact {
                        pen.text.push(' ');
                    }
                    pen.node(value);
                });
            }
        }
    }

    fn group<T>(&mut self, marks: (char, char), items: &[T], write: impl Fn(&mut Self, &T)) {
        self.text.push(marks.0);
        self.depth += 1;
        for (index, item) in items.iter().enumerate() {
            if self.text.len() > self.bytes_max {
                return;
            }
            if index > 0 {
                self.text.push_str(if self.style.layout == Layout::Spaced { ", " } else { "," });
            }
            self.line();
            write(self, item);
        }
        self.depth -= 1;
        if !items.is_empty() {
            self.line();
        }
        self.text.push(marks.1);
    }

    fn line(&mut self) {
        if let Layout::Pretty(indent) = self.style.layout {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n(indent, self.depth));
        }
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        for letter in text.chars() {
            self.letter(letter);
        }
        self.text.push('"');
    }

    fn letter(&mut self, letter: char) {
        let Escapes { unicode, upper, slash, html } = self.style.escapes;
        match letter {
            '"' => self.text.push_str("\\\""),
            '\\' => self.text.push_str("\\\\"),
            '\n' => self.text.push_str("\\n"),
            '\r' => self.text.push_str("\\r"),
            '\t' => self.text.push_str("\\t"),
            '\u{8}' => self.text.push_str("\\b"),
            '\u{c}' => self.text.push_str("\\f"),
            '/' if slash => self.text.push_str("\\/"),
            letter
                if letter < ' '
                    || (unicode && !letter.is_ascii())
                    || (html && matches!(letter, '<' | '>' | '&')) =>
            {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let code =
                        if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
                    self.text.push_str(&code);
                }
            }
            letter => self.text.push(letter),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        Number::from_f64(value).map(Node::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Node::Object(object))
    }
}
