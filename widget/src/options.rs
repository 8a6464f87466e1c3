//! The tag's attributes → [`Options`], or a sentence that tells a shop developer what to write.
//!
//! Read once, before anything is asked of the network: a wrong tag shows its own mistake on the
//! page, in the console and as `saoma-error`, not as a request that fails.

use crate::answer::Rejection;

/// What the tag asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Origin of the Worker, such as `https://pay.example.com`; no slash at the end.
    pub(crate) endpoint: String,
    /// What is to be paid.
    pub(crate) order: Order,
    /// The wished language, if the tag names one.
    pub(crate) locale: Option<String>,
}

/// What is to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The shop's server made it; this is the browser's token.
    Session(String),
    /// So many of a product of the Worker's catalogue.
    Product {
        /// Its name there.
        product: String,
        /// How many, at least one.
        quantity: u32,
        /// What the shop wants to know about who buys: JSON, which the Worker reads; or nothing.
        buyer: String,
    },
}

/// Why a tag cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadOptions {
    /// Neither `product` nor `session`.
    NothingToPay,
    /// Both.
    TwoOrders,
    /// `quantity` is not a whole number from 1 to 9999.
    BadQuantity,
    /// `quantity` or `buyer` beside `session`.
    ProductsOfSession,
    /// `endpoint` is not an origin.
    BadEndpoint,
    /// `session` is not a token: a secret key or an id, most likely.
    BadSession,
}

impl BadOptions {
    /// What to write instead.
    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::NothingToPay => {
                "<saoma-checkout> needs product=\"…\" (a product of the Worker's catalogue) or \
                 session=\"…\" (the client_token that your server got from POST /v1/checkouts)"
            }
            Self::TwoOrders => {
                "<saoma-checkout> takes either product=\"…\" or session=\"…\", not both"
            }
            Self::BadQuantity => {
                "quantity=\"…\" of <saoma-checkout> is a whole number from 1 to 9999"
            }
            Self::ProductsOfSession => {
                "quantity=\"…\" and buyer=\"…\" go with product=\"…\"; a session is fixed by \
                 your server"
            }
            Self::BadEndpoint => {
                "endpoint=\"…\" of <saoma-checkout> is an origin such as https://pay.example.com, \
                 without a path"
            }
            Self::BadSession => {
                "session=\"…\" of <saoma-checkout> is the client_token that your server got from \
                 POST /v1/checkouts: id.expiry.signature; never put a secret key into a page"
            }
        }
    }

    /// The same, as every other refusal is told.
    pub(crate) fn rejection(self) -> Rejection {
        Rejection { status: 0, code: "bad_options".to_owned(), detail: self.advice().to_owned() }
    }
}

const QUANTITY_MAX: u32 = 9_999;

impl Options {
    /// Reads the tag; `script_origin` is where the script came from.
    pub(crate) fn read(
        attribute: impl Fn(&str) -> Option<String>,
        script_origin: &str,
    ) -> Result<Self, BadOptions> {
        let given = |name: &str| {
            attribute(name).map(|text| text.trim_ascii().to_owned()).filter(|text| !text.is_empty())
        };
        let order = match (given("session"), given("product")) {
            (None, None) => return Err(BadOptions::NothingToPay),
            (Some(_), Some(_)) => return Err(BadOptions::TwoOrders),
            (Some(_), None)
                if ["quantity", "buyer"].iter().any(|name| attribute(name).is_some()) =>
            {
                return Err(BadOptions::ProductsOfSession);
            }
            (Some(token), None) => Order::Session(parse_token(token)?),
            (None, Some(product)) => {
                let quantity = attribute("quantity").map_or(Ok(1), |text| parse_quantity(&text))?;
                Order::Product { product, quantity, buyer: attribute("buyer").unwrap_or_default() }
            }
        };
        let endpoint = match given("endpoint") {
            Some(endpoint) => parse_origin(&endpoint)?,
            None => parse_origin(script_origin)?,
        };
        Ok(Self { endpoint, order, locale: given("locale") })
    }
}

fn parse_quantity(text: &str) -> Result<u32, BadOptions> {
    let quantity = text.trim_ascii().parse().map_err(|_| BadOptions::BadQuantity)?;
    if (1..=QUANTITY_MAX).contains(&quantity) { Ok(quantity) } else { Err(BadOptions::BadQuantity) }
}

/// A token travels in a header and as a WebSocket sub-protocol, which take few characters.
fn parse_token(token: String) -> Result<String, BadOptions> {
    let travels = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let dots = token.bytes().filter(|byte| *byte == b'.').count();
    if dots == 2 && token.bytes().all(travels) { Ok(token) } else { Err(BadOptions::BadSession) }
}

fn parse_origin(text: &str) -> Result<String, BadOptions> {
    let origin = text.strip_suffix('/').unwrap_or(text);
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let fits = |host: &str| {
        let odd = |byte| matches!(byte, b'/' | b'?' | b'#' | b'@' | b'\\' | b' ');
        !host.is_empty() && !host.bytes().any(odd)
    };
    if host.is_some_and(fits) { Ok(origin.to_owned()) } else { Err(BadOptions::BadEndpoint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGE: &str = "https://pay.example.com";

    fn read(attributes: &[(&str, &str)]) -> Result<Options, BadOptions> {
        let value = |name: &str| {
            attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        Options::read(value, EDGE)
    }

    #[test]
    fn a_product_alone_is_one_of_it_from_where_the_script_came() {
        let order =
            Order::Product { product: "oolong-250".to_owned(), quantity: 1, buyer: String::new() };
        let expected = Options { endpoint: EDGE.to_owned(), order, locale: None };
        assert_eq!(read(&[("product", " oolong-250 ")]), Ok(expected));
    }

    #[test]
    fn who_buys_is_passed_on_as_it_stands_there() {
        let order = |buyer| read(&[("product", "a"), ("buyer", buyer)]).unwrap().order;
        let Order::Product { buyer, .. } = order(r#"{"name":"张三"}"#) else { panic!() };
        assert_eq!(buyer, r#"{"name":"张三"}"#);
        assert_ne!(order("{}"), order(r#"{"name":"x"}"#), "another buyer is told to the Worker");
    }

    #[test]
    fn a_session_comes_from_the_shops_server() {
        let options = read(&[("session", "chk_a.9.Zm-_"), ("locale", "zh-CN")]).unwrap();
        assert_eq!(options.order, Order::Session("chk_a.9.Zm-_".to_owned()));
        assert_eq!(options.locale.as_deref(), Some("zh-CN"));
    }

    #[test]
    fn every_mistake_has_a_name() {
        use BadOptions::*;
        for (attributes, mistake) in [
            (&[][..], NothingToPay),
            (&[("product", " ")], NothingToPay),
            (&[("product", "a"), ("session", "a.b.c")], TwoOrders),
            (&[("product", "a"), ("quantity", "0")], BadQuantity),
            (&[("product", "a"), ("quantity", "1.5")], BadQuantity),
            (&[("product", "a"), ("quantity", "")], BadQuantity),
            (&[("product", "a"), ("quantity", "10000")], BadQuantity),
            (&[("session", "a.b.c"), ("quantity", "1")], ProductsOfSession),
            (&[("session", "a.b.c"), ("buyer", "{}")], ProductsOfSession),
            (&[("session", "sk_live_abc")], BadSession),
            (&[("session", "a.b.c d")], BadSession),
            (&[("product", "a"), ("endpoint", "pay.example.com")], BadEndpoint),
            (&[("product", "a"), ("endpoint", "https://pay.example.com/v1")], BadEndpoint),
            (&[("product", "a"), ("endpoint", "javascript:alert(1)")], BadEndpoint),
        ] {
            assert_eq!(read(attributes), Err(mistake), "{attributes:?}");
        }
    }

    #[test]
    fn a_slash_after_the_origin_is_forgiven() {
        let options = read(&[("product", "a"), ("endpoint", "http://127.0.0.1:9101/")]).unwrap();
        assert_eq!(options.endpoint, "http://127.0.0.1:9101");
    }
}
