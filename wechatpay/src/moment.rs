//! The platform's way to write a moment: RFC 3339, in Beijing time when we write it (protocol
//! reference A.1).

use chrono::{DateTime, FixedOffset, SecondsFormat};

use checkout::time::UnixSeconds;

/// `2025-01-01T12:00:00+08:00`. A moment beyond the years 0 to 9999, which RFC 3339 cannot write,
/// becomes the nearest that it can.
pub fn rfc3339(moment: UnixSeconds) -> String {
    let seconds = moment.0.clamp(YEAR_0, YEAR_9999);
    let utc = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    FixedOffset::east_opt(BEIJING_S).map_or_else(
        || utc.to_rfc3339_opts(SecondsFormat::Secs, true),
        |beijing| utc.with_timezone(&beijing).to_rfc3339_opts(SecondsFormat::Secs, false),
    )
}

/// Reads any RFC 3339 moment; fractions of a second are dropped.
pub fn parse_rfc3339(text: &str) -> Option<UnixSeconds> {
    DateTime::parse_from_rfc3339(text).ok().map(|moment| UnixSeconds(moment.timestamp()))
}

/// Reads `2025-01-01 12:00:05`, which V2 and the bills mean in Beijing time.
pub fn parse_beijing(text: &str) -> Option<UnixSeconds> {
    let (day, time) = text.split_once(' ').filter(|_| text.len() == BEIJING_BYTES)?;
    parse_rfc3339(&format!("{day}T{time}+08:00"))
}

/// Reads the `Date` of an HTTP answer, `Fri, 31 Dec 1999 23:59:59 GMT` (RFC 9110 section 5.6.7).
pub fn parse_http_date(text: &str) -> Option<UnixSeconds> {
    DateTime::parse_from_rfc2822(text).ok().map(|moment| UnixSeconds(moment.timestamp()))
}

/// Bytes of a moment without fractions and zone.
const BEIJING_BYTES: usize = 19;
/// Beijing is eight hours ahead, all year.
const BEIJING_S: i32 = 8 * 3_600;
/// 0000-01-01T00:00:00+08:00.
const YEAR_0: i64 = -62_167_248_000;
/// 9999-12-31T23:59:59+08:00.
const YEAR_9999: i64 = 253_402_271_999;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_beijing_time() {
        // Protocol reference G.1: 1735700000 is 10:53:20 there.
        assert_eq!(rfc3339(UnixSeconds(1_735_700_000)), "2025-01-01T10:53:20+08:00");
        assert_eq!(rfc3339(UnixSeconds(1_735_704_000)), "2025-01-01T12:00:00+08:00");
    }

    #[test]
    fn moments_that_cannot_be_written_become_the_nearest() {
        assert_eq!(rfc3339(UnixSeconds(i64::MAX)), "9999-12-31T23:59:59+08:00");
        assert_eq!(rfc3339(UnixSeconds(i64::MIN)), "0000-01-01T00:00:00+08:00");
    }

    #[test]
    fn moments_are_read_in_any_zone() {
        let expected = Some(UnixSeconds(1_735_704_000));
        for text in
            ["2025-01-01T12:00:00+08:00", "2025-01-01T04:00:00Z", "2025-01-01T04:00:00.999Z"]
        {
            assert_eq!(parse_rfc3339(text), expected, "{text}");
        }
        for bad in ["", "2025-01-01", "2025-13-01T00:00:00Z", "1735704000"] {
            assert_eq!(parse_rfc3339(bad), None, "{bad}");
        }
    }

    #[test]
    fn moments_without_a_zone_are_beijings() {
        assert_eq!(parse_beijing("2025-01-01 12:00:05"), Some(UnixSeconds(1_735_704_005)));
        for bad in [
            "",
            "2025-01-01",
            "2025-01-01T12:00:05",
            "2025-01-01 24:00:05",
            "2025-01-01 12:00:05Z",
            "2025-01-01 12:00:05.5",
            "2025-01-01  12:00:5",
        ] {
            assert_eq!(parse_beijing(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_date_of_an_answer_is_read() {
        let expected = Some(UnixSeconds(784_111_777));
        assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), expected, "RFC 9110");
        for bad in ["", "soon", "Sun, 06 Nov 1994", "784111777"] {
            assert_eq!(parse_http_date(bad), None, "{bad}");
        }
    }
}
