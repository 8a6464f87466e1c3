//! One reading of a bill's file: signed call, unsigned answer, opened and uncompressed as it comes.
//!
//! By APIv3 the call goes to the very address that the platform named, with our signature over its
//! path, and follows no redirect; by V2 the file has been begun by whoever asked. What comes back is
//! nobody's until its digest agrees, which is for the caller to see to. Waiting is bounded for each
//! piece and not for the whole: a bill may take minutes, a silent connection may not.

use std::time::Duration;

use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use wechatpay::bill::digest::{Digest, Sha1Hash};
use wechatpay::bill::unpack::{Unpackable, Unpacker};
use wechatpay::bill::unseal::{FileKey, Unsealer};
use wechatpay::crypto::Oaep as _;
use wechatpay::http::{Headers, Method, Reply, Request, Signed};
use wechatpay::v3::answer::{Judged, judge};
use wechatpay::v3::bill::answer::SealedFile;
use worker::{AbortSignal, Delay, Fetch, RequestInit, RequestRedirect, Response, ResponseBody};
use zeroize::Zeroizing;

use super::super::body;
use super::super::certificate::Certified;
use super::super::standing::Standing;
use super::super::webcrypto::WebCrypto;
use super::super::world::wall;
use super::streams::Source;
use crate::bills::files::Part;
use crate::bills::lost::Lost;
use crate::ports::Merchant;

/// A file on its way, as plain bytes.
pub(crate) struct Download {
    wire: Source,
    /// Gone when all has come.
    unpacker: Option<Unpacker>,
    /// Of the bytes as they came, compressed or not, where somebody compares it.
    digest: Option<Digest>,
    /// Ends the connection when nobody wants the file any more.
    _line: Line,
}

impl Download {
    /// A file that has begun to come, with its first piece. `digest` takes the bytes as they come.
    pub(super) fn begun(
        (wire, first): (Source, &[u8]),
        digest: Option<Digest>,
        line: Line,
    ) -> Result<Self, Lost> {
        let unpacker = Some(Unpacker::new(None, FILE_BYTES_MAX));
        let mut begun = Self { wire, unpacker, digest, _line: line };
        begun.feed(first)?;
        Ok(begun)
    }

    /// What all that has come hashes to as it came, compressed or not, where that was wanted.
    pub(crate) fn wire_hash(self) -> Option<Sha1Hash> {
        self.digest.map(Digest::finish)
    }

    /// Calls for a file.
    pub(super) async fn begin(standing: &Standing, part: &Part) -> Result<Self, Lost> {
        let unsealer = match part {
            Part::Open(_) => None,
            Part::Sealed(sealed) => Some(unsealer(standing, sealed).await?),
        };
        let address = &part.file().address;
        let target = address.target().to_owned();
        let request = Request { method: Method::Get, target, body: Vec::new() };
        let signed = standing.sign(request, None).await.ok_or(Lost::Runtime)?;
        let line = Line::new()?;
        let answer = within(call((address.origin(), None), &signed, &line)).await?;
        if answer.status_code() != 200 {
            return Err(refusal(&standing.snapshot(), answer).await);
        }
        let ResponseBody::Stream(stream) = answer.body() else {
            return Err(Lost::Unreachable);
        };
        let wire = Source::of(stream).map_err(|_| Lost::Runtime)?;
        let unpacker = Some(Unpacker::new(unsealer, FILE_BYTES_MAX));
        Ok(Self { wire, unpacker, digest: None, _line: line })
    }

    fn feed(&mut self, piece: &[u8]) -> Result<(), Lost> {
        if let Some(digest) = &mut self.digest {
            digest.feed(piece);
        }
        match &mut self.unpacker {
            Some(unpacker) => Ok(unpacker.feed(piece)?),
            None => Ok(()),
        }
    }

    /// The next plain bytes; `None` at the end of the file.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, Lost> {
        while let Some(unpacker) = &mut self.unpacker {
            if let Some(plain) = unpacker.take()? {
                return Ok(Some(plain));
            }
            let wire = async { self.wire.next().await.map_err(|_| Lost::Unreachable) };
            if let Some(piece) = within(wire).await? {
                self.feed(&piece)?;
            } else if let Some(unpacker) = self.unpacker.take()
                && let Some(last) = unpacker.finish()?
            {
                return Ok(Some(last));
            }
        }
        Ok(None)
    }
}

/// Opens the key that the platform drew for this file, with whichever of the merchant's it was
/// sealed for: while one replaces the other, the platform may use either.
async fn unsealer(standing: &Standing, sealed: &SealedFile) -> Result<Unsealer, Lost> {
    let merchant = standing.snapshot();
    let rsa = &merchant.v3.as_ref().ok_or(Lost::Runtime)?.rsa;
    for key in standing.decryption_keys() {
        let opened = rsa.decrypt(key, &sealed.encrypted_key).await;
        if let Some(opened) = opened.map_err(|_| Lost::Runtime)?.map(Zeroizing::new) {
            let key = FileKey::new(&opened).map_err(Unpackable::from)?;
            return Ok(Unsealer::new(&key, sealed.nonce.as_bytes()).map_err(Unpackable::from)?);
        }
    }
    Err(Lost::BadKey)
}

/// A connection, which ends with this value.
pub(super) struct Line(web_sys::AbortController);

impl Line {
    pub(super) fn new() -> Result<Self, Lost> {
        web_sys::AbortController::new().map(Self).map_err(|_| Lost::Runtime)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Calls `origin`, showing the merchant's certificate where there is one to show.
pub(super) async fn call(
    (origin, certificate): (&str, Option<&Certified>),
    signed: &Signed,
    line: &Line,
) -> Result<Response, Lost> {
    let outgoing = outgoing(origin, signed).map_err(|_| Lost::Runtime)?;
    let signal = AbortSignal::from(line.0.signal());
    let answer = match certificate {
        Some(certificate) => certificate.fetch(&outgoing, &signal).await,
        None => Fetch::Request(outgoing).send_with_signal(&signal).await,
    };
    answer.map_err(|_| Lost::Unreachable)
}

fn outgoing(origin: &str, signed: &Signed) -> worker::Result<worker::Request> {
    let request = signed.request();
    let mut init = RequestInit::new();
    init.with_redirect(RequestRedirect::Manual);
    for (name, value) in signed.headers() {
        init.headers.set(name, value)?;
    }
    if request.method == Method::Post {
        init.with_method(worker::Method::Post);
        init.with_body(Some(Uint8Array::from(request.body.as_slice()).into()));
    }
    worker::Request::new_with_init(&format!("{origin}{}", request.target), &init)
}

/// What an answer other than the file means.
async fn refusal(merchant: &Merchant<WebCrypto>, mut answer: Response) -> Lost {
    let headers: Headers = answer.headers().entries().collect();
    let status = answer.status_code();
    let words = match answer.stream() {
        Ok(stream) => within(async { Ok(body::read(stream, WORDS_BYTES_MAX).await) }).await,
        Err(_) => Err(Lost::Unreachable),
    };
    let body = words.ok().and_then(Result::ok).unwrap_or_default();
    let reply = Reply { status, headers, body };
    let Some(v3) = &merchant.v3 else { return Lost::Runtime };
    match judge(&v3.rsa, &v3.platform_keys, &reply, wall()).await {
        Judged::Refused { refusal, .. } => Lost::Refused(refusal),
        Judged::Done { .. } | Judged::InDoubt(_) => Lost::Undecided,
    }
}

/// Waits for one step, and no longer than a step may take.
pub(super) async fn within<T>(step: impl Future<Output = Result<T, Lost>>) -> Result<T, Lost> {
    match select(Box::pin(step), Delay::from(IDLE)).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => Err(Lost::Silent),
    }
}

/// How long the platform may be silent: before its answer, and between two pieces of a file.
const IDLE: Duration = Duration::from_secs(30);

/// Uncompressed bytes of one file at most: the platform splits bills above some 16 GB (protocol
/// reference B.8). A compressed file that is all zeros would go on for ever.
const FILE_BYTES_MAX: u64 = 20 * 1024 * 1024 * 1024;

/// Bytes of a refusal at most.
pub(super) const WORDS_BYTES_MAX: usize = 16 * 1024;
