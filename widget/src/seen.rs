//! What a follower needs to know of a view: no text. The texts stay with the page's script, which
//! knows them by number; in here each would have to be carried over the border, copied and let go,
//! for nothing but to be handed back.

use checkout::view::{Phase, Status, Trouble};

/// Where a checkout stands, as far as following it goes; see `checkout::view::SessionView`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// By which the script finds the view again.
    pub(crate) number: u32,
    /// Whether the browser's capability came with it.
    pub(crate) has_token: bool,
    pub(crate) status: Status,
    pub(crate) phase: Option<Phase>,
    pub(crate) trouble: Option<Trouble>,
    /// Stands for the text to draw: another number is another code.
    pub(crate) code: Option<u32>,
    pub(crate) code_expires_in_ms: Option<u64>,
    pub(crate) expires_in_ms: u64,
    pub(crate) version: u64,
}
