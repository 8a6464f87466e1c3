//! One line of values under its headings, read into what they mean.

use std::borrow::Cow;

use super::column::{Column, Kind, Known, known};
use super::date::BillDate;
use super::fault::Fault;
use super::number::scaled;

/// A heading of the file at hand.
#[derive(Debug)]
pub struct Heading {
    text: String,
    known: Option<&'static Known>,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// None: an empty value, or an id of `0`.
    Empty,
    /// Text, unescaped where it is the merchant's own words.
    Text(Cow<'a, str>),
    /// Fen; negative in some summaries.
    Fen(i64),
    /// Hundred-thousandths of a yuan. Its sign on a refund varies; do not rely on it.
    Fee(i64),
    /// A number of things.
    Count(i64),
    /// `yyyy-MM-dd HH:mm:ss`, Beijing time, of a real day.
    Time(&'a str),
}

/// A line of values. The known ones are found by [`Column`], the others by [`Row::rest`].
#[derive(Debug)]
pub struct Row<'a> {
    headings: &'a [Heading],
    values: Vec<Value<'a>>,
}

impl<'a> Row<'a> {
    /// The value of a column; `None` if this file has no such column.
    pub fn value(&self, column: Column) -> Option<&Value<'a>> {
        let is_it = |heading: &Heading| heading.known.is_some_and(|known| known.column == column);
        self.headings.iter().position(is_it).and_then(|at| self.values.get(at))
    }

    /// A column's text; also `None` where it is empty.
    pub fn text(&self, column: Column) -> Option<&str> {
        match self.value(column)? {
            Value::Text(text) => Some(text),
            Value::Time(text) => Some(text),
            Value::Empty | Value::Fen(_) | Value::Fee(_) | Value::Count(_) => None,
        }
    }

    /// A column's amount in fen, a fee in hundred-thousandths of a yuan, or a count; also `None`
    /// where it is empty.
    pub fn number(&self, column: Column) -> Option<i64> {
        match self.value(column)? {
            Value::Fen(number) | Value::Fee(number) | Value::Count(number) => Some(*number),
            Value::Empty | Value::Text(_) | Value::Time(_) => None,
        }
    }

    /// Values of the known columns by our names, in the file's order.
    pub fn known(&self) -> impl Iterator<Item = (&'static str, &Value<'a>)> {
        let cells = self.headings.iter().zip(&self.values);
        cells.filter_map(|(heading, value)| Some((heading.known?.name, value)))
    }

    /// Values of columns that are not known, by the file's own headings.
    pub fn rest(&self) -> impl Iterator<Item = (&'a str, &Value<'a>)> {
        let cells = self.headings.iter().zip(&self.values);
        cells
            .filter(|(heading, _)| heading.known.is_none())
            .map(|(heading, value)| (heading.text.as_str(), value))
    }

    /// Reads a line's values under `headings`.
    pub(super) fn read(headings: &'a [Heading], line: &'a [u8]) -> Result<Self, Fault> {
        let found = 1 + line.windows(2).filter(|pair| pair == SEPARATOR).count();
        let expected = headings.len();
        let Some(mut rest) = line.strip_prefix(b"`").filter(|_| found == expected) else {
            return Err(Fault::ColumnCount { expected, found });
        };
        let mut values = Vec::with_capacity(expected);
        for heading in headings {
            let end = rest.windows(2).position(|pair| pair == SEPARATOR).unwrap_or(rest.len());
            let (raw, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            values.push(heading.read(raw)?);
            rest = after.get(SEPARATOR.len()..).unwrap_or_default();
        }
        Ok(Self { headings, values })
    }
}

/// Between two values: a comma and the next one's back-tick. The platform escapes a comma inside a
/// value, and one that it forgot would still separate nothing.
const SEPARATOR: &[u8; 2] = b",`";

impl Heading {
    /// Reads a line of headings.
    pub(super) fn read_all(line: &[u8]) -> Result<Vec<Self>, Fault> {
        let line = str::from_utf8(line).map_err(|_| Fault::HeadingNotUtf8)?;
        let mut headings: Vec<Self> = Vec::new();
        for text in line.split(',') {
            if headings.len() == COLUMNS_MAX {
                return Err(Fault::TooManyColumns);
            }
            if headings.iter().any(|other| other.text == text) {
                return Err(Fault::RepeatedHeading(text.to_owned()));
            }
            // Two headings for one column: the first has it, the other keeps its own name.
            let is_taken = |known: &&Known| {
                headings.iter().any(|other| other.known.is_some_and(|k| k.column == known.column))
            };
            let known = known(text).filter(|known| !is_taken(known));
            headings.push(Self { text: text.to_owned(), known });
        }
        Ok(headings)
    }

    /// Whether this is the heading of `column`.
    pub(super) fn is(&self, column: Column) -> bool {
        self.known.is_some_and(|known| known.column == column)
    }

    fn read<'a>(&self, raw: &'a [u8]) -> Result<Value<'a>, Fault> {
        if raw.is_empty() {
            return Ok(Value::Empty);
        }
        let kind = self.known.map_or(Kind::Words, |known| known.kind);
        if kind == Kind::Words {
            // The merchant's words may be cut inside a letter; a bill is not lost for that.
            return Ok(Value::Text(self.words(raw)));
        }
        let text = str::from_utf8(raw).map_err(|_| Fault::NotUtf8(self.text.clone()))?;
        let because = |fault: fn(String) -> Fault| fault(self.text.clone());
        let number = |decimals, fault| scaled(text, decimals).ok_or_else(|| because(fault));
        Ok(match kind {
            Kind::Text | Kind::Words => Value::Text(text.into()),
            Kind::Id if text == "0" => Value::Empty,
            Kind::Id => Value::Text(text.into()),
            Kind::Fen => Value::Fen(number(2, Fault::BadAmount)?),
            Kind::Fee => Value::Fee(number(5, Fault::BadFee)?),
            Kind::Count => Value::Count(number(0, Fault::BadCount)?),
            Kind::Time if is_time(text) => Value::Time(text),
            Kind::Time => return Err(because(Fault::BadTime)),
            Kind::Direction => Value::Text(direction(text).into()),
        })
    }

    /// An unknown column may not be escaped at all, so only a known one is unescaped.
    fn words<'a>(&self, raw: &'a [u8]) -> Cow<'a, str> {
        let text = String::from_utf8_lossy(raw);
        if self.known.is_none() || !text.contains('\\') {
            return text;
        }
        Cow::Owned(unescaped(&text))
    }
}

/// Undoes what is known of the escapes: a comma is a backslash and a space, line ends are `\n` and
/// `\r`. The rest of the platform's table is not published; other backslashes stay as they are.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let meant = match (letter, letters.peek()) {
            ('\\', Some(' ')) => Some(','),
            ('\\', Some('n')) => Some('\n'),
            ('\\', Some('r')) => Some('\r'),
            _ => None,
        };
        if meant.is_some() {
            letters.next();
        }
        plain.push(meant.unwrap_or(letter));
    }
    plain
}

/// A name for money in and money out; another word stays as it is.
fn direction(text: &str) -> &str {
    match text {
        "收入" => "income",
        "支出" => "expense",
        other => other,
    }
}

/// `yyyy-MM-dd HH:mm:ss` of a real day; a leap second is one of its day.
fn is_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(' ') else { return false };
    let [h1, h2, b':', m1, m2, b':', s1, s2] = time.as_bytes() else { return false };
    let is_below = |high: u8, low: u8, end: [u8; 2]| {
        high.is_ascii_digit() && low.is_ascii_digit() && [high, low] < end
    };
    BillDate::parse(date).is_ok()
        && is_below(*h1, *h2, *b"24")
        && is_below(*m1, *m2, *b"60")
        && is_below(*s1, *s2, *b"61")
}

/// The widest bill in the reference has 29.
const COLUMNS_MAX: usize = 128;
