//! The hosted page: what the Worker draws for a shopper whose shop has no page of its own, or whose
//! browser runs no script.
//!
//! Everything here is a function from a session's view, an address and the time to a text. The page
//! sees what any page sees ([`checkout::view::SessionView`]) and asks what any page asks: there is no
//! second way into an order. It shows nothing of a problem but what a shopper can do about it.

mod amount;
mod face;
mod frame;
mod guest;
mod html;
mod language;
mod mark;
mod picture;
mod refusal;
mod sight;
mod words;

use checkout::view::SessionView;

use self::face::Face;
pub use self::guest::{Guest, Refreshing};
pub use self::language::Language;
use self::picture::Picture;
pub use self::refusal::refusal;
pub use self::sight::Sight;
use crate::origin::Origin;
use crate::qr::modules;

/// Where the page of the checkout is that `token` opens.
pub fn pay_url(own: &Origin, token: &str) -> String {
    format!("{}/pay/{token}", own.as_str())
}

/// The code of `view` as a picture of its own, while it can be scanned.
pub fn picture(view: &SessionView) -> Option<String> {
    let matrix = view.qr.as_deref().filter(|_| Face::of(view).has_code())?;
    Picture::of(matrix).map(|picture| picture.file().into_string())
}

/// `text` as a picture of its own, to be printed.
pub fn code(text: &str) -> Option<String> {
    Picture::of(&modules(text)?).map(|picture| picture.file().into_string())
}

/// The picture that stands where there is no code to show.
pub fn blank() -> String {
    picture::blank().into_string()
}

#[cfg(test)]
mod tests;
