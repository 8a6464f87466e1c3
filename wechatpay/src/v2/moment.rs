//! Moments as V2 writes them: fourteen digits in Beijing time, `yyyyMMddHHmmss` (protocol reference
//! D.3). A moment written otherwise has silently no effect there.

use checkout::time::UnixSeconds;

use crate::moment::{parse_rfc3339, rfc3339};

/// `20250101120000`.
pub(super) fn digits(moment: UnixSeconds) -> String {
    rfc3339(moment).chars().filter(char::is_ascii_digit).take(DIGITS).collect()
}

/// Reads such a moment.
pub(super) fn parse_digits(text: &str) -> Option<UnixSeconds> {
    if text.len() != DIGITS || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |range| text.get(range).unwrap_or_default();
    parse_rfc3339(&format!(
        "{}-{}-{}T{}:{}:{}+08:00",
        part(0..4),
        part(4..6),
        part(6..8),
        part(8..10),
        part(10..12),
        part(12..14)
    ))
}

const DIGITS: usize = 14;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_digits_in_beijing_time() {
        // Protocol reference G.11, G.13.
        for (moment, text) in [(1_735_704_000, "20250101120000"), (1_735_701_630, "20250101112030")]
        {
            assert_eq!(digits(UnixSeconds(moment)), text);
            assert_eq!(parse_digits(text), Some(UnixSeconds(moment)));
        }
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for bad in
            ["", "2025010112000", "202501011200000", "20250132120000", "2025010112000x", "红1"]
        {
            assert_eq!(parse_digits(bad), None, "{bad}");
        }
    }
}
