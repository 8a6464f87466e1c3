//! A platform whose every word is believed, so that the fuzzer gets past the signature, and one
//! whose key is real, so that it should not.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use checkout::time::UnixSeconds;
use serde_json::Value;
use wechatpay::crypto::{CryptoFailure, Rsa};
use wechatpay::http::Headers;
use wechatpay::v3::verify::PlatformKeys;

/// The moment of every test.
pub(crate) const NOW: UnixSeconds = UnixSeconds(1_735_701_631);

/// The APIv3 key of the test vectors.
pub(crate) const API_V3_KEY: &str = "0123456789abcdefghijklmnopqrstuv";

const SERIAL: &str = "PUB_KEY_ID_0119000000012025010100000000000001";

/// Takes any signature for genuine.
pub(crate) struct Credulous;

impl Rsa for Credulous {
    type PrivateKey = ();
    type PublicKey = ();

    async fn sign(&self, (): &(), message: &[u8]) -> Result<Vec<u8>, CryptoFailure> {
        Ok(message.to_vec())
    }

    async fn verify(&self, (): &(), _: &[u8], _: &[u8]) -> Result<bool, CryptoFailure> {
        Ok(true)
    }

    async fn import(&self, _: &[u8]) -> Result<(), CryptoFailure> {
        Ok(())
    }
}

/// The one key that [`Credulous`] asks nothing of.
pub(crate) fn any_key() -> PlatformKeys<()> {
    let mut keys = PlatformKeys::new();
    keys.insert(SERIAL, ());
    keys
}

/// Headers that pass every check before the signature's.
pub(crate) fn plausible_headers() -> Headers {
    [
        ("Wechatpay-Timestamp", NOW.0.to_string().as_str()),
        ("Wechatpay-Nonce", "n0nceN0nceN0nceN0nceN0nceN0nce01"),
        ("Wechatpay-Serial", SERIAL),
        ("Wechatpay-Signature", "AAAA"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

/// None of the futures here waits.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("portable cryptography waits"),
    }
}

/// A second reading, by the plainest of readers. What it cannot read it cannot judge: bytes that are
/// no text, depth and numbers beyond it may stand in fields that the product never looks at.
pub(crate) fn plain(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok()
}
