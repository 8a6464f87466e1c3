//! A bill's day, in Beijing's calendar. Only whether it exists is decided here: whether its bill is
//! ready, or ever will be, is the platform's answer.

use core::fmt;

use chrono::NaiveDate;

/// A real day of the calendar, written `yyyy-MM-dd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
