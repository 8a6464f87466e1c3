//! A bill as lines of JSON: one object a row, the summary last.
//!
//! Names are English, amounts whole fen, times RFC 3339; an empty value is `null`. A fee has parts of
//! a fen, so it is decimal text in yuan with five decimals, under a name that says so. Columns that
//! we do not know stand in `other` under their own headings. The last line is `{"summary":{…}}`:
//! lines without it are not the whole bill.

use core::fmt::Write as _;

use super::parser::Item;
use super::row::{Row, Value};

/// Appends an item and its line feed.
pub fn write(item: &Item<'_>, out: &mut String) {
    match item {
        Item::Row(row) => object(row, out),
        Item::Summary(row) => {
            out.push_str("{\"summary\":");
            object(row, out);
            out.push('}');
        }
    }
    out.push('\n');
}

fn object(row: &Row<'_>, out: &mut String) {
    out.push('{');
    let mut comma = "";
    for (name, value) in row.known() {
        member(name, value, comma, out);
        comma = ",";
    }
    let mut rest = row.rest().peekable();
    if rest.peek().is_some() {
        out.push_str(comma);
        out.push_str("\"other\":{");
        let mut comma = "";
        for (heading, value) in rest {
            member(heading, value, comma, out);
            comma = ",";
        }
        out.push('}');
    }
    out.push('}');
}

fn member(name: &str, value: &Value<'_>, comma: &str, out: &mut String) {
    out.push_str(comma);
    string(name, out);
    out.push(':');
    // Writing to a String cannot fail.
    let _ = match value {
        Value::Empty => out.write_str("null"),
        Value::Fen(number) | Value::Count(number) => write!(out, "{number}"),
        Value::Fee(parts) => fee(*parts, out),
        Value::Time(time) => {
            let (date, time) = time.split_once(' ').unwrap_or((time, ""));
            write!(out, "\"{date}T{time}+08:00\"")
        }
        Value::Text(text) => {
            string(text, out);
            Ok(())
        }
    };
}

/// Hundred-thousandths of a yuan as decimal text.
fn fee(parts: i64, out: &mut String) -> core::fmt::Result {
    let sign = if parts < 0 { "-" } else { "" };
    let parts = parts.unsigned_abs();
    write!(out, "\"{sign}{}.{:05}\"", parts / 100_000, parts % 100_000)
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        // What is escaped is one byte, so both ends are borders of letters.
        out.push_str(text.get(plain_from..at).unwrap_or_default());
        let _ = write!(out, "\\u{byte:04x}");
        plain_from = at + 1;
    }
    out.push_str(text.get(plain_from..).unwrap_or_default());
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_a_json_string() {
        for text in ["", "红茶", "a\"b\\c\r\n\t\u{0}\u{7f}\u{2028}", "\\", "\"\"", "🧧\u{1f}红"]
        {
            let mut json = String::new();
            string(text, &mut json);
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }

    #[test]
    fn a_fee_keeps_its_five_decimals() {
        for (parts, text) in [
            (0, "0.00000"),
            (7_000, "0.07000"),
            (-1_000, "-0.01000"),
            (100_000, "1.00000"),
            (-1_234_567, "-12.34567"),
        ] {
            let mut json = String::new();
            fee(parts, &mut json).unwrap();
            assert_eq!(json, format!("\"{text}\""));
        }
    }
}
