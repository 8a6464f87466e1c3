//! The `Authorization` header's own troubles: what is missing, doubled, or written otherwise.

use super::Finding;

const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

/// The five, under the names that the header gives them.
const NAMES: [&str; 5] = ["mchid", "nonce_str", "signature", "timestamp", "serial_no"];

/// Names that they are often given instead.
const MISNAMED: [(&str, &str); 10] = [
    ("nonce", "nonce_str"),
    ("nonceStr", "nonce_str"),
    ("noncestr", "nonce_str"),
    ("serial", "serial_no"),
    ("serialNo", "serial_no"),
    ("sign", "signature"),
    ("mch_id", "mchid"),
    ("merchant_id", "mchid"),
    ("time_stamp", "timestamp"),
    ("timeStamp", "timestamp"),
];

/// What a shape should look like, for the words.
const SHAPE: &str = "WECHATPAY2-SHA256-RSA2048 mchid=\"…\",nonce_str=\"…\",signature=\"…\",\
                     timestamp=\"…\",serial_no=\"…\"";

/// What the header says, as far as it can be read with good will.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Items<'a> {
    pub(super) mchid: Option<&'a str>,
    pub(super) nonce: Option<&'a str>,
    pub(super) signature: Option<&'a str>,
    pub(super) timestamp: Option<&'a str>,
    pub(super) serial_no: Option<&'a str>,
}

impl<'a> Items<'a> {
    pub(super) fn read(header: &'a str) -> Self {
        let mut items = Self::default();
        let pairs = header.split_once(' ').map_or("", |(_, pairs)| pairs);
        for (name, value) in pairs.split(',').filter_map(|pair| pair.split_once('=')) {
            let value = value.trim().trim_matches(['"', '\'']);
            let slot = match name.trim() {
                "mchid" => &mut items.mchid,
                "nonce_str" => &mut items.nonce,
                "signature" => &mut items.signature,
                "timestamp" => &mut items.timestamp,
                "serial_no" => &mut items.serial_no,
                _ => continue,
            };
            if slot.is_none() && !value.is_empty() {
                *slot = Some(value);
            }
        }
        items
    }
}

/// What is wrong with the header's form, if something is.
pub(super) fn trouble(header: Option<&str>) -> Option<Finding> {
    let Some(header) = header else {
        let words = format!(
            "There is no Authorization header, or it is not ASCII. Sign the call and send \
             Authorization: {SHAPE}. If your client sends one, look for a proxy that removes it."
        );
        return Some(Finding::new("header-missing", words));
    };
    let (scheme, pairs) = header.split_once(' ').unwrap_or((header, ""));
    scheme_trouble(scheme).or_else(|| pairs_trouble(pairs))
}

fn scheme_trouble(scheme: &str) -> Option<Finding> {
    if scheme == SCHEME {
        return None;
    }
    let shown: String = scheme.chars().take(40).collect();
    let hint = if scheme.eq_ignore_ascii_case(SCHEME) {
        "The scheme's name is written in upper case."
    } else if scheme.starts_with(SCHEME) {
        "One space must follow the scheme's name."
    } else if scheme.starts_with("mchid") {
        "The scheme's name is missing in front of the items."
    } else {
        "APIv3 knows no other scheme for RSA keys."
    };
    let words =
        format!("The Authorization header begins with {shown:?} and not with {SCHEME:?}. {hint}");
    Some(Finding::new("scheme-other", words))
}

fn pairs_trouble(pairs: &str) -> Option<Finding> {
    let mut seen: Vec<&str> = Vec::new();
    for pair in pairs.split(',') {
        let (name, quoted) = pair.split_once('=').unwrap_or((pair, ""));
        if name.trim() != name || quoted.trim() != quoted {
            let words = format!(
                "There is white space around the item {:?} of the Authorization header. Put \
                 nothing but a comma between the five items.",
                name.trim()
            );
            return Some(Finding::new("header-spaces", words));
        }
        if let Some(finding) = name_trouble(name, &seen).or_else(|| quote_trouble(name, quoted)) {
            return Some(finding);
        }
        seen.push(name);
    }
    let missing = NAMES.into_iter().find(|name| !seen.contains(name))?;
    Some(missing_item(missing))
}

fn missing_item(name: &str) -> Finding {
    let words = format!("The Authorization header has no {name}. Its form is: {SHAPE}.");
    Finding::new(&format!("{}-missing", name.replace('_', "-")), words)
}

fn name_trouble(name: &str, seen: &[&str]) -> Option<Finding> {
    let shown: String = name.chars().take(40).collect();
    if let Some((_, right)) = MISNAMED.into_iter().find(|(wrong, _)| *wrong == name) {
        let words = format!("The Authorization header says {shown:?} where {right:?} is meant.");
        return Some(Finding::new("item-misnamed", words));
    }
    if name.is_empty() {
        // A comma too many, or no item at all: the first missing one says more.
        return NAMES.into_iter().find(|name| !seen.contains(name)).map_or_else(
            || Some(Finding::new("item-unknown", "The Authorization header has a comma too many.")),
            |name| Some(missing_item(name)),
        );
    }
    if !NAMES.contains(&name) {
        let words = format!(
            "The Authorization header has an item {shown:?}; there are only these: {}.",
            NAMES.join(", ")
        );
        return Some(Finding::new("item-unknown", words));
    }
    seen.contains(&name).then(|| {
        let words = format!("The Authorization header has {name} twice; each item comes once.");
        Finding::new("item-doubled", words)
    })
}

fn quote_trouble(name: &str, quoted: &str) -> Option<Finding> {
    let value = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match value {
        Some("") => {
            let words = format!("The value of {name} in the Authorization header is empty.");
            Some(Finding::new(&format!("{}-missing", name.replace('_', "-")), words))
        }
        Some(value) if value.contains('"') => {
            let words = format!("The value of {name} contains a quotation mark.");
            Some(Finding::new("quotes-wrong", words))
        }
        Some(_) => None,
        None => {
            if quoted.starts_with('"') {
                let words = format!(
                    "The value of {name} in the Authorization header has no quotation mark at its \
                     end: it was cut, or has a comma in it, which a value cannot have."
                );
                return Some(Finding::new("quotes-wrong", words));
            }
            let which = if quoted.starts_with('\'') { "single quotes" } else { "no quotes" };
            let words = format!(
                "The value of {name} in the Authorization header has {which}; write {name}=\"…\" \
                 with double quotes."
            );
            Some(Finding::new("quotes-wrong", words))
        }
    }
}
