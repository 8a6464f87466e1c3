//! The tables of what was seen.

use std::fmt::Write as _;

use crate::run::Days;

/// Everything, in plain lines.
pub fn table(days: &Days, seconds: f64) -> String {
    let coverage = &days.coverage;
    let mut text = String::new();
    let steps = coverage.steps;
    let rate = if seconds > 0.0 { steps as f64 / seconds } else { 0.0 };
    let _ = writeln!(
        text,
        "{} days, {steps} steps, {seconds:.1} s, {rate:.0} steps a second",
        days.lived
    );
    for what in ["orders paid", "orders paid late", "orders with money set aside"] {
        let share = 100.0 * coverage.marked(what) as f64 / coverage.marked("orders").max(1) as f64;
        let _ = writeln!(text, "  {what}: {share:.2} % of {}", coverage.marked("orders"));
    }
    let mut section = |title: &str, rows: Vec<(String, u64)>| {
        let _ = writeln!(text, "{title}");
        for (name, count) in rows {
            let _ = writeln!(text, "  {name:<44} {count:>10}");
        }
    };
    let pair =
        |((a, b), count): (&(&'static str, &'static str), &u64)| (format!("{a} × {b}"), *count);
    section("faults", coverage.faults.iter().map(|(it, n)| (format!("{it:?}"), *n)).collect());
    let cells = coverage.cells.iter();
    let cells = cells.map(|((api, a, b), count)| (format!("{api}: {a} × {b}"), *count));
    section("state × report", cells.collect());
    section("crash points", coverage.crash_points.iter().map(pair).collect());
    section("seen", coverage.marks.iter().map(|(it, n)| ((*it).to_owned(), *n)).collect());
    text
}
