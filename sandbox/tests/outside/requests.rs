//! What merchants asked for, kept and explained.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use sandbox::world::wall_now;
use serde_json::{Value, json};

use crate::shop::{NATIVE, Shop};

const NOTIFY: &str = "http://127.0.0.1:9/notify";
const NONCE: &str = "8F3A0C7D5B1E49A2B6D4E8F01C2A3B4D";

impl Shop {
    /// The newest request that the sandbox remembers.
    async fn newest(&self) -> Value {
        let (status, list) = self.control("GET", "requests?limit=1", Value::Null).await;
        assert_eq!(status, 200, "{list}");
        list["data"][0].clone()
    }

    /// A call whose header is made for another string than the request's.
    async fn send_with(&self, body: &str, authorization: &str) -> Value {
        let headers = [
            ("authorization", authorization),
            ("accept", "application/json"),
            ("user-agent", "test"),
            ("content-type", "application/json"),
        ];
        let reply = self.send("POST", NATIVE, body, &headers).await.unwrap();
        assert_eq!(reply.status, 401);
        self.newest().await
    }
}

#[tokio::test]
async fn a_call_is_kept_with_both_sides() {
    let shop = Shop::open().await;
    let code = shop.place("T20250101000001", NOTIFY).await;
    let entry = shop.newest().await;
    for (field, value) in [
        ("id", json!(1)),
        ("method", json!("POST")),
        ("target", json!(NATIVE)),
        ("route", json!("native")),
        ("mchid", json!(shop.credentials.mchid)),
        ("out_trade_no", json!("T20250101000001")),
        ("fault", Value::Null),
        ("refusal", Value::Null),
    ] {
        assert_eq!(entry[field], value, "{field}");
    }
    let sent = shop.order("T20250101000001", NOTIFY).to_string();
    assert_eq!(entry["request"]["body"], sent);
    assert_eq!(entry["request"]["body_bytes"], sent.len());
    let headers = entry["request"]["headers"].as_array().unwrap();
    assert!(headers.contains(&json!(["accept", "application/json"])));
    assert_eq!(entry["reply"]["status"], 200);
    assert_eq!(entry["reply"]["body"], json!({ "code_url": code }).to_string());
    let headers = entry["reply"]["headers"].as_array().unwrap();
    assert!(headers.iter().any(|header| header[0] == "wechatpay-signature"));
    let (_, one) = shop.control("GET", "requests/1", Value::Null).await;
    assert_eq!(one, entry);
}

#[tokio::test]
async fn lists_are_by_order_and_by_refusal() {
    let shop = Shop::open().await;
    for number in ["T20250101000001", "T20250101000002"] {
        shop.place(number, NOTIFY).await;
    }
    shop.trade_state("T20250101000001").await;
    shop.call("GET", &shop.by_number("T20250101000003"), "").await;
    let numbers = async |query: &str| {
        let (_, list) = shop.control("GET", &format!("requests{query}"), Value::Null).await;
        let rows = list["data"].as_array().unwrap().iter();
        rows.map(|row| row["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(numbers("").await, [4, 3, 2, 1]);
    assert_eq!(numbers("?out_trade_no=T20250101000001").await, [3, 1]);
    assert_eq!(numbers("?refused=true").await, [4]);
    assert_eq!(numbers("?limit=2").await, [4, 3]);
    assert_eq!(shop.control("GET", "requests?newest=1", Value::Null).await.0, 400);
    for unknown in ["0", "5", "x", "99999999999999999999"] {
        let (status, said) = shop.control("GET", &format!("requests/{unknown}"), Value::Null).await;
        assert_eq!((status, &said["code"]), (404, &json!("unknown_request")), "{unknown}");
    }
    let entry = shop.newest().await;
    assert_eq!(entry["refusal"]["code"], "ORDER_NOT_EXIST");
    assert_eq!(entry["refusal"]["signature"], Value::Null);
    shop.control("POST", "reset", Value::Null).await;
    assert_eq!(numbers("").await, Vec::<u64>::new());
}

#[tokio::test]
async fn a_body_that_was_written_anew_after_signing_is_recognised() {
    let shop = Shop::open().await;
    let order = shop.order("T20250101000001", NOTIFY);
    let pretty = serde_json::to_string_pretty(&order).unwrap();
    let now = wall_now();
    let entry =
        shop.send_with(&order.to_string(), &shop.authorization("POST", NATIVE, &pretty, now)).await;
    let refusal = &entry["refusal"];
    let signature = &refusal["signature"];
    assert_eq!((&refusal["status"], &refusal["code"]), (&json!(401), &json!("SIGN_ERROR")));
    assert_eq!(signature["finding"], "body-re-serialised");
    assert!(refusal["why"].as_str().unwrap().contains("pretty-printed with 2 spaces"));
    assert_eq!(refusal["why"], signature["words"]);
    let head = format!("POST\n{NATIVE}\n{now}\n{NONCE}\n");
    let right = format!("{head}{order}\n");
    assert_eq!(signature["string_to_sign"], right);
    assert_eq!(signature["bytes"], right.len());
    assert_eq!(signature["yours"], format!("{head}{pretty}\n"));
    let difference = &signature["first_difference"];
    assert_eq!(difference["byte"], head.len() + 1);
    assert_eq!((&difference["line"], &difference["column"]), (&json!(5), &json!(2)));
    assert!(difference["found"].as_str().unwrap().starts_with("⏎  \""), "{difference}");
    assert!(difference["expected"].as_str().unwrap().starts_with('"'), "{difference}");
}

#[tokio::test]
async fn a_pasted_string_is_compared_with_the_right_one_and_with_the_signed_one() {
    let shop = Shop::open().await;
    let now = wall_now();
    let right = format!("POST\n{NATIVE}\n{now}\n{NONCE}\n{{}}\n");
    // The header signs a body of `[]`.
    shop.send_with("{}", &shop.authorization("POST", NATIVE, "[]", now)).await;
    let compare = async |pasted: &str| {
        let body = json!({ "string_to_sign": pasted });
        let (status, said) = shop.control("POST", "requests/1/compare", body).await;
        assert_eq!(status, 200, "{said}");
        said
    };
    let said = compare(&right).await;
    assert_eq!((&said["same"], &said["signed"]), (&json!(true), &json!(false)));
    assert_eq!(said["first_difference"], Value::Null);
    let said = compare(&right.replace("{}", "[]")).await;
    assert_eq!((&said["same"], &said["signed"]), (&json!(false), &json!(true)));
    assert_eq!(said["first_difference"]["expected"], "{}⏎");
    assert_eq!(said["first_difference"]["found"], "[]⏎");
    let said = compare(right.trim_end()).await;
    assert_eq!((&said["same"], &said["signed"]), (&json!(false), &json!(false)));
    assert_eq!(said["first_difference"]["byte"], right.len() - 1);
    assert!(said["words"].as_str().unwrap().contains("\"⏎\" is right, yours has \"(the end)\""));
    // A call that was taken can be compared, too.
    shop.place("T20250101000001", NOTIFY).await;
    let entry = shop.newest().await;
    let head = entry["request"]["headers"].as_array().unwrap();
    let header = head.iter().find(|header| header[0] == "authorization").unwrap();
    let timestamp = header[1].as_str().unwrap().split("timestamp=\"").nth(1).unwrap();
    let timestamp = timestamp.split('"').next().unwrap();
    let body = entry["request"]["body"].as_str().unwrap();
    let signed = format!("POST\n{NATIVE}\n{timestamp}\n{NONCE}\n{body}\n");
    let body = json!({ "string_to_sign": signed });
    let (_, said) = shop.control("POST", "requests/2/compare", body).await;
    assert_eq!((&said["same"], &said["signed"]), (&json!(true), &json!(true)), "{said}");
}

#[tokio::test]
async fn what_leads_nowhere_is_kept_with_what_was_meant() {
    let shop = Shop::open().await;
    let asked = async |method: &str, target: &str, body: &str| {
        let status = shop.send(method, target, body, &[]).await.unwrap().status;
        let entry = shop.newest().await;
        assert_eq!((&entry["target"], &entry["reply"]["status"]), (&json!(target), &json!(status)));
        let why = entry["refusal"]["why"].as_str().unwrap().to_owned();
        (status, entry["route"].as_str().map(str::to_owned), why)
    };
    let (status, route, why) = asked("POST", "/pay/transactions/native", "{}").await;
    assert_eq!((status, route), (404, None));
    assert!(why.contains("/v3/pay/transactions/native was probably meant"), "{why}");
    let (status, route, why) = asked("GET", NATIVE, "").await;
    assert_eq!((status, route), (405, None));
    assert!(why.contains("is called with POST"), "{why}");
    let (status, route, why) = asked("POST", NATIVE, &" ".repeat(256 * 1_024 + 1)).await;
    assert_eq!((status, route.as_deref()), (413, Some("native")));
    assert!(why.contains("256 KiB"), "{why}");
    // A browser's icon and the control surface are nobody's calls.
    for (method, path) in [("GET", "/favicon.ico"), ("POST", "/sandbox/nothing")] {
        shop.send(method, path, "", &[]).await.unwrap();
    }
    assert_eq!(shop.newest().await["id"], 3);
}

#[tokio::test]
async fn a_closed_connection_is_a_call_without_a_reply() {
    let shop = Shop::open().await;
    shop.fault(json!({ "route": "native", "kind": "reply-dropped" })).await;
    let body = shop.order("T20250101000001", NOTIFY).to_string();
    assert!(shop.try_call("POST", NATIVE, &body).await.is_none());
    let entry = shop.newest().await;
    assert_eq!((&entry["reply"], &entry["fault"]), (&Value::Null, &json!("reply-dropped")));
    assert_eq!(entry["out_trade_no"], "T20250101000001");
    shop.fault(json!({ "route": "native", "kind": "rate-limited" })).await;
    shop.try_call("POST", NATIVE, &body).await.unwrap();
    let entry = shop.newest().await;
    assert_eq!(entry["refusal"]["code"], "FREQUENCY_LIMITED");
    assert!(entry["refusal"]["why"].as_str().unwrap().contains("rate-limited"));
}

/// Counting characters instead of bytes, or a caller that dies: what is there is signed all the
/// same.
#[tokio::test]
async fn half_a_body_is_no_call_even_if_the_half_is_signed() {
    let shop = Shop::open().await;
    let body = shop.order("T20250101000001", NOTIFY).to_string();
    let authorization = shop.authorization("POST", NATIVE, &body, wall_now());
    let request = format!(
        "POST {NATIVE} HTTP/1.1\r\nhost: x\r\naccept: */*\r\nuser-agent: test\r\n\
         content-type: application/json\r\nauthorization: {authorization}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len() + 1
    );
    let address = shop.base.trim_start_matches("http://").to_owned();
    let exchange = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let answer = tokio::task::spawn_blocking(exchange).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let why = shop.newest().await["refusal"]["why"].to_string();
    assert!(why.contains("broke off"), "{why}");
    let query = shop.by_number("T20250101000001");
    assert_eq!(shop.call("GET", &query, "").await.status, 404);
}
