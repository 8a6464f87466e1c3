//! What every page of ours has around it: head, card and the switch of languages.

use super::guest::Guest;
use super::html::Html;
use super::language::Language;
use super::words::Words;

/// What is put into the frame.
pub(super) struct Content {
    /// The name of the window.
    pub(super) title: String,
    /// What the head has besides.
    pub(super) head: Html,
    /// The card.
    pub(super) card: Html,
    /// Below the card, beside the languages.
    pub(super) foot: Html,
}

/// The whole document. `token` is left out where there is none that leads anywhere.
pub(super) fn document(
    guest: &Guest,
    words: &Words,
    token: Option<&str>,
    content: &Content,
) -> String {
    let mut html = Html::new();
    html.markup("<!doctype html>\n<html lang=\"").markup(guest.language.tag());
    html.markup("\" dir=\"")
        .text(&words.shared.dir)
        .markup("\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.markup("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.element("<title>", &content.title, "</title>\n");
    html.markup("<link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\n");
    html.markup("<link rel=\"stylesheet\" href=\"/pay.css\">\n").piece(&content.head);
    html.markup("</head>\n<body>\n<main class=\"card\">\n").piece(&content.card);
    html.markup("</main>\n<footer class=\"foot\">\n").piece(&content.foot);
    if let Some(token) = token {
        html.piece(&languages(guest, words, token));
    }
    html.markup("</footer>\n</body>\n</html>\n");
    html.into_string()
}

/// Links, so that the switch needs no script.
fn languages(guest: &Guest, words: &Words, token: &str) -> Html {
    let mut html = Html::new();
    html.markup("<nav class=\"languages\" aria-label=\"").text(&words.own.languages);
    html.markup("\">\n<ul>\n");
    for language in Language::ALL {
        let tag = language.tag();
        html.markup("<li><a lang=\"").markup(tag).markup("\" hreflang=\"").markup(tag);
        html.markup("\" href=\"").text(&guest.page_in(token, language)).markup("\"");
        if language == guest.language {
            html.markup(" aria-current=\"true\"");
        }
        html.element(">", language.name(), "</a></li>\n");
    }
    html.markup("</ul>\n</nav>\n");
    html
}

/// A page that comes again by itself: `<meta http-equiv="refresh">`.
pub(super) fn comes_again(seconds: u32, address: &str) -> Html {
    let mut html = Html::new();
    html.markup("<meta http-equiv=\"refresh\" content=\"").number(u64::from(seconds));
    html.markup("; url=").text(address).markup("\">");
    html
}
