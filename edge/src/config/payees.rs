//! Who may be paid under a profile: the merchant itself, or one of a service provider's
//! sub-merchants.
//!
//! A request chooses among those that the operator has named and can never name another: an order
//! for a stranger would be money for a stranger.

use checkout::payee::{Payee, SubMerchant};
use serde::Deserialize;

use super::mistake::Mistake;
use super::profile::{appid, mchid};
use crate::members::Members;

/// Sub-merchants of one profile. A variable of 5 KB has room for some 190 without apps.
const SUB_MERCHANTS_MAX: usize = 100;

/// The payees of one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payees {
    mchid: String,
    appid: String,
    /// Empty for a direct merchant.
    subs: Vec<SubMerchant>,
}

/// Why nobody can be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPayee {
    /// A direct merchant has no sub-merchants.
    NotAPartner,
    /// This one is not in `SUB_MERCHANTS`.
    Unknown,
    /// There are several, and none was chosen.
    NotChosen,
}

impl NoPayee {
    /// For the developer who asked.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotAPartner => "sub_mchid: this merchant is no service provider; leave it out",
            Self::Unknown => "sub_mchid: add this sub-merchant to SUB_MERCHANTS first",
            Self::NotChosen => "sub_mchid: name one of the SUB_MERCHANTS",
        }
    }
}

impl Payees {
    /// Reads `{"1600000001":{"appid":"wx…"},"1600000002":{}}`; nothing for a direct merchant.
    pub(crate) fn parse(own: String, own_appid: String, json: &str) -> Result<Self, Mistake> {
        let mut payees = Self { mchid: own, appid: own_appid, subs: Vec::new() };
        if json.is_empty() {
            return Ok(payees);
        }
        let Members(entries) = serde_json::from_str::<Members<Entry>>(json)
            .map_err(|error| Mistake::SubMerchants(error.to_string()))?;
        if entries.len() > SUB_MERCHANTS_MAX {
            return Err(Mistake::SubMerchants(format!("it has more than {SUB_MERCHANTS_MAX}")));
        }
        for (number, sub) in entries {
            let number = mchid(&number)?;
            if number == payees.mchid || payees.subs.iter().any(|known| known.mchid == number) {
                return Err(Mistake::SubMerchantTwice(number));
            }
            let appid = sub.appid.map(|text| appid(&text)).transpose()?;
            payees.subs.push(SubMerchant { mchid: number, appid });
        }
        if payees.subs.is_empty() {
            return Err(Mistake::SubMerchants("it names none".to_owned()));
        }
        Ok(payees)
    }

    /// A direct merchant, who alone is paid.
    pub fn direct(mchid: &str, appid: &str) -> Self {
        Self { mchid: mchid.to_owned(), appid: appid.to_owned(), subs: Vec::new() }
    }

    /// The merchant that calls, whoever is paid.
    pub fn own(&self) -> Payee {
        Payee::direct(&self.mchid, &self.appid)
    }

    /// The payee that a request chose. Where there is one only, nothing needs to be chosen.
    pub fn choose(&self, sub_mchid: Option<&str>) -> Result<Payee, NoPayee> {
        let sub = match (self.subs.as_slice(), sub_mchid) {
            ([], None) => None,
            ([], Some(_)) => return Err(NoPayee::NotAPartner),
            ([only], None) => Some(only),
            (_, None) => return Err(NoPayee::NotChosen),
            (subs, Some(chosen)) => {
                let known = subs.iter().find(|sub| sub.mchid == chosen);
                Some(known.ok_or(NoPayee::Unknown)?)
            }
        };
        Ok(Payee { sub: sub.cloned(), ..self.own() })
    }

    /// Everybody who may be paid, at least one.
    pub fn all(&self) -> Vec<Payee> {
        let own = self.own();
        if self.subs.is_empty() {
            return vec![own];
        }
        let with = |sub: &SubMerchant| Payee { sub: Some(sub.clone()), ..own.clone() };
        self.subs.iter().map(with).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    appid: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"{"1600000001":{"appid":"wx1600000001"},"1600000002":{}}"#;

    fn payees(json: &str) -> Result<Payees, Mistake> {
        Payees::parse("1700000001".to_owned(), "wx17".to_owned(), json)
    }

    #[test]
    fn a_direct_merchant_is_paid_itself() {
        let direct = payees("").unwrap();
        assert_eq!(direct.choose(None), Ok(Payee::direct("1700000001", "wx17")));
        assert_eq!(direct.choose(Some("1600000001")), Err(NoPayee::NotAPartner));
    }

    #[test]
    fn a_sub_merchant_is_chosen_among_the_configured_ones() {
        let two = payees(TWO).unwrap();
        let paid = two.choose(Some("1600000001")).unwrap();
        assert_eq!((paid.mchid.as_str(), paid.sub_mchid()), ("1700000001", Some("1600000001")));
        assert_eq!(paid.sub_appid(), Some("wx1600000001"));
        assert_eq!(two.choose(Some("1600000002")).unwrap().sub_appid(), None);
        assert_eq!(two.choose(Some("1600000003")), Err(NoPayee::Unknown));
        assert_eq!(two.choose(None), Err(NoPayee::NotChosen));
        let one = payees(r#"{"1600000001":{}}"#).unwrap();
        assert_eq!(one.choose(None).unwrap().sub_mchid(), Some("1600000001"));
    }

    #[test]
    fn a_hundred_have_room_and_one_more_has_none() {
        let list = |count: u32| {
            let subs = (1..=count).map(|sub| format!(r#""16{sub:08}":{{}}"#));
            format!("{{{}}}", subs.collect::<Vec<_>>().join(","))
        };
        assert_eq!(payees(&list(100)).map(|payees| payees.all().len()), Ok(100));
        let mistake = Mistake::SubMerchants("it has more than 100".to_owned());
        assert_eq!(payees(&list(101)), Err(mistake));
    }

    #[test]
    fn a_wrong_list_is_refused_by_reason() {
        for (json, mistake) in [
            (r#"{"x":{}}"#, Mistake::Mchid),
            (r#"{"1":{"appid":"w x"}}"#, Mistake::Appid),
            (r#"{"1":{},"1":{}}"#, Mistake::SubMerchantTwice("1".to_owned())),
            (r#"{"1700000001":{}}"#, Mistake::SubMerchantTwice("1700000001".to_owned())),
            ("{}", Mistake::SubMerchants("it names none".to_owned())),
        ] {
            assert_eq!(payees(json), Err(mistake), "{json}");
        }
        for json in ["[]", "x", r#"{"1":{"app_id":"wx"}}"#, r#"{"1":"wx"}"#] {
            assert!(matches!(payees(json), Err(Mistake::SubMerchants(_))), "{json}");
        }
    }
}
