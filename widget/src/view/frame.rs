//! What stands in the frame: the code, or a mark that says why there is none.

use wasm_bindgen::JsValue;
use web_sys::Element;

use super::skeleton::{Skeleton, set};
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
pub(super) fn code(parts: &Skeleton, text: &str, label: &str) -> Result<(), JsValue> {
    let Ok(drawing) = qr::draw(text) else { return mark(parts, Face::Error) };
    let ratio = window().map_or(1.0, |window| window.device_pixel_ratio());
    let width = pixels(qr::width_px(drawing.side, CODE_WIDTH_PX, ratio));
    let side = drawing.side.to_string();
    let view_box = ["0 0 ", &side, " ", &side].concat();
    let svg = element(parts, "svg")?;
    set(&svg, &[("class", "code"), ("part", "qr"), ("role", "img"), ("aria-label", label)])?;
    set(&svg, &[("viewBox", &view_box), ("width", &width), ("height", &width)])?;
    set(&svg, &[("shape-rendering", "crispEdges")])?;
    let light = element(parts, "rect")?;
    set(&light, &[("width", &side), ("height", &side), ("fill", "#fff")])?;
    let dark = element(parts, "path")?;
    set(&dark, &[("d", &drawing.path), ("stroke", "#000"), ("fill", "none")])?;
    svg.append_child(&light)?;
    svg.append_child(&dark)?;
    fill(parts, &svg)
}

/// Draws the mark of a face without a code. The words beneath say the same, so it is decoration.
pub(super) fn mark(parts: &Skeleton, face: Face) -> Result<(), JsValue> {
    let stroke = match face {
        Face::Loading | Face::Waiting | Face::Checking | Face::Closing => "",
        Face::Paid => TICK,
        Face::Expired | Face::Cancelled => CLOCK,
        Face::Error => BANG,
    };
    let svg = element(parts, "svg")?;
    set(&svg, &[("class", "mark"), ("viewBox", "0 0 48 48"), ("aria-hidden", "true")])?;
    let ring = element(parts, "circle")?;
    set(&ring, &[("cx", "24"), ("cy", "24"), ("r", "22")])?;
    let sign = element(parts, "path")?;
    set(&sign, &[("d", stroke)])?;
    svg.append_child(&ring)?;
    svg.append_child(&sign)?;
    fill(parts, &svg)
}

/// A number as an attribute's text. JavaScript writes it: Rust's own way costs kilobytes.
fn pixels(width: f64) -> String {
    js_sys::Number::from(width).to_string_with_radix(10).map(String::from).unwrap_or_default()
}

fn element(parts: &Skeleton, tag: &str) -> Result<Element, JsValue> {
    parts.document.create_element_ns(Some(SVG), tag)
}

fn fill(parts: &Skeleton, content: &Element) -> Result<(), JsValue> {
    parts.frame.set_text_content(None);
    parts.frame.append_child(content).map(|_| ())
}
