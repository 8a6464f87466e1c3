//! Who is calling: the browser's token and the shop's secret key.
//!
//! A client token is `id.expiry.mac`: the checkout's id, a moment in Unix seconds, and
//! HMAC-SHA256 over `id.expiry` in base64url. It proves itself without waking an object, opens
//! this one checkout only, and is made of characters that fit a WebSocket protocol name and a URL.
//! All comparisons take the same time whether the first byte differs or the last.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use checkout::id::CheckoutId;
use checkout::time::{Seconds, UnixSeconds};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

/// How long a token outlives its checkout's deadline, so that a page left open overnight still
/// learns how it ended.
const GRACE: Seconds = Seconds::days(1);

/// Characters of a client key or a secret key at least: 32 of base64 or hex are 128 bits or more.
const KEY_CHARS_MIN: usize = 32;

/// Longest token that is looked at: id 24, expiry up to 20, MAC 43, two dots.
const TOKEN_CHARS_MAX: usize = 89;

/// Why a key of our own is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeakKey {
    /// Fewer than 32 characters.
    TooShort {
        /// How many it has.
        chars: usize,
    },
    /// None, or more than two.
    Count {
        /// How many there are.
        keys: usize,
    },
}

/// Why a client token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadToken {
    /// There is none.
    Missing,
    /// Not made by us, or changed since.
    Forged,
    /// Made by us, and its time is over.
    Expired,
}

/// The key that client tokens are made with.
pub struct ClientKey(Zeroizing<Vec<u8>>);

impl ClientKey {
    /// Takes a key of at least 32 characters.
    pub fn parse(text: &str) -> Result<Self, WeakKey> {
        let chars = text.trim().chars().count();
        if chars < KEY_CHARS_MIN {
            return Err(WeakKey::TooShort { chars });
        }
        Ok(Self(Zeroizing::new(text.trim().as_bytes().to_vec())))
    }

    /// Makes a token for a checkout whose deadline is `left` from `now`.
    pub fn mint(&self, id: &CheckoutId, left: Seconds, now: UnixSeconds) -> String {
        let left = Seconds(left.0.max(0));
        let claim = format!("{}.{}", id.as_str(), (now + left + GRACE).0);
        let mac = self.mac(&claim).finalize().into_bytes();
        format!("{claim}.{}", URL_SAFE_NO_PAD.encode(mac))
    }

    /// The checkout that `token` opens.
    pub fn verify(&self, token: Option<&str>, now: UnixSeconds) -> Result<CheckoutId, BadToken> {
        let token = token.ok_or(BadToken::Missing)?;
        if token.len() > TOKEN_CHARS_MAX {
            return Err(BadToken::Forged);
        }
        let (claim, mac) = token.rsplit_once('.').ok_or(BadToken::Forged)?;
        let mac = URL_SAFE_NO_PAD.decode(mac).map_err(|_| BadToken::Forged)?;
        self.mac(claim).verify_slice(&mac).map_err(|_| BadToken::Forged)?;
        let (id, expiry) = claim.split_once('.').ok_or(BadToken::Forged)?;
        let id = CheckoutId::parse(id).map_err(|_| BadToken::Forged)?;
        let expiry: i64 = expiry.parse().map_err(|_| BadToken::Forged)?;
        if now.0 >= expiry { Err(BadToken::Expired) } else { Ok(id) }
    }

    fn mac(&self, claim: &str) -> Hmac<Sha256> {
        keyed(&self.0).chain_update(claim)
    }
}

/// HMAC-SHA256 takes a key of any length (RFC 2104), a promise that its type cannot express. The
/// padding is done here, so that the constructor that cannot fail is used.
pub(crate) fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0_u8; 64]);
    let hashed;
    let short = if key.len() > block.len() {
        hashed = Sha256::digest(key);
        hashed.as_slice()
    } else {
        key
    };
    block.iter_mut().zip(short).for_each(|(slot, byte)| *slot = *byte);
    Mac::new(&(*block).into())
}

/// The shop's secret keys: one, or two while one replaces the other.
pub struct SecretKeys(Vec<[u8; 32]>);

impl SecretKeys {
    /// Takes one or two keys separated by spaces. Only their digests are kept.
    pub fn parse(text: &str) -> Result<Self, WeakKey> {
        let keys: Vec<&str> = text.split_whitespace().collect();
        if !(1..=2).contains(&keys.len()) {
            return Err(WeakKey::Count { keys: keys.len() });
        }
        match keys.iter().map(|key| key.chars().count()).find(|&chars| chars < KEY_CHARS_MIN) {
            Some(chars) => Err(WeakKey::TooShort { chars }),
            None => Ok(Self(keys.iter().map(|key| Sha256::digest(key).into()).collect())),
        }
    }

    /// Whether any of these keys is also one of the others.
    pub fn shares_with(&self, other: &Self) -> bool {
        self.0.iter().any(|key| other.0.contains(key))
    }

    /// Whether `key` is one of them.
    pub fn admit(&self, key: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(key).into();
        let none = Choice::from(0);
        self.0.iter().fold(none, |found, known| found | known.ct_eq(&digest)).into()
    }
}

/// The credential of an `Authorization: Bearer …` header.
pub fn bearer(header: Option<&str>) -> Option<&str> {
    let (scheme, credential) = header?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
}

/// The token among WebSocket protocol names: `saoma.v1, <token>`. None when the page does not
/// speak our protocol, which is then no WebSocket of ours.
pub fn offered(protocols: Option<&str>) -> Option<&str> {
    let names: Vec<&str> = protocols?.split(',').map(str::trim).collect();
    let speaks = names.contains(&crate::command::EVENTS_PROTOCOL);
    names.into_iter().find(|name| speaks && name.starts_with("chk_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_700_000_000);
    const DAY: Seconds = Seconds::days(1);

    fn key() -> ClientKey {
        ClientKey::parse("0123456789abcdef0123456789abcdef").unwrap()
    }

    fn id() -> CheckoutId {
        CheckoutId::from_digest([7; 32])
    }

    #[test]
    fn a_token_opens_its_checkout_until_the_grace_is_over() {
        let token = key().mint(&id(), DAY, NOW);
        assert_eq!(key().verify(Some(&token), NOW), Ok(id()));
        let last = UnixSeconds(NOW.0 + 2 * 86_400 - 1);
        assert_eq!(key().verify(Some(&token), last), Ok(id()));
        assert_eq!(key().verify(Some(&token), last + Seconds(1)), Err(BadToken::Expired));
        let late = key().mint(&id(), Seconds(-500), NOW);
        assert_eq!(key().verify(Some(&late), NOW), Ok(id()), "grace counts from now");
    }

    #[test]
    fn the_mac_is_hmac_sha256_over_id_dot_expiry() {
        // RFC 4231 test case 1 and test case 6 (a key longer than a block).
        let tag = |key: &[u8], data: &[u8]| keyed(key).chain_update(data).finalize().into_bytes();
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(
            hex(&tag(&[0x0b; 20], b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(&tag(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
        let token = key().mint(&id(), DAY, NOW);
        let (claim, mac) = token.rsplit_once('.').unwrap();
        assert_eq!(claim, format!("{}.1700172800", id().as_str()));
        let expected = tag(b"0123456789abcdef0123456789abcdef", claim.as_bytes());
        assert_eq!(URL_SAFE_NO_PAD.decode(mac).unwrap(), expected.as_slice());
    }

    #[test]
    fn every_changed_character_makes_a_token_forged() {
        let token = key().mint(&id(), DAY, NOW);
        assert!(token.len() <= TOKEN_CHARS_MAX, "{}", token.len());
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'2' { b'3' } else { b'2' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(key().verify(Some(&changed), NOW), Err(BadToken::Forged), "{at}");
        }
        for forged in
            ["", ".", "..", "chk_x", &token[1..], &format!("{token}A"), &"a".repeat(9_999)]
        {
            assert_eq!(key().verify(Some(forged), NOW), Err(BadToken::Forged), "{forged}");
        }
        assert_eq!(key().verify(None, NOW), Err(BadToken::Missing));
        let other = ClientKey::parse(&"x".repeat(32)).unwrap();
        assert_eq!(other.verify(Some(&token), NOW), Err(BadToken::Forged));
    }

    #[test]
    fn two_secret_keys_are_valid_while_one_replaces_the_other() {
        let (old, new) = ("o".repeat(32), "n".repeat(40));
        let keys = SecretKeys::parse(&format!(" {old} {new}\n")).unwrap();
        assert!(keys.admit(&old) && keys.admit(&new));
        assert!(!keys.admit("") && !keys.admit(&old[1..]) && !keys.admit(&format!("{old} {new}")));
    }

    #[test]
    fn weak_keys_are_refused_by_reason() {
        let secret = |text: &str| SecretKeys::parse(text).err();
        assert_eq!(secret(""), Some(WeakKey::Count { keys: 0 }));
        assert_eq!(secret("a b c"), Some(WeakKey::Count { keys: 3 }));
        assert_eq!(secret("short"), Some(WeakKey::TooShort { chars: 5 }));
        assert_eq!(ClientKey::parse("short").err(), Some(WeakKey::TooShort { chars: 5 }));
    }

    #[test]
    fn credentials_are_found_where_they_belong() {
        assert_eq!(bearer(Some("Bearer abc")), Some("abc"));
        assert_eq!(bearer(Some("bearer  abc ")), Some("abc"));
        for none in [None, Some("abc"), Some("Basic abc"), Some("Bearer")] {
            assert_eq!(bearer(none), None);
        }
        assert_eq!(offered(Some("saoma.v1, chk_a.1.b")), Some("chk_a.1.b"));
        for none in [None, Some("saoma.v1"), Some("chk_a.1.b"), Some("saoma.v2, chk_a.1.b")] {
            assert_eq!(offered(none), None);
        }
    }
}
