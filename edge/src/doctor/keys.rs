//! Whether the keys are the right ones: certificates that open with the APIv3 key, and an echo that
//! is signed and encrypted both ways (protocol reference A.5, B.12).

use wechatpay::v3::answer::Doubt;
use wechatpay::v3::certificates::{BadCertificate, NoCertificates, PlatformCertificate};
use wechatpay::v3::echo::{Echoed, NoEcho, read};
use wechatpay::v3::sensitive::BadField;

use super::finding::{Check, Finding};
use super::heard::Heard;
use super::probe::{distrusted, key_variable};
use super::refused::{of_signature, quoted};
use crate::ports::Unreachable;

/// Whether the APIv3 key opens what the platform seals; by its certificates, the only sealed thing
/// that can be asked for.
pub fn api_v3_key(
    answer: Result<&Result<Vec<PlatformCertificate>, NoCertificates>, Unreachable>,
) -> Finding {
    let check = Check::ApiV3Key;
    let opened = |count: usize| format!("it opened {count} platform certificates");
    let Ok(answer) = answer else {
        return Finding::skipped(check, "no answer; see reachable");
    };
    match answer {
        Ok(found) => Finding::ok(check, opened(found.len())),
        Err(NoCertificates::Bad { serial, mistake: BadCertificate::Unsealable(_) }) => {
            let words = format!("API_V3_KEY does not open the platform certificate {serial:?}");
            let mend = "set the APIv3 key of the merchant platform; nobody can read it there, so set \
                        a new one in both places (账户中心 → API安全 → APIv3密钥)";
            Finding::wrong(check, words, mend).because_of("API_V3_KEY")
        }
        // What opened under the key proves it, whoever signed the list.
        Err(NoCertificates::InDoubt(Doubt::Unproven { .. })) => {
            Finding::ok(check, "it opened the platform's certificates; see answers")
        }
        Err(NoCertificates::PublicKeyOnly) => Finding::skipped(
            check,
            "this merchant has no platform certificates to try it on; see notification",
        ),
        Err(reason) => Finding::skipped(check, format!("no certificates to try it on: {reason}")),
    }
}

/// Where nobody knows any key of the platform's.
pub fn no_key_to_try() -> Finding {
    let words = "no key of the platform's is known, so nothing that it says can be believed";
    let mend =
        "set PLATFORM_PUBLIC_KEY_ID and PLATFORM_PUBLIC_KEY (账户中心 → API安全 → 微信支付公钥)";
    Finding::wrong(Check::Echo, words, mend).because_of("PLATFORM_PUBLIC_KEY")
}

/// The answer to an echo that asked for the key `serial`, and whether it said `text` back.
pub fn plain_echo(serial: &str, text: &str, heard: Result<&Heard<'_>, Unreachable>) -> Finding {
    let check = Check::Echo;
    let Ok(heard) = heard else {
        return Finding::skipped(check, format!("{serial}: no answer; see reachable"));
    };
    match read(&heard.judged) {
        Ok(echoed) => said_back(check, &echoed, text).unwrap_or_else(|| {
            let signer = heard.serial.unwrap_or_default();
            if signer == serial {
                return Finding::ok(check, format!("{serial}: signed both ways"));
            }
            let words = format!(
                "asked for {serial}, WeChat Pay signed with {signer}, which is configured too"
            );
            let mend = "nothing, while the platform moves from one to the other";
            Finding::warning(check, words, mend)
        }),
        Err(NoEcho::InDoubt(Doubt::Unproven { reason, .. })) => {
            distrusted(check, &reason, heard.serial.unwrap_or("no serial"))
        }
        Err(NoEcho::Refused(refusal)) if refusal.status == 401 => {
            let cause = of_signature(heard, &refusal);
            Finding::skipped(check, format!("{serial}: {}; see signature", cause.words))
        }
        Err(NoEcho::Refused(refusal)) if refusal.status == 400 => {
            let variable = match key_variable(serial) {
                "PLATFORM_PUBLIC_KEY" => "PLATFORM_PUBLIC_KEY_ID",
                certificates => certificates,
            };
            let words =
                format!("WeChat Pay knows no key {serial} for this merchant. {}", quoted(&refusal));
            let mend = "compare it with 账户中心 → API安全 (微信支付公钥, 平台证书)";
            Finding::wrong(check, words, mend).because_of(variable)
        }
        Err(NoEcho::Refused(refusal)) => {
            Finding::skipped(check, format!("{serial}: {}", quoted(&refusal)))
        }
        Err(other) => Finding::skipped(check, format!("{serial}: {other}")),
    }
}

/// The answer to an echo whose text was encrypted for the key `serial`; `opened` is what came
/// back encrypted for the merchant, as far as our key opens it.
pub fn sealed_echo(
    serial: &str,
    text: &str,
    heard: Result<&Heard<'_>, Unreachable>,
    opened: Option<Result<String, BadField>>,
) -> Finding {
    let check = Check::SealedEcho;
    let Ok(heard) = heard else {
        return Finding::skipped(check, format!("{serial}: no answer; see reachable"));
    };
    let echoed = match read(&heard.judged) {
        Ok(echoed) => echoed,
        Err(NoEcho::InDoubt(Doubt::Unproven { reason, .. })) => {
            return distrusted(check, &reason, heard.serial.unwrap_or("no serial"));
        }
        Err(NoEcho::Refused(refusal)) if refusal.status == 400 => {
            let variable = key_variable(serial);
            let words = format!(
                "WeChat Pay cannot read what we encrypt for {serial}, so {variable} is not that key. {}",
                quoted(&refusal)
            );
            return Finding::wrong(check, words, format!("download it again and set {variable}"))
                .because_of(variable);
        }
        Err(other) => return Finding::skipped(check, format!("{serial}: {other}")),
    };
    if let Some(finding) = said_back(check, &echoed, text) {
        return finding;
    }
    match opened {
        Some(Ok(back)) if back == text => {
            Finding::ok(check, format!("{serial}: encrypted both ways"))
        }
        Some(Ok(_)) => other_text(check),
        Some(Err(reason)) => {
            let words = format!(
                "MERCHANT_PRIVATE_KEY does not open what WeChat Pay encrypts for us: {reason}"
            );
            let mend = "set the private key of the merchant's current certificate";
            Finding::wrong(check, words, mend).because_of("MERCHANT_PRIVATE_KEY")
        }
        None => Finding::skipped(check, format!("{serial}: WeChat Pay encrypted nothing for us")),
    }
}

fn said_back(check: Check, echoed: &Echoed, text: &str) -> Option<Finding> {
    (echoed.message != text).then(|| other_text(check))
}

fn other_text(check: Check) -> Finding {
    let mend = "look at what stands between the Worker and WeChat Pay";
    Finding::wrong(check, "another text came back than was sent", mend)
}
