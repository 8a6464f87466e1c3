//! Do we speak the protocol? Every file of `vectors/` is read and held against `wechatpay`; each
//! good one has siblings with one thing changed, and each sibling must be refused for exactly that.
//!
//! A vector is self-contained (input, keys, expectation, source), so that other implementations of
//! the crypto port can be run against the same files. A kind or a key that nobody here knows is a
//! failure: it would be a promise that nobody checks.

mod answers;
mod bill_answers;
mod bill_files;
mod bill_packed;
mod bill_sealed;
mod certificates;
mod echo;
mod hostile;
mod keys;
mod meaning;
mod notifications;
mod refunds;
mod requests;
mod sealed;
mod sensitive;
mod survival;
mod tamper;
mod v2;
mod v2_refund_notices;
mod vector;
mod window;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wechatpay::key::{private_key_der, public_key_der};
use wechatpay::rustcrypto::{PrivateKey, PublicKey};
use wechatpay::v3::verify::PlatformKeys;

/// The portable crypto never waits, so its futures are ready at once.
#[track_caller]
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a future of RustCrypto waits"),
    }
}

fn private_key(pem: &str) -> PrivateKey {
    PrivateKey::from_pkcs8_der(&private_key_der(pem).unwrap()).unwrap()
}

fn public_key(pem: &str) -> PublicKey {
    PublicKey::from_spki_der(&public_key_der(pem).unwrap()).unwrap()
}

fn platform(serial: &str, pem: &str) -> PlatformKeys<PublicKey> {
    let mut keys = PlatformKeys::new();
    keys.insert(serial, public_key(pem));
    keys
}
