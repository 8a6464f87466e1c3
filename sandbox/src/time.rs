//! Moments as the platform writes them: RFC 3339 in Beijing time, whole seconds.
//!
//! No clock lives here; seconds since 1970 come in as arguments. What does not look like the
//! published form is refused, also where a general RFC 3339 parser would be lenient.

use chrono::{DateTime, FixedOffset, NaiveDateTime};

/// Beijing is eight hours ahead of UTC, all year.
const BEIJING_OFFSET_S: i32 = 8 * 3_600;

/// `seconds` since 1970 as `2025-01-01T11:20:30+08:00`.
pub fn beijing(seconds: i64) -> String {
    at_beijing(seconds, "%Y-%m-%dT%H:%M:%S+08:00")
}

/// `seconds` since 1970 as the Beijing calendar day `20250101`.
pub fn beijing_day(seconds: i64) -> String {
    at_beijing(seconds, "%Y%m%d")
}

/// `seconds` since 1970 as bills write it: `2025-01-01 11:20:30`.
pub fn beijing_seconds(seconds: i64) -> String {
    at_beijing(seconds, "%Y-%m-%d %H:%M:%S")
}

/// `seconds` since 1970 as V2 writes it: `20250101112030`.
pub fn beijing_digits(seconds: i64) -> String {
    at_beijing(seconds, "%Y%m%d%H%M%S")
}

/// Reads what V2 writes: 14 digits of Beijing time (protocol reference D.3).
pub fn parse_digits(text: &str) -> Option<i64> {
    if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let moment = NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").ok()?;
    Some(moment.and_utc().timestamp() - i64::from(BEIJING_OFFSET_S))
}

fn at_beijing(seconds: i64, format: &str) -> String {
    let moment = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    FixedOffset::east_opt(BEIJING_OFFSET_S)
        .map(|zone| moment.with_timezone(&zone).format(format).to_string())
        .unwrap_or_default()
}

/// Reads a merchant's moment: `yyyy-MM-DDTHH:mm:ss` with `+08:00` or `Z`, milliseconds tolerated
/// (protocol reference A.1).
pub fn parse(text: &str) -> Option<i64> {
    let looks_right = text.len() <= 64
        && text.as_bytes().get(10) == Some(&b'T')
        && !text.ends_with('z')
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    looks_right.then(|| DateTime::parse_from_rfc3339(text).ok())?.map(|moment| moment.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beijing_time_is_written_with_its_offset() {
        // Protocol reference G.6: create_time and Wechatpay-Timestamp of one message.
        assert_eq!(beijing(1_735_701_631), "2025-01-01T11:20:31+08:00");
        assert_eq!(beijing_day(1_735_660_800), "20250101");
        assert_eq!(beijing_day(1_735_660_799), "20241231");
    }

    #[test]
    fn v2_writes_digits_and_reads_nothing_else() {
        // Protocol reference G.3 and G.13: success_time and time_end of one payment.
        assert_eq!(beijing_digits(1_735_701_630), "20250101112030");
        assert_eq!(parse_digits("20250101112030"), Some(1_735_701_630));
        for bad in [
            "",
            "2025010111203",
            "202501011120300",
            "20250230112030",
            "2025-01-01 11:",
            "２０２５０１",
        ] {
            assert_eq!(parse_digits(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_the_published_form_is_read() {
        assert_eq!(parse("2025-01-01T11:20:31+08:00"), Some(1_735_701_631));
        assert_eq!(parse("2025-01-01T03:20:31Z"), Some(1_735_701_631));
        assert_eq!(parse("2025-01-01T11:20:31.250+08:00"), Some(1_735_701_631));
        for bad in [
            "",
            "2025-01-01 11:20:31+08:00",
            "2025-01-01T11:20:31",
            "2025-01-01t11:20:31+08:00",
            "2025-01-01T03:20:31z",
            "2025-02-30T11:20:31+08:00",
            "20250101112031",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
