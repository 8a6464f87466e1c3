//! Paints a [`Picture`] into the element's shadow root.
//!
//! The elements are made once and then only changed where the picture changed, so that focus, the
//! live region and the countdown survive every repaint. Text is set as text and styles come from
//! one constructed sheet: no markup is parsed, no style attribute written, and a page's content
//! policy has nothing to allow.

mod frame;
mod skeleton;

use std::cell::RefCell;

use js_sys::{Array, Intl, Object, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

use self::skeleton::Skeleton;
use crate::held::Listener;
use crate::picture::{Picture, Press, Purchase, WayOn};
use crate::words::{Words, digits};
use crate::world::number;

/// A button was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pressed {
    /// "I have paid".
    Check,
    /// "Try again".
    Retry,
    /// "Get a new code".
    Renew,
}

/// One element's shadow root.
pub(crate) struct View {
    host: HtmlElement,
    words: &'static Words,
    parts: Skeleton,
    painted: RefCell<Option<Picture>>,
}

impl View {
    /// Takes the element's shadow root, or one that it already has, and fills it.
    pub(crate) fn attach(host: &HtmlElement, words: &'static Words) -> Option<Self> {
        let parts = Skeleton::build(host, words).ok()?;
        Some(Self { host: host.clone(), words, parts, painted: RefCell::new(None) })
    }

    /// Calls `pressed` for every button.
    pub(crate) fn listen(&self, pressed: impl Fn(Pressed) + Clone + 'static) -> [Listener; 2] {
        let (check, way_on) = (pressed.clone(), pressed);
        let button = self.parts.way_on.clone();
        [
            Listener::on(&self.parts.check, "click", move |_| check(Pressed::Check)),
            Listener::on(&self.parts.way_on, "click", move |_| {
                way_on(match button.get_attribute("data-way").as_deref() {
                    Some("renew") => Pressed::Renew,
                    _ => Pressed::Retry,
                });
            }),
        ]
    }

    /// Shows `picture`, changing only what differs from the last one.
    pub(crate) fn paint(&self, picture: &Picture) {
        let before = self.painted.replace(Some(picture.clone()));
        let before = before.as_ref();
        let changed = |differs: fn(&Picture, &Picture) -> bool| {
            before.is_none_or(|before| differs(before, picture))
        };
        if changed(|a, b| a.purchase != b.purchase) {
            self.paint_purchase(picture.purchase.as_ref());
        }
        if changed(|a, b| a.face != b.face || a.code != b.code || a.purchase != b.purchase) {
            self.paint_frame(picture);
        }
        if changed(|a, b| a.line != b.line || a.notice != b.notice) {
            self.parts.line.set_text_content(Some(self.words.line(picture.line)));
            let notice = picture.notice.map(|notice| self.words.notice(notice));
            self.parts.notice.set_text_content(notice);
        }
        if changed(|a, b| a.left_s != b.left_s) {
            self.parts.digits.set_text_content(picture.left_s.map(digits).as_deref());
            show(&self.parts.timer, picture.left_s.is_some());
        }
        if changed(|a, b| a.check != b.check || a.way_on != b.way_on) {
            self.paint_buttons(picture);
        }
        let advice = picture.rejection.as_ref().map(|why| [&why.code, ": ", &why.detail].concat());
        self.parts.advice.set_text_content(advice.as_deref());
    }

    fn paint_purchase(&self, purchase: Option<&Purchase>) {
        let amount = purchase.map(|purchase| self.money(purchase));
        self.parts.amount.set_text_content(amount.as_deref());
        let description = purchase.map(|purchase| purchase.description.as_str());
        self.parts.purpose.set_text_content(description);
    }

    fn paint_frame(&self, picture: &Picture) {
        // Nothing here throws in a page that can make elements at all.
        let _ = self.host.set_attribute("data-status", picture.face.name());
        let _ = self.parts.panel.set_attribute("data-face", picture.face.name());
        let _ = match (&picture.code, &picture.purchase) {
            (Some(code), Some(purchase)) => {
                let label = self.words.label(&self.money(purchase), &purchase.description);
                frame::code(&self.parts, code, &label)
            }
            _ => frame::mark(&self.parts, picture.face),
        };
        show(&self.parts.hint, picture.code.is_some());
        show(&self.parts.hint_phone, picture.code.is_some());
    }

    fn paint_buttons(&self, picture: &Picture) {
        let parts = &self.parts;
        let had_focus = parts.has_focus();
        show(&parts.check, picture.check != Press::Absent);
        let resting = if picture.check == Press::Resting { "true" } else { "false" };
        let _ = parts.check.set_attribute("aria-disabled", resting);
        show(&parts.way_on, picture.way_on.is_some());
        if let Some(way_on) = picture.way_on {
            parts.way_on.set_text_content(Some(self.words.way_on(way_on)));
            let way = if way_on == WayOn::Renew { "renew" } else { "retry" };
            let _ = parts.way_on.set_attribute("data-way", way);
        }
        // Who pressed a button that goes away stays where the news is told.
        if had_focus && !parts.has_focus() {
            let _ = parts.panel.focus();
        }
    }

    /// `¥88.00`, as the locale writes it.
    fn money(&self, purchase: &Purchase) -> String {
        let options = Object::new();
        let _ = Reflect::set(&options, &"style".into(), &"currency".into());
        let _ = Reflect::set(&options, &"currency".into(), &"CNY".into());
        let locales = Array::of1(&self.words.tag.into());
        let format = Intl::NumberFormat::new(&locales, &options).format();
        let yuan = number(purchase.amount.total.count()) / 100.0;
        format
            .call1(&JsValue::UNDEFINED, &yuan.into())
            .ok()
            .and_then(|text| text.as_string())
            .unwrap_or_default()
    }
}

fn show(element: &Element, shown: bool) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        element.set_hidden(!shown);
    }
}
