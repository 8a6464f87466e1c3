//! Killed without a warning and started again: the money and the news are still there.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use sandbox::merchant::Credentials;
use serde_json::{Value, json};

use crate::refunds::{application, apply};
use crate::shop::{Doorbell, Shop, credentials};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_saoma-sandbox");

/// A running sandbox; killed, not asked, when dropped.
pub(crate) struct Running {
    child: Child,
    words: BufReader<ChildStdout>,
    pub(crate) base: String,
}

impl Running {
    pub(crate) fn start(folder: &Path) -> Self {
        Self::with(&["serve", "--port", "0", "--state", folder.to_str().unwrap()])
    }

    pub(crate) fn with(args: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM).args(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut words = BufReader::new(child.stdout.take().unwrap());
        words.read_line(&mut line).unwrap();
        let (_, rest) = line.split_once("http://").unwrap();
        let base = format!("http://{}", rest.split_once('/').unwrap().0);
        Self { child, words, base }
    }

    /// Tells it to stop; what it said after its address.
    pub(crate) fn said_until_stopped(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut said = String::new();
        self.words.read_to_string(&mut said).unwrap();
        said
    }

    pub(crate) fn shop(&self, folder: &Path) -> Shop {
        Shop::at(self.base.clone(), Credentials::in_folder(folder, 0).unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGKILL: no handler runs.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A folder of its own, gone with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("saoma-sandbox-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// One that has its keys already: making four takes seconds.
    pub(crate) fn with_keys(name: &str) -> Self {
        let folder = Self::new(name);
        let keys = serde_json::to_vec(&credentials()).unwrap();
        std::fs::write(folder.0.join("credentials.json"), keys).unwrap();
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn an_acknowledged_payment_survives_sigkill_with_its_pending_notification() {
    let folder = Folder::with_keys("kill");
    let bell = Doorbell::answering(503).await;
    let (code, transaction_id, keys) = {
        let running = Running::start(&folder.0);
        let shop = running.shop(&folder.0);
        let code = shop.place("T20250101000001", &bell.url).await;
        shop.place("T20250101000002", &bell.url).await;
        shop.fault(json!({ "route": "close", "kind": "unsigned", "times": 3 })).await;
        shop.advance(3_600).await;
        let (_, paid) = shop.pay(&code).await;
        (code, paid["transaction_id"].clone(), shop.credentials)
    };
    bell.now_answers(204);
    let running = Running::start(&folder.0);
    let shop = running.shop(&folder.0);
    assert!(shop.credentials == keys);
    let (_, order) = shop.control("GET", "orders/T20250101000001", Value::Null).await;
    assert_eq!(
        (&order["trade_state"], &order["transaction_id"]),
        (&json!("SUCCESS"), &transaction_id)
    );
    assert_eq!(shop.trade_state("T20250101000002").await, "NOTPAY");
    assert_eq!(shop.pay(&code).await.1["code"], "order_paid");
    assert_eq!(shop.control("GET", "clock", Value::Null).await.1["advanced_s"], 3_600);
    assert_eq!(shop.control("GET", "faults", Value::Null).await.1["data"][0]["times"], 3);

    shop.advance(15).await;
    let heard = bell.heard();
    let last = heard.last().unwrap();
    assert!(shop.is_genuine(&last.headers, &last.body));
    assert_eq!(shop.opened(&last.body).unwrap()["transaction_id"], transaction_id);
    assert_eq!(shop.notification("T20250101000001").await["state"], "accepted");
}

#[tokio::test]
async fn a_try_survives_sigkill_with_all_that_went_over_the_wire() {
    let folder = Folder::with_keys("letter");
    let bell = Doorbell::answering(500).await;
    let attempts = async |shop: &Shop| {
        let id = shop.notification("T20250101000001").await["id"].as_str().unwrap().to_owned();
        let (_, told) = shop.control("GET", &format!("notifications/{id}"), Value::Null).await;
        let path = format!("notifications/{id}/resend");
        (told["attempts"].clone(), path)
    };
    let before = {
        let running = Running::start(&folder.0);
        let shop = running.shop(&folder.0);
        let code = shop.place("T20250101000001", &bell.url).await;
        shop.pay(&code).await;
        bell.hears(1).await;
        shop.advance(0).await;
        let (_, resend) = attempts(&shop).await;
        assert_eq!(shop.control("POST", &resend, Value::Null).await.0, 200);
        attempts(&shop).await.0
    };
    let running = Running::start(&folder.0);
    let (after, _) = attempts(&running.shop(&folder.0)).await;
    assert_eq!((&before[0]["status"], &before[1]["resent"]), (&json!(500), &json!(true)));
    assert!(before[1]["request"]["body"].is_string());
    // The one that fell due while nothing ran may have been made already.
    assert_eq!(after.as_array().unwrap()[..2], before.as_array().unwrap()[..]);
}

#[tokio::test]
async fn a_refund_survives_sigkill_and_is_told_when_its_time_has_come() {
    let folder = Folder::with_keys("refund");
    let bell = Doorbell::answering(503).await;
    let wish = application("R20250101000001", 234, &bell.url);
    let taken = {
        let running = Running::start(&folder.0);
        let shop = running.shop(&folder.0);
        let code = shop.place("T20250101000001", "http://127.0.0.1:9/notify").await;
        shop.pay(&code).await;
        shop.fault(json!({ "route": "refund", "kind": "abnormal" })).await;
        apply(&shop, &wish).await.json()
    };
    bell.now_answers(204);
    let running = Running::start(&folder.0);
    let shop = running.shop(&folder.0);
    assert_eq!(shop.trade_state("T20250101000001").await, "REFUND");
    shop.advance(20).await;
    let (_, row) = shop.control("GET", "refunds/R20250101000001", Value::Null).await;
    assert_eq!((&row["status"], &row["refund_id"]), (&json!("ABNORMAL"), &taken["refund_id"]));
    assert_eq!(apply(&shop, &wish).await.json()["refund_id"], taken["refund_id"]);
    let heard = bell.heard();
    let last = heard.last().unwrap();
    assert!(shop.is_genuine(&last.headers, &last.body));
    assert_eq!(shop.opened(&last.body).unwrap()["refund_status"], "ABNORMAL");
}

#[tokio::test]
async fn who_holds_an_order_and_every_fault_that_waits_survive_sigkill() {
    let folder = Folder::with_keys("holder");
    let phone = |code: &str, payer: &str| json!({ "code_url": code, "payer": payer });
    let (code, waiting) = {
        let running = Running::start(&folder.0);
        let shop = running.shop(&folder.0);
        let code = shop.place("T20250101000001", "http://127.0.0.1:9/notify").await;
        assert_eq!(shop.control("POST", "refuse", phone(&code, "ann")).await.0, 200);
        let mut faults = Vec::new();
        for route in shop.control("GET", "faults", Value::Null).await.1["known"].as_array().unwrap()
        {
            for kind in route["kinds"].as_array().unwrap() {
                let mut fault =
                    json!({ "route": route["route"], "kind": kind["kind"], "times": 2 });
                if !kind["delay_ms"].is_null() {
                    fault["delay_ms"] = json!(7);
                }
                faults.push(fault);
            }
        }
        let (status, said) = shop.control("PUT", "faults", json!(faults)).await;
        assert_eq!((status, &said["data"]), (200, &json!(faults)));
        // One of them is used up by one before the end.
        assert_eq!(shop.try_call("GET", "/v3/certificates", "").await.map(|it| it.status), None);
        (code, shop.control("GET", "faults", Value::Null).await.1["data"].clone())
    };
    let running = Running::start(&folder.0);
    let shop = running.shop(&folder.0);
    let after = shop.control("GET", "faults", Value::Null).await.1["data"].clone();
    assert_eq!(after, waiting);
    let times = |fault: &&Value| fault["times"] == 1;
    assert_eq!(after.as_array().unwrap().iter().filter(times).count(), 1);
    assert_eq!(shop.control("DELETE", "faults", Value::Null).await.0, 200);

    let (_, order) = shop.control("GET", "orders/T20250101000001", Value::Null).await;
    assert_eq!((&order["payer"], &order["phone"]), (&json!("ann"), &json!("refused")));
    let stranger = shop.control("POST", "pay", phone(&code, "bob")).await;
    assert_eq!((stranger.0, &stranger.1["code"]), (409, &json!("other_payer")));
    assert_eq!(shop.control("POST", "pay", phone(&code, "ann")).await.0, 200);
}

#[tokio::test]
async fn a_folder_serves_one_sandbox_at_a_time() {
    let folder = Folder::with_keys("twice");
    let running = Running::start(&folder.0);
    let second = Command::new(PROGRAM)
        .args(["serve", "--port", "0", "--state"])
        .arg(&folder.0)
        .output()
        .unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("locked"), "{said}");
    drop(running);
}

#[cfg(unix)]
#[tokio::test]
async fn sigterm_ends_it_cleanly() {
    let folder = Folder::with_keys("term");
    let mut running = Running::start(&folder.0);
    let pid = running.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(running.child.wait().unwrap().success());
}

#[test]
fn credentials_are_printed_without_serving_and_stay_the_same() {
    let folder = Folder::new("keys");
    let print = || {
        let output = Command::new(PROGRAM).args(["credentials", "--state"]).arg(&folder.0).output();
        serde_json::from_slice::<Value>(&output.unwrap().stdout).unwrap()
    };
    let first = print();
    assert!(first["partner"]["sp_mchid"].is_string());
    assert_eq!(first, print());
}

#[tokio::test]
async fn rotations_and_settings_survive_sigkill() {
    let folder = Folder::with_keys("rotate");
    let (state, merchant) = {
        let running = Running::start(&folder.0);
        let shop = running.shop(&folder.0);
        let wish = json!({ "certificates": 2, "sign_notifications": "mixed" });
        assert_eq!(shop.control("PUT", "keys", wish).await.0, 200);
        assert_eq!(shop.control("POST", "merchant/certificate", json!({})).await.0, 200);
        let retire = json!({ "retire": shop.credentials.serial_no });
        assert_eq!(shop.control("POST", "merchant/certificate", retire).await.0, 200);
        assert_eq!(shop.control("POST", "merchant/api-v3-key", json!({})).await.0, 200);
        assert_eq!(shop.control("PUT", "bills", json!({ "url_life_s": 300 })).await.0, 200);
        let state = shop.control("GET", "keys", Value::Null).await.1;
        (state, shop.control("GET", "merchant", Value::Null).await.1)
    };
    let running = Running::start(&folder.0);
    let shop = running.shop(&folder.0);
    assert_eq!(shop.control("GET", "keys", Value::Null).await.1, state);
    assert_eq!(shop.control("GET", "merchant", Value::Null).await.1, merchant);
    let bills = shop.control("GET", "bills", Value::Null).await.1;
    assert_eq!(bills["url_life_s"], 300);
    assert_eq!(shop.call("GET", &shop.by_number("T20250101000001"), "").await.status, 404);
}

#[tokio::test]
async fn a_folder_of_the_first_version_still_serves() {
    let folder = Folder::with_keys("first");
    let path = folder.0.join("credentials.json");
    let mut old: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for field in [
        "platform_certificates",
        "platform_key_policy",
        "merchant_certificates",
        "earlier_api_v3_keys",
    ] {
        assert!(old.as_object_mut().unwrap().remove(field).is_some(), "{field}");
    }
    std::fs::write(&path, old.to_string()).unwrap();
    let running = Running::start(&folder.0);
    let shop = running.shop(&folder.0);
    assert_eq!(shop.call("GET", &shop.by_number("T20250101000001"), "").await.status, 404);
    let reply = shop.call_naming(None, ("GET", "/v3/certificates"), "").await;
    assert_eq!(reply.json()["data"][0]["serial_no"], old["platform_certificate_serial"]);
}
