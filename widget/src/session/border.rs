//! What goes into a [`Session`](super::Session) and what comes out: all it shares with the browser.

use crate::answer::Answer;
use crate::picture::{Face, Line};
use crate::seen::Seen;

/// Something happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Event {
    /// The element can be seen for the first time.
    Shown,
    /// The time that [`Session::wake_ms`](super::Session::wake_ms) named has come.
    Woke,
    /// A request is over.
    Answered {
        /// The request's number.
        ticket: u32,
        /// What became of it.
        answer: Answer,
    },
    /// The socket is open.
    Linked,
    /// The socket brought a view.
    Pushed(Seen),
    /// The socket said `pong`.
    Heard,
    /// The socket closed, or never opened.
    Unlinked,
    /// Another tab saw this view.
    Told(Seen),
    /// The page can be seen again, or is back from the browser's cache.
    Returned,
    /// The page cannot be seen.
    Hidden,
    /// The browser says that the network is there.
    Online,
    /// The browser says that it is not.
    Offline,
    /// The element was taken out, or the page put away: nothing may go on.
    Left,
    /// "I have paid".
    CheckPressed,
    /// "Try again".
    RetryPressed,
    /// "Get a new code", or a new order for the same thing.
    RenewPressed,
    /// Another follower hands over.
    Adopted(Adopted),
}

/// Where another follower stood.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Adopted {
    /// Whether it had the browser's capability.
    pub(crate) has_token: bool,
    /// The last view that it saw, if any.
    pub(crate) view: Option<Seen>,
    /// How long ago that was.
    pub(crate) age_ms: u64,
}

/// Something to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Send a request; the answer comes back with the ticket.
    Send {
        /// Its number.
        ticket: u32,
        /// Which.
        ask: Ask,
        /// For a reading that waits for a change.
        hold: Option<Hold>,
    },
    /// Drop the request under way; its answer is not wanted any more.
    Abandon,
    /// Open the socket.
    Dial,
    /// Close the socket.
    HangUp,
    /// Send `ping` over the socket.
    Ping,
    /// The next order needs a key of its own.
    Forget,
    /// Tell the page.
    Tell(News),
}

/// A request to the Worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// `POST /v1/sessions`: make the order, or find it again by the page's key.
    Open,
    /// `GET /v1/session`.
    Read,
    /// `POST /v1/session/check`: ask the platform now.
    Check,
    /// `POST /v1/session/renew`: a fresh code.
    Renew,
}

/// "Answer when there is something newer": `?version=…&wait=…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    /// Than this.
    pub(crate) version: u64,
    /// Or after so many seconds in any case.
    pub(crate) wait_s: u32,
}

/// The way by which a view came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// The socket.
    Push,
    /// A question.
    Poll,
    /// The first after the shopper came back.
    Resume,
    /// Another tab.
    Tab,
}

/// What the page is told, as events of the element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// The first answer is there.
    Ready(Via),
    /// The face changed.
    Status {
        /// To this.
        now: Face,
        /// From this.
        before: Face,
        /// By this; a question of ours where no view said it.
        via: Via,
    },
    /// Paid, authentic.
    Paid(Via),
    /// Over, confirmed.
    Expired(Via),
    /// A fresh code is there that the shopper asked for.
    Refreshed(Via),
    /// An error is shown: this sentence.
    Error(Line),
}
