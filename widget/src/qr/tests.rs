//! The path must say exactly what the encoder said, and a decoder that is not ours must read it.

use super::*;
use crate::dice::Dice;

/// What a renderer makes of the path: a square of booleans, dark = true.
#[track_caller]
fn rasterise(drawing: &Drawing) -> Vec<Vec<bool>> {
    let side = usize::try_from(drawing.side).unwrap();
    let mut dark = vec![vec![false; side]; side];
    let (mut x, mut y) = (0_usize, 0_usize);
    for step in drawing.path.split(['M', 'm']) {
        if step.is_empty() {
            continue;
        }
        let (to, run) = step.split_once('h').unwrap();
        let (dx, dy) = to.split_once(' ').unwrap();
        if dy == "0" {
            x += dx.parse::<usize>().unwrap();
        } else {
            x = dx.parse().unwrap();
            y = dy.strip_suffix(".5").unwrap().parse().unwrap();
        }
        let run: usize = run.parse().unwrap();
        dark[y][x..x + run].fill(true);
        x += run;
    }
    dark
}

/// Printable ASCII.
fn text(dice: &mut Dice, length: u64) -> String {
    (0..length).map(|_| char::from(u8::try_from(33 + dice.roll(94)).unwrap())).collect()
}

#[track_caller]
fn assert_drawn_as_encoded(text: &str) {
    let drawing = draw(text).unwrap();
    let code = encode(text.as_bytes()).unwrap();
    let dark = rasterise(&drawing);
    let quiet = usize::try_from(drawing::QUIET_MODULES).unwrap();
    assert_eq!(dark.len(), code.width() + 2 * quiet, "{text}");
    for (y, row) in dark.iter().enumerate() {
        for (x, &is_dark) in row.iter().enumerate() {
            let inside = (quiet..quiet + code.width()).contains(&x)
                && (quiet..quiet + code.width()).contains(&y);
            let expected = inside && code[(x - quiet, y - quiet)] == Color::Dark;
            assert_eq!(is_dark, expected, "{text} at {x},{y}");
        }
    }
}

#[track_caller]
fn decode(drawing: &Drawing) -> String {
    let (dark, scale) = (rasterise(drawing), 4);
    let side = dark.len() * scale;
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
        if dark[y / scale][x / scale] { 0 } else { 255 }
    });
    let (_, text) = image.detect_grids().first().expect("a code is found").decode().unwrap();
    text
}

/// Two hundred texts of 20 to 120 characters.
#[test]
fn the_path_says_what_the_encoder_said() {
    let mut dice = Dice(0x5A0A);
    for _ in 0..200 {
        let length = 20 + dice.roll(101);
        assert_drawn_as_encoded(&text(&mut dice, length));
    }
}

#[test]
fn a_decoder_that_is_not_ours_reads_what_we_draw() {
    let mut dice = Dice(77);
    for length in (20..=120).step_by(10) {
        let text = text(&mut dice, length);
        assert_eq!(decode(&draw(&text).unwrap()), text);
    }
}

/// Both shapes that the platform sends (browser-checkout reference 6.1): 29 and 33 modules.
#[test]
fn the_platforms_codes_get_the_smallest_symbol_at_m() {
    let short = "weixin://wxpay/bizpayurl?pr=abc1234";
    let long = "weixin://pay.weixin.qq.com/bizpayurl/up?pr=abcdefghi&groupid=00";
    assert_eq!(draw(short).unwrap().side, 29 + 8);
    assert_eq!(draw(&long[..61]).unwrap().side, 33 + 8);
    assert_eq!(decode(&draw(short).unwrap()), short);
}

/// Bytes alone cost nothing: the encoder's own search for other modes finds no smaller symbol.
#[test]
fn the_platforms_codes_would_not_be_smaller_in_other_modes() {
    for text in ["weixin://wxpay/bizpayurl?pr=abc1234", "weixin://wxpay/bizpayurl?pr=NwY5Mz9zz"] {
        let searched = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        assert_eq!(encode(text.as_bytes()).unwrap().width(), searched.width());
    }
}

#[test]
fn a_doubled_scheme_is_left_alone() {
    let odd = "weixin://weixin://pay.weixin.qq.com/bizpayurl/up?pr=NwY5Mz9";
    assert_eq!(decode(&draw(odd).unwrap()), odd);
}

#[test]
fn a_text_beyond_every_symbol_is_refused() {
    assert_eq!(draw(&"x".repeat(2_332)), Err(TooLong));
}
