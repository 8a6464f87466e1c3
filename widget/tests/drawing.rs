//! The drawing in a real browser: it is rasterised, and a decoder that is not ours reads it.
//!
//! Run by `wasm-pack test --headless --chrome widget`. Nothing here touches the network.
#![cfg(target_arch = "wasm32")]
// A test may panic: that is how it fails. Clippy knows `#[test]` only.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use js_sys::{Promise, Uint8ClampedArray};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::Element;
use widget::draw;

wasm_bindgen_test_configure!(run_in_browser);

const SVG: &str = "http://www.w3.org/2000/svg";

#[wasm_bindgen(inline_js = r#"
export async function rasterise(svg, side) {
  const image = new Image();
  svg.setAttribute("width", side);
  svg.setAttribute("height", side);
  const markup = new XMLSerializer().serializeToString(svg);
  image.src = `data:image/svg+xml,${encodeURIComponent(markup)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, side, side);
  return context.getImageData(0, 0, side, side).data;
}
"#)]
extern "C" {
    /// The red, green, blue and opacity of every pixel of `svg`, drawn `side` pixels wide.
    fn rasterise(svg: &Element, side: u32) -> Promise;
}

fn blank() -> Element {
    let document = web_sys::window().unwrap().document().unwrap();
    document.create_element_ns(Some(SVG), "svg").unwrap()
}

/// What a camera makes of `svg` at `side` pixels.
async fn photograph(svg: &Element, side: u32) -> String {
    let pixels: Uint8ClampedArray =
        JsFuture::from(rasterise(svg, side)).await.unwrap().unchecked_into();
    let pixels = pixels.to_vec();
    let side = usize::try_from(side).unwrap();
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
        pixels.get((y * side + x) * 4).copied().unwrap_or(0)
    });
    let (_, text) = image.detect_grids().first().expect("a code is found").decode().unwrap();
    text
}

/// Both shapes that the platform sends (browser-checkout reference 6.1), and a doubled scheme.
#[wasm_bindgen_test]
async fn a_browsers_picture_is_read_back() {
    for (text, side) in [
        ("weixin://wxpay/bizpayurl?pr=abc1234", 37),
        ("weixin://pay.weixin.qq.com/bizpayurl/up?pr=NwY5Mz9&groupid=00", 41),
        ("weixin://weixin://pay.weixin.qq.com/bizpayurl/up?pr=NwY5Mz9", 41),
    ] {
        let svg = blank();
        assert!(draw(&svg, text));
        assert_eq!(svg.get_attribute("viewBox"), Some(format!("0 0 {side} {side}")));
        for scale in [4, 6] {
            assert_eq!(photograph(&svg, side * scale).await, text);
        }
    }
}

/// Attribute for attribute what the shell draws by script (widget/js/code.js).
#[wasm_bindgen_test]
fn the_drawing_is_a_ground_and_a_path() {
    let svg = blank();
    svg.set_inner_html("<text>old</text>");
    assert!(draw(&svg, "weixin://wxpay/bizpayurl?pr=abc1234"));
    let shapes = svg.children();
    assert_eq!(shapes.length(), 2);
    let (ground, path) = (shapes.item(0).unwrap(), shapes.item(1).unwrap());
    assert_eq!(svg.get_attribute("shape-rendering").as_deref(), Some("crispEdges"));
    assert_eq!(names(&svg), ["viewBox", "shape-rendering"]);
    assert_eq!(ground.outer_html(), r##"<rect width="37" height="37" fill="#fff"></rect>"##);
    assert_eq!(
        (path.tag_name().as_str(), names(&path)),
        ("path", vec!["d".to_owned(), "stroke".to_owned(), "fill".to_owned(),])
    );
    let d = path.get_attribute("d").unwrap();
    assert!(d.starts_with("M4 4.5h7m"), "{d}");
}

fn names(element: &Element) -> Vec<String> {
    let names = element.get_attribute_names();
    names.iter().filter_map(|name| name.as_string()).collect()
}

#[wasm_bindgen_test]
fn a_text_beyond_every_symbol_leaves_the_old_picture() {
    let svg = blank();
    assert!(draw(&svg, "weixin://wxpay/bizpayurl?pr=abc1234"));
    let before = svg.outer_html();
    assert!(!draw(&svg, &"x".repeat(2_332)));
    assert_eq!(svg.outer_html(), before);
}
