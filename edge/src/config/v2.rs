//! What V2 is spoken with: one key that both sides share, and what an order has to name besides.

use core::net::IpAddr;

use wechatpay::v2::key::{ApiV2Keys, SignType};

use super::mistake::Mistake;
use super::reader::Reader;

/// The keys of one merchant for V2.
#[derive(Clone)]
pub struct V2 {
    /// Signs both ways: one key, or two while one replaces the other.
    pub keys: ApiV2Keys,
    /// How calls are signed, and therefore answers and notifications.
    pub sign_type: SignType,
    /// The address of the machine that calls, which every V2 order names (protocol reference D.3).
    /// The platform compares it with nothing that is known; a Worker has no address of its own.
    pub spbill_create_ip: IpAddr,
}

/// Every variable of V2. Who sets one of them means to speak it.
const VARIABLES: &[&str] = &["API_V2_KEY", "V2_SIGN_TYPE", "SPBILL_CREATE_IP"];

impl V2 {
    /// Whether any of its variables is set.
    pub(super) fn is_begun(read: &Reader<'_>) -> bool {
        VARIABLES.iter().any(|variable| read.has(variable))
    }

    /// Reads them all. What is missing or wrong is noted by the reader.
    pub(super) fn parse(read: &mut Reader<'_>) -> Option<Self> {
        let keys = read.required("API_V2_KEY", ApiV2Keys::parse);
        let sign_type = read.or_default("V2_SIGN_TYPE", "HMAC-SHA256", sign_type);
        let spbill_create_ip = read.required("SPBILL_CREATE_IP", address);
        Some(Self { keys: keys?, sign_type: sign_type?, spbill_create_ip: spbill_create_ip? })
    }
}

fn sign_type(text: &str) -> Result<SignType, Mistake> {
    let choices = "HMAC-SHA256 or MD5";
    SignType::parse(text.trim()).ok_or(Mistake::Policy { choices })
}

fn address(text: &str) -> Result<IpAddr, Mistake> {
    text.trim().parse().map_err(|_| Mistake::Address)
}
