//! Which days can be reconciled, and from when on.
//!
//! A day is Beijing's, whoever asks. Its bill is made from nine o'clock of the next morning on, and
//! WeChat Pay wants to be asked after ten; it keeps bills for three months (protocol reference B.8,
//! "Timing").

use checkout::time::{Seconds, UnixSeconds};
use wechatpay::bill::date::BillDate;

use crate::problem::{Code, Problem};

/// How long after the end of a day its bill is asked for: until ten o'clock.
const READY_AFTER: Seconds = Seconds::hours(10);

/// How far back the platform has bills.
const MONTHS_MAX: u32 = 3;

/// How many days back are made up for after the timer was away; older ones have to be asked for by
/// hand.
const DAYS_MADE_UP_MAX: usize = 14;

/// When the bill of a day can be asked for.
pub fn ready_at(day: BillDate) -> UnixSeconds {
    day.ends() + READY_AFTER
}

/// The day that stands in a path.
pub fn named(text: &str) -> Result<BillDate, Problem> {
    BillDate::parse(text).map_err(|bad| Problem::new(Code::InvalidRequest, format!("date: {bad}")))
}

/// Whether a day can be reconciled now.
pub fn askable(day: BillDate, now: UnixSeconds) -> Result<(), Problem> {
    let today = BillDate::of(now);
    let oldest = today.and_then(|today| today.months_ago(MONTHS_MAX));
    if oldest.is_some_and(|oldest| day < oldest) {
        let detail = "date: WeChat Pay keeps the bills of three months";
        return Err(Problem::new(Code::InvalidRequest, detail));
    }
    if now < day.begins() {
        return Err(Problem::new(Code::InvalidRequest, "date: that day has not come yet"));
    }
    let wait = ready_at(day) - now;
    if wait > Seconds(0) {
        let detail = "a day is reconciled from ten o'clock of the morning after, in Beijing";
        let wait_s = u32::try_from(wait.0).unwrap_or(u32::MAX);
        return Err(Problem::new(Code::BillNotReady, detail).retry_after(wait_s));
    }
    Ok(())
}

/// The days that nobody has to ask for: the newest whose bill can be had, and those before it that
/// are not among the `known` ones but younger than one of them, oldest first.
pub fn due(known: &[BillDate], now: UnixSeconds) -> Vec<BillDate> {
    let yesterday = BillDate::of(now).and_then(BillDate::previous);
    let newest =
        yesterday.and_then(|day| if ready_at(day) <= now { Some(day) } else { day.previous() });
    // Where nothing was ever begun, there is nothing to make up for.
    let begun = known.iter().min().copied().or(newest);
    let back = core::iter::successors(newest, |day| day.previous()).take(DAYS_MADE_UP_MAX);
    let since = back.take_while(|day| begun.is_some_and(|begun| *day >= begun));
    let mut days: Vec<_> = since.filter(|day| !known.contains(day)).collect();
    days.reverse();
    days
}

#[cfg(test)]
mod tests {
    use wechatpay::moment::parse_rfc3339;

    use super::*;

    fn at(text: &str) -> UnixSeconds {
        parse_rfc3339(text).unwrap()
    }

    fn day(text: &str) -> BillDate {
        BillDate::parse(text).unwrap()
    }

    #[test]
    fn a_day_can_be_asked_for_from_ten_of_the_next_morning_for_three_months() {
        for (asked, now, code) in [
            ("2025-01-01", "2025-01-02T10:00:00+08:00", None),
            ("2025-01-01", "2025-01-02T09:59:59+08:00", Some(Code::BillNotReady)),
            ("2025-01-02", "2025-01-02T23:59:59+08:00", Some(Code::BillNotReady)),
            ("2025-01-03", "2025-01-02T23:59:59+08:00", Some(Code::InvalidRequest)),
            ("2025-01-01", "2025-04-01T23:59:59+08:00", None),
            ("2025-01-01", "2025-04-02T00:00:00+08:00", Some(Code::InvalidRequest)),
        ] {
            let found = askable(day(asked), at(now)).err().map(|problem| problem.code);
            assert_eq!(found, code, "{asked} at {now}");
        }
    }

    #[test]
    fn whoever_comes_too_early_hears_how_long_it_takes() {
        let problem = askable(day("2025-01-01"), at("2025-01-02T09:00:00+08:00")).unwrap_err();
        assert_eq!(problem.retry_after_s, Some(3_600));
        assert!(named("2025-1-1").unwrap_err().detail.starts_with("date: a date is a day"));
    }

    #[test]
    fn the_first_morning_begins_with_one_day() {
        assert_eq!(due(&[], at("2025-01-10T10:00:00+08:00")), [day("2025-01-09")]);
        assert_eq!(due(&[], at("2025-01-10T09:59:59+08:00")), [day("2025-01-08")]);
    }

    #[test]
    fn a_day_is_due_once_and_a_missed_one_is_made_up_for() {
        let ten = at("2025-01-10T10:00:00+08:00");
        let days = |numbers: &[&str]| -> Vec<_> {
            numbers.iter().map(|number| day(&format!("2025-01-{number}"))).collect()
        };
        assert_eq!(due(&days(&["09"]), ten), []);
        assert_eq!(due(&days(&["06"]), ten), days(&["07", "08", "09"]));
        // Somebody has asked for the newest by hand: those between are no less missed.
        assert_eq!(due(&days(&["09", "06"]), ten), days(&["07", "08"]));
        assert_eq!(due(&[day("2024-06-01")], ten).len(), DAYS_MADE_UP_MAX);
        // A clock that was set back finds days that are done.
        assert_eq!(due(&[day("2025-02-01")], ten), []);
    }
}
