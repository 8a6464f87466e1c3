//! XML in and out: a root and one level of elements below it, text or CDATA in each (protocol
//! reference D.1).
//!
//! A notification is XML from anybody until its sign has been compared, and the sign is over its
//! fields, so it has to be read before it can be believed. That reading is therefore as narrow as
//! the platform's own messages: whatever a general reader offers beyond them is refused by name and
//! not skipped. There is no DTD and no entity of one's own, so nothing expands; no attribute and no
//! comment, so no two readers can see different values; nothing below the second level and no name
//! twice. Bytes, fields and pieces are counted, so the work ends whatever arrives.
//!
//! White space belongs to a value wherever it stands inside of a field; around fields it may only
//! be white space. Line ends are read as XML reads them: `\r\n` and `\r` are `\n`.

mod bad_xml;
mod walk;

pub use self::bad_xml::BadXml;
use self::walk::Walk;
use super::fields::{self, Fields, is_xml};

/// Bytes of one message, as the protocol reference proposes (D.1); its longest sample has fewer than
/// two thousand (G.14).
pub const BYTES_MAX: usize = 64 * 1024;
/// Fields of one message. An answer about one payment has some thirty, and three more for each
/// coupon (D.4).
pub const FIELDS_MAX: usize = 256;
/// Bytes of a field's name.
pub const NAME_BYTES_MAX: usize = fields::NAME_BYTES_MAX;
/// Tags, runs of text, CDATA sections and references of one message. A field has four, the line end
/// behind it included; this is four times what the fullest message would have.
pub const PIECES_MAX: usize = 4_096;

/// Reads a message, whose root is `<xml>`.
pub fn read(body: &[u8]) -> Result<Fields, BadXml> {
    read_rooted(body, "xml")
}

/// Reads a message with another root: what is sealed in a refund's notification has `<root>`.
pub fn read_rooted(body: &[u8], root: &str) -> Result<Fields, BadXml> {
    Walk::new(text(body)?).document(root)
}

/// The body as text that XML can hold. Checked in one pass, before a tag is looked at.
fn text(body: &[u8]) -> Result<&str, BadXml> {
    if body.len() > BYTES_MAX {
        return Err(BadXml::TooLong { bytes: body.len() });
    }
    let text = core::str::from_utf8(body).map_err(|_| BadXml::NotUtf8)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if text.chars().all(is_xml) { Ok(text) } else { Err(BadXml::Control) }
}

/// Writes a message as one line. A value stands as it is where it is plain, and in CDATA where it
/// is not.
pub fn write(fields: &Fields) -> Vec<u8> {
    let mut xml = String::from("<xml>");
    for (name, value) in fields.iter() {
        xml.push_str(&format!("<{name}>"));
        xml.push_str(&content(value));
        xml.push_str(&format!("</{name}>"));
    }
    xml.push_str("</xml>");
    xml.into_bytes()
}

fn content(value: &str) -> String {
    if value.bytes().all(is_plain) {
        return value.to_owned();
    }
    // The end of a CDATA section cannot stand inside of one, and a bare carriage return would be
    // read as a line feed.
    let value = value.replace("]]>", "]]]]><![CDATA[>").replace('\r', "]]>&#13;<![CDATA[");
    format!("<![CDATA[{value}]]>")
}

/// Letters, digits, and what stands in numbers, times and addresses without a query.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/' | b',' | b'*')
}

#[cfg(test)]
mod tests;
