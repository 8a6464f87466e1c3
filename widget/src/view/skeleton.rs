//! The elements that every picture is painted on, and their style sheet.

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{
    CssStyleSheet, Document, Element, HtmlElement, ShadowRoot, ShadowRootInit, ShadowRootMode,
};

use crate::held::window;
use crate::words::Words;

const STYLE: &str = include_str!("../style.css");

thread_local! {
    /// One sheet for all elements of the page.
    static SHEET: Option<CssStyleSheet> = {
        CssStyleSheet::new().ok().filter(|sheet| sheet.replace_sync(STYLE).is_ok())
    };
}

/// The elements, from top to bottom.
pub(super) struct Skeleton {
    pub(super) root: ShadowRoot,
    pub(super) document: Document,
    pub(super) panel: HtmlElement,
    pub(super) purpose: Element,
    pub(super) amount: Element,
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
    pub(super) fn build(host: &HtmlElement, words: &Words) -> Result<Self, JsValue> {
        let document = window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
        let root = match host.shadow_root() {
            Some(root) => root,
            None => host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open))?,
        };
        root.set_text_content(None);
        SHEET.with(|sheet| {
            let sheets: Array = sheet.iter().collect();
            root.set_adopted_style_sheets(&sheets);
        });
        let add = |parent: &Element, tag: &str, part: &str| child(&document, parent, tag, part);
        let panel = document.create_element("section")?;
        set(
            &panel,
            &[("class", "panel"), ("part", "panel"), ("lang", words.tag), ("tabindex", "-1")],
        )?;
        set(&panel, &[("aria-label", words.brand)])?;
        let brand = add(&panel, "p", "brand")?;
        brand.set_text_content(Some(words.brand));
        let amount = add(&add(&panel, "p", "amount")?, "bdi", "")?;
        let purpose = add(&panel, "p", "purpose")?;
        let frame = add(&panel, "div", "frame")?;
        let status = add(&panel, "div", "status")?;
        set(&status, &[("role", "status"), ("aria-live", "polite")])?;
        let line = add(&status, "p", "line")?;
        let notice = add(&status, "p", "notice")?;
        let timer = add(&panel, "p", "timer")?;
        set(&timer, &[("role", "timer"), ("aria-live", "off")])?;
        add(&timer, "span", "")?.set_text_content(Some(words.countdown));
        let digits = add(&timer, "span", "digits")?;
        let hint = add(&panel, "p", "hint")?;
        hint.set_text_content(Some(words.hint));
        let hint_phone = add(&panel, "p", "hint phone")?;
        hint_phone.set_text_content(Some(words.hint_phone));
        let actions = add(&panel, "div", "actions")?;
        let check = add(&actions, "button", "button")?;
        check.set_text_content(Some(words.check));
        let way_on = add(&actions, "button", "button primary")?;
        set(&check, &[("type", "button")])?;
        set(&way_on, &[("type", "button")])?;
        let advice = add(&panel, "p", "advice")?;
        root.append_child(&panel)?;
        let panel = panel.dyn_into()?;
        Ok(Self {
            root,
            document,
            panel,
            purpose,
            amount,
            frame,
            line,
            notice,
            timer,
            digits,
            hint,
            hint_phone,
            check,
            way_on,
            advice,
        })
    }

    /// Whether one of the buttons has the keyboard, and can be seen.
    pub(super) fn has_focus(&self) -> bool {
        let visible = |element: &Element| {
            element.dyn_ref::<HtmlElement>().is_some_and(|element| !element.hidden())
        };
        self.root.active_element().is_some_and(|active| {
            (active == self.check || active == self.way_on) && visible(&active)
        })
    }
}

/// A new last child; `part` names it for the sheet inside and for the shop's outside.
fn child(document: &Document, parent: &Element, tag: &str, part: &str) -> Result<Element, JsValue> {
    let element = document.create_element(tag)?;
    if !part.is_empty() {
        set(&element, &[("class", part), ("part", part)])?;
    }
    parent.append_child(&element)?;
    Ok(element)
}

pub(super) fn set(element: &Element, attributes: &[(&str, &str)]) -> Result<(), JsValue> {
    attributes.iter().try_for_each(|(name, value)| element.set_attribute(name, value))
}
