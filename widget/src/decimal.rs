//! Whole numbers as text. The standard library's way would bring its whole formatting machinery
//! into every shopper's page.

/// Writes `number` behind `text`.
pub(crate) fn push(text: &mut String, number: u32) {
    if number >= 10 {
        push(text, number / 10);
    }
    text.extend(char::from_digit(number % 10, 10));
}

/// `number` as text.
pub(crate) fn decimal(number: u32) -> String {
    let mut text = String::new();
    push(&mut text, number);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_everybody_writes_them() {
        for number in [0, 1, 9, 10, 99, 100, 1_234, u32::MAX] {
            assert_eq!(decimal(number), number.to_string());
        }
    }
}
