//! A body that breaks off: the first half goes out, then the connection closes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use hyper::body::{Body, Frame};

/// Announced whole by whoever sends it.
pub(crate) struct HalfBody {
    half: Option<Bytes>,
    breaks: bool,
}

impl HalfBody {
    /// The first half of a content.
    pub(crate) fn of(mut content: Bytes) -> Self {
        content.truncate(content.len() / 2);
        Self { half: Some(content), breaks: false }
    }
}

impl Body for HalfBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !self.breaks {
            // Once idle, so that what was given is sent before the connection goes.
            self.breaks = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("cut short, as asked"))))
    }
}
