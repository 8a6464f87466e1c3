//! The code's text as a square of modules, so that the page draws without a QR library.
//!
//! The text is opaque and goes in byte for byte. Error correction is level M, what WeChat's own
//! examples use; the smallest version that fits is taken. A text that fits no QR code (above some
//! 2,300 bytes, far beyond any `code_url`) gives no drawing, and the page still has the text.

use std::cell::RefCell;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcode::{Color, EcLevel, QrCode};

/// Codes that are kept drawn: some 400 bytes each. Above that all are forgotten; those still on
/// show are drawn once more.
const KEPT_MAX: usize = 1_024;

thread_local! {
    /// What was drawn before, by its text. A drawing depends on nothing but the text, so that it
    /// may be shared by whatever runs in this isolate.
    static KEPT: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// [`modules`], drawn once per code: drawing takes a millisecond and a half of the ten that a
/// request may have, and a page asks for the same code again and again.
pub fn kept_modules(text: &str) -> Option<String> {
    if let Some(drawn) = KEPT.with_borrow(|kept| kept.get(text).cloned()) {
        return Some(drawn);
    }
    let drawn = modules(text)?;
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(text.to_owned(), drawn.clone());
    });
    Some(drawn)
}

/// The modules of `text`'s code in the form that [`checkout::view::SessionView::qr`] documents:
/// dark = 1, row by row without padding between rows, most significant bit first, the last byte
/// filled with zeros; base64; no white border.
pub fn modules(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).ok()?;
    let packed: Vec<u8> = code.to_colors().chunks(8).map(pack).collect();
    Some(STANDARD.encode(packed))
}

fn pack(modules: &[Color]) -> u8 {
    modules
        .iter()
        .zip((0..8).rev())
        .fold(0, |byte, (module, shift)| byte | (u8::from(*module == Color::Dark) << shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(text: &str) -> Vec<bool> {
        let packed = STANDARD.decode(modules(text).unwrap()).unwrap();
        packed.iter().flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1 == 1)).collect()
    }

    #[test]
    fn what_is_kept_is_what_is_drawn_and_never_without_end() {
        let text = "weixin://wxpay/bizpayurl?pr=kept";
        assert_eq!(kept_modules(text), modules(text));
        assert_eq!(kept_modules(text), modules(text));
        assert_eq!(KEPT.with_borrow(BTreeMap::len), 1);
        let others = (1..KEPT_MAX).map(|n| (n.to_string(), String::new()));
        KEPT.with_borrow_mut(|kept| kept.extend(others));
        let one_more = "weixin://wxpay/bizpayurl?pr=more";
        assert_eq!(kept_modules(one_more), modules(one_more));
        assert_eq!(KEPT.with_borrow(BTreeMap::len), 1);
    }

    #[test]
    fn three_corners_carry_the_finder_pattern() {
        // 38 bytes at level M need version 3: 29 modules a side (ISO/IEC 18004 table 7).
        let bits = bits("weixin://wxpay/bizpayurl?pr=8bmzFyuzzz");
        let side = bits.len().isqrt();
        assert_eq!(side, 29);
        let finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"];
        for (top, left) in [(0, 0), (0, side - 7), (side - 7, 0)] {
            for (y, row) in finder.iter().enumerate() {
                for (x, module) in row.chars().enumerate() {
                    assert_eq!(bits[(top + y) * side + left + x], module == '1', "{top} {left}");
                }
            }
        }
        assert!(bits[(4 * 3 + 9) * side + 8], "the dark module of ISO/IEC 18004 section 7.9.1");
    }

    #[test]
    fn the_side_is_the_whole_root_of_the_number_of_bits() {
        for length in [1, 40, 90, 300] {
            let bits = bits(&"x".repeat(length));
            let side = bits.len().isqrt();
            assert_eq!(side % 4, 1, "every QR version has 17 + 4n modules a side");
            assert!(bits[side * side..].iter().all(|bit| !bit), "the filling is zeros");
        }
    }

    #[test]
    fn a_text_that_fits_no_code_draws_nothing() {
        assert_eq!(modules(&"x".repeat(3_000)), None);
    }
}
