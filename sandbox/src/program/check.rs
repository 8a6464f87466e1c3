//! `check`: whether a sandbox answers, for a container's health and for scripts that wait.

use axum::http::Method;

use super::failure::Failure;
use super::options::Target;
use super::say;
use super::wire::{Question, ask};

/// Fails unless the sandbox answers as one.
pub(crate) async fn check(at: Target) -> Result<(), Failure> {
    let question = Question {
        method: Method::GET,
        base: &at.url,
        target: "/sandbox/clock",
        headers: &[],
        body: String::new(),
    };
    let answer = ask(question).await?;
    let is_ours = serde_json::from_slice::<serde_json::Value>(&answer.body)
        .is_ok_and(|clock| clock.get("advanced_s").is_some_and(serde_json::Value::is_i64));
    if !answer.status.is_success() || !is_ours {
        let words = format!("{} answers {}, but not as a sandbox", at.url, answer.status);
        return Err(Failure::Call(words));
    }
    say(&format!("{} answers", at.url));
    Ok(())
}
