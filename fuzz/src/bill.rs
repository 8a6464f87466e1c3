//! A bill's file: unpacked, opened, read, in pieces of any size. How it was cut up never shows in
//! what comes out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::Write as _;
use wechatpay::bill::closing::Closing;
use wechatpay::bill::date::BillDate;
use wechatpay::bill::digest::Sha1Hash;
use wechatpay::bill::json;
use wechatpay::bill::parser::{Item, Parser};
use wechatpay::bill::unpack::Unpacker;
use wechatpay::bill::unseal::{FileKey, Unsealer};
use wechatpay::crypto::ApiV3Key;
use wechatpay::rustcrypto::seal;

use crate::platform::API_V3_KEY;

/// The longest plain file that is taken, here: a megabyte holds more rows than any input does.
const BYTES_MAX: u64 = 1 << 20;

/// As much as one step of unpacking may give: the piece that was promised, and one step more.
const PIECE_BYTES_MAX: usize = 2 * 64 * 1024;

/// The first byte says how the rest is cut up.
fn pieces(data: &[u8]) -> Option<(&[u8], usize)> {
    let (first, rest) = data.split_first()?;
    Some((rest, usize::from(*first) + 1))
}

/// The rows of a file.
pub fn rows(data: &[u8]) {
    let Some((file, size)) = pieces(data) else { return };
    let whole = read(file, file.len().max(1));
    assert_eq!(read(file, size), whole, "cut into {size}");
    let (lines, is_whole) = whole;
    let mut summaries = 0;
    for line in lines.lines() {
        let row: Value = serde_json::from_str(line).expect("a line of JSON");
        summaries += usize::from(row.get("summary").is_some_and(Value::is_object));
    }
    assert!(summaries <= 1 && (!is_whole || summaries == 1));
    let is_closed = closes(file, file.len().max(1));
    assert_eq!(closes(file, size), is_closed, "cut into {size}");
    assert!(is_closed || !is_whole, "a bill that was read to its end, and is not all there");
}

/// Whether the file came to its end, as far as that shows without reading it.
fn closes(file: &[u8], size: usize) -> bool {
    let mut closing = Closing::default();
    file.chunks(size).for_each(|piece| closing.feed(piece));
    closing.finish().is_ok()
}

/// Every row as JSON, and whether the file was a bill to its end.
fn read(file: &[u8], size: usize) -> (String, bool) {
    let mut parser = Parser::default();
    let mut lines = String::new();
    let mut sink = |item: Item<'_>| json::write(&item, &mut lines);
    let fed = file.chunks(size).try_for_each(|piece| parser.feed(piece, &mut sink));
    let is_whole = parser.finish(&mut sink).is_ok();
    assert!(fed.is_ok() || !is_whole, "a fault that was forgotten");
    (lines, is_whole)
}

/// A file as it arrives, compressed or not; and any file, once it is compressed.
pub fn packed(data: &[u8]) {
    let Some((file, size)) = pieces(data) else { return };
    let whole = unpack(file, file.len().max(1));
    assert_eq!(unpack(file, size), whole, "cut into {size}");
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    let packed = packer.write_all(file).and_then(|()| packer.finish()).expect("memory takes it");
    assert_eq!(unpack(&packed, size).as_deref(), Some(file));
}

/// The plain file, if it is one of no more than [`BYTES_MAX`].
fn unpack(file: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut unpacker = Unpacker::new(None, BYTES_MAX);
    let mut plain = Vec::new();
    let mut keep = |piece: Vec<u8>| {
        assert!(piece.len() <= PIECE_BYTES_MAX, "{} bytes at once", piece.len());
        plain.extend(piece);
    };
    for arrived in file.chunks(size) {
        unpacker.feed(arrived).ok()?;
        while let Some(piece) = unpacker.take().ok()? {
            keep(piece);
        }
    }
    unpacker.finish().ok()?.into_iter().for_each(&mut keep);
    assert!(plain.len() <= usize::try_from(BYTES_MAX).expect("it fits"));
    Some(plain)
}

/// A sealed file: what was sealed opens, and what was not is refused as `aes-gcm` refuses it.
pub fn sealed(data: &[u8]) {
    let Some((file, size)) = pieces(data) else { return };
    let nonce = b"abcdefghijkl";
    let key = ApiV3Key::parse(API_V3_KEY).expect("a key");
    assert_eq!(unseal(nonce, file, size), key.open(nonce, b"", file).ok());
    let ours = seal(&key, nonce, b"", file).expect("it fits");
    assert_eq!(unseal(nonce, &ours, size).as_deref(), Some(file));
    // Nonces of other lengths: no second implementation here, so opened or refused, but no panic.
    let longer = file.get(..size.min(24)).unwrap_or(file);
    let _ = unseal(longer, file, size);
}

fn unseal(nonce: &[u8], file: &[u8], size: usize) -> Option<Vec<u8>> {
    let key = FileKey::new(API_V3_KEY.as_bytes()).expect("a key");
    let mut unsealer = Unsealer::new(&key, nonce).ok()?;
    let mut opened = Vec::new();
    for piece in file.chunks(size) {
        unsealer.feed(piece, &mut opened).ok()?;
    }
    unsealer.finish().ok()?;
    Some(opened)
}

/// The short texts of an answer about a bill: what is taken reads as itself.
pub fn names(text: &str) {
    if let Ok(date) = BillDate::parse(text) {
        assert_eq!(date.to_string(), text);
    }
    if let Some(hash) = Sha1Hash::parse(text) {
        assert_eq!(format!("{hash:?}"), text.to_ascii_lowercase());
    }
    let _ = FileKey::new(&STANDARD.decode(text).unwrap_or_default());
}
