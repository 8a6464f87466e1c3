//! What is read, what is refused and by which name.

use super::*;

#[track_caller]
fn fields(body: &str) -> Vec<(String, String)> {
    let fields = read(body.as_bytes()).unwrap();
    fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[track_caller]
fn value(content: &str) -> String {
    let fields = fields(&format!("<xml><a>{content}</a></xml>"));
    let [(_, value)] = fields.as_slice() else { panic!("{fields:?}") };
    value.clone()
}

fn refused(body: impl AsRef<[u8]>) -> Option<BadXml> {
    read(body.as_ref()).err()
}

#[test]
fn a_message_is_names_and_values() {
    let body =
        "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<xml >\n<a>1</a>\t<b-._2/><c></c>
        <d><![CDATA[<&>]]></d></xml >\n";
    let told = [("a", "1"), ("b-._2", ""), ("c", ""), ("d", "<&>")];
    let told = told.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(fields(body), told);
    assert_eq!(fields("<xml/>"), []);
    assert_eq!(read_rooted(b"<root><a>1</a></root>", "root").unwrap().get("a"), Some("1"));
}

#[test]
fn a_value_is_its_text_to_the_last_space() {
    assert_eq!(value(" 1\n "), " 1\n ");
    assert_eq!(value("a<![CDATA[b]]>c<![CDATA[]]><![CDATA[]]]]><![CDATA[>]]>"), "abc]]>");
    assert_eq!(value("&lt;&gt;&amp;&quot;&apos;&#65;&#x5B57;&#13;"), "<>&\"'A字\r");
    assert_eq!(value("&amp;lt;"), "&lt;");
    assert_eq!(value("a\r\nb\rc<![CDATA[\r\n]]>"), "a\nb\nc\n");
    assert_eq!(value("<![CDATA[<!DOCTYPE a>&b;<c d='e'>]]>"), "<!DOCTYPE a>&b;<c d='e'>");
    assert_eq!(value("😀"), "😀");
}

#[test]
fn what_could_expand_or_reach_out_is_refused_unread() {
    for body in [
        "<!DOCTYPE xml><xml/>",
        "<!doctype xml [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><xml>&a;</xml>",
        "<!DOCTYPE xml [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><xml><a>&b;</a></xml>",
        "<?xml version=\"1.0\"?> <!DOCTYPE xml PUBLIC \"x\" \"http://x/\"><xml/>",
        "\u{FEFF}<!DOCTYPE",
        "<!",
        "<!D",
        "<!ENTITY a \"b\"><xml/>",
        "<xml><!DOCTYPE a></xml>",
        "<xml><a><!ELEMENT a></a></xml>",
        "<xml><a>1<![INCLUDE[2]]></a></xml>",
        "<xml/><!DOCTYPE a>",
    ] {
        // A declaration that breaks off before it can be told from CDATA is only cut off.
        let expected = if body == "<!" { BadXml::CutOff } else { BadXml::Doctype };
        assert_eq!(refused(body), Some(expected), "{body}");
    }
    for reference in ["&a;", "&nbsp;", "&;", "&#;", "&#x;", "&#+65;", "&#X41;", "&#xD800;", "&#0;"]
    {
        let body = format!("<xml><a>{reference}</a></xml>");
        assert_eq!(refused(body), Some(BadXml::Entity), "{reference}");
    }
    for dangling in ["&", "&amp", "a & b", "&amp&amp;"] {
        let body = format!("<xml><a>{dangling}</a></xml>");
        assert_eq!(refused(body), Some(BadXml::Entity), "{dangling}");
    }
}

#[test]
fn what_messages_do_not_have_is_refused_by_name() {
    for (body, reason) in [
        ("<xml a=\"1\"/>", BadXml::Attribute),
        ("<xml><a b='1'>1</a></xml>", BadXml::Attribute),
        ("<xml><a b>1</a></xml>", BadXml::Attribute),
        ("<xml><a b='", BadXml::Attribute),
        ("<xml><!-- a --><a/></xml>", BadXml::Comment),
        ("<xml><a>1<!-- -->2</a></xml>", BadXml::Comment),
        ("<!--", BadXml::Comment),
        ("<xml><?a b?></xml>", BadXml::Instruction),
        ("<?a b?><xml/>", BadXml::Instruction),
        ("\n<?xml version=\"1.0\"?><xml/>", BadXml::Instruction),
        ("<xml/><?xml version=\"1.0\"?>", BadXml::Instruction),
        ("<xml><a><b>1</b></a></xml>", BadXml::TooDeep),
        ("<xml><a>1<b/></a></xml>", BadXml::TooDeep),
        ("<xml><a/><b/><a>1</a></xml>", BadXml::Duplicate("a".to_owned())),
        ("<xml><1/></xml>", BadXml::Name),
        ("<xml><x:a/></xml>", BadXml::Name),
        ("<xml><红/></xml>", BadXml::Name),
        ("<xml><></></xml>", BadXml::Name),
        ("<XML/>", BadXml::OtherRoot),
        ("<root/>", BadXml::OtherRoot),
        ("", BadXml::OtherRoot),
        ("  ", BadXml::OtherRoot),
        ("{}", BadXml::StrayText),
        ("&lt;xml/>", BadXml::StrayText),
        ("<xml>1<a/></xml>", BadXml::StrayText),
        ("<xml> &#32; <a/></xml>", BadXml::StrayText),
        ("<xml><![CDATA[]]><a/></xml>", BadXml::StrayText),
        ("<xml/>1", BadXml::StrayText),
        ("<xml/><xml/>", BadXml::AfterRoot),
        ("<xml></xml><a>", BadXml::AfterRoot),
        ("<xml><a>1", BadXml::CutOff),
        ("<xml><a", BadXml::CutOff),
        ("<xml><a>1</a>", BadXml::CutOff),
        ("<xml><a><![CDATA[1]]", BadXml::CutOff),
        ("<xml><a>1</b></xml>", BadXml::Malformed { at: 13 }),
        ("<xml><a>]]></a></xml>", BadXml::Malformed { at: 11 }),
        ("<?xml version=\"1.0\" encoding=\"GBK\"?><xml/>", BadXml::NotUtf8),
        ("<xml><a>\u{1}</a></xml>", BadXml::Control),
        ("<xml><a>\u{FFFE}</a></xml>", BadXml::Control),
        ("<xml><a>&#1;</a></xml>", BadXml::Control),
        ("<xml/>\0", BadXml::Control),
    ] {
        assert_eq!(refused(body), Some(reason), "{body:?}");
    }
    assert_eq!(refused(b"<xml><a>\xFF</a></xml>"), Some(BadXml::NotUtf8));
    assert_eq!(refused(b"\xFE\xFF\0<\0x"), Some(BadXml::NotUtf8));
}

#[test]
fn everything_is_counted() {
    let long = format!("<xml><a>{}</a></xml>", "a".repeat(BYTES_MAX - 20));
    assert!(read(long.as_bytes()).is_ok());
    let bytes = BYTES_MAX + 1;
    assert_eq!(refused(vec![0xFF; bytes]), Some(BadXml::TooLong { bytes }));

    let many = |count: usize| {
        let fields: String = (0..count).map(|n| format!("<f{n}>1</f{n}>")).collect();
        format!("<xml>{fields}</xml>")
    };
    assert_eq!(fields(&many(FIELDS_MAX)).len(), FIELDS_MAX);
    assert_eq!(refused(many(FIELDS_MAX + 1)), Some(BadXml::TooManyFields));

    let named = |bytes: usize| format!("<xml><{0}>1</{0}></xml>", "n".repeat(bytes));
    assert_eq!(fields(&named(NAME_BYTES_MAX)).len(), 1);
    assert_eq!(refused(named(NAME_BYTES_MAX + 1)), Some(BadXml::Name));

    // The root, the field and both their ends are four, and the end of the body is a fifth.
    let pieces = |count: usize| format!("<xml><a>{}</a></xml>", "&lt;".repeat(count));
    assert_eq!(value(&"&lt;".repeat(PIECES_MAX - 5)).len(), PIECES_MAX - 5);
    assert_eq!(refused(pieces(PIECES_MAX - 4)), Some(BadXml::TooManyPieces));
    let empty = format!("<xml><a>{}</a></xml>", "<![CDATA[]]>".repeat(PIECES_MAX));
    assert_eq!(refused(empty), Some(BadXml::TooManyPieces));
    assert_eq!(refused("<xml>".repeat(10_000)), Some(BadXml::TooDeep));
}

#[test]
fn what_is_written_reads_the_same() {
    for text in ["", "1", " ", "<&>\"'", "]]>", "]]]]>>", "\r\n", "]]\r>", "红茶 500g", "&amp;"] {
        let wrote: Fields = [("a", text), ("b", "2")].into_iter().collect();
        assert_eq!(read(&write(&wrote)), Ok(wrote), "{text:?}");
    }
    let fields: Fields = [("fee", "1"), ("attach", "a=1&b=2")].into_iter().collect();
    let xml = "<xml><fee>1</fee><attach><![CDATA[a=1&b=2]]></attach></xml>";
    assert_eq!(String::from_utf8(write(&fields)).unwrap(), xml);
}
