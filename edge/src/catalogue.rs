//! Where the amounts of static shops come from: the operator's list of products.
//!
//! A page names a product and a quantity; the price stands here, in the Worker's configuration. No
//! amount ever comes from a browser. Everything that could go wrong with a purchase, such as a
//! quantity whose price is no amount any more, goes wrong when the list is read, not when a shopper
//! buys.

use core::fmt;

use checkout::id::Description;
use checkout::money::{Amount, BadAmount, Currency, Fen};
use checkout::payee::Payee;
use serde::{Deserialize, Serialize};

use crate::config::{NoPayee, Payees};
use crate::members::Members;

/// How many of one product may be bought at once, unless the product says otherwise.
const QUANTITY_MAX: u32 = 99;

/// Products that fit: a variable of a Worker holds 5 KB (Cloudflare's limits), so this is far above
/// what can arrive.
const PRODUCTS_MAX: usize = 200;

/// Something for sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// What pages call it.
    pub id: String,
    /// What the payer reads for one piece.
    pub description: Description,
    /// The price of one piece.
    pub price: Fen,
    /// How many at once.
    pub quantity_max: u32,
    /// Who is paid.
    pub payee: Payee,
    /// It stands in the list, and nobody can buy it for now.
    pub sold_out: bool,
}

/// What a page wants to buy, priced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// `Oolong 250 g`, or `Oolong 250 g × 2`.
    pub description: Description,
    /// Price times quantity.
    pub amount: Amount,
    /// Who is paid.
    pub payee: Payee,
}

/// Why a purchase is not possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotForSale {
    /// No such product.
    Unknown,
    /// There is none left, says the operator.
    SoldOut,
    /// Fewer than one, or more than the product allows.
    Quantity {
        /// How many are allowed at most.
        quantity_max: u32,
    },
}

/// Why a text is no catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadCatalogue {
    /// Not a JSON object of products; the parser's words and position.
    Json(String),
    /// Too many to be a mistake worth guessing at.
    TooMany,
    /// One product is wrong.
    Product {
        /// Which.
        id: String,
        /// What is wrong with it.
        mistake: BadProduct,
    },
}

/// What is wrong with one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadProduct {
    /// The id is not 1 to 64 letters, digits, `-`, `_` or `.`.
    Id,
    /// It stands there twice.
    Twice,
    /// A field is missing, unknown or of the wrong kind; the parser's words.
    Field(String),
    /// The description does not fit once the quantity is written behind it.
    Description,
    /// The price of `quantity_max` pieces is no amount.
    Price(BadAmount),
    /// Nobody could be paid for it.
    Payee(NoPayee),
}

impl fmt::Display for BadCatalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(words) => write!(f, "it is not a JSON object of products: {words}"),
            Self::TooMany => write!(f, "it has more than {PRODUCTS_MAX} products"),
            Self::Product { id, mistake } => write!(f, "product {id:?}: {mistake}"),
        }
    }
}

impl fmt::Display for BadProduct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id => f.write_str("an id is 1 to 64 of A-Z a-z 0-9 - _ ."),
            Self::Twice => f.write_str("the id stands there twice"),
            Self::Field(words) => f.write_str(words),
            Self::Description => {
                f.write_str("the description is too long to have the largest quantity added")
            }
            Self::Price(mistake) => write!(f, "the largest quantity costs too much: {mistake}"),
            Self::Payee(reason) => f.write_str(reason.words()),
        }
    }
}

impl core::error::Error for BadCatalogue {}

/// The products in the operator's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue(Vec<Product>);

impl Catalogue {
    /// Reads `{"oolong-250":{"description":"Oolong 250 g","price":8800,"quantity_max":20}}`; prices
    /// are in fen, `quantity_max` is 99 where it is left out. A service provider's product
    /// names the sub-merchant whose it is: `"sub_mchid":"1600000001"`. One that nobody can buy for
    /// now stays in the list with `"sold_out":true`, and so does its printed code on the shelf.
    pub fn parse(json: &str, payees: &Payees) -> Result<Self, BadCatalogue> {
        let Members(entries) =
            serde_json::from_str(json).map_err(|error| BadCatalogue::Json(error.to_string()))?;
        if entries.len() > PRODUCTS_MAX {
            return Err(BadCatalogue::TooMany);
        }
        let mut products: Vec<Product> = Vec::with_capacity(entries.len());
        for (id, value) in entries {
            let value: serde_json::Value = value;
            let twice = products.iter().any(|product| product.id == id);
            let product =
                if twice { Err(BadProduct::Twice) } else { Product::read(&id, value, payees) };
            products.push(product.map_err(|mistake| BadCatalogue::Product { id, mistake })?);
        }
        Ok(Self(products))
    }

    /// The product of that id.
    pub fn find(&self, id: &str) -> Option<&Product> {
        self.0.iter().find(|known| known.id == id)
    }

    /// Prices `quantity` pieces of `product`.
    pub fn purchase(&self, product: &str, quantity: u32) -> Result<Purchase, NotForSale> {
        let product = self.find(product).ok_or(NotForSale::Unknown)?;
        if product.sold_out {
            return Err(NotForSale::SoldOut);
        }
        let refusal = NotForSale::Quantity { quantity_max: product.quantity_max };
        if !(1..=product.quantity_max).contains(&quantity) {
            return Err(refusal);
        }
        product.times(quantity).map_err(|_| refusal)
    }

    /// The products as pages see them.
    pub fn listing(&self) -> Listing<'_> {
        Listing { data: self.0.iter().map(Offer::from).collect() }
    }
}

/// The answer to `GET /v1/products`.
#[derive(Debug, Serialize)]
pub struct Listing<'a> {
    data: Vec<Offer<'a>>,
}

#[derive(Debug, Serialize)]
struct Offer<'a> {
    id: &'a str,
    description: &'a str,
    price: Amount,
    quantity_max: u32,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    sold_out: bool,
}

impl<'a> From<&'a Product> for Offer<'a> {
    fn from(product: &'a Product) -> Self {
        Self {
            id: &product.id,
            description: product.description.as_str(),
            price: Amount { total: product.price, currency: Currency::Cny },
            quantity_max: product.quantity_max,
            sold_out: product.sold_out,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    description: Description,
    price: Fen,
    #[serde(default = "quantity_max")]
    quantity_max: core::num::NonZeroU32,
    sub_mchid: Option<String>,
    #[serde(default)]
    sold_out: bool,
}

const fn quantity_max() -> core::num::NonZeroU32 {
    match core::num::NonZeroU32::new(QUANTITY_MAX) {
        Some(most) => most,
        None => core::num::NonZeroU32::MIN,
    }
}

impl Product {
    fn read(id: &str, value: serde_json::Value, payees: &Payees) -> Result<Self, BadProduct> {
        let spelt = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if !spelt || !(1..=64).contains(&id.len()) {
            return Err(BadProduct::Id);
        }
        if !value.is_object() {
            return Err(BadProduct::Field("a product is an object".to_owned()));
        }
        let written: Written =
            serde_json::from_value(value).map_err(|error| BadProduct::Field(error.to_string()))?;
        let product = Self {
            id: id.to_owned(),
            description: written.description,
            price: written.price,
            quantity_max: written.quantity_max.get(),
            payee: payees.choose(written.sub_mchid.as_deref()).map_err(BadProduct::Payee)?,
            sold_out: written.sold_out,
        };
        product.times(product.quantity_max)?;
        Ok(product)
    }

    fn times(&self, quantity: u32) -> Result<Purchase, BadProduct> {
        let total = self.price.times(quantity).map_err(BadProduct::Price)?;
        let description = match quantity {
            1 => self.description.clone(),
            _ => Description::parse(&format!("{} × {quantity}", self.description.as_str()))
                .map_err(|_| BadProduct::Description)?,
        };
        Ok(Purchase { description, amount: Amount::cny(total), payee: self.payee.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEA: &str = r#"{
        "puer-cake": {"description": "Pu'er cake 357 g", "price": 16800, "quantity_max": 5},
        "jasmine-100": {"description": "茉莉花茶 100 g", "price": 3600}
    }"#;

    fn parse(json: &str) -> Result<Catalogue, BadCatalogue> {
        Catalogue::parse(json, &Payees::direct("1900000001", "wx8888888888888888"))
    }

    fn mistake(json: &str) -> BadProduct {
        match parse(json) {
            Err(BadCatalogue::Product { id, mistake }) if id == "a" => mistake,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_edge_knows_the_price() {
        let tea = parse(TEA).unwrap();
        let one = tea.purchase("puer-cake", 1).unwrap();
        assert_eq!(
            (one.description.as_str(), one.amount.total.count()),
            ("Pu'er cake 357 g", 16_800)
        );
        let three = tea.purchase("jasmine-100", 3).unwrap();
        assert_eq!(three.description.as_str(), "茉莉花茶 100 g × 3");
        assert_eq!(three.amount.total.count(), 10_800);
    }

    #[test]
    fn what_is_not_offered_is_not_sold() {
        let tea = parse(TEA).unwrap();
        assert_eq!(tea.purchase("coffee", 1), Err(NotForSale::Unknown));
        for quantity in [0, 6, u32::MAX] {
            let refusal = NotForSale::Quantity { quantity_max: 5 };
            assert_eq!(tea.purchase("puer-cake", quantity), Err(refusal));
        }
        assert!(tea.purchase("jasmine-100", 99).is_ok());
        assert!(tea.purchase("jasmine-100", 100).is_err());
    }

    #[test]
    fn what_is_sold_out_is_shown_and_not_sold() {
        let tea = parse(
            r#"{"a":{"description":"A","price":1,"sold_out":true},"b":{"description":"B","price":1,"sold_out":false}}"#,
        )
        .unwrap();
        // Whatever the quantity: words about quantities would send the shopper the wrong way.
        for quantity in [0, 1, 100] {
            assert_eq!(tea.purchase("a", quantity), Err(NotForSale::SoldOut));
        }
        assert!(tea.purchase("b", 1).is_ok());
        let listing = serde_json::to_value(tea.listing()).unwrap();
        assert_eq!(listing["data"][0]["sold_out"], true);
        assert_eq!(listing["data"][1].get("sold_out"), None);
        assert!(matches!(
            mistake(r#"{"a":{"description":"A","price":1,"sold_out":"yes"}}"#),
            BadProduct::Field(words) if words.contains("expected a boolean")
        ));
    }

    #[test]
    fn the_listing_keeps_the_operators_order() {
        let tea = parse(TEA).unwrap();
        assert_eq!(
            serde_json::to_string(&tea.listing()).unwrap(),
            r#"{"data":[{"id":"puer-cake","description":"Pu'er cake 357 g","price":{"total":16800,"currency":"CNY"},"quantity_max":5},{"id":"jasmine-100","description":"茉莉花茶 100 g","price":{"total":3600,"currency":"CNY"},"quantity_max":99}]}"#
        );
    }

    #[test]
    fn a_wrong_product_is_named_with_its_mistake() {
        let field = |json| match mistake(json) {
            BadProduct::Field(words) => words,
            other => panic!("{other:?}"),
        };
        assert!(field(r#"{"a":{"price":1}}"#).contains("missing field `description`"));
        assert!(field(r#"{"a":{"description":"A","price":0}}"#).contains("at least 1 fen"));
        assert!(field(r#"{"a":{"description":"A","price":8.8}}"#).contains("floating point"));
        assert!(field(r#"{"a":{"description":"A","price":1,"prise":2}}"#).contains("`prise`"));
        assert!(field(r#"{"a":{"description":"🍵","price":1}}"#).contains("emoji"));
        assert!(field(r#"{"a":{"description":"A","price":1,"quantity_max":0}}"#).contains("zero"));
        let dear = r#"{"a":{"description":"A","price":1000000000,"quantity_max":2}}"#;
        assert_eq!(mistake(dear), BadProduct::Price(BadAmount::TooMuch));
        let long = format!(r#"{{"a":{{"description":"{}","price":1}}}}"#, "x".repeat(125));
        assert_eq!(mistake(&long), BadProduct::Description);
        let twice = r#"{"a":{"description":"A","price":1},"a":{"description":"B","price":2}}"#;
        assert_eq!(mistake(twice), BadProduct::Twice);
        let space = parse(r#"{"a b":{"description":"A","price":1}}"#);
        assert_eq!(
            space,
            Err(BadCatalogue::Product { id: "a b".to_owned(), mistake: BadProduct::Id })
        );
    }

    #[test]
    fn two_hundred_products_have_room_and_one_more_has_none() {
        let list = |count: u32| {
            let products =
                (1..=count).map(|n| format!(r#""p{n}":{{"description":"P","price":1}}"#));
            format!("{{{}}}", products.collect::<Vec<_>>().join(","))
        };
        assert_eq!(parse(&list(200)).map(|tea| tea.listing().data.len()), Ok(200));
        assert_eq!(parse(&list(201)), Err(BadCatalogue::TooMany));
        let named = |chars: usize| {
            parse(&format!(r#"{{"{}":{{"description":"P","price":1}}}}"#, "p".repeat(chars)))
        };
        assert!(named(64).is_ok());
        assert!(matches!(named(65), Err(BadCatalogue::Product { mistake: BadProduct::Id, .. })));
    }

    #[test]
    fn what_is_not_an_object_of_products_is_refused() {
        let number = BadProduct::Field("a product is an object".to_owned());
        assert_eq!(mistake(r#"{"a":1}"#), number);
        for json in ["", "[]", "null", r#"{"a":{"#] {
            assert!(matches!(parse(json), Err(BadCatalogue::Json(_))), "{json}");
        }
        assert_eq!(parse("{}"), Ok(Catalogue::default()));
    }
}
