//! The merchant's client certificate, which V2 wants to see before money goes back (protocol reference
//! D.6, D.11). The runtime keeps it and its key, and shows it in the TLS handshake; all that the Worker
//! has is a binding to call through.

use checkout::id::ProfileName;
use worker::worker_sys::Fetcher;
use worker::{AbortSignal, Env, Request, Response};

use crate::ports::certificate_binding;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;

/// A way to the platform on which the merchant's certificate is shown.
#[derive(Clone)]
pub(crate) struct Certified(Fetcher);

impl Certified {
    /// The profile's own, if this deployment has it bound.
    pub(crate) fn bound(env: &Env, profile: &ProfileName) -> Option<Self> {
        let fetcher = env.service(&certificate_binding(profile)).ok()?;
        Some(Self(fetcher.into_rpc()))
    }

    /// As the global `fetch`.
    pub(crate) async fn fetch(
        &self,
        request: &Request,
        signal: &AbortSignal,
    ) -> worker::Result<Response> {
        let init = web_sys::RequestInit::new();
        init.set_signal(Some(signal));
        let promise = self.0.fetch_with_init(request.inner(), &init)?;
        let response: web_sys::Response = JsFuture::from(promise).await?.dyn_into()?;
        Ok(response.into())
    }
}
