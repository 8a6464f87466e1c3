//! Bodies, read up to a bound and no further: whoever sends can send without end.

use core::pin::pin;

use futures_util::StreamExt as _;
use worker::{ByteStream, Request};

use crate::problem::{Code, Problem};

/// Why a body is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoBody {
    /// It is longer than the bound.
    TooLong,
    /// It broke off.
    Broken,
}

/// Bytes beyond the bound that are taken from the wire and dropped. A sender that is cut off in the
/// middle never reads why; one that overdoes it by little gets to hear it.
const DROPPED_BYTES_MAX: usize = 1024 * 1024;

/// Keeps at most `bytes_max` bytes.
pub(crate) async fn read(stream: ByteStream, bytes_max: usize) -> Result<Vec<u8>, NoBody> {
    let mut stream = pin!(stream);
    let mut body = Vec::new();
    let mut dropped = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| NoBody::Broken)?;
        if dropped > 0 || body.len() + chunk.len() > bytes_max {
            dropped += chunk.len();
            body = Vec::new();
        } else {
            body.extend_from_slice(&chunk);
        }
        if dropped > DROPPED_BYTES_MAX {
            break;
        }
    }
    if dropped > 0 { Err(NoBody::TooLong) } else { Ok(body) }
}

/// The body of a request. One that says beforehand that it is far too long is believed.
pub(crate) async fn of(request: &mut Request, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let too_long =
        || Problem::new(Code::BodyTooLarge, format!("at most {bytes_max} bytes are read here"));
    let announced = request.headers().get("Content-Length").ok().flatten();
    if announced.and_then(|length| length.parse().ok()).is_some_and(|length: u64| {
        usize::try_from(length).map_or(true, |length| length > bytes_max + DROPPED_BYTES_MAX)
    }) {
        return Err(too_long());
    }
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    let broken = || Problem::new(Code::InvalidRequest, "the body broke off");
    let stream = request.stream().map_err(|_| broken())?;
    read(stream, bytes_max).await.map_err(|reason| match reason {
        NoBody::TooLong => too_long(),
        NoBody::Broken => broken(),
    })
}
