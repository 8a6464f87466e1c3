//! A signature that does not fit: written wrong, made with another key, in another way, or over
//! another text.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;

use super::header::Items;
use super::mistakes;
use super::opened::{self, Algorithm, SIGNATURE_BYTES, Signed};
use super::search::{Draft, Hit, search};
use super::{Asked, Finding, Holder, Known, Owner};

/// So many keys are tried for one refusal.
const KEYS_MAX: usize = 64;

/// What is wrong with the signature, if something is, and the string that it is over, if found.
pub(super) fn trouble(
    asked: Asked<'_>,
    items: &Items<'_>,
    known: &Known<'_>,
) -> Option<(Finding, Option<Vec<u8>>)> {
    let text = items.signature?;
    let (bytes, written) = match decoded(text) {
        Ok(decoded) => decoded,
        Err(finding) => return Some((finding, None)),
    };
    let Some((holder, signed)) = opened(&bytes, items, known) else {
        let backwards: Vec<u8> = bytes.into_iter().rev().collect();
        let is_known = opened(&backwards, items, known).is_some();
        let found = if is_known { reversed() } else { nobodys(items) };
        return Some((written.unwrap_or(found), None));
    };
    let mistakes = mistakes::all(asked, items.nonce?);
    let hit = search(&signed, Draft::right(asked, items.timestamp?, items.nonce?), &mistakes);
    let mut found: Vec<Finding> = Vec::new();
    found.extend(written);
    found.extend((!is_named(holder, items)).then(|| other_key(holder, items)));
    found.extend(other_way(&signed));
    if hit.is_some() || signed.tells() {
        found.extend(other_text(hit.as_ref(), mistakes.len()));
    }
    let yours = hit.map(|hit| hit.message);
    joined(found).map(|finding| (finding, yours))
}

/// Who made the signature, and what is in it. The named key is tried first, then the merchant's
/// others, then everybody's.
pub(super) fn opened<'k>(
    bytes: &[u8],
    items: &Items<'_>,
    known: &'k Known<'_>,
) -> Option<(&'k Holder<'k>, Signed)> {
    let mut holders: Vec<&Holder<'_>> = known.holders.iter().collect();
    holders.sort_by_key(|holder| (!is_named(holder, items), !is_theirs(holder, items)));
    holders
        .into_iter()
        .take(KEYS_MAX)
        .filter_map(|holder| Some((holder, opened::open(&opened::key(holder.pem)?, bytes)?)))
        .find(|(holder, signed)| is_named(holder, items) || !signed.is_doubtful())
}

fn is_named(holder: &Holder<'_>, items: &Items<'_>) -> bool {
    is_theirs(holder, items) && Some(holder.serial_no) == items.serial_no
}

fn is_theirs(holder: &Holder<'_>, items: &Items<'_>) -> bool {
    matches!(holder.owner, Owner::Merchant(mchid) if Some(mchid) == items.mchid)
}

fn joined(found: Vec<Finding>) -> Option<Finding> {
    let many = found.len() > 1;
    found.into_iter().reduce(|one, other| Finding {
        name: format!("{}+{}", one.name, other.name),
        words: format!("{} {}{}", one.words, if many { "Besides: " } else { "" }, other.words),
    })
}

/// The signature's bytes, and what is wrong with how they are written.
pub(super) fn decoded(text: &str) -> Result<(Vec<u8>, Option<Finding>), Finding> {
    const HEX: &str = "The signature is written in hexadecimal digits; Base64 is wanted.";
    // Hexadecimal digits are also Base64, of something else.
    if let Some(bytes) = hexadecimal(text) {
        return Ok((bytes, Some(Finding::new("base64-hexadecimal", HEX))));
    }
    if let Ok(bytes) = BASE64_STANDARD.decode(text) {
        return if bytes.len() == SIGNATURE_BYTES {
            Ok((bytes, None))
        } else {
            twice(&bytes).ok_or_else(|| cut(&bytes))
        };
    }
    otherwise_written(text)
}

/// The usual mishaps of Base64, each undone.
fn otherwise_written(text: &str) -> Result<(Vec<u8>, Option<Finding>), Finding> {
    const URL_SAFE: &str = "The signature is written in the URL-safe alphabet of Base64, with - and \
                            _; use the standard one, with + and /.";
    const BROKEN: &str = "The signature's Base64 is broken into lines or has spaces in it; write \
                          it in one line.";
    const SPACES: &str = "The signature has spaces where Base64 has +: something decoded it like a \
                          form.";
    const PERCENT: &str = "The signature's Base64 is percent-encoded; send it as it is.";
    const PADDING: &str = "The signature's Base64 has lost its = at the end.";
    let lax = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let plain: String = text.replace("\\r", "").replace("\\n", "");
    let solid: String = plain.chars().filter(|letter| !letter.is_whitespace()).collect();
    let percent =
        [("%2B", "+"), ("%2F", "/"), ("%3D", "="), ("%2b", "+"), ("%2f", "/"), ("%3d", "=")]
            .into_iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    let attempts = [
        ("base64-padding", PADDING, lax.decode(text).ok()),
        ("base64-url-safe", URL_SAFE, lax.decode(text.replace('-', "+").replace('_', "/")).ok()),
        ("base64-spaces-for-plus", SPACES, lax.decode(text.replace(' ', "+")).ok()),
        ("base64-lines", BROKEN, lax.decode(solid).ok()),
        ("base64-percent-encoded", PERCENT, lax.decode(percent).ok()),
    ];
    for (name, words, bytes) in attempts {
        let whole = bytes.filter(|bytes| bytes.len() == SIGNATURE_BYTES);
        // What is written in two wrong ways at once is not unravelled.
        if let Some(bytes) = whole {
            return Ok((bytes, Some(Finding::new(name, words))));
        }
    }
    let words = format!(
        "The signature is not Base64 ({} characters). Encode the {SIGNATURE_BYTES} bytes of the \
         signature in standard Base64, which makes 344 characters.",
        text.chars().count()
    );
    Err(Finding::new("base64-broken", words))
}

/// Base64 in Base64.
fn twice(bytes: &[u8]) -> Option<(Vec<u8>, Option<Finding>)> {
    const TWICE: &str = "The signature was encoded in Base64 twice; once is enough.";
    let bytes = BASE64_STANDARD.decode(bytes).ok().filter(|it| it.len() == SIGNATURE_BYTES)?;
    Some((bytes, Some(Finding::new("base64-twice", TWICE))))
}

fn cut(bytes: &[u8]) -> Finding {
    let words = format!(
        "The signature is {} bytes long; RSA-2048 makes {SIGNATURE_BYTES}, which are 344 \
         characters of Base64. It was cut, or another kind of key made it.",
        bytes.len()
    );
    Finding::new("signature-length", words)
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    if text.len() != SIGNATURE_BYTES * 2 || !text.is_ascii() {
        return None;
    }
    (0..SIGNATURE_BYTES)
        .map(|index| u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok())
        .collect()
}

fn reversed() -> Finding {
    Finding::new(
        "signature-reversed",
        "The signature's bytes come in the wrong order, the last one first, as Windows' CryptoAPI \
         gives them. Turn the bytes round before you encode them.",
    )
}

fn nobodys(items: &Items<'_>) -> Finding {
    let words = format!(
        "The signature was not made with the private key of certificate {}, nor with any other key \
         that is known here. Load the private key that belongs to it (apiclient_key.pem), and \
         check that what signs is an RSA key of 2048 bits.",
        items.serial_no.unwrap_or_default()
    );
    Finding::new("key-unknown", words)
}

fn other_key(holder: &Holder<'_>, items: &Items<'_>) -> Finding {
    let serial = holder.serial_no;
    match holder.owner {
        Owner::Merchant(mchid) if is_theirs(holder, items) => {
            let words = format!(
                "The signature was made with the key of your other certificate {serial}. Name the \
                 certificate whose key signs: merchant {mchid} has several."
            );
            Finding::new("key-of-other-certificate", words)
        }
        Owner::Merchant(mchid) => {
            let words = format!(
                "The signature was made with the key of merchant {mchid} (certificate {serial}). \
                 mchid, serial_no and private key must be one merchant's."
            );
            Finding::new("key-of-another-merchant", words)
        }
        Owner::Platform => {
            let words = format!(
                "The signature was made with the platform's own key {serial}. Requests are signed \
                 with the merchant's private key (apiclient_key.pem)."
            );
            Finding::new("key-of-the-platform", words)
        }
    }
}

/// A padding or a digest that is not the scheme's.
fn other_way(signed: &Signed) -> Option<Finding> {
    match signed {
        Signed::Digest(Algorithm::Sha256, _) => None,
        Signed::Digest(algorithm, _) => {
            let name = algorithm.name();
            let more =
                if signed.tells() { "" } else { " Whether the string was right is not told." };
            let words = format!(
                "The string was digested with {name}; the scheme is RSA with SHA-256 (in many \
                 libraries: SHA256withRSA, RSA-SHA256).{more}"
            );
            Some(Finding::new(&format!("digest-{}", name.to_ascii_lowercase()), words))
        }
        Signed::Bare(_) => Some(Finding::new(
            "digest-unnamed",
            "The padding holds bare bytes instead of the name of SHA-256 and the digest. Use a \
             function that signs with SHA256withRSA, not one that encrypts with a private key or \
             that signs a digest as it is (NONEwithRSA).",
        )),
        Signed::Pss { .. } => Some(Finding::new(
            "padding-pss",
            "The signature is padded as RSA-PSS; the scheme is RSASSA-PKCS1-v1_5 with SHA-256.",
        )),
    }
}

fn other_text(hit: Option<&Hit>, tried: usize) -> Option<Finding> {
    let Some(hit) = hit else {
        let words = format!(
            "The key is known, but what was signed is another text than the request that came, and \
             none of {tried} usual mistakes explains it. Print the string that you sign, byte for \
             byte, and compare it with string_to_sign: POST /sandbox/requests/{{id}}/compare does \
             that. Does a proxy change the request on its way?"
        );
        return Some(Finding::new("text-unknown", words));
    };
    let named = hit.mistakes.iter().map(|(name, words)| Finding::new(name, words.as_str()));
    joined(named.collect())
}
