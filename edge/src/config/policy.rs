//! What a shop wants done with money at a wrong time, and how long it wants to remember.

use checkout::order::{Policies, Policy};

use super::mistake::Mistake;
use super::reader::Reader;

/// What is fixed in each checkout of a profile when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// For money that comes too late, or twice.
    pub policies: Policies,
    /// Seconds for which a checkout is kept after it has come to rest.
    pub keep_s: i64,
}

/// A month at least: bills of three months can be asked for, refunds made for a year.
const KEEP_DAYS: core::ops::RangeInclusive<i64> = 30..=3_650;

pub(super) fn rules(read: &mut Reader<'_>) -> Option<Rules> {
    let late = read.or_default("LATE_PAYMENTS", "settle", late);
    let second = read.or_default("SECOND_PAYMENTS", "hold", second);
    let keep_s = read.or_default("RETENTION_DAYS", "400", keep_s);
    Some(Rules { policies: Policies { late: late?, second: second? }, keep_s: keep_s? })
}

fn late(text: &str) -> Result<Policy, Mistake> {
    match text.trim() {
        "settle" => Ok(Policy::Settle),
        "refund" => Ok(Policy::Return),
        "hold" => Ok(Policy::Hold),
        _ => Err(Mistake::Policy { choices: "settle, refund or hold" }),
    }
}

fn second(text: &str) -> Result<Policy, Mistake> {
    let choices = "refund or hold";
    // What is paid cannot be settled once more.
    late(text).ok().filter(|policy| *policy != Policy::Settle).ok_or(Mistake::Policy { choices })
}

fn keep_s(text: &str) -> Result<i64, Mistake> {
    let days = text.trim().parse().ok().filter(|days| KEEP_DAYS.contains(days));
    days.map(|days: i64| days * 86_400).ok_or(Mistake::Number { least: 30, most: 3_650 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Rules, Vec<String>> {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut reader = Reader::new(&lookup, String::new());
        let rules = rules(&mut reader);
        rules.ok_or_else(|| reader.wrong.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_shop_that_says_nothing_settles_late_money_and_holds_second_money() {
        let policies = Policies { late: Policy::Settle, second: Policy::Hold };
        assert_eq!(read(&[]), Ok(Rules { policies, keep_s: 400 * 86_400 }));
    }

    #[test]
    fn a_shop_may_choose() {
        let told = [("LATE_PAYMENTS", "refund"), ("SECOND_PAYMENTS", "refund")];
        let policies = Policies { late: Policy::Return, second: Policy::Return };
        let with_days = [&told[..], &[("RETENTION_DAYS", "30")]].concat();
        assert_eq!(read(&with_days), Ok(Rules { policies, keep_s: 30 * 86_400 }));
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (name, value, words) in [
            ("LATE_PAYMENTS", "keep", "settle, refund or hold"),
            ("SECOND_PAYMENTS", "settle", "refund or hold"),
            ("RETENTION_DAYS", "29", "a whole number from 30 to 3650"),
        ] {
            let wrong = read(&[(name, value)]).unwrap_err();
            assert!(wrong[0].contains(name) && wrong[0].contains(words), "{wrong:?}");
        }
    }
}
