//! A merchant that speaks V2: signs and writes by code of the tests' own.

use crate::rules::xml::{self, Pairs, Signing, field};
use crate::shop::{Reply, Shop};

/// What a merchant answers to a notification that it took (protocol reference G.13).
pub(crate) const TAKEN: &str = "<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>";

/// A shop and how it signs.
pub(crate) struct Till {
    pub(crate) shop: Shop,
    pub(crate) is_hmac: bool,
}

impl Till {
    pub(crate) async fn open(is_hmac: bool) -> Self {
        Self { shop: Shop::open().await, is_hmac }
    }

    pub(crate) fn signing(&self) -> Signing<'_> {
        Signing { key: &self.shop.credentials.api_v2_key, is_hmac: self.is_hmac }
    }

    /// The fields of a call, unsigned.
    pub(crate) fn fields(&self, own: &[(&str, &str)]) -> Pairs {
        let credentials = &self.shop.credentials;
        let mut all = vec![
            ("appid", credentials.appid.as_str()),
            ("mch_id", credentials.mchid.as_str()),
            ("nonce_str", "9K8264ILTKCH16CQ2502SI8ZNMTM67V2"),
        ];
        if self.is_hmac {
            all.push(("sign_type", "HMAC-SHA256"));
        }
        all.extend(own);
        all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The same with their sign.
    pub(crate) fn signed(&self, own: &[(&str, &str)]) -> Pairs {
        let mut fields = self.fields(own);
        fields.push(("sign".to_owned(), xml::sign(&fields, self.signing())));
        fields
    }

    /// A message as it is; nothing if the connection closes without an answer.
    pub(crate) async fn post(&self, path: &str, body: &str) -> Option<Reply> {
        self.shop.send("POST", path, body, &[("content-type", "text/xml")]).await
    }

    /// A rightly signed call.
    pub(crate) async fn try_call(&self, path: &str, own: &[(&str, &str)]) -> Option<Reply> {
        self.post(path, &xml::written(&self.signed(own))).await
    }

    /// Its answer, whose sign must be right if it has one.
    pub(crate) async fn call(&self, path: &str, own: &[(&str, &str)]) -> Pairs {
        let reply = self.try_call(path, own).await.unwrap();
        let said = String::from_utf8(reply.body.clone()).unwrap();
        assert_eq!(reply.status, 200, "{said}");
        let fields = xml::read(&said).unwrap();
        assert_eq!(field(&fields, "return_code"), Some("SUCCESS"), "{said}");
        assert!(xml::is_signed(&reply.body, self.signing()), "{said}");
        fields
    }

    pub(crate) async fn order(&self, number: &str, notify_url: &str) -> Pairs {
        self.call("/pay/unifiedorder", &order(number, notify_url)).await
    }

    pub(crate) async fn query(&self, number: &str) -> Pairs {
        self.call("/pay/orderquery", &[("out_trade_no", number)]).await
    }

    pub(crate) async fn close(&self, number: &str) -> Pairs {
        self.call("/pay/closeorder", &[("out_trade_no", number)]).await
    }

    /// Places an order and has it paid.
    pub(crate) async fn sell(&self, number: &str, notify_url: &str) {
        let placed = self.order(number, notify_url).await;
        let (status, said) = self.shop.pay(field(&placed, "code_url").unwrap()).await;
        assert_eq!(status, 200, "{said}");
    }
}

/// An order's own fields.
pub(crate) fn order<'a>(number: &'a str, notify_url: &'a str) -> [(&'a str, &'a str); 8] {
    [
        ("body", "测试商品-红茶500g"),
        ("attach", "cart=42"),
        ("out_trade_no", number),
        ("total_fee", "1234"),
        ("spbill_create_ip", "203.0.113.7"),
        ("notify_url", notify_url),
        ("trade_type", "NATIVE"),
        ("product_id", "SKU-88888"),
    ]
}

/// `err_code`, if there is one.
pub(crate) fn refused(fields: &Pairs) -> Option<&str> {
    field(fields, "err_code")
}
