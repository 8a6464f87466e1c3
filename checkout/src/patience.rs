//! When to ask again. Every schedule of the project stands here: how often the Worker asks the
//! platform, how often the page asks the Worker.
//!
//! Each step has its own bound, and each delay is stretched by chance, so that what began together
//! does not knock together. Chance is one byte, drawn by the caller.

use serde::{Deserialize, Serialize};

use crate::time::Seconds;

/// What the Worker is waiting to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// Whether the order exists at the platform.
    ForCode,
    /// Whether anybody has paid. Notifications say so first; this is for when none comes.
    ForMoney,
    /// Whether the order is closed.
    ForClose,
    /// What the banks make of a refund that the platform works on.
    ForRefund,
    /// What became of a call about a refund, or of a refund that the platform does not show.
    ForAnswer,
    /// Money on the merchant's side to refund from.
    ForBalance,
    /// Whether anybody has paid, while a page is watching.
    ForMoneyWatched,
    /// The index, which is a copy.
    ForIndex,
}

/// Seconds before the next question, by the number of fruitless ones so far.
///
/// A shopper is looking at the page while a code is awaited, so that ladder starts tight. The
/// platform repeats a lost notification after 15, 15, 30 seconds, 3, 10, 20 minutes (protocol
/// reference C.3); the ladder for money starts after its first repeats and ends at once an hour:
/// some 40 questions in the default day, far below any published rate limit.
///
/// A refund is asked about a minute after it was applied for, then each minute, after five at
/// growing intervals (protocol reference B.6), four times a day in the end: banks take days. An
/// empty balance is filled by a person, or by the day's sales.
const FOR_CODE_S: &[i64] = &[1, 2, 3, 5, 10, 20, 30, 60, 120, 300];
const FOR_MONEY_S: &[i64] = &[30, 30, 60, 60, 120, 300, 600, 900, 1_800, 3_600];
const FOR_CLOSE_S: &[i64] = &[1, 3, 5, 10, 30, 60, 120, 300, 900, 3_600];
const FOR_REFUND_S: &[i64] =
    &[60, 60, 60, 60, 60, 120, 300, 600, 1_800, 3_600, 3_600, 7_200, 7_200, 21_600];
const FOR_BALANCE_S: &[i64] = &[60, 120, 300, 600, 1_800, 3_600];
const FOR_INDEX_S: &[i64] = &[2, 5, 15, 60, 300, 900, 3_600];

/// While a page watches, a lost notification costs a shopper's patience: ten minutes of closer looks,
/// then the same as for everybody.
const FOR_MONEY_WATCHED_S: &[i64] = &[
    10, 10, 15, 15, 20, 20, 30, 30, 30, 30, 30, 30, 60, 60, 60, 60, 60, 60, 120, 300, 600, 900,
    1_800, 3_600,
];

/// The published schedule of a shop's webhook: seconds to wait after each failed attempt. Its sum is
/// 75 hours and a half. The first steps and the last are those that Standard Webhooks recommends (its
/// specification, "Deliverability and reliability").
pub const REDELIVERY_S: [i64; 10] =
    [5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// How long to wait before an event is sent to the shop again, after `tries` earlier failures since it
/// was first sent; stretched by up to a quarter by `chance`. `None`: it is given up.
pub fn redeliver(tries: u16, chance: u8) -> Option<Seconds> {
    let step = *REDELIVERY_S.get(usize::from(tries))?;
    Some(Seconds(step + step * i64::from(chance) / 1_024))
}

/// How long to wait before asking the platform again after `tries` fruitless questions; stretched
/// by up to a quarter by `chance`.
pub fn ask_again(waiting: Waiting, tries: u16, chance: u8) -> Seconds {
    let ladder = match waiting {
        Waiting::ForCode => FOR_CODE_S,
        Waiting::ForMoney => FOR_MONEY_S,
        Waiting::ForClose => FOR_CLOSE_S,
        Waiting::ForRefund | Waiting::ForAnswer => FOR_REFUND_S,
        Waiting::ForBalance => FOR_BALANCE_S,
        Waiting::ForMoneyWatched => FOR_MONEY_WATCHED_S,
        Waiting::ForIndex => FOR_INDEX_S,
    };
    let step = ladder.get(usize::from(tries)).or_else(|| ladder.last()).copied().unwrap_or(3_600);
    Seconds(step + step * i64::from(chance) / 1_024)
}

/// How long a page waits between two polls, in milliseconds, by how long it has been watching:
/// 3 s at first, 10 s after half a minute, 30 s after three minutes, 45 s after ten; 15 % either
/// way by `chance`.
///
/// For pages that neither a socket nor a held question reaches, which are few: so this ladder is
/// there to be cheap. With everything else that a page asks, it stays under 90 requests in half an
/// hour.
pub fn poll_again_ms(watched_ms: u64, chance: u8) -> u64 {
    let base = match watched_ms {
        0..30_000 => 3_000,
        30_000..180_000 => 10_000,
        180_000..600_000 => 30_000,
        _ => 45_000,
    };
    base * (850 + u64::from(chance) * 300 / 255) / 1_000
}

/// How long a page waits after `failures` failed requests in a row, in milliseconds: anywhere up
/// to 1, 2, 4 … 30 s (full jitter), never under a quarter of a second, never under what the server
/// asked for.
pub fn retry_ms(failures: u32, retry_after_ms: Option<u64>, chance: u8) -> u64 {
    let ceiling = 1_000_u64.saturating_mul(1 << failures.saturating_sub(1).min(5)).min(30_000);
    let drawn = (ceiling * u64::from(chance) / 255).max(250);
    drawn.max(retry_after_ms.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ladder_rises_and_ends() {
        for waiting in [
            Waiting::ForCode,
            Waiting::ForMoney,
            Waiting::ForClose,
            Waiting::ForRefund,
            Waiting::ForAnswer,
            Waiting::ForBalance,
            Waiting::ForMoneyWatched,
            Waiting::ForIndex,
        ] {
            let steps: Vec<_> = (0..30).map(|tries| ask_again(waiting, tries, 0)).collect();
            assert!(steps.is_sorted(), "{waiting:?} {steps:?}");
            assert!(steps.iter().all(|step| *step >= Seconds(1)), "{waiting:?} {steps:?}");
            assert_eq!(ask_again(waiting, u16::MAX, 0), steps[29]);
        }
    }

    #[test]
    fn a_shop_is_told_again_for_more_than_a_day() {
        let waits: Vec<_> = (0..20).map_while(|tries| redeliver(tries, 0)).collect();
        assert_eq!(waits.len(), REDELIVERY_S.len());
        assert!(waits.is_sorted());
        assert!(waits.iter().map(|wait| wait.0).sum::<i64>() > 24 * 3_600);
        assert_eq!(redeliver(10, 0), None);
    }

    #[test]
    fn chance_stretches_by_a_quarter_at_most() {
        assert_eq!(ask_again(Waiting::ForMoney, 9, 0), Seconds(3_600));
        assert_eq!(ask_again(Waiting::ForMoney, 9, 255), Seconds(3_600 + 896));
    }

    #[test]
    fn a_page_asks_less_often_the_longer_it_waits() {
        assert_eq!(poll_again_ms(0, 0), 2_550);
        assert_eq!(poll_again_ms(0, 255), 3_450);
        assert_eq!(poll_again_ms(30_000, 0), 8_500);
        assert_eq!(poll_again_ms(180_000, 0), 25_500);
        assert_eq!(poll_again_ms(600_000, 0), 38_250);
        assert_eq!(poll_again_ms(u64::MAX, 255), 51_750);
    }

    #[test]
    fn errors_back_off_to_half_a_minute() {
        assert_eq!(retry_ms(1, None, 255), 1_000);
        assert_eq!(retry_ms(2, None, 255), 2_000);
        assert_eq!(retry_ms(6, None, 255), 30_000);
        assert_eq!(retry_ms(u32::MAX, None, 255), 30_000);
        assert_eq!(retry_ms(9, None, 0), 250);
        assert_eq!(retry_ms(1, Some(7_000), 3), 7_000);
    }
}
