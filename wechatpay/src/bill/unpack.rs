//! What arrives → the plain file: opened where it is sealed, decompressed where it is compressed.
//!
//! Nothing about the wrapping is believed beforehand. Compression is seen in the bytes themselves,
//! because the platform need not say what it did and an HTTP client may have undone it (protocol
//! reference I.4). What comes out is bounded at each step: a few thousand compressed bytes may
//! stand for millions, and those are given out in pieces, as they are wanted.

use core::fmt;
use std::io::Write as _;

use flate2::write::MultiGzDecoder;

use super::is_gzip;
use super::unseal::{Unopened, Unsealer};

/// A file that is being unpacked.
pub struct Unpacker {
    unsealer: Option<Unsealer>,
    wrapping: Wrapping,
    /// Open, not yet decompressed.
    waiting: Vec<u8>,
    given_bytes: u64,
    bytes_max: u64,
}

/// Why a file cannot be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpackable {
    /// It does not open.
    Unopened(Unopened),
    /// Its compression is damaged, ends early, or is followed by something else.
    BadCompression,
    /// It has more bytes than we take.
    TooLong,
}

/// How the file is wrapped.
enum Wrapping {
    /// Not known before there are two bytes.
    Unseen,
    Plain,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
}

impl Unpacker {
    /// Begins a file of at most `bytes_max` plain bytes, which an `unsealer` opens first where it is
    /// sealed.
    pub fn new(unsealer: Option<Unsealer>, bytes_max: u64) -> Self {
        let (wrapping, waiting) = (Wrapping::Unseen, Vec::new());
        Self { unsealer, wrapping, waiting, given_bytes: 0, bytes_max }
    }

    /// Takes the next bytes that arrived. [`Unpacker::take`] what they come to before feeding more.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Unpackable> {
        match &mut self.unsealer {
            Some(unsealer) => unsealer.feed(bytes, &mut self.waiting)?,
            None => self.waiting.extend_from_slice(bytes),
        }
        if matches!(self.wrapping, Wrapping::Unseen) && self.waiting.len() >= HEAD_BYTES {
            self.see();
        }
        Ok(())
    }

    /// The next plain bytes, at most a piece or two; `None` when more has to arrive first.
    pub fn take(&mut self) -> Result<Option<Vec<u8>>, Unpackable> {
        let plain = match &mut self.wrapping {
            Wrapping::Unseen => return Ok(None),
            Wrapping::Plain => core::mem::take(&mut self.waiting),
            Wrapping::Gzip(decoder) => decompress(decoder, &mut self.waiting)?,
        };
        self.give(plain)
    }

    /// Nothing more arrives. Gives the last bytes, once the seal and the compression agree that
    /// these were all.
    pub fn finish(mut self) -> Result<Option<Vec<u8>>, Unpackable> {
        if let Some(unsealer) = self.unsealer.take() {
            unsealer.finish()?;
        }
        if matches!(self.wrapping, Wrapping::Unseen) {
            self.see();
        }
        let wrapping = core::mem::replace(&mut self.wrapping, Wrapping::Plain);
        let last = match wrapping {
            Wrapping::Gzip(decoder) => decoder.finish().map_err(|_| Unpackable::BadCompression)?,
            Wrapping::Unseen | Wrapping::Plain => core::mem::take(&mut self.waiting),
        };
        self.give(last)
    }

    fn see(&mut self) {
        self.wrapping = if is_gzip(&self.waiting) {
            Wrapping::Gzip(Box::new(MultiGzDecoder::new(Vec::new())))
        } else {
            Wrapping::Plain
        };
    }

    fn give(&mut self, plain: Vec<u8>) -> Result<Option<Vec<u8>>, Unpackable> {
        let bytes = u64::try_from(plain.len()).unwrap_or(u64::MAX);
        self.given_bytes = self.given_bytes.saturating_add(bytes);
        if self.given_bytes > self.bytes_max {
            return Err(Unpackable::TooLong);
        }
        Ok((!plain.is_empty()).then_some(plain))
    }
}

/// Decompresses until there is a piece, or nothing is waiting any more.
fn decompress(
    decoder: &mut MultiGzDecoder<Vec<u8>>,
    waiting: &mut Vec<u8>,
) -> Result<Vec<u8>, Unpackable> {
    let mut used = 0;
    while decoder.get_ref().len() < PIECE_BYTES
        && let Some(rest) = waiting.get(used..).filter(|rest| !rest.is_empty())
    {
        // One step each time: it makes 32 KB at most, however much its input stands for.
        match decoder.write(rest) {
            Ok(0) | Err(_) => return Err(Unpackable::BadCompression),
            Ok(step) => used += step,
        }
    }
    waiting.drain(..used);
    Ok(core::mem::take(decoder.get_mut()))
}

impl From<Unopened> for Unpackable {
    fn from(reason: Unopened) -> Self {
        Self::Unopened(reason)
    }
}

impl fmt::Display for Unpackable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unopened(reason) => reason.fmt(f),
            Self::BadCompression => f.write_str("a file's compression is damaged"),
            Self::TooLong => f.write_str("a file longer than a bill"),
        }
    }
}

impl core::error::Error for Unpackable {}

/// As many bytes as compression is known by.
const HEAD_BYTES: usize = 2;

/// Large enough that the steps between pieces cost nothing.
const PIECE_BYTES: usize = 256 * 1024;
