//! A problem as a person reads it.
//!
//! Nothing of the problem's own text is shown: it is written for whoever runs the deployment. Whether a
//! checkout exists is not told either: a token that was made up, one that is too old and one whose
//! checkout is gone read the same.

use super::frame::{Content, comes_again, document};
use super::guest::{Guest, Refreshing};
use super::html::Html;
use super::mark;
use super::words::{Words, filled};
use crate::problem::{Code, Problem};

/// What a shopper can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing, with this address.
    Invalid,
    /// Wait.
    Busy,
    /// Wait, and perhaps tell the shop.
    Trouble,
    /// Go back to the page.
    Odd,
}

/// The page that tells of `problem`. `token` is what stands in the address.
pub fn refusal(problem: &Problem, token: &str, guest: &Guest) -> String {
    let words = Words::of(guest.language);
    let kind = kind(problem.code);
    let own = &words.own;
    let (title, text) = match kind {
        Kind::Invalid => (&own.invalid_title, &own.invalid),
        Kind::Busy => (&own.busy_title, &own.busy),
        Kind::Trouble => (&own.trouble_title, &own.trouble),
        Kind::Odd => (&own.odd_title, &own.odd),
    };
    let leads = (kind != Kind::Invalid && is_token(token)).then_some(token);
    let again = problem.retry_after_s.zip(leads).filter(|_| guest.refreshing == Refreshing::On);
    let mut card = Html::new();
    card.markup("<div class=\"sight\" data-status=\"error\">\n<div class=\"frame small\">");
    card.markup(mark::REFUSED).markup("</div>\n");
    card.element("<h1 class=\"line\">", title, "</h1>\n");
    card.element("<p class=\"notice\">", text, "</p>\n");
    let mut head = Html::new();
    if let Some((seconds, token)) = again {
        head.piece(&comes_again(seconds, &guest.page_going_on(token))).markup("\n");
        let words = filled(&own.tries_again, "{n}", &seconds.to_string());
        card.element("<p class=\"notice\">", &words, "</p>\n");
    }
    if let Some(token) = leads {
        card.markup("<p class=\"actions\"><a class=\"primary\" href=\"").text(&guest.page(token));
        card.element("\">", &own.back, "</a></p>\n");
    }
    card.markup("</div>\n");
    let content = Content { title: title.clone(), head, card, foot: Html::new() };
    document(guest, &words, is_token(token).then_some(token), &content)
}

const fn kind(code: Code) -> Kind {
    match code {
        Code::InvalidToken
        | Code::ExpiredToken
        | Code::CheckoutNotFound
        | Code::NotFound
        | Code::UriTooLong => Kind::Invalid,
        Code::TooManyRequests => Kind::Busy,
        Code::Unavailable | Code::Internal | Code::Misconfigured => Kind::Trouble,
        _ => Kind::Odd,
    }
}

/// Whether `token` has the characters and about the length of one; what has not goes into no link.
fn is_token(token: &str) -> bool {
    let is_spelt = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=128).contains(&token.len()) && token.bytes().all(is_spelt)
}
