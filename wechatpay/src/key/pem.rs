//! Text → DER, by PEM (RFC 7468) or bare base64. Labels are not believed; the bytes are looked at
//! later.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::BadKey;

/// DER bytes, wiped when dropped: until they are looked at, they may be a secret.
pub(super) type Block = Zeroizing<Vec<u8>>;

/// The one block of `text`.
pub(super) fn single(text: &str) -> Result<Block, BadKey> {
    let mut blocks = all(text)?;
    match blocks.len() {
        1 => blocks.pop().ok_or(BadKey::Empty),
        0 => Err(BadKey::Empty),
        blocks => Err(BadKey::Several { blocks }),
    }
}

/// Every block of `text`, in order; none if there is nothing but white space.
pub(super) fn all(text: &str) -> Result<Vec<Block>, BadKey> {
    // Two steps, because each leaves a copy that must be wiped.
    let unescaped = Zeroizing::new(text.replace("\\r", ""));
    let unescaped = Zeroizing::new(unescaped.replace("\\n", "\n"));
    let mut rest = unescaped.trim_start_matches('\u{feff}').trim();
    if !rest.is_empty() && !rest.contains(BEGIN) {
        return base64(rest).map(|block| vec![block]).ok_or(BadKey::NotPem);
    }
    let mut blocks = Vec::new();
    while !rest.is_empty() {
        let (block, after) = first(rest)?;
        blocks.push(block);
        rest = after.trim_start();
    }
    Ok(blocks)
}

/// The block that `text` begins with, and what follows it.
fn first(text: &str) -> Result<(Block, &str), BadKey> {
    let labelled = text.strip_prefix(BEGIN).ok_or(BadKey::TextAround)?;
    let (label, content) = labelled.split_once(DASHES).ok_or(BadKey::Unfinished)?;
    let (content, ending) = content.split_once(END).ok_or(BadKey::Unfinished)?;
    let after = ending
        .strip_prefix(label)
        .and_then(|ending| ending.strip_prefix(DASHES))
        .ok_or(BadKey::Unfinished)?;
    // RFC 1421 headers: the pass phrase of an old OpenSSL key is announced here.
    if content.contains("ENCRYPTED") && content.contains(':') {
        return Err(BadKey::Encrypted);
    }
    Ok((base64(content).ok_or(BadKey::BadBase64)?, after))
}

fn base64(text: &str) -> Option<Block> {
    let mut dense = Zeroizing::new(String::with_capacity(text.len()));
    dense.extend(text.chars().filter(|letter| !letter.is_ascii_whitespace()));
    STANDARD.decode(dense.as_bytes()).ok().map(Zeroizing::new)
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Result<Vec<Vec<u8>>, BadKey> {
        all(text).map(|blocks| blocks.into_iter().map(|block| block.to_vec()).collect())
    }

    #[test]
    fn pem_is_read_however_its_lines_end() {
        for text in [
            "-----BEGIN X-----\nAQID\n-----END X-----\n",
            "-----BEGIN X-----\r\nAQ\r\nID\r\n-----END X-----\r\n",
            "-----BEGIN X-----\\nAQID\\n-----END X-----",
            "  -----BEGIN X-----AQID-----END X-----  ",
            "AQID",
            " AQ\nID ",
        ] {
            assert_eq!(blocks(text), Ok(vec![vec![1, 2, 3]]), "{text:?}");
        }
    }

    #[test]
    fn pem_that_is_not_whole_is_refused() {
        for (text, reason) in [
            ("-----BEGIN X", BadKey::Unfinished),
            ("-----BEGIN X-----", BadKey::Unfinished),
            ("-----BEGIN X-----\nAQID\n-----END X", BadKey::Unfinished),
            ("-----BEGIN X-----\nAQID\n-----END Y-----", BadKey::Unfinished),
            ("-----BEGIN X-----\nAQI\n-----END X-----", BadKey::BadBase64),
            ("-----BEGIN X-----\nAQID\n-----END X-----.", BadKey::TextAround),
            ("a -----BEGIN X-----\nAQID\n-----END X-----", BadKey::TextAround),
            ("-----END X-----", BadKey::NotPem),
        ] {
            assert_eq!(blocks(text), Err(reason), "{text:?}");
        }
    }
}
