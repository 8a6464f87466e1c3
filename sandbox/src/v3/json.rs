//! JSON as strictly as the platform reads it: one object, no name twice.
//!
//! A general parser keeps the last of two equal names, and then the text that was signed and the
//! text that was understood are not the same.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::refusal::{Code, Refusal, result};

/// Reads a body that must be one object.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let refused = || {
        Refusal::new(Code::InvalidRequest, result::PARAMETER, "请求体不是合法的JSON，请检查后重试")
    };
    match serde_json::from_slice::<Strict>(body) {
        Ok(Strict(Value::Object(object))) => Ok(object),
        Ok(_) | Err(_) => Err(refused()),
    }
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON in which no object has a name twice")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(value)) = access.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Strict(value))) = access.next_entry::<String, Strict>()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a name comes twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_one_object_with_distinct_names_is_an_invalid_request() {
        for bad in [
            &b""[..],
            b"{",
            b"[]",
            b"\"x\"",
            br#"{"a":1}x"#,
            br#"{"a":1,"a":1}"#,
            br#"{"a":{"b":1,"b":2}}"#,
            b"{\"a\":\"\xff\"}",
            br#"{"a":NaN}"#,
        ] {
            let refusal = object(bad).unwrap_err();
            assert_eq!(refusal.code, Code::InvalidRequest, "{}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn an_object_is_read_whole() {
        let read = object(r#"{"a":[1,-2,0.5,true,null,"红茶"]}"#.as_bytes()).unwrap();
        assert_eq!(Value::Object(read), serde_json::json!({"a":[1,-2,0.5,true,null,"红茶"]}));
    }
}
