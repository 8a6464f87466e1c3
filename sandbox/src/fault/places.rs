//! The lists of routes that kinds of faults have in common.

use super::Route;

/// Every call over APIv3.
pub(super) const V3_CALLS: &[Route] = &[
    Route::Native,
    Route::Query,
    Route::Close,
    Route::Refund,
    Route::RefundQuery,
    Route::AbnormalRefund,
    Route::Certificates,
    Route::Echo,
    Route::Bill,
    Route::BillDownload,
];

/// Every call over V2.
pub(super) const V2_CALLS: &[Route] = &[
    Route::UnifiedOrder,
    Route::OrderQuery,
    Route::CloseOrder,
    Route::RefundV2,
    Route::RefundQueryV2,
    Route::DownloadBill,
    Route::DownloadFundFlow,
    Route::ShortUrl,
];

/// Every call of a merchant's.
pub(super) const CALLS: &[Route] = &[
    Route::Native,
    Route::Query,
    Route::Close,
    Route::Refund,
    Route::RefundQuery,
    Route::AbnormalRefund,
    Route::Certificates,
    Route::Echo,
    Route::Bill,
    Route::BillDownload,
    Route::UnifiedOrder,
    Route::OrderQuery,
    Route::CloseOrder,
    Route::RefundV2,
    Route::RefundQueryV2,
    Route::DownloadBill,
    Route::DownloadFundFlow,
    Route::ShortUrl,
];

/// The calls over APIv3 whose answers are signed: all but a file's (protocol reference A.4).
pub(super) const V3_SIGNED: &[Route] = &[
    Route::Native,
    Route::Query,
    Route::Close,
    Route::Refund,
    Route::RefundQuery,
    Route::AbnormalRefund,
    Route::Certificates,
    Route::Echo,
    Route::Bill,
];

/// The same with V2's: all but bills (D.1, D.11).
pub(super) const SIGNED: &[Route] = &[
    Route::Native,
    Route::Query,
    Route::Close,
    Route::Refund,
    Route::RefundQuery,
    Route::AbnormalRefund,
    Route::Certificates,
    Route::Echo,
    Route::Bill,
    Route::UnifiedOrder,
    Route::OrderQuery,
    Route::CloseOrder,
    Route::RefundV2,
    Route::RefundQueryV2,
    Route::ShortUrl,
];

/// Whatever is signed by a key of the platform's own.
pub(super) const V3_SIGNED_OR_TOLD: &[Route] = &[
    Route::Native,
    Route::Query,
    Route::Close,
    Route::Refund,
    Route::RefundQuery,
    Route::AbnormalRefund,
    Route::Certificates,
    Route::Echo,
    Route::Bill,
    Route::Notify,
];

/// Whatever is signed.
pub(super) const SIGNED_OR_TOLD: &[Route] = &[
    Route::Native,
    Route::Query,
    Route::Close,
    Route::Refund,
    Route::RefundQuery,
    Route::AbnormalRefund,
    Route::Certificates,
    Route::Echo,
    Route::Bill,
    Route::UnifiedOrder,
    Route::OrderQuery,
    Route::CloseOrder,
    Route::RefundV2,
    Route::RefundQueryV2,
    Route::ShortUrl,
    Route::Notify,
    Route::NativeCallback,
];

/// Everything.
pub(super) const EVERYWHERE: &[Route] = &Route::ALL;
