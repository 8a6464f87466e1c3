//! The door with TLS, where V2 refunds go in.
//!
//! The platform asks for the merchant's API certificate where money goes back (protocol reference
//! D.6, D.11), and Node, nginx and Cloudflare's bindings can only show one over TLS. So a second
//! door to the same router may be opened. As on the platform's one host, every path is served
//! there: the door asks for a client certificate and does not insist. What is shown must be one of
//! this sandbox's merchants', in force, or the handshake fails; whose it is, and whether a call
//! needs one, the call decides by the [`Guest`] that the request carries.

mod guests;
pub mod identity;

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::NoServerSessionStorage;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use self::guests::Guests;
use self::identity::Identity;
use crate::merchant::Credentials;
use crate::world::World;

/// A whole handshake is two or three exchanges; whoever takes longer than this is not served.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// Put on every request that came in by this door, and on no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The API certificate that was shown, and whose key was proven. It is compared whole: what
    /// merchants bring along was issued by whomever, and two of theirs may have the same number.
    pub shown: Option<CertificateDer<'static>>,
}

impl Guest {
    /// Whether this merchant's certificate was shown, and is still in force.
    pub fn is(&self, mchid: &str, credentials: &Credentials) -> bool {
        self.shown.as_ref().is_some_and(|shown| {
            guests::known(credentials, shown).any(|each| each.mchid == mchid && !each.retired)
        })
    }
}

/// Makes connections of those that come, and guests of those who call.
#[derive(Clone)]
pub struct Doorman {
    acceptor: TlsAcceptor,
}

impl Doorman {
    /// One who shows this certificate, and knows the world's merchants at every moment.
    pub fn new(identity: &Identity, world: Arc<World>) -> Result<Self, rustls::Error> {
        let unreadable = |error| rustls::Error::General(format!("our own certificate: {error}"));
        let certificate = CertificateDer::from_pem_slice(identity.certificate_pem.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(identity.private_key_pem.as_bytes());
        let provider = Arc::new(aws_lc_rs::default_provider());
        let guests = Guests::new(world, provider.signature_verification_algorithms);
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(guests))
            .with_single_cert(vec![certificate.map_err(unreadable)?], key.map_err(unreadable)?)?;
        // A session that is taken up again shows no certificate, so that one which was replaced
        // meanwhile would go on.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    /// The handshake. Nothing for whoever does not end it, or shows a stranger's certificate.
    pub async fn welcome(&self, stream: TcpStream) -> Option<(TlsStream<TcpStream>, Guest)> {
        let handshake = tokio::time::timeout(HANDSHAKE_WITHIN, self.acceptor.accept(stream));
        let stream = handshake.await.ok()?.ok()?;
        let (_, session) = stream.get_ref();
        let shown = session.peer_certificates().and_then(|shown| shown.first());
        let shown = shown.map(|shown| shown.clone().into_owned());
        Some((stream, Guest { shown }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection that is kept open was let in before.
    #[test]
    fn whoever_was_let_in_is_nobody_any_more_once_the_certificate_is_replaced() {
        let first = Credentials::generate(1_735_700_000).unwrap();
        let mchid = first.mchid.clone();
        let shown = CertificateDer::from_pem_slice(first.certificate_pem.as_bytes()).unwrap();
        let (guest, nobody) = (Guest { shown: Some(shown) }, Guest { shown: None });
        assert!(guest.is(&mchid, &first) && !nobody.is(&mchid, &first));
        assert!(!guest.is(&first.partner.sp_mchid, &first));
        let serial = first.serial_no.clone();
        let both = first.with_merchant_certificate(&mchid, 1_735_700_001).unwrap();
        assert!(guest.is(&mchid, &both));
        assert!(!guest.is(&mchid, &both.without_merchant_certificate(&serial).unwrap()));
    }
}
