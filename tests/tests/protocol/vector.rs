//! Reads `vectors/`. Unknown kinds and unknown keys are failures.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How many files of each kind there are, so that a lost one is noticed.
const COUNTS: [(&str, usize); 24] = [
    ("answer", 3),
    ("bill", 4),
    ("bill_answer", 2),
    ("bill_packed", 1),
    ("bill_sealed", 3),
    ("certificates", 2),
    ("error", 7),
    ("key_text", 38),
    ("message", 3),
    ("notification", 5),
    ("oaep", 12),
    ("probe", 2),
    ("query_answer", 4),
    ("refund_answer", 2),
    ("refund_redirect", 1),
    ("request", 7),
    ("sealed", 4),
    ("signature", 2),
    ("v2_message", 14),
    ("v2_req_info", 1),
    ("v2_sealing_key", 1),
    ("v2_sign", 8),
    ("v2_unsigned", 2),
    ("v2_unverifiable", 5),
];

/// A vector and the name of its file.
pub(crate) struct Named<T> {
    pub(crate) name: String,
    pub(crate) vector: T,
}

/// Every vector of one kind, in the order of their names.
#[track_caller]
pub(crate) fn all<T: DeserializeOwned>(kind: &str) -> Vec<Named<T>> {
    let files = files();
    let found: Vec<_> = files
        .into_iter()
        .filter(|(_, file)| file["kind"] == kind)
        .map(|(name, file)| {
            let vector = serde_json::from_value(without_frame(file))
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            Named { name, vector }
        })
        .collect();
    let expected = COUNTS.iter().find(|(known, _)| *known == kind).map(|(_, count)| *count);
    assert_eq!(Some(found.len()), expected, "number of vectors of the kind {kind}");
    found
}

/// What every vector has: what it is, where it comes from, and perhaps a remark.
fn without_frame(mut file: Value) -> Value {
    let object = file.as_object_mut().unwrap();
    object.remove("kind");
    assert!(object.remove("source").is_some_and(|source| source.is_string()), "no source");
    object.remove("note");
    file
}

fn files() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            (name, value)
        })
        .collect()
}

#[test]
fn every_vector_is_of_a_kind_that_is_checked() {
    let mut counts = BTreeMap::<String, usize>::new();
    for (name, file) in files() {
        let kind = file["kind"].as_str().unwrap_or_else(|| panic!("{name} has no kind"));
        *counts.entry(kind.to_owned()).or_default() += 1;
    }
    let expected = COUNTS.map(|(kind, count)| (kind.to_owned(), count));
    assert_eq!(counts, BTreeMap::from(expected));
}

/// The five lines of a call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Message {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) timestamp: String,
    pub(crate) nonce: String,
    pub(crate) body: String,
    pub(crate) message: String,
}

/// A signed call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) timestamp: String,
    pub(crate) nonce: String,
    pub(crate) body: String,
    pub(crate) message: String,
    pub(crate) private_key_pem: String,
    pub(crate) public_key_pem: String,
    pub(crate) signature: String,
    pub(crate) mchid: Option<String>,
    pub(crate) serial_no: Option<String>,
    pub(crate) authorization: Option<String>,
}

/// RSA over any text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signature {
    pub(crate) message: String,
    pub(crate) private_key_pem: String,
    pub(crate) signature: String,
}

/// A signed answer.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) message: String,
    pub(crate) public_key_pem: String,
    /// As `checkout::report::Report` is written.
    pub(crate) report: Value,
}

/// A deliberately wrong signature.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Probe {
    pub(crate) timestamp: String,
    pub(crate) nonce: String,
    pub(crate) body: String,
    pub(crate) serial: String,
    pub(crate) signature: String,
    pub(crate) public_key_pem: String,
}

/// A notification, with the key that signed it so that changed ones can be signed again.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notification {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) message: String,
    pub(crate) public_key_pem: String,
    pub(crate) platform_private_key_pem: String,
    pub(crate) api_v3_key: String,
    pub(crate) plaintext: String,
    pub(crate) event_type: String,
    pub(crate) notification_id: String,
    /// Present where the event is a payment or a refund.
    pub(crate) report: Option<Value>,
}

/// AES-256-GCM, or what looks like it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sealed {
    pub(crate) key: String,
    pub(crate) nonce: String,
    pub(crate) associated_data: String,
    pub(crate) ciphertext: String,
    pub(crate) plaintext: String,
    /// `opens`, or the error.
    pub(crate) outcome: String,
    pub(crate) certificate_serial: Option<String>,
}

/// RSAES-OAEP, or what looks like it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SealedField {
    pub(crate) private_key_pem: String,
    pub(crate) public_key_pem: String,
    pub(crate) ciphertext: String,
    pub(crate) plaintext: String,
    /// `opens`, or the error.
    pub(crate) outcome: String,
}

/// A list of platform certificates, with their keys where changed lists can be signed again.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Certificates {
    /// None where they are not published.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) message: Option<String>,
    pub(crate) body: String,
    pub(crate) api_v3_key: String,
    pub(crate) certificates: Vec<Certificate>,
}

/// One certificate of the list.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Certificate {
    pub(crate) serial: String,
    pub(crate) effective_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) private_key_pem: Option<String>,
}

/// The body of an answer to a query, to be signed by the test.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueryAnswer {
    pub(crate) out_trade_no: String,
    pub(crate) body: String,
    pub(crate) report: Value,
}

/// The body of an answer about a refund, to be signed by the test.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundAnswer {
    pub(crate) out_refund_no: String,
    pub(crate) body: String,
    /// As `checkout::refund::RefundNews` is written.
    pub(crate) news: Value,
}

/// Another way for an abnormal refund, as it is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundRedirect {
    pub(crate) refund_id: String,
    pub(crate) out_refund_no: String,
    pub(crate) bank_type: String,
    pub(crate) bank_account: String,
    pub(crate) real_name: String,
    pub(crate) target: String,
    pub(crate) body: String,
}

/// An error answer, and what it means after each of our calls.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorAnswer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) place: String,
    pub(crate) query: String,
    pub(crate) close: String,
}

/// What an operator may paste, and what each reader says to it: `ok`, or the error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyText {
    pub(crate) text: String,
    pub(crate) as_private_key: String,
    pub(crate) as_public_key: String,
    pub(crate) as_certificate: String,
    pub(crate) serial: Option<String>,
    pub(crate) not_before: Option<i64>,
    pub(crate) not_after: Option<i64>,
}

/// A bill's file, and the lines of JSON that it becomes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bill {
    pub(crate) text: String,
    pub(crate) size_bytes: usize,
    pub(crate) hash_value: String,
    pub(crate) lines: Vec<Value>,
}

/// An answer that says where a bill is, to be signed by the test.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BillAnswer {
    pub(crate) body: String,
    pub(crate) origin: String,
    pub(crate) target: String,
    pub(crate) hash_value: String,
    /// Present where the file is sealed, as the next is.
    pub(crate) nonce: Option<String>,
    pub(crate) encrypted_key: Option<String>,
}

/// A sealed bill.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BillSealed {
    pub(crate) key_hex: String,
    pub(crate) nonce: String,
    pub(crate) sealed: String,
    /// Of what is inside.
    pub(crate) hash_value: String,
}

/// A compressed bill.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BillPacked {
    pub(crate) packed: String,
    /// Of what is inside.
    pub(crate) hash_value: String,
}

/// What a V2 refund notification holds under its seal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReqInfo {
    pub(crate) api_key: String,
    pub(crate) req_info: String,
    pub(crate) plaintext: String,
}
