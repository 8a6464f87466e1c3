//! Everything the widget says, one file a locale.
//!
//! A locale is one [`Words`] and one line in [`ALL`]; the compiler asks for every sentence. Never
//! "failed" for a time-out, and nothing that the merchant side cannot know: WeChat gives no
//! "scanned" signal for these codes.

mod en;
mod zh_cn;

use crate::decimal;
use crate::picture::{Line, Notice, WayOn};

/// One locale's sentences.
pub(crate) struct Words {
    /// BCP 47, for `lang` and for number formats.
    pub(crate) tag: &'static str,
    /// Above the code.
    pub(crate) brand: &'static str,
    /// How to pay; below the code.
    pub(crate) hint: &'static str,
    /// For a page that is itself on a phone.
    pub(crate) hint_phone: &'static str,
    /// "I have paid".
    pub(crate) check: &'static str,
    /// Before the countdown's digits.
    pub(crate) countdown: &'static str,
    /// The code's name for a screen reader, around amount and purpose.
    pub(crate) code_label: [&'static str; 3],
    pub(crate) retry: &'static str,
    pub(crate) renew: &'static str,
    pub(crate) opening: &'static str,
    pub(crate) placing: &'static str,
    pub(crate) waiting: &'static str,
    pub(crate) checking: &'static str,
    pub(crate) renewing: &'static str,
    pub(crate) closing: &'static str,
    pub(crate) paid: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) cancelled: &'static str,
    pub(crate) unreachable: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) conflict: &'static str,
    pub(crate) rejected: &'static str,
    pub(crate) offline: &'static str,
    pub(crate) trouble: &'static str,
    pub(crate) not_seen_yet: &'static str,
    pub(crate) five_minutes: &'static str,
    pub(crate) one_minute: &'static str,
}

/// Every locale; the first is the last resort.
const ALL: [&Words; 2] = [&en::WORDS, &zh_cn::WORDS];

impl Words {
    /// The first of `wishes` that we speak, by its primary language.
    pub(crate) fn choose<'a>(wishes: impl IntoIterator<Item = &'a str>) -> &'static Self {
        let speaks = |words: &Self, wish: &str| {
            let (language, rest) = wish.split_at_checked(2).unwrap_or_default();
            words.tag.starts_with(&language.to_ascii_lowercase())
                && !rest.starts_with(|next: char| next.is_ascii_alphanumeric())
                && !language.is_empty()
        };
        wishes
            .into_iter()
            .find_map(|wish| ALL.into_iter().find(|words| speaks(words, wish)))
            .unwrap_or(&en::WORDS)
    }

    pub(crate) const fn line(&self, line: Line) -> &'static str {
        match line {
            Line::Opening => self.opening,
            Line::Placing => self.placing,
            Line::Waiting => self.waiting,
            Line::Checking => self.checking,
            Line::Renewing => self.renewing,
            Line::Closing => self.closing,
            Line::Paid => self.paid,
            Line::Expired => self.expired,
            Line::Cancelled => self.cancelled,
            Line::Unreachable => self.unreachable,
            Line::Refused => self.refused,
            Line::Conflict => self.conflict,
            Line::Rejected => self.rejected,
        }
    }

    pub(crate) const fn notice(&self, notice: Notice) -> &'static str {
        match notice {
            Notice::Offline => self.offline,
            Notice::Trouble => self.trouble,
            Notice::NotSeenYet => self.not_seen_yet,
            Notice::FiveMinutes => self.five_minutes,
            Notice::OneMinute => self.one_minute,
        }
    }

    pub(crate) const fn way_on(&self, way_on: WayOn) -> &'static str {
        match way_on {
            WayOn::Retry => self.retry,
            WayOn::Renew => self.renew,
        }
    }

    /// The code's name for a screen reader: what it is for, never what it says.
    pub(crate) fn label(&self, amount: &str, purpose: &str) -> String {
        let [before, between, after] = self.code_label;
        [before, amount, between, purpose, after].concat()
    }
}

/// `59:59`, `1:59:59`: hours only where there are any, and never cut off.
pub(crate) fn digits(left_s: u64) -> String {
    let left_s = u32::try_from(left_s).unwrap_or(u32::MAX);
    let mut text = String::new();
    if left_s >= 3_600 {
        decimal::push(&mut text, left_s / 3_600);
        text.push(':');
    }
    for (unit, is_padded) in [(left_s / 60 % 60, left_s >= 3_600), (left_s % 60, true)] {
        if is_padded && unit < 10 {
            text.push('0');
        }
        decimal::push(&mut text, unit);
        text.push(':');
    }
    text.pop();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_we_speak_is_taken() {
        for (wishes, tag) in [
            (vec!["zh-CN"], "zh-CN"),
            (vec!["zh-Hant-TW"], "zh-CN"),
            (vec!["ZH"], "zh-CN"),
            (vec!["en-GB"], "en"),
            (vec!["de", "zh"], "zh-CN"),
            (vec!["", "fr-FR"], "en"),
            (vec![], "en"),
        ] {
            assert_eq!(Words::choose(wishes.clone()).tag, tag, "{wishes:?}");
        }
    }

    /// Adyen shows 59:59 for two hours and 00:59 for 61 minutes (browser-checkout D2).
    #[test]
    fn hours_are_not_cut_off() {
        assert_eq!(digits(7_200), "2:00:00");
        assert_eq!(digits(7_199), "1:59:59");
        assert_eq!(digits(61 * 60), "1:01:00");
        assert_eq!(digits(3_599), "59:59");
        assert_eq!(digits(61), "1:01");
        assert_eq!(digits(9), "0:09");
        assert_eq!(digits(86_399), "23:59:59");
    }

    #[test]
    fn a_label_names_amount_and_purpose() {
        let label = Words::choose(["en"]).label("CN¥88.00", "Oolong 250 g");
        assert_eq!(label, "WeChat Pay code: CN¥88.00 for Oolong 250 g");
    }
}
