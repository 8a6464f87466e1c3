//! A question that harms nobody: how does an order stand that cannot exist? The answer "no such
//! order" proves that the platform is there, that the clocks agree and that our signature counts.

use checkout::time::Seconds;
use wechatpay::v3::answer::{Doubt, Judged};
use wechatpay::v3::verify::Distrust;

use super::finding::{Check, Finding, State};
use super::heard::Heard;
use super::refused::{Cause, of_business, of_signature, quoted};
use crate::ports::Unreachable;

/// A number that nobody's order has: ours begin with a checkout's twenty characters, which hold no
/// `0`, and 26 of chance are met by no other program.
pub fn unknown_number(chance: [u8; 16]) -> String {
    let hex: String = chance.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("doctor0{}", hex.get(..25).unwrap_or_default())
}

/// Whether anybody answered at `base`, the value of `variable`.
pub fn reachable(base: &str, variable: &str, heard: Result<&Heard<'_>, Unreachable>) -> Finding {
    let check = Check::Reachable;
    let mend = "compare it with https://api.mch.weixin.qq.com; where it is right, WeChat Pay or the \
                way to it is down";
    let Ok(heard) = heard else {
        let words = format!("nobody answers at {base} within five seconds");
        return Finding::wrong(check, words, mend).because_of(variable);
    };
    match &heard.judged {
        Judged::InDoubt(Doubt::Undecided(answer)) if matches!(answer.status, 429 | 500..=599) => {
            let words = format!("{base} is busy: {}", quoted(answer));
            Finding::warning(check, words, "run this again in a minute")
        }
        Judged::InDoubt(Doubt::Undecided(answer)) => {
            let words = format!("{base} is not WeChat Pay: it answers {}", answer.status);
            Finding::wrong(check, words, mend).because_of(variable)
        }
        // Only a path that the platform does not know has an empty 404 (protocol reference A.9).
        Judged::Refused { refusal, .. } if refusal.code.starts_with("HTTP_") => {
            let words = format!("{base} is not WeChat Pay: it answers {}", refusal.status);
            Finding::wrong(check, words, mend).because_of(variable)
        }
        Judged::Done { .. } | Judged::Refused { .. } | Judged::InDoubt(_) => {
            Finding::ok(check, format!("WeChat Pay answers at {base}"))
        }
    }
}

/// From where on a difference of the clocks is spoken of.
const SKEW_NOTED_S: u64 = 60;
/// From where on nothing works: the platform and we both refuse what is older (protocol reference
/// A.2, A.4).
const SKEW_MAX_S: u64 = 300;

/// Our clock against the platform's.
pub fn clock(heard: &Heard<'_>) -> Finding {
    let check = Check::Clock;
    let Some(said_at) = heard.said_at else {
        return Finding::skipped(check, "the answer says no time");
    };
    let Seconds(ahead) = heard.heard_at - said_at;
    let apart = ahead.unsigned_abs();
    let side = if ahead < 0 { "behind" } else { "ahead of" };
    let words = format!("our clock is {apart} s {side} WeChat Pay's");
    let mend = "set the clock of the machine that runs the Worker (on Cloudflare it is right, so \
                look at what answers at WECHATPAY_URL)";
    match apart {
        SKEW_MAX_S.. => {
            Finding::wrong(check, format!("{words}; from 300 s on each refuses the other"), mend)
        }
        SKEW_NOTED_S.. => Finding::warning(check, words, mend),
        _ => Finding::ok(check, words),
    }
}

/// Whether the platform accepts our signature. It looks at signatures before all else, so any other
/// refusal means that it does; where a sub-merchant was asked for, that refusal is about it.
pub fn signature(heard: &Heard<'_>, asked_for: Option<&str>) -> Finding {
    let check = Check::Signature;
    match &heard.judged {
        Judged::Done { .. } => Finding::ok(check, "WeChat Pay accepts our signature"),
        Judged::Refused { refusal, .. } if refusal.status == 401 => {
            explained(check, of_signature(heard, refusal), &quoted(refusal))
        }
        Judged::Refused { refusal, .. } if refusal.code.starts_with("HTTP_") => {
            Finding::skipped(check, "nobody there looks at signatures; see reachable")
        }
        Judged::Refused { refusal, .. } if is_no_order(&refusal.code) || asked_for.is_some() => {
            Finding::ok(check, "WeChat Pay accepts our signature")
        }
        Judged::Refused { refusal, .. } => {
            let cause = of_business(refusal, false);
            explained(check, cause, &quoted(refusal))
        }
        Judged::InDoubt(Doubt::Undecided(_)) => {
            Finding::skipped(check, "no answer that tells; see reachable")
        }
        Judged::InDoubt(Doubt::Unproven { .. }) => {
            Finding::ok(check, "WeChat Pay accepts our signature; see answers")
        }
    }
}

/// The same of the key that takes the place of the present one. It may come before its time, so it
/// is not wrong yet.
pub fn signature_of_next(heard: &Heard<'_>, asked_for: Option<&str>) -> Finding {
    let finding = signature(heard, asked_for);
    let words = format!("the next key: {}", finding.words);
    let variable = finding.variable.map(|name| format!("{name}_NEXT"));
    let state = if finding.state == State::Wrong { State::Warning } else { finding.state };
    Finding { state, words, variable, ..finding }
}

pub(super) fn explained(check: Check, cause: Cause, says: &str) -> Finding {
    let finding = Finding::wrong(check, format!("{}. {says}", cause.words), cause.mend);
    match cause.variable {
        Some(variable) => finding.because_of(variable),
        None => finding,
    }
}

fn is_no_order(code: &str) -> bool {
    matches!(code, "ORDER_NOT_EXIST" | "ORDERNOTEXIST")
}

/// Whether we can tell that an answer is the platform's.
pub fn answers(heard: &Heard<'_>) -> Finding {
    let check = Check::Answers;
    let serial = heard.serial.unwrap_or("no serial");
    let refused =
        matches!(heard.judged, Judged::Refused { .. } | Judged::InDoubt(Doubt::Undecided(_)));
    match &heard.trust {
        Ok(()) => {
            Finding::ok(check, format!("answers are signed with {serial}, which is configured"))
        }
        Err(Distrust::MissingHeader(_)) if refused => {
            let words = "this answer came unsigned, as refusals may; see echo";
            Finding::skipped(check, words)
        }
        Err(reason) => distrusted(check, reason, serial),
    }
}

/// Why an answer is not proven to be the platform's.
pub(super) fn distrusted(check: Check, reason: &Distrust, serial: &str) -> Finding {
    // Headers of whoever answered: bounded, since they end up on a terminal.
    let serial: String = serial.chars().filter(char::is_ascii_graphic).take(64).collect();
    match reason {
        Distrust::UnknownSerial(_) if serial.starts_with("PUB_KEY_ID_") => {
            let words =
                format!("answers are signed with the public key {serial}, which is not configured");
            let mend = "set PLATFORM_PUBLIC_KEY_ID and PLATFORM_PUBLIC_KEY (账户中心 → API安全 → \
                        微信支付公钥)";
            Finding::wrong(check, words, mend).because_of("PLATFORM_PUBLIC_KEY_ID")
        }
        Distrust::UnknownSerial(_) => {
            let words = format!(
                "answers are signed with the certificate {serial}, which is not configured"
            );
            let mend = "add that certificate to PLATFORM_CERTIFICATES";
            Finding::wrong(check, words, mend).because_of("PLATFORM_CERTIFICATES")
        }
        Distrust::BadSignature => {
            let words = format!(
                "the key that is configured as {serial} is not the one that WeChat Pay signs with under \
                 that name: another merchant's, or the file of another key"
            );
            let variable = key_variable(&serial);
            let mend = format!("download it again and set {variable}");
            Finding::wrong(check, words, mend).because_of(variable)
        }
        Distrust::Stale { age } => {
            let words = format!("an answer is dated {} s ago", age.0);
            Finding::wrong(check, words, "see the finding about the clock")
        }
        Distrust::Probe => {
            let words = "WeChat Pay sent a deliberately wrong signature, as it does now and then";
            Finding::warning(check, words, "run this again")
        }
        Distrust::MissingHeader(_) | Distrust::BadTimestamp | Distrust::UnknownSignatureType(_) => {
            let mend = "look at what stands between the Worker and WeChat Pay: it must pass the \
                        Wechatpay-* headers on";
            Finding::wrong(check, format!("a success came without a signature: {reason}"), mend)
        }
        Distrust::Unchecked(_) => Finding::skipped(check, reason.to_string()),
    }
}

/// Where the key of a serial is configured.
pub(super) fn key_variable(serial: &str) -> &'static str {
    if serial.starts_with("PUB_KEY_ID_") { "PLATFORM_PUBLIC_KEY" } else { "PLATFORM_CERTIFICATES" }
}

/// Whether the platform lets this service provider ask for a sub-merchant.
pub fn sub_merchant(sub_mchid: &str, heard: Result<&Heard<'_>, Unreachable>) -> Finding {
    let check = Check::SubMerchant;
    let Ok(heard) = heard else {
        return Finding::skipped(check, format!("{sub_mchid}: no answer"));
    };
    match &heard.judged {
        Judged::Refused { refusal, .. } if is_no_order(&refusal.code) => {
            Finding::ok(check, format!("{sub_mchid} belongs to this service provider"))
        }
        Judged::Done { .. } | Judged::InDoubt(Doubt::Unproven { .. }) => {
            Finding::ok(check, format!("{sub_mchid} belongs to this service provider"))
        }
        Judged::Refused { refusal, .. } if refusal.status == 401 => {
            Finding::skipped(check, format!("{sub_mchid}: see signature"))
        }
        Judged::Refused { refusal, .. } => {
            let says = format!("sub_mchid {sub_mchid}: {}", quoted(refusal));
            explained(check, of_business(refusal, true), &says)
        }
        Judged::InDoubt(Doubt::Undecided(answer)) => {
            Finding::skipped(check, format!("{sub_mchid}: {}", quoted(answer)))
        }
    }
}
