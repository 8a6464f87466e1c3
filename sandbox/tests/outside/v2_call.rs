//! A merchant's V2 client: the tests' own sign and XML, over either door.

use std::collections::BTreeMap;

use aes::Aes256;
use axum::body::Bytes;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ecb::cipher::block_padding::Pkcs7;
use ecb::cipher::{BlockDecryptMut, KeyInit};
use http_body_util::Full;
use hyper::Request;
use md5::{Digest, Md5};
use sandbox::merchant::Credentials;
use serde_json::json;

use crate::rules::xml::{self, Pairs, Signing};
use crate::shop::{Reply, Shop};
use crate::tls::{Sandbox, Shown};

/// What a message says; the order of its fields means nothing.
pub(crate) type Message = BTreeMap<String, String>;

/// Who signs, and how.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) appid: String,
    pub(crate) mchid: String,
    pub(crate) key: String,
    /// HMAC-SHA256, said in `sign_type`; else MD5, not said.
    pub(crate) hmac: bool,
}

impl Signer {
    pub(crate) fn direct(credentials: &Credentials) -> Self {
        let Credentials { appid, mchid, api_v2_key, .. } = credentials.clone();
        Self { appid, mchid, key: api_v2_key, hmac: false }
    }

    pub(crate) fn partner(credentials: &Credentials) -> Self {
        let partner = credentials.partner.clone();
        Self {
            appid: partner.sp_appid,
            mchid: partner.sp_mchid,
            key: partner.api_v2_key,
            hmac: false,
        }
    }

    /// The text of a whole message with these fields of its own.
    pub(crate) fn message(&self, own: &[(&str, &str)]) -> String {
        let of_the_message = [
            ("appid", self.appid.as_str()),
            ("mch_id", &self.mchid),
            ("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
        ];
        let named = self.hmac.then_some(("sign_type", "HMAC-SHA256"));
        let all = of_the_message.iter().chain(own).chain(&named);
        let mut pairs: Pairs =
            all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        pairs.push(("sign".to_owned(), self.sign(&pairs)));
        xml::written(&pairs)
    }

    fn sign(&self, pairs: &Pairs) -> String {
        xml::sign(pairs, Signing { key: &self.key, is_hmac: self.hmac })
    }

    /// What an answer says; it must be signed by this merchant's key and method.
    #[track_caller]
    pub(crate) fn verified(&self, reply: &Reply) -> Message {
        let message = read(reply);
        assert_eq!(message.get("return_code").map(String::as_str), Some("SUCCESS"), "{message:?}");
        let pairs = message.clone().into_iter().collect();
        assert_eq!(message["sign"], self.sign(&pairs), "{message:?}");
        assert_eq!((&message["appid"], &message["mch_id"]), (&self.appid, &self.mchid));
        message
    }
}

/// What an answer says, whoever signed it.
#[track_caller]
pub(crate) fn read(reply: &Reply) -> Message {
    assert_eq!(reply.status, 200);
    parsed(std::str::from_utf8(&reply.body).unwrap(), "xml")
}

/// A flat message under this root.
#[track_caller]
pub(crate) fn parsed(text: &str, root: &str) -> Message {
    let inner = text.trim().strip_prefix(&format!("<{root}>")).unwrap_or_else(|| panic!("{text}"));
    let inner = inner.strip_suffix(&format!("</{root}>")).unwrap();
    let pairs = xml::read(&format!("<xml>{inner}</xml>")).unwrap_or_else(|| panic!("{text}"));
    let count = pairs.len();
    let message: Message = pairs.into_iter().collect();
    assert_eq!(message.len(), count, "a name comes twice: {text}");
    message
}

/// What a refund notification seals (protocol reference D.8).
pub(crate) fn opened(body: &[u8], key: &str) -> Message {
    let outer = parsed(std::str::from_utf8(body).unwrap(), "xml");
    assert!(!outer.contains_key("sign"), "{outer:?}");
    let sealed = BASE64_STANDARD.decode(&outer["req_info"]).unwrap();
    let digits: String = Md5::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
    let cipher = ecb::Decryptor::<Aes256>::new_from_slice(digits.as_bytes()).unwrap();
    let text = cipher.decrypt_padded_vec_mut::<Pkcs7>(&sealed).unwrap();
    parsed(std::str::from_utf8(&text).unwrap(), "root")
}

/// A call over plain http.
pub(crate) async fn post(
    shop: &Shop,
    signer: &Signer,
    path: &str,
    own: &[(&str, &str)],
) -> Option<Reply> {
    shop.send("POST", path, &signer.message(own), &[("content-type", "text/xml")]).await
}

/// A call by the TLS door.
pub(crate) async fn post_showing(
    sandbox: &Sandbox,
    shown: Shown<'_>,
    (signer, path): (&Signer, &str),
    own: &[(&str, &str)],
) -> Reply {
    let request = Request::post(path).header("host", "localhost");
    let body = Full::new(Bytes::from(signer.message(own)));
    sandbox.send(shown, request.body(body).unwrap()).await.unwrap()
}

/// Lets refunds and fund-flow bills in by the plain door too.
pub(crate) async fn without_certificates(shop: &Shop) {
    let wish = json!({ "v2_certificate": "not_required" });
    let (status, said) = shop.control("PUT", "settings", wish).await;
    assert_eq!((status, &said["v2_certificate"]), (200, &json!("not_required")), "{said}");
}
