//! Where something can go wrong: the calls of a merchant, and telling it.

use serde::{Deserialize, Serialize};

use super::{BadWish, Kind, kind};

/// Where a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Route {
    /// Placing a native order.
    Native,
    /// Asking for an order, by either number.
    Query,
    /// Closing an order.
    Close,
    /// Asking for a refund.
    Refund,
    /// Asking after a refund.
    RefundQuery,
    /// Sending an abnormal refund another way.
    AbnormalRefund,
    /// Telling the merchant, of payments, refunds and the self-test alike.
    Notify,
    /// Downloading the platform's certificates.
    Certificates,
    /// The self-test of keys.
    Echo,
    /// Asking for a bill, of any of the three sorts.
    Bill,
    /// Fetching a bill's file.
    BillDownload,
    /// V2: placing an order.
    UnifiedOrder,
    /// V2: asking for an order.
    OrderQuery,
    /// V2: closing an order.
    CloseOrder,
    /// V2: asking for a refund.
    RefundV2,
    /// V2: asking after refunds.
    RefundQueryV2,
    /// V2: fetching the bill of trade.
    DownloadBill,
    /// V2: fetching the bill of an account.
    DownloadFundFlow,
    /// V2: making a short link.
    ShortUrl,
    /// V2: asking a merchant what a scanned product costs.
    NativeCallback,
}

impl Route {
    /// Every route.
    pub const ALL: [Self; 20] = [
        Self::Native,
        Self::Query,
        Self::Close,
        Self::Refund,
        Self::RefundQuery,
        Self::AbnormalRefund,
        Self::Notify,
        Self::Certificates,
        Self::Echo,
        Self::Bill,
        Self::BillDownload,
        Self::UnifiedOrder,
        Self::OrderQuery,
        Self::CloseOrder,
        Self::RefundV2,
        Self::RefundQueryV2,
        Self::DownloadBill,
        Self::DownloadFundFlow,
        Self::ShortUrl,
        Self::NativeCallback,
    ];

    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Query => "query",
            Self::Close => "close",
            Self::Refund => "refund",
            Self::RefundQuery => "refund-query",
            Self::AbnormalRefund => "abnormal-refund",
            Self::Notify => "notify",
            Self::Certificates => "certificates",
            Self::Echo => "echo",
            Self::Bill => "bill",
            Self::BillDownload => "bill-download",
            Self::UnifiedOrder => "unifiedorder",
            Self::OrderQuery => "orderquery",
            Self::CloseOrder => "closeorder",
            Self::RefundV2 => "refund_v2",
            Self::RefundQueryV2 => "refundquery",
            Self::DownloadBill => "downloadbill",
            Self::DownloadFundFlow => "downloadfundflow",
            Self::ShortUrl => "shorturl",
            Self::NativeCallback => "native_callback",
        }
    }

    /// The route that does over V2 what this one does over APIv3; telling is one route for both.
    pub const fn over_v2(self) -> Option<Self> {
        match self {
            Self::Native => Some(Self::UnifiedOrder),
            Self::Query => Some(Self::OrderQuery),
            Self::Close => Some(Self::CloseOrder),
            Self::Refund => Some(Self::RefundV2),
            Self::RefundQuery => Some(Self::RefundQueryV2),
            Self::Bill => Some(Self::DownloadBill),
            Self::Notify => Some(Self::Notify),
            _ => None,
        }
    }

    /// What can go wrong there.
    pub fn kinds(self) -> impl Iterator<Item = Kind> {
        kind::TABLE.iter().filter(move |row| row.routes.contains(&self)).map(|row| row.kind)
    }

    /// Whether it is about one order, so that a fault can wait for that order.
    pub const fn is_about_an_order(self) -> bool {
        !matches!(
            self,
            Self::Certificates
                | Self::Echo
                | Self::Bill
                | Self::BillDownload
                | Self::DownloadBill
                | Self::DownloadFundFlow
                | Self::ShortUrl
                | Self::NativeCallback
        )
    }
}

impl From<Route> for &'static str {
    fn from(route: Route) -> Self {
        route.name()
    }
}

impl TryFrom<String> for Route {
    type Error = BadWish;

    fn try_from(name: String) -> Result<Self, BadWish> {
        let found = Self::ALL.into_iter().find(|route| route.name() == name);
        found.ok_or(BadWish::UnknownRoute(name))
    }
}
