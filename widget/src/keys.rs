//! The page's own name for a purchase: 128 random bits, kept so that a reload finds the same order
//! and not a second one.
//!
//! Kept in the tab's session storage, or in memory where that is blocked. The key of a paid order
//! is spent: the next visit begins a new purchase, but a *reload* still finds the paid order, so
//! that a shopper whose phone threw the tab away sees "paid" and not a fresh code. A reload lasts
//! until the shopper does something: who presses "buy" again wants another one.

use std::cell::RefCell;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::Storage;

use crate::decimal::decimal;
use crate::held::window;
use crate::world::chance;

/// In front of a key whose order was paid.
const SPENT: &str = "spent:";

thread_local! {
    /// Where storage is blocked: slot and key.
    static MEMORY: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
    /// Keys spent while this document was open; here nobody needs to be reminded.
    static SPENT_HERE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// One product and quantity at one Worker.
#[derive(Clone, Debug)]
pub(crate) struct Slot(String);

impl Slot {
    /// The place of a purchase's key.
    pub(crate) fn new(endpoint: &str, product: &str, quantity: u32) -> Self {
        Self(["saoma:", endpoint, ":", &decimal(quantity), ":", product].concat())
    }

    /// The purchase's key, drawn now if there is none.
    pub(crate) fn key(&self) -> String {
        if let Some(key) = self.load().and_then(|stored| usable(&stored)) {
            return key;
        }
        let key = draw();
        self.save(&key);
        key
    }

    /// The order was paid.
    pub(crate) fn spend(&self) {
        let Some(stored) = self.load() else { return };
        let key = match stored.strip_prefix(SPENT) {
            Some(key) => key.to_owned(),
            None => {
                self.save(&[SPENT, &stored].concat());
                stored
            }
        };
        SPENT_HERE.with_borrow_mut(|spent| spent.push(key));
    }

    /// The next purchase is another one.
    pub(crate) fn forget(&self) {
        MEMORY.with_borrow_mut(|memory| memory.retain(|(slot, _)| *slot != self.0));
        if let Some(storage) = storage() {
            let _ = storage.remove_item(&self.0);
        }
    }

    fn load(&self) -> Option<String> {
        let stored = storage().and_then(|storage| storage.get_item(&self.0).ok().flatten());
        stored.or_else(|| {
            MEMORY.with_borrow(|memory| {
                memory.iter().find(|(slot, _)| *slot == self.0).map(|(_, key)| key.clone())
            })
        })
    }

    fn save(&self, value: &str) {
        if storage().is_some_and(|storage| storage.set_item(&self.0, value).is_ok()) {
            return;
        }
        MEMORY.with_borrow_mut(|memory| {
            memory.retain(|(slot, _)| *slot != self.0);
            memory.push((self.0.clone(), value.to_owned()));
        });
    }
}

fn usable(stored: &str) -> Option<String> {
    match stored.strip_prefix(SPENT) {
        None => Some(stored.to_owned()),
        Some(key) => {
            let here = SPENT_HERE.with_borrow(|spent| spent.iter().any(|one| one == key));
            (!here && is_reload() && !has_acted()).then(|| key.to_owned())
        }
    }
}

/// Whether this document shows again what the tab showed before.
fn is_reload() -> bool {
    let kind = || {
        let entries = window()?.performance()?.get_entries_by_type("navigation");
        Reflect::get(&entries.get(0), &JsValue::from_str("type")).ok()?.as_string()
    };
    matches!(kind().as_deref(), Some("reload" | "back_forward"))
}

/// Whether the shopper has pressed anything in this document. A browser that cannot tell says no.
fn has_acted() -> bool {
    let acted = || {
        let activation = Reflect::get(&window()?.navigator(), &"userActivation".into()).ok()?;
        Reflect::get(&activation, &"hasBeenActive".into()).ok()?.as_bool()
    };
    acted().unwrap_or(false)
}

/// Reading the property itself throws where storage is blocked.
fn storage() -> Option<Storage> {
    window()?.session_storage().ok().flatten()
}

/// 128 bits of chance as 32 hexadecimal digits.
fn draw() -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
    chance::<16>().into_iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
