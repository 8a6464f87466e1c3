//! What goes into a [`Session`](super::Session) and what comes out: all it shares with the browser.

use checkout::view::SessionView;

use crate::answer::Answer;
use crate::picture::{Face, Line};

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
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
    LinkOpened,
    /// The socket brought a view.
    Pushed(Box<SessionView>),
    /// The socket closed, or never opened.
    LinkClosed,
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
    /// "Get a new code".
    RenewPressed,
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
    },
    /// Drop the request under way; its answer is not wanted any more.
    Abandon,
    /// Open the socket, with [`Session::token`](super::Session::token).
    OpenLink,
    /// Close the socket.
    CloseLink,
    /// The next order needs a key of its own.
    ForgetKey,
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
}

/// What the page is told, as events of the element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// The first answer is there.
    Ready,
    /// The face changed.
    Status {
        /// To this.
        now: Face,
        /// From this.
        before: Face,
    },
    /// Paid, authentic.
    Paid,
    /// Over, confirmed.
    Expired,
    /// An error is shown: this sentence.
    Error(Line),
}
