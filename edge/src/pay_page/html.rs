//! HTML that cannot be broken out of.
//!
//! Markup is what stands in this program's text; everything else is a text and is escaped, wherever it
//! comes from. There is no third way in. Attributes are always written with double quotes, so that
//! one escaping serves text and attributes alike.

/// A piece of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Html(String);

impl Html {
    /// Nothing yet.
    pub(super) const fn new() -> Self {
        Self(String::new())
    }

    /// Adds tags of our own.
    pub(super) fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds a text, whatever it is made of.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                plain => self.0.push(plain),
            }
        }
        self
    }

    /// Adds a whole number.
    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.0.push_str(&number.to_string());
        self
    }

    /// Adds an element around a text: `open` and `close` are its tags.
    pub(super) fn element(
        &mut self,
        open: &'static str,
        text: &str,
        close: &'static str,
    ) -> &mut Self {
        self.markup(open).text(text).markup(close)
    }

    /// Adds what was put together elsewhere.
    pub(super) fn piece(&mut self, piece: &Self) -> &mut Self {
        self.0.push_str(&piece.0);
        self
    }

    /// The page's text.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        let mut html = Html::new();
        html.element("<p title=\"", "\"><script>alert('1')</script>&amp;", "\">");
        assert_eq!(
            html.into_string(),
            "<p title=\"&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;\">"
        );
    }

    #[test]
    fn what_is_no_markup_stays_as_it_is() {
        let text = "乌龙茶 250 g ☕ \u{202e}ab\u{2066} `=/ #{}";
        let mut html = Html::new();
        assert_eq!(html.text(text).number(8).clone().into_string(), format!("{text}8"));
    }
}
