//! The exact lines that are signed, and nothing else (protocol reference A.2, A.4).
//!
//! Every line ends in one line feed, the last one too: a body that itself ends in one still gets
//! another.

use checkout::time::UnixSeconds;

use crate::http::Method;

/// The five lines that authorise a call of ours. `target` is path and query exactly as sent.
pub fn request_message(
    method: Method,
    target: &str,
    timestamp: UnixSeconds,
    nonce: &str,
    body: &[u8],
) -> Vec<u8> {
    lines(&[method.as_str(), target, &timestamp.0.to_string(), nonce], body)
}

/// The three lines that the platform signs, in answers and notifications alike. `timestamp` and
/// `nonce` are the header values as they came.
pub fn reply_message(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    lines(&[timestamp, nonce], body)
}

fn lines(heads: &[&str], body: &[u8]) -> Vec<u8> {
    let length = heads.iter().map(|head| head.len() + 1).sum::<usize>() + body.len() + 1;
    let mut message = Vec::with_capacity(length);
    for head in heads {
        message.extend_from_slice(head.as_bytes());
        message.push(b'\n');
    }
    message.extend_from_slice(body);
    message.push(b'\n');
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_without_a_body_ends_in_an_empty_line() {
        let message = request_message(Method::Get, "/v3/certificates", UnixSeconds(1), "n", b"");
        assert_eq!(message, b"GET\n/v3/certificates\n1\nn\n\n");
    }

    #[test]
    fn a_body_that_ends_in_a_line_feed_gets_another() {
        assert_eq!(reply_message("1", "n", b"{}\n"), b"1\nn\n{}\n\n");
    }
}
