//! The query of an address, read strictly: a name that a route does not know is a misspelt one, and
//! a list that ignored it would show what nobody asked for.

use crate::problem::{Code, Problem};

/// Bytes of a query at most. The longest that means something is a reference of 64 characters,
/// each an escape of twelve bytes, beside the other filters.
const QUERY_BYTES_MAX: usize = 2_048;

/// The values of a query by their names, each of which stands there once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `query`, which comes without its question mark. `known` are the names that the route
    /// takes. Values are decoded as forms are: `+` is a space, `%2B` a plus.
    pub fn read(query: &str, known: &[&str]) -> Result<Self, Problem> {
        if query.len() > QUERY_BYTES_MAX {
            return Err(refused("the query is longer than anything that it could ask"));
        }
        let mut values = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
                return Err(refused("the query is not UTF-8 with %-escapes"));
            };
            if !known.contains(&name.as_str()) {
                let named: String = name.chars().take(40).collect();
                return Err(refused(&format!("{named}: this route takes {}", known.join(", "))));
            }
            if values.get(&name).is_some() {
                return Err(refused(&format!("{name}: it stands there twice")));
            }
            values.0.push((name, value));
        }
        Ok(values)
    }

    /// What `name` says in a query whose other names are another's business.
    pub fn named(query: &str, name: &str) -> Result<Option<String>, Problem> {
        let is_named = |pair: &&str| {
            decoded(pair.split('=').next().unwrap_or_default()).as_deref() == Some(name)
        };
        let pairs: Vec<&str> = query.split('&').filter(is_named).collect();
        Ok(Self::read(&pairs.join("&"), &[name])?.get(name).map(str::to_owned))
    }

    /// What `name` says, if it is there.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What `name` says, read by `parse`; a value that it does not take is refused with `expected`.
    pub fn parse<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.get(name) else { return Ok(None) };
        parse(value).map(Some).ok_or_else(|| refused(&format!("{name}: {expected}")))
    }
}

/// A query that cannot be read.
fn refused(words: &str) -> Problem {
    Problem::new(Code::InvalidRequest, words)
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => digit(rest.next()?)? << 4 | digit(rest.next()?)?,
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 2] = ["status", "reference"];

    fn told(query: &str) -> String {
        let problem = Query::read(query, &KNOWN).unwrap_err();
        assert_eq!(problem.code, Code::InvalidRequest);
        problem.detail
    }

    #[test]
    fn values_are_found_by_their_names() {
        let query = Query::read("reference=A+1%2B%E8%8C%B6&&status=paid", &KNOWN).unwrap();
        assert_eq!(query.get("reference"), Some("A 1+茶"));
        assert_eq!(query.get("status"), Some("paid"));
        assert_eq!(Query::read("", &KNOWN).unwrap().get("status"), None);
        assert_eq!(Query::read("status", &KNOWN).unwrap().get("status"), Some(""));
        assert_eq!(Query::read("%73tatus=a%3db", &KNOWN).unwrap().get("status"), Some("a=b"));
    }

    #[test]
    fn what_a_route_does_not_know_is_refused_by_name() {
        assert_eq!(told("state=paid"), "state: this route takes status, reference");
        assert_eq!(told("Status=paid"), "Status: this route takes status, reference");
        assert_eq!(told("status=paid&status=open"), "status: it stands there twice");
        assert_eq!(told("status=paid&%73tatus=open"), "status: it stands there twice");
        let long = told(&format!("{}=1", "x".repeat(2_000)));
        assert_eq!(long, format!("{}: this route takes status, reference", "x".repeat(40)));
        assert!(told(&"x".repeat(2_049)).starts_with("the query is longer"));
        for broken in ["status=%", "status=%2", "status=%zz", "status=%+1", "status=%ff"] {
            assert!(told(broken).starts_with("the query is not UTF-8"), "{broken}");
        }
    }

    #[test]
    fn one_name_is_found_among_names_of_others() {
        let named = |query| Query::named(query, "profile");
        assert_eq!(named("a=1&profile=acme&b=%"), Ok(Some("acme".to_owned())));
        assert_eq!(named("a=1&pro%66ile=acme"), Ok(Some("acme".to_owned())));
        assert_eq!(named("profiles=acme"), Ok(None));
        let problem = named("profile=a&b=1&profile=c").unwrap_err();
        assert_eq!(problem.detail, "profile: it stands there twice");
    }

    #[test]
    fn a_value_that_means_nothing_is_refused_in_words() {
        let query = Query::read("status=paid", &KNOWN).unwrap();
        let number = |text: &str| text.parse::<u32>().ok();
        assert_eq!(query.parse("reference", "a number", number), Ok(None));
        let problem = query.parse("status", "a number", number).unwrap_err();
        assert_eq!(problem.detail, "status: a number");
    }
}
