//! A bill's file becomes rows in any pieces, and one thing changed is refused for what it is.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use wechatpay::bill::column::Column;
use wechatpay::bill::digest::{Digest, Sha1Hash};
use wechatpay::bill::fault::{BadBill, Fault};
use wechatpay::bill::json;
use wechatpay::bill::parser::{Item, Parser};

use super::tamper::flip;
use super::vector::{self, Named};

/// The lines of JSON up to the end or the first fault.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (String, Result<(), BadBill>) {
    let mut lines = String::new();
    let mut parser = Parser::default();
    let mut sink = |item: Item<'_>| json::write(&item, &mut lines);
    let fed = pieces.into_iter().try_for_each(|piece| parser.feed(piece, &mut sink));
    let read = fed.and_then(|()| parser.finish(&mut sink));
    (lines, read)
}

#[track_caller]
fn fault(text: &str) -> (u64, Fault) {
    match read([text.as_bytes()]) {
        (_, Err(BadBill { line, fault })) => (line, fault),
        (lines, Ok(())) => panic!("is read: {lines}"),
    }
}

fn trade_bill() -> String {
    let all = vector::all::<vector::Bill>("bill");
    all.into_iter().find(|one| one.name == "bill_trade_all.json").unwrap().vector.text
}

#[test]
fn bills_become_rows_and_a_summary() {
    for Named { name, vector } in vector::all::<vector::Bill>("bill") {
        let (lines, outcome) = read([vector.text.as_bytes()]);
        assert_eq!(outcome, Ok(()), "{name}");
        let found: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(found, vector.lines, "{name}");
    }
}

#[test]
fn bills_hash_as_they_were_published_and_with_one_bit_changed_do_not() {
    for Named { name, vector } in vector::all::<vector::Bill>("bill") {
        let bytes = vector.text.as_bytes();
        assert_eq!(bytes.len(), vector.size_bytes, "{name}");
        let hash = |bytes: &[u8]| {
            let mut digest = Digest::default();
            digest.feed(bytes);
            Some(digest.finish())
        };
        let published = Sha1Hash::parse(&vector.hash_value);
        assert_eq!(hash(bytes), published, "{name}");
        for at in 0..bytes.len() {
            assert_ne!(hash(&flip(bytes, at)), published, "{name}: byte {at}");
        }
        assert_ne!(hash(&bytes[..bytes.len() - 1]), published, "{name}: cut short");
    }
}

#[test]
fn a_bill_cut_anywhere_in_two_reads_the_same() {
    for Named { name, vector } in vector::all::<vector::Bill>("bill") {
        let bytes = vector.text.as_bytes();
        let whole = read([bytes]);
        for at in 0..=bytes.len() {
            assert_eq!(read([&bytes[..at], &bytes[at..]]), whole, "{name}: cut at {at}");
        }
        assert_eq!(read(bytes.chunks(1)), whole, "{name}: byte by byte");
    }
}

#[test]
fn a_bill_that_ends_early_is_never_whole() {
    for Named { name, vector } in vector::all::<vector::Bill>("bill") {
        let bytes = vector.text.as_bytes();
        let last_values = vector.text.rfind('`').unwrap();
        for end in 0..=last_values {
            assert!(read([&bytes[..end]]).1.is_err(), "{name}: {end} bytes");
        }
        // A last line end may be lost, or one too many.
        let text = vector.text.trim_end();
        assert_eq!(read([text.as_bytes()]), read([bytes]), "{name}");
        assert_eq!(read([bytes, b"\r\n\n"]), read([bytes]), "{name}");
    }
}

#[test]
fn either_line_end_and_no_byte_order_mark_read_the_same() {
    let text = trade_bill();
    let whole = read([text.as_bytes()]);
    for changed in [text.replace("\r\n", "\n"), text.replace('\u{feff}', "")] {
        assert_ne!(changed, text);
        assert_eq!(read([changed.as_bytes()]), whole);
    }
}

#[test]
fn columns_are_found_by_heading_in_any_order() {
    let text = "备注,记账时间,收支金额(元)\n`a,`2025-01-01 00:00:00,`1.00\n资金流水总笔数\n`1\n";
    let mut amounts = Vec::new();
    let mut parser = Parser::default();
    let mut sink = |item: Item<'_>| {
        if let Item::Row(row) = item {
            assert_eq!(row.text(Column::Note), Some("a"));
            assert_eq!(row.text(Column::OutTradeNo), None);
            amounts.push(row.number(Column::Amount));
        }
    };
    parser.feed(text.as_bytes(), &mut sink).unwrap();
    parser.finish(&mut sink).unwrap();
    assert_eq!(amounts, [Some(100)]);
}

#[test]
fn a_comma_that_was_not_escaped_separates_nothing() {
    let text = trade_bill().replace("测试商品-红茶500g", "a,b\\ c");
    let (lines, outcome) = read([text.as_bytes()]);
    assert_eq!(outcome, Ok(()));
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["description"], "a,b,c");
}

#[test]
fn words_cut_inside_a_letter_do_not_lose_a_bill_and_other_values_do() {
    let cut = |word: &str| {
        let text = trade_bill();
        let at = text.find(word).unwrap();
        let mut bytes = text.into_bytes();
        bytes[at + word.len() - 1] = 0xe7;
        read([&bytes[..]])
    };
    let (lines, outcome) = cut("红茶500g");
    assert_eq!(outcome, Ok(()));
    assert!(lines.contains("红茶500\u{fffd}"));
    let (_, outcome) = cut("NATIVE");
    let fault = Fault::NotUtf8("交易类型".to_owned());
    assert_eq!(outcome, Err(BadBill { line: 2, fault }));
}

#[test]
fn one_value_changed_is_refused_by_its_column_and_line() {
    let text = trade_bill();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        fault(&text.replacen(from, to, 1))
    };
    let named = |fault: fn(String) -> Fault, name: &str| fault(name.to_owned());
    for (from, to, line, expected) in [
        ("`12.34,`0.00", "`12.345,`0.00", 2, named(Fault::BadAmount, "应结订单金额")),
        ("`12.34,`0.00", "`12.34元,`0.00", 2, named(Fault::BadAmount, "应结订单金额")),
        ("`-0.01000", "`-0.010001", 3, named(Fault::BadFee, "手续费")),
        ("`2,`12.34", "`2.5,`12.34", 5, named(Fault::BadCount, "总交易单数")),
        ("11:20:30", "24:00:00", 2, named(Fault::BadTime, "交易时间")),
        ("2025-01-01 11:43", "2025-02-30 11:43", 3, named(Fault::BadTime, "交易时间")),
        ("`NATIVE,", "NATIVE,", 2, Fault::ColumnCount { expected: 27, found: 26 }),
        ("`NATIVE,", "`NATIVE,`,", 2, Fault::ColumnCount { expected: 27, found: 28 }),
        ("`2,`12.34,", "`2,", 5, Fault::ColumnCount { expected: 7, found: 6 }),
    ] {
        assert_eq!(changed(from, to), (line, expected), "{from} → {to}");
    }
}

#[test]
fn one_line_changed_is_refused_for_its_place() {
    let text = trade_bill();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let [headings, first, second, summary, sums] = lines[..] else { panic!() };
    let of = |lines: &[&str]| fault(&lines.concat());
    assert_eq!(of(&[]), (1, Fault::CutShort));
    assert_eq!(of(&[headings]), (2, Fault::CutShort));
    assert_eq!(of(&[headings, first, second]), (4, Fault::CutShort));
    assert_eq!(of(&[headings, first, summary]), (4, Fault::CutShort));
    assert_eq!(of(&[first, second]), (1, Fault::NotABill));
    assert_eq!(of(&["\r\n", headings]), (1, Fault::NotABill));
    assert_eq!(of(&["{\"code\":\"NO_AUTH\"}"]), (1, Fault::NotABill));
    assert_eq!(of(&[summary, sums]), (1, Fault::NotABill));
    assert_eq!(of(&[headings, first, "\r\n", summary, sums]), (3, Fault::NotASummary));
    assert_eq!(of(&[headings, headings, first]), (2, Fault::NotASummary));
    assert_eq!(of(&[headings, summary, summary]), (3, Fault::NoSummaryValues));
    assert_eq!(of(&[headings, summary, sums, sums]), (4, Fault::AfterTheEnd));
    assert_eq!(of(&[headings, summary, sums, headings]), (4, Fault::AfterTheEnd));
    let twice = headings.replace("费率备注", "费率");
    assert_eq!(of(&[&twice, first]), (1, Fault::RepeatedHeading("费率".to_owned())));
    let bare = read([b"\xff\n".as_slice()]);
    assert_eq!(bare.1, Err(BadBill { line: 1, fault: Fault::HeadingNotUtf8 }));
}

#[test]
fn two_headings_of_one_column_keep_both_values() {
    let text = "交易时间,总金额,应结订单金额\n`,`1.00,`2.00\n总交易单数\n`1\n";
    let (lines, outcome) = read([text.as_bytes()]);
    assert_eq!(outcome, Ok(()));
    assert_eq!(
        lines.lines().next(),
        Some(r#"{"trade_time":null,"settlement_amount":100,"other":{"应结订单金额":"2.00"}}"#)
    );
}

#[test]
fn lines_and_columns_have_an_end() {
    let many = (0..200).map(|n| format!(",{n}")).collect::<String>();
    assert_eq!(fault(&format!("交易时间{many}\n")), (1, Fault::TooManyColumns));
    let long = format!("{}`{}", "交易时间\n", "a".repeat(64 * 1024));
    assert_eq!(fault(&long), (2, Fault::LineTooLong));
    assert_eq!(fault(&format!("{long}\n")), (2, Fault::LineTooLong));
    // An endless line is refused when it is too long, not when it ends.
    let mut parser = Parser::default();
    let endless = vec![b'a'; 1024];
    let fed = (0..1_000).find(|_| parser.feed(&endless, &mut |_| ()).is_err());
    assert_eq!(fed, Some(64));
    let error = BadBill { line: 1, fault: Fault::LineTooLong };
    assert_eq!(parser.feed(b"\n", &mut |_| ()), Err(error.clone()), "an error stays");
    assert_eq!(parser.finish(&mut |_| ()), Err(error));
}

/// Bytes that look like a bill for a while.
fn any_bill() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec![
            "交易时间", "记账时间", "商品名称", "应结订单金额", "手续费", "总交易单数", "费率",
            "\n", "\r\n", "\r", ",", "`", ",`", "\u{feff}", "`2025-01-01 00:00:00", "`1.00", "`1",
            "`\\ ", "`\\n", "`0", "",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..8),
    ];
    vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// A genuine bill with some bytes changed.
fn damaged_bill() -> impl Strategy<Value = Vec<u8>> {
    let all: Vec<_> =
        vector::all::<vector::Bill>("bill").into_iter().map(|one| one.vector.text).collect();
    let damage = vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (prop::sample::select(all), damage).prop_map(|(text, damage)| {
        let mut bytes = text.into_bytes();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    })
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_read_as_in_one(
        bytes in prop_oneof![any_bill(), damaged_bill(), vec(any::<u8>(), 0..300)],
        cuts in vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]);
        let (lines, outcome) = read(pieces);
        for line in lines.lines() {
            prop_assert!(serde_json::from_str::<Value>(line).is_ok(), "{}", line);
        }
        prop_assert_eq!((lines, outcome), read([&bytes[..]]));
    }

    #[test]
    fn any_words_come_back_as_they_were(words in "[^\\\\,`\r\n]{0,40}[,\n]?[^\\\\,`\r\n]{0,9}") {
        let escaped = words.replace(',', "\\ ").replace('\n', "\\n");
        let text = format!("交易时间,商品名称\n`,`{escaped}\n总交易单数\n`1\n");
        let (lines, outcome) = read([text.as_bytes()]);
        prop_assert_eq!(outcome, Ok(()));
        let row: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        let expected = if words.is_empty() { Value::Null } else { Value::from(words) };
        prop_assert_eq!(&row["description"], &expected);
    }
}
