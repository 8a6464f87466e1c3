//! The reference's full body goes through unchanged, and what the platform would refuse does not.

use super::*;

/// Protocol reference G.1, "full body with every optional field".
const FULL: &str = r#"{"attach":"cart=42","goods_tag":"WXG","support_fapiao":false,"detail":{"cost_price":1500,"invoice_id":"INV-0001","goods_detail":[{"merchant_goods_id":"SKU-88888","wechatpay_goods_id":"1001","goods_name":"红茶500g","quantity":1,"unit_price":1234}]},"scene_info":{"payer_client_ip":"203.0.113.7","device_id":"POS-01","store_info":{"id":"S-0001","name":"示例一店","area_code":"440305","address":"深圳市南山区示例路1号"}},"settle_info":{"profit_sharing":false}}"#;

fn read(json: &str) -> Result<OrderFields, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn every_field_of_the_reference_goes_out_as_it_came_in() {
    let fields = read(FULL).unwrap();
    assert_eq!(format!("{{{}}}", fields.members().trim_end_matches(',')), FULL);
    assert_eq!(serde_json::to_string(&fields).unwrap(), FULL);
    assert_eq!(OrderFields::default().members(), "");
}

#[test]
fn a_field_that_the_platform_would_refuse_is_refused() {
    let with = |from: &str, to: &str| {
        assert!(FULL.contains(from), "{from}");
        read(&FULL.replace(from, to)).unwrap_err()
    };
    let long = |chars: usize| format!("\"{}\"", "x".repeat(chars));
    for (from, to, words) in [
        ("\"cart=42\"", long(128), "attach is 1 to 127 bytes"),
        ("\"cart=42\"", "\"\"".to_owned(), "attach is 1 to 127 bytes"),
        ("\"cart=42\"", "\"🍵\"".to_owned(), "emoji"),
        ("\"WXG\"", long(33), "1 to 32 characters"),
        ("\"support_fapiao\":false", "\"support_fapiao\":\"no\"".to_owned(), "boolean"),
        ("1500", "-1".to_owned(), "invalid value"),
        ("1500", "15.5".to_owned(), "floating point"),
        ("\"INV-0001\"", long(33), "1 to 32 characters"),
        ("SKU-88888", "SKU 88888".to_owned(), "merchant_goods_id"),
        ("\"红茶500g\"", long(257), "1 to 256 characters"),
        ("\"红茶500g\"", long(6_200), "1 to 256 characters"),
        ("\"quantity\":1", "\"quantity\":0".to_owned(), "nonzero"),
        ("\"unit_price\":1234", "\"unit_prize\":1234".to_owned(), "unit_prize"),
        ("203.0.113.7", "shop".to_owned(), "IP address"),
        ("\"POS-01\"", long(17), "1 to 16 characters"),
        ("\"name\":\"示例一店\",", String::new(), "none of them"),
        ("\"profit_sharing\":false", "\"profit_sharing\":1".to_owned(), "boolean"),
        ("\"profit_sharing\":false", "\"subsidy_amount\":1".to_owned(), "subsidy_amount"),
    ] {
        let told = with(from, &to);
        assert!(told.contains(words), "{from}: {told}");
    }
}

#[test]
fn detail_is_bounded_as_a_whole_and_never_an_empty_list() {
    let item = r#"{"merchant_goods_id":"A","goods_name":"N","quantity":1,"unit_price":1}"#;
    let item = item.replace("\"N\"", &format!("\"{}\"", "x".repeat(250)));
    let list = |count: usize| {
        format!(r#"{{"detail":{{"goods_detail":[{}]}}}}"#, vec![item.as_str(); count].join(","))
    };
    assert!(read(&list(18)).is_ok());
    assert!(read(&list(20)).unwrap_err().contains("6144 bytes"));
    assert!(read(&list(0)).unwrap_err().contains("at least one item"));
}
