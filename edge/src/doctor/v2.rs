//! What can be seen of a merchant's V2 key, and of what goes with it.
//!
//! V2 has no certificates, no test notification and no other question that harms nobody: an order
//! that cannot exist is asked for, as over APIv3. "No such order" under the platform's sign proves the
//! key in both directions.

use checkout::payee::Payee;
use wechatpay::v2::answer::{Doubt, Judged, SIGN_ERROR};
use wechatpay::v2::sign::Distrust;

use super::finding::{Check, Finding, State};
use super::probe::explained;
use super::refused::{of_business, quoted};
use crate::ports::Unreachable;

/// Where a new key comes from. Nobody can read the present one.
const MEND_KEY: &str = "set the V2 key of the merchant MCHID; nobody can read it at the merchant \
                        platform, so set a new one in both places (账户中心 → API安全 → API密钥). \
                        Codes that are printed and signed with the old one are void then";

/// Whether anybody answered at `base`, the value of WECHATPAY_URL, for a merchant that has nothing but
/// a V2 key.
pub fn reachable_v2(base: &str, heard: Result<&Judged, Unreachable>) -> Finding {
    let check = Check::Reachable;
    let mend = "compare it with https://api.mch.weixin.qq.com; where it is right, WeChat Pay or the \
                way to it is down";
    match heard {
        Err(Unreachable) => {
            let words = format!("nobody answers at {base} within five seconds");
            Finding::wrong(check, words, mend).because_of("WECHATPAY_URL")
        }
        Ok(Judged::InDoubt(Doubt::Unreadable(reason))) => {
            let words = format!("{base} is not WeChat Pay: it answers no message ({reason})");
            Finding::wrong(check, words, mend).because_of("WECHATPAY_URL")
        }
        Ok(Judged::InDoubt(Doubt::Undecided(answer))) if answer.status != 200 => {
            let words = format!("{base} answers {}", answer.status);
            Finding::warning(check, words, "run this again in a minute").because_of("WECHATPAY_URL")
        }
        Ok(_) => Finding::ok(check, format!("WeChat Pay answers at {base}")),
    }
}

/// Whether the platform takes each of one or two keys, in their order. While one replaces the other,
/// one is enough. `is_partner`: it was asked in the name of a sub-merchant.
pub fn v2_keys(heard: &[Result<Judged, Unreachable>], is_partner: bool) -> Vec<Finding> {
    let findings: Vec<_> = heard.iter().map(|heard| v2_key(heard.as_ref(), is_partner)).collect();
    let is_taken = findings.iter().any(|finding| finding.state == State::Ok);
    let is_one = findings.len() == 1;
    let named = |(place, finding): (usize, Finding)| {
        if is_one {
            return finding;
        }
        let name = if place == 0 { "the first key" } else { "the second key" };
        let words = format!("{name}: {}", finding.words);
        let waits = finding.state == State::Wrong && is_taken;
        let state = if waits { State::Warning } else { finding.state };
        let words = if waits && place == 0 { words + PRINTED_BY_THE_FIRST } else { words };
        Finding { state, words, ..finding }
    };
    findings.into_iter().enumerate().map(named).collect()
}

/// Calls go by whichever key is taken; paper cannot.
const PRINTED_BY_THE_FIRST: &str = ". Codes to be printed are signed with the first key, and these \
                                    would be void: put the second one in front";

fn v2_key(heard: Result<&Judged, &Unreachable>, is_partner: bool) -> Finding {
    let check = Check::V2Key;
    let Ok(judged) = heard else {
        return Finding::skipped(check, "no answer; see reachable");
    };
    let finding = match judged {
        Judged::Done(_) => Finding::ok(check, TAKEN),
        Judged::Refused { refusal, .. } if refusal.code == SIGN_ERROR => {
            let words = format!("API_V2_KEY is not the V2 key of MCHID. {}", quoted(refusal));
            Finding::wrong(check, words, MEND_KEY)
        }
        Judged::Refused { refusal, .. }
            if matches!(refusal.code.as_str(), "ORDERNOTEXIST" | "ORDER_NOT_EXIST") =>
        {
            Finding::ok(check, TAKEN)
        }
        // The call was taken or not: either way it is about something else than the key.
        Judged::Refused { refusal, .. } => {
            return explained(check, of_business(refusal, is_partner), &quoted(refusal));
        }
        Judged::InDoubt(Doubt::Unproven { reason, .. }) => unproven(reason),
        Judged::InDoubt(Doubt::Foreign) => Finding::wrong(
            check,
            "the answer is about another merchant or app",
            "compare MCHID and APPID with 账户中心 → 商户信息",
        ),
        Judged::InDoubt(Doubt::Unreadable(_)) => {
            return Finding::skipped(check, "no message; see reachable");
        }
        Judged::InDoubt(Doubt::Undecided(answer)) => {
            return Finding::skipped(check, quoted(answer));
        }
    };
    finding.because_of("API_V2_KEY")
}

const TAKEN: &str = "WeChat Pay takes our sign, and its own is made with the same key";

fn unproven(reason: &Distrust) -> Finding {
    let words = format!("WeChat Pay took the call, and its answer is not proven: {reason}");
    let mend = "look at what stands between the Worker and WeChat Pay";
    Finding::wrong(Check::V2Key, words, mend)
}

/// Where WeChat asks what a scanned code is to cost: `shape` is how that address looks from here.
/// Whether it was set, only a scan shows.
pub fn native_callback(address: &str, shape: Finding) -> Finding {
    if matches!(shape.state, State::Wrong | State::Warning) {
        return Finding { check: Check::NativeCallback, ..shape };
    }
    let words = format!(
        "printed codes (mode 1) need {address} as 扫码支付回调URL at the merchant platform: 产品中心 \
         → 开发配置. Nobody can ask from here whether it is set; without it whoever scans reads 系统繁忙"
    );
    Finding::skipped(Check::NativeCallback, words)
}

/// Whether refunds over V2 can show the merchant's certificate, the binding of that name.
pub fn refund_certificate(binding: &str, is_bound: bool) -> Finding {
    let check = Check::RefundCertificate;
    if is_bound {
        return Finding::ok(check, format!("refunds over V2 show the certificate {binding}"));
    }
    let words = format!(
        "no client certificate is bound as {binding}, so refunds of V2 orders are refused (501)"
    );
    let mend = "upload apiclient_cert.pem and apiclient_key.pem by npx wrangler mtls-certificate \
                upload, and bind it in edge/wrangler.toml; or, with APIv3 keys, set REFUNDS_API to v3";
    Finding::warning(check, words, mend)
}

/// What placing an order over V2 for `payee` and closing it at once came to.
pub fn order_v2(
    payee: &Payee,
    placed: Result<&Judged, Unreachable>,
    closed: Result<&Judged, Unreachable>,
) -> Finding {
    let check = Check::Order;
    let about =
        payee.sub_mchid().map_or_else(String::new, |number| format!("sub_mchid {number}: "));
    let placed = match placed {
        Err(Unreachable) => return Finding::skipped(check, "no answer; see reachable"),
        Ok(Judged::Done(_)) => Finding::ok(check, format!("{about}an order was placed over V2")),
        Ok(Judged::Refused { refusal, .. }) if refusal.code == SIGN_ERROR => {
            return Finding::skipped(check, format!("{about}see v2_key"));
        }
        Ok(Judged::Refused { refusal, .. }) => {
            let cause = of_business(refusal, payee.sub.is_some());
            return explained(check, cause, &format!("{about}{}", quoted(refusal)));
        }
        Ok(Judged::InDoubt(_)) => {
            let words = format!("{about}an answer that proves nothing; see v2_key");
            return Finding::skipped(check, words);
        }
    };
    match closed {
        Ok(Judged::Done(_)) => {
            let words = format!("{} and closed again", placed.words);
            Finding { words, ..placed }
        }
        _ => {
            let words = format!("{}, and closing it was not confirmed", placed.words);
            let mend = "nothing: nobody has its code, and it expires by itself";
            Finding::warning(check, words, mend)
        }
    }
}
