//! Ring 0: the words and the rules of a checkout.
//!
//! A shop wants an amount paid ([`money`]) under a name of its own ([`id`]); the order then lives
//! the life told in [`order`], moved by [`report`]s alone; what goes back of the money is told in
//! [`refund`]; a browser sees what [`view`] allows, drawn by [`drawing`], and [`patience`] says when to
//! ask again. Nothing
//! here knows WeChat Pay, a clock, a network or a key: time is an argument, chance arrives as bytes.
//!
//! # Glossary
//!
//! | our word | on the wire | 中文 | what it is |
//! |---|---|---|---|
//! | checkout | `id` (`chk_…`) | 结账 | what the shop wants paid |
//! | reference | `reference` | 商户单号 | the shop's own name for it |
//! | attempt | `out_trade_no` | 商户订单号 | one order at the platform; a checkout has at most one payable |
//! | code | `code_url` | 二维码 | the text inside the QR code, opaque |
//! | report | – | 回报 | anything that says what became of an attempt |
//! | receipt | `transaction_id`, `success_time` | 支付凭证 | proof, authentic, that money was paid |
//! | refund | `out_refund_no` | 商户退款单号 | money on its way back; a payment may have fifty |
//! | deadline | `expires_at`, `time_expire` | 截止时间 | the last moment a checkout may be paid |
//! | payee | `mchid`, `sub_mchid` | 收款商户 | who is paid, and in whose name the platform is asked |
//! | profile | – | 商户配置 | one merchant of a deployment, with its own keys |
//! | platform | – | 微信支付平台 | WeChat Pay itself |
//! | shop, shopper | – | 商户, 顾客 | who sells, who pays |
#![forbid(unsafe_code)]

pub mod drawing;
pub mod id;
pub mod money;
pub mod order;
pub mod patience;
pub mod payee;
pub mod refund;
pub mod report;
pub mod time;
pub mod view;
