//! What stands in the frame: the code, or a mark that says why there is none.

use web_sys::Element;

use super::skeleton::{Skeleton, set};
use crate::decimal::decimal;
use crate::held::window;
use crate::picture::Face;
use crate::qr;

const SVG: &str = "http://www.w3.org/2000/svg";

/// The widest that a code is drawn: 41 modules at six pixels, the platform's longer text.
const CODE_WIDTH_PX: u32 = 246;

const TICK: &str = "M14 25l7 7 14-15";
const BANG: &str = "M24 13v14M24 34v1";
const CLOCK: &str = "M24 14v11l7 5";

/// Draws `text`: black on white, whatever the theme, and nothing but a path.
pub(super) fn code(parts: &Skeleton, text: &str, label: &str) {
    let Ok(drawing) = qr::draw(text) else { return mark(parts, Face::Error) };
    let ratio = window().map_or(1.0, |window| window.device_pixel_ratio());
    let width = pixels(qr::width_px(drawing.side, CODE_WIDTH_PX, ratio));
    let side = decimal(drawing.side);
    let view_box = ["0 0 ", &side, " ", &side].concat();
    let picture = [
        ("class", "code"),
        ("part", "qr"),
        ("role", "img"),
        ("aria-label", label),
        ("viewBox", &view_box),
        ("width", &width),
        ("height", &width),
        ("shape-rendering", "crispEdges"),
    ];
    let light = [("width", side.as_str()), ("height", &side), ("fill", "#fff")];
    let dark = [("d", drawing.path.as_str()), ("stroke", "#000"), ("fill", "none")];
    draw(parts, &[("svg", &picture), ("rect", &light), ("path", &dark)]);
}

/// Draws the mark of a face without a code. The words beneath say the same, so it is decoration.
pub(super) fn mark(parts: &Skeleton, face: Face) {
    let sign = match face {
        Face::Loading | Face::Waiting | Face::Checking | Face::Closing => "",
        Face::Paid => TICK,
        Face::Expired | Face::Cancelled => CLOCK,
        Face::Error => BANG,
    };
    let picture = [("class", "mark"), ("viewBox", "0 0 48 48"), ("aria-hidden", "true")];
    let ring = [("cx", "24"), ("cy", "24"), ("r", "22")];
    draw(parts, &[("svg", &picture), ("circle", &ring), ("path", &[("d", sign)])]);
}

/// A number as an attribute's text. JavaScript writes it: Rust's own way costs kilobytes.
fn pixels(width: f64) -> String {
    js_sys::Number::from(width).to_string_with_radix(10).map(String::from).unwrap_or_default()
}

/// Puts the first of `shapes` into the frame, and the others into the first.
fn draw(parts: &Skeleton, shapes: &[(&str, &[(&str, &str)])]) {
    let mut picture: Option<Element> = None;
    for (tag, attributes) in shapes {
        let Ok(shape) = parts.document.create_element_ns(Some(SVG), tag) else { return };
        set(&shape, attributes);
        match &picture {
            Some(picture) => {
                let _ = picture.append_child(&shape);
            }
            None => picture = Some(shape),
        }
    }
    parts.frame.set_text_content(None);
    if let Some(picture) = picture {
        let _ = parts.frame.append_child(&picture);
    }
}
