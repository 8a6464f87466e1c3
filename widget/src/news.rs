//! What the shop's page is told: events of the element that bubble out of every shadow root.
//!
//! `saoma-paid` is told once for an order in a document, however many elements show it and however
//! often they are taken out and put back: a shop's handler may ship the tea.

use std::cell::RefCell;

use checkout::money::Amount;
use checkout::view::SessionView;
use serde::{Serialize, Serializer};
use web_sys::{CustomEvent, CustomEventInit};

use crate::answer::Rejection;
use crate::session::News;
use crate::world::number;

thread_local! {
    /// Orders whose payment this document has been told of.
    static PAID: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The order that a token is for: what stands before its first dot.
fn order_of(token: &str) -> &str {
    token.split_once('.').map_or(token, |(order, _)| order)
}

/// Whether nobody in this document has been told that `token`'s order is paid.
fn is_first_payment(token: &str) -> bool {
    let order = order_of(token);
    PAID.with_borrow_mut(|paid| {
        let first = !paid.iter().any(|one| one == order);
        if first {
            paid.push(order.to_owned());
        }
        first
    })
}

/// What a piece of news is about, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct About<'a> {
    /// The order's token.
    pub(crate) token: Option<&'a str>,
    /// The order.
    pub(crate) view: Option<&'a SessionView>,
    /// What the Worker would not do.
    pub(crate) rejection: Option<&'a Rejection>,
}

/// Plain objects, as if a script had written them.
const PLAIN: serde_wasm_bindgen::Serializer = serde_wasm_bindgen::Serializer::json_compatible();

/// What a handler finds under one name in `event.detail`.
#[derive(Serialize)]
#[serde(untagged)]
enum Entry<'a> {
    Text(&'a str),
    Truth(bool),
    Number(f64),
    Details(Details<'a>),
}

/// What a handler finds in `event.detail`, by name. A map and not a struct: its names are not kept
/// in a table for next time, which would cost a page more bytes than the rest of the event.
#[derive(Default)]
struct Details<'a>(Vec<(&'static str, Entry<'a>)>);

impl Serialize for Details<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, entry)| (name, entry)))
    }
}

/// The event that says `news`; none if the page has heard it before. To be let out with nothing
/// borrowed: the page's handlers may do anything.
pub(crate) fn event(news: News, about: About<'_>) -> Option<CustomEvent> {
    let mut details = Details::default();
    let mut put = |name, entry| details.0.push((name, entry));
    let name = match news {
        News::Ready => "saoma-ready",
        News::Status { now, before } => {
            put("status", Entry::Text(now.name()));
            put("previous", Entry::Text(before.name()));
            "saoma-status"
        }
        News::Paid if about.token.is_some_and(|token| !is_first_payment(token)) => return None,
        News::Paid => "saoma-paid",
        News::Expired => "saoma-expired",
        News::Error(line) => {
            let (code, recoverable) = line.trouble().unwrap_or_default();
            put("code", Entry::Text(about.rejection.map_or(code, |why| &why.code)));
            put("detail", Entry::Text(about.rejection.map_or("", |why| &why.detail)));
            put("recoverable", Entry::Truth(recoverable));
            "saoma-error"
        }
    };
    if let Some(token) = about.token {
        put("checkout", Entry::Text(order_of(token)));
    }
    if let Some(view) = about.view {
        let Amount { total, currency } = view.amount;
        put("description", Entry::Text(&view.description));
        put(
            "amount",
            Entry::Details(Details(vec![
                ("total", Entry::Number(number(total.count()))),
                ("currency", Entry::Text(currency.code())),
            ])),
        );
    }
    let init = CustomEventInit::new();
    init.set_bubbles(true);
    init.set_composed(true);
    // Strings, a truth and whole fen below 2^53: there is no way for this to fail.
    init.set_detail(&details.serialize(&PLAIN).unwrap_or_default());
    CustomEvent::new_with_event_init_dict(name, &init).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repeat by the shop mints a fresh token for the same order.
    #[test]
    fn an_orders_payment_is_news_once_whatever_the_token() {
        assert!(is_first_payment("chk_a.100.sig"));
        assert!(!is_first_payment("chk_a.100.sig"));
        assert!(!is_first_payment("chk_a.200.other"));
        assert!(is_first_payment("chk_b.100.sig"));
    }
}
