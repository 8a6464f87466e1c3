//! Many checkouts are told something, a few at a time.
//!
//! Each answers for itself: what some of them could not do leaves the others' answers as they are.

use checkout::id::CheckoutId;
use futures_util::future::join_all;
use worker::Env;

use super::super::objects;
use super::super::shop::confused;
use crate::command::{Answer, Command, Letter};
use crate::problem::Problem;

/// Checkouts that are told at the same time. The runtime lets six calls wait for their answers.
const ABREAST: usize = 6;

/// Tells each of them, and gives their answers in the same order.
///
/// The letters are in nobody's name: a checkout that is another profile's says so itself.
pub(super) async fn tell(
    env: &Env,
    letters: Vec<(CheckoutId, Command)>,
) -> Vec<(CheckoutId, Result<Answer, Problem>)> {
    let mut answers = Vec::with_capacity(letters.len());
    let mut letters = letters.into_iter();
    loop {
        let some: Vec<_> = letters.by_ref().take(ABREAST).collect();
        if some.is_empty() {
            return answers;
        }
        let told = some.into_iter().map(async |(id, command)| {
            let letter = Letter { profile: None, command };
            let answer = objects::checkout(env, &id, &letter).await;
            (id, answer)
        });
        answers.extend(join_all(told).await);
    }
}

/// An answer that is no problem.
pub(super) fn settled(answer: Result<Answer, Problem>) -> Result<Answer, Problem> {
    match answer? {
        Answer::Problem(problem) => Err(problem),
        answer => Ok(answer),
    }
}

/// An answer to another question.
pub(super) fn other() -> Problem {
    confused()
}
