//! What is written is read back, and what is no message is refused for what it is.

use super::*;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().fold(Fields::new(), |fields, (name, value)| fields.with(*name, *value))
}

#[test]
fn what_is_written_is_read_back() {
    let all = fields(&[
        ("return_code", "SUCCESS"),
        ("attach", "a ]]> b <c> & \"d\" 'e' \r\n ]]>]]>"),
        ("empty", ""),
        ("body", " 红茶 500g "),
        ("detail", "{\"a\":\"<b>\"}"),
    ]);
    assert_eq!(read(write(&all).as_bytes()), Ok(all.clone()));
    let layout = Layout { root: SEALED_ROOT, lines: false, cdata: |_| true };
    assert_eq!(read_rooted(write_as(layout, &all).as_bytes(), SEALED_ROOT), Ok(all));
}

#[test]
fn texts_cdata_and_entities_are_one_value() {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n <!-- said -->\n\
        <a>1<![CDATA[<2>]]>&amp;&#x41;&#20013;</a><b/><c ></c>\n</xml>\n";
    let expected = fields(&[("a", "1<2>&A中"), ("b", ""), ("c", "")]);
    assert_eq!(read(body.as_bytes()), Ok(expected.clone()));
    assert_eq!(
        read(format!("\u{feff}{}", &body[body.find("<xml>").unwrap()..]).as_bytes()),
        Ok(expected)
    );
}

#[test]
fn line_ends_are_read_as_xml_reads_them() {
    let body = "<xml>\r\n<a>1\r\n2\r3\n4&#13;5</a>\r<b><![CDATA[1\r\n2\r3]]></b></xml>";
    let expected = fields(&[("a", "1\n2\n3\n4\r5"), ("b", "1\n2\n3")]);
    assert_eq!(read(body.as_bytes()), Ok(expected));
}

#[test]
fn what_is_no_message_is_refused_for_what_it_is() {
    let nested = format!("<xml><a>{}</a></xml>", "<b>".repeat(10_000));
    let many: String = (0..300).map(|n| format!("<n{n}>1</n{n}>")).collect();
    let name = "n".repeat(65);
    let bomb = "<!DOCTYPE xml [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;\">]><xml><c>&b;</c></xml>";
    for (body, reason) in [
        ("<!DOCTYPE xml><xml></xml>", BadXml::Doctype),
        (
            "<!DOCTYPE xml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><xml><a>&x;</a></xml>",
            BadXml::Doctype,
        ),
        (bomb, BadXml::Doctype),
        ("<xml><a>&x;</a></xml>", BadXml::Entity),
        ("<xml><a>&nbsp;</a></xml>", BadXml::Entity),
        ("<xml><a>&#0;</a></xml>", BadXml::Character),
        ("<xml><a>&#xFFFF;</a></xml>", BadXml::Character),
        ("<xml><a>\u{1}</a></xml>", BadXml::Character),
        ("<xml><a>1 & 2</a></xml>", BadXml::Syntax),
        ("<xml><a>1</b></xml>", BadXml::Syntax),
        ("<xml><a>1</a>", BadXml::Root),
        ("<xml><a>1", BadXml::Root),
        ("<xml>1</xml>", BadXml::StrayText),
        ("<xml>&#65;</xml>", BadXml::StrayText),
        ("<xml></xml>x", BadXml::StrayText),
        ("<xml></xml><xml></xml>", BadXml::Root),
        ("<root><a>1</a></root>", BadXml::Root),
        ("", BadXml::Root),
        ("{}", BadXml::StrayText),
        ("<xml><a><b>1</b></a></xml>", BadXml::TooDeep),
        (nested.as_str(), BadXml::TooDeep),
        ("<xml a='1'></xml>", BadXml::Attribute),
        ("<xml><a b='1'>1</a></xml>", BadXml::Attribute),
        ("<xml><a>1</a><a>2</a></xml>", BadXml::Duplicate("a".into())),
        ("<xml><a/><a>2</a></xml>", BadXml::Duplicate("a".into())),
        ("<xml><?php 1 ?></xml>", BadXml::Instruction),
        ("<?xml version=\"1.0\" encoding=\"GBK\"?><xml></xml>", BadXml::NotUtf8),
        ("<xml><中>1</中></xml>", BadXml::Name),
    ] {
        assert_eq!(read(body.as_bytes()), Err(reason), "{body:.80}");
    }
    assert_eq!(read(format!("<xml>{many}</xml>").as_bytes()), Err(BadXml::TooManyFields));
    assert_eq!(read(format!("<xml><{name}>1</{name}></xml>").as_bytes()), Err(BadXml::Name));
    assert_eq!(read(b"<xml><a>\xff</a></xml>"), Err(BadXml::NotUtf8));
}

#[test]
fn the_longest_message_is_taken_and_one_byte_more_is_not() {
    let frame = "<xml><a></a></xml>".len();
    let long = |bytes: usize| format!("<xml><a>{}</a></xml>", "x".repeat(bytes - frame));
    assert!(read(long(BODY_BYTES_MAX).as_bytes()).is_ok());
    assert_eq!(read(long(BODY_BYTES_MAX + 1).as_bytes()), Err(BadXml::TooLong));
}
