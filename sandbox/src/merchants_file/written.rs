//! The file as it is written: names and types, not yet what the values mean.

use serde::Deserialize;

use super::Wrong;
use crate::merchant::Kind;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) data: Vec<Merchant>,
    #[serde(default)]
    pub(super) platform: Platform,
}

/// One merchant; `null` is as good as nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Merchant {
    /// A partner if it has sub-merchants, else a direct merchant.
    pub(super) kind: Option<Kind>,
    pub(super) mchid: String,
    pub(super) appid: Option<String>,
    #[serde(default)]
    pub(super) other_appids: Vec<String>,
    pub(super) serial_no: Option<String>,
    pub(super) certificate_pem: Option<String>,
    pub(super) certificate_file: Option<String>,
    pub(super) private_key_pem: Option<String>,
    pub(super) private_key_file: Option<String>,
    pub(super) api_v3_key: Option<String>,
    pub(super) api_v2_key: Option<String>,
    #[serde(default)]
    pub(super) sub_merchants: Vec<Sub>,
    pub(super) native_url: Option<String>,
    pub(super) refund_notify_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sub {
    pub(super) sub_mchid: String,
    pub(super) sub_appid: Option<String>,
}

/// The platform's own keys.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Platform {
    pub(super) public_key_id: Option<String>,
    pub(super) public_key_pem: Option<String>,
    pub(super) private_key_pem: Option<String>,
    pub(super) private_key_file: Option<String>,
    #[serde(default)]
    pub(super) certificates: Vec<PlatformCertificate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlatformCertificate {
    pub(super) serial_no: Option<String>,
    pub(super) certificate_pem: Option<String>,
    pub(super) certificate_file: Option<String>,
    pub(super) private_key_pem: Option<String>,
    pub(super) private_key_file: Option<String>,
}

impl File {
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        // Some editors begin a file with a byte order mark.
        let text = text.trim_start_matches('\u{feff}');
        // A list would do for serde, field by field in our order.
        if !text.trim_start().starts_with('{') {
            let words = "an object is expected, as {\"data\": [{\"mchid\": \"…\"}]}; \
                         `saoma-sandbox merchants` prints one to edit";
            return Err(Wrong::new("", words));
        }
        serde_json::from_str(text).map_err(|error| {
            let flat = serde_json::from_str::<serde_json::Value>(text)
                .is_ok_and(|value| value.get("partner").is_some());
            // What `credentials` prints, which looks like the right thing and is not.
            let hint = if flat {
                "; this is what `saoma-sandbox credentials` prints, but the form here is that of \
                 `saoma-sandbox merchants`"
            } else if error.to_string().starts_with("invalid type: integer") {
                "; numbers of merchants stand in double quotes"
            } else {
                ""
            };
            Wrong::new("", format!("{error}{hint}"))
        })
    }
}
