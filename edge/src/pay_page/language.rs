//! Which language a page speaks: the one that was chosen, else the best that the browser asks for,
//! else simplified Chinese, which is what most people who pay by WeChat read.

/// A language of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// 简体中文
    ChineseSimplified,
    /// 繁體中文
    ChineseTraditional,
    /// English
    English,
    /// 日本語
    Japanese,
    /// 한국어
    Korean,
    /// العربية
    Arabic,
}

/// Ranges of an `Accept-Language` that are looked at. Browsers send fewer than ten.
const RANGES_MAX: usize = 32;

impl Language {
    /// Every language, in the order of the page's switch.
    pub const ALL: [Self; 6] = [
        Self::ChineseSimplified,
        Self::ChineseTraditional,
        Self::English,
        Self::Japanese,
        Self::Korean,
        Self::Arabic,
    ];

    /// BCP 47.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ChineseSimplified => "zh-CN",
            Self::ChineseTraditional => "zh-TW",
            Self::English => "en",
            Self::Japanese => "ja",
            Self::Korean => "ko",
            Self::Arabic => "ar",
        }
    }

    /// Its name in itself: whoever looks for it reads nothing else on the page.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChineseSimplified => "简体中文",
            Self::ChineseTraditional => "繁體中文",
            Self::English => "English",
            Self::Japanese => "日本語",
            Self::Korean => "한국어",
            Self::Arabic => "العربية",
        }
    }

    /// Ours for a tag in any spelling: by its first part, and among the Chinese ones by script or
    /// region (`zh-Hant`, `zh-TW`, `zh-HK` and `zh-MO` are traditional).
    pub fn of_tag(tag: &str) -> Option<Self> {
        let mut parts = tag.split('-');
        let first = parts.next()?.to_ascii_lowercase();
        Some(match first.as_str() {
            "zh" => {
                let traditional = |part: &str| {
                    ["hant", "tw", "hk", "mo"].iter().any(|sign| part.eq_ignore_ascii_case(sign))
                };
                let simplified = |part: &str| part.eq_ignore_ascii_case("hans");
                match parts.find(|part| traditional(part) || simplified(part)) {
                    Some(part) if traditional(part) => Self::ChineseTraditional,
                    _ => Self::ChineseSimplified,
                }
            }
            "en" => Self::English,
            "ja" => Self::Japanese,
            "ko" => Self::Korean,
            "ar" => Self::Arabic,
            _ => return None,
        })
    }

    /// The best of ours for an `Accept-Language` (RFC 9110 section 12.5.4): the heaviest range that
    /// we speak, the first of equal ones. A range that cannot be read is passed over.
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(u16, Self)> = None;
        for range in header.split(',').take(RANGES_MAX) {
            let Some((tag, weight)) = weighed(range) else { continue };
            let Some(language) = Self::of_tag(tag) else { continue };
            if weight > best.map_or(0, |(heaviest, _)| heaviest) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }

    /// The chosen one, else an accepted one, else simplified Chinese.
    pub fn choose(chosen: Option<&str>, accept: Option<&str>) -> Self {
        let chosen = chosen.and_then(Self::of_tag);
        let accepted = || accept.and_then(Self::accepted);
        chosen.or_else(accepted).unwrap_or(Self::ChineseSimplified)
    }
}

/// A range and its weight in thousandths: `ja;q=0.8` is `("ja", 800)`.
fn weighed(range: &str) -> Option<(&str, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next()?;
    match parts.next() {
        None => Some((tag, 1_000)),
        Some(weight) => {
            let (name, value) = weight.split_once('=')?;
            let is_weight = name.trim().eq_ignore_ascii_case("q");
            is_weight.then(|| thousandths(value.trim()))?.map(|weight| (tag, weight))
        }
    }
}

/// `0`, `1`, or either with up to three decimals.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_spelt = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let parts: u16 = format!("{decimals:0<3}").parse().ok().filter(|_| is_spelt)?;
    match whole {
        "0" => Some(parts),
        "1" if parts == 0 => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_any_spelling() {
        for (tag, language) in [
            ("zh", Some(Language::ChineseSimplified)),
            ("zh-CN", Some(Language::ChineseSimplified)),
            ("ZH-hans-HK", Some(Language::ChineseSimplified)),
            ("zh-SG", Some(Language::ChineseSimplified)),
            ("zh-tw", Some(Language::ChineseTraditional)),
            ("zh-Hant", Some(Language::ChineseTraditional)),
            ("zh-Hant-CN", Some(Language::ChineseTraditional)),
            ("zh-HK", Some(Language::ChineseTraditional)),
            ("zh-MO", Some(Language::ChineseTraditional)),
            ("en-GB", Some(Language::English)),
            ("ja-JP", Some(Language::Japanese)),
            ("ko", Some(Language::Korean)),
            ("ar-EG", Some(Language::Arabic)),
            ("zhx", None),
            ("de", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag}");
        }
        for language in Language::ALL {
            assert_eq!(Language::of_tag(language.tag()), Some(language));
        }
    }

    #[test]
    fn the_heaviest_range_that_we_speak_is_taken() {
        for (header, language) in [
            ("en", Some(Language::English)),
            ("de, fr;q=0.9, ja;q=0.8, en;q=0.7", Some(Language::Japanese)),
            ("en;q=0.5,ko;q=0.50 , ar ; q=0.6", Some(Language::Arabic)),
            ("ko;q=0.5,ja;q=0.500", Some(Language::Korean)),
            ("en;q=0, ja;q=0.001", Some(Language::Japanese)),
            ("en;q=0", None),
            ("en;q=1.5, ja;q=2, ko;q=.9, ar;q=0.1234, zh;q=-1", None),
            ("en;level=1;q=0.5, ja;q=0.1", Some(Language::Japanese)),
            ("*", None),
            (",,;;q=1,=", None),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }

    #[test]
    fn a_header_without_end_is_read_to_a_bound() {
        let header = |before: usize| format!("{}en", "de,".repeat(before));
        assert_eq!(Language::accepted(&header(RANGES_MAX - 1)), Some(Language::English));
        assert_eq!(Language::accepted(&header(RANGES_MAX)), None);
    }

    #[test]
    fn what_was_chosen_comes_before_what_is_accepted_and_chinese_is_the_last_resort() {
        assert_eq!(Language::choose(Some("ja"), Some("en")), Language::Japanese);
        assert_eq!(Language::choose(Some("tlh"), Some("en")), Language::English);
        assert_eq!(Language::choose(None, Some("tlh")), Language::ChineseSimplified);
        assert_eq!(Language::choose(None, None), Language::ChineseSimplified);
    }
}
