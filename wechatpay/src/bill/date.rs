//! A bill's day, in Beijing's calendar. Only whether it exists is decided here: whether its bill is
//! ready, or ever will be, is the platform's answer.

use core::fmt;

use checkout::time::{Seconds, UnixSeconds};
use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

/// A real day of the calendar, written `yyyy-MM-dd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BillDate(NaiveDate);

/// The text is no day written `yyyy-MM-dd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDate;

impl BillDate {
    /// Reads `yyyy-MM-dd`, digits and hyphens only.
    pub fn parse(text: &str) -> Result<Self, BadDate> {
        let [a, b, c, d, b'-', e, f, b'-', g, h] = text.as_bytes() else { return Err(BadDate) };
        let number = |digits: &[&u8]| {
            digits.iter().try_fold(0_u32, |sum, &&digit| {
                digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0'))
            })
        };
        let year = number(&[a, b, c, d]).and_then(|year| i32::try_from(year).ok());
        let (month, day) = (number(&[e, f]), number(&[g, h]));
        year.zip(month.zip(day))
            .and_then(|(year, (month, day))| NaiveDate::from_ymd_opt(year, month, day))
            .map_or(Err(BadDate), |date| Ok(Self(date)))
    }

    /// The day that a moment belongs to; none beyond the calendar.
    pub fn of(moment: UnixSeconds) -> Option<Self> {
        let there = (moment + BEIJING_AHEAD).0;
        DateTime::from_timestamp(there, 0).map(|moment| Self(moment.date_naive()))
    }

    /// Its first second.
    pub fn begins(self) -> UnixSeconds {
        let midnight = self.0.and_time(NaiveTime::MIN).and_utc().timestamp();
        UnixSeconds(midnight.saturating_sub(BEIJING_AHEAD.0))
    }

    /// The first second after it.
    pub fn ends(self) -> UnixSeconds {
        self.begins() + Seconds::days(1)
    }

    /// The day after.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add_days(Days::new(1)).map(Self)
    }

    /// The day before.
    pub fn previous(self) -> Option<Self> {
        self.0.checked_sub_days(Days::new(1)).map(Self)
    }

    /// The same day of the month so many `months` ago, or that month's last.
    pub fn months_ago(self, months: u32) -> Option<Self> {
        self.0.checked_sub_months(Months::new(months)).map(Self)
    }
}

/// Beijing is eight hours ahead of UTC, all year.
const BEIJING_AHEAD: Seconds = Seconds::hours(8);

impl TryFrom<String> for BillDate {
    type Error = BadDate;

    fn try_from(text: String) -> Result<Self, BadDate> {
        Self::parse(&text)
    }
}

impl From<BillDate> for String {
    fn from(date: BillDate) -> Self {
        date.to_string()
    }
}

impl fmt::Display for BillDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for BadDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date is a day of the calendar, written yyyy-MM-dd")
    }
}

impl core::error::Error for BadDate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_days_are_written_as_they_were_read() {
        for text in ["2025-01-01", "2024-02-29", "1999-12-31", "0001-01-01", "9999-12-31"] {
            assert_eq!(BillDate::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_day_is_beijings_from_its_first_second_to_its_last() {
        let day = BillDate::parse("2025-01-01").unwrap();
        // 2024-12-31T16:00:00Z.
        assert_eq!((day.begins().0, day.ends().0), (1_735_660_800, 1_735_747_200));
        for (moment, expected) in [
            (1_735_660_799, "2024-12-31"),
            (1_735_660_800, "2025-01-01"),
            (1_735_747_199, "2025-01-01"),
            (1_735_747_200, "2025-01-02"),
        ] {
            assert_eq!(BillDate::of(UnixSeconds(moment)).unwrap().to_string(), expected);
        }
        assert_eq!(BillDate::of(UnixSeconds(i64::MAX)), None);
    }

    #[test]
    fn days_follow_the_calendar() {
        let day = |text| BillDate::parse(text).unwrap();
        assert_eq!(day("2024-02-28").next(), Some(day("2024-02-29")));
        assert_eq!(day("2025-01-01").previous(), Some(day("2024-12-31")));
        assert_eq!(day("2025-05-31").months_ago(3), Some(day("2025-02-28")));
        assert_eq!(day("2025-01-15").months_ago(3), Some(day("2024-10-15")));
    }

    #[test]
    fn impossible_days_and_other_spellings_are_refused() {
        for text in [
            "",
            "2025-02-29",
            "2025-00-01",
            "2025-13-01",
            "2025-01-00",
            "2025-04-31",
            "2025-1-1",
            "20250101",
            "2025/01/01",
            "2025-01-01 ",
            " 2025-01-0",
            "+025-01-01",
            "-025-01-01",
            "2025-01-01T00:00:00",
            "２025-01-01",
            "2025-01-0１",
            "yyyy-MM-dd",
        ] {
            assert_eq!(BillDate::parse(text), Err(BadDate), "{text}");
        }
    }
}
