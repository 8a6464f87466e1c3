//! XML against whoever reads it. Every one is refused by name at its first surprise, so whatever
//! stands behind that is never looked at; and what can be looked at has an end.

use wechatpay::v2::key::{ApiV2Keys, SignType};
use wechatpay::v2::notification::{self, NotificationError};
use wechatpay::v2::xml::{BYTES_MAX, BadXml, FIELDS_MAX, NAME_BYTES_MAX, PIECES_MAX, read};
use wechatpay::v2::{mode1, order};

/// A beginning that is refused, and why.
const BEGINNINGS: [(&str, BadXml); 28] = [
    // Files and addresses of the machine that reads.
    ("<!DOCTYPE xml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><xml><a>&x;</a>", BadXml::Doctype),
    ("<!DOCTYPE xml SYSTEM \"http://127.0.0.1:1/x.dtd\"><xml><a>1</a>", BadXml::Doctype),
    ("<!DOCTYPE xml PUBLIC \"-//A//B\" \"ftp://127.0.0.1/x\"><xml>", BadXml::Doctype),
    ("<!DOCTYPE xml [<!ENTITY % p SYSTEM \"file:///dev/random\">%p;]><xml>", BadXml::Doctype),
    ("<?xml version=\"1.0\"?>\n\n<!DOCTYPE xml><xml>", BadXml::Doctype),
    ("<?xml version='1.0' standalone='no'?><!doctype xml><xml>", BadXml::Doctype),
    ("\u{FEFF}<!DOCTYPE xml><xml>", BadXml::Doctype),
    // Inside of the message.
    ("<xml><!DOCTYPE xml><a>1</a>", BadXml::Doctype),
    ("<xml><a><!ENTITY x \"y\"></a>", BadXml::Doctype),
    ("<xml><a>1</a><![IGNORE[", BadXml::Doctype),
    ("<xml><a><![cdata[1]]></a>", BadXml::Doctype),
    // Names that nobody declared.
    ("<xml><a>&x;</a>", BadXml::Entity),
    ("<xml><a>&amp;&#38;&lol9;", BadXml::Entity),
    ("<xml><a>1 & 2</a>", BadXml::Entity),
    ("<xml><a>%x;&#x110000;", BadXml::Entity),
    // Instructions and comments.
    ("<?xml-stylesheet href=\"http://127.0.0.1/\"?><xml>", BadXml::Instruction),
    ("<xml><?php phpinfo(); ?>", BadXml::Instruction),
    ("<xml><a>1<!-- --></a>", BadXml::Comment),
    ("<!-- --><xml>", BadXml::Comment),
    // Attributes.
    ("<xml xmlns:xi=\"http://www.w3.org/2001/XInclude\">", BadXml::Attribute),
    ("<xml><a xsi:nil=\"true\">1</a>", BadXml::Attribute),
    ("<xml><a\tb", BadXml::CutOff),
    // Depth.
    ("<xml><xi:include href=\"file:///etc/passwd\"/>", BadXml::Attribute),
    ("<xml><a><a>", BadXml::TooDeep),
    ("<xml><a>1<b>2</b>", BadXml::TooDeep),
    // Two of one name.
    ("<xml><b>1</b><a/><b>2</b>", BadXml::Duplicate(String::new())),
    // Not this message at all.
    ("<html><body>", BadXml::OtherRoot),
    ("<soap:Envelope>", BadXml::OtherRoot),
];

/// Tails that a reader which went on would stumble over, each in another way.
const TAILS: [&str; 5] = ["", "<total_fee>1</total_fee></xml>", "<!DOCTYPE", "&&&&", "]]><?"];

fn is_the_same(found: &BadXml, expected: &BadXml) -> bool {
    match (found, expected) {
        (BadXml::Duplicate(name), BadXml::Duplicate(_)) => name == "b",
        (found, expected) => found == expected,
    }
}

#[test]
fn an_attack_is_refused_at_its_first_surprise_whatever_follows() {
    for (beginning, reason) in &BEGINNINGS {
        // A tag that has not ended has no first surprise yet.
        let tails: &[&str] = if *reason == BadXml::CutOff { &TAILS[..1] } else { &TAILS };
        for tail in tails {
            let found = read(format!("{beginning}{tail}").as_bytes()).unwrap_err();
            assert!(is_the_same(&found, reason), "{beginning} {tail}: {found:?}");
        }
    }
}

#[test]
fn an_attack_reaches_nobody_who_reads_messages() {
    let keys = ApiV2Keys::parse("Abcdefghijklmnopqrstuvwxyz012345").unwrap();
    for (beginning, reason) in &BEGINNINGS {
        let body = beginning.as_bytes();
        for found in [
            notification::read(body, &keys, SignType::Md5).err(),
            mode1::read(body, &keys).err(),
            order::place(body).err().map(NotificationError::Unreadable),
        ] {
            let Some(NotificationError::Unreadable(found)) = found else { panic!("{beginning}") };
            assert!(is_the_same(&found, reason), "{beginning}: {found:?}");
        }
    }
}

/// Entities that hold ten of the one before: a thousand million bytes, were anybody to expand them.
#[test]
fn bombs_do_not_go_off() {
    let mut entities = String::from("<!ENTITY lol0 \"lol\">");
    for n in 1..10 {
        entities += &format!("<!ENTITY lol{n} \"{}\">", format!("&lol{};", n - 1).repeat(10));
    }
    let laughs = format!("<!DOCTYPE xml [{entities}]><xml><a>&lol9;</a></xml>");
    assert_eq!(read(laughs.as_bytes()), Err(BadXml::Doctype));
    let long = "x".repeat(20_000);
    let square =
        format!("<!DOCTYPE xml [<!ENTITY x \"{long}\">]><xml>{}</xml>", "&x;".repeat(9_999));
    assert_eq!(read(square.as_bytes()), Err(BadXml::Doctype));
    let undeclared = format!("<xml><a>{}</a></xml>", "&lol9;".repeat(9_999));
    assert_eq!(read(undeclared.as_bytes()), Err(BadXml::Entity));
    // What XML itself defines only ever shrinks.
    let own = format!("<xml><a>{}</a></xml>", "&#x00000000000000000041;".repeat(1_000));
    assert_eq!(read(own.as_bytes()).unwrap().get("a"), Some("A".repeat(1_000).as_str()));
}

/// As much of one thing as a body can hold.
fn filled(before: &str, of: &str, after: &str) -> Vec<u8> {
    let times = (BYTES_MAX - before.len() - after.len()) / of.len();
    [before, &of.repeat(times), after].concat().into_bytes()
}

#[test]
fn the_largest_bodies_of_every_kind_come_to_an_end() {
    for (body, reason) in [
        (filled("<xml><a b=\"", "x", "\">1</a></xml>"), BadXml::Attribute),
        (filled("<xml><a b=\"", "x", ""), BadXml::Attribute),
        (filled("<xml><a ", "b=\"c\" ", ">1</a></xml>"), BadXml::Attribute),
        (filled("<xml ", "b=\"c\" ", "/>"), BadXml::Attribute),
        (filled("<xml><", "n", ">1"), BadXml::Name),
        (filled("<xml>", "<a>", ""), BadXml::TooDeep),
        (filled("", "<xml>", ""), BadXml::TooDeep),
        (filled("<xml>", "<a></a>", "</xml>"), BadXml::Duplicate("a".to_owned())),
        (filled("<xml>", "<a/>", "</xml>"), BadXml::Duplicate("a".to_owned())),
        (filled("<xml><a>", "&lt;", "</a></xml>"), BadXml::TooManyPieces),
        (filled("<xml><a>", "<![CDATA[]]>", "</a></xml>"), BadXml::TooManyPieces),
        (filled("<xml><a>", "x&#65;", "</a></xml>"), BadXml::TooManyPieces),
        (filled("<xml><a>", "&", "</a></xml>"), BadXml::Entity),
        (filled("<xml>", "<!---->", "</xml>"), BadXml::Comment),
        (filled("<xml><!--", "-", ""), BadXml::Comment),
        (filled("<!DOCTYPE xml [", "<!ENTITY x \"\">", "]>"), BadXml::Doctype),
        (filled("<!", "[", ""), BadXml::Doctype),
        (filled("<xml>", "<?a?>", "</xml>"), BadXml::Instruction),
        (filled("<?", "?", ">"), BadXml::Instruction),
        (filled("<xml><a>", "]]", "></a></xml>"), BadXml::Malformed { at: 65_525 }),
        (filled("<xml><a><![CDATA[", "]]", ""), BadXml::CutOff),
        (filled("<xml><a>", "<", ""), BadXml::CutOff),
        (filled("<xml><a>", "\u{1}", "</a></xml>"), BadXml::Control),
        (filled("", " ", ""), BadXml::OtherRoot),
        (filled("<xml/>", "\n", "x"), BadXml::StrayText),
    ] {
        assert!(body.len() <= BYTES_MAX);
        let words = String::from_utf8_lossy(&body[..40]).into_owned();
        assert_eq!(read(&body), Err(reason), "{words}");
        let longer = [body.as_slice(), &[b' '; BYTES_MAX]].concat();
        let bytes = longer.len();
        assert_eq!(read(&longer), Err(BadXml::TooLong { bytes }), "{words}");
    }
}

#[test]
fn the_largest_message_is_no_larger_than_its_body() {
    let cdata = filled("<xml><a><![CDATA[", "x", "]]></a></xml>");
    assert_eq!(cdata.len(), BYTES_MAX);
    assert_eq!(read(&cdata).unwrap().get("a").map(str::len), Some(BYTES_MAX - 30));
    let one_more = [b"<xml>x".as_slice(), &cdata[5..]].concat();
    assert_eq!(read(&one_more), Err(BadXml::TooLong { bytes: BYTES_MAX + 1 }));

    let many = |fields: usize| {
        let fields: String = (0..fields).map(|n| format!("<n{n}/>")).collect();
        format!("<xml>{fields}</xml>")
    };
    assert_eq!(read(many(FIELDS_MAX).as_bytes()).map(|fields| fields.len()), Ok(FIELDS_MAX));
    let more = FIELDS_MAX + 1;
    assert_eq!(read(many(more).as_bytes()), Err(BadXml::TooManyFields));
    assert_eq!(read(many(6_000).as_bytes()), Err(BadXml::TooManyFields));
    let name = "n".repeat(NAME_BYTES_MAX);
    assert!(read(format!("<xml><{name}/></xml>").as_bytes()).is_ok());
    assert_eq!(read(format!("<xml><{name}n/></xml>").as_bytes()), Err(BadXml::Name));
    // Five pieces are not the value's: the root, the field, the end of each, and of the body.
    let pieces = |count: usize| format!("<xml><a>{}</a></xml>", "&lt;".repeat(count - 5));
    assert!(read(pieces(PIECES_MAX).as_bytes()).is_ok());
    assert_eq!(read(pieces(PIECES_MAX + 1).as_bytes()), Err(BadXml::TooManyPieces));
}

#[test]
fn other_encodings_are_refused_and_not_guessed() {
    let message = "<xml><a>1</a></xml>";
    let wide = |bytes: fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> {
        mark.into_iter().chain(message.encode_utf16().flat_map(bytes)).collect()
    };
    assert_eq!(read(&wide(u16::to_le_bytes, [0xFF, 0xFE])), Err(BadXml::NotUtf8));
    assert_eq!(read(&wide(u16::to_be_bytes, [0xFE, 0xFF])), Err(BadXml::NotUtf8));
    let bare: Vec<u8> = message.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&bare), Err(BadXml::Control));
    for encoding in ["UTF-16", "GBK", "GB18030", "ISO-8859-1", "UTF-7", ""] {
        let named = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>{message}");
        assert_eq!(read(named.as_bytes()), Err(BadXml::NotUtf8), "{encoding}");
    }
    for at in 0..message.len() {
        let mut broken = message.as_bytes().to_vec();
        broken[at] = 0x80;
        assert_eq!(read(&broken), Err(BadXml::NotUtf8), "{at}");
    }
}
