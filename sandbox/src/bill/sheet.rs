//! A bill's bytes (protocol reference B.10): UTF-8 with a byte order mark, CRLF after every line,
//! commas between fields, and a back-tick before every value but not before a header.

/// A file that grows line by line.
pub struct Sheet(String);

impl Sheet {
    /// Only the byte order mark.
    pub fn new() -> Self {
        Self("\u{feff}".to_owned())
    }

    /// A line of column names.
    pub fn headers<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        self.line(names, "");
    }

    /// A line of values; an empty one is a lone back-tick.
    pub fn values<T: AsRef<str>>(&mut self, values: impl IntoIterator<Item = T>) {
        self.line(values, "`");
    }

    /// The whole file.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }

    fn line<T: AsRef<str>>(&mut self, fields: impl IntoIterator<Item = T>, mark: &str) {
        for (index, field) in fields.into_iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            self.0.push_str(mark);
            self.0.push_str(field.as_ref());
        }
        self.0.push_str("\r\n");
    }
}

impl Default for Sheet {
    fn default() -> Self {
        Self::new()
    }
}

/// Fen as yuan with two decimals.
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

/// A fee in fen as yuan with five decimals.
pub fn fee(fen: i64) -> String {
    format!("{}000", yuan(fen))
}

/// A merchant's own text: a comma becomes a backslash and a space, a line feed a backslash and an
/// `n`, so that lines can be split at commas.
pub fn escaped(text: &str) -> String {
    text.replace(',', "\\ ").replace('\n', "\\n")
}

/// Text in a fund-flow bill: control characters go first.
pub fn escaped_flow(text: &str) -> String {
    escaped(&text.replace('\u{1}', " ").replace('\r', "\\r"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_decimal_yuan() {
        let all = [(0, "0.00"), (1, "0.01"), (99, "0.99"), (100, "1.00"), (1234, "12.34")];
        for (fen, text) in all.into_iter().chain([(-1, "-0.01"), (-250, "-2.50")]) {
            assert_eq!(yuan(fen), text);
        }
        assert_eq!(fee(7), "0.07000");
        assert_eq!(fee(-1), "-0.01000");
    }

    #[test]
    fn a_line_is_marked_ended_and_can_be_split() {
        let mut sheet = Sheet::new();
        sheet.headers(["a", "b"]);
        sheet.values(["", &escaped("x,y\nz")]);
        assert_eq!(sheet.into_bytes(), "\u{feff}a,b\r\n`,`x\\ y\\nz\r\n".as_bytes());
        assert_eq!(escaped_flow("\u{1}a\r\n,"), " a\\r\\n\\ ");
    }
}
