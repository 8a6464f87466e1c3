//! What opens, under which key, and what is taken from it.

use aes::cipher::BlockEncryptMut as _;

use super::*;

const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";
const OTHER: &str = "0123456789abcdefghijklmnopqrstuv";

const ROOT: &str = "<root><out_refund_no><![CDATA[R1]]></out_refund_no>\
                    <refund_status><![CDATA[SUCCESS]]></refund_status></root>";

/// A notification with this inside, sealed under that key.
fn sealed(plaintext: &str, key: &str) -> String {
    let key = ApiV2Key::parse(key).unwrap().sealing_key();
    let cipher = ecb::Encryptor::<Aes256>::new(&(*key).into());
    STANDARD.encode(cipher.encrypt_padded_vec_mut::<Pkcs7>(plaintext.as_bytes()))
}

fn told(req_info: &str, more: &str) -> Vec<u8> {
    format!(
        "<xml><return_code>SUCCESS</return_code><mch_id>1900000001</mch_id>{more}\
         <req_info><![CDATA[{req_info}]]></req_info></xml>"
    )
    .into_bytes()
}

fn opened(body: &[u8], keys: &str) -> Result<Claimed, NotOpened> {
    open(body, &ApiV2Keys::parse(keys).unwrap())
}

fn claimed() -> Claimed {
    Claimed { out_refund_no: "R1".to_owned(), sub_mchid: None, is_decided: true }
}

#[test]
fn either_of_two_keys_opens_it_and_no_other() {
    let body = told(&sealed(ROOT, KEY), "");
    assert_eq!(opened(&body, KEY), Ok(claimed()));
    assert_eq!(opened(&body, &format!("{OTHER} {KEY}")), Ok(claimed()));
    assert_eq!(opened(&body, &format!("{KEY} {OTHER}")), Ok(claimed()));
    assert_eq!(opened(&body, OTHER), Err(NotOpened::Sealed));
}

#[test]
fn what_is_taken_is_a_number_and_whether_it_is_decided() {
    let read = |inside: &str| opened(&told(&sealed(inside, KEY), ""), KEY);
    for (status, is_decided) in [("SUCCESS", true), ("CHANGE", true), ("PROCESSING", false)] {
        let claim = Claimed { is_decided, ..claimed() };
        assert_eq!(read(&ROOT.replace("SUCCESS", status)), Ok(claim), "{status}");
    }
    assert_eq!(read(&ROOT.replace("out_refund_no", "refund_id")), Err(NotOpened::Nameless));
    assert_eq!(read(&ROOT.replace("R1", "")), Err(NotOpened::Nameless));
    assert_eq!(read(&ROOT.replace("R1", &"R".repeat(65))), Err(NotOpened::Nameless));
    let longest = "R".repeat(64);
    assert!(read(&ROOT.replace("R1", &longest)).is_ok_and(|claim| claim.out_refund_no == longest));
    let partner = told(&sealed(ROOT, KEY), "<sub_mch_id>1600000001</sub_mch_id>");
    let sub_mchid = Some("1600000001".to_owned());
    assert_eq!(opened(&partner, KEY), Ok(Claimed { sub_mchid, ..claimed() }));
}

#[test]
fn what_is_no_message_is_not_opened() {
    let sealed = sealed(ROOT, KEY);
    assert!(matches!(opened(b"", KEY), Err(NotOpened::Xml(_))));
    let doctype = [&b"<!DOCTYPE xml>"[..], &told(&sealed, "")].concat();
    assert!(matches!(opened(&doctype, KEY), Err(NotOpened::Xml(_))));
    let long = told(&"A".repeat(64 * 1024), "");
    assert!(matches!(opened(&long, KEY), Err(NotOpened::Xml(_))));
    let bare = b"<xml><return_code>SUCCESS</return_code></xml>";
    assert_eq!(opened(bare, KEY), Err(NotOpened::Missing));
    assert_eq!(opened(&told("", ""), KEY), Err(NotOpened::Missing));
    for odd in ["%%", "QQ", &sealed.replace('=', "")] {
        assert_eq!(opened(&told(odd, ""), KEY), Err(NotOpened::BadBase64), "{odd}");
    }
    // No whole block; and whole blocks of nothing in particular.
    for odd in ["QUJD", &STANDARD.encode([7; 16]), &STANDARD.encode([0; 4_096])] {
        assert_eq!(opened(&told(odd, ""), KEY), Err(NotOpened::Sealed), "{odd}");
    }
}

#[test]
fn what_opens_and_is_no_refund_is_not_opened() {
    for inside in [
        "",
        "R1",
        "<xml><out_refund_no>R1</out_refund_no></xml>",
        "<!DOCTYPE root [<!ENTITY e 'R1'>]><root><out_refund_no>&e;</out_refund_no></root>",
        "<root><out_refund_no>R1</out_refund_no><out_refund_no>R2</out_refund_no></root>",
        "<root><a><out_refund_no>R1</out_refund_no></a></root>",
    ] {
        let body = told(&sealed(inside, KEY), "");
        assert_eq!(opened(&body, KEY), Err(NotOpened::Sealed), "{inside}");
    }
}
