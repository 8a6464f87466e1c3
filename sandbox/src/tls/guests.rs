//! Which client certificates are let in: those of the sandbox's own merchants, to the byte.
//!
//! A merchant's certificate may be made here, or come from a file and be issued by whomever; no
//! chain leads from all of them to one authority. The sandbox knows each of them, so that there is
//! nothing to conclude. How long one says that it is valid does not matter: APIv3 signatures are
//! not asked that either, and what is in force is said in the control surface.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use crate::merchant::Credentials;
use crate::rotation::MerchantCertificate;
use crate::world::World;

/// The list at the door, as it is at each moment.
pub(super) struct Guests {
    world: Arc<World>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Guests {
    pub(super) fn new(world: Arc<World>, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { world, algorithms }
    }
}

/// The merchants' certificates that are this one: one as a rule, or several merchants' who share it.
pub(super) fn known<'a>(
    credentials: &'a Credentials,
    shown: &CertificateDer<'_>,
) -> impl Iterator<Item = &'a MerchantCertificate> {
    credentials.merchant_certificates.iter().filter(move |each| {
        let known = CertificateDer::from_pem_slice(each.certificate_pem.as_bytes());
        known.is_ok_and(|known| known == *shown)
    })
}

impl fmt::Debug for Guests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guests")
    }
}

impl ClientCertVerifier for Guests {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // No hint: a client that holds a certificate of its own choice then shows it.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let keyring = self.world.keyring();
        let mut all = known(&keyring.credentials, end_entity).peekable();
        if all.peek().is_none() {
            return Err(CertificateError::UnknownIssuer.into());
        }
        if all.all(|each| each.retired) {
            return Err(CertificateError::Revoked.into());
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
