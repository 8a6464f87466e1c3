//! Whose checkouts somebody may read: a shop's key opens its own profile, the operator's any one
//! that it names. Reading changes nothing, so both take the same routes.

use checkout::id::ProfileName;

use crate::config::{Config, Profile};
use crate::problem::{Code, Problem};
use crate::query::Query;
use crate::token::bearer;

/// Who reads, and whose.
pub struct Reader<'a> {
    /// Whose checkouts.
    pub profile: &'a Profile,
    /// Whether a client token may go with a checkout. An operator looks and does not act for shoppers.
    pub sees_tokens: bool,
}

impl<'a> Reader<'a> {
    /// Who it is that shows `authorization`, and whose checkouts `query` names by `profile`; the
    /// default profile's without one. A shop need not name its own, and cannot name another's.
    pub fn of(
        config: &'a Config,
        authorization: Option<&str>,
        query: &str,
    ) -> Result<Self, Problem> {
        let Some(key) = bearer(authorization) else {
            let detail = "send the secret key as Authorization: Bearer <key>";
            return Err(Problem::new(Code::Unauthorized, detail));
        };
        let shop = config.profile_of_key(key);
        let is_operator = config.operator_keys.as_ref().is_some_and(|keys| keys.admit(key));
        let refused = |words: &str| Problem::new(Code::InvalidRequest, words);
        if shop.is_none() && !is_operator {
            let detail = "this is none of the SECRET_KEYS, nor the OPERATOR_KEY";
            return Err(Problem::new(Code::Unauthorized, detail));
        }
        let name = Query::named(query, "profile")?.unwrap_or_else(|| match shop {
            Some(profile) => profile.name.as_str().to_owned(),
            None => ProfileName::default().as_str().to_owned(),
        });
        match shop {
            Some(profile) if profile.name.as_str() == name => {
                Ok(Self { profile, sees_tokens: true })
            }
            Some(_) => Err(refused("profile: a shop's key opens its own, and needs no name")),
            None => {
                let known = config.profiles.iter().find(|known| known.name.as_str() == name);
                let profile = known.ok_or_else(|| refused("profile: there is no such profile"))?;
                Ok(Self { profile, sees_tokens: false })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = "shop-key-0123456789abcdef0123456789";
    const ACME: &str = "acme-key-0123456789abcdef0123456789";
    const OPERATOR: &str = "operator-key-0123456789abcdef012345";

    /// A deployment of two merchants, with or without an operator.
    fn config(operator: Option<&str>) -> Config {
        let config = Config::parse(|variable| {
            let own = variable.strip_prefix("ACME__");
            let value = match own.unwrap_or(variable) {
                "PUBLIC_URL" => "https://pay.example",
                "MCHID" => "1900000001",
                "APPID" => "wx8888888888888888",
                "MERCHANT_CERTIFICATE" => include_str!("config/fixtures/merchant_certificate.pem"),
                "MERCHANT_PRIVATE_KEY" => include_str!("config/fixtures/merchant_key.pem"),
                "API_V3_KEY" | "CLIENT_KEY" => "0123456789abcdef0123456789abcdef",
                "SECRET_KEYS" if own.is_some() => ACME,
                "SECRET_KEYS" => SHOP,
                "OPERATOR_KEY" => operator?,
                "PROFILES" => "acme",
                _ => return None,
            };
            Some(value.to_owned())
        });
        config.unwrap_or_else(|wrong| panic!("{wrong:?}"))
    }

    /// Whose checkouts `key` opens with `query`, and whether with their tokens.
    fn reads(config: &Config, key: &str, query: &str) -> Result<(String, bool), Problem> {
        let header = format!("Bearer {key}");
        let reader = Reader::of(config, Some(&header), query)?;
        Ok((reader.profile.name.as_str().to_owned(), reader.sees_tokens))
    }

    #[test]
    fn a_shop_reads_its_own_and_an_operator_what_it_names() {
        let config = config(Some(OPERATOR));
        let reads = |key, query| reads(&config, key, query).unwrap();
        assert_eq!(reads(SHOP, ""), ("default".to_owned(), true));
        assert_eq!(reads(ACME, "status=paid"), ("acme".to_owned(), true));
        assert_eq!(reads(ACME, "profile=acme"), ("acme".to_owned(), true));
        assert_eq!(reads(OPERATOR, "limit=1"), ("default".to_owned(), false));
        assert_eq!(reads(OPERATOR, "limit=1&profile=acme"), ("acme".to_owned(), false));
    }

    #[test]
    fn nobody_reads_more_than_that() {
        let config = config(Some(OPERATOR));
        let refused = |key, query| reads(&config, key, query).unwrap_err();
        for (key, query) in [(SHOP, "profile=acme"), (SHOP, "profile=nobody"), (ACME, "profile=")] {
            let problem = refused(key, query);
            assert_eq!(problem.detail, "profile: a shop's key opens its own, and needs no name");
            assert_eq!(problem.code, Code::InvalidRequest);
        }
        assert_eq!(refused(OPERATOR, "profile=x").detail, "profile: there is no such profile");
        let twice = refused(OPERATOR, "profile=acme&profile=default");
        assert_eq!(twice.detail, "profile: it stands there twice");
        assert_eq!(refused("another-key", "").code, Code::Unauthorized);
        assert_eq!(Reader::of(&config, None, "").err().unwrap().code, Code::Unauthorized);
    }

    #[test]
    fn without_an_operator_there_is_none() {
        let problem = reads(&config(None), OPERATOR, "").unwrap_err();
        assert_eq!(problem.code, Code::Unauthorized);
    }
}
