//! Lives through days from the command line.

use std::process::ExitCode;

use simulation::planted::Planted;
use simulation::run::{day, days, replay};

/// What is wanted.
struct Wish {
    seeds: std::ops::Range<u64>,
    trace: bool,
    planted: Option<Planted>,
    threads: usize,
}

const USAGE: &str = "simulation [--seeds A..B | --seed N [--trace]] [--planted NAME] [--threads N]";

fn main() -> ExitCode {
    let Some(wish) = read(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let Wish { seeds, trace, planted, threads } = wish;
    if seeds.end == seeds.start + 1 {
        let day = day(seeds.start, planted, trace);
        println!("{} steps", day.coverage.steps);
        return tell(seeds.start, day.breach, planted);
    }
    let began = started();
    let all = days(seeds, planted, threads);
    let seconds = began();
    println!("{}", simulation::report::table(&all, seconds));
    match all.broken.into_iter().next() {
        Some((seed, breach)) => tell(seed, Some(breach), planted),
        None => ExitCode::SUCCESS,
    }
}

fn tell(
    seed: u64,
    breach: Option<simulation::world::Breach>,
    planted: Option<Planted>,
) -> ExitCode {
    match breach {
        Some(breach) => {
            println!("seed {seed}: {}: {}\n  {}", breach.name, breach.found, replay(seed, planted));
            ExitCode::FAILURE
        }
        None => {
            println!("seed {seed}: all is well");
            ExitCode::SUCCESS
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long it took is not part of any day")]
fn started() -> impl Fn() -> f64 {
    let began = std::time::Instant::now();
    move || began.elapsed().as_secs_f64()
}

fn read(mut words: impl Iterator<Item = String>) -> Option<Wish> {
    let mut wish = Wish { seeds: 0..10_000, trace: false, planted: None, threads: 2 };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--trace" => wish.trace = true,
            "--seed" => {
                let seed: u64 = words.next()?.parse().ok()?;
                wish.seeds = seed..seed + 1;
            }
            "--seeds" => {
                let span = words.next()?;
                let (from, to) = span.split_once("..")?;
                wish.seeds = from.parse().ok()?..to.parse().ok()?;
            }
            "--planted" => wish.planted = Some(Planted::called(&words.next()?)?),
            "--threads" => wish.threads = words.next()?.parse().ok()?,
            _ => return None,
        }
    }
    Some(wish)
}
