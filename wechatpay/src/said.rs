//! What the platform says in an answer, made fit for a store and for a shop's screen: nobody may
//! have vouched for it.

/// Codes are shown to shops and branched on; what does not look like one is none.
pub(crate) fn is_code(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=CODE_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain)
}

/// No control characters, and not without end.
pub(crate) fn printable(text: &str, chars_max: usize) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(chars_max).collect()
}

/// The longest code in the reference has 22; room for new ones.
const CODE_BYTES_MAX: usize = 64;
/// The longest message in the reference has some forty characters.
pub(crate) const MESSAGE_CHARS_MAX: usize = 256;
/// Real ones have 46.
pub(crate) const REQUEST_ID_CHARS_MAX: usize = 128;
