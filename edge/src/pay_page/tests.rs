//! Every state in every language, and what must stand on the page to the letter.

mod refused;
mod sights;

use checkout::id::CheckoutId;
use checkout::money::{Amount, Fen};
use checkout::time::UnixSeconds;
use checkout::view::{Phase, SessionView, Status, Trouble};

use super::*;

const NOW: UnixSeconds = UnixSeconds(1_735_700_000);
const TOKEN: &str = "chk_abcdefghijklmnopqrst.1735900000.AAAA";

/// A checkout that waits, with a code that lives for two hours.
fn waiting() -> SessionView {
    SessionView {
        client_token: None,
        status: Status::Open,
        phase: Some(Phase::Waiting),
        trouble: None,
        code_url: Some("weixin://wxpay/bizpayurl?pr=8bmzFyuzzz".to_owned()),
        qr: modules("weixin://wxpay/bizpayurl?pr=8bmzFyuzzz"),
        description: "Oolong 250 g".to_owned(),
        amount: Amount::cny(Fen::new(123_450).unwrap()),
        code_expires_in_ms: Some(7_200_000),
        expires_in_ms: 86_400_000,
        version: 3,
    }
}

fn without_code(status: Status, phase: Option<Phase>, trouble: Option<Trouble>) -> SessionView {
    let (code_url, qr, code_expires_in_ms) = (None, None, None);
    SessionView { status, phase, trouble, code_url, qr, code_expires_in_ms, ..waiting() }
}

/// Every state by its name.
fn states() -> Vec<(&'static str, SessionView)> {
    let open = |phase, trouble| without_code(Status::Open, Some(phase), trouble);
    vec![
        ("waiting", waiting()),
        ("checking", SessionView { phase: Some(Phase::Checking), ..waiting() }),
        ("placing", open(Phase::Placing, None)),
        ("closing", open(Phase::Closing, None)),
        ("refused", open(Phase::Placing, Some(Trouble::Refused))),
        ("conflict", open(Phase::Closing, Some(Trouble::Conflict))),
        ("paid", without_code(Status::Paid, None, None)),
        ("expired", without_code(Status::Expired, None, None)),
        ("cancelled", without_code(Status::Cancelled, None, None)),
    ]
}

fn guest(query: &str) -> Guest {
    Guest::read(query, None, None)
}

fn drawn(view: &SessionView, query: &str) -> String {
    let id = CheckoutId::parse("chk_abcdefghijklmnopqrst").unwrap();
    Sight { view, id: &id, token: TOKEN, now: NOW }.draw(&guest(query))
}
