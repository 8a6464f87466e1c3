//! Who looks at the page, as far as the address and the headers tell, and the addresses that lead
//! from one sight of it to the next.
//!
//! The page keeps nothing in the browser: what a guest has chosen stands in the links. A name that is
//! nobody's is passed over, unlike everywhere else here, because chat apps add their own to every
//! address that is sent through them.

use checkout::time::UnixSeconds;

use super::language::Language;
use crate::query::Query;

/// A shopper's browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// What the page is written in.
    pub language: Language,
    /// The language stands in the address, and so goes into the next one.
    is_chosen: bool,
    /// Whether the page may come again by itself.
    pub refreshing: Refreshing,
    /// When this row of sights began.
    pub since: Option<UnixSeconds>,
    /// The shopper has just said "I have paid".
    pub has_asked: bool,
    /// The page is open in WeChat itself, which cannot scan its own screen.
    pub is_in_wechat: bool,
}

/// Whether the page may come again by itself (WCAG 2.2, success criteria 2.2.1 and 2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshing {
    /// As often as it is useful.
    On,
    /// The shopper has stopped it.
    Off,
}

impl Guest {
    /// Reads an address's query (without its question mark) and the headers `Accept-Language` and
    /// `User-Agent`.
    pub fn read(query: &str, accept: Option<&str>, agent: Option<&str>) -> Self {
        let named = |name| Query::named(query, name).ok().flatten();
        let chosen = named("lang").filter(|tag| Language::of_tag(tag).is_some());
        Self {
            language: Language::choose(chosen.as_deref(), accept),
            is_chosen: chosen.is_some(),
            refreshing: match named("refresh").as_deref() {
                Some("off") => Refreshing::Off,
                _ => Refreshing::On,
            },
            since: named("since").and_then(|text| text.parse().ok()).map(UnixSeconds),
            has_asked: named("asked").is_some(),
            is_in_wechat: agent.is_some_and(|agent| agent.contains("MicroMessenger")),
        }
    }

    /// The page again.
    pub fn page(&self, token: &str) -> String {
        self.address(token, "", &[])
    }

    /// The page again by itself, after a refusal: a row of sights that had begun goes on, or a page
    /// that was turned away for coming too often would come more often than before.
    pub(super) fn page_going_on(&self, token: &str) -> String {
        self.since.map_or_else(|| self.page(token), |began| self.page_since(token, began))
    }

    /// The page right after a question to WeChat Pay.
    pub fn page_asked(&self, token: &str) -> String {
        self.address(token, "", &["asked=1"])
    }

    /// The page again by itself: the row of sights goes on.
    pub(super) fn page_since(&self, token: &str, began: UnixSeconds) -> String {
        self.address(token, "", &[&format!("since={}", began.0)])
    }

    /// Where a form of the page goes; `verb` is the last part of its path.
    pub(super) fn form(&self, token: &str, verb: &'static str) -> String {
        self.address(token, verb, &[])
    }

    /// The page in another language.
    pub(super) fn page_in(&self, token: &str, language: Language) -> String {
        Self { language, is_chosen: true, ..self.clone() }.page(token)
    }

    /// The page that comes again by itself, or does not.
    pub(super) fn page_refreshing(&self, token: &str, refreshing: Refreshing) -> String {
        Self { refreshing, ..self.clone() }.page(token)
    }

    /// The path and the query that say all of this.
    fn address(&self, token: &str, verb: &'static str, more: &[&str]) -> String {
        let language = format!("lang={}", self.language.tag());
        let said = self.is_chosen.then_some(language.as_str());
        let off = (self.refreshing == Refreshing::Off).then_some("refresh=off");
        let query: Vec<&str> = said.into_iter().chain(off).chain(more.iter().copied()).collect();
        let slash = if verb.is_empty() { "" } else { "/" };
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/pay/{token}{slash}{verb}{mark}{}", query.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(query: &str) -> Guest {
        Guest::read(query, Some("en"), None)
    }

    #[test]
    fn what_was_chosen_stands_in_every_address_and_nothing_else_does() {
        let plain = guest("");
        assert_eq!((plain.language, plain.refreshing), (Language::English, Refreshing::On));
        assert_eq!(plain.page("t"), "/pay/t");
        assert_eq!(plain.form("t", "check"), "/pay/t/check");
        assert_eq!(plain.page_since("t", UnixSeconds(7)), "/pay/t?since=7");
        assert_eq!(plain.page_in("t", Language::Korean), "/pay/t?lang=ko");
        assert_eq!(plain.page_refreshing("t", Refreshing::Off), "/pay/t?refresh=off");
        let chosen = guest("fbclid=x&lang=zh-hant&refresh=off&since=5&asked=1");
        assert_eq!(chosen.since, Some(UnixSeconds(5)));
        assert!(chosen.has_asked);
        assert_eq!(chosen.page("t"), "/pay/t?lang=zh-TW&refresh=off");
        assert_eq!(chosen.form("t", "renew"), "/pay/t/renew?lang=zh-TW&refresh=off");
        assert_eq!(chosen.page_asked("t"), "/pay/t?lang=zh-TW&refresh=off&asked=1");
        assert_eq!(chosen.page_refreshing("t", Refreshing::On), "/pay/t?lang=zh-TW");
    }

    #[test]
    fn an_address_that_somebody_has_played_with_still_shows_the_page() {
        for query in
            ["lang=%zz", "lang=tlh&refresh=no&since=x", "lang=ja&lang=ko", "%&=&&?", "since=1e9"]
        {
            let guest = guest(query);
            assert_eq!(guest.language, Language::English, "{query}");
            assert_eq!(guest.page("t"), "/pay/t", "{query}");
            assert_eq!(guest.since, None, "{query}");
        }
    }

    #[test]
    fn wechat_is_known_by_its_name() {
        let agent = "Mozilla/5.0 (iPhone) MicroMessenger/8.0.38 NetType/WIFI";
        assert!(Guest::read("", None, Some(agent)).is_in_wechat);
        assert!(!guest("").is_in_wechat);
    }
}
