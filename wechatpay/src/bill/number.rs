//! Decimals without floats: a bill writes yuan, and we count in whole parts of one.

/// Reads a decimal as a whole number of 10^-`decimals`: `12.34` with two decimals is 1234. Fewer
/// decimals are filled up, more are taken only if they are zeros (a count may print as `45.0`).
/// `None` for anything else, and beyond what JSON's readers hold exactly.
pub(super) fn scaled(text: &str, decimals: usize) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, fraction)) => (whole, fraction),
        None => (digits, ""),
    };
    if whole.is_empty() || digits.len() > DIGITS_MAX {
        return None;
    }
    let kept = fraction.bytes().take(decimals);
    let filled = (fraction.len()..decimals).map(|_| b'0');
    if !fraction.bytes().skip(decimals).all(|digit| digit == b'0') {
        return None;
    }
    let number = whole.bytes().chain(kept).chain(filled).try_fold(0_i64, |sum, digit| {
        let value = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
        sum.checked_mul(10)?.checked_add(value)
    })?;
    (number <= NUMBER_MAX).then_some(sign * number)
}

/// Leading zeros and spare decimals included: far more than any amount has.
const DIGITS_MAX: usize = 32;

/// 2^53 - 1: beyond it JavaScript, and many a JSON reader, loses units.
const NUMBER_MAX: i64 = 9_007_199_254_740_991;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_become_whole_numbers() {
        for (text, decimals, number) in [
            ("12.34", 2, 1_234),
            ("0.00", 2, 0),
            ("0.0", 2, 0),
            ("7", 2, 700),
            ("12.3", 2, 1_230),
            ("0.10000", 2, 10),
            ("-2.34", 2, -234),
            ("-0.01000", 5, -1_000),
            ("0.08", 5, 8_000),
            ("45.0", 0, 45),
            ("45", 0, 45),
            ("90071992547409.91", 2, NUMBER_MAX),
            ("0000000000000000000000000000.07", 2, 7),
        ] {
            assert_eq!(scaled(text, decimals), Some(number), "{text}");
        }
    }

    #[test]
    fn what_is_no_decimal_or_not_exact_is_refused() {
        for (text, decimals) in [
            ("", 2),
            ("-", 2),
            (".", 2),
            (".5", 2),
            ("5.", 2),
            ("+5", 2),
            ("--5", 2),
            ("1,000.00", 2),
            ("1e3", 2),
            ("12.345", 2),
            ("45.5", 0),
            ("12.34 ", 2),
            ("0.60%", 2),
            ("1.2.3", 2),
            ("１", 2),
            ("90071992547409.92", 2),
            ("99999999999999999999999999", 2),
            ("00000000000000000000000000000000.07", 2),
        ] {
            assert_eq!(scaled(text, decimals), None, "{text}");
        }
    }
}
