//! The platform's rules and codes in English, as [`super::why`] uses them.

/// What stands in the platform's message, and the rule behind it. With a field, the words go on
/// after its name; the more particular ones come first.
pub(super) const RULES: &[(&str, &str)] = &[
    ("与out_trade_no二选一", "is missing: name the order by transaction_id or by out_trade_no."),
    ("必填参数缺失", "is required and is missing."),
    ("不允许为null", "is null. Leave out what has no value; null is refused."),
    ("类型不正确，应为字符串", "must be a JSON string, in quotes."),
    (
        "类型不正确，应为整数",
        "must be a whole JSON number, without quotes and without decimals; amounts count fen.",
    ),
    ("类型不正确，应为布尔值", "must be true or false, without quotes."),
    ("元素类型不正确", "has an element of another JSON type than it should."),
    ("类型不正确，应为对象", "must be a JSON object."),
    ("类型不正确，应为数组", "must be a JSON array."),
    ("字符串长度不在允许范围内", "is too short or too long."),
    (
        "包含不支持的字符",
        "holds a character of four UTF-8 bytes, such as an emoji; only characters of up to three are taken.",
    ),
    ("包含非法字符", "holds a character that is not allowed in it."),
    ("数值超出允许范围", "is too small or too large."),
    ("至少需要一个元素", "is an empty array; leave it out, or name at least one element."),
    ("长度超过6144字节", "is longer than 6,144 bytes."),
    (
        "非法的多余参数",
        "is not known to this call. Remove it: unlike in answers, unknown fields of a request are refused.",
    ),
    ("参数重复", "comes twice."),
    (
        "无效的通知地址",
        "is no address that the platform notifies: it must be an absolute URL without query and fragment, with https (http only for this machine).",
    ),
    ("时间格式不正确", "is not RFC 3339, such as 2025-01-01T12:00:00+08:00."),
    ("日期格式不正确", "is not a date such as 2025-01-01."),
    ("IP地址格式不正确", "is not an IP address."),
    ("枚举值不正确", "is none of the values that it may have."),
    ("不在允许的取值范围内", "is none of the values that it may have."),
    ("不支持的银行类型", "names no bank that can be paid to."),
    ("不支持的加密算法", "must be AEAD_AES_256_GCM."),
    ("直连商户不支持该参数", "is for partners; a direct merchant leaves it out."),
    (
        "出资金额之和应等于退款金额",
        "does not add up: the amounts of the accounts must make amount.refund.",
    ),
    (
        "http header中的mchid与",
        "is not the merchant that signed: it must equal mchid of the Authorization header (a partner's is sp_mchid).",
    ),
    (
        "订单金额与原订单不一致",
        "is not the order's total: send the same amount as when the order was placed, in fen.",
    ),
    ("与退款单号不匹配", "is not the number of the refund that the path names."),
    ("账单日期不能晚于昨天", "is today or later: there are bills of days that are over."),
    ("仅支持三个月内", "is more than three months ago."),
    (
        "请确认待处理的消息是否为加密后的密文",
        "cannot be decrypted. Encrypt with RSA-OAEP (SHA-1, MGF1 with SHA-1) for the platform key that Wechatpay-Serial names, and send Base64.",
    ),
    ("解密结果与echo_message不一致", "was decrypted, and is not the text in echo_message."),
    (
        "缺少微信支付平台证书序列号",
        "The header Wechatpay-Serial is missing: it names the platform key that sensitive fields are encrypted for.",
    ),
    (
        "平台证书序列号Wechatpay-Serial错误",
        "The header Wechatpay-Serial names no key that is in force. GET /sandbox/keys shows those that are.",
    ),
    ("请求体不是合法的JSON", "The body is not one JSON object, or has a name twice in one object."),
    (
        "缺少Accept或User-Agent",
        "The header Accept or User-Agent is missing or empty; every request has both.",
    ),
    (
        "Content-Type须为application/json",
        "A request with a body needs the header Content-Type: application/json.",
    ),
    (
        "订单金额或退款金额与之前请求不一致",
        "A refund with this out_refund_no exists with other data. Repeat it unchanged, or use a new number.",
    ),
    (
        "请求重入时，参数与首次请求时不一致",
        "An order with this out_trade_no exists with other data. Repeat the call unchanged, or use a new number.",
    ),
    ("累计退款金额大于支付金额", "The refund is more than what is left of the payment."),
    ("部分退款次数超过限制", "The order has fifty refunds, which is the most."),
    (
        "订单已超过可退款的最大期限",
        "The payment is more than a year ago; it can no longer be refunded.",
    ),
    ("退款单不是异常状态", "Only a refund whose status is ABNORMAL can be sent another way."),
    ("不是合法的UTF-8", "is not UTF-8 once its percent signs are resolved."),
    ("参数名编码不正确", "has a name that is not rightly percent-encoded UTF-8."),
    ("参数编码不正确", "is not rightly percent-encoded UTF-8."),
    (
        "无可用的平台证书",
        "There is no platform certificate to download: only the public key is in force. GET \
         /sandbox/keys shows which; verify with pub_key.pem.",
    ),
    (
        "没有关系",
        "The sub-merchant is none of this partner's. GET /sandbox/merchants shows who acts for whom.",
    ),
    (
        "商户无此产品权限",
        "A direct merchant places orders under /v3/pay/transactions, a partner under \
         /v3/pay/partner/transactions; this is the other kind's path.",
    ),
    ("仅服务商可申请", "Only a partner can ask for a sub-merchant's bill."),
    (
        "无权下载其他商户的账单",
        "The address was given to another merchant: sign as the one that asked.",
    ),
    (
        "下载链接错误或已失效",
        "The address of the bill is wrong or has expired: it lives for a short time, and not over a \
         restart. Ask for the bill again, and fetch it at once, as it is, with its whole query.",
    ),
];

/// What a code says by itself.
pub(super) fn by_code(code: &str) -> &'static str {
    match code {
        "SIGN_ERROR" => "The signature was not taken.",
        "PARAM_ERROR" => "A parameter is wrong.",
        "INVALID_REQUEST" => "The request cannot be carried out as it is.",
        "APPID_MCHID_NOT_MATCH" => {
            "appid is not the app of the merchant that signed. GET /sandbox/merchant shows which \
             one is."
        }
        "ORDER_CLOSED" => {
            "The order is closed: by a call, or because nobody paid in time. Place a new one under \
             a new out_trade_no."
        }
        "ORDER_PAID" => "The order is paid already. Query it, and refund it if it must go back.",
        "NO_AUTH" => {
            "The merchant that signed may not do this: the sub-merchant is none of its own, or the \
             call is for the other kind of merchant (partners have paths of their own)."
        }
        "OUT_TRADE_NO_USED" => "Another sub-merchant has used this out_trade_no; use a new one.",
        "MCH_NOT_EXISTS" => {
            "No merchant has the number that the call names. GET /sandbox/merchants shows them all."
        }
        "USER_PAYING" => "The payer is about to pay: wait, then query the order.",
        "NOT_ENOUGH" => "The balance is too low for the refund.",
        "ORDER_NOT_EXIST" => {
            "No such order: it was never placed by this merchant, or sp_mchid and sub_mchid are \
             others than when it was placed."
        }
        "RESOURCE_NOT_EXISTS" => {
            "There is nothing under this name: no such refund, no paid order to refund, or no \
             certificate to download."
        }
        "FREQUENCY_LIMITED" => {
            "Too soon: refunds of one order are at least a minute apart. Repeat the same call later."
        }
        "SYSTEM_ERROR" => {
            "The sandbox could not write to its disk. Whether the call took effect is unknown: ask, \
             then repeat it unchanged."
        }
        "SERVICE_UNAVAILABLE" => "Unavailable for now; repeat the same call later.",
        "NO_STATEMENT_EXIST" => "There is no such bill: nothing of its kind happened on that day.",
        "STATEMENT_CREATING" => "The bill is ready at ten o'clock of the next day, Beijing time.",
        _ => "The call was refused.",
    }
}
