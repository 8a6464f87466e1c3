//! `POST /tools/shorturl`: a link that is easier to scan (protocol reference D.10, G.12).

use super::given::{Bytes, Given};
use super::refusal::Refusal;
use super::{Answer, Errand, Fields, Visit};
use crate::fault::{Kind, Route};
use crate::short_links::STEM;

/// What may be shortened. The purpose is codes of mode 1 (D.10); a short link of a short one would
/// lead nowhere.
const LONG_STEM: &str = "weixin://wxpay/bizpayurl";

/// A link that is to be shortened.
pub(super) struct Shorten(String);

impl Errand for Shorten {
    const ROUTE: Route = Route::ShortUrl;

    fn read(visit: &Visit<'_>) -> Result<Self, Refusal> {
        // Raw, as it was signed: who sent it URL-encoded signed it so, and gets that one back.
        let long_url = Given(visit.fields).text("long_url", Bytes(512))?;
        if !long_url.starts_with(LONG_STEM) {
            let rule = "is no link of WeChat Pay's; it begins with weixin://wxpay/bizpayurl, and \
                        it is sent as it is, not URL-encoded.";
            return Err(Refusal::wrong("long_url", rule));
        }
        Ok(Self(long_url.to_owned()))
    }

    async fn run(self, visit: &Visit<'_>, _: Option<Kind>) -> Result<Answer, Refusal> {
        let (code, ticket) = visit.world.shards.shorten(&self.0);
        ticket.honoured().await.map_err(|_| Refusal::system_error())?;
        Ok(Answer::Done(Fields::new().with("short_url", format!("{STEM}{code}"))))
    }
}
