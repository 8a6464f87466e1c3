//! V2's messages: one root, one level, text or CDATA (protocol reference D.1). A writer and a reader of
//! our own, so that a slip in the Worker's would show.

/// The fields of a message, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message(Vec<(String, String)>);

impl Message {
    /// A message of these fields.
    pub fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// The value of a field; empty where there is none, since both mean the same.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    /// A field's value as a number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.text(name).parse().ok()
    }

    /// Every field.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same message, which says `value` of `name`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        match self.0.iter_mut().find(|(own, _)| own == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
        self
    }

    /// The same message without those fields.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.0.retain(|(own, _)| !names.contains(&own.as_str()));
        self
    }

    /// As it travels. The platform breaks lines, and has most values in CDATA.
    pub fn written(&self, root: &str) -> String {
        let lines = self.0.iter().map(|(name, value)| {
            let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            match value.contains("]]>") {
                _ if is_number => format!("<{name}>{value}</{name}>\n"),
                true => format!("<{name}>{}</{name}>\n", escaped(value)),
                false => format!("<{name}><![CDATA[{value}]]></{name}>\n"),
            }
        });
        format!("<{root}>\n{}</{root}>", lines.collect::<String>())
    }

    /// What `<xml>` says; `None` where it is anything else, or says something twice.
    pub fn read(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?.trim();
        let mut rest = text.strip_prefix("<xml>")?.strip_suffix("</xml>")?.trim();
        let mut message = Self::default();
        while !rest.is_empty() {
            let (name, after) = rest.strip_prefix('<')?.split_once('>')?;
            let (value, after) = value(after, &format!("</{name}>"))?;
            if message.0.iter().any(|(own, _)| own == name) {
                return None;
            }
            message.0.push((name.to_owned(), value));
            rest = after.trim_start();
        }
        Some(message)
    }
}

/// What stands before `end`, and what follows it.
fn value<'a>(mut rest: &'a str, end: &str) -> Option<(String, &'a str)> {
    let mut value = String::new();
    loop {
        if let Some(after) = rest.strip_prefix(end) {
            return Some((value, after));
        }
        if let Some(section) = rest.strip_prefix("<![CDATA[") {
            let (text, after) = section.split_once("]]>")?;
            value.push_str(text);
            rest = after;
        } else {
            let text = rest.split('<').next().filter(|text| !text.is_empty())?;
            value.push_str(&unescaped(text)?);
            rest = &rest[text.len()..];
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn unescaped(text: &str) -> Option<String> {
    let mut pieces = text.split('&');
    let mut plain = pieces.next()?.to_owned();
    for piece in pieces {
        let (entity, after) = piece.split_once(';')?;
        plain.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "#13" => '\r',
            _ => return None,
        });
        plain.push_str(after);
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_they_were_written() {
        let message = Message::of(&[("a", "1"), ("b", "<红> & ]]>"), ("c", ""), ("d", " x\n")]);
        let written = message.written("xml");
        assert!(written.starts_with("<xml>\n<a>1</a>\n<b>&lt;红&gt; &amp; ]]&gt;</b>\n"));
        assert_eq!(Message::read(written.as_bytes()), Some(message));
    }

    #[test]
    fn sections_and_text_may_follow_one_another() {
        let body = b"<xml><a>x<![CDATA[<&]]>&#13;<![CDATA[]]]]><![CDATA[>]]></a></xml>";
        assert_eq!(Message::read(body).unwrap().text("a"), "x<&\r]]>");
    }

    #[test]
    fn anything_else_is_no_message() {
        for body in [
            "<xml><a>1</a><a>2</a></xml>",
            "<xml><a>1</b></xml>",
            "<xml><a>&b;</a></xml>",
            "<root><a>1</a></root>",
            "<xml><a>1</a>",
            "{}",
        ] {
            assert_eq!(Message::read(body.as_bytes()), None, "{body}");
        }
    }
}
