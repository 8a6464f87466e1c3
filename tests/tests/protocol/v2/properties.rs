//! What holds for every message and for every body, drawn by chance.

use checkout::payee::Payee;
use checkout::report::Report;
use proptest::collection::vec;
use proptest::prelude::*;
use wechatpay::http::{Headers, Reply};
use wechatpay::v2::answer::{Judged, judge};
use wechatpay::v2::fields::Fields;
use wechatpay::v2::key::{ApiV2Key, ApiV2Keys, SignType};
use wechatpay::v2::order::{self, read_close, read_place, read_query};
use wechatpay::v2::sign::{sign, string_to_sign, verify};
use wechatpay::v2::xml::{FIELDS_MAX, NAME_BYTES_MAX, read, write};
use wechatpay::v2::{mode1, notification};

use super::naive;

const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";

fn keys() -> ApiV2Keys {
    ApiV2Keys::parse(KEY).unwrap()
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9A-Za-z_.:/-]{0,24}",
        "(]]>|<!\\[CDATA\\[|&amp;|&|<|>|\"|'|\r|\n|\t| |=|红|😀|\u{0}|\u{FFFF}){0,12}",
        any::<String>(),
    ]
}

fn any_pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![
        "[a-c]",
        "[A-Za-z_][A-Za-z0-9_.-]{0,63}",
        Just("sign_type".to_owned()),
        ".{0,70}",
    ];
    vec((name, any_value()), 0..20)
}

/// What XML is made of, in any order.
fn any_xml() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<xml>"),
        Just("</xml>"),
        Just("<xml/>"),
        Just("<a>"),
        Just("</a>"),
        Just("<b/>"),
        Just("<sign>"),
        Just("</sign>"),
        Just("1"),
        Just(" "),
        Just("\r\n"),
        Just("红"),
        Just("&lt;"),
        Just("&#65;"),
        Just("&x;"),
        Just("&"),
        Just("<![CDATA["),
        Just("]]>"),
        Just("]]"),
        Just("<!DOCTYPE a>"),
        Just("<!--"),
        Just("-->"),
        Just("<?xml version='1.0'?>"),
        Just("<c d='e'>"),
        Just("<"),
        Just(">"),
        Just("/"),
        Just("\u{FEFF}"),
    ];
    (any::<bool>(), vec(piece, 0..24)).prop_map(|(is_framed, pieces)| {
        let inner = pieces.concat();
        if is_framed { format!("<xml><a>{inner}</a></xml>") } else { inner }
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(pairs in any_pairs()) {
        let fields: Fields = pairs.into_iter().collect();
        prop_assert_eq!(read(&write(&fields)), Ok(fields));
    }

    #[test]
    fn what_is_read_is_bounded_and_can_be_written(
        body in prop_oneof![
            any_xml().prop_map(String::into_bytes),
            vec(any::<u8>(), 0..200),
            any::<String>().prop_map(String::into_bytes),
        ],
    ) {
        if let Ok(fields) = read(&body) {
            let held: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
            prop_assert!(held <= body.len() && fields.len() <= FIELDS_MAX);
            prop_assert!(fields.iter().all(|(name, _)| (1..=NAME_BYTES_MAX).contains(&name.len())));
            prop_assert_eq!(read(&write(&fields)), Ok(fields));
        }
    }

    #[test]
    fn the_sign_is_what_a_second_opinion_says(
        pairs in any_pairs(),
        key in "[!-~]{32}",
        is_md5 in any::<bool>(),
    ) {
        let fields: Fields = pairs.into_iter().collect();
        let sign_type = if is_md5 { SignType::Md5 } else { SignType::HmacSha256 };
        let told: Vec<_> =
            fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let ours = sign(&fields, &ApiV2Key::parse(&key).unwrap(), sign_type);
        prop_assert_eq!(ours, naive::sign(&told, &key, sign_type.as_str()));
    }

    /// The order of the fields says nothing, every value and every name does.
    #[test]
    fn a_signed_message_is_believed_in_any_order_and_changed_in_none(
        pairs in any_pairs(),
        at in any::<prop::sample::Index>(),
        other in any_value(),
    ) {
        let mut fields: Fields =
            pairs.into_iter().filter(|(name, _)| name != "sign_type").collect();
        fields.push("sign", sign(&fields, keys().first(), SignType::HmacSha256));
        let believed = |fields: Fields| verify(fields, &keys(), SignType::HmacSha256).is_ok();
        let mut turned: Vec<_> = fields.iter().collect();
        turned.reverse();
        prop_assert!(believed(turned.into_iter().collect()));

        let name = fields.iter().map(|(name, _)| name).nth(at.index(fields.len())).unwrap();
        let mut changed = fields.clone();
        changed.push(name, other.as_str());
        let is_same = string_to_sign(&changed) == string_to_sign(&fields)
            && changed.get("sign") == fields.get("sign");
        prop_assert_eq!(believed(changed), is_same, "{} = {:?}", name, other);
    }

    #[test]
    fn nothing_that_was_not_signed_is_believed_by_anybody(
        status in prop_oneof![Just(200_u16), any::<u16>()],
        body in prop_oneof![any_xml().prop_map(String::into_bytes), vec(any::<u8>(), 0..200),
            any_pairs().prop_map(|pairs| write(&pairs.into_iter().collect()))],
    ) {
        prop_assert!(notification::read(&body, &keys(), SignType::Md5).is_err());
        prop_assert!(mode1::read(&body, &keys()).is_err());
        prop_assert_eq!(order::place(&body).is_ok(), read(&body).is_ok());
        let reply = Reply { status, headers: Headers::default(), body };
        let judged = judge(&reply, &keys(), SignType::HmacSha256, &Payee::direct("1", "wx"));
        let is_done = matches!(judged, Judged::Done(_));
        prop_assert!(!is_done);
        for report in [read_place(&judged), read_query(&judged, "T1"), read_close(&judged)] {
            let settles = matches!(report, Report::Paid(_) | Report::Placed { .. }
                | Report::ClosedThere | Report::CloseTaken | Report::NotPaid
                | Report::NotFound { .. });
            prop_assert!(!settles, "{:?}", report);
        }
    }
}
