//! The sign once more, by somebody else: both sums written out from their standards (RFC 1321, FIPS
//! 180-4, RFC 2104), sharing no line and no crate with what is tested. Slow, and short.

/// `sign` of these pairs (protocol reference D.2), found by asking for the smallest name again and
/// again.
pub(super) fn sign(pairs: &[(String, String)], key: &str, sign_type: &str) -> String {
    let mut left: Vec<_> = pairs.to_vec();
    let mut text = String::new();
    while let Some(smallest) = left.iter().map(|(name, _)| name.as_bytes().to_vec()).min() {
        let at = left.iter().position(|(name, _)| name.as_bytes() == smallest).unwrap();
        let (name, value) = left.remove(at);
        if name != "sign" && !value.is_empty() {
            text = text + &name + "=" + &value + "&";
        }
    }
    // Where there is nothing to sign, the key still comes behind an `&`.
    let text = if text.is_empty() { "&".to_owned() } else { text } + "key=" + key;
    let sum = match sign_type {
        "MD5" => md5(text.as_bytes()),
        "HMAC-SHA256" => hmac(key.as_bytes(), text.as_bytes()),
        other => panic!("{other}"),
    };
    hex(&sum)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    assert!(key.len() <= 64);
    let pad = |with: u8| -> Vec<u8> {
        (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect()
    };
    let inner = sha256(&[pad(0x36), text.to_vec()].concat());
    sha256(&[pad(0x5c), inner].concat())
}

/// Blocks of 64 bytes: the text, a bit, zeros, and its length in bits.
fn padded(text: &[u8], length: [u8; 8]) -> Vec<u8> {
    let mut padded = [text, &[0x80]].concat();
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    [padded, length.to_vec()].concat()
}

fn md5(text: &[u8]) -> Vec<u8> {
    const TURNS: [[u32; 4]; 4] =
        [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(text, (text.len() as u64 * 8).to_le_bytes()).chunks(64) {
        let word = |n: usize| u32::from_le_bytes(block[4 * n..4 * n + 4].try_into().unwrap());
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64 {
            let (mixed, at) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((b & d) | (c & !d), 5 * step + 1),
                2 => (b ^ c ^ d, 3 * step + 5),
                _ => (c ^ (b | !d), 7 * step),
            };
            let sine = ((step + 1) as f64).sin().abs() * 4_294_967_296.0;
            let sum = a.wrapping_add(mixed).wrapping_add(sine as u32).wrapping_add(word(at % 16));
            let turned = sum.rotate_left(TURNS[step / 16][step % 4]);
            (a, d, c, b) = (d, c, b, b.wrapping_add(turned));
        }
        for (whole, part) in state.iter_mut().zip([a, b, c, d]) {
            *whole = whole.wrapping_add(part);
        }
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn sha256(text: &[u8]) -> Vec<u8> {
    let primes: Vec<u64> =
        (2..).filter(|n: &u64| (2..*n).all(|d| !n.is_multiple_of(d))).take(64).collect();
    // The first 32 bits of the fraction of a root, found in whole numbers.
    let fraction = |prime: u64, power: u32| -> u32 {
        let wanted = u128::from(prime) << (32 * power);
        let mut root = 0_u128;
        for bit in (0..40).rev() {
            let tried = root | 1 << bit;
            if tried.pow(power) <= wanted {
                root = tried;
            }
        }
        root as u32
    };
    let mut state: Vec<u32> = primes.iter().take(8).map(|prime| fraction(*prime, 2)).collect();
    let cubes: Vec<u32> = primes.iter().map(|prime| fraction(*prime, 3)).collect();
    for block in padded(text, (text.len() as u64 * 8).to_be_bytes()).chunks(64) {
        let mut words: Vec<u32> =
            block.chunks(4).map(|four| u32::from_be_bytes(four.try_into().unwrap())).collect();
        for n in 16..64 {
            let (w15, w2) = (words[n - 15], words[n - 2]);
            let low = w15.rotate_right(7) ^ w15.rotate_right(18) ^ (w15 >> 3);
            let high = w2.rotate_right(17) ^ w2.rotate_right(19) ^ (w2 >> 10);
            words.push(
                words[n - 16].wrapping_add(low).wrapping_add(words[n - 7]).wrapping_add(high),
            );
        }
        let mut turned = state.clone();
        for (n, word) in words.iter().enumerate() {
            let (a, e) = (turned[0], turned[4]);
            let sum = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & turned[5]) ^ (!e & turned[6]);
            let first =
                [turned[7], sum, choice, cubes[n], *word].into_iter().fold(0, u32::wrapping_add);
            let sum = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let majority = (a & turned[1]) ^ (a & turned[2]) ^ (turned[1] & turned[2]);
            turned.rotate_right(1);
            turned[0] = first.wrapping_add(sum).wrapping_add(majority);
            turned[4] = turned[4].wrapping_add(first);
        }
        for (whole, part) in state.iter_mut().zip(turned) {
            *whole = whole.wrapping_add(part);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// The standards' own examples.
#[test]
fn the_second_opinion_is_right() {
    assert_eq!(hex(&md5(b"")), "D41D8CD98F00B204E9800998ECF8427E");
    assert_eq!(hex(&md5(b"message digest")), "F96B697D7CB7938D525A2F31AAF161D0");
    let abc = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
    assert_eq!(hex(&sha256(b"abc")), abc);
    // RFC 4231, test case 2.
    let found = hex(&hmac(b"Jefe", b"what do ya want for nothing?"));
    assert_eq!(found, "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843");
}
