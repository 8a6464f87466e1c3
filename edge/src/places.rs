//! The two places that an open unpaid catalogue session takes: one of its address's, one of all.
//!
//! A place is held under the checkout's id, so a repeat may find that it is held already. What a
//! request did not take it never gives back: the place may be that of a session which is open.

use checkout::id::CheckoutId;

use crate::command::{Opening, QuotaAnswer, QuotaCommand, Source};
use crate::problem::{Code, Problem};

/// The quotas, each under its name.
pub trait Quotas {
    /// What the quota `name` answers.
    fn ask(
        &self,
        name: &str,
        command: &QuotaCommand,
    ) -> impl Future<Output = Result<QuotaAnswer, Problem>>;
}

/// How many places there are.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// For one address.
    pub per_address: u32,
    /// Altogether.
    pub altogether: u32,
}

/// The quotas that count a session opened from `address`.
pub fn quotas(address: &str) -> [String; 2] {
    [format!("address:{address}"), "deployment".to_owned()]
}

/// The places that one request has taken, and that nobody held before.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    id: CheckoutId,
    names: Vec<String>,
}

impl Taken {
    /// Takes both places, or none. After a failure half-way, what was taken is given back.
    pub async fn reserve(
        quotas: &impl Quotas,
        opening: &Opening,
        bounds: Bounds,
    ) -> Result<Self, Problem> {
        let mut taken = Self { id: opening.id.clone(), names: Vec::new() };
        match taken.reserve_all(quotas, opening, bounds).await {
            Ok(()) => Ok(taken),
            Err(problem) => {
                taken.release(quotas).await;
                Err(problem)
            }
        }
    }

    async fn reserve_all(
        &mut self,
        quotas: &impl Quotas,
        opening: &Opening,
        bounds: Bounds,
    ) -> Result<(), Problem> {
        let Source::Catalogue { address, .. } = &opening.source else {
            return Err(Problem::new(Code::Internal, "only pages take places"));
        };
        let bounds = [bounds.per_address, bounds.altogether];
        for (name, places_max) in self::quotas(address).into_iter().zip(bounds) {
            let (id, lifetime_s) = (opening.id.clone(), opening.lifetime_s);
            let command = QuotaCommand::Reserve { id, lifetime_s, places_max };
            match quotas.ask(&name, &command).await? {
                QuotaAnswer::Taken => self.names.push(name),
                QuotaAnswer::Held => {}
                QuotaAnswer::Full { retry_after_s } => return Err(full(retry_after_s)),
                QuotaAnswer::Released => {
                    let detail = "a quota gave the answer to another question";
                    return Err(Problem::new(Code::Internal, detail));
                }
            }
        }
        Ok(())
    }

    /// Gives them back. A place that cannot be given back now frees itself at the deadline.
    pub async fn release(&self, quotas: &impl Quotas) {
        for name in &self.names {
            let command = QuotaCommand::Release { id: self.id.clone() };
            quotas.ask(name, &command).await.ok();
        }
    }
}

fn full(retry_after_s: u32) -> Problem {
    let detail = "too many unpaid sessions are open; pay one or let one expire";
    Problem::new(Code::TooManySessions, detail).retry_after(retry_after_s)
}

#[cfg(test)]
mod tests;
