//! The reference's sample calls are read, and signed as they say (protocol reference G.11, G.12).

use super::fields::Fields;
use super::sign::{SIGN, SignType, sign, verify};
use super::xml;

const KEY: &str = "Abcdefghijklmnopqrstuvwxyz012345";

const UNIFIED_ORDER: &str = "<xml>
<appid>wx0123456789abcdef</appid>
<mch_id>1900000001</mch_id>
<nonce_str>9K8264ILTKCH16CQ2502SI8ZNMTM67V2</nonce_str>
<sign_type>MD5</sign_type>
<body><![CDATA[测试商品-红茶500g]]></body>
<out_trade_no>T20250101000001</out_trade_no>
<fee_type>CNY</fee_type>
<total_fee>1234</total_fee>
<spbill_create_ip>203.0.113.7</spbill_create_ip>
<time_start>20250101110000</time_start>
<time_expire>20250101120000</time_expire>
<notify_url>https://pay.example.com/wechat/v2/notify</notify_url>
<trade_type>NATIVE</trade_type>
<product_id>SKU-88888</product_id>
<sign>C1E44BD40E7A9A52B273BC7752E34E33</sign>
</xml>";

const ORDER_QUERY: &str = "<xml>
<appid><![CDATA[wx0123456789abcdef]]></appid>
<mch_id><![CDATA[1900000001]]></mch_id>
<nonce_str><![CDATA[3K8264ILTKCH16CQ2502SI8ZNMTM67V6]]></nonce_str>
<out_trade_no><![CDATA[T20250101000001]]></out_trade_no>
<sign>32CECD8CD122CA50D570C05107A31016</sign>
</xml>";

const SHORT_URL: &str = "<xml>
<appid><![CDATA[wx0123456789abcdef]]></appid>
<mch_id><![CDATA[1900000001]]></mch_id>
<nonce_str><![CDATA[3K8264ILTKCH16CQ2502SI8ZNMTM67V6]]></nonce_str>
<long_url><![CDATA[weixin://wxpay/bizpayurl?appid=wx0123456789abcdef&mch_id=1900000001&nonce_str=5K8264ILTKCH16CQ2502SI8ZNMTM67VS&product_id=SKU-88888&time_stamp=1735700000&sign=2D1C71AF27440182AC5E279DB4EF1CE5]]></long_url>
<sign>28679985A43B3D578E9F0602A101EA20</sign>
</xml>";

/// An unpaid and a paid order's answer, and what a caller adds to a query of them.
const ANSWERS: [&str; 2] = [
    "<xml>
<return_code><![CDATA[SUCCESS]]></return_code>
<return_msg><![CDATA[OK]]></return_msg>
<appid>wx0123456789abcdef</appid>
<mch_id>1900000001</mch_id>
<nonce_str>4K8264ILTKCH16CQ2502SI8ZNMTM67V7</nonce_str>
<result_code><![CDATA[SUCCESS]]></result_code>
<trade_state>NOTPAY</trade_state>
<out_trade_no>T20250101000001</out_trade_no>
<trade_state_desc>订单未支付</trade_state_desc>
<sign>75083CD625E9C8F9F86EB0B581A70D9D</sign>
</xml>",
    "<xml>
<return_code><![CDATA[SUCCESS]]></return_code>
<return_msg><![CDATA[OK]]></return_msg>
<appid>wx0123456789abcdef</appid>
<mch_id>1900000001</mch_id>
<nonce_str>5K8264ILTKCH16CQ2502SI8ZNMTM67V8</nonce_str>
<result_code><![CDATA[SUCCESS]]></result_code>
<openid>oTESTopenid0000000000000001</openid>
<is_subscribe>N</is_subscribe>
<trade_type>NATIVE</trade_type>
<trade_state>SUCCESS</trade_state>
<bank_type>OTHERS</bank_type>
<total_fee>1234</total_fee>
<fee_type>CNY</fee_type>
<cash_fee>1234</cash_fee>
<transaction_id>4200000000202501010000000001</transaction_id>
<out_trade_no>T20250101000001</out_trade_no>
<attach><![CDATA[cart=42]]></attach>
<time_end>20250101112030</time_end>
<trade_state_desc>支付成功</trade_state_desc>
<sign>6913AFEBD059FA25D62E288AE3DC52EA</sign>
</xml>",
];

/// The same order, signed by the other method (its vector).
const HMAC: &str = "9B9E958C9CFD6CE301D29F643426E6422E6F735C2F3A18A468CA10BCC457742A";

fn read(text: &str) -> Fields {
    xml::read(text.as_bytes()).unwrap()
}

#[test]
fn every_sample_is_read_and_signed_as_it_says_and_no_sibling_is() {
    for text in [UNIFIED_ORDER, ORDER_QUERY, SHORT_URL, ANSWERS[0], ANSWERS[1]] {
        let fields = read(text);
        assert!(verify(&fields, KEY, SignType::Md5), "{text}");
        for (name, value) in fields.iter().filter(|(name, _)| *name != SIGN) {
            let mut changed = fields.clone();
            changed.set(name, format!("{value}x"));
            assert!(!verify(&changed, KEY, SignType::Md5), "{name}");
            let mut without = fields.clone();
            without.remove(name);
            assert!(!verify(&without, KEY, SignType::Md5), "{name}");
        }
    }
    let mut by_hmac = read(UNIFIED_ORDER);
    by_hmac.remove(SIGN);
    by_hmac.set("sign_type", "HMAC-SHA256");
    by_hmac.push("attach", "");
    assert_eq!(sign(&by_hmac, KEY, SignType::HmacSha256), HMAC);
}

#[test]
fn answers_are_written_as_they_were_read() {
    for text in ANSWERS {
        assert_eq!(xml::write(&read(text)), text);
    }
}
