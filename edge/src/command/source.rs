//! Where a checkout comes from.

use serde::{Deserialize, Serialize};

/// Who opened a checkout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum Source {
    /// The shop's server, with its secret key.
    Shop,
    /// A page, from the catalogue. A place in both quotas is held until it leaves `open`.
    Catalogue {
        /// The product's id.
        product: String,
        /// How many.
        quantity: u32,
        /// The shopper's address, which is the name of a quota object (`address:<ip>`).
        address: String,
    },
    /// A printed code, scanned. No page holds a place for it: who scans is told from the payers that
    /// WeChat Pay names.
    Counter {
        /// The product's id.
        product: String,
    },
}

/// The same in one word, for whoever reads of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The shop's server.
    #[default]
    Shop,
    /// A page, from the catalogue.
    Catalogue,
    /// A printed code.
    Counter,
}

impl Source {
    /// In one word.
    pub const fn kind(&self) -> SourceKind {
        match self {
            Self::Shop => SourceKind::Shop,
            Self::Catalogue { .. } => SourceKind::Catalogue,
            Self::Counter { .. } => SourceKind::Counter,
        }
    }

    /// The product of ours that is bought, where it is one.
    pub fn product(&self) -> Option<&str> {
        match self {
            Self::Shop => None,
            Self::Catalogue { product, .. } | Self::Counter { product } => Some(product),
        }
    }
}
