//! What the shop's page is told: events of the element that bubble out of every shadow root.
//!
//! `saoma-paid` is told once for an order in a document, however many elements show it and however
//! often they are taken out and put back: a shop's handler may ship the tea.

use std::cell::RefCell;

use checkout::view::SessionView;
use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
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

/// The event that says `news`; none if the page has heard it before. To be let out with nothing
/// borrowed: the page's handlers may do anything.
pub(crate) fn event(news: News, about: About<'_>) -> Option<CustomEvent> {
    let detail = Object::new();
    let name = match news {
        News::Ready => "saoma-ready",
        News::Status { now, before } => {
            put(&detail, "status", now.name());
            put(&detail, "previous", before.name());
            "saoma-status"
        }
        News::Paid if about.token.is_some_and(|token| !is_first_payment(token)) => return None,
        News::Paid => "saoma-paid",
        News::Expired => "saoma-expired",
        News::Error(line) => {
            let (code, recoverable) = line.trouble().unwrap_or_default();
            put(&detail, "code", about.rejection.map_or(code, |why| &why.code));
            put(&detail, "detail", about.rejection.map_or("", |why| &why.detail));
            put(&detail, "recoverable", recoverable);
            "saoma-error"
        }
    };
    if let Some(token) = about.token {
        put(&detail, "checkout", order_of(token));
    }
    if let Some(view) = about.view {
        let amount = Object::new();
        put(&amount, "total", number(view.amount.total.count()));
        put(&amount, "currency", "CNY");
        put(&detail, "description", view.description.as_str());
        put(&detail, "amount", amount);
    }
    let init = CustomEventInit::new();
    init.set_bubbles(true);
    init.set_composed(true);
    init.set_detail(&detail);
    CustomEvent::new_with_event_init_dict(name, &init).ok()
}

fn put(object: &Object, name: &str, value: impl Into<JsValue>) {
    // A plain object takes every property.
    let _ = Reflect::set(object, &JsValue::from_str(name), &value.into());
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
