//! Telling the shop: what is sent to its webhook, where to, and how it is proven to be ours.
//!
//! The shape is that of Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks), so
//! that a shop verifies with a package of its own ecosystem instead of code of ours. Here stands
//! what a letter says and what an answer means; when it is sent again is a schedule
//! (`checkout::patience`), and sending it is the shell's (`cloudflare/webhook.rs`).
//!
//! In reading order: an `address` that may be called, the `secret` that only the shop has besides,
//! the `letter`, its `sign`ature, the `judge` of the answer, and the `event` as its log shows it.

mod address;
mod event;
mod judge;
mod letter;
mod secret;
mod sign;

pub use self::address::{BadWebhookUrl, Network, WebhookUrl};
pub use self::event::{DeliveryView, EventState, EventView};
pub use self::judge::judge;
pub use self::letter::{News, payload};
pub use self::secret::{BadWebhookSecret, WebhookSecrets};
pub use self::sign::headers;

/// A shop's webhook: where it is told, and what signs.
pub struct Webhook {
    /// Where to.
    pub url: WebhookUrl,
    /// What signs: one secret, or two while one replaces the other.
    pub secrets: WebhookSecrets,
}

impl Webhook {
    /// Whether `other` goes to another address with a secret of this one.
    pub fn is_another_signed_alike(&self, other: &Self) -> bool {
        self.url.as_str() != other.url.as_str() && self.secrets.shares_with(&other.secrets)
    }
}

#[cfg(test)]
mod tests {
    use checkout::patience::REDELIVERY_S;

    /// `5 s`, `30 min`, `24 h`.
    fn short(seconds: i64) -> String {
        match seconds {
            0..60 => format!("{seconds} s"),
            60..3_600 => format!("{} min", seconds / 60),
            _ => format!("{} h", seconds / 3_600),
        }
    }

    #[test]
    fn the_published_schedule_is_the_one_that_is_kept() {
        let waits = REDELIVERY_S.map(short);
        let row = format!("| after the one before | | {} |", waits.join(" | "));
        let readme = include_str!("../../examples/receivers/README.md");
        assert!(readme.contains(&row), "{row}");
        let prose =
            "5 seconds, 1, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours, each up to a quarter";
        assert_eq!(
            waits.join(", "),
            "5 s, 1 min, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h",
            "then these words have to change: {prose}"
        );
        for page in [include_str!("../../docs/api.md"), include_str!("../../docs/openapi.yaml")] {
            let words: Vec<&str> = page.split_whitespace().collect();
            assert!(words.join(" ").contains(prose));
        }
    }
}
