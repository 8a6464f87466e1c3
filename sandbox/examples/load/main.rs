//! Places orders at a sandbox, rightly signed, as fast as it takes them or at a fixed rate, and says
//! how many it took and how long they took. `npm run bench -- --platform-load` runs it.
//!
//! All requests are signed before the first one is sent, so that what is measured is the other
//! side. Prints its progress on stderr and one line of JSON on stdout.

mod run;
mod shots;

use clap::Parser;

use run::{Plan, report};

/// Orders signed by the thousand, sent over kept connections.
#[derive(Parser)]
struct Options {
    /// The sandbox's address, without a path
    #[arg(long)]
    url: String,
    /// How many orders to place
    #[arg(long, default_value_t = 20_000)]
    orders: usize,
    /// How many connections to use
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Orders a second, on a schedule; each one's time counts from its moment in the schedule.
    /// Without it each connection sends its next order as soon as the last one was answered
    #[arg(long)]
    rate: Option<f64>,
}

#[tokio::main]
async fn main() -> Result<(), run::Failed> {
    let Options { url, orders, connections, rate } = Options::parse();
    let report = report(Plan { url, orders, connections, rate }).await?;
    print(&report.to_string());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn print(line: &str) {
    println!("{line}");
}
