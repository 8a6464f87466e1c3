//! A code's modules as one SVG path: the same drawing on the hosted page and in the widget.
//!
//! Which modules are dark is somebody else's arithmetic; nothing here knows a QR library. The border
//! belongs to the drawing, because a reader needs it and a dark page around the picture must not eat
//! it. There is no colour, no logo and no way to leave the border away.

/// Light modules around the symbol, inside the picture: ISO/IEC 18004 asks for four.
pub const QUIET_MODULES: u32 = 4;

/// Modules along one side of the picture, border included, around a symbol of `side` modules: the
/// picture's `viewBox` is this squared.
pub const fn width(side: u32) -> u32 {
    side.saturating_add(2 * QUIET_MODULES)
}

/// The dark modules of a symbol, row by row, as the `d` of a path that is stroked one module wide:
/// `M4 4.5h7m1 0h2`, to the first dark run of a row by an absolute move, to the others by relative
/// ones. Modules that are not given are light.
pub fn path(side: u32, dark: impl IntoIterator<Item = bool>) -> String {
    let mut path = String::new();
    let mut modules = dark.into_iter();
    for row in 0..side {
        let mut pen = None;
        let mut begun = None;
        for column in 0..=side {
            let is_dark = column < side && modules.next().unwrap_or(false);
            match begun {
                None if is_dark => begun = Some(column),
                Some(from) if !is_dark => {
                    push_move(&mut path, pen, from, row);
                    push(&mut path, column - from);
                    (pen, begun) = (Some(column), None);
                }
                _ => {}
            }
        }
    }
    path
}

/// To the dark run that begins at `column`; `pen` is where the one before it in its row ended.
fn push_move(path: &mut String, pen: Option<u32>, column: u32, row: u32) {
    match pen {
        None => {
            path.push('M');
            push(path, QUIET_MODULES + column);
            path.push(' ');
            push(path, QUIET_MODULES + row);
            path.push_str(".5h");
        }
        Some(end) => {
            path.push('m');
            push(path, column - end);
            path.push_str(" 0h");
        }
    }
}

/// Writes `number` behind `text`. The standard library's way would bring its whole formatting
/// machinery into every shopper's page.
pub fn push(text: &mut String, number: u32) {
    if number >= 10 {
        push(text, number / 10);
    }
    text.extend(char::from_digit(number % 10, 10));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(rows: &[&str]) -> String {
        let dark = rows.iter().flat_map(|row| row.chars()).map(|module| module == '#');
        path(u32::try_from(rows.len()).unwrap(), dark)
    }

    #[test]
    fn every_dark_run_is_one_stroke_inside_the_border() {
        assert_eq!(drawn(&["#"]), "M4 4.5h1");
        assert_eq!(drawn(&["###", "#.#", "..."]), "M4 4.5h3M4 5.5h1m1 0h1");
        assert_eq!(drawn(&["...", ".##", "#.."]), "M5 5.5h2M4 6.5h1");
        assert_eq!(width(29), 37);
    }

    #[test]
    fn runs_end_with_their_rows() {
        assert_eq!(drawn(&[".#", "#."]), "M5 4.5h1M4 5.5h1");
    }

    #[test]
    fn numbers_are_written_as_everybody_writes_them() {
        for number in [0, 9, 10, 177, 1_000, u32::MAX] {
            let mut text = String::new();
            push(&mut text, number);
            assert_eq!(text, number.to_string());
        }
    }

    #[test]
    fn modules_that_are_missing_are_light() {
        assert_eq!(path(3, [true]), "M4 4.5h1");
        assert_eq!(path(0, [true]), "");
    }
}
