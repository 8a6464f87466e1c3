//! A merchant's V2 client, written from the protocol reference by other hands than the sandbox's: its
//! own sign, its own XML.

use std::collections::BTreeMap;

use aes::Aes256;
use axum::body::Bytes;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ecb::cipher::block_padding::Pkcs7;
use ecb::cipher::{BlockDecryptMut, KeyInit};
use hmac::{Hmac, Mac};
use http_body_util::Full;
use hyper::Request;
use md5::{Digest, Md5};
use sandbox::merchant::Credentials;
use serde_json::json;
use sha2::Sha256;

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
        let mut message: Message =
            own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        message.insert("appid".into(), self.appid.clone());
        message.insert("mch_id".into(), self.mchid.clone());
        message.insert("nonce_str".into(), "5K8264ILTKCH16CQ2502SI8ZNMTM67VS".into());
        if self.hmac {
            message.insert("sign_type".into(), "HMAC-SHA256".into());
        }
        message.insert("sign".into(), self.sign(&message));
        let fields: String = message
            .iter()
            .map(|(name, value)| format!("<{name}><![CDATA[{value}]]></{name}>\n"))
            .collect();
        format!("<xml>\n{fields}</xml>")
    }

    /// Protocol reference D.2.
    fn sign(&self, message: &Message) -> String {
        let parts: Vec<_> = message
            .iter()
            .filter(|(name, value)| *name != "sign" && !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let text = format!("{}&key={}", parts.join("&"), self.key);
        let sum = if self.hmac {
            let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(self.key.as_bytes()).unwrap();
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        } else {
            Md5::digest(text.as_bytes()).to_vec()
        };
        sum.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// What an answer says; it must be signed by this merchant's key and method.
    #[track_caller]
    pub(crate) fn verified(&self, reply: &Reply) -> Message {
        let message = read(reply);
        assert_eq!(message.get("return_code").map(String::as_str), Some("SUCCESS"), "{message:?}");
        assert_eq!(message["sign"], self.sign(&message), "{message:?}");
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

/// A flat message: fields between the root's tags, their values text or CDATA.
#[track_caller]
pub(crate) fn parsed(text: &str, root: &str) -> Message {
    let inner = text.trim().strip_prefix(&format!("<{root}>")).unwrap_or_else(|| panic!("{text}"));
    let mut rest = inner.strip_suffix(&format!("</{root}>")).unwrap().trim();
    let mut message = Message::new();
    while let Some(tagged) = rest.strip_prefix('<') {
        let (name, after) = tagged.split_once('>').unwrap();
        let (value, after) = match after.strip_prefix("<![CDATA[") {
            Some(data) => {
                let (value, after) = data.split_once("]]>").unwrap();
                (value, after.strip_prefix(&format!("</{name}>")).unwrap())
            }
            None => after.split_once(&format!("</{name}>")).unwrap(),
        };
        assert!(message.insert(name.to_owned(), value.to_owned()).is_none(), "{name} comes twice");
        rest = after.trim_start();
    }
    assert!(rest.is_empty(), "{rest}");
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
