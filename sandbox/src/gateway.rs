//! What stands between a merchant and the platform, on a bad day: whatever was done behind it, this
//! is what comes back, whichever API was called.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use crate::fault::{Happening, Kind};

/// What a gateway says when nobody behind it answers: a page, and no message.
const GATEWAY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

/// What a box in between says when it wants to be looked at first.
const FOREIGN_PAGE: &str = "<!DOCTYPE html>\r\n<html>\r\n<head><title>Please wait</title></head>\r\n\
    <body><p>Checking your connection.</p></body>\r\n</html>\r\n";

/// When to come back, in seconds.
const RETRY_AFTER_S: &str = "2";

/// Put on a response that must not be sent: the connection closes instead.
#[derive(Clone, Copy)]
pub struct ReplyDropped;

/// Put on a response that must wait, whether it is then sent or dropped.
#[derive(Clone, Copy)]
pub struct ReplyDelayed(pub Duration);

/// What comes in place of the answer, if the fault is of the way and not of the answer.
pub fn in_place_of_the_answer(fault: Kind) -> Option<Response<Body>> {
    match fault {
        Kind::ReplyDropped | Kind::Hangs => {
            let mut response = plain(StatusCode::OK);
            response.extensions_mut().insert(ReplyDropped);
            Some(response)
        }
        Kind::BadGateway => Some(page(StatusCode::BAD_GATEWAY, GATEWAY_PAGE)),
        Kind::Html => Some(page(StatusCode::OK, FOREIGN_PAGE)),
        _ => None,
    }
}

/// The answer, after as long as the fault makes it wait.
pub fn delayed(mut response: Response<Body>, fault: Happening) -> Response<Body> {
    if !fault.delay.is_zero() {
        response.extensions_mut().insert(ReplyDelayed(fault.delay));
    }
    response
}

/// With the word when to come back.
pub fn come_back(mut response: Response<Body>) -> Response<Body> {
    let seconds = HeaderValue::from_static(RETRY_AFTER_S);
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

/// A status and nothing else.
pub fn plain(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn page(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let html = HeaderValue::from_static("text/html");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}
