//! 简体中文。

use super::Words;

pub(super) const WORDS: Words = Words {
    tag: "zh-CN",
    brand: "微信支付",
    hint: "请打开手机微信，使用“扫一扫”扫描二维码付款",
    hint_phone: "正在用手机浏览？请在其他屏幕上显示二维码，或用另一部手机扫描：长按识别和从相册选取均不可用",
    check: "我已付款",
    countdown: "二维码有效期",
    code_label: ["微信支付二维码：支付 ", "，用于 ", ""],
    retry: "重试",
    renew: "获取新的二维码",
    opening: "正在生成二维码…",
    placing: "微信支付正在生成二维码…",
    waiting: "等待付款",
    checking: "正在向微信支付查询…",
    renewing: "二维码已失效，正在向微信支付确认…",
    closing: "正在关闭订单。如果您刚刚完成付款，仍然有效",
    paid: "支付成功，谢谢！",
    expired: "二维码已过期，您未被扣款",
    cancelled: "商家已取消此订单，您未被扣款",
    unreachable: "暂时无法连接支付服务，正在重试",
    refused: "微信支付未接受此订单，您未被扣款",
    conflict: "商家需要核实这笔付款，请勿重复支付",
    rejected: "无法发起支付，请联系商家",
    offline: "网络已断开。如果您已付款，本页会自动更新",
    trouble: "网络不稳定。如果您已付款，本页会自动更新",
    not_seen_yet: "尚未收到付款。如果您已付款，本页会自动更新",
    five_minutes: "剩余时间不足五分钟",
    one_minute: "剩余时间不足一分钟",
};
