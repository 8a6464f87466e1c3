//! Why a V2 sign is nobody's: which mistake it was, in words that a developer can act on.
//!
//! A hash does not open, so nothing tells what was signed. But a sum is cheap, and there are few
//! ways to go wrong: each is tried alone, then any two of different sorts together, until one gives
//! the sign that came (protocol reference D.2). The tries are bounded by what they hash.

mod strings;
mod sums;

use self::strings::Spelling;
use self::sums::{Sum, Tail};
use super::{Diagnosis, Finding};
use crate::merchant::Account;
use crate::v2::Fields;
use crate::v2::sign::{SIGN, SignType, string_to_sign};

/// So many bytes are hashed for one refusal at most, and so many sums are made: a few milliseconds.
const HASHED_BYTES_MAX: usize = 2 * 1_024 * 1_024;
const SUMS_MAX: usize = 4_000;
/// Of other merchants' keys, so many are tried.
const OTHERS_MAX: usize = 20;

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHolder<'a> {
    /// The merchant's number.
    pub mchid: &'a str,
    /// The V2 key.
    pub api_v2_key: &'a str,
    /// The key of the other API, which is as long.
    pub api_v3_key: &'a str,
}

impl<'a> From<&'a Account> for KeyHolder<'a> {
    fn from(account: &'a Account) -> Self {
        let Account { mchid, api_v2_key, api_v3_key, .. } = account;
        Self { mchid, api_v2_key, api_v3_key }
    }
}

/// A message whose sign is not the merchant's.
#[derive(Clone, Copy, Debug)]
pub struct Unproven<'a> {
    /// All that was sent.
    pub fields: &'a Fields,
    /// Whoever it says that it is.
    pub signer: KeyHolder<'a>,
    /// Everybody else.
    pub others: &'a [KeyHolder<'a>],
}

/// Whether a sign is a string's, by either method and with any key that is known here: HMAC is keyed
/// besides ending in the key.
pub fn is_signed(sign: &str, string: &[u8], keys: &[KeyHolder<'_>]) -> bool {
    let texts = keys.iter().flat_map(|holder| [holder.api_v2_key, holder.api_v3_key]);
    let hmacs = texts.map(|key| SignType::HmacSha256.sum(string, key));
    hmacs.chain([SignType::Md5.sum(string, "")]).any(|sum| sum.eq_ignore_ascii_case(sign))
}

/// One thing that is not as it should be: a name, and what to mend.
type Slip = (&'static str, String);

/// A key that may have been used.
struct Key<'a> {
    text: &'a str,
    slip: Option<Slip>,
}

/// Looks for the mistake.
pub fn diagnose(unproven: Unproven<'_>) -> Diagnosis {
    let Unproven { fields, signer, .. } = unproven;
    let right = string_to_sign(fields, signer.api_v2_key).into_bytes();
    let sign = fields.get(SIGN).unwrap_or_default();
    if let Some(finding) = shape(fields, sign) {
        return Diagnosis::of(finding, right, None);
    }
    match Search::new(unproven, sign).run() {
        Some((slips, yours)) => Diagnosis::of(joined(slips), right, Some(yours)),
        None => Diagnosis::of(unknown(fields), right, None),
    }
}

/// What can be told without a single sum.
fn shape(fields: &Fields, sign: &str) -> Option<Finding> {
    let said = fields.get("sign_type");
    if said.is_some_and(|said| SignType::named(said).is_none()) {
        let words = "sign_type must be MD5 or HMAC-SHA256, to the letter.";
        return Some(Finding::new("unknown-sign-type", words));
    }
    if sign.is_empty() {
        return Some(Finding::new("sign-missing", "The field sign is missing or empty."));
    }
    if sign.bytes().all(|byte| byte.is_ascii_hexdigit()) && matches!(sign.len(), 32 | 40 | 64) {
        return None;
    }
    let (name, words) = match sign.len() {
        24 | 28 | 44 => (
            "sign-base64",
            "The sign is Base64. It is hexadecimal: 32 upper-case digits for MD5, 64 for \
             HMAC-SHA256.",
        ),
        256.. => (
            "sign-rsa",
            "The sign is as long as an RSA signature, which is APIv3's. V2 takes a hash over the \
             fields and the V2 key.",
        ),
        _ => {
            ("sign-length", "The sign is neither 32 hexadecimal digits (MD5) nor 64 (HMAC-SHA256).")
        }
    };
    Some(Finding::new(name, words))
}

fn joined(slips: Vec<Slip>) -> Finding {
    let names: Vec<_> = slips.iter().map(|(name, _)| *name).collect();
    let words: Vec<_> = slips.iter().map(|(_, words)| words.as_str()).collect();
    Finding::new(&names.join("+"), words.join(" "))
}

fn unknown(fields: &Fields) -> Finding {
    let sign_type = fields.get("sign_type").unwrap_or("MD5, because sign_type is not there");
    let words = format!(
        "None of the usual mistakes explains the sign. It must be the {sign_type} of the string \
         beside this: compare it with the one that your program builds. If they are the same, \
         your key is another one than GET /sandbox/merchants shows, or the message was changed \
         after it was signed."
    );
    Finding::new("unknown", words)
}

/// All that is tried, each list with the right one first.
struct Search<'a> {
    wanted: String,
    spellings: Vec<Spelling>,
    tails: Vec<Tail>,
    keys: Vec<Key<'a>>,
    sums: Vec<Sum>,
    is_lower: bool,
    hashed: usize,
    made: usize,
}

/// A list's length, and how a try takes one of its rows.
type List = (usize, fn(Try, usize) -> Try);

/// Which of each list.
#[derive(Clone, Copy, Default)]
struct Try {
    spelling: usize,
    tail: usize,
    key: usize,
    sum: usize,
}

impl<'a> Search<'a> {
    fn new(unproven: Unproven<'a>, sign: &str) -> Self {
        let Unproven { fields, signer, others } = unproven;
        let said = fields.get("sign_type").and_then(SignType::named);
        Self {
            wanted: sign.to_ascii_uppercase(),
            spellings: strings::all(fields),
            tails: Tail::all(),
            keys: keys(signer, others),
            sums: Sum::all(said.unwrap_or_default(), said.is_some()),
            is_lower: sign.bytes().any(|byte| byte.is_ascii_lowercase()),
            hashed: 0,
            made: 0,
        }
    }

    /// The slips, and the string that was signed.
    fn run(mut self) -> Option<(Vec<Slip>, Vec<u8>)> {
        let found = self.tries().into_iter().find(|each| self.fits(*each))?;
        let string = self.string(found);
        let slips = [
            self.spellings.get(found.spelling).and_then(|it| it.slip.clone()),
            self.tails.get(found.tail).and_then(Tail::slip),
            self.keys.get(found.key).and_then(|it| it.slip.clone()),
            self.sums.get(found.sum).and_then(|it| it.slip.clone()),
            self.is_lower.then(lower_case),
        ];
        Some((slips.into_iter().flatten().collect(), string?))
    }

    /// The right one, each mistake alone, then any two of different lists.
    fn tries(&self) -> Vec<Try> {
        let right = Try::default();
        let lists: [List; 4] = [
            (self.spellings.len(), |each, at| Try { spelling: at, ..each }),
            (self.tails.len(), |each, at| Try { tail: at, ..each }),
            (self.keys.len(), |each, at| Try { key: at, ..each }),
            (self.sums.len(), |each, at| Try { sum: at, ..each }),
        ];
        let mut all = vec![right];
        for (count, with) in lists {
            all.extend((1..count).map(|at| with(right, at)));
        }
        for (place, (count, with)) in lists.iter().enumerate() {
            for (other_count, with_other) in lists.iter().skip(place + 1) {
                for at in 1..*count {
                    let one = with(right, at);
                    all.extend((1..*other_count).map(|other| with_other(one, other)));
                }
            }
        }
        all
    }

    fn fits(&mut self, each: Try) -> bool {
        let Some(sum) = self.sums.get(each.sum) else { return false };
        // A sum of another length cannot be it.
        if sum.digits() != self.wanted.len() || self.made >= SUMS_MAX {
            return false;
        }
        let (Some(string), Some(key)) = (self.string(each), self.keys.get(each.key)) else {
            return false;
        };
        if self.hashed + string.len() > HASHED_BYTES_MAX {
            return false;
        }
        let fits = sum.of(&string, key.text) == self.wanted;
        self.hashed += string.len();
        self.made += 1;
        fits
    }

    fn string(&self, each: Try) -> Option<Vec<u8>> {
        let spelling = self.spellings.get(each.spelling)?;
        let (tail, key) = (self.tails.get(each.tail)?, self.keys.get(each.key)?);
        Some(tail.after(&spelling.text, key.text))
    }
}

fn lower_case() -> Slip {
    ("lower-case", "The digits of the sign must be in upper case.".to_owned())
}

fn keys<'a>(signer: KeyHolder<'a>, others: &[KeyHolder<'a>]) -> Vec<Key<'a>> {
    let v3 = "It was made with the merchant's APIv3 key. V2 has a key of its own, api_v2_key.";
    let own = [
        Key { text: signer.api_v2_key, slip: None },
        Key { text: signer.api_v3_key, slip: Some(("api-v3-key", v3.to_owned())) },
    ];
    let others = others.iter().take(OTHERS_MAX).map(|other| {
        let words = format!(
            "It was made with the V2 key of merchant {}, but mch_id is {}.",
            other.mchid, signer.mchid
        );
        Key { text: other.api_v2_key, slip: Some(("other-merchants-key", words)) }
    });
    own.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests;
