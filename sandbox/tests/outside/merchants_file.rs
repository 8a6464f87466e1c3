//! Merchants from a file: what it says is kept to the letter, the rest is made, and every mistake
//! is refused with its place.

use sandbox::control::merchants::listed;
use sandbox::merchant::Credentials;
use sandbox::merchants_file::Wishes;
use serde_json::{Value, json};

use crate::restart::Folder;
use crate::shop::credentials;

const NOW: u64 = 1_735_700_000;

const SMALL_KEY: &str = include_str!("../../../tests/vectors/key_private_1024.json");
const OLDER_FORM: &str = include_str!("../../../tests/vectors/key_private_pkcs1.json");

fn text_in(vector: &str) -> String {
    serde_json::from_str::<Value>(vector).unwrap()["text"].as_str().unwrap().to_owned()
}

fn read(folder: &Folder, text: &str) -> Result<Wishes, String> {
    let path = folder.0.join("merchants.json");
    std::fs::write(&path, text).unwrap();
    Wishes::read(&path).map_err(|refused| refused.to_string().replace(path.to_str().unwrap(), "F"))
}

fn granted(folder: &Folder, file: &Value, kept: Option<Credentials>) -> Credentials {
    read(folder, &file.to_string())
        .unwrap_or_else(|said| panic!("{said}"))
        .granted(kept, NOW)
        .unwrap()
}

/// The file that says all of the tests' credentials.
fn whole() -> Value {
    listed(&credentials())
}

#[test]
fn a_list_that_was_printed_reads_back_the_same() {
    let folder = Folder::new("round");
    let again = granted(&folder, &whole(), None);
    assert_eq!(listed(&again), whole());
    assert!(again == credentials());
}

#[test]
fn what_a_configuration_holds_stays_and_the_rest_is_made() {
    let folder = Folder::new("part");
    let known = credentials();
    let third = json!({
        "mchid": "1230000109", "appid": "wxd678efh567hg6787", "other_appids": ["wx0123456789abcdef"],
        "api_v3_key": "0123456789abcdefghijklmnopqrstuv", "api_v2_key": "0123456789abcdefghijklmnopqrstuv",
        "certificate_file": "mine/apiclient_cert.pem", "serial_no": known.serial_no.to_lowercase(),
    });
    std::fs::create_dir(folder.0.join("mine")).unwrap();
    std::fs::write(folder.0.join("mine/apiclient_cert.pem"), &known.certificate_pem).unwrap();
    let mut file = json!({
        "data": [third, {
            "mchid": "1900000109",
            "sub_merchants": [{ "sub_mchid": "1900000110" }],
            "private_key_pem": text_in(OLDER_FORM),
        }],
        "platform": {
            "public_key_id": "PUB_KEY_ID_0114232134912410000000000000",
            "private_key_pem": known.platform_private_key_pem.replace('\n', "\\n"),
            "certificates": whole()["platform"]["certificates"],
        },
    });
    let made = granted(&folder, &file, None);
    let all = made.accounts();
    assert_eq!(all.len(), 2);
    assert_eq!(
        (all[0].mchid.as_str(), all[0].serial_no.as_str()),
        ("1230000109", known.serial_no.as_str())
    );
    assert_eq!(
        (all[0].appid.as_str(), all[0].private_key_pem.as_ref()),
        ("wxd678efh567hg6787", None)
    );
    assert_eq!(all[0].other_appids, ["wx0123456789abcdef"]);
    assert_eq!(all[0].api_v3_key, "0123456789abcdefghijklmnopqrstuv");
    // A certificate was made for the key that was there, and the app of the sub-merchant.
    assert_eq!((made.partner.sub_mchid.as_str(), made.partner.serial_no.len()), ("1900000110", 40));
    assert!(made.partner.private_key_pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(made.partner.sub_appid.starts_with("wx"));
    assert_eq!(made.platform_public_key_id, "PUB_KEY_ID_0114232134912410000000000000");
    assert_eq!(made.platform_public_key_pem, known.platform_public_key_pem);
    assert_eq!(made.platform_certificate_pem, known.platform_certificate_pem);

    // Beside a state folder the file wins, and what was made stays.
    file["data"][0]["api_v3_key"] = json!("vutsrqponmlkjihgfedcba9876543210");
    let later = granted(&folder, &file, Some(made.clone()));
    assert_eq!(later.api_v3_key, "vutsrqponmlkjihgfedcba9876543210");
    assert!(later.partner == made.partner);
    assert_eq!(later.accounts().len(), 2);
}

#[test]
fn keys_are_read_however_an_editor_kept_them() {
    let folder = Folder::new("pasted");
    let known = credentials();
    let dos = |pem: &str| format!("\u{feff}{}", pem.trim_end().replace('\n', "\r\n"));
    let one_line = |pem: &str| pem.replace('\n', "\\n");
    let bare =
        |pem: &str| pem.lines().filter(|line| !line.starts_with("-----")).collect::<String>();
    let ways: [&dyn Fn(&str) -> String; 3] = [&dos, &one_line, &bare];
    for way in ways {
        let mut file = whole();
        file["data"][0]["certificate_pem"] = json!(way(&known.certificate_pem));
        file["data"][0]["private_key_pem"] = json!(way(&known.private_key_pem));
        let text = format!("\u{feff}{file}");
        let made = read(&folder, &text).unwrap_or_else(|said| panic!("{said}"));
        assert_eq!(listed(&made.granted(None, NOW).unwrap()), whole());
    }
}

#[test]
fn the_readmes_example_is_read() {
    let folder = Folder::new("readme");
    let (_, rest) = include_str!("../../README.md").split_once("```json\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let known = credentials();
    std::fs::write(folder.0.join("apiclient_cert.pem"), &known.certificate_pem).unwrap();
    std::fs::write(folder.0.join("apiclient_key.pem"), &known.private_key_pem).unwrap();
    let made = granted(&folder, &serde_json::from_str(example).unwrap(), Some(known.clone()));
    assert_eq!((made.mchid.as_str(), &made.serial_no), ("1900000109", &known.serial_no));
    assert_eq!((made.partner.sp_mchid.as_str(), made.accounts().len()), ("1230000109", 2));
    assert_eq!(made.platform_public_key_pem, known.platform_public_key_pem);
    assert!(made.platform_public_key_id.starts_with("PUB_KEY_ID_01190000"));
}

#[test]
fn a_file_without_partners_has_the_folders_own_and_rotations_stay() {
    let folder = Folder::new("kept");
    let kept = credentials().with_merchant_certificate(&credentials().mchid, NOW).unwrap();
    let serial = kept.serial_no.clone();
    let kept = kept.without_merchant_certificate(&serial).unwrap();
    let mut file = whole();
    file["data"].as_array_mut().unwrap().truncate(1);
    file.as_object_mut().unwrap().remove("platform");
    let later = granted(&folder, &file, Some(kept.clone()));
    assert!(later.partner == kept.partner);
    assert_eq!(later.platform_public_key_pem, kept.platform_public_key_pem);
    assert_eq!(later.platform_certificates, kept.platform_certificates);
    // The file's certificate is in force again, and the one that was issued beside it still is.
    assert_eq!(later.serial_no, serial);
    let own = |credentials: &Credentials| {
        let all = credentials.merchant_certificates.iter();
        let own = all.filter(|each| each.mchid == credentials.mchid);
        own.map(|each| (each.serial_no.clone(), each.retired)).collect::<Vec<_>>()
    };
    assert_eq!(own(&kept)[0], (serial.clone(), true));
    assert_eq!(own(&later), [(serial, false), (kept.serial_no, false)]);
}

#[test]
fn every_mistake_is_refused_with_its_place_and_what_would_be_right() {
    let folder = Folder::new("wrong");
    let known = credentials();
    let (direct, partner) = (
        format!("data[0] (mchid {:?})", known.mchid),
        format!("data[1] (mchid {:?})", known.partner.sp_mchid),
    );
    let cases = [
        ("/data/0/api_v3_key", json!("0123456789abcdefghijklmnopqrstu"), format!("{direct}.api_v3_key: an APIv3 key has 32 characters, not 31")),
        ("/data/0/api_v3_key", json!("0123456789abcdefghijklmnopqrstu-"), format!("{direct}.api_v3_key: an APIv3 key has only letters and digits")),
        ("/data/0/api_v2_key", json!("short"), format!("{direct}.api_v2_key: an API v2 key has 32 characters, not 5")),
        ("/data/0/appid", json!(known.mchid), format!("{direct}.appid: {:?}: wx and 16 hexadecimal digits are expected", known.mchid)),
        ("/data/0/mchid", json!("19000001O9"), "data[0] (mchid \"19000001O9\").mchid: \"19000001O9\": digits are expected, ten as a rule, 32 at most".to_owned()),
        ("/data/1/mchid", json!(known.mchid), format!("data[1] (mchid {:?}).mchid: an earlier merchant of this file has the same number", known.mchid)),
        ("/data/0/private_key_pem", json!(known.partner.private_key_pem), format!("{direct}.certificate_pem: the private key does not belong to the certificate")),
        ("/data/0/private_key_pem", json!(text_in(SMALL_KEY)), format!("{direct}.private_key_pem: 2048 bits are expected, not 1024")),
        ("/data/0/private_key_pem", json!("-----BEGIN PRIVATE KEY-----\nAAAA"), format!("{direct}.private_key_pem: its BEGIN line has no END line of the same label")),
        ("/data/0/certificate_pem", json!(known.private_key_pem), format!("{direct}.certificate_pem: a certificate is expected, this is a private key")),
        ("/data/0/certificate_file", json!("there.pem"), format!("{direct}.certificate_pem: stands beside certificate_file: give one of the two")),
        ("/data/0/native_url", json!("http://pay.example.com/n"), format!("{direct}.native_url: \"http://pay.example.com/n\": an https address is expected")),
        ("/data/0/serial_no", json!("4A1B"), format!("{direct}.serial_no: 4A1B is not the certificate's: that has {}", known.serial_no)),
        ("/data/0/sub_merchants", json!([{ "sub_mchid": "1" }]), format!("{direct}.sub_merchants: a direct merchant has none: say \"kind\": \"partner\", or leave it out")),
        ("/data/1/sub_merchants/1/sub_mchid", json!(known.partner.sub_mchid), format!("{partner}.sub_merchants[1].sub_mchid: is there twice")),
        ("/platform/public_key_id", json!("0114"), "platform.public_key_id: \"0114\": PUB_KEY_ID_ and then digits are expected".to_owned()),
        ("/platform/private_key_pem", json!(known.private_key_pem), "platform.public_key_pem: is not the private key's other half".to_owned()),
        ("/platform/certificates/0/private_key_pem", Value::Null, "platform.certificates[0].private_key_pem: is missing: the sandbox signs with it.".to_owned()),
    ];
    for (place, value, words) in cases {
        let mut file = whole();
        let (outer, name) = place.rsplit_once('/').unwrap();
        file.pointer_mut(outer).unwrap()[name] = value;
        let said = read(&folder, &file.to_string()).err().unwrap();
        assert!(said.starts_with(&format!("F: {words}")), "{place}: {said}");
    }
}

#[test]
fn what_is_no_such_file_is_refused_with_its_line() {
    let folder = Folder::new("form");
    let flat = serde_json::to_string(&credentials()).unwrap();
    std::fs::write(folder.0.join("apiclient_cert.p12"), b"0\x82\x0a\xff").unwrap();
    for (text, words) in [
        (
            "{\"data\":[\n{\"mchid\":\"1\",\"mchId\":\"1\"}]}",
            "F: unknown field `mchId`, expected one of `kind`, `mchid`",
        ),
        ("{\"data\":[\n{\"appid\":\"wx1\"}\n]}", "F: missing field `mchid` at line 2 column 15"),
        (
            "{\"data\":[\n{\"mchid\":1900000109}]}",
            "F: invalid type: integer `1900000109`, expected a string at line 2 column 19; numbers of \
             merchants stand in double quotes",
        ),
        (
            "{\"data\":[{\"mchid\":\"1\",\"certificate_file\":\"apiclient_cert.p12\"}]}",
            "F: data[0] (mchid \"1\").certificate_file: \"apiclient_cert.p12\" is not text: a PEM file",
        ),
        ("", "F: an object is expected, as {\"data\": "),
        ("[{\"mchid\":\"1\"}]", "F: an object is expected, as {\"data\": "),
        ("{", "F: EOF while parsing an object at line 1"),
        (
            "{\"data\":[{\"mchid\":\"1\",\"certificate_file\":\"none.pem\"}]}",
            "F: data[0] (mchid \"1\").certificate_file: \"none.pem\" cannot be read: ",
        ),
        (
            "{\"data\":[{\"mchid\":\"1\",\"serial_no\":\"4A1B\"}]}",
            "F: data[0] (mchid \"1\").serial_no: there is no certificate that could have it",
        ),
    ] {
        let said = read(&folder, text).err().unwrap();
        assert!(said.starts_with(words), "{text}: {said}");
    }
    let said = read(&folder, &flat).err().unwrap();
    assert!(said.contains("this is what `saoma-sandbox credentials` prints"), "{said}");
    let missing = Wishes::read(&folder.0.join("nothing.json")).err().unwrap().to_string();
    assert!(missing.contains("nothing.json: cannot be read: "), "{missing}");
}
