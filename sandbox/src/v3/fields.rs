//! Reads an object field by field and refuses whatever is not as published.
//!
//! Each reader names its field once, with its rule; [`Fields::finish`] then refuses every field
//! that no reader asked for. So a call's list of readers is its table in the protocol reference.

use serde_json::{Map, Value};

use super::refusal::{Place, Refusal, result};

/// How long a text may be.
#[derive(Clone, Copy)]
pub(super) enum Size {
    /// Unicode characters, from and to.
    Characters(usize, usize),
    /// Bytes of UTF-8, from and to.
    Bytes(usize, usize),
}

/// An object of which some fields have been read.
pub(super) struct Fields<'a> {
    pointer: String,
    object: &'a Map<String, Value>,
    read: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The body itself.
    pub(super) const fn of(object: &'a Map<String, Value>) -> Self {
        Self { pointer: String::new(), object, read: Vec::new() }
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, name: &'static str, size: Size) -> Result<&'a str, Refusal> {
        self.optional_text(name, size)?.ok_or_else(|| self.missing(name))
    }

    /// A text that may be absent; not `null`, which the platform refuses (A.1).
    pub(super) fn optional_text(
        &mut self,
        name: &'static str,
        size: Size,
    ) -> Result<Option<&'a str>, Refusal> {
        let Some(value) = self.value(name)? else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| self.wrong(name, "类型不正确，应为字符串"))?;
        let fits = match size {
            Size::Characters(from, to) => (from..=to).contains(&text.chars().count()),
            Size::Bytes(from, to) => (from..=to).contains(&text.len()),
        };
        if !fits {
            return Err(self.wrong(name, "字符串长度不在允许范围内"));
        }
        // Characters of one to three bytes only; no emoji (A.1).
        if text.chars().any(|letter| letter.len_utf8() > 3) {
            return Err(self.wrong(name, "包含不支持的字符"));
        }
        Ok(Some(text))
    }

    /// A whole number that must be there.
    pub(super) fn integer(&mut self, name: &'static str, min: u64) -> Result<u64, Refusal> {
        self.optional_integer(name, min)?.ok_or_else(|| self.missing(name))
    }

    /// A whole number that may be absent.
    pub(super) fn optional_integer(
        &mut self,
        name: &'static str,
        min: u64,
    ) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.value(name)? else { return Ok(None) };
        match (value.as_u64(), value.is_i64()) {
            (Some(number), _) if number >= min && number <= MAX_INTEGER => Ok(Some(number)),
            (None, false) => Err(self.wrong(name, "类型不正确，应为整数")),
            _ => {
                let mut refusal = self.wrong(name, "数值超出允许范围");
                refusal.result = result::OUT_OF_RANGE;
                Err(refusal)
            }
        }
    }

    /// `true` or `false`, or absent.
    pub(super) fn optional_boolean(&mut self, name: &'static str) -> Result<Option<bool>, Refusal> {
        let Some(value) = self.value(name)? else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| self.wrong(name, "类型不正确，应为布尔值"))
    }

    /// An object that must be there.
    pub(super) fn object(&mut self, name: &'static str) -> Result<Self, Refusal> {
        self.optional_object(name)?.ok_or_else(|| self.missing(name))
    }

    /// An object that may be absent.
    pub(super) fn optional_object(&mut self, name: &'static str) -> Result<Option<Self>, Refusal> {
        let Some(value) = self.value(name)? else { return Ok(None) };
        let object = value.as_object().ok_or_else(|| self.wrong(name, "类型不正确，应为对象"))?;
        Ok(Some(Self { pointer: self.pointer_to(name), object, read: Vec::new() }))
    }

    /// A list of at least one value, or absent.
    pub(super) fn optional_list(
        &mut self,
        name: &'static str,
    ) -> Result<Option<&'a [Value]>, Refusal> {
        let Some(value) = self.value(name)? else { return Ok(None) };
        match value.as_array() {
            Some(list) if !list.is_empty() => Ok(Some(list)),
            Some(_) => Err(self.wrong(name, "至少需要一个元素")),
            None => Err(self.wrong(name, "类型不正确，应为数组")),
        }
    }

    /// A list of objects, or absent.
    pub(super) fn optional_objects(&mut self, name: &'static str) -> Result<Vec<Self>, Refusal> {
        let Some(list) = self.optional_list(name)? else { return Ok(Vec::new()) };
        let mut items = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            let object = value.as_object();
            let object = object.ok_or_else(|| self.wrong(name, "元素类型不正确，应为对象"))?;
            let pointer = format!("{}/{index}", self.pointer_to(name));
            items.push(Self { pointer, object, read: Vec::new() });
        }
        Ok(items)
    }

    /// How long a field's value is, written as JSON without spaces.
    pub(super) fn size_of(&self, name: &str) -> usize {
        self.object.get(name).map_or(0, |value| value.to_string().len())
    }

    /// Refuses what nobody asked for.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        match self.object.keys().find(|name| !self.read.contains(&name.as_str())) {
            Some(extra) => Err(Refusal::extra_parameter(Place::Body, &self.pointer_to(extra))),
            None => Ok(()),
        }
    }

    /// A refusal of this field's value.
    pub(super) fn wrong(&self, name: &str, issue: &str) -> Refusal {
        Refusal::parameter(Place::Body, &self.pointer_to(name), self.object.get(name), issue)
    }

    fn missing(&self, name: &str) -> Refusal {
        self.wrong(name, "必填参数缺失")
    }

    fn value(&mut self, name: &'static str) -> Result<Option<&'a Value>, Refusal> {
        self.read.push(name);
        match self.object.get(name) {
            Some(Value::Null) => Err(self.wrong(name, "不允许为null")),
            value => Ok(value),
        }
    }

    fn pointer_to(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }
}

/// The platform publishes no bound of its own; a signed 64-bit number is what "int" can be.
const MAX_INTEGER: u64 = i64::MAX.unsigned_abs();
