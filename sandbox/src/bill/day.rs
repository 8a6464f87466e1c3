//! One day in Beijing, and when its bill can be had (protocol reference B.8, "Timing").

use chrono::{Days, Months, NaiveDate};

use crate::time;

/// Beijing is eight hours ahead of UTC.
const BEIJING_OFFSET_S: i64 = 8 * 3_600;
/// How far back a bill can be asked for (B.8).
const MONTHS_MAX: Months = Months::new(3);
/// A bill is made from nine o'clock of the next day on: what it says of a refund is of that moment.
const MADE_AFTER_S: i64 = 9 * 3_600;
/// And is there for all at ten.
const READY_AFTER_S: i64 = 10 * 3_600;

/// A calendar day in Beijing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(NaiveDate);

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

/// Why there is no bill of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoBill {
    /// The day is not over.
    NotOver,
    /// The day is more than three months ago.
    TooOld,
    /// Ask again after ten.
    Creating,
}

impl Day {
    /// Reads `2025-01-01`, digit for digit.
    pub fn parse(text: &str) -> Option<Self> {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self)?;
        // A lenient parser also takes `2025-1-1`.
        (day.to_string() == text).then_some(day)
    }

    /// Reads `20250101`, which is how V2 writes a day.
    pub fn parse_digits(text: &str) -> Option<Self> {
        let day = NaiveDate::parse_from_str(text, "%Y%m%d").ok()?;
        // A lenient parser also takes years of five digits, and signs.
        (day.format("%Y%m%d").to_string() == text).then_some(Self(day))
    }

    /// The day of a moment.
    pub fn of(seconds: i64) -> Option<Self> {
        NaiveDate::parse_from_str(&time::beijing_day(seconds), "%Y%m%d").ok().map(Self)
    }

    /// Its first second.
    pub fn start(self) -> i64 {
        self.0.and_time(chrono::NaiveTime::MIN).and_utc().timestamp() - BEIJING_OFFSET_S
    }

    /// The first second after it.
    pub fn end(self) -> i64 {
        self.0.checked_add_days(Days::new(1)).map_or(i64::MAX, |next| Self(next).start())
    }

    /// Whether a moment is within it.
    pub fn has(self, seconds: i64) -> bool {
        (self.start()..self.end()).contains(&seconds)
    }

    /// When its bill is made.
    pub fn made_at(self) -> i64 {
        self.end().saturating_add(MADE_AFTER_S)
    }

    /// Whether its bill can be had at `now`.
    pub fn is_ready(self, now: i64) -> Result<(), NoBill> {
        if now < self.end() {
            return Err(NoBill::NotOver);
        }
        let oldest = Self::of(now).and_then(|today| today.0.checked_sub_months(MONTHS_MAX));
        if oldest.is_some_and(|oldest| self.0 < oldest) {
            return Err(NoBill::TooOld);
        }
        if now < self.end().saturating_add(READY_AFTER_S) {
            return Err(NoBill::Creating);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn at(text: &str) -> i64 {
        time::parse(text).unwrap()
    }

    #[test]
    fn a_day_is_read_digit_for_digit() {
        assert_eq!(Day::parse("2025-01-01"), Day::of(at("2025-01-01T23:59:59+08:00")));
        for bad in ["", "2025-1-1", "20250101", "2025-02-30", "2025-01-01 ", "+2025-01-01"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
        assert_eq!(Day::parse_digits("20250101"), Day::parse("2025-01-01"));
        for bad in ["", "2025-01-01", "2025011", "20250230", "20250101 ", "+20250101", "120250101"]
        {
            assert_eq!(Day::parse_digits(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_day_is_beijings() {
        let day = day("2025-01-01");
        assert_eq!(day.start(), at("2025-01-01T00:00:00+08:00"));
        assert_eq!(day.end(), at("2025-01-02T00:00:00+08:00"));
        assert!(day.has(day.start()) && day.has(day.end() - 1));
        assert!(!day.has(day.start() - 1) && !day.has(day.end()));
    }

    #[test]
    fn a_bill_can_be_had_from_ten_the_next_day_for_three_months() {
        for (asked, now, verdict) in [
            ("2025-01-01", "2025-01-01T10:00:00+08:00", Err(NoBill::NotOver)),
            ("2025-01-02", "2025-01-01T10:00:00+08:00", Err(NoBill::NotOver)),
            ("2025-01-01", "2025-01-02T00:00:00+08:00", Err(NoBill::Creating)),
            ("2025-01-01", "2025-01-02T09:59:59+08:00", Err(NoBill::Creating)),
            ("2025-01-01", "2025-01-02T10:00:00+08:00", Ok(())),
            ("2025-01-01", "2025-04-01T23:00:00+08:00", Ok(())),
            ("2025-01-01", "2025-04-02T00:00:00+08:00", Err(NoBill::TooOld)),
        ] {
            assert_eq!(day(asked).is_ready(at(now)), verdict, "{asked} at {now}");
        }
    }
}
