//! Moments as the platform writes them: RFC 3339 in China time. A reading of its own, so that a slip
//! in ours would show.

const DAY_S: i64 = 86_400;
const CHINA_S: i64 = 8 * 3_600;

/// `2018-06-08T10:34:56+08:00`.
pub fn written(unix_s: i64) -> String {
    let local = unix_s + CHINA_S;
    let (days, second) = (local.div_euclid(DAY_S), local.rem_euclid(DAY_S));
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+08:00")
}

/// The moment in such a text; `None` where it has another shape.
pub fn read(text: &str) -> Option<i64> {
    let local = text.strip_suffix("+08:00")?;
    let number = |from: usize, to: usize| local.get(from..to)?.parse::<i64>().ok();
    let days = days_before(number(0, 4)?, number(5, 7)?) + number(8, 10)? - 1;
    let second = number(11, 13)? * 3_600 + number(14, 16)? * 60 + number(17, 19)?;
    Some(days * DAY_S + second - CHINA_S)
}

/// `20180608103456`, as V2 writes them.
pub fn digits(unix_s: i64) -> String {
    written(unix_s)[..19].chars().filter(char::is_ascii_digit).collect()
}

/// The moment in fourteen such digits.
pub fn of_digits(text: &str) -> Option<i64> {
    if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| &text[from..to];
    let (date, time) = ((part(0, 4), part(4, 6), part(6, 8)), &text[8..]);
    let (year, month, day) = date;
    let (hour, minute, second) = (&time[..2], &time[2..4], &time[4..]);
    read(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}+08:00"))
}

/// `2018-06-08 10:34:56`, as V2 writes them of refunds.
pub fn spaced(unix_s: i64) -> String {
    written(unix_s)[..19].replace('T', " ")
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days between 1970 and the first of that month.
fn days_before(year: i64, month: i64) -> i64 {
    let years: i64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    years + (1..month).map(|month| days_of(year, month)).sum::<i64>()
}

fn date(mut days: i64) -> (i64, i64, i64) {
    let mut year = 1970;
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let mut month = 1;
    while days >= days_of(year, month) {
        days -= days_of(year, month);
        month += 1;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_reference() {
        // date -u -d 2018-06-08T10:34:56+08:00 +%s
        assert_eq!(read("2018-06-08T10:34:56+08:00"), Some(1_528_425_296));
        for text in ["2018-06-08T10:34:56+08:00", "2024-02-29T00:00:00+08:00"] {
            assert_eq!(read(text).map(written).as_deref(), Some(text));
        }
        assert_eq!(read("2018-06-08T10:34:56Z"), None);
        assert_eq!(of_digits("20180608103456"), Some(1_528_425_296));
        assert_eq!(digits(1_528_425_296), "20180608103456");
        assert_eq!(spaced(1_528_425_296), "2018-06-08 10:34:56");
        assert_eq!(of_digits("2018060810345x"), None);
    }
}
