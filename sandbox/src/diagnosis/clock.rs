//! A timestamp that is too far from the platform's clock, or none at all.

use super::Finding;

/// How far it may be, either way (protocol reference A.2).
const SKEW_MAX_S: u64 = 5 * 60;
/// Zones are whole hours, or a half or a quarter more.
const QUARTER_S: u64 = 15 * 60;
/// What a slow call may add to a difference of zones.
const ZONE_SLACK_S: u64 = 60;

/// What is wrong with it, if something is; `now` is the wall clock.
pub(super) fn trouble(timestamp: &str, now: i64) -> Option<Finding> {
    let Some(said) = timestamp.parse::<i64>().ok().filter(|_| !timestamp.starts_with('+')) else {
        let shown: String = timestamp.chars().take(40).collect();
        let words = format!(
            "The timestamp {shown:?} is not a whole number. Send the seconds since 1970-01-01 UTC \
             as decimal digits, for example \"{now}\"."
        );
        return Some(Finding::new("timestamp-not-a-number", words));
    };
    let far = said.abs_diff(now);
    if far <= SKEW_MAX_S {
        return None;
    }
    for (unit, per_second) in [("milliseconds", 1_000), ("microseconds", 1_000_000)] {
        if (said / per_second).abs_diff(now) <= SKEW_MAX_S {
            let words =
                format!("The timestamp {said} counts {unit}; send seconds: {}.", said / per_second);
            return Some(Finding::new("timestamp-in-milliseconds", words));
        }
    }
    let which = if said < now { "behind" } else { "ahead of" };
    let mut words = format!(
        "The timestamp {said} is {far} seconds {which} the sandbox's clock ({now}); up to \
         {SKEW_MAX_S} are allowed. Take the time when you sign, and set your machine's clock."
    );
    let off_zone = far % QUARTER_S;
    if far <= 14 * 3_600 && off_zone.min(QUARTER_S - off_zone) <= ZONE_SLACK_S {
        words.push_str(" It looks like a difference of time zones: a Unix timestamp has none.");
    }
    words.push_str(" The business clock has no say here: signatures go by the wall clock.");
    Some(Finding::new("clock-too-far", words))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_735_700_000;

    #[test]
    fn a_clock_is_off_by_so_many_seconds_and_in_a_direction() {
        assert_eq!(trouble("1735700300", NOW), None);
        assert_eq!(trouble("1735699700", NOW), None);
        for (timestamp, name, words) in [
            ("1735700301", "clock-too-far", "301 seconds ahead of"),
            ("1735699699", "clock-too-far", "301 seconds behind"),
            ("1735728800", "clock-too-far", "time zones"),
            ("1735700000123", "timestamp-in-milliseconds", "1735700000."),
            ("1735700000123456", "timestamp-in-milliseconds", "microseconds"),
            ("soon", "timestamp-not-a-number", "\"soon\""),
            ("1735700000.5", "timestamp-not-a-number", "whole number"),
            ("+1735700000", "timestamp-not-a-number", "decimal digits"),
            ("-9223372036854775808", "clock-too-far", "behind"),
        ] {
            let found = trouble(timestamp, NOW).unwrap();
            assert_eq!(found.name, name);
            assert!(found.words.contains(words), "{}", found.words);
        }
        assert!(!trouble("1735700301", NOW).unwrap().words.contains("zones"));
    }
}
