//! What the shop's page is told: events of the element that bubble out of every shadow root.
//!
//! `saoma-paid` is told once for an order in a document, however many elements show it and however
//! often they are taken out and put back: a shop's handler may ship the tea.

use std::cell::RefCell;

use checkout::view::SessionView;
use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement};

use crate::session::News;
use crate::world::number;

thread_local! {
    /// Orders whose payment this document has been told of.
    static PAID: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The order that a token is for: what stands before its first dot.
fn order_of(token: &str) -> &str {
    token.split('.').next().unwrap_or(token)
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

/// Tells the page.
pub(crate) fn tell(
    host: &HtmlElement,
    news: &News,
    token: Option<&str>,
    view: Option<&SessionView>,
) {
    let detail = Object::new();
    let name = match news {
        News::Ready => "saoma-ready",
        News::Status { now, before } => {
            put(&detail, "status", now.name());
            put(&detail, "previous", before.name());
            "saoma-status"
        }
        News::Paid if token.is_some_and(|token| !is_first_payment(token)) => return,
        News::Paid => "saoma-paid",
        News::Expired => "saoma-expired",
        News::Error { code, detail: sentence, recoverable } => {
            put(&detail, "code", code.as_str());
            put(&detail, "detail", sentence.as_str());
            put(&detail, "recoverable", *recoverable);
            "saoma-error"
        }
    };
    if let Some(token) = token {
        put(&detail, "checkout", order_of(token));
    }
    if let Some(view) = view {
        let amount = Object::new();
        put(&amount, "total", number(view.amount.total.count()));
        put(&amount, "currency", "CNY");
        put(&detail, "description", view.description.as_str());
        put(&detail, "amount", amount);
    }
    dispatch(host, name, &detail);
}

fn put(object: &Object, name: &str, value: impl Into<JsValue>) {
    // A plain object takes every property.
    let _ = Reflect::set(object, &JsValue::from_str(name), &value.into());
}

fn dispatch(host: &HtmlElement, name: &str, detail: &JsValue) {
    let init = CustomEventInit::new();
    init.set_bubbles(true);
    init.set_composed(true);
    init.set_detail(detail);
    if let Ok(event) = CustomEvent::new_with_event_init_dict(name, &init) {
        let _ = host.dispatch_event(&event);
    }
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
