//! The code as SVG: one stroke path, black on white whatever the page around it looks like.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checkout::drawing;

use super::html::Html;

/// CSS pixels along one side at most. The picture takes the largest size below it that gives every
/// module the same whole number of them: the version 4 symbols that the platform's texts need become
/// 246 pixels wide, which reads well across a desk.
const WIDTH_PX_MAX: u32 = 264;

/// A code, ready to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    /// Modules along one side, border included.
    width: u32,
    /// All of its strokes.
    path: String,
}

impl Picture {
    /// Reads the modules as a session's view carries them
    /// ([`checkout::view::SessionView::qr`]).
    pub(super) fn of(matrix: &str) -> Option<Self> {
        let packed = STANDARD.decode(matrix).ok()?;
        let side =
            u32::try_from(packed.len().checked_mul(8)?.isqrt()).ok().filter(|side| *side > 0)?;
        let dark =
            packed.iter().flat_map(|byte| (0..8).rev().map(move |shift| byte >> shift & 1 == 1));
        Some(Self { width: drawing::width(side), path: drawing::path(side, dark) })
    }

    /// As a part of a page; `label` is what it is called for those who do not see it.
    pub(super) fn inline(&self, label: &str) -> Html {
        let mut html = Html::new();
        html.markup("<svg class=\"code\" role=\"img\" aria-label=\"").text(label).markup("\" ");
        self.finish(&mut html);
        html
    }

    /// As a file of its own.
    pub(super) fn file(&self) -> Html {
        let mut html = Html::new();
        html.markup("<svg xmlns=\"http://www.w3.org/2000/svg\" ");
        self.finish(&mut html);
        html
    }

    fn finish(&self, html: &mut Html) {
        let width = u64::from(self.width);
        let px = u64::from((WIDTH_PX_MAX / self.width.max(1)).max(1)) * width;
        html.markup("width=\"").number(px).markup("\" height=\"").number(px);
        html.markup("\" viewBox=\"0 0 ").number(width).markup(" ").number(width);
        html.markup("\" shape-rendering=\"crispEdges\"><rect width=\"").number(width);
        html.markup("\" height=\"").number(width).markup("\" fill=\"#fff\"/>");
        html.markup("<path fill=\"none\" stroke=\"#000\" d=\"").text(&self.path);
        html.markup("\"/></svg>");
    }
}

/// A white square with a stroke through it: what stands where no code can be shown.
pub(super) fn blank() -> Html {
    let mut html = Html::new();
    html.markup(concat!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"246\" height=\"246\" viewBox=\"0 0 41 41\">",
        "<rect width=\"41\" height=\"41\" fill=\"#fff\"/>",
        "<path fill=\"none\" stroke=\"#767676\" stroke-width=\"2\" stroke-linecap=\"round\" d=\"M14.5 20.5h12\"/>",
        "</svg>"
    ));
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_becomes_strokes_inside_a_border_of_four() {
        // Four modules a side: ##.. and .#.# and two light rows.
        let matrix = STANDARD.encode([0b1100_0101, 0b0000_0000]);
        let picture = Picture::of(&matrix).unwrap();
        assert_eq!(picture.width, 12);
        assert_eq!(picture.path, "M4 4.5h2M5 5.5h1m1 0h1");
    }

    #[test]
    fn a_real_code_is_drawn_at_whole_pixels() {
        let matrix = crate::qr::modules("weixin://wxpay/bizpayurl?pr=8bmzFyuzzz").unwrap();
        let html = Picture::of(&matrix).unwrap().inline("a & b").into_string();
        assert!(html.starts_with(
            "<svg class=\"code\" role=\"img\" aria-label=\"a &amp; b\" width=\"259\" height=\"259\" viewBox=\"0 0 37 37\" shape-rendering=\"crispEdges\"><rect width=\"37\" height=\"37\" fill=\"#fff\"/><path fill=\"none\" stroke=\"#000\" d=\"M4 4.5h7"
        ), "{html}");
        let file = Picture::of(&matrix).unwrap().file().into_string();
        assert!(file.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"259\""));
    }

    #[test]
    fn what_is_no_matrix_is_no_picture() {
        assert_eq!(Picture::of("!"), None);
        assert_eq!(Picture::of(""), None);
    }
}
