//! English.

use super::Words;

pub(super) const WORDS: Words = Words {
    tag: "en",
    brand: "WeChat Pay",
    hint: "Open WeChat on your phone, choose Scan, and point it at the code.",
    hint_phone: "On this phone? Show the code on another screen, or scan it with another phone: \
                 pressing and holding it, or choosing it from an album, does not work.",
    check: "I have paid",
    countdown: "Code valid for",
    code_label: ["WeChat Pay code: ", " for ", ""],
    retry: "Try again",
    renew: "Get a new code",
    opening: "Preparing your code…",
    placing: "WeChat Pay is preparing your code…",
    waiting: "Waiting for payment",
    checking: "Checking with WeChat Pay…",
    renewing: "This code has run out. Asking WeChat Pay what to do next…",
    closing: "Closing this order. If you have just paid, it will still count.",
    paid: "Paid. Thank you!",
    expired: "This code has expired. You have not been charged.",
    cancelled: "The shop has cancelled this order. You have not been charged.",
    unreachable: "The payment service cannot be reached. We keep trying.",
    refused: "WeChat Pay did not accept this order. You have not been charged.",
    conflict: "The shop needs to look at this payment. Please do not pay again.",
    rejected: "This payment cannot be started. Please tell the shop.",
    offline: "You are offline. If you have paid, this page will update by itself.",
    trouble: "The connection is poor. If you have paid, this page will update by itself.",
    not_seen_yet: "No payment seen yet. If you have paid, this page will update by itself.",
    five_minutes: "Less than five minutes left.",
    one_minute: "Less than a minute left.",
};
