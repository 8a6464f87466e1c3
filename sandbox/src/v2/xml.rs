//! V2's XML: one root with one level of fields, texts or CDATA (protocol reference D.1).
//!
//! What comes in is not known to be anybody's yet. No document type is read, nothing is resolved
//! but the five entities of XML itself and numbered characters, and every dimension has a bound; so
//! the work is that of one look at each byte. Stricter than a general parser on purpose: whatever a
//! merchant sends that is not plainly such a message is told to be none.

use std::fmt;

use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use super::fields::Fields;

/// A longer message is none. The longest real one is an order's with a `detail` of 6,144 bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1_024;
/// More fields has no message: a query of refunds, the longest list, stays below.
const FIELDS_MAX: usize = 256;
/// Longer is no name.
const NAME_BYTES_MAX: usize = 64;
/// The root of every message.
pub const ROOT: &str = "xml";
/// The root of what a refund notification seals (D.8).
pub const SEALED_ROOT: &str = "root";

/// Why some bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadXml {
    /// More bytes than [`BODY_BYTES_MAX`].
    TooLong,
    /// Bytes that are not UTF-8, or a declaration that names another encoding.
    NotUtf8,
    /// `<!DOCTYPE`: refused before anything in it is looked at.
    Doctype,
    /// A processing instruction, or a declaration that is not at the beginning.
    Instruction,
    /// An entity that XML itself does not know; nothing is ever looked up.
    Entity,
    /// An attribute. Fields have none.
    Attribute,
    /// A field within a field.
    TooDeep,
    /// More fields than there are.
    TooManyFields,
    /// A name that is none.
    Name,
    /// The same name twice: which of the two was signed?
    Duplicate(String),
    /// Text between fields, or outside of the root.
    StrayText,
    /// Another root, two of them, or none.
    Root,
    /// A character that XML cannot hold.
    Character,
    /// Not XML: tags that do not match, an open one at the end.
    Syntax,
}

impl fmt::Display for BadXml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "it is longer than 64 KiB",
            Self::NotUtf8 => "it is not UTF-8",
            Self::Doctype => "it has a DOCTYPE, which no message may have",
            Self::Instruction => "it has a processing instruction",
            Self::Entity => "it names an entity other than &lt; &gt; &amp; &quot; &apos;",
            Self::Attribute => "an element has an attribute; fields have none",
            Self::TooDeep => "a field holds another element; put JSON and the like into CDATA",
            Self::TooManyFields => "it has more than 256 fields",
            Self::Name => "an element's name is not 1 to 64 of [0-9A-Za-z_.-]",
            Self::Duplicate(name) => return write!(f, "the field {name} comes twice"),
            Self::StrayText => "there is text outside of the fields",
            Self::Root => "its root is not one <xml>",
            Self::Character => "it holds a character that XML cannot hold",
            Self::Syntax => "its tags do not match, or one is left open",
        })
    }
}

impl std::error::Error for BadXml {}

/// How a message is written.
#[derive(Clone, Copy)]
pub struct Layout {
    /// The root's name.
    pub root: &'static str,
    /// Whether each field has a line of its own.
    pub lines: bool,
    /// Which values are CDATA though they need not be.
    pub cdata: fn(&str) -> bool,
}

/// How answers and payment notifications are written (protocol reference G.11 to G.13).
pub const USUAL: Layout = Layout { root: ROOT, lines: true, cdata: is_prose };

/// The fields that the samples write as CDATA whatever is in them.
fn is_prose(name: &str) -> bool {
    matches!(name, "return_code" | "return_msg" | "result_code" | "err_code_des" | "attach")
}

/// Reads a message.
pub fn read(body: &[u8]) -> Result<Fields, BadXml> {
    read_rooted(body, ROOT)
}

/// Reads a message with another root.
pub fn read_rooted(body: &[u8], root: &str) -> Result<Fields, BadXml> {
    if body.len() > BODY_BYTES_MAX {
        return Err(BadXml::TooLong);
    }
    let text = std::str::from_utf8(body).map_err(|_| BadXml::NotUtf8)?;
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    reader.config_mut().check_comments = true;
    let mut message = Message { root, fields: Fields::new(), place: Place::Before, is_first: true };
    loop {
        match reader.read_event().map_err(|_| BadXml::Syntax)? {
            Event::Eof => break,
            event => message.take(event)?,
        }
        message.is_first = false;
    }
    if message.place == Place::After { Ok(message.fields) } else { Err(BadXml::Root) }
}

/// Where in the message the reader is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Before,
    Root,
    Field { name: String, value: String },
    After,
}

struct Message<'a> {
    root: &'a str,
    fields: Fields,
    place: Place,
    is_first: bool,
}

impl Message<'_> {
    fn take(&mut self, event: Event<'_>) -> Result<(), BadXml> {
        match event {
            Event::Start(tag) => self.open(&tag),
            Event::Empty(tag) => self.open(&tag).and_then(|()| self.close()),
            Event::End(_) => self.close(),
            // Line ends as XML reads them: what was sent as `\r\n` is signed as `\n`.
            Event::Text(text) => {
                self.text(&text.xml10_content().map_err(|_| BadXml::NotUtf8)?, false)
            }
            Event::CData(text) => {
                self.text(&text.xml10_content().map_err(|_| BadXml::NotUtf8)?, true)
            }
            Event::GeneralRef(entity) => {
                self.text(resolved(&entity)?.encode_utf8(&mut [0; 4]), true)
            }
            Event::Comment(_) => Ok(()),
            Event::Decl(declaration) if self.is_first => is_utf8(&declaration),
            Event::Decl(_) | Event::PI(_) => Err(BadXml::Instruction),
            Event::DocType(_) => Err(BadXml::Doctype),
            Event::Eof => Ok(()),
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), BadXml> {
        // A tag may be `<xml >`: a space is no attribute.
        if !tag.attributes_raw().trim_ascii().is_empty() {
            return Err(BadXml::Attribute);
        }
        let name = tag.name();
        let name = std::str::from_utf8(name.as_ref()).map_err(|_| BadXml::NotUtf8)?;
        self.place = match &self.place {
            Place::Before if name == self.root => Place::Root,
            Place::Before | Place::After => return Err(BadXml::Root),
            Place::Field { .. } => return Err(BadXml::TooDeep),
            Place::Root if !is_name(name) => return Err(BadXml::Name),
            Place::Root if self.fields.len() >= FIELDS_MAX => return Err(BadXml::TooManyFields),
            Place::Root if self.fields.raw(name).is_some() => {
                return Err(BadXml::Duplicate(name.to_owned()));
            }
            Place::Root => Place::Field { name: name.to_owned(), value: String::new() },
        };
        Ok(())
    }

    /// The reader has seen to it that the tag is the open one's.
    fn close(&mut self) -> Result<(), BadXml> {
        self.place = match std::mem::replace(&mut self.place, Place::Root) {
            Place::Field { name, value } => {
                self.fields.push(name, value);
                Place::Root
            }
            Place::Root => Place::After,
            Place::Before | Place::After => return Err(BadXml::Syntax),
        };
        Ok(())
    }

    fn text(&mut self, text: &str, counts: bool) -> Result<(), BadXml> {
        if !text.chars().all(is_character) {
            return Err(BadXml::Character);
        }
        match &mut self.place {
            Place::Field { value, .. } => value.push_str(text),
            _ if !counts && text.trim_ascii().is_empty() => {}
            _ => return Err(BadXml::StrayText),
        }
        Ok(())
    }
}

/// The character behind `&…;`.
fn resolved(entity: &BytesRef<'_>) -> Result<char, BadXml> {
    if let Some(character) = entity.resolve_char_ref().map_err(|_| BadXml::Character)? {
        return Ok(character);
    }
    match entity.decode().map_err(|_| BadXml::NotUtf8)?.as_ref() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(BadXml::Entity),
    }
}

fn is_utf8(declaration: &BytesDecl<'_>) -> Result<(), BadXml> {
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(name)) if name.eq_ignore_ascii_case(b"utf-8") => Ok(()),
        Some(Ok(_)) => Err(BadXml::NotUtf8),
        Some(Err(_)) => Err(BadXml::Syntax),
    }
}

fn is_name(name: &str) -> bool {
    let is_name_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_name_byte)
}

/// What XML 1.0 can hold (its production 2, `Char`).
const fn is_character(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Writes a message as answers are written.
pub fn write(fields: &Fields) -> String {
    write_as(USUAL, fields)
}

/// Writes a message.
pub fn write_as(layout: Layout, fields: &Fields) -> String {
    let end = if layout.lines { "\n" } else { "" };
    let mut text = format!("<{}>{end}", layout.root);
    for (name, value) in fields.iter() {
        let value = if (layout.cdata)(name) || value.contains(['<', '>', '&', '\r']) {
            cdata(value)
        } else {
            value.to_owned()
        };
        text.push_str(&format!("<{name}>{value}</{name}>{end}"));
    }
    text + "</" + layout.root + ">"
}

/// A value as CDATA, in as many pieces as it takes: `]]>` would end one, and a carriage return
/// would be read as a line feed.
fn cdata(value: &str) -> String {
    let value = value.replace("]]>", "]]]]><![CDATA[>").replace('\r', "]]>&#13;<![CDATA[");
    format!("<![CDATA[{value}]]>")
}

#[cfg(test)]
mod tests;
