//! A bill without a digest on its way to the shop: one reading, whose end is held back until it has
//! come.
//!
//! Nothing proves such a bill, so reading it twice would prove nothing either; the answer says that
//! it is unproven, and how to see that it is whole: it ends with its totals, which are the last to go
//! out ([`Outlet`]). A short bill is read to its end before the answer begins, so that whatever is
//! wrong with it is told in words. The length of a long one is not known beforehand.

use worker::Response;

use super::super::entry::Visit;
use super::super::{log, reply};
use super::by_v2::{Unproven, begin};
use super::download::Download;
use super::streams::{Sink, flow};
use crate::bills::lost::Lost;
use crate::bills::outlet::Outlet;
use crate::bills::{Form, Wanted};
use crate::config::Profile;
use crate::problem::Problem;
use wechatpay::bill::digest::Sha1Hash;

/// Asks for the bill that is `wanted` by V2, and answers with it.
pub(super) async fn hand_over(
    visit: &Visit,
    profile: &Profile,
    wanted: &Wanted,
) -> Result<Response, Problem> {
    let form = Form::of(visit.header("Accept").as_deref());
    let Unproven { download, named } =
        begin((&visit.env, &visit.deployment), profile, wanted).await?;
    let digest = if named.is_some() { UNSIGNED } else { NONE };
    let mut response = if visit.request.inner().method() == "HEAD" {
        // That a file has begun to come is all that can be known without reading it.
        reply::empty(200)
    } else {
        Pass { download: Some(download), named, outlet: Some(Outlet::unproven(form)) }
            .answer()
            .await?
    };
    super::describe(&mut response, form, digest);
    Ok(response)
}

/// The only reading.
struct Pass {
    /// Gone when all has come.
    download: Option<Download>,
    /// What the file says itself that it hashes to.
    named: Option<Sha1Hash>,
    /// Gone with the download.
    outlet: Option<Outlet>,
}

impl Pass {
    /// All of a short bill, or the beginning of a long one and the promise of the rest.
    async fn answer(mut self) -> Result<Response, Problem> {
        let mut first = Vec::new();
        while first.len() < SHORT_BYTES_MAX {
            match self.next().await? {
                Some(out) => first.extend(out),
                None => return Ok(reply::whole(first)),
            }
        }
        let (sink, answer) = flow().map_err(|_| Lost::Runtime)?;
        // Goes on for as long as the caller takes what it gives.
        wasm_bindgen_futures::spawn_local(self.run(first, sink));
        Ok(reply::stream(answer))
    }

    async fn run(self, first: Vec<u8>, sink: Sink) {
        if let Err(lost) = self.pour(first, sink).await {
            log::alarm("bill_broke_off", &[("reason", &lost.to_string())]);
        }
    }

    async fn pour(mut self, first: Vec<u8>, mut sink: Sink) -> Result<(), Lost> {
        // The caller has hung up.
        sink.write(&first).await.map_err(|_| Lost::Unwanted)?;
        while let Some(out) = self.next().await? {
            sink.write(&out).await.map_err(|_| Lost::Unwanted)?;
        }
        sink.close().await.map_err(|_| Lost::Unwanted)
    }

    /// What may go out next, often nothing; `None` when all of it has.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Lost> {
        let (Some(download), Some(outlet)) = (&mut self.download, &mut self.outlet) else {
            return Ok(None);
        };
        if let Some(piece) = download.next().await? {
            return outlet.feed(&piece).map(Some);
        }
        let on_wire = self.download.take().and_then(Download::wire_hash);
        let named = self.named;
        outlet.end_file(|found| is_right(named, [Some(found), on_wire]))?;
        self.outlet.take().map(Outlet::finish).transpose()
    }
}

/// Of a file before or after its compression: which is not established (protocol reference D.11).
fn is_right(named: Option<Sha1Hash>, found: [Option<Sha1Hash>; 2]) -> bool {
    named.is_none() || found.contains(&named)
}

/// A bill that goes out in one piece: some thousand rows.
const SHORT_BYTES_MAX: usize = 256 * 1024;

/// `Saoma-Bill-Digest` where nothing shows that the file is what was sent.
const NONE: &str = "none";
/// And where a digest does that nobody has signed.
const UNSIGNED: &str = "unsigned";
