//! The window in the shopper's page: `<saoma-checkout>`.
//!
//! `saoma.js` defines the element, loads this module and hands every element over to a
//! [`Checkout`]. The tag is read in `options`; `session` decides, without a browser, what to
//! ask and what to show; `follow` carries that out; `qr` and `view` draw; `words` speak.
//! Nothing here holds a key or decides about money: it shows what the Worker says.

mod answer;
mod api;
mod decimal;
#[cfg(test)]
mod dice;
mod follow;
mod held;
mod keys;
mod link;
mod news;
mod options;
mod picture;
mod qr;
mod reading;
mod session;
mod view;
mod words;
mod world;

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use crate::follow::Follower;
use crate::news::About;
use crate::options::{BadOptions, Options};
use crate::picture::{Face, Line, Picture, Press};
use crate::session::News;
use crate::view::View;
use crate::words::Words;

/// What stands behind one element; made by `saoma.js`.
#[wasm_bindgen]
pub struct Checkout {
    host: HtmlElement,
    script_origin: String,
    follower: RefCell<Option<Rc<Follower>>>,
}

#[wasm_bindgen]
impl Checkout {
    /// The checkout behind `host`; `script_origin` is the Worker's, where the script came from.
    #[wasm_bindgen(constructor)]
    pub fn new(host: HtmlElement, script_origin: String) -> Self {
        Self { host, script_origin, follower: RefCell::new(None) }
    }

    /// The element is in a page, or its attributes changed. The same order goes on where it was,
    /// in whatever language; another one begins anew.
    pub fn connect(&self) {
        let options = Options::read(|name| self.host.get_attribute(name), &self.script_origin);
        let current = self.follower.borrow().clone();
        if let (Some(follower), Ok(options)) = (&current, &options)
            && follower.follows(options)
        {
            if let Some(view) = self.view(options.locale.as_deref()) {
                follower.show_in(view);
            }
            return follower.resume();
        }
        if let Some(follower) = current {
            follower.pause();
        }
        let next = match options {
            Ok(options) => self.begin(options),
            Err(mistake) => {
                self.refuse(mistake);
                None
            }
        };
        *self.follower.borrow_mut() = next.clone();
        if let Some(follower) = next {
            follower.resume();
        }
    }

    /// The element left the page. Its order is kept for when it comes back.
    pub fn disconnect(&self) {
        let current = self.follower.borrow().clone();
        if let Some(follower) = current {
            follower.pause();
        }
    }

    fn begin(&self, options: Options) -> Option<Rc<Follower>> {
        let view = self.view(options.locale.as_deref())?;
        Some(Follower::new(self.host.clone(), options, view))
    }

    fn view(&self, locale: Option<&str>) -> Option<View> {
        View::attach(&self.host, self.words(locale))
    }

    /// The tag's `locale`, the page's language around it, the browser's.
    fn words(&self, locale: Option<&str>) -> &'static Words {
        let around = self.host.closest("[lang]").ok().flatten();
        let page = around.and_then(|element| element.get_attribute("lang"));
        let browser = held::window().and_then(|window| window.navigator().language());
        Words::choose(locale.into_iter().chain(page.as_deref()).chain(browser.as_deref()))
    }

    /// Shows a shop developer what to write.
    fn refuse(&self, mistake: BadOptions) {
        let rejection = mistake.rejection();
        let about = About { rejection: Some(&rejection), ..About::default() };
        let event = news::event(News::Error(Line::Rejected), about);
        if let Some(view) = self.view(None) {
            view.paint(&Picture {
                face: Face::Error,
                line: Line::Rejected,
                notice: None,
                purchase: None,
                code: None,
                left_s: None,
                check: Press::Absent,
                way_on: None,
                rejection: Some(rejection.clone()),
            });
        }
        if let Some(event) = event {
            let _ = self.host.dispatch_event(&event);
        }
    }
}
/// The standard allocator is a tenth of the module. Ours lives in one thread and holds a few
/// hundred small things.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: lol_alloc::AssumeSingleThreaded<lol_alloc::FreeListAllocator> = {
    // SAFETY: a page's wasm module has one thread; nothing here can start another.
    unsafe { lol_alloc::AssumeSingleThreaded::new(lol_alloc::FreeListAllocator::new()) }
};
