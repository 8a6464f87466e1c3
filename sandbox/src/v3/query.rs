//! `GET …/id/{transaction_id}` and `GET …/out-trade-no/{out_trade_no}`: the one query parameter
//! they have (protocol reference B.3).

use serde_json::Value;

use super::refusal::{Place, Refusal};

/// Checks that the query is the caller's own `mchid` and nothing else.
pub(super) fn read(query: &str, caller: &str) -> Result<(), Refusal> {
    let mut mchid = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if name != "mchid" {
            return Err(Refusal::extra_parameter(Place::Query, name));
        }
        if mchid.replace(value).is_some() {
            return Err(Refusal::parameter(Place::Query, "mchid", None, "参数重复"));
        }
    }
    let Some(mchid) = mchid else {
        return Err(Refusal::parameter(Place::Query, "mchid", None, "必填参数缺失"));
    };
    // Digits only, so a percent-encoded number is as wrong as another one.
    if mchid != caller {
        let issue = "http header中的mchid与请求参数中的mchid不匹配";
        let value = Value::String(mchid.to_owned());
        return Err(Refusal::parameter(Place::Query, "mchid", Some(&value), issue));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v3::refusal::Code;

    #[test]
    fn the_query_is_the_callers_number_and_nothing_else() {
        assert_eq!(read("mchid=1900000001", "1900000001"), Ok(()));
        for (bad, code) in [
            ("", Code::ParamError),
            ("mchid=", Code::ParamError),
            ("mchid=1900000002", Code::ParamError),
            ("mchid=1900000001&mchid=1900000001", Code::ParamError),
            ("mchid=1900000001&limit=1", Code::InvalidRequest),
        ] {
            assert_eq!(read(bad, "1900000001").unwrap_err().code, code, "{bad}");
        }
    }
}
