//! From bytes to a known merchant: what the platform looks at before it looks at the call itself
//! (protocol reference D.1, D.12).

use axum::extract::Request;
use axum::http::{Extensions, Method};

use super::caller::Caller;
use super::fields::Fields;
use super::refusal::{Code, Refusal};
use super::xml;
use crate::diagnosis::v2::{KeyHolder, Unproven};
use crate::diagnosis::{self, Diagnosis};
use crate::journal::keep::Notes;
use crate::keyring::Keyring;
use crate::v3::BODY_BYTES_MAX;
use crate::world::World;

/// A call from a known merchant.
pub(crate) struct Visit<'a> {
    pub(crate) world: &'a World,
    pub(crate) caller: Caller<'a>,
    /// All that was sent, the sign too.
    pub(crate) fields: &'a Fields,
    /// What layers and the connection say of the request; a client's certificate, if there is one.
    pub(crate) extensions: &'a Extensions,
}

/// A call that is nobody's, or whose signer names what is not its own.
pub(super) struct Denied<'a> {
    pub(super) refusal: Refusal,
    /// Who signed, if that is known.
    pub(super) caller: Option<Caller<'a>>,
}

/// A call as it came.
pub(super) struct Arrival {
    is_post: bool,
    body: axum::body::Bytes,
    extensions: Extensions,
}

impl Arrival {
    pub(super) async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        // The journal has read it, up to one byte more than any call takes; so it is not cut here.
        let body = axum::body::to_bytes(body, BODY_BYTES_MAX + 1).await.unwrap_or_default();
        Self { is_post: parts.method == Method::POST, body, extensions: parts.extensions }
    }

    /// The message, or what is wrong with it before anybody is looked for (D.12).
    pub(super) fn fields(&self, notes: &Notes) -> Result<Fields, Refusal> {
        if !self.is_post {
            let why = "V2 calls are POST.";
            return Err(Refusal::message(Code::RequirePostMethod, "请使用post方法", why));
        }
        if self.body.is_empty() {
            let why = "The body is empty; it is the message.";
            return Err(Refusal::message(Code::PostDataEmpty, "post数据为空", why));
        }
        let fields = xml::read(&self.body).map_err(|bad| match bad {
            xml::BadXml::NotUtf8 => {
                let why = "The body is not UTF-8, or says that it is something else.";
                Refusal::message(Code::NotUtf8, "编码格式错误", why)
            }
            bad => {
                let why = format!("The body is no V2 message: {bad}.");
                Refusal::message(Code::XmlFormatError, "XML格式错误", why)
            }
        })?;
        notes.about(fields.get("mch_id"), fields.get("out_trade_no"));
        Ok(fields)
    }

    /// Who it is, proven by the sign. Who signed but is not right otherwise gets a signed refusal.
    pub(super) fn visit<'a>(
        &'a self,
        world: &'a World,
        keyring: &'a Keyring,
        fields: &'a Fields,
    ) -> Result<Visit<'a>, Box<Denied<'a>>> {
        let merchants = &keyring.v2;
        let nobody = |refusal: Refusal| {
            let refusal = refusal.diagnosed(|| diagnosis(fields, keyring));
            Box::new(Denied { refusal, caller: None })
        };
        let signer = Caller::who_signed(fields, merchants).map_err(nobody)?;
        let caller = Caller::of(fields, merchants, signer).map_err(|refusal| {
            let caller = Some(Caller::unnamed(fields, signer.0, signer.1));
            Box::new(Denied { refusal, caller })
        })?;
        Ok(Visit { world, caller, fields, extensions: &self.extensions })
    }
}

/// What is wrong with a sign that is not the merchant's.
fn diagnosis(fields: &Fields, keyring: &Keyring) -> Diagnosis {
    let number = fields.get("mch_id").unwrap_or_default();
    let accounts = keyring.credentials.accounts();
    let (own, others): (Vec<_>, Vec<_>) =
        accounts.iter().map(KeyHolder::from).partition(|holder| holder.mchid == number);
    let nobody = KeyHolder { mchid: number, api_v2_key: "", api_v3_key: "" };
    let signer = own.first().copied().unwrap_or(nobody);
    diagnosis::v2::diagnose(Unproven { fields, signer, others: &others })
}
