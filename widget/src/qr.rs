//! The code's text → its modules → one SVG path.
//!
//! The text is encoded byte for byte as the platform gave it: its documentation shows a doubled
//! scheme, so nothing here may tidy it. Error correction M is the rule of the design: it costs
//! nothing over L for both lengths the platform sends, and Q or H make the modules smaller, which
//! decodes worse at the same size. There is no logo, no colour and no way to take the border away.

use checkout::drawing;
use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

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
    let side = u32::try_from(code.width()).map_err(|_| TooLong)?;
    let dark = code.into_colors().into_iter().map(|module| module == Color::Dark);
    Ok(Drawing { side: drawing::width(side), path: drawing::path(side, dark) })
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

// The decoder that is not ours is built for the host alone.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
