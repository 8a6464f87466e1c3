//! What stands where no code is: a sign of how the order fares, for eyes only. The words are below it.

use super::face::Face;

const TICK: &str = r#"<svg class="mark" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="20"/><path d="m15 25 6.5 6.5L34 18"/></svg>"#;
const CLOCK: &str = r#"<svg class="mark" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="20"/><path d="M24 13v11l7 5"/></svg>"#;
const DASH: &str = r#"<svg class="mark" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="20"/><path d="M16 24h16"/></svg>"#;
const BANG: &str = r#"<svg class="mark" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="20"/><path d="M24 13v14m0 7v.1"/></svg>"#;

/// The sign of `face`.
pub(super) const fn of(face: Face) -> &'static str {
    match face {
        Face::Paid => TICK,
        Face::Placing | Face::Waiting | Face::Checking | Face::Closing | Face::Expired => CLOCK,
        Face::Cancelled => DASH,
        Face::Refused | Face::Conflict => BANG,
    }
}

/// The sign of a page that could not be shown.
pub(super) const REFUSED: &str = BANG;
