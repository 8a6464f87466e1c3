//! One walk through a body, from its first byte to its last, that stops at the first surprise.

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use super::{BadXml, FIELDS_MAX, PIECES_MAX};
use crate::v2::fields::{Fields, Taken, is_name, is_xml};

/// The reader, and how many pieces it has given.
pub(super) struct Walk<'a> {
    reader: Reader<&'a [u8]>,
    pieces: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { reader: Reader::from_str(text), pieces: 0 }
    }

    /// The whole message: a declaration perhaps, the root, and nothing after it.
    pub(super) fn document(mut self, root: &str) -> Result<Fields, BadXml> {
        let mut fields = Fields::new();
        match self.first()? {
            Event::Start(tag) => {
                is_root(&tag, root)?;
                self.fields(&mut fields)?;
            }
            Event::Empty(tag) => is_root(&tag, root)?,
            _ => return Err(BadXml::OtherRoot),
        }
        match self.between()? {
            Event::Eof => Ok(fields),
            _ => Err(BadXml::AfterRoot),
        }
    }

    /// The first tag; a declaration and white space may come before it.
    fn first(&mut self) -> Result<Event<'a>, BadXml> {
        match self.next()? {
            Event::Decl(declaration) => is_utf8(&declaration)?,
            Event::Text(text) if is_white(&text) => {}
            event => return markup(event),
        }
        self.between()
    }

    /// The fields, up to the end of the root.
    fn fields(&mut self, fields: &mut Fields) -> Result<(), BadXml> {
        loop {
            let (name, value) = match self.between()? {
                Event::Start(tag) => (name(&tag)?, self.value()?),
                Event::Empty(tag) => (name(&tag)?, String::new()),
                Event::End(_) => return Ok(()),
                _ => return Err(BadXml::CutOff),
            };
            if fields.len() >= FIELDS_MAX {
                return Err(BadXml::TooManyFields);
            }
            fields.add(name, value).map_err(|Taken(name)| BadXml::Duplicate(name))?;
        }
    }

    /// What stands in a field, up to its end.
    fn value(&mut self) -> Result<String, BadXml> {
        let mut value = String::new();
        loop {
            match self.next()? {
                Event::Text(text) => {
                    let text = text.xml10_content().map_err(|_| BadXml::NotUtf8)?;
                    if text.contains("]]>") {
                        return Err(self.malformed());
                    }
                    value.push_str(&text);
                }
                Event::CData(text) => {
                    value.push_str(&text.xml10_content().map_err(|_| BadXml::NotUtf8)?);
                }
                Event::GeneralRef(reference) => value.push(character(&reference)?),
                Event::End(_) => return Ok(value),
                Event::Start(_) | Event::Empty(_) => return Err(BadXml::TooDeep),
                _ => return Err(BadXml::CutOff),
            }
        }
    }

    /// The next piece where text may not stand, white space left out.
    fn between(&mut self) -> Result<Event<'a>, BadXml> {
        match self.next()? {
            Event::Text(text) if is_white(&text) => markup(self.next()?),
            event => markup(event),
        }
    }

    /// One piece, of a kind that messages have.
    fn next(&mut self) -> Result<Event<'a>, BadXml> {
        self.refuse_declarations()?;
        if self.pieces >= PIECES_MAX {
            return Err(BadXml::TooManyPieces);
        }
        self.pieces = self.pieces.saturating_add(1);
        let is_first = self.pieces == 1;
        match self.reader.read_event() {
            Ok(Event::Decl(_)) if !is_first => Err(BadXml::Instruction),
            Ok(Event::PI(_)) => Err(BadXml::Instruction),
            Ok(Event::DocType(_)) => Err(BadXml::Doctype),
            Ok(Event::Comment(_)) => Err(BadXml::Comment),
            Ok(event) => Ok(event),
            Err(error) => Err(self.refusal(&error)),
        }
    }

    /// Looks ahead, so that no declaration is ever given to the reader, which would search for its
    /// end.
    fn refuse_declarations(&self) -> Result<(), BadXml> {
        let ahead: &[u8] = self.reader.get_ref();
        if ahead.starts_with(b"<!--") {
            Err(BadXml::Comment)
        } else if ahead.starts_with(b"<!") && !b"<![CDATA[".starts_with(head(ahead)) {
            Err(BadXml::Doctype)
        } else {
            Ok(())
        }
    }

    fn refusal(&self, error: &Error) -> BadXml {
        match error {
            Error::Syntax(
                SyntaxError::UnclosedSingleQuotedAttributeValue
                | SyntaxError::UnclosedDoubleQuotedAttributeValue,
            ) => BadXml::Attribute,
            Error::Syntax(_) | Error::IllFormed(IllFormedError::MissingEndTag(_)) => BadXml::CutOff,
            Error::IllFormed(IllFormedError::UnclosedReference) => BadXml::Entity,
            _ => self.malformed(),
        }
    }

    fn malformed(&self) -> BadXml {
        BadXml::Malformed { at: self.reader.buffer_position() }
    }
}

/// A tag or the end of the body. White space has been left out, and no two runs of text touch.
fn markup(event: Event<'_>) -> Result<Event<'_>, BadXml> {
    match event {
        Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => Err(BadXml::StrayText),
        event => Ok(event),
    }
}

/// As much as `<![CDATA[` has, where there is as much.
fn head(ahead: &[u8]) -> &[u8] {
    ahead.get(..b"<![CDATA[".len()).unwrap_or(ahead)
}

fn is_root(tag: &BytesStart<'_>, root: &str) -> Result<(), BadXml> {
    if tag.name().as_ref() != root.as_bytes() {
        return Err(BadXml::OtherRoot);
    }
    is_bare(tag)
}

/// A field's name, whose tag has nothing else in it.
fn name(tag: &BytesStart<'_>) -> Result<String, BadXml> {
    is_bare(tag)?;
    let name = tag.name();
    let name = core::str::from_utf8(name.as_ref()).map_err(|_| BadXml::NotUtf8)?;
    if is_name(name) { Ok(name.to_owned()) } else { Err(BadXml::Name) }
}

fn is_bare(tag: &BytesStart<'_>) -> Result<(), BadXml> {
    if is_white(tag.attributes_raw()) { Ok(()) } else { Err(BadXml::Attribute) }
}

fn is_white(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// A declaration may name an encoding, which is then UTF-8: the text was read as such.
fn is_utf8(declaration: &BytesDecl<'_>) -> Result<(), BadXml> {
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(encoding)) if encoding.eq_ignore_ascii_case(b"utf-8") => Ok(()),
        Some(_) => Err(BadXml::NotUtf8),
    }
}

/// What a reference stands for: one character, never a text.
fn character(reference: &BytesRef<'_>) -> Result<char, BadXml> {
    let numbered = reference.resolve_char_ref().map_err(|_| BadXml::Entity)?;
    match (numbered, reference.as_ref()) {
        (Some(letter), _) if is_xml(letter) => Ok(letter),
        (Some(_), _) => Err(BadXml::Control),
        (None, b"amp") => Ok('&'),
        (None, b"lt") => Ok('<'),
        (None, b"gt") => Ok('>'),
        (None, b"quot") => Ok('"'),
        (None, b"apos") => Ok('\''),
        (None, _) => Err(BadXml::Entity),
    }
}
