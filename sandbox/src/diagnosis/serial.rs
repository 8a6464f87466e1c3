//! A serial number under which this merchant has no certificate.

use rsa::BigUint;

use super::header::Items;
use super::{Finding, Holder, Known, Owner};

/// A longer text is nobody's serial number in another form: forty digits, with a mark before each.
const FORM_CHARS_MAX: usize = 80;

/// What is wrong with the pair of merchant and serial number, if something is.
pub(super) fn trouble(items: &Items<'_>, known: &Known<'_>) -> Option<Finding> {
    let (mchid, serial) = (items.mchid?, items.serial_no?);
    let own: Vec<_> =
        known.holders.iter().filter(|holder| holder.owner == Owner::Merchant(mchid)).collect();
    if let Some(holder) = own.iter().find(|holder| holder.serial_no == serial) {
        return holder.retired.then(|| replaced(&own, serial));
    }
    Some(if own.is_empty() { stranger(mchid, known) } else { misnamed(serial, &own, known) })
}

fn replaced(own: &[&Holder<'_>], serial: &str) -> Finding {
    let words = format!(
        "The certificate {} was replaced and signs nothing any more. In force: {}.",
        shown(serial),
        serials(own)
    );
    Finding::new("certificate-replaced", words)
}

fn stranger(mchid: &str, known: &Known<'_>) -> Finding {
    if let Some((_, partner)) = known.subs.iter().find(|(sub, _)| *sub == mchid) {
        let words = format!(
            "{} is a sub-merchant, which has no keys: its partner signs. Put the partner's \
             number, {partner}, into mchid of the Authorization header.",
            shown(mchid)
        );
        return Finding::new("merchant-unknown", words);
    }
    let mut mchids: Vec<_> = known
        .holders
        .iter()
        .filter_map(|holder| match holder.owner {
            Owner::Merchant(mchid) => Some(mchid),
            Owner::Platform => None,
        })
        .collect();
    mchids.dedup();
    mchids.truncate(8);
    let words = format!(
        "No merchant {} is known here; known: {}. GET /sandbox/merchant shows the credentials.",
        shown(mchid),
        mchids.join(", ")
    );
    Finding::new("merchant-unknown", words)
}

fn misnamed(serial: &str, own: &[&Holder<'_>], known: &Known<'_>) -> Finding {
    let meant = own.iter().find_map(|holder| Some((holder, other_form(serial, holder.serial_no)?)));
    if let Some((holder, form)) = meant {
        let words = format!(
            "The serial number {} is the certificate's, but {form}. Send it as {:?}.",
            shown(serial),
            holder.serial_no
        );
        return Finding::new("serial-form", words);
    }
    let platform = serial.starts_with("PUB_KEY_ID_")
        || known
            .holders
            .iter()
            .any(|holder| holder.owner == Owner::Platform && holder.serial_no == serial);
    if platform {
        let words = format!(
            "{} names a key of the platform, which belongs into Wechatpay-Serial. serial_no of \
             the Authorization header names your own certificate: {}.",
            shown(serial),
            serials(own)
        );
        return Finding::new("serial-of-the-platform", words);
    }
    let other = known.holders.iter().find(|holder| holder.serial_no == serial);
    if let Some(Owner::Merchant(other)) = other.map(|holder| holder.owner) {
        let words = format!(
            "The certificate {} is merchant {other}'s. Yours: {}.",
            shown(serial),
            serials(own)
        );
        return Finding::new("serial-of-another-merchant", words);
    }
    let words = format!(
        "You have no certificate with the serial number {}; you have: {}. It is printed by \
         openssl x509 -in apiclient_cert.pem -noout -serial.",
        shown(serial),
        serials(own)
    );
    Finding::new("serial-unknown", words)
}

/// In which other form a serial number stands there, if it is the same number.
fn other_form(said: &str, right: &str) -> Option<&'static str> {
    // Reading digits takes as long as their number squared, and nobody has signed them.
    if said.len() > FORM_CHARS_MAX {
        return None;
    }
    let number = BigUint::parse_bytes(right.as_bytes(), 16)?;
    let plain: String = said.chars().filter(|letter| !matches!(letter, ':' | ' ' | '-')).collect();
    let bare = plain.strip_prefix("0x").or_else(|| plain.strip_prefix("0X")).unwrap_or(&plain);
    if BigUint::parse_bytes(said.as_bytes(), 10).as_ref() == Some(&number) {
        return Some("in decimal digits; hexadecimal ones are wanted");
    }
    if BigUint::parse_bytes(bare.as_bytes(), 16).as_ref() != Some(&number) {
        return None;
    }
    Some(if bare.len() != said.len() {
        "with a prefix or with marks between its digits"
    } else if bare.len() != right.len() {
        "with another number of leading zeros"
    } else {
        "in lower case"
    })
}

fn serials(own: &[&Holder<'_>]) -> String {
    let in_force = own.iter().filter(|holder| !holder.retired).map(|holder| holder.serial_no);
    in_force.take(8).collect::<Vec<_>>().join(", ")
}

/// Quoted, and no longer than anybody wants to read.
fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(64).collect::<String>())
}
