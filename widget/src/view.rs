//! Paints a [`Picture`] into the element's shadow root.
//!
//! The elements are made once and then only changed where the picture changed, so that focus, the
//! live region and the countdown survive every repaint. Text is set as text and styles come from
//! one constructed sheet: no markup is parsed, no style attribute written, and a page's content
//! policy has nothing to allow.

mod frame;
mod skeleton;

use std::cell::RefCell;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

use self::skeleton::{Skeleton, set};
use crate::held::Listener;
use crate::picture::{Face, Picture, Press, Purchase, WayOn};
use crate::words::{Words, digits};
use crate::world::number;

#[wasm_bindgen(module = "/src/page.js")]
extern "C" {
    fn money(locale: &str, yuan: f64) -> String;
}

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
    /// What the frame shows: a face, or a code with its label.
    framed: RefCell<(Option<Face>, String, String)>,
}

impl View {
    /// Takes the element's shadow root, or one that it already has, and fills it.
    pub(crate) fn attach(host: &HtmlElement, words: &'static Words) -> Option<Self> {
        let parts = Skeleton::build(host, words)?;
        Some(Self { host: host.clone(), words, parts, framed: RefCell::default() })
    }

    /// Calls `pressed` for every button.
    pub(crate) fn listen(&self, pressed: impl Fn(Pressed) + Clone + 'static) -> [Listener; 2] {
        let (check, way_on) = (pressed.clone(), pressed);
        let button = self.parts.way_on.clone();
        [
            Listener::on(&self.parts.check, "click", move |_| check(Pressed::Check)),
            Listener::on(&self.parts.way_on, "click", move |_| {
                let renews = button.has_attribute("data-renew");
                way_on(if renews { Pressed::Renew } else { Pressed::Retry });
            }),
        ]
    }

    /// Shows `picture`, changing only what differs from what is there.
    pub(crate) fn paint(&self, picture: &Picture) {
        let parts = &self.parts;
        let amount = picture.purchase.as_ref().map(|purchase| self.money(purchase));
        let (amount, purpose) = match &picture.purchase {
            Some(purchase) => (amount.unwrap_or_default(), purchase.description.as_str()),
            None => (String::new(), ""),
        };
        self.paint_frame(picture, &self.words.label(&amount, purpose));
        say(&parts.amount, &amount);
        say(&parts.purpose, purpose);
        say(&parts.line, self.words.line(picture.line));
        say(&parts.notice, picture.notice.map_or("", |notice| self.words.notice(notice)));
        say(&parts.digits, &picture.left_s.map(digits).unwrap_or_default());
        show(&parts.timer, picture.left_s.is_some());
        self.paint_buttons(picture);
        if let Some(why) = &picture.rejection {
            say(&parts.advice, &[&why.code, ": ", &why.detail].concat());
        } else {
            say(&parts.advice, "");
        }
    }

    fn paint_frame(&self, picture: &Picture, label: &str) {
        let code = picture.code.as_deref().unwrap_or_default();
        let label = if code.is_empty() { "" } else { label };
        let framed = (Some(picture.face), code.to_owned(), label.to_owned());
        if *self.framed.borrow() == framed {
            return;
        }
        let face = picture.face.name();
        set(&self.host, &[("data-status", face)]);
        set(&self.parts.panel, &[("data-face", face)]);
        let busy = matches!(picture.face, Face::Loading | Face::Closing);
        set(&self.parts.panel, &[("aria-busy", if busy { "true" } else { "false" })]);
        if code.is_empty() {
            frame::mark(&self.parts, picture.face);
        } else if self.framed.borrow().1 != code || self.framed.borrow().2 != label {
            frame::code(&self.parts, code, label);
        }
        show(&self.parts.hint, !code.is_empty());
        show(&self.parts.hint_phone, !code.is_empty());
        self.framed.replace(framed);
    }

    fn paint_buttons(&self, picture: &Picture) {
        let parts = &self.parts;
        let had_focus = parts.has_focus();
        show(&parts.check, picture.check != Press::Absent);
        let resting = if picture.check == Press::Resting { "true" } else { "false" };
        set(&parts.check, &[("aria-disabled", resting)]);
        show(&parts.way_on, picture.way_on.is_some());
        if let Some(way_on) = picture.way_on {
            say(&parts.way_on, self.words.way_on(way_on));
            let renews = way_on == WayOn::Renew;
            let _ = parts.way_on.toggle_attribute_with_force("data-renew", renews);
        }
        // Who pressed a button that goes away stays where the news is told.
        if had_focus && !parts.has_focus() {
            let _ = parts.panel.focus();
        }
    }

    /// `¥88.00`, as the locale writes it.
    fn money(&self, purchase: &Purchase) -> String {
        money(self.words.tag, number(purchase.amount.total.count()) / 100.0)
    }
}

/// Sets a text, unless it stands there already: a live region speaks whenever it is written to.
fn say(element: &Element, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

fn show(element: &Element, shown: bool) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        element.set_hidden(!shown);
    }
}
