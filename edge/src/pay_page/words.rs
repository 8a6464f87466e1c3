//! Everything the page says, one file a language and two kinds of it: what the widget says too stands
//! in the widget's own files, what only this page says stands here.

use serde::Deserialize;

use super::language::Language;

/// One language.
pub(super) struct Words {
    /// What the widget says too.
    pub(super) shared: Shared,
    /// What only this page says.
    pub(super) own: Own,
}

/// The sentences of the widget that this page repeats.
#[derive(Default, Deserialize)]
pub(super) struct Shared {
    /// `ltr` or `rtl`.
    pub(super) dir: String,
    pub(super) brand: String,
    pub(super) hint: String,
    pub(super) hint_phone: String,
    pub(super) hint_wechat: String,
    pub(super) check: String,
    /// Holds `{amount}` and `{purpose}`.
    pub(super) label: String,
    pub(super) renew: String,
    pub(super) retry: String,
    pub(super) order_no: String,
    /// Holds `{time}`.
    pub(super) valid_until: String,
    pub(super) placing: String,
    pub(super) waiting: String,
    pub(super) checking: String,
    pub(super) closing: String,
    pub(super) paid: String,
    pub(super) expired: String,
    pub(super) cancelled: String,
    pub(super) refused: String,
    pub(super) conflict: String,
    pub(super) five_minutes: String,
    pub(super) one_minute: String,
}

/// The sentences of this page.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Own {
    pub(super) title: String,
    /// Holds `{yuan}`: how this language writes an amount of Chinese money, as `Intl.NumberFormat` does.
    /// Where it runs from right to left the sign is isolated, or it would be read backwards.
    pub(super) amount: String,
    /// Holds `{n}`.
    pub(super) minutes_left: String,
    /// Holds `{time}`.
    pub(super) beijing: String,
    pub(super) languages: String,
    /// Holds `{n}`.
    pub(super) refreshing: String,
    pub(super) stop: String,
    pub(super) stopped: String,
    pub(super) resume: String,
    pub(super) refresh: String,
    pub(super) not_seen: String,
    pub(super) done: String,
    pub(super) over: String,
    pub(super) invalid_title: String,
    pub(super) invalid: String,
    pub(super) busy_title: String,
    pub(super) busy: String,
    pub(super) trouble_title: String,
    pub(super) trouble: String,
    pub(super) odd_title: String,
    pub(super) odd: String,
    /// Holds `{n}`.
    pub(super) tries_again: String,
    pub(super) back: String,
}

impl Words {
    /// The sentences of `language`. The files are part of the program, and a test reads them all, so
    /// that the default of a file that cannot be read is never seen.
    pub(super) fn of(language: Language) -> Self {
        let (shared, own) = files(language);
        Self {
            shared: serde_json::from_str(shared).unwrap_or_default(),
            own: serde_json::from_str(own).unwrap_or_default(),
        }
    }
}

/// A sentence with its one place filled.
pub(super) fn filled(sentence: &str, place: &str, text: &str) -> String {
    sentence.replacen(place, text, 1)
}

/// The widget's file of a language, and ours.
const fn files(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::ChineseSimplified => {
            (include_str!("../../../widget/words/zh-CN.json"), include_str!("words/zh-CN.json"))
        }
        Language::ChineseTraditional => {
            (include_str!("../../../widget/words/zh-TW.json"), include_str!("words/zh-TW.json"))
        }
        Language::English => {
            (include_str!("../../../widget/words/en.json"), include_str!("words/en.json"))
        }
        Language::Japanese => {
            (include_str!("../../../widget/words/ja.json"), include_str!("words/ja.json"))
        }
        Language::Korean => {
            (include_str!("../../../widget/words/ko.json"), include_str!("words/ko.json"))
        }
        Language::Arabic => {
            (include_str!("../../../widget/words/ar.json"), include_str!("words/ar.json"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type File = BTreeMap<String, String>;

    fn read(text: &str) -> File {
        serde_json::from_str(text).unwrap()
    }

    /// The places of a sentence: `{n}`, `{time}`.
    fn places(sentence: &str) -> Vec<&str> {
        let mut places: Vec<_> =
            sentence.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn every_language_says_the_same_things_and_leaves_nothing_out() {
        let (shared, own) = files(Language::English);
        let english = [read(shared), read(own)];
        for language in Language::ALL {
            let (shared, own) = files(language);
            for (file, english) in [read(shared), read(own)].iter().zip(&english) {
                assert!(file.keys().eq(english.keys()), "{language:?}");
                for (key, sentence) in file {
                    assert!(!sentence.trim().is_empty(), "{language:?} {key}");
                    assert_eq!(places(sentence), places(&english[key]), "{language:?} {key}");
                }
            }
        }
    }

    #[test]
    fn every_file_is_read() {
        for language in Language::ALL {
            let (shared, own) = files(language);
            serde_json::from_str::<Shared>(shared).unwrap();
            serde_json::from_str::<Own>(own).unwrap();
        }
    }

    #[test]
    fn a_place_is_filled_once() {
        assert_eq!(filled("{n} and {n}", "{n}", "{n}"), "{n} and {n}");
        assert_eq!(filled("in {n} s", "{n}", "6"), "in 6 s");
    }
}
