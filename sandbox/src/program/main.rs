//! The program: what a person or a script types.
//!
//! Without a verb it serves. [`options`] is what can be typed, [`start`] brings a sandbox up and
//! [`greeting`] says how to use it; [`call`] and [`check`] are the other end of the wire, for a
//! shell and for a container.

mod call;
mod check;
mod failure;
mod greeting;
mod options;
mod start;
mod wire;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use sandbox::control::merchants::listed;
use sandbox::merchant::Credentials;
use serde::Serialize;

use self::failure::Failure;
use self::options::{Command, Kept, Verb};

#[expect(clippy::print_stderr, reason = "a program's last words go to the terminal")]
fn main() -> ExitCode {
    let command = Command::parse();
    let outcome = match command.verb {
        None => running(start::serve_until_told(command.serve)),
        Some(Verb::Serve(options)) => running(start::serve_until_told(options)),
        Some(Verb::Merchants(kept)) => print_merchants(&kept),
        Some(Verb::Credentials { state }) => {
            print_credentials(Kept { state: Some(state), merchants: None })
        }
        Some(Verb::Call(options)) => running(call::call(options)),
        Some(Verb::Check(target)) => running(check::check(target)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("saoma-sandbox: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn running(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::Runtime)?
        .block_on(work)
}

fn print_merchants(kept: &Kept) -> Result<(), Failure> {
    print_pretty(&listed(&start::credentials(kept)?))
}

fn print_credentials(kept: Kept) -> Result<(), Failure> {
    let credentials: Credentials = start::credentials(&kept)?;
    print_pretty(&credentials)
}

#[expect(clippy::print_stdout, reason = "this is what the verbs are for")]
fn print_pretty(value: &impl Serialize) -> Result<(), Failure> {
    println!("{}", serde_json::to_string_pretty(value).map_err(Failure::Unwritable)?);
    Ok(())
}

/// Tells whoever started us; that they may have closed the pipe is no reason to end.
fn say(words: &str) {
    let _ = writeln!(std::io::stdout(), "saoma-sandbox: {words}");
}
