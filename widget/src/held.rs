//! Things of the browser as values that let go when they are dropped: a timer, a listener, a look.
//!
//! Nothing outlives the element: no leaked closure, no late call into a session that is gone.

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{
    AddEventListenerOptions, Event, EventTarget, HtmlElement, IntersectionObserver,
    IntersectionObserverEntry, Window,
};

/// The window; none outside of a page.
pub(crate) fn window() -> Option<Window> {
    web_sys::window()
}

/// A time-out that has not run out yet.
#[must_use = "a dropped timer never rings"]
pub(crate) struct Timer {
    id: i32,
    _ring: Closure<dyn FnMut()>,
}

impl Timer {
    /// Rings once, in `delay_ms`.
    pub(crate) fn set(delay_ms: u64, ring: impl FnMut() + 'static) -> Option<Self> {
        // Beyond 2^31 a browser rings at once; nothing here waits a day.
        let delay_ms = i32::try_from(delay_ms).unwrap_or(i32::MAX).min(86_400_000);
        let ring = Closure::new(ring);
        let id = window()?
            .set_timeout_with_callback_and_timeout_and_arguments_0(
                ring.as_ref().unchecked_ref(),
                delay_ms,
            )
            .ok()?;
        Some(Self { id, _ring: ring })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(window) = window() {
            window.clear_timeout_with_handle(self.id);
        }
    }
}

/// An event that is listened to.
#[must_use = "a dropped listener hears nothing"]
pub(crate) struct Listener {
    target: EventTarget,
    name: &'static str,
    heard: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Calls `heard` for every event `name` of `target`.
    pub(crate) fn on(
        target: &EventTarget,
        name: &'static str,
        heard: impl FnMut(Event) + 'static,
    ) -> Self {
        let heard = Closure::new(heard);
        let options = AddEventListenerOptions::new();
        options.set_passive(true);
        // Adding a listener throws in no browser; a missing one would cost a short cut only.
        let _ = target.add_event_listener_with_callback_and_add_event_listener_options(
            name,
            heard.as_ref().unchecked_ref(),
            &options,
        );
        Self { target: target.clone(), name, heard }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let heard = self.heard.as_ref().unchecked_ref();
        let _ = self.target.remove_event_listener_with_callback(self.name, heard);
    }
}

/// Watches whether the element can be seen.
#[must_use = "a dropped look sees nothing"]
pub(crate) struct Sight {
    observer: IntersectionObserver,
    _seen: Closure<dyn FnMut(Array)>,
}

impl Sight {
    /// Calls `shown` whenever the element comes into sight; none where browsers cannot tell.
    pub(crate) fn of(host: &HtmlElement, shown: impl Fn(()) + 'static) -> Option<Self> {
        let seen = Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
            let visible = entries
                .iter()
                .any(|entry| entry.unchecked_into::<IntersectionObserverEntry>().is_intersecting());
            if visible {
                shown(());
            }
        });
        let observer = IntersectionObserver::new(seen.as_ref().unchecked_ref()).ok()?;
        observer.observe(host);
        Some(Self { observer, _seen: seen })
    }
}

impl Drop for Sight {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
