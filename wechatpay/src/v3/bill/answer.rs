//! What the platform says when asked for a bill (protocol reference B.8, E.6).
//!
//! "Not yet" and "there is none" are answers of their own, whatever status they come with: third
//! parties have seen 404 where the documents say 400. A file is described only by an answer that the
//! platform signed.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::report::Refusal;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::answer::{Doubt, Judged};
use super::super::malformed::{Malformed, Part, read_json};
use super::address::{Address, BadAddress};
use crate::bill::digest::Sha1Hash;

/// What became of a question for a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// Ready to be fetched.
    Ready(T),
    /// Not made yet: ask again, half an hour later (protocol reference E.6).
    NotYet,
    /// Nothing happened on that day.
    Nothing,
    /// Refused for another reason.
    Refused(Refusal),
    /// Nothing is known; a question may be asked again at any time.
    InDoubt(Doubt),
    /// The platform's answer, but we cannot use it.
    Unusable(Unusable),
}

/// Why a signed answer leads to no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It is not the JSON that was expected.
    Malformed(Malformed),
    /// The file's hash is of a kind that we do not have.
    UnknownHash(String),
    /// The file's hash is not one.
    BadHash,
    /// The file is not where we would send a signature.
    BadAddress(BadAddress),
    /// A sealed file's key is not base64.
    BadKey,
    /// More parts than we take, none, or parts that are not numbered one by one.
    BadParts,
}

/// A file to be fetched. Its address is valid for 30 seconds to five minutes, depending on which
/// document one reads (protocol reference I.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where.
    pub address: Address,
    /// What its uncompressed bytes hash to.
    pub hash: Sha1Hash,
}

/// A sealed file to be fetched.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedFile {
    /// Where it is, and what it hashes to once it is open and uncompressed.
    pub file: File,
    /// Its key under the merchant's public key: RSA-OAEP with SHA-1.
    pub encrypted_key: Vec<u8>,
    /// Its nonce, byte for byte.
    pub nonce: String,
}

/// What the answer to [`super::trade`] or [`super::fund_flow`] means. `origins` are the platform's
/// as the operator configured them.
pub fn read(judged: &Judged<'_>, origins: &[&str]) -> Answer<File> {
    read_with(judged, |wire: WireFile| wire.read(origins))
}

/// What the answer to [`super::sub_merchant_fund_flow`] means: the parts of one bill, in order.
pub fn read_sub_merchant(judged: &Judged<'_>, origins: &[&str]) -> Answer<Vec<SealedFile>> {
    read_with(judged, |wire: WireParts| wire.read(origins))
}

fn read_with<W: DeserializeOwned, T>(
    judged: &Judged<'_>,
    read: impl FnOnce(W) -> Result<T, Unusable>,
) -> Answer<T> {
    match judged {
        Judged::Done { status: 200, body } => read_json(Part::Bill, body.body())
            .map_err(Unusable::Malformed)
            .and_then(read)
            .map_or_else(Answer::Unusable, Answer::Ready),
        Judged::Done { .. } => {
            let (part, line, column) = (Part::Bill, 0, 0);
            Answer::Unusable(Unusable::Malformed(Malformed::Json { part, line, column }))
        }
        Judged::Refused { refusal, .. } => match refusal.code.as_str() {
            "STATEMENT_CREATING" => Answer::NotYet,
            "NO_STATEMENT_EXIST" => Answer::Nothing,
            _ => Answer::Refused(refusal.clone()),
        },
        Judged::InDoubt(doubt) => Answer::InDoubt(doubt.clone()),
    }
}

#[derive(Deserialize)]
struct WireFile {
    hash_type: String,
    hash_value: String,
    download_url: String,
}

#[derive(Deserialize)]
struct WireParts {
    download_bill_list: Vec<WirePart>,
}

#[derive(Deserialize)]
struct WirePart {
    bill_sequence: u32,
    encrypt_key: String,
    nonce: String,
    #[serde(flatten)]
    file: WireFile,
}

impl WireFile {
    fn read(self, origins: &[&str]) -> Result<File, Unusable> {
        if self.hash_type != "SHA1" {
            return Err(Unusable::UnknownHash(self.hash_type));
        }
        let hash = Sha1Hash::parse(&self.hash_value).ok_or(Unusable::BadHash)?;
        let address = Address::parse(&self.download_url, origins).map_err(Unusable::BadAddress)?;
        Ok(File { address, hash })
    }
}

impl WireParts {
    fn read(self, origins: &[&str]) -> Result<Vec<SealedFile>, Unusable> {
        let mut parts = self.download_bill_list;
        parts.sort_by_key(|part| part.bill_sequence);
        let numbers = parts.iter().map(|part| part.bill_sequence);
        if !(1..=PARTS_MAX).contains(&parts.len()) || !numbers.eq(1..=count(parts.len())) {
            return Err(Unusable::BadParts);
        }
        parts.into_iter().map(|part| part.read(origins)).collect()
    }
}

impl WirePart {
    fn read(self, origins: &[&str]) -> Result<SealedFile, Unusable> {
        let encrypted_key = STANDARD.decode(&self.encrypt_key).map_err(|_| Unusable::BadKey)?;
        Ok(SealedFile { file: self.file.read(origins)?, encrypted_key, nonce: self.nonce })
    }
}

fn count(parts: usize) -> u32 {
    u32::try_from(parts).unwrap_or(u32::MAX)
}

/// A part has up to 16 GB (protocol reference B.8): more of them than this is not a bill that one
/// call can carry.
const PARTS_MAX: usize = 16;

impl fmt::Debug for SealedFile {
    /// Without the key: it is sealed, but nobody has to see it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedFile").field("file", &self.file).finish_non_exhaustive()
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(reason) => reason.fmt(f),
            Self::UnknownHash(_) => f.write_str("a bill hashed by an unknown algorithm"),
            Self::BadHash => f.write_str("a bill's hash is not one"),
            Self::BadAddress(reason) => reason.fmt(f),
            Self::BadKey => f.write_str("a bill's sealed key is not base64"),
            Self::BadParts => f.write_str("a bill's parts are not numbered one by one"),
        }
    }
}

impl core::error::Error for Unusable {}
