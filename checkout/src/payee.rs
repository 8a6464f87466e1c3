//! Who is paid, and in whose name the platform is asked.
//!
//! A direct merchant asks for itself. A service provider (服务商) asks with its own number and key
//! for a sub-merchant (特约商户), who receives the money. An order keeps its payee from the moment
//! its intent is stored: a payment that names another one is not this order's payment.

use serde::{Deserialize, Serialize};

/// Who is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    /// The merchant that calls: `mchid`, or a service provider's `sp_mchid`.
    pub mchid: String,
    /// The app that orders are made under: `appid`, or `sp_appid`.
    pub appid: String,
    /// For whom the service provider calls; absent for a direct merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<SubMerchant>,
}

/// The party that a service provider calls for, and that receives the money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubMerchant {
    /// `sub_mchid`.
    pub mchid: String,
    /// `sub_appid`, where the sub-merchant has an app of its own; only then is the payer known
    /// under it too (protocol reference B.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
}

impl Payee {
    /// A direct merchant.
    pub fn direct(mchid: impl Into<String>, appid: impl Into<String>) -> Self {
        Self { mchid: mchid.into(), appid: appid.into(), sub: None }
    }

    /// The number of the sub-merchant, in partner mode.
    pub fn sub_mchid(&self) -> Option<&str> {
        self.sub.as_ref().map(|sub| sub.mchid.as_str())
    }

    /// The app of the sub-merchant, in partner mode and where it has one.
    pub fn sub_appid(&self) -> Option<&str> {
        self.sub.as_ref().and_then(|sub| sub.appid.as_deref())
    }

    /// Whether both are the same merchant, or the same sub-merchant of the same service provider.
    pub fn is_same_merchant(&self, other: &Self) -> bool {
        self.mchid == other.mchid && self.sub_mchid() == other.sub_mchid()
    }

    /// Whether both name the same apps. A message may leave out the sub-merchant's (protocol
    /// reference B.3), which then says nothing.
    pub fn is_same_app(&self, other: &Self) -> bool {
        let sub = match (self.sub_appid(), other.sub_appid()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        };
        self.appid == other.appid && sub
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partner(sub_mchid: &str, sub_appid: Option<&str>) -> Payee {
        let appid = sub_appid.map(str::to_owned);
        let sub = Some(SubMerchant { mchid: sub_mchid.to_owned(), appid });
        Payee { sub, ..Payee::direct("1", "wx1") }
    }

    #[test]
    fn a_sub_merchant_is_somebody_else() {
        let direct = Payee::direct("1", "wx1");
        assert!(direct.is_same_merchant(&direct));
        for other in [Payee::direct("2", "wx1"), partner("3", None)] {
            assert!(!direct.is_same_merchant(&other), "{other:?}");
            assert!(!other.is_same_merchant(&direct), "{other:?}");
        }
        assert!(partner("3", None).is_same_merchant(&partner("3", Some("wx3"))));
        assert!(!partner("3", None).is_same_merchant(&partner("4", None)));
    }

    #[test]
    fn an_app_that_is_left_out_disagrees_with_none() {
        assert!(partner("3", Some("wx3")).is_same_app(&partner("3", None)));
        assert!(partner("3", None).is_same_app(&partner("3", Some("wx3"))));
        assert!(!partner("3", Some("wx3")).is_same_app(&partner("3", Some("wx4"))));
        assert!(!Payee::direct("1", "wx1").is_same_app(&Payee::direct("1", "wx2")));
    }
}
