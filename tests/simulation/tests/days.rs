//! Ten thousand days, or a million: every promise is kept, every place was seen, every planted bug is
//! caught. Optimised only (`--profile simulation`): otherwise it takes minutes.

use simulation::coverage::{CELLS, CRASH_POINTS, Coverage, MARKS, RARE, SHARES};
use simulation::planted::Planted;
use simulation::report::table;
use simulation::run::{Days, days, replay};
use simulation::weather::Fault;

/// Days in `npm test`, and in `npm run soak`.
const DAYS: u64 = 10_000;
const DAYS_OF_A_SOAK: u64 = 1_000_000;

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn soaks() -> bool {
    std::env::var("SAOMA_SOAK").is_ok_and(|word| word == "1")
}

#[expect(clippy::disallowed_methods, reason = "how long it took is not part of any day")]
fn live(seeds: u64, planted: Option<Planted>) -> (Days, f64) {
    let began = std::time::Instant::now();
    let all = days(0..seeds, planted, threads());
    (all, began.elapsed().as_secs_f64())
}

#[test]
fn a_hundred_days_keep_every_promise() {
    let (all, _) = live(100, None);
    assert!(all.broken.is_empty(), "{:?}", all.broken);
}

#[test]
#[ignore = "npm test runs it, optimised"]
fn ten_thousand_days_keep_every_promise_and_see_every_place() {
    let (all, seconds) = live(if soaks() { DAYS_OF_A_SOAK } else { DAYS }, None);
    println!("{}", table(&all, seconds));
    if let Some((seed, breach)) = all.broken.first() {
        panic!("seed {seed}: {}: {}\n  {}", breach.name, breach.found, replay(*seed, None));
    }
    let unseen = unseen(&all.coverage);
    assert!(unseen.is_empty(), "too seldom seen:\n{}", unseen.join("\n"));
}

/// What was seen too seldom, in words.
fn unseen(coverage: &Coverage) -> Vec<String> {
    /// Times in [`DAYS`] days that each of them must have been seen: far below what is usual, so that
    /// only a place that is lost shows.
    const FLOOR: u64 = 5;
    let mut found = Vec::new();
    for fault in Fault::ALL {
        let seen = coverage.faults.get(&fault).copied().unwrap_or(0);
        if seen < 4 * FLOOR {
            found.push(format!("{fault:?}: {seen}"));
        }
    }
    for cell @ (state, report) in CELLS {
        let of = |api| coverage.cells.get(&(api, *state, *report)).copied().unwrap_or(0);
        let (v3, v2) = (of("v3"), of("v2"));
        let is_rare = RARE.contains(cell);
        if v3.min(v2) < FLOOR && (!is_rare || v3 + v2 < FLOOR) {
            found.push(format!("{state} × {report}: {v3} by APIv3, {v2} by V2"));
        }
    }
    for what in MARKS {
        let seen = coverage.marked(what);
        if seen < FLOOR {
            found.push(format!("{what}: {seen}"));
        }
    }
    for point in CRASH_POINTS {
        let seen = coverage.crash_points.get(point).copied().unwrap_or(0);
        if seen < FLOOR {
            found.push(format!("a crash of {} at {}: {seen}", point.0, point.1));
        }
    }
    for (what, per_mille) in SHARES {
        let share = 1_000 * coverage.marked(what) / coverage.marked("orders").max(1);
        if share < *per_mille {
            found.push(format!("{what}: {share} of a thousand orders, not {per_mille}"));
        }
    }
    found
}

#[test]
#[ignore = "npm test runs it, optimised"]
fn every_planted_bug_is_caught() {
    let mut missed = Vec::new();
    for planted in Planted::ALL {
        let (all, _) = live(DAYS, Some(planted));
        match all.broken.first() {
            Some((seed, breach)) => println!("planted {planted:?}: seed {seed}, {}", breach.name),
            None => missed.push(planted),
        }
    }
    assert!(missed.is_empty(), "nobody noticed: {missed:?}");
}
