//! What a browser may know about an order: the JSON between the Worker and the widget.
//!
//! One shape for the answer to `POST /v1/sessions`, for `GET /v1/session` and for every WebSocket
//! message, so that a page that missed messages needs only the newest. No key, no openid, no id of
//! the shop's. Times are spans left, never moments: the shopper's clock may be wrong.

use serde::{Deserialize, Serialize};

use crate::money::Amount;

/// Where a checkout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It may still be paid.
    Open,
    /// It was paid.
    Paid,
    /// Its deadline passed, and the platform confirmed that nobody can pay it any more.
    Expired,
    /// The shop cancelled it, and the platform confirmed that.
    Cancelled,
}

/// What is going on while a checkout is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The platform has been asked for a code; its answer is not known yet.
    Placing,
    /// The code can be scanned.
    Waiting,
    /// The shopper said "I have paid"; the platform is being asked.
    Checking,
    /// The order is being closed at the platform; a payment may still win the race.
    Closing,
}

/// Why an open checkout has no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The platform refused the order. Trying again may help once the shop has mended the cause.
    Refused,
    /// What was paid disagrees with what was asked; a person at the shop has to look.
    Conflict,
}

/// An order as a browser sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// The browser's capability for this one checkout. Left out of WebSocket messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
    /// Where the checkout stands.
    pub status: Status,
    /// What is going on; present only while the status is `open`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// Why there is no code although the status is `open`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// The text to draw, byte for byte as the platform gave it; present only while it can be
    /// scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_url: Option<String>,
    /// The code's modules, dark = 1, row by row, most significant bit first, base64; without the
    /// white border. The side is the whole square root of the number of bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr: Option<String>,
    /// What is being bought, as the payer reads it in WeChat.
    pub description: String,
    /// How much.
    pub amount: Amount,
    /// Milliseconds until this code stops working (the order may outlive it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_expires_in_ms: Option<u64>,
    /// Milliseconds until the checkout's deadline.
    pub expires_in_ms: u64,
    /// Grows with every change; `GET /v1/session?version=n` waits for a greater one.
    pub version: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Fen;

    #[test]
    fn a_paid_order_shows_no_code() {
        let view = SessionView {
            client_token: None,
            status: Status::Paid,
            phase: None,
            trouble: None,
            code_url: None,
            qr: None,
            description: "Oolong 250 g".to_owned(),
            amount: Amount::cny(Fen::new(8_800).unwrap()),
            code_expires_in_ms: None,
            expires_in_ms: 5_000,
            version: 4,
        };
        let json = r#"{"status":"paid","description":"Oolong 250 g","amount":{"total":8800,"currency":"CNY"},"expires_in_ms":5000,"version":4}"#;
        assert_eq!(serde_json::to_string(&view).unwrap(), json);
        assert_eq!(serde_json::from_str::<SessionView>(json).unwrap(), view);
    }
}
