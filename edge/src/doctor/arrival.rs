//! A test notification that WeChat Pay was asked to send (protocol reference B.12): the proof that
//! real ones would come, be believed and be opened. For a merchant without platform certificates it
//! is the only proof of the APIv3 key.

use checkout::time::UnixSeconds;
use wechatpay::v3::echo::{NoEcho, read};

use super::finding::{Check, Finding};
use super::heard::Heard;
use super::refused::quoted;
use crate::command::Arrival;
use crate::ports::Unreachable;

const CHECK: Check = Check::Notification;

/// What came of the test notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// It was genuine, and opened.
    Opened,
    /// A genuine notification came that does not open: the APIv3 key is another.
    Shut,
    /// Nothing in time.
    Nothing,
}

/// Looks through what came since the test began, for the notification that says `text`. Somebody
/// else's payment, sealed under the same key, tells as much of the key as the test does.
pub fn came(arrivals: &[Arrival], text: &str, since: UnixSeconds) -> Came {
    let recent = || arrivals.iter().filter(|arrival| arrival.at >= since);
    if recent().any(|arrival| arrival.echo.as_deref() == Some(text)) {
        Came::Opened
    } else if recent().any(|arrival| arrival.echo.is_none()) {
        Came::Shut
    } else {
        Came::Nothing
    }
}

/// The answer to the echo that asked for a notification, and what came of it.
pub fn notification(heard: Result<&Heard<'_>, Unreachable>, came: Came) -> Finding {
    let Ok(heard) = heard else {
        return Finding::skipped(CHECK, "no answer; see reachable");
    };
    match (came, read(&heard.judged)) {
        (Came::Opened, _) => Finding::ok(
            CHECK,
            "a test notification of WeChat Pay's came, was believed, and API_V3_KEY opened it",
        ),
        (Came::Shut, _) => {
            let words = "a genuine notification came, and API_V3_KEY does not open it";
            let mend = "set the APIv3 key of the merchant platform; nobody can read it there, so set \
                        a new one in both places (账户中心 → API安全 → APIv3密钥)";
            Finding::wrong(CHECK, words, mend).because_of("API_V3_KEY")
        }
        (Came::Nothing, Err(NoEcho::Refused(refusal))) => {
            Finding::skipped(CHECK, format!("none was sent: {}", quoted(&refusal)))
        }
        (Came::Nothing, _) => {
            let words = "WeChat Pay was asked for a test notification, and none came within five \
                         seconds";
            let mend = "look from outside, by npm run doctor: a firewall, a challenge or a redirect \
                        may stand before the notify URL (docs/go-live.md, step 9)";
            Finding::warning(CHECK, words, mend).because_of("PUBLIC_URL")
        }
    }
}
