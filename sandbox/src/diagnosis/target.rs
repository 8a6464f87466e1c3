//! What is signed in the place of the URL that was sent.

use super::mistakes::{Mistake, Slot};

/// The platform's own names (protocol reference A.1).
const PLATFORM: [&str; 2] = ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"];
/// More parameters than these are not put into every order: four have twenty-four.
const PERMUTED_MAX: usize = 4;

/// Every usual mistake about a URL; `host` is the request's.
pub(super) fn mistakes(target: &str, host: Option<&str>) -> Vec<Mistake> {
    let mut found = with_host(target, host);
    found.extend(paths(target));
    if let Some((path, query)) = target.split_once('?') {
        found.extend(queries(path, query));
    } else {
        let words = "A question mark was signed after the path, although there is no query.";
        found.push(url("url-question-mark", words, format!("{target}?")));
    }
    found.extend(encodings(target));
    found
}

fn url(name: &'static str, words: impl Into<String>, value: impl Into<Vec<u8>>) -> Mistake {
    Mistake::new(Slot::Url, name, words, value)
}

fn with_host(target: &str, host: Option<&str>) -> Vec<Mistake> {
    const WORDS: &str = "The URL was signed with scheme and host. Its line is the absolute path \
                         with the query, and nothing before the first slash.";
    let mut found = Vec::new();
    for host in host.into_iter().chain(PLATFORM) {
        for scheme in ["https://", "http://", "//", ""] {
            let mistake = url("url-with-host", WORDS, format!("{scheme}{host}{target}"));
            found.push(if scheme.len() > 2 { mistake.common() } else { mistake });
        }
    }
    found
}

fn paths(target: &str) -> Vec<Mistake> {
    let mut found = Vec::new();
    if let Some(rest) = target.strip_prefix('/') {
        let words = "The URL was signed without its leading slash.";
        found.push(url("url-without-slash", words, rest).common());
        if let Some((first, rest)) = rest.split_once('/') {
            let words = format!(
                "The URL was signed without /{first}: the base path got lost. Sign the whole path \
                 that is sent."
            );
            found.push(url("url-base-path-lost", words, format!("/{rest}")).common());
            let doubled = format!("/{first}{target}");
            let words = format!("The URL was signed with /{first} twice.");
            found.push(url("url-base-path-doubled", words, doubled));
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mark = if query.is_empty() { "" } else { "?" };
    let words = "A slash at the end of the path was signed and not sent, or sent and not signed.";
    let other = match path.strip_suffix('/') {
        Some(bare) => format!("{bare}{mark}{query}"),
        None => format!("{path}/{mark}{query}"),
    };
    found.push(url("url-trailing-slash", words, other));
    let words = "The URL was signed in lower case.";
    found.push(url("url-lower-case", words, target.to_ascii_lowercase()));
    found
}

fn queries(path: &str, query: &str) -> Vec<Mistake> {
    const WITHOUT: &str = "The URL was signed without its query. Its line is the path, and `?` and \
                           the query as they are sent.";
    let mut found = vec![
        url("query-missing", WITHOUT, path).common(),
        url("query-missing", WITHOUT, format!("{path}?")),
        url(
            "query-without-mark",
            "The query was signed without the `?` before it.",
            format!("{path}{query}"),
        ),
    ];
    let pairs: Vec<&str> = query.split('&').collect();
    let words = "The query's parameters were signed in another order than they were sent. Build \
                 the URL once, and read the query back from it.";
    let mut orders = vec![pairs.iter().rev().copied().collect(), {
        let mut sorted = pairs.clone();
        sorted.sort_unstable();
        sorted
    }];
    if pairs.len() <= PERMUTED_MAX {
        orders.extend(permutations(&pairs));
    }
    for order in orders {
        found.push(url("query-reordered", words, format!("{path}?{}", order.join("&"))));
    }
    found
}

/// Every order of a few things.
fn permutations<'a>(things: &[&'a str]) -> Vec<Vec<&'a str>> {
    if things.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (index, first) in things.iter().enumerate() {
        let mut rest = things.to_vec();
        rest.remove(index);
        for mut tail in permutations(&rest) {
            tail.insert(0, first);
            all.push(tail);
        }
    }
    all
}

fn encodings(target: &str) -> Vec<Mistake> {
    const DECODED: &str = "The URL was signed decoded. Sign it as it is sent, with its percent \
                           signs.";
    const ENCODED: &str = "The URL was signed in another encoding than it was sent in. Build it \
                           once, and sign what your HTTP library really sends.";
    let plain = decoded(target.as_bytes());
    let spaced: Vec<u8> =
        plain.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let mut found = vec![
        url("url-decoded", DECODED, plain).common(),
        url("url-decoded", DECODED, spaced),
        url("url-encoded-otherwise", ENCODED, in_case(target, u8::to_ascii_lowercase)),
        url("url-encoded-otherwise", ENCODED, in_case(target, u8::to_ascii_uppercase)),
    ];
    let Some((path, query)) = target.split_once('?') else { return found };
    let values = decoded(query.as_bytes());
    let usual = [
        query.replace("%20", "+"),
        query.replace('+', "%20"),
        query.replace('|', "%7C"),
        query.replace("%7C", "|").replace("%7c", "|"),
    ];
    let rare = [
        query.replace('+', "%2B"),
        encoded(&values, "=&"),
        encoded(&values, "=&:/"),
        encoded(&values, "=&:/|,@!$'()*;+"),
    ];
    let one = |query: String| url("url-encoded-otherwise", ENCODED, format!("{path}?{query}"));
    found.extend(usual.into_iter().map(|query| one(query).common()));
    found.extend(rare.into_iter().map(one));
    found
}

/// Percent signs resolved.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = code.filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok());
        plain.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    plain
}

/// Percent signs for everything but letters, digits, `-._~`, and what is to be kept.
fn encoded(plain: &[u8], keep: &str) -> String {
    let mut text = String::new();
    for byte in plain {
        let letter = char::from(*byte);
        if byte.is_ascii_alphanumeric() || "-._~".contains(letter) || keep.contains(letter) {
            text.push(letter);
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// The two digits after each percent sign in another case.
fn in_case(target: &str, case: impl Fn(&u8) -> u8) -> Vec<u8> {
    let mut bytes = target.as_bytes().to_vec();
    let signs: Vec<usize> = target.match_indices('%').map(|(at, _)| at).collect();
    for at in signs {
        for digit in bytes.iter_mut().skip(at + 1).take(2) {
            *digit = case(digit);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_are_resolved_and_made() {
        assert_eq!(decoded(b"a%20b%7Cc%zz%2"), b"a b|c%zz%2");
        assert_eq!(encoded("a b|红".as_bytes(), ""), "a%20b%7C%E7%BA%A2");
        assert_eq!(in_case("/a%7c?b=%E7", u8::to_ascii_uppercase), b"/a%7C?b=%E7");
    }

    #[test]
    fn four_parameters_have_twenty_four_orders() {
        let orders = permutations(&["a", "b", "c", "d"]);
        let different: std::collections::BTreeSet<_> = orders.iter().collect();
        assert_eq!((orders.len(), different.len()), (24, 24));
    }
}
