//! A V2 refund notification opens under the merchant's key alone; and why what comes out is believed by
//! nobody.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wechatpay::v2::fields::Fields;
use wechatpay::v2::key::ApiV2Keys;
use wechatpay::v2::refund_notification::{Claimed, NotOpened, open};
use wechatpay::v2::xml::{read_rooted, write};

use super::tamper::{flip, flip_text};
use super::vector::{self, Named, ReqInfo};

/// Bytes of a block, which the cipher seals by itself.
const BLOCK: usize = 16;

fn genuine() -> ReqInfo {
    let Some(Named { vector, .. }) = vector::all::<ReqInfo>("v2_req_info").pop() else {
        panic!("no vector");
    };
    vector
}

/// The message around it (protocol reference G.14).
fn told(req_info: &str) -> Vec<u8> {
    let fields: Fields = [
        ("return_code", "SUCCESS"),
        ("appid", "wx0123456789abcdef"),
        ("mch_id", "1900000001"),
        ("nonce_str", "6K8264ILTKCH16CQ2502SI8ZNMTM67V9"),
        ("req_info", req_info),
    ]
    .into_iter()
    .collect();
    write(&fields)
}

fn opened(req_info: &str, keys: &str) -> Result<Claimed, NotOpened> {
    open(&told(req_info), &ApiV2Keys::parse(keys).unwrap())
}

fn claimed(number: &str) -> Claimed {
    Claimed { out_refund_no: number.to_owned(), sub_mchid: None, is_decided: true }
}

#[test]
fn the_reference_notification_opens() {
    let vector = genuine();
    let inside = read_rooted(vector.plaintext.as_bytes(), "root").unwrap();
    assert_eq!(inside.get("out_refund_no"), Some("R20250101000001"));
    assert_eq!(inside.get("refund_status"), Some("SUCCESS"));
    assert_eq!(opened(&vector.req_info, &vector.api_key), Ok(claimed("R20250101000001")));
}

#[test]
fn no_other_key_opens_it() {
    let vector = genuine();
    for at in 0..vector.api_key.len() {
        let other = flip_text(&vector.api_key, at);
        let other = other.replace(|letter: char| !letter.is_ascii_alphanumeric(), "Z");
        assert_eq!(opened(&vector.req_info, &other), Err(NotOpened::Sealed), "{at}");
    }
}

#[test]
fn one_flipped_bit_of_it_and_it_is_not_opened() {
    let vector = genuine();
    let sealed = STANDARD.decode(&vector.req_info).unwrap();
    for at in 0..sealed.len() {
        let other = STANDARD.encode(flip(&sealed, at));
        assert_eq!(opened(&other, &vector.api_key), Err(NotOpened::Sealed), "{at}");
    }
    for short in [1, BLOCK - 1, BLOCK, 2 * BLOCK] {
        let other = STANDARD.encode(&sealed[..sealed.len() - short]);
        assert_eq!(opened(&other, &vector.api_key), Err(NotOpened::Sealed), "{short} fewer");
    }
}

/// Who has seen one message can put its blocks together anew, without the key, and it opens. So the
/// platform is asked, and only its answer counts.
#[test]
fn blocks_in_another_order_still_open_which_is_why_nothing_inside_is_believed() {
    let vector = genuine();
    let sealed = STANDARD.decode(&vector.req_info).unwrap();
    let blocks: Vec<&[u8]> = sealed.chunks(BLOCK).collect();
    let opens = |at: &usize| {
        let forged = [&blocks[..=*at], &blocks[*at..]].concat().concat();
        opened(&STANDARD.encode(forged), &vector.api_key).is_ok()
    };
    assert!((1..blocks.len() - 1).any(|at| opens(&at)), "no block can be doubled");
}
