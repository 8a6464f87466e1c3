//! Where two strings begin to differ, so that a person sees it.

/// So much of each side is shown.
const SHOWN_CHARS: usize = 24;

/// The first place at which two strings differ.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// Bytes before it.
    pub byte: usize,
    /// Its line, counted from one.
    pub line: usize,
    /// Its character within the line, counted from one.
    pub column: usize,
    /// What should be there, up to a few characters on; line feeds as `⏎`.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Difference {
    /// The first difference; `None` between equals.
    pub fn first(expected: &[u8], found: &[u8]) -> Option<Self> {
        let same = expected.iter().zip(found).take_while(|(one, other)| one == other).count();
        if same == expected.len() && same == found.len() {
            return None;
        }
        let before = expected.get(..same).unwrap_or_default();
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let within = before.get(line_start..).unwrap_or_default();
        // A character that has only begun is the one that differs.
        let column = within.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
            + usize::from(!splits(expected, found, same));
        Some(Self {
            byte: same,
            line,
            column,
            expected: visible_from(expected, same),
            found: visible_from(found, same),
        })
    }
}

/// Whether a character goes on at this place in either string.
fn splits(one: &[u8], other: &[u8], at: usize) -> bool {
    [one, other].iter().any(|text| text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80))
}

/// A few characters from a place on, from the beginning of the character that is there.
fn visible_from(text: &[u8], at: usize) -> String {
    let mut from = at;
    while from > 0 && text.get(from).is_some_and(|byte| byte & 0xc0 == 0x80) {
        from -= 1;
    }
    let rest = text.get(from..).unwrap_or_default();
    if rest.is_empty() {
        return "(the end)".to_owned();
    }
    let near = rest.get(..SHOWN_CHARS * 4).unwrap_or(rest);
    visible(&String::from_utf8_lossy(near).chars().take(SHOWN_CHARS).collect::<String>())
}

/// Text in which what is usually not seen is.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\n' => '⏎',
            '\r' => '␍',
            '\t' => '⇥',
            '\u{feff}' => '\u{fffd}',
            letter if letter.is_control() => '\u{fffd}',
            letter => letter,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(expected: &str, found: &str) -> (usize, usize, usize, String, String) {
        let Difference { byte, line, column, expected, found } =
            Difference::first(expected.as_bytes(), found.as_bytes()).unwrap();
        (byte, line, column, expected, found)
    }

    #[test]
    fn a_difference_is_counted_and_shown() {
        assert_eq!(Difference::first(b"a\n", b"a\n"), None);
        assert_eq!(first("a\nb\n", "a\nb"), (3, 2, 2, "⏎".into(), "(the end)".into()));
        assert_eq!(first("a\nb\n", "a\r\nb\r\n"), (1, 1, 2, "⏎b⏎".into(), "␍⏎b␍⏎".into()));
        assert_eq!(first("x\n红茶", "x\n红酒"), (5, 2, 2, "茶".into(), "酒".into()));
        // 茶 is E8 8C B6 and 荷 is E8 8D B7: they differ in their second byte.
        assert_eq!(first("红茶x", "红荷x"), (4, 1, 2, "茶x".into(), "荷x".into()));
        assert_eq!(first("", "a"), (0, 1, 1, "(the end)".into(), "a".into()));
    }

    #[test]
    fn only_a_few_characters_are_shown() {
        let long = "茶".repeat(100);
        assert_eq!(first(&long, "x").3.chars().count(), 24);
    }
}
