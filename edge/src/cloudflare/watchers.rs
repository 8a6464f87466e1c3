//! Who is told after a commit: the pages that watch, the quotas, whoever reads the log.

use std::cell::Cell;
use std::rc::Rc;

use checkout::id::ProfileName;
use checkout::order::Alert;
use checkout::refund::RefundEffect;
use checkout::time::{Seconds, UnixSeconds};
use checkout::view::SessionView;
use worker::{Env, State};

use super::world::wall;
use super::{index, log, objects, webhook};
use crate::command::{Opening, QuotaCommand, Source};
use crate::index::IndexRow;
use crate::places::{Quotas as _, quotas};
use crate::ports::{Audience, Dispatch, ShopAnswer, Undelivered};

/// The pages that are connected to this object, and the other objects that want to know.
pub(crate) struct Watchers {
    state: Rc<State>,
    env: Env,
    seen: Rc<Cell<UnixSeconds>>,
}

/// A page that polls asks at least this often while it is in view.
const WATCHING: Seconds = Seconds(60);

impl Watchers {
    /// Those of the object that `state` belongs to.
    pub(crate) fn new(state: &Rc<State>, env: &Env, seen: &Rc<Cell<UnixSeconds>>) -> Self {
        Self { state: Rc::clone(state), env: env.clone(), seen: Rc::clone(seen) }
    }
}

impl Audience for Watchers {
    fn is_watched(&self) -> bool {
        !self.state.get_websockets().is_empty() || wall() - self.seen.get() <= WATCHING
    }

    async fn index(&self, row: &IndexRow, deadline_ms: u32) -> Result<(), Undelivered> {
        index::write(&self.env, row, deadline_ms).await
    }

    async fn tell_shop(&self, profile: &ProfileName, dispatch: Dispatch<'_>) -> ShopAnswer {
        webhook::tell(&self.env, profile, dispatch).await
    }

    fn show(&self, view: impl FnOnce() -> SessionView) {
        let pages = self.state.get_websockets();
        if pages.is_empty() {
            return;
        }
        let Ok(message) = serde_json::to_string(&view()) else { return };
        for page in pages {
            // A page that is gone is no failure; one that missed this asks again.
            let _gone = page.send_with_str(&message);
        }
    }

    fn free_place(&self, opening: &Opening) {
        let Source::Catalogue { address, .. } = &opening.source else { return };
        let env = self.env.clone();
        let release = QuotaCommand::Release { id: opening.id.clone() };
        let names = quotas(address);
        // Nobody waits for it: a place that is not given back frees itself in time.
        self.state.wait_until(async move {
            for name in names {
                let _logged_already = objects::Quotas(&env).ask(&name, &release).await;
            }
        });
    }

    fn alert_refund(&self, opening: &Opening, effect: &RefundEffect) {
        let reason = format!("{effect:?}");
        log::alarm("needs_a_person", &[("checkout", opening.id.as_str()), ("reason", &reason)]);
    }

    fn alert(&self, opening: &Opening, alert: &Alert) {
        let reason = format!("{alert:?}");
        log::alarm("needs_a_person", &[("checkout", opening.id.as_str()), ("reason", &reason)]);
    }
}
