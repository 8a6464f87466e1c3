//! Merchants from a file, so that a developer's configuration stays as it is: the file says what it
//! already holds, and what it leaves out is made.
//!
//! The form is that of `GET /sandbox/merchants`, so that an answer can be saved, edited and read
//! again. Nothing is guessed: an unknown field, a damaged key or two merchants of one number is
//! refused at the start, with its place and what would be right. [`written`] is the form,
//! [`judge`] reads its values, [`grant`] makes the rest.

mod grant;
mod judge;
mod material;
mod written;

use std::path::{Path, PathBuf};

use rsa::RsaPrivateKey;

use crate::addresses::Addresses;
use crate::merchant::{Kind, SubMerchant};

/// A thousand merchants with their keys take four of these.
const FILE_BYTES_MAX: u64 = 16 * 1_024 * 1_024;

/// What a file wants; the default wants nothing in particular.
#[derive(Default)]
pub struct Wishes {
    merchants: Vec<Wish>,
    public_key_id: Option<String>,
    public_key: Option<RsaPrivateKey>,
    certificates: Vec<Signing>,
}

/// One merchant, as far as it is known.
struct Wish {
    kind: Kind,
    mchid: String,
    appid: Option<String>,
    other_appids: Vec<String>,
    signing: Signing,
    api_v3_key: Option<String>,
    api_v2_key: Option<String>,
    sub_merchants: Vec<SubMerchant>,
    addresses: Addresses,
}

/// A key and its certificate, either or both. They belong together.
#[derive(Clone, Default)]
struct Signing {
    key: Option<RsaPrivateKey>,
    certificate: Option<Issued>,
}

/// A certificate that somebody has.
#[derive(Clone)]
struct Issued {
    serial: String,
    pem: String,
}

/// Why a file is not taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    file: PathBuf,
    /// Which field; nothing if the words say it.
    place: String,
    words: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let colon = if self.place.is_empty() { "" } else { ": " };
        write!(f, "{}: {}{colon}{}", self.file.display(), self.place, self.words)
    }
}

impl std::error::Error for Refused {}

/// What is wrong where, before the file's own name is added.
struct Wrong {
    place: String,
    words: String,
}

impl Wrong {
    fn new(place: impl Into<String>, words: impl Into<String>) -> Self {
        Self { place: place.into(), words: words.into() }
    }

    /// The same, seen from further out.
    fn inside(mut self, outer: &str) -> Self {
        self.place =
            format!("{outer}{}{}", if self.place.is_empty() { "" } else { "." }, self.place);
        self
    }
}

impl Wishes {
    /// Reads a file, and those that it names beside itself.
    pub fn read(path: &Path) -> Result<Self, Refused> {
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let refused = |wrong: Wrong| Refused {
            file: path.to_owned(),
            place: wrong.place,
            words: wrong.words,
        };
        let text = text_of(path).map_err(refused)?;
        written::File::parse(&text).and_then(|file| file.judged(folder)).map_err(refused)
    }
}

/// A file's text, if it is one of a sensible size.
fn text_of(path: &Path) -> Result<String, Wrong> {
    let cannot = |error: std::io::Error| Wrong::new("", format!("cannot be read: {error}"));
    let length = std::fs::metadata(path).map_err(cannot)?.len();
    if length > FILE_BYTES_MAX {
        return Err(Wrong::new("", format!("{length} bytes; {FILE_BYTES_MAX} are the most")));
    }
    // The .p12 that comes with a merchant's certificate is what people point to by mistake.
    std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => {
            Wrong::new("", "is not text: a PEM file is expected, not a .p12 or .der")
        }
        _ => cannot(error),
    })
}
