//! Who asks for whom: a merchant for itself, or a partner for one of its sub-merchants (protocol
//! reference B.2, B.3).
//!
//! The caller is whoever signed. A partner names itself and the sub-merchant in every call; a
//! direct merchant has no such words. Whether the two belong together is looked at last, once all
//! else is right.

use super::authorization::Merchant;
use super::fields::{Fields, Size};
use super::parameters::{Parameters, wrong};
use super::refusal::{Code, Refusal, result};
use crate::merchant::SubMerchant;
use crate::order::Party;

/// Paths that begin so speak of a partner and a sub-merchant.
const PARTNER_PATHS: &str = "/v3/pay/partner/";

/// In which words a call speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// `mchid`.
    Direct,
    /// `sp_mchid` and `sub_mchid`.
    Partner,
}

/// A sub-merchant for whom the caller does not act.
enum Stranger {
    /// No merchant at all has this number.
    Nobody,
    /// Some other merchant has it.
    Unrelated,
}

/// Who signed, and the words that the call has to use.
#[derive(Clone, Copy)]
pub(super) struct Caller<'a> {
    merchant: &'a Merchant,
    mode: Mode,
}

impl<'a> Caller<'a> {
    /// A call under a path that belongs to one of the two modes.
    pub(super) fn by_path(merchant: &'a Merchant, target: &str) -> Self {
        let mode = if target.starts_with(PARTNER_PATHS) { Mode::Partner } else { Mode::Direct };
        Self { merchant, mode }
    }

    /// A call under a path that both modes share: the words are the merchant's own kind's.
    pub(super) const fn by_kind(merchant: &'a Merchant) -> Self {
        let mode = if merchant.subs.is_empty() { Mode::Direct } else { Mode::Partner };
        Self { merchant, mode }
    }

    pub(super) const fn mode(&self) -> Mode {
        self.mode
    }

    /// The party in a body's `mchid`, or `sp_mchid` and `sub_mchid`.
    pub(super) fn in_body(&self, fields: &mut Fields<'_>) -> Result<Party, Refusal> {
        let size = Size::Characters(1, 32);
        let name = match self.mode {
            Mode::Direct => "mchid",
            Mode::Partner => "sp_mchid",
        };
        let mchid = fields.text(name, size)?;
        // The merchant in the body must be the one that signed (A.3).
        if mchid != self.merchant.mchid {
            let issue = "http header中的mchid与post payload中的mchid不匹配";
            return Err(fields.wrong(name, issue));
        }
        self.sub_in_body(fields)
    }

    /// The party in a body that names the sub-merchant only.
    pub(super) fn sub_in_body(&self, fields: &mut Fields<'_>) -> Result<Party, Refusal> {
        Ok(self.party(match self.mode {
            Mode::Direct => None,
            Mode::Partner => Some(fields.text("sub_mchid", Size::Characters(1, 32))?),
        }))
    }

    /// The party in a query string of `mchid`, or of `sp_mchid` and `sub_mchid`.
    pub(super) fn in_query(&self, query: &str) -> Result<Party, Refusal> {
        let mut parameters = Parameters::of(query)?;
        let name = match self.mode {
            Mode::Direct => "mchid",
            Mode::Partner => "sp_mchid",
        };
        let own = parameters.text(name)?;
        if own != self.merchant.mchid {
            let issue = "http header中的mchid与请求参数中的mchid不匹配";
            return Err(wrong(name, &own, issue));
        }
        self.rest_of_query(parameters)
    }

    /// The party in a query string that names the sub-merchant only.
    pub(super) fn sub_in_query(&self, query: &str) -> Result<Party, Refusal> {
        self.rest_of_query(Parameters::of(query)?)
    }

    fn rest_of_query(&self, mut parameters: Parameters) -> Result<Party, Refusal> {
        let sub = match self.mode {
            Mode::Direct => None,
            Mode::Partner => Some(parameters.text("sub_mchid")?),
        };
        parameters.finish()?;
        Ok(self.party(sub.as_deref()))
    }

    /// Whether the caller may act for the party in its orders; its sub-merchant, if there is one
    /// (E.2, E.3, E.7).
    pub(super) fn vouch(&self, party: &Party) -> Result<Option<&'a SubMerchant>, Refusal> {
        self.sub_merchant(party).map_err(|stranger| match stranger {
            Stranger::Nobody => no_such_merchant(Code::MchNotExists),
            Stranger::Unrelated => no_relation(party),
        })
    }

    /// The same for its refunds, where an unknown merchant is 404 (E.5).
    pub(super) fn vouch_for_refunds(&self, party: &Party) -> Result<(), Refusal> {
        self.sub_merchant(party).map(|_| ()).map_err(|stranger| match stranger {
            Stranger::Nobody => no_such_merchant(Code::MchNotExistsToRefund),
            Stranger::Unrelated => no_relation(party),
        })
    }

    /// The same for its bills, whose table knows of no unknown merchant (E.6).
    pub(super) fn vouch_for_bills(&self, party: &Party) -> Result<(), Refusal> {
        self.sub_merchant(party).map(|_| ()).map_err(|_| no_relation(party))
    }

    fn sub_merchant(&self, party: &Party) -> Result<Option<&'a SubMerchant>, Stranger> {
        let Some(sub_mchid) = &party.sub_mchid else { return Ok(None) };
        let sub = self.merchant.subs.iter().find(|sub| sub.sub_mchid == *sub_mchid);
        sub.map(Some).ok_or_else(|| {
            let known = self.merchant.everybody.contains(sub_mchid);
            if known { Stranger::Unrelated } else { Stranger::Nobody }
        })
    }

    /// Whether the caller may place orders in this mode: a product that it has opened (E.2).
    pub(super) fn may_place(&self) -> Result<(), Refusal> {
        if self.mode == Self::by_kind(self.merchant).mode {
            return Ok(());
        }
        Err(Refusal::new(Code::NoAuth, result::MAY_NOT_RECEIVE, "商户无此产品权限"))
    }

    /// Whether the app is the caller's own.
    pub(super) fn owns(&self, appid: &str) -> bool {
        self.merchant.owns(appid)
    }

    fn party(&self, sub_mchid: Option<&str>) -> Party {
        let sub_mchid = sub_mchid.map(str::to_owned);
        Party { mchid: self.merchant.mchid.clone(), sub_mchid }
    }
}

fn no_relation(party: &Party) -> Refusal {
    let own = party.sub_mchid.as_ref() == Some(&party.mchid);
    let result = if own { result::SUB_IS_PARTNER } else { result::NO_RELATION };
    Refusal::new(Code::NoAuth, result, "特约商户与服务商没有关系，无权限")
}

fn no_such_merchant(code: Code) -> Refusal {
    Refusal::new(code, result::SUB_MISSING, "商户号不存在")
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use serde_json::Value;
    use wechatpay::crypto::ApiV3Key;
    use wechatpay::key::public_key_der;

    use super::*;
    use crate::keys::MerchantKey;
    use crate::v3::json;

    /// Protocol reference G.2: the partner, its sub-merchant, and one that is not named there.
    pub(in crate::v3) fn partner() -> Merchant {
        let sub = |sub_mchid: &str, sub_appid: &str| SubMerchant {
            sub_mchid: sub_mchid.into(),
            sub_appid: sub_appid.into(),
        };
        Merchant {
            mchid: "1900000002".into(),
            appid: "wxaaaaaaaaaaaaaaaa".into(),
            subs: vec![
                sub("1900000003", "wxbbbbbbbbbbbbbbbb"),
                sub("1900000004", "wxcccccccccccccccc"),
            ],
            ..direct()
        }
    }

    /// Protocol reference G.1: the direct merchant.
    pub(in crate::v3) fn direct() -> Merchant {
        const VECTOR: &str = include_str!("../../tests/vectors/request_native.json");
        let vector: Value = serde_json::from_str(VECTOR).unwrap();
        let pem = vector["public_key_pem"].as_str().unwrap();
        Merchant {
            mchid: "1900000001".into(),
            appid: "wx0123456789abcdef".into(),
            other_appids: Vec::new(),
            everybody: Arc::new(
                ["1900000001", "1900000002", "1900000005"].map(str::to_owned).into(),
            ),
            serial_no: "4A1B2C3D4E5F60718293A4B5C6D7E8F901234567".into(),
            retired: false,
            key: MerchantKey::from_spki(&public_key_der(pem).unwrap()).unwrap(),
            api_v3_key: ApiV3Key::parse("0123456789abcdefghijklmnopqrstuv").unwrap(),
            subs: Vec::new(),
        }
    }

    const DIRECT: &str = "/v3/pay/transactions/id/1";
    const PARTNER: &str = "/v3/pay/partner/transactions/id/1";

    #[test]
    fn a_direct_query_is_the_callers_number_and_nothing_else() {
        let merchant = direct();
        let read = |query| Caller::by_path(&merchant, DIRECT).in_query(query);
        let own = Party { mchid: "1900000001".into(), sub_mchid: None };
        assert_eq!(read("mchid=1900000001"), Ok(own));
        for (bad, code) in [
            ("", Code::ParamError),
            ("mchid=", Code::ParamError),
            ("mchid=1900000002", Code::ParamError),
            ("mchid=1900000001&mchid=1900000001", Code::ParamError),
            ("mchid=1900000001&limit=1", Code::InvalidRequest),
            ("mchid=1900000001&sub_mchid=1900000003", Code::InvalidRequest),
        ] {
            assert_eq!(read(bad).unwrap_err().code, code, "{bad}");
        }
    }

    #[test]
    fn a_partners_query_names_itself_and_the_sub_merchant() {
        let merchant = partner();
        let caller = Caller::by_path(&merchant, PARTNER);
        let party = caller.in_query("sub_mchid=1900000003&sp_mchid=1900000002").unwrap();
        assert_eq!(party.sub_mchid.as_deref(), Some("1900000003"));
        assert_eq!(caller.vouch(&party).unwrap().unwrap().sub_appid, "wxbbbbbbbbbbbbbbbb");
        for (bad, code) in [
            ("sp_mchid=1900000002", Code::ParamError),
            ("sub_mchid=1900000003", Code::ParamError),
            ("sp_mchid=1900000001&sub_mchid=1900000003", Code::ParamError),
            ("mchid=1900000002&sub_mchid=1900000003", Code::ParamError),
            ("mchid=1&sp_mchid=1900000002&sub_mchid=1900000003", Code::InvalidRequest),
        ] {
            assert_eq!(caller.in_query(bad).unwrap_err().code, code, "{bad}");
        }
    }

    #[test]
    fn a_stranger_is_nobodys_sub_merchant() {
        let (partner, direct) = (partner(), direct());
        let stranger = |merchant: &Merchant, sub_mchid: &str| {
            let caller = Caller::by_path(merchant, PARTNER);
            let query = format!("sp_mchid={}&sub_mchid={sub_mchid}", merchant.mchid);
            let refusal = caller.vouch(&caller.in_query(&query).unwrap()).unwrap_err();
            (refusal.code, refusal.result)
        };
        for merchant in [&partner, &direct] {
            // Protocol reference E.7: no sp/sub relation, and no such sub-merchant.
            assert_eq!(stranger(merchant, "1900000005"), (Code::NoAuth, 268_443_701));
            assert_eq!(stranger(merchant, "1900000006"), (Code::MchNotExists, 268_443_704));
        }
    }

    #[test]
    fn a_body_names_the_caller_and_its_own_words_only() {
        let merchant = partner();
        let read = |body: &str| {
            let object = json::object(body.as_bytes()).unwrap();
            let mut fields = Fields::of(&object);
            let party = Caller::by_path(&merchant, PARTNER).in_body(&mut fields)?;
            fields.finish().map(|()| party)
        };
        let good = r#"{"sp_mchid":"1900000002","sub_mchid":"1900000003"}"#;
        assert_eq!(read(good).unwrap().sub_mchid.as_deref(), Some("1900000003"));
        for (from, to, code) in [
            ("1900000002", "1900000001", Code::ParamError),
            ("\"1900000003\"", "1900000003", Code::ParamError),
            ("sub_mchid", "mchid", Code::ParamError),
            ("{", "{\"mchid\":\"1900000002\",", Code::InvalidRequest),
        ] {
            assert_eq!(read(&good.replacen(from, to, 1)).unwrap_err().code, code, "{from}");
        }
    }
}
