//! The code's text → its modules → one SVG path.
//!
//! The text is encoded byte for byte as the platform gave it: its documentation shows a doubled
//! scheme, so nothing here may tidy it. Error correction M is the rule of the design: it costs
//! nothing over L for both lengths the platform sends, and Q or H make the modules smaller, which
//! decodes worse at the same size. There is no logo, no colour and no way to take the border away.

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

use crate::decimal;

/// Light modules around the symbol, inside the picture: ISO/IEC 18004 asks for four, and a dark
/// page around the picture must not eat them.
pub(crate) const QUIET_MODULES: u32 = 4;

/// The text does not fit into the largest symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// A code, ready to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drawing {
    /// Modules along one side, the border included; the picture's `viewBox` is this squared.
    pub(crate) side: u32,
    /// Every dark run as one stroke of width 1 along the middle of its row.
    pub(crate) path: String,
}

/// Draws `text`.
pub(crate) fn draw(text: &str) -> Result<Drawing, TooLong> {
    let code = encode(text.as_bytes()).ok_or(TooLong)?;
    let modules = code.to_colors();
    let mut path = String::with_capacity(modules.len() * 2);
    let mut row_no = QUIET_MODULES;
    for row in modules.chunks(code.width().max(1)) {
        draw_row(row, row_no, &mut path);
        row_no += 1;
    }
    Ok(Drawing { side: row_no + QUIET_MODULES, path })
}

/// The smallest symbol that takes `text` as bytes.
///
/// The platform's texts are addresses in mixed case, for which the denser modes for digits and
/// capitals save no version; leaving the search for them away saves a kilobyte of every page.
fn encode(text: &[u8]) -> Option<QrCode> {
    (1..=40).find_map(|version| {
        let mut bits = Bits::new(Version::Normal(version));
        bits.push_byte_data(text).ok()?;
        bits.push_terminator(EcLevel::M).ok()?;
        QrCode::with_bits(bits, EcLevel::M).ok()
    })
}

/// `M4 5.5h7m1 0h2`: to the first dark run by an absolute move, to the others by relative ones.
fn draw_row(row: &[Color], row_no: u32, path: &mut String) {
    let mut at = QUIET_MODULES;
    let mut pen: Option<u32> = None;
    for run in row.chunk_by(|left, right| left == right) {
        let length = u32::try_from(run.len()).unwrap_or(0);
        if run.first() == Some(&Color::Dark) {
            match pen {
                None => {
                    path.push('M');
                    decimal::push(path, at);
                    path.push(' ');
                    decimal::push(path, row_no);
                    path.push_str(".5h");
                }
                Some(from) => {
                    path.push('m');
                    decimal::push(path, at - from);
                    path.push_str(" 0h");
                }
            }
            decimal::push(path, length);
            pen = Some(at + length);
        }
        at += length;
    }
}

// The decoder that is not ours is built for the host alone.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
