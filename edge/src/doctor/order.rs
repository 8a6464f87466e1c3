//! One fen, ordered and closed at once: the only way to see whether the app is bound to the merchant
//! and the product opened. Done only when the operator says so; the code is shown to nobody.

use checkout::report::Report;
use wechatpay::v3::answer::{Doubt, Judged};
use wechatpay::v3::native::{read_close, read_place};

use super::finding::{Check, Finding};
use super::heard::Heard;
use super::probe::explained;
use super::refused::{of_business, quoted};
use crate::ports::Unreachable;

const CHECK: Check = Check::Order;

/// Where the operator did not ask for it.
pub fn not_tried() -> Finding {
    let words = "not tried: whether APPID is bound and Native payment opened is seen only by placing \
                 an order (ask with \"order\": true, or npm run doctor -- --order: one fen, closed at \
                 once, its code shown to nobody)";
    Finding::skipped(CHECK, words)
}

/// The answer to the order; `whose` names the sub-merchant in partner mode.
pub fn placed(whose: Option<&str>, heard: Result<&Heard<'_>, Unreachable>) -> Finding {
    let Ok(heard) = heard else {
        return Finding::skipped(CHECK, "no answer; see reachable");
    };
    let about = whose.map_or_else(String::new, |number| format!("sub_mchid {number}: "));
    match &heard.judged {
        Judged::Refused { refusal, .. } if refusal.status == 401 => {
            Finding::skipped(CHECK, format!("{about}see signature"))
        }
        Judged::Refused { refusal, .. } => {
            let says = format!("{about}{}", quoted(refusal));
            explained(CHECK, of_business(refusal, whose.is_some()), &says)
        }
        Judged::InDoubt(Doubt::Undecided(answer)) => {
            Finding::skipped(CHECK, format!("{about}{}", quoted(answer)))
        }
        judged => match read_place(judged) {
            Report::Placed { .. } => Finding::ok(CHECK, format!("{about}an order was placed")),
            _ => Finding::skipped(
                CHECK,
                format!("{about}an answer that proves nothing; see answers"),
            ),
        },
    }
}

/// The same, with the answer to closing it.
pub fn closed(placed: Finding, heard: Result<&Heard<'_>, Unreachable>) -> Finding {
    match heard.map(|heard| read_close(&heard.judged)) {
        Ok(Report::CloseTaken) => {
            let words = format!("{} and closed again", placed.words);
            Finding { words, ..placed }
        }
        _ => {
            let words = format!("{}, and closing it was not confirmed", placed.words);
            let mend = "nothing: nobody has its code, and it expires by itself";
            Finding { profile: placed.profile, ..Finding::warning(CHECK, words, mend) }
        }
    }
}
