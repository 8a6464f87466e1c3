//! The elements that every picture is painted on, and their style sheet.

use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{
    CssStyleSheet, Document, Element, HtmlElement, ShadowRoot, ShadowRootInit, ShadowRootMode,
};

use crate::held::window;
use crate::words::Words;

/// Its own names stand on `.panel` and not on `:host`, where a page's could meet them.
const STYLE: &str = include_str!("../style.css");

thread_local! {
    /// One sheet for all elements of the page.
    static SHEET: Option<CssStyleSheet> = {
        CssStyleSheet::new().ok().filter(|sheet| sheet.replace_sync(STYLE).is_ok())
    };
}

/// Which element a new one goes into: a row of [`PLAN`], or the shadow root.
type Into = Option<usize>;

const PANEL: Into = Some(0);
const AMOUNT: Into = Some(2);
const STATUS: Into = Some(6);
const TIMER: Into = Some(9);
const ACTIONS: Into = Some(14);

/// The elements in the order of reading: parent, tag, and class, which is also the `part` by which
/// a shop can style it.
const PLAN: [(Into, &str, &str); 18] = [
    (None, "section", "panel"),
    (PANEL, "p", "brand"),
    (PANEL, "p", "amount"),
    (AMOUNT, "bdi", "sum"),
    (PANEL, "p", "purpose"),
    (PANEL, "div", "frame"),
    (PANEL, "div", "status"),
    (STATUS, "p", "line"),
    (STATUS, "p", "notice"),
    (PANEL, "p", "timer"),
    (TIMER, "span", "countdown"),
    (TIMER, "span", "digits"),
    (PANEL, "p", "hint"),
    (PANEL, "p", "hint phone"),
    (PANEL, "div", "actions"),
    (ACTIONS, "button", "button"),
    (ACTIONS, "button", "button primary"),
    (PANEL, "p", "advice"),
];

/// Those that change.
pub(super) struct Skeleton {
    pub(super) root: ShadowRoot,
    pub(super) document: Document,
    pub(super) panel: HtmlElement,
    pub(super) amount: Element,
    pub(super) purpose: Element,
    pub(super) frame: Element,
    pub(super) line: Element,
    pub(super) notice: Element,
    pub(super) timer: Element,
    pub(super) digits: Element,
    pub(super) hint: Element,
    pub(super) hint_phone: Element,
    pub(super) check: Element,
    pub(super) way_on: Element,
    pub(super) advice: Element,
}

impl Skeleton {
    /// None outside of a page, or where an element can have no shadow.
    pub(super) fn build(host: &HtmlElement, words: &Words) -> Option<Self> {
        let document = window()?.document()?;
        let root = root_of(host)?;
        let elements: [Element; PLAN.len()] = raise(&document, &root)?.try_into().ok()?;
        #[rustfmt::skip]
        let [
            panel, brand, _, amount, purpose, frame, status, line, notice, timer, countdown,
            digits, hint, hint_phone, _, check, way_on, advice,
        ] = elements;
        set(&panel, &[("lang", words.tag), ("aria-label", words.brand), ("tabindex", "-1")]);
        set(&status, &[("role", "status"), ("aria-live", "polite")]);
        set(&timer, &[("role", "timer"), ("aria-live", "off")]);
        set(&check, &[("type", "button")]);
        set(&way_on, &[("type", "button")]);
        for (element, text) in [
            (&brand, words.brand),
            (&countdown, words.countdown),
            (&hint, words.hint),
            (&hint_phone, words.hint_phone),
            (&check, words.check),
        ] {
            element.set_text_content(Some(text));
        }
        let panel = panel.dyn_into().ok()?;
        #[rustfmt::skip]
        return Some(Self {
            root, document, panel, amount, purpose, frame, line, notice, timer, digits, hint,
            hint_phone, check, way_on, advice,
        });
    }

    /// Whether one of the buttons has the keyboard, and can be seen.
    pub(super) fn has_focus(&self) -> bool {
        self.root.active_element().is_some_and(|active| {
            (active == self.check || active == self.way_on) && !active.has_attribute("hidden")
        })
    }
}

/// The element's shadow root, emptied if there is one already.
fn root_of(host: &HtmlElement) -> Option<ShadowRoot> {
    let open = ShadowRootInit::new(ShadowRootMode::Open);
    let root = host.shadow_root().or_else(|| host.attach_shadow(&open).ok())?;
    root.set_text_content(None);
    SHEET.with(|sheet| root.set_adopted_style_sheets(&sheet.iter().collect::<Array>()));
    Some(root)
}

/// Makes the elements of [`PLAN`].
fn raise(document: &Document, root: &ShadowRoot) -> Option<Vec<Element>> {
    let mut elements: Vec<Element> = Vec::with_capacity(PLAN.len());
    for (parent, tag, part) in PLAN {
        let element = document.create_element(tag).ok()?;
        set(&element, &[("class", part), ("part", part)]);
        match parent {
            Some(row) => elements.get(row)?.append_child(&element).ok()?,
            None => root.append_child(&element).ok()?,
        };
        elements.push(element);
    }
    Some(elements)
}

/// Sets attributes; the names are ours and valid, so no browser throws.
pub(super) fn set(element: &Element, attributes: &[(&str, &str)]) {
    for (name, value) in attributes {
        let _ = element.set_attribute(name, value);
    }
}
