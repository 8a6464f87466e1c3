//! Opens a sub-merchant's bill as it comes: AES-256-GCM over a file of any length (protocol
//! reference B.8).
//!
//! The `aes-gcm` crate opens whole buffers, and a bill does not fit into one. So the same parts are
//! put together here: counter mode over the bytes, GHASH over the ciphertext, the tag compared at
//! the end. What [`Unsealer::feed`] gives is therefore not yet authentic, which changes nothing for
//! a bill: none of its bytes is believed before its digest agrees, and nobody may rely on one before
//! [`Unsealer::finish`] does.
//!
//! The platform's example has a nonce of sixteen characters where everything else has twelve; GCM
//! takes both, each by its own rule (NIST SP 800-38D, 7.1).

use core::fmt;

use aes::Aes256;
use aes::cipher::{BlockEncrypt, InnerIvInit, KeyInit, StreamCipher, StreamCipherCoreWrapper};
use ctr::{Ctr32BE, CtrCore};
use ghash::universal_hash::UniversalHash;
use ghash::{Block, GHash};
use zeroize::Zeroizing;

use crate::crypto::{NONCE_BYTES, TAG_BYTES};

/// The key of one file, drawn by the platform and sent under the merchant's public key. Wiped when
/// dropped, never printed.
pub struct FileKey(Zeroizing<[u8; KEY_BYTES]>);

/// Why a sealed file does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unopened {
    /// A key of another length than 32 bytes.
    BadKey {
        /// It has this many.
        bytes: usize,
    },
    /// A nonce shorter than GCM's own twelve bytes, or longer than the platform's documents allow.
    BadNonce {
        /// It has this many.
        bytes: usize,
    },
    /// The file ended before its tag.
    CutShort,
    /// More bytes than GCM may seal under one nonce.
    TooLong,
    /// The tag disagrees: another key or nonce, or a changed file.
    BadTag,
}

/// A file that is being opened.
pub struct Unsealer {
    stream: Ctr32BE<Aes256>,
    hash: GHash,
    /// Encrypted `J0`, which masks the tag.
    mask: Block,
    /// Not yet opened: at most a tag, which may be the file's last.
    held: Vec<u8>,
    /// Ciphertext that does not fill a block of GHASH.
    partial: Vec<u8>,
    opened_bytes: u64,
}

impl FileKey {
    /// Takes the 32 bytes that `encrypt_key` holds.
    pub fn new(bytes: &[u8]) -> Result<Self, Unopened> {
        let key = <[u8; KEY_BYTES]>::try_from(bytes)
            .map_err(|_| Unopened::BadKey { bytes: bytes.len() })?;
        Ok(Self(Zeroizing::new(key)))
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey(secret)")
    }
}

impl Unsealer {
    /// Begins a file. `nonce` is the text of the answer, byte for byte.
    pub fn new(key: &FileKey, nonce: &[u8]) -> Result<Self, Unopened> {
        if !(NONCE_BYTES..=NONCE_BYTES_MAX).contains(&nonce.len()) {
            return Err(Unopened::BadNonce { bytes: nonce.len() });
        }
        let cipher = Aes256::new(key.0.as_slice().into());
        let mut hash_key = Block::default();
        cipher.encrypt_block(&mut hash_key);
        let hash = GHash::new(&hash_key);
        let first = first_counter(&hash, nonce);
        let mut mask = first;
        cipher.encrypt_block(&mut mask);
        // The first counter is the mask's; the file's bytes begin with the second.
        let counter = CtrCore::inner_iv_init(cipher, &first);
        let mut stream = StreamCipherCoreWrapper::from_core(counter);
        stream.try_apply_keystream(Block::default().as_mut()).map_err(|_| Unopened::TooLong)?;
        Ok(Self { stream, hash, mask, held: Vec::new(), partial: Vec::new(), opened_bytes: 0 })
    }

    /// Takes the next bytes of the file and appends what they open to.
    pub fn feed(&mut self, sealed: &[u8], opened: &mut Vec<u8>) -> Result<(), Unopened> {
        self.held.extend_from_slice(sealed);
        let ready = self.held.len().saturating_sub(TAG_BYTES);
        let ciphertext: Vec<u8> = self.held.drain(..ready).collect();
        self.absorb(&ciphertext);
        let from = opened.len();
        opened.extend_from_slice(&ciphertext);
        let fresh = opened.get_mut(from..).unwrap_or_default();
        self.stream.try_apply_keystream(fresh).map_err(|_| Unopened::TooLong)?;
        self.opened_bytes += count(ready);
        Ok(())
    }

    /// Ends the file: only now is what was opened authentic.
    pub fn finish(mut self) -> Result<(), Unopened> {
        let tag = <[u8; TAG_BYTES]>::try_from(self.held).map_err(|_| Unopened::CutShort)?;
        self.hash.update_padded(&self.partial);
        // No associated data, hence a first length of zero.
        self.hash.update(&[lengths_block(0, self.opened_bytes)]);
        let mut expected = self.mask;
        expected.iter_mut().zip(tag).for_each(|(mask, tag)| *mask ^= tag);
        self.hash.verify(&expected).map_err(|_| Unopened::BadTag)
    }

    fn absorb(&mut self, ciphertext: &[u8]) {
        self.partial.extend_from_slice(ciphertext);
        let (blocks, _) = self.partial.as_chunks::<BLOCK_BYTES>();
        for block in blocks {
            self.hash.update(&[Block::from(*block)]);
        }
        let hashed = blocks.len() * BLOCK_BYTES;
        self.partial.drain(..hashed);
    }
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadKey { bytes } => write!(f, "a file's key of {bytes} bytes"),
            Self::BadNonce { bytes } => write!(f, "a file's nonce of {bytes} bytes"),
            Self::CutShort => f.write_str("a sealed file without its tag"),
            Self::TooLong => f.write_str("a sealed file longer than its cipher allows"),
            Self::BadTag => f.write_str("a sealed file's tag disagrees"),
        }
    }
}

impl core::error::Error for Unopened {}

/// `J0` of NIST SP 800-38D: twelve bytes and a counter of one, or the hash of any other nonce.
fn first_counter(hash: &GHash, nonce: &[u8]) -> Block {
    if let Ok(twelve) = <[u8; NONCE_BYTES]>::try_from(nonce) {
        let mut first = Block::default();
        let bytes = twelve.into_iter().chain([0, 0, 0, 1]);
        first.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        return first;
    }
    let mut hash = hash.clone();
    hash.update_padded(nonce);
    hash.update(&[lengths_block(0, count(nonce.len()))]);
    hash.finalize()
}

/// Two lengths in bits, as GHASH ends with them.
fn lengths_block(first_bytes: u64, second_bytes: u64) -> Block {
    let bits = |bytes: u64| u128::from(bytes) * 8;
    Block::from((bits(first_bytes) << 64 | bits(second_bytes)).to_be_bytes())
}

/// A length in memory always fits.
fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

const KEY_BYTES: usize = 32;
const BLOCK_BYTES: usize = 16;

/// The example of the documents has sixteen; room for as much again.
const NONCE_BYTES_MAX: usize = 32;
