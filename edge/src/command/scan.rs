//! What a phone that scanned a printed code is to be given.

use checkout::report::PrepayId;
use checkout::view::Status;
use serde::{Deserialize, Serialize};

/// How a checkout stands for somebody who is about to pay it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scanned", rename_all = "snake_case")]
pub enum Scanned {
    /// It can be paid.
    Ready {
        /// What the phone is handed, good for a while.
        prepay_id: PrepayId,
    },
    /// WeChat Pay has not said yet, or a person has to look first. Scanning again may help.
    Busy,
    /// Nobody can pay it any more.
    Ended {
        /// What it became; never `open`.
        status: Status,
    },
    /// WeChat Pay refused the order, or it is none of the V2 API, which alone knows printed codes.
    Refused,
}
