//! Chance, all of it out of one seed.

use std::cell::Cell;

/// SplitMix64: small, and good enough that neighbouring seeds have nothing in common.
pub struct Dice(Cell<u64>);

impl Dice {
    /// The dice of `seed`.
    pub const fn of(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(0x1234_5678)))
    }

    /// Any number.
    pub fn draw(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0, less than `bound`.
    pub fn below(&self, bound: usize) -> usize {
        usize::try_from(self.draw() >> 33).unwrap_or(0) % bound
    }

    /// A number from `from`, less than `to`.
    pub fn between(&self, from: i64, to: i64) -> i64 {
        let span = u64::try_from(to - from).unwrap_or(1).max(1);
        from + i64::try_from((self.draw() >> 8) % span).unwrap_or(0)
    }

    /// True in so many of a thousand cases.
    pub fn permille(&self, rate: u16) -> bool {
        rate > 0 && self.below(1_000) < usize::from(rate)
    }

    /// True in one of so many cases.
    pub fn one_in(&self, cases: usize) -> bool {
        self.below(cases) == 0
    }

    /// One of these.
    pub fn one_of<'a, T>(&self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// One of these words.
    pub fn word(&self, choices: &[&'static str]) -> &'static str {
        choices[self.below(choices.len())]
    }

    /// Sixteen bytes.
    pub fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.draw().to_le_bytes());
        bytes[8..].copy_from_slice(&self.draw().to_le_bytes());
        bytes
    }
}
