//! Who we are at WeChat Pay, and what we can speak with: the keys of one API, of the other, or of
//! both.

use core::net::IpAddr;

use checkout::id::ProfileName;
use wechatpay::crypto::Rsa;
use wechatpay::v2::key::{ApiV2Keys, SignType};
use wechatpay::v3::verify::PlatformKeys;

use crate::api::Api;
use crate::config::prefix;
use crate::problem::{Code, Problem};

/// Who we are at WeChat Pay, and whom we believe.
pub struct Merchant<R: Rsa> {
    /// What the operator calls us.
    pub profile: ProfileName,
    /// The number of the merchant that calls, 商户号; a service provider's own.
    pub mchid: String,
    /// What APIv3 is spoken with.
    pub v3: Option<V3Means<R>>,
    /// What V2 is spoken with.
    pub v2: Option<V2Means>,
}

/// What APIv3 is spoken with.
pub struct V3Means<R: Rsa> {
    /// Signs and verifies.
    pub rsa: R,
    /// Serial number of the merchant's certificate, which goes with `private_key`.
    pub serial_no: String,
    /// Signs requests. Not extractable at the edge.
    pub private_key: R::PrivateKey,
    /// The keys that the platform may sign with.
    pub platform_keys: PlatformKeys<R::PublicKey>,
    /// The platform key that answers should be signed with (`Wechatpay-Serial` of a request).
    pub platform_serial: Option<String>,
    /// Where the platform reports payments to.
    pub notify_url: String,
    /// Where it reports refunds to.
    pub refund_notify_url: String,
}

/// What V2 is spoken with.
#[derive(Clone)]
pub struct V2Means {
    /// Signs both ways. Of two keys, the one that the platform took last stands first.
    pub keys: ApiV2Keys,
    /// How calls are signed, and therefore answers and notifications.
    pub sign_type: SignType,
    /// What an order says of the machine that calls.
    pub spbill_create_ip: IpAddr,
    /// Where the platform reports payments to.
    pub notify_url: String,
    /// Where it reports refunds to.
    pub refund_notify_url: String,
}

/// What one API is spoken with.
pub enum Means<'a, R: Rsa> {
    /// APIv3.
    V3(&'a V3Means<R>),
    /// V2.
    V2(&'a V2Means),
}

impl<R: Rsa> Merchant<R> {
    /// What `api` is spoken with, or a problem that names the variable.
    pub fn means(&self, api: Api) -> Result<Means<'_, R>, Problem> {
        match api {
            Api::V3 => self.v3().map(Means::V3),
            Api::V2 => self.v2().map(Means::V2),
        }
    }

    /// What APIv3 is spoken with, or a problem that names the variable.
    pub fn v3(&self) -> Result<&V3Means<R>, Problem> {
        self.v3.as_ref().ok_or_else(|| without_keys(&self.profile, Api::V3))
    }

    /// What V2 is spoken with, or a problem that names the variable.
    pub fn v2(&self) -> Result<&V2Means, Problem> {
        self.v2.as_ref().ok_or_else(|| without_keys(&self.profile, Api::V2))
    }
}

/// The binding that shows a profile's client certificate to the platform.
pub fn certificate_binding(profile: &ProfileName) -> String {
    format!("{}WECHATPAY_MTLS", prefix(profile))
}

/// A profile has no client certificate to show, which V2 wants to see before money goes back (protocol
/// reference D.6).
pub fn without_certificate(profile: &ProfileName) -> Problem {
    let (own, binding) = (prefix(profile), certificate_binding(profile));
    let detail =
        format!("{binding}: bind the merchant's client certificate, or set {own}REFUNDS_API to v3");
    Problem::new(Code::CertificateMissing, detail)
}

/// A profile has no keys for an API that it is to speak.
pub fn without_keys(profile: &ProfileName, api: Api) -> Problem {
    let own = prefix(profile);
    let detail = match api {
        Api::V3 => format!("{own}API_V3_KEY: this merchant has no APIv3 keys"),
        Api::V2 => format!("{own}API_V2_KEY: this merchant has no V2 key"),
    };
    Problem::new(Code::Misconfigured, detail)
}
