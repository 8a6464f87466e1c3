//! A genuine message with one thing changed. None may be believed, and each is refused for its own
//! reason.

use wechatpay::v2::fields::Fields;
use wechatpay::v2::key::{ApiV2Keys, SignType};
use wechatpay::v2::sign::{Distrust, verify};

/// Holds every sibling of a genuine message against the reason for which it must be refused.
#[track_caller]
pub(super) fn none_is_believed(name: &str, genuine: &Fields, keys: &ApiV2Keys, used: SignType) {
    let refused = |fields: Fields, reason: Distrust, what: &str| {
        assert_eq!(verify(fields, keys, used).err(), Some(reason), "{name}: {what}");
    };
    for (fields, what) in changed(genuine) {
        refused(fields, Distrust::BadSign, &what);
    }
    for (sign, what) in signs(genuine.get("sign").unwrap()) {
        refused(with(genuine, "sign", &sign), Distrust::BadSign, what);
    }
    for (fields, what) in [
        (without(genuine, "sign"), "without its sign"),
        (with(genuine, "sign", ""), "with an empty sign"),
        (renamed(genuine, "sign", "SIGN"), "with a sign of another name"),
    ] {
        refused(fields, Distrust::MissingSign, what);
    }
    // Another way to sign, said by the message or taken by us.
    let other = if used == SignType::Md5 { SignType::HmacSha256 } else { SignType::Md5 };
    refused(with(genuine, "sign_type", other.as_str()), Distrust::BadSign, "switched");
    let unknown = Distrust::UnknownSignType("SHA1".to_owned());
    refused(with(genuine, "sign_type", "SHA1"), unknown, "in a way nobody has");
    if genuine.get("sign_type").is_none() {
        let found = verify(genuine.clone(), keys, other).err();
        assert_eq!(found, Some(Distrust::BadSign), "{name}: taken for {other:?}");
    }
    let stranger = ApiV2Keys::parse("strangerstrangerstrangerstranger").unwrap();
    let found = verify(genuine.clone(), &stranger, used).err();
    assert_eq!(found, Some(Distrust::BadSign), "{name}: under another key");
}

/// Each field changed, left out, emptied and renamed; and one more.
fn changed(genuine: &Fields) -> Vec<(Fields, String)> {
    let mut siblings = Vec::new();
    let signed = genuine.iter().filter(|(name, value)| *name != "sign" && !value.is_empty());
    for (name, value) in signed {
        let mut add = |fields, how: &str| siblings.push((fields, format!("{name} {how}")));
        // How it is signed has siblings of its own.
        if name != "sign_type" {
            for other in [format!("{value} "), format!("0{value}"), "x".to_owned()] {
                add(with(genuine, name, &other), "changed");
            }
            for at in 0..value.chars().count() {
                add(with(genuine, name, &next_letter(value, at)), "changed by a letter");
            }
        }
        add(without(genuine, name), "left out");
        add(with(genuine, name, ""), "emptied");
        add(renamed(genuine, name, &name.to_uppercase()), "renamed");
        add(renamed(genuine, name, &format!("{name}_")), "renamed");
    }
    siblings.push((with(genuine, "a", "1"), "one more in front".to_owned()));
    siblings.push((with(genuine, "zz", "1"), "one more behind".to_owned()));
    siblings
}

/// The sign in other letters, cut, and longer.
fn signs(sign: &str) -> Vec<(String, &'static str)> {
    let mut signs = vec![
        (sign.to_lowercase(), "in small letters"),
        (sign[1..].to_owned(), "without its first letter"),
        (sign[..sign.len() - 1].to_owned(), "without its last letter"),
        (format!("{sign}0"), "longer"),
        (format!(" {sign}"), "with white space"),
        (sign.repeat(2), "twice"),
        ("0".repeat(sign.len()), "all zeros"),
    ];
    signs.extend((0..sign.len()).map(|at| (next_letter(sign, at), "with another letter")));
    signs
}

/// `text` with the letter at `at` replaced by the next one.
fn next_letter(text: &str, at: usize) -> String {
    let next = |letter: char| char::from_u32(u32::from(letter) + 1).unwrap();
    let letters = text.chars().enumerate();
    letters.map(|(n, letter)| if n == at { next(letter) } else { letter }).collect()
}

fn with(fields: &Fields, name: &str, value: &str) -> Fields {
    let mut fields = fields.clone();
    fields.push(name, value);
    fields
}

pub(super) fn without(fields: &Fields, name: &str) -> Fields {
    fields.iter().filter(|(known, _)| *known != name).collect()
}

fn renamed(fields: &Fields, name: &str, other: &str) -> Fields {
    let pairs = fields.iter();
    pairs.map(|(known, value)| (if known == name { other } else { known }, value)).collect()
}
