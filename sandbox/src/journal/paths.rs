//! The calls that there are, and which of them an unknown path may have been meant for.

/// Every method and path; `{}` stands for one segment.
const CALLS: [(&str, &str); 25] = [
    ("POST", "/v3/pay/transactions/native"),
    ("GET", "/v3/pay/transactions/id/{}"),
    ("GET", "/v3/pay/transactions/out-trade-no/{}"),
    ("POST", "/v3/pay/transactions/out-trade-no/{}/close"),
    ("POST", "/v3/pay/partner/transactions/native"),
    ("GET", "/v3/pay/partner/transactions/id/{}"),
    ("GET", "/v3/pay/partner/transactions/out-trade-no/{}"),
    ("POST", "/v3/pay/partner/transactions/out-trade-no/{}/close"),
    ("POST", "/v3/refund/domestic/refunds"),
    ("GET", "/v3/refund/domestic/refunds/{}"),
    ("POST", "/v3/refund/domestic/refunds/{}/apply-abnormal-refund"),
    ("GET", "/v3/certificates"),
    ("POST", "/v3/security/echo"),
    ("GET", "/v3/bill/tradebill"),
    ("GET", "/v3/bill/fundflowbill"),
    ("GET", "/v3/bill/sub-merchant-fundflowbill"),
    ("GET", "/v3/billdownload/file"),
    ("POST", "/pay/unifiedorder"),
    ("POST", "/pay/orderquery"),
    ("POST", "/pay/closeorder"),
    ("POST", "/secapi/pay/refund"),
    ("POST", "/pay/refundquery"),
    ("POST", "/pay/downloadbill"),
    ("POST", "/pay/downloadfundflow"),
    ("POST", "/tools/shorturl"),
];

/// What is wrong with a path that leads nowhere.
pub(super) fn unknown(target: &str) -> String {
    let path = path_of(target);
    if let Some(meant) = meant(path) {
        return format!("There is no path {path:?}; {meant} was probably meant.");
    }
    for product in ["jsapi", "h5", "app"] {
        if path.ends_with(&format!("/transactions/{product}")) {
            return format!("{product} payments are not played here; native ones are.");
        }
    }
    let all: Vec<&str> = CALLS.iter().map(|(_, pattern)| *pattern).collect();
    format!("There is no path {path:?}. The paths are: {}.", all.join(", "))
}

/// Which methods a path has, for one that it has not.
pub(super) fn other_method(method: &str, target: &str) -> String {
    let path = path_of(target);
    let methods: Vec<&str> = CALLS
        .iter()
        .filter(|(_, pattern)| matches(pattern, path))
        .map(|(method, _)| *method)
        .collect();
    format!("{path} is called with {}, not with {method}.", methods.join(" or "))
}

fn path_of(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}

/// The usual slips: no version, a doubled or missing slash, one at the end, another case.
fn meant(path: &str) -> Option<&'static str> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let plain = format!("/{}", segments.join("/"));
    let lower = plain.to_ascii_lowercase();
    let slips = [plain.clone(), format!("/v3{plain}"), plain.replacen("/v3/v3/", "/v3/", 1), lower];
    let older = plain.strip_prefix("/v3").map(str::to_owned);
    let found = slips.iter().chain(&older).find_map(|slip| {
        CALLS.iter().find(|(_, pattern)| matches(pattern, slip)).map(|(_, pattern)| *pattern)
    });
    found.or_else(|| {
        // A prefix that belongs to somebody else, such as a proxy's.
        let from = path.find("/v3/").filter(|from| *from > 0)?;
        let rest = path.get(from..)?;
        CALLS.iter().find(|(_, pattern)| matches(pattern, rest)).map(|(_, pattern)| *pattern)
    })
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some("{}"), Some(segment)) if !segment.is_empty() => {}
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_named() {
        for (target, meant) in [
            ("/pay/transactions/native", "/v3/pay/transactions/native"),
            ("/v3//pay/transactions/native", "/v3/pay/transactions/native"),
            ("/v3/pay/transactions/native/", "/v3/pay/transactions/native"),
            ("/v3/v3/certificates", "/v3/certificates"),
            ("/V3/Certificates", "/v3/certificates"),
            ("/gateway/v3/certificates?x=1", "/v3/certificates"),
            ("/pay/unifiedOrder", "/pay/unifiedorder"),
            ("/v3/pay/orderquery", "/pay/orderquery"),
        ] {
            let words = unknown(target);
            assert!(words.contains(&format!("; {meant} was")), "{words}");
        }
        assert!(unknown("/pay/unifiedorders").contains("/pay/unifiedorder, "));
        assert!(unknown("/v3/pay/transactions/jsapi").contains("jsapi payments"));
        assert!(unknown("/v3/nothing").contains("/v3/billdownload/file"));
    }

    #[test]
    fn a_path_has_its_methods() {
        let words = other_method("GET", "/v3/pay/transactions/native?x");
        assert_eq!(words, "/v3/pay/transactions/native is called with POST, not with GET.");
        assert!(other_method("PUT", "/v3/pay/transactions/id/1").contains("with GET,"));
    }
}
