//! One unpaid order for each payer and product, whatever is repeated how often.

mod pointing;
mod scanning;

use checkout::money::Fen;

use super::*;

/// 2025-01-01 11:00 in Beijing.
const NOW: UnixSeconds = UnixSeconds(1_735_700_400);

fn terms(fen: u64) -> Terms {
    Terms {
        description: Description::parse("Oolong 250 g").unwrap(),
        amount: Amount::cny(Fen::new(fen).unwrap()),
        sub_mchid: None,
    }
}

fn wish(terms: Terms, ended: Option<&Pointer>) -> Wish {
    Wish {
        product: "oolong-250".to_owned(),
        terms,
        lifetime_s: 86_400,
        ended: ended.map(|pointer| pointer.reference.clone()),
    }
}
