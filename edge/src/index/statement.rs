//! A statement and what is bound to it, as data. Texts are put together from parts that stand in this
//! program; whatever came from outside is bound.

use checkout::id::ProfileName;

/// One statement for D1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// SQL with a `?` for every value.
    pub text: String,
    /// The values, in the order of their places.
    pub values: Vec<Value>,
}

/// What is bound to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number; D1 takes it as JavaScript's one kind of number, exact to 2^53.
    Integer(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(i64::from(number))
    }
}

impl Statement {
    /// A text whose places are filled by `values`.
    pub(super) fn new(text: &'static str, values: Vec<Value>) -> Self {
        Self { text: text.to_owned(), values }
    }

    /// The rows of `table` that are `profile`'s. There is no way to begin a search without one, so
    /// none can show what belongs to another.
    pub(super) fn of_profile(select: &'static str, profile: &ProfileName) -> Self {
        Self::new(select, Vec::new()).and("WHERE profile = ?", [profile.as_str().into()])
    }

    /// The same, where an id will be given: the plus keeps SQLite from walking all that is the
    /// profile's to find it.
    pub(super) fn of_profile_by_id(select: &'static str, profile: &ProfileName) -> Self {
        Self::new(select, Vec::new()).and("WHERE +profile = ?", [profile.as_str().into()])
    }

    /// The same, with a further part and its values.
    #[must_use]
    pub(super) fn and<const N: usize>(mut self, part: &'static str, values: [Value; N]) -> Self {
        self.text.push(' ');
        self.text.push_str(part);
        self.values.extend(values);
        self
    }

    /// The same, with a part for what is there, and unchanged for what is not.
    #[must_use]
    pub(super) fn and_where<T, const N: usize>(
        self,
        wanted: Option<T>,
        part: &'static str,
        values: impl FnOnce(T) -> [Value; N],
    ) -> Self {
        match wanted {
            Some(wanted) => self.and(part, values(wanted)),
            None => self,
        }
    }
}
