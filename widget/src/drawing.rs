//! A code into an `<svg>` of the page. Width, height, role and label are the shell's.

use checkout::drawing::push;
use web_sys::{Document, Element};

use crate::qr;

const SVG: &str = "http://www.w3.org/2000/svg";

/// Replaces all that `svg` holds: a white ground with the border that scanners need, and one path.
///
/// Its colours are no theme's: an inverted code, or one without a border, is not read everywhere.
pub(crate) fn draw(svg: &Element, text: &str) -> Option<()> {
    let drawing = qr::draw(text).ok()?;
    let document = svg.owner_document()?;
    let mut side = String::new();
    push(&mut side, drawing.side);
    let ground =
        shape(&document, "rect", &[("width", &side), ("height", &side), ("fill", "#fff")])?;
    let modules =
        shape(&document, "path", &[("d", &drawing.path), ("stroke", "#000"), ("fill", "none")])?;
    let mut view_box = String::from("0 0 ");
    view_box.push_str(&side);
    view_box.push(' ');
    view_box.push_str(&side);
    svg.set_attribute("viewBox", &view_box).ok()?;
    svg.set_attribute("shape-rendering", "crispEdges").ok()?;
    svg.replace_children_with_node_2(&ground, &modules);
    Some(())
}

fn shape(document: &Document, name: &str, attributes: &[(&str, &str)]) -> Option<Element> {
    let shape = document.create_element_ns(Some(SVG), name).ok()?;
    for (name, value) in attributes {
        shape.set_attribute(name, value).ok()?;
    }
    Some(shape)
}
