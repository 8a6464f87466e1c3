//! The page of a checkout, drawn for a browser that runs no script.
//!
//! Where scripts run, `<saoma-checkout>` takes the place of what stands inside it, and follows the
//! order by itself; until then, and where its script never arrives, the shopper sees the same and can
//! pay by it. What belongs to a page without scripts only (that it comes again by itself, and how to
//! stop that) stands in `<noscript>`.

use checkout::id::CheckoutId;
use checkout::time::{Seconds, UnixSeconds};
use checkout::view::SessionView;
use wechatpay::moment::rfc3339;

use super::amount::yuan;
use super::face::Face;
use super::frame::{Content, comes_again, document};
use super::guest::{Guest, Refreshing};
use super::html::Html;
use super::mark;
use super::picture::Picture;
use super::words::{Words, filled};

/// What is on the page.
pub struct Sight<'a> {
    /// The checkout as a browser may see it.
    pub view: &'a SessionView,
    /// Its id, which is the number of the order on paper.
    pub id: &'a CheckoutId,
    /// The token that opens it, which is a part of the address.
    pub token: &'a str,
    /// The time on the wall.
    pub now: UnixSeconds,
}

/// Below this the page says that time is short (WCAG 2.2, success criterion 2.2.1).
const SHORT_MS: u64 = 300_000;
const MINUTE_MS: u64 = 60_000;

impl Sight<'_> {
    /// The whole page.
    pub fn draw(&self, guest: &Guest) -> String {
        let words = Words::of(guest.language);
        let face = Face::of(self.view);
        let amount = filled(&words.own.amount, "{yuan}", &yuan(self.view.amount.total));
        let again = self.again(face, guest);
        let mut head = Html::new();
        head.markup("<script type=\"module\" src=\"/saoma.js\"></script>\n");
        if let Some((seconds, address)) = &again {
            head.markup("<noscript>").piece(&comes_again(*seconds, address));
            head.markup("</noscript>\n");
        }
        let content = Content {
            // The description comes last: whatever it is made of, it disarranges nothing of ours.
            title: [&words.own.title, " · ", &amount, " · ", &self.view.description].concat(),
            head,
            card: self.card(face, guest, &words, &amount),
            foot: self.foot(guest, &words, again.map(|(seconds, _)| seconds)),
        };
        document(guest, &words, Some(self.token), &content)
    }

    /// When the page comes again by itself, and where.
    fn again(&self, face: Face, guest: &Guest) -> Option<(u32, String)> {
        if guest.refreshing == Refreshing::Off {
            return None;
        }
        // A beginning in the future was made up by somebody.
        let began = guest.since.filter(|since| *since <= self.now).unwrap_or(self.now);
        let seconds = face.looks_again_s(self.now - began)?;
        Some((seconds, guest.page_since(self.token, began)))
    }

    fn card(&self, face: Face, guest: &Guest, words: &Words, amount: &str) -> Html {
        let mut html = Html::new();
        html.element("<h1 class=\"unseen\">", &words.own.title, "</h1>\n");
        html.markup("<saoma-checkout session=\"").text(self.token);
        html.markup("\" locale=\"").markup(guest.language.tag());
        html.markup("\">\n<div class=\"sight\" data-status=\"").markup(face.name()).markup("\">\n");
        html.element("<p class=\"brand\">", &words.shared.brand, "</p>\n");
        html.element("<p class=\"amount\"><bdi>", amount, "</bdi></p>\n");
        html.element("<p class=\"purpose\" dir=\"auto\">", &self.view.description, "</p>\n");
        html.piece(&self.frame(face, words, amount));
        html.element("<p class=\"line\" role=\"status\">", line(face, words), "</p>\n");
        for notice in self.notices(face, guest, words) {
            html.element("<p class=\"notice\">", &notice, "</p>\n");
        }
        if face.has_code() {
            html.piece(&hints(guest, words));
        }
        html.piece(&self.actions(face, guest, words)).piece(&self.facts(face, words));
        if !matches!(face, Face::Paid | Face::Expired | Face::Cancelled) {
            // For those whose widget never arrives, too.
            html.markup("<p class=\"again\"><a href=\"").text(&guest.page(self.token));
            html.element("\">", &words.own.refresh, "</a></p>\n");
        }
        html.markup("</div>\n</saoma-checkout>\n");
        html
    }

    /// The code, or the sign of what became of it.
    fn frame(&self, face: Face, words: &Words, amount: &str) -> Html {
        let mut html = Html::new();
        let picture = self.view.qr.as_deref().filter(|_| face.has_code()).and_then(Picture::of);
        match picture {
            Some(picture) => {
                let label = filled(&words.shared.label, "{amount}", amount);
                let label = filled(&label, "{purpose}", &self.view.description);
                html.markup("<div class=\"frame\">").piece(&picture.inline(&label))
            }
            None => html.markup("<div class=\"frame small\">").markup(mark::of(face)),
        };
        html.markup("</div>\n");
        html
    }

    /// What a shopper should know besides.
    fn notices(&self, face: Face, guest: &Guest, words: &Words) -> Vec<String> {
        let mut notices = Vec::new();
        match face {
            Face::Paid => notices.push(words.own.done.clone()),
            Face::Expired | Face::Cancelled => notices.push(words.own.over.clone()),
            Face::Waiting if guest.has_asked => notices.push(words.own.not_seen.clone()),
            _ => {}
        }
        let Some(left_ms) = self.code_left_ms(face) else { return notices };
        notices.push(match left_ms {
            0..MINUTE_MS => words.shared.one_minute.clone(),
            _ => filled(&words.own.minutes_left, "{n}", &(left_ms / MINUTE_MS).to_string()),
        });
        if (MINUTE_MS..SHORT_MS).contains(&left_ms) {
            notices.push(words.shared.five_minutes.clone());
        }
        notices
    }

    /// How long the code on the page can be scanned.
    fn code_left_ms(&self, face: Face) -> Option<u64> {
        let left_ms = self.view.code_expires_in_ms.filter(|_| face.has_code())?;
        Some(left_ms.min(self.view.expires_in_ms))
    }

    /// What the shopper can do: forms, which a browser sends without any script.
    fn actions(&self, face: Face, guest: &Guest, words: &Words) -> Html {
        let mut html = Html::new();
        html.markup("<div class=\"actions\">\n");
        let mut button = |verb, class, name: &str| {
            html.markup("<form method=\"post\" action=\"").text(&guest.form(self.token, verb));
            html.markup("\"><button class=\"").markup(class).element(
                "\">",
                name,
                "</button></form>\n",
            );
        };
        if face.has_code() {
            button("check", "primary", &words.shared.check);
        }
        if face.renews(self.view.expires_in_ms) {
            let name =
                if face == Face::Refused { &words.shared.retry } else { &words.shared.renew };
            button("renew", "second", name);
        }
        html.markup("</div>\n");
        html
    }

    /// What stands on paper too: which order it is, and until when its code can be scanned.
    fn facts(&self, face: Face, words: &Words) -> Html {
        let mut html = Html::new();
        html.element("<p class=\"fact\">", &words.shared.order_no, " <bdi>");
        html.text(self.id.as_str()).markup("</bdi></p>\n");
        if let Some(left_ms) = self.code_left_ms(face) {
            let left = Seconds(i64::try_from(left_ms / 1_000).unwrap_or(i64::MAX));
            let time = filled(&words.own.beijing, "{time}", &wall(self.now + left));
            let until = filled(&words.shared.valid_until, "{time}", &time);
            html.element("<p class=\"fact\">", &until, "</p>\n");
        }
        html
    }

    /// Below the card: whether the page comes again by itself, and how to change that.
    fn foot(&self, guest: &Guest, words: &Words, again_s: Option<u32>) -> Html {
        let mut html = Html::new();
        if Face::of(self.view).looks_again_s(Seconds(0)).is_none() {
            return html;
        }
        let own = &words.own;
        let (sentence, other, name) = match again_s {
            Some(seconds) => {
                let sentence = filled(&own.refreshing, "{n}", &seconds.to_string());
                (sentence, Refreshing::Off, &own.stop)
            }
            None => (own.stopped.clone(), Refreshing::On, &own.resume),
        };
        html.element("<noscript><p class=\"again\">", &sentence, " <a href=\"");
        html.text(&guest.page_refreshing(self.token, other));
        html.element("\">", name, "</a></p></noscript>\n");
        html
    }
}

/// How to pay, by where the page is open.
fn hints(guest: &Guest, words: &Words) -> Html {
    let mut html = Html::new();
    let shared = &words.shared;
    if guest.is_in_wechat {
        html.element("<p class=\"hint\">", &shared.hint_wechat, "</p>\n");
    } else {
        html.element("<p class=\"hint\">", &shared.hint, "</p>\n");
        html.element("<p class=\"hint phone\">", &shared.hint_phone, "</p>\n");
    }
    html
}

const fn line(face: Face, words: &Words) -> &str {
    let shared = &words.shared;
    match face {
        Face::Placing => shared.placing.as_str(),
        Face::Waiting => shared.waiting.as_str(),
        Face::Checking => shared.checking.as_str(),
        Face::Closing => shared.closing.as_str(),
        Face::Paid => shared.paid.as_str(),
        Face::Expired => shared.expired.as_str(),
        Face::Cancelled => shared.cancelled.as_str(),
        Face::Refused => shared.refused.as_str(),
        Face::Conflict => shared.conflict.as_str(),
    }
}

/// A moment as a clock in Beijing shows it, to the minute: `2025-01-01 12:00`. The isolates around it
/// keep date and time in this order between words that run from right to left.
fn wall(moment: UnixSeconds) -> String {
    let written = rfc3339(moment);
    let minutes: String = written.chars().take(16).collect();
    format!("\u{2066}{}\u{2069}", minutes.replacen('T', " ", 1))
}
