//! `GET /sandbox/events`: says when the feed has become another one, as server-sent events.
//!
//! Only that something changed is said, and the count of changes; what it is stands in the feed. So
//! nothing is lost when a listener is slow, and nothing queues up.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode, header};
use hyper::body::Frame;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Problem, respond};
use crate::pulse::Pulse;
use crate::world::World;

/// No more than ten events a second.
const REST: Duration = Duration::from_millis(100);
/// So long without an event, a comment shows that the connection lives.
const SILENCE_MAX: Duration = Duration::from_secs(15);

pub(super) async fn listen(State(world): State<Arc<World>>) -> Response<Body> {
    let pulse = Arc::clone(&world.pulse);
    // One event on its way; the next one waits until it is taken.
    let (said, events) = mpsc::channel(1);
    if !pulse.has_room() {
        let words = "too many listen already; ask GET /sandbox/feed now and then instead";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return respond(Err(Problem::new(status, "too_many_listeners", words)));
    }
    tokio::spawn(async move { tell(&pulse, &said).await });
    let mut response = Response::new(Body::new(Events(events)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Tells one listener until it goes away or the sandbox ends.
async fn tell(pulse: &Pulse, said: &mpsc::Sender<Bytes>) {
    let Some(listener) = pulse.listen() else { return };
    let mut seen = None;
    loop {
        // The first one is what the count is now, so that a listener knows where it begins.
        let event = match seen {
            None => Ok(Some(pulse.revision())),
            Some(seen) => {
                tokio::select! {
                    event = timeout(SILENCE_MAX, listener.after(seen)) => event,
                    () = said.closed() => return,
                }
            }
        };
        let text = match event {
            Ok(Some(revision)) => {
                seen = Some(revision);
                format!("event: changed\ndata: {{\"revision\":{revision}}}\n\n")
            }
            Ok(None) => return,
            Err(_) => ": still here\n\n".to_owned(),
        };
        if said.send(text.into()).await.is_err() {
            return;
        }
        tokio::time::sleep(REST).await;
    }
}

/// A body that goes on for as long as somebody has something to say.
struct Events(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|event| event.map(|bytes| Ok(Frame::data(bytes))))
    }
}
