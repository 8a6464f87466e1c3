//! `GET /sandbox/orders/{out_trade_no}/code.svg`: an order's code as a picture that a camera reads.
//!
//! Black on white with its border, whatever the page around it looks like: a reader needs both.
//! Error correction M is what WeChat's own examples use. The newest code is drawn, also one that is
//! void or too old by now, so that a test can hold exactly that before a camera.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;

use super::{Problem, respond};
use crate::world::World;

/// Light modules around the symbol: ISO/IEC 18004 asks for four.
const BORDER: usize = 4;

/// Whose order, where two merchants chose the same number; `pr` is for pages, which must see
/// another address when the code is another one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Whose {
    mchid: Option<String>,
    #[serde(rename = "pr")]
    _code: Option<String>,
}

pub(super) async fn picture(
    State(world): State<Arc<World>>,
    Path(out_trade_no): Path<String>,
    whose: Result<Query<Whose>, QueryRejection>,
) -> Response<Body> {
    match whose {
        Ok(Query(whose)) => match drawn(&world, &out_trade_no, whose.mchid.as_deref()) {
            Ok(svg) => image(svg),
            Err(problem) => respond(Err(problem)),
        },
        Err(error) => respond(Err(Problem::bad_request(error.body_text()))),
    }
}

fn drawn(world: &World, out_trade_no: &str, mchid: Option<&str>) -> Result<String, Problem> {
    let found = world.gather(|ledger, _| {
        let mut orders = ledger.orders_newest_first();
        let order = orders.find(|order| {
            order.terms.out_trade_no == out_trade_no
                && mchid.is_none_or(|mchid| order.terms.party.mchid == mchid)
        });
        order.map(|order| (order.seq, order.code.url())).into_iter().collect()
    });
    let code_url = found.into_iter().next().ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "unknown_order", "no merchant placed this number")
    })?;
    svg(&code_url).ok_or_else(|| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "undrawable", "the code is too long")
    })
}

/// The picture of `text`, every dark run of a row as one stroke; none if it fits no symbol.
fn svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|left, right| left == right) {
            if run.first() == Some(&Color::Dark) {
                // Writing to a String does not fail.
                let _ = write!(path, "M{} {}.5h{}", BORDER + x, BORDER + y, run.len());
            }
            x += run.len();
        }
    }
    let side = width + 2 * BORDER;
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path stroke=\"#000\" d=\"{path}\"/></svg>\n"
    ))
}

fn image(svg: String) -> Response<Body> {
    let mut response = Response::new(Body::from(svg));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Whoever opens the picture by itself gets a picture, and nothing that could run.
    let policy = HeaderValue::from_static("default-src 'none'; sandbox");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that a picture's strokes cover.
    fn dark(svg: &str) -> Vec<(usize, usize)> {
        let path = svg.split("stroke=\"#000\" d=\"M").nth(1).unwrap().split('"').next().unwrap();
        let mut modules = Vec::new();
        for stroke in path.split('M') {
            let (place, run) = stroke.split_once(".5h").unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            modules.extend((0..run.parse().unwrap()).map(|more| (x + more, y)));
        }
        modules
    }

    #[test]
    fn the_picture_has_exactly_the_dark_modules_and_a_border() {
        let text = "weixin://wxpay/bizpayurl?pr=AbCdEfGzz";
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let picture = svg(text).unwrap();
        let wanted = (0..code.width() * code.width())
            .map(|at| (at % code.width(), at / code.width()))
            .filter(|&at| code[at] == Color::Dark)
            .map(|(x, y)| (x + 4, y + 4));
        assert_eq!(dark(&picture), wanted.collect::<Vec<_>>());
        assert!(picture.contains(&format!("viewBox=\"0 0 {0} {0}\"", code.width() + 8)));
    }

    #[test]
    fn a_text_that_fits_no_symbol_is_not_drawn() {
        assert_eq!(svg(&"x".repeat(3_000)), None);
    }
}
