//! Tries one text after another until one has the digest that was signed, within a bound.

use sha2::{Digest, Sha256};

use super::Asked;
use super::mistakes::{Mistake, Shape, Slot};
use super::opened::Signed;

/// So many texts are tried for one refusal.
const TRIES_MAX: usize = 2_400;
/// So many bytes are digested for one refusal.
const BYTES_MAX: usize = 8 * 1_024 * 1_024;
/// Timestamps within so many seconds of the header's are tried.
const SECONDS_AROUND: i64 = 300;

/// What was signed.
pub(super) struct Hit {
    /// What was wrong, in the order of the search; empty if nothing was.
    pub(super) mistakes: Vec<(&'static str, String)>,
    /// The string.
    pub(super) message: Vec<u8>,
}

/// One string, in parts.
#[derive(Clone, Copy)]
pub(super) struct Draft<'a> {
    method: &'a [u8],
    url: &'a [u8],
    timestamp: &'a [u8],
    nonce: &'a [u8],
    body: &'a [u8],
    shape: Shape,
}

/// How much may still be tried.
struct Budget {
    tries: usize,
    bytes: usize,
}

impl<'a> Draft<'a> {
    /// The string as it should be.
    pub(super) const fn right(asked: Asked<'a>, timestamp: &'a str, nonce: &'a str) -> Self {
        Self {
            method: asked.method.as_bytes(),
            url: asked.target.as_bytes(),
            timestamp: timestamp.as_bytes(),
            nonce: nonce.as_bytes(),
            body: asked.body,
            shape: Shape::RIGHT,
        }
    }

    fn with(mut self, mistake: &'a Mistake) -> Self {
        let slot = match mistake.slot {
            Slot::Method => &mut self.method,
            Slot::Url => &mut self.url,
            Slot::Timestamp => &mut self.timestamp,
            Slot::Nonce => &mut self.nonce,
            Slot::Body => &mut self.body,
            Slot::Shape => {
                self.shape = mistake.shape;
                return self;
            }
        };
        *slot = &mistake.value;
        self
    }

    const fn part(&self, slot: Slot) -> &'a [u8] {
        match slot {
            Slot::Method => self.method,
            Slot::Url => self.url,
            Slot::Timestamp => self.timestamp,
            Slot::Nonce => self.nonce,
            Slot::Body => self.body,
            Slot::Shape => &[],
        }
    }

    /// How long all of it is.
    fn len(&self) -> usize {
        let Shape { parts, between, end } = self.shape;
        let lines: usize = parts.iter().map(|slot| self.part(*slot).len()).sum();
        lines + between.len() * parts.len().saturating_sub(1) + end.len()
    }

    /// All of it.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.len());
        for (index, slot) in self.shape.parts.iter().enumerate() {
            if index > 0 {
                bytes.extend_from_slice(self.shape.between.as_bytes());
            }
            bytes.extend_from_slice(self.part(*slot));
        }
        bytes.extend_from_slice(self.shape.end.as_bytes());
        bytes
    }
}

impl Budget {
    /// Whether a text of this length may still be tried, which is then paid for.
    const fn pays(&mut self, bytes: usize) -> bool {
        if self.tries == 0 || self.bytes < bytes {
            return false;
        }
        self.tries -= 1;
        self.bytes -= bytes;
        true
    }

    /// Whether this text was signed; never, once the budget is spent.
    fn tries(&mut self, signed: &Signed, text: &[u8]) -> bool {
        self.pays(text.len()) && signed.is_of(text)
    }

    /// The draft's text, if that was signed. Without the budget for it, it is not even written.
    fn hits(&mut self, signed: &Signed, draft: &Draft<'_>) -> Option<Vec<u8>> {
        if !self.pays(draft.len()) {
            return None;
        }
        Some(draft.bytes()).filter(|text| signed.is_of(text))
    }
}

/// Finds what was signed: nothing wrong, one mistake, two common ones, another time, or a digest
/// of a digest.
pub(super) fn search(signed: &Signed, right: Draft<'_>, mistakes: &[Mistake]) -> Option<Hit> {
    let mut budget = Budget { tries: TRIES_MAX, bytes: BYTES_MAX };
    if let Some(message) = budget.hits(signed, &right) {
        return Some(Hit { mistakes: Vec::new(), message });
    }
    let mut one_or_two = singles(mistakes).chain(pairs(mistakes));
    one_or_two
        .find_map(|chosen| {
            let draft = chosen.iter().fold(right, |draft, mistake| draft.with(mistake));
            let message = budget.hits(signed, &draft)?;
            let named = |mistake: &&Mistake| (mistake.name, mistake.words.clone());
            Some(Hit { mistakes: chosen.iter().map(named).collect(), message })
        })
        .or_else(|| twice(signed, right, &mut budget))
        .or_else(|| other_times(signed, right, &mut budget))
}

fn singles(mistakes: &[Mistake]) -> impl Iterator<Item = Vec<&Mistake>> {
    mistakes.iter().map(|mistake| vec![mistake])
}

/// Pairs of common mistakes in different parts.
fn pairs(mistakes: &[Mistake]) -> impl Iterator<Item = Vec<&Mistake>> {
    let common = || mistakes.iter().filter(|mistake| mistake.is_common).enumerate();
    common().flat_map(move |(index, one)| {
        let others = common().skip(index + 1).map(|(_, other)| other);
        others.filter(|other| other.slot != one.slot).map(move |other| vec![one, other])
    })
}

/// A digest was made by hand and then signed as if it were the text.
fn twice(signed: &Signed, right: Draft<'_>, budget: &mut Budget) -> Option<Hit> {
    let message = right.bytes();
    let digest = Sha256::digest(&message);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let upper = hex.to_ascii_uppercase();
    let texts = [digest.as_slice(), hex.as_bytes(), upper.as_bytes()];
    texts.into_iter().any(|text| budget.tries(signed, text)).then(|| {
        let words = "The string was digested before it was given to a function that digests by \
                     itself. Give the string itself to the signing function.";
        Hit { mistakes: vec![("hashed-twice", words.to_owned())], message }
    })
}

/// The same string with another time: some seconds away, or with milliseconds.
fn other_times(signed: &Signed, right: Draft<'_>, budget: &mut Budget) -> Option<Hit> {
    let said: i64 = std::str::from_utf8(right.timestamp).ok()?.parse().ok()?;
    let near = (1..=SECONDS_AROUND)
        .flat_map(|by| [said - by, said + by])
        .map(|time| (time.to_string(), "timestamp-other", "was signed, but the header says"));
    let fine = (0..1_000).map(|ms| {
        let words = "in milliseconds was signed, but the header says, in seconds,";
        (format!("{said}{ms:03}"), "timestamp-in-milliseconds", words)
    });
    for (time, name, words) in near.chain(fine) {
        let draft = Draft { timestamp: time.as_bytes(), ..right };
        if let Some(message) = budget.hits(signed, &draft) {
            let words = format!(
                "The timestamp {time} {words} {said}. Take the time once, and use the same text in \
                 both places."
            );
            return Some(Hit { mistakes: vec![(name, words)], message });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::mistakes;
    use super::super::opened::Algorithm;
    use super::*;

    /// Nobody's digest, so that the search goes on to its end.
    fn searched(method: &str, target: &str, body: &[u8]) -> (usize, usize) {
        let asked = Asked { method, target, body, authorization: None, host: None };
        let all = mistakes::all(asked, "nonce");
        let bytes = all.iter().map(|mistake| mistake.value.len()).sum();
        let signed = Signed::Digest(Algorithm::Sha256, vec![0; 32]);
        assert!(search(&signed, Draft::right(asked, "1735700000", "nonce"), &all).is_none());
        (all.len(), bytes)
    }

    #[test]
    fn a_draft_is_as_long_as_it_says() {
        let asked = Asked {
            method: "GET",
            target: "/v3/a?b=c",
            body: b"",
            authorization: None,
            host: Some("x"),
        };
        let right = Draft::right(asked, "1735700000", "nonce");
        for mistake in mistakes::all(asked, "nonce") {
            let draft = right.with(&mistake);
            assert_eq!(draft.len(), draft.bytes().len(), "{mistake:?}");
        }
    }

    #[test]
    fn what_a_body_may_cost_is_bounded() {
        // Indented by four, each of these numbers takes four hundred bytes.
        let deep = format!("{}{}{}", "[".repeat(100), vec!["1"; 8_000].join(","), "]".repeat(100));
        let texts = [deep, format!("\"{}\"", "茶".repeat(5_000)), "x".repeat(256 * 1_024)];
        for body in texts {
            let (count, bytes) = searched("POST", "/v3/x", body.as_bytes());
            assert!(count < 200 && bytes < 8 * 1_024 * 1_024, "{count} mistakes of {bytes} bytes");
        }
    }
}
