//! Fen as people read them: yuan with two decimals, and thousands apart.

use checkout::money::Fen;

/// `1,234.50`: the digits, which are the same in all our languages. Where the currency stands and how
/// it is written is a sentence of each.
pub(super) fn yuan(total: Fen) -> String {
    let (whole, fen) = (total.count() / 100, total.count() % 100);
    let digits = whole.to_string();
    let mut text = String::with_capacity(digits.len() + 8);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text.push_str(&format!(".{fen:02}"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_have_two_decimals_and_thousands_apart() {
        for (fen, text) in [
            (1, "0.01"),
            (100, "1.00"),
            (8_800, "88.00"),
            (99_999, "999.99"),
            (100_000, "1,000.00"),
            (12_345_678, "123,456.78"),
            (Fen::MAX.count(), "10,000,000.00"),
        ] {
            assert_eq!(yuan(Fen::new(fen).unwrap()), text);
        }
    }
}
