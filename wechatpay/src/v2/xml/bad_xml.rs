//! Why a body is not a message. No variant carries a value: it may be a shopper's openid.

use core::fmt;

use super::{BYTES_MAX, FIELDS_MAX, NAME_BYTES_MAX, PIECES_MAX};

/// Why a body is not one of the platform's messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadXml {
    /// Longer than any message is.
    TooLong {
        /// By its bytes.
        bytes: usize,
    },
    /// Not UTF-8, or declared to be something else.
    NotUtf8,
    /// A character that XML cannot hold, bare or by its number.
    Control,
    /// A document type or another declaration: `<!DOCTYPE`, `<!ENTITY` and their like. Nothing
    /// behind the `<!` was read.
    Doctype,
    /// A reference to anything but a character, by its number or as one of XML's own five.
    Entity,
    /// A comment: two readers may disagree on what the value around it is.
    Comment,
    /// A processing instruction, or an XML declaration anywhere but at the very start.
    Instruction,
    /// A tag with an attribute; the platform's have none.
    Attribute,
    /// An element inside of a field.
    TooDeep,
    /// More fields than any message has.
    TooManyFields,
    /// More tags, references and runs of text than any message has.
    TooManyPieces,
    /// A field's name that is too long, or of other letters than the platform's.
    Name,
    /// A field that is there twice.
    Duplicate(String),
    /// There is no element at all, or another one than the message begins with.
    OtherRoot,
    /// Text between the fields, or around the root.
    StrayText,
    /// Something follows the end of the root.
    AfterRoot,
    /// The body ends before the message does.
    CutOff,
    /// Tags that do not close each other, or other bad grammar.
    Malformed {
        /// Where, in bytes from the start.
        at: u64,
    },
}

impl fmt::Display for BadXml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong { bytes } => return write!(f, "{bytes} bytes, at most {BYTES_MAX}"),
            Self::NotUtf8 => "not UTF-8",
            Self::Control => "a character that XML cannot hold",
            Self::Doctype => "a document type or another declaration",
            Self::Entity => "an entity that XML does not define itself",
            Self::Comment => "a comment",
            Self::Instruction => "a processing instruction",
            Self::Attribute => "an attribute",
            Self::TooDeep => "an element inside of a field",
            Self::TooManyFields => return write!(f, "more than {FIELDS_MAX} fields"),
            Self::TooManyPieces => return write!(f, "more than {PIECES_MAX} pieces"),
            Self::Name => {
                return write!(f, "a name of odd letters, or of more than {NAME_BYTES_MAX} bytes");
            }
            Self::Duplicate(name) => return write!(f, "the field {name} stands there twice"),
            Self::OtherRoot => "another root element",
            Self::StrayText => "text between the fields",
            Self::AfterRoot => "something after the end",
            Self::CutOff => "cut off",
            Self::Malformed { at } => return write!(f, "malformed at byte {at}"),
        })
    }
}

impl core::error::Error for BadXml {}
