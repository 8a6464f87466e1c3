//! A stand-in for RSA in unit tests: its "signature" is the message itself, so that a test can see
//! what was signed, and it counts how often it was asked.

use core::cell::Cell;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use crate::crypto::{CryptoFailure, Rsa};

#[derive(Default)]
pub(crate) struct Echo {
    pub(crate) asked: Cell<usize>,
    pub(crate) broken: bool,
}

impl Rsa for Echo {
    type PrivateKey = ();
    type PublicKey = ();

    async fn sign(&self, (): &(), message: &[u8]) -> Result<Vec<u8>, CryptoFailure> {
        self.asked.set(self.asked.get() + 1);
        if self.broken { Err(CryptoFailure::Sign) } else { Ok(message.to_vec()) }
    }

    async fn verify(
        &self,
        (): &(),
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoFailure> {
        self.asked.set(self.asked.get() + 1);
        if self.broken { Err(CryptoFailure::Verify) } else { Ok(message == signature) }
    }

    async fn import(&self, _spki_der: &[u8]) -> Result<(), CryptoFailure> {
        if self.broken { Err(CryptoFailure::Import) } else { Ok(()) }
    }
}

/// The stand-in never waits.
#[track_caller]
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the stand-in waits"),
    }
}
