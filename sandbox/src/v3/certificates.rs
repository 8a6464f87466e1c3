//! `GET /v3/certificates`: the platform certificates in force, each sealed for the caller (protocol
//! reference A.5, G.9).

use serde_json::{Value, json};

use super::errand::{Errand, Visit};
use super::parameters::{Parameters, wrong};
use super::refusal::{Code, Refusal, result};
use super::reply::Answer;
use crate::dice;
use crate::fault::{Kind, Route};
use crate::keys::seal;
use crate::platform_keys::{Mode, PlatformCertificate};

/// What each certificate is sealed with besides the key.
const ASSOCIATED_DATA: &str = "certificate";

/// Which kinds of certificates are asked for.
pub(super) enum List {
    /// RSA, alone or among others.
    Rsa,
    /// Only those of the Chinese national cipher, which this platform has none of.
    Sm2,
}

impl Errand for List {
    const ROUTE: Route = Route::Certificates;

    fn read(visit: Visit<'_>) -> Result<Self, Refusal> {
        let mut parameters = Parameters::of(visit.arrival.query())?;
        let kinds = match parameters.optional_text("algorithm_type").as_deref() {
            None | Some("RSA" | "ALL") => Self::Rsa,
            Some("SM2") => Self::Sm2,
            Some(other) => return Err(wrong("algorithm_type", other, "不在允许的取值范围内")),
        };
        parameters.finish()?;
        Ok(kinds)
    }

    async fn run(self, visit: Visit<'_>, _: Option<Kind>) -> Result<Answer, Refusal> {
        let credentials = &visit.keyring.credentials;
        if credentials.platform_key_policy.mode == Mode::PublicKey || matches!(self, Self::Sm2) {
            let words = "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。";
            return Err(Refusal::new(Code::ResourceNotExists, result::PARAMETER, words));
        }
        let all = credentials.platform_certificates.iter();
        let sealed = all.map(|certificate| entry(certificate, visit));
        Ok(Answer::json(&json!({ "data": sealed.collect::<Vec<_>>() })))
    }
}

fn entry(certificate: &PlatformCertificate, visit: Visit<'_>) -> Value {
    let nonce = dice::letters(12);
    let key = &visit.merchant.api_v3_key;
    let bytes = <&[u8; 12]>::try_from(nonce.as_bytes()).ok();
    // Twelve letters are twelve bytes, and a certificate is far from too long for GCM.
    let ciphertext = bytes
        .and_then(|nonce| seal(key, nonce, ASSOCIATED_DATA, &certificate.certificate_pem))
        .unwrap_or_default();
    json!({
        "serial_no": certificate.serial_no,
        "effective_time": certificate.effective_time,
        "expire_time": certificate.expire_time,
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": ASSOCIATED_DATA,
            "ciphertext": ciphertext,
        },
    })
}
