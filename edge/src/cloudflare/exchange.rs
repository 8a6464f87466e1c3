//! Questions outside of an order's life: certificates, bills, an operator's. Signed, sent, and where
//! they change nothing, asked again while there is time.

use wechatpay::http::{Reply, Request};

use super::deployment::Deployment;
use super::platform::deliver;
use super::standing::Standing;
use super::world::{chance, pause, wall_ms};
use crate::ports::{CALL_MS_MAX, Unreachable};
use crate::retry::{ATTEMPTS_MAX, ended, wait_ms};

/// A question and how long it may take.
pub(crate) struct Inquiry<'a> {
    /// What is asked.
    pub(crate) request: Request,
    /// The platform key that the answer should be signed with, or that fields were encrypted for.
    pub(crate) platform_serial: Option<&'a str>,
    /// Milliseconds for all of it, the waits between attempts included.
    pub(crate) budget_ms: u32,
}

/// The last answer, whatever it says; who judges it reports a signer that is not known to
/// [`Standing::meet`].
pub(crate) async fn exchange(
    deployment: &Deployment,
    standing: &Standing,
    inquiry: &Inquiry<'_>,
) -> Result<Reply, Unreachable> {
    let until_ms = wall_ms().saturating_add(u64::from(inquiry.budget_ms));
    let left_ms = || u32::try_from(until_ms.saturating_sub(wall_ms())).unwrap_or(u32::MAX);
    let mut last = Err(Unreachable);
    for attempts in 1..=ATTEMPTS_MAX {
        let signed = standing.sign(inquiry.request.clone(), inquiry.platform_serial).await;
        let signed = signed.ok_or(Unreachable)?;
        let came = deliver(deployment, standing, &signed, left_ms().min(CALL_MS_MAX)).await;
        last = came.map(|delivery| delivery.reply);
        let ended = ended(&inquiry.request, last.as_ref().ok());
        let [drawn, ..] = chance().map_err(|_| Unreachable)?;
        match wait_ms(ended, attempts, left_ms(), drawn) {
            Some(wait_ms) => pause(wait_ms).await,
            None => break,
        }
    }
    last
}
