//! The program as somebody types it: what it prints, what it takes from a file, and what it says
//! when it cannot go on.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use sandbox::control::merchants::listed;
use sandbox::merchant::Credentials;
use serde_json::{Value, json};

use crate::restart::{Folder, PROGRAM, Running};
use crate::shop::credentials;

fn run(args: &[&str]) -> Output {
    Command::new(PROGRAM).args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A file with all the tests' merchants, so that no keys are made.
fn file_in(folder: &Folder, change: impl FnOnce(&mut Value)) -> String {
    let mut file = listed(&credentials());
    change(&mut file);
    let path = folder.0.join("merchants.json");
    std::fs::write(&path, file.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn kept(folder: &Path) -> Credentials {
    Credentials::kept_in(folder).unwrap().unwrap()
}

#[test]
fn it_serves_without_a_word_and_says_what_a_newcomer_needs() {
    let folder = Folder::with_keys("greeting");
    let running = Running::with(&["--port", "0", "--state", folder.0.to_str().unwrap()]);
    let (base, known) = (running.base.clone(), kept(&folder.0));
    let all = running.said_until_stopped();
    for needed in [
        known.mchid.as_str(),
        &known.appid,
        &known.serial_no,
        &known.api_v3_key,
        &known.partner.sp_mchid,
        &known.partner.sub_merchants[1].sub_mchid,
        &known.platform_public_key_id,
        &format!("{base}/sandbox/files/apiclient_key.pem"),
        &format!("call GET /v3/certificates --url {base}"),
    ] {
        assert!(all.contains(needed), "{needed} is not in {all}");
    }
    assert!(!all.contains("PRIVATE KEY"), "{all}");
}

#[test]
fn quiet_is_one_line_and_keys_of_a_file_are_not_repeated() {
    let folder = Folder::new("quiet");
    let file = file_in(&folder, |_| {});
    let quiet = Running::with(&["--quiet", "--port", "0", "--merchants", &file]);
    assert_eq!(quiet.said_until_stopped(), "saoma-sandbox: stopped\n");
    let aloud = Running::with(&["serve", "--port", "0", "--merchants", &file]);
    let all = aloud.said_until_stopped();
    assert!(all.contains(&credentials().mchid), "{all}");
    assert!(!all.contains(&credentials().api_v3_key), "{all}");
}

#[test]
fn a_call_is_signed_sent_and_verified() {
    let folder = Folder::with_keys("call");
    let running = Running::start(&folder.0);
    let call = |args: &[&str]| run(&[&["call", "--url", running.base.as_str()], args].concat());
    let certificates = call(&["GET", "/v3/certificates"]);
    assert!(certificates.status.success(), "{}", said(&certificates));
    let body: Value = serde_json::from_slice(&certificates.stdout).unwrap();
    assert_eq!(body["data"][0]["serial_no"], kept(&folder.0).platform_certificate_serial);
    assert!(said(&certificates).contains("rightly signed by PUB_KEY_ID_"));

    let order = r#"{"sp_mchid":"{mchid}","sp_appid":"{appid}","sub_mchid":"{sub_mchid}","sub_appid":"{sub_appid}",
        "description":"tea","out_trade_no":"T20250101000001","notify_url":"http://127.0.0.1:9/n","amount":{"total":1}}"#;
    std::fs::write(folder.0.join("order.json"), order).unwrap();
    let body = format!("@{}", folder.0.join("order.json").display());
    let serial = kept(&folder.0).platform_certificate_serial;
    let placed = call(&[
        "post",
        "/v3/pay/partner/transactions/native",
        "--body",
        &body,
        "--serial",
        &serial,
    ]);
    assert!(placed.status.success(), "{}", said(&placed));
    assert!(said(&placed).contains(&format!("rightly signed by {serial}")));

    let unknown = call(&["GET", "/v3/pay/transactions/out-trade-no/T20250101000001?mchid={mchid}"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(said(&unknown).contains("the call was refused: 404"), "{}", said(&unknown));
    assert!(String::from_utf8_lossy(&unknown.stdout).contains("ORDER_NOT_EXIST"));
    let stranger = call(&["GET", "/v3/certificates", "--mchid", "1"]);
    assert!(said(&stranger).contains("no such merchant in this sandbox"), "{}", said(&stranger));
    // Signed with a key that is not the merchant's: refused, and the refusal is unsigned.
    std::fs::write(folder.0.join("key.pem"), kept(&folder.0).partner.private_key_pem).unwrap();
    let key = folder.0.join("key.pem");
    let crossed = call(&["GET", "/v3/certificates", "--key", key.to_str().unwrap()]);
    let words = "the call was refused: 401 Unauthorized (its signature: there is none)";
    assert!(said(&crossed).contains(words), "{}", said(&crossed));
    let pathless = call(&["GET", "v3/certificates"]);
    assert!(said(&pathless).contains("a path begins with /"), "{}", said(&pathless));
}

#[test]
fn the_second_door_is_announced_and_keeps_its_authority_beside_a_folder() {
    let folder = Folder::with_keys("tls");
    let state = folder.0.to_str().unwrap();
    let authority = |more: &[&str]| {
        let door = ["--quiet", "--port", "0", "--state", state, "--tls-listen", "127.0.0.1:0"];
        let running = Running::with(&[&door, more].concat());
        let said = run(&["check", "--url", &running.base]);
        assert!(said.status.success());
        let kept = std::fs::read(folder.0.join("tls.json")).unwrap();
        let all = running.said_until_stopped();
        assert!(all.starts_with("saoma-sandbox: https://127.0.0.1:"), "{all}");
        serde_json::from_slice::<Value>(&kept).unwrap()["authority_pem"].clone()
    };
    let first = authority(&[]);
    assert_eq!(authority(&[]), first);
    assert_ne!(authority(&["--control-host", "sandbox"]), first);
}

#[test]
fn check_tells_a_sandbox_from_silence() {
    let folder = Folder::with_keys("check");
    let running = Running::start(&folder.0);
    let answers = run(&["check", "--url", &running.base]);
    assert!(answers.status.success(), "{}", said(&answers));
    let base = running.base.clone();
    drop(running);
    for verb in [&["check"][..], &["call", "GET", "/v3/certificates"]] {
        let silent = run(&[verb, &["--url", &base]].concat());
        assert_eq!(silent.status.code(), Some(1));
        assert!(said(&silent).contains(&format!("no answer from {base}: ")), "{}", said(&silent));
    }
    let https = run(&["check", "--url", "https://127.0.0.1:1"]);
    assert!(said(&https).contains("the sandbox speaks http"), "{}", said(&https));
}

#[test]
fn a_file_beside_a_folder_wins_and_may_change() {
    let folder = Folder::new("file");
    let state = folder.0.join("state");
    let state = state.to_str().unwrap();
    let file = file_in(&folder, |file| {
        file["data"].as_array_mut().unwrap().truncate(1);
        file["data"][0]["api_v3_key"] = json!("0123456789abcdefghijklmnopqrstuv");
    });
    let print = |file: &str| -> Value {
        let output = run(&["merchants", "--state", state, "--merchants", file]);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)))
    };
    let first = print(&file);
    assert_eq!(first["data"][0]["api_v3_key"], "0123456789abcdefghijklmnopqrstuv");
    assert_eq!(first["data"].as_array().unwrap().len(), 2);
    let file = file_in(&folder, |file| file["data"].as_array_mut().unwrap().truncate(1));
    let second = print(&file);
    assert_eq!(second["data"][0]["api_v3_key"], credentials().api_v3_key);
    // The partner was made the first time, and is kept.
    assert_eq!(second["data"][1], first["data"][1]);
    // Without the file the folder has what the file said last.
    let output = run(&["merchants", "--state", state]);
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), second);
}

#[test]
fn what_stands_in_the_way_is_named_with_a_way_out() {
    let folder = Folder::with_keys("way");
    let state = folder.0.to_str().unwrap();
    let running = Running::start(&folder.0);
    let port = running.base.rsplit_once(':').unwrap().1;
    let wrong = file_in(&folder, |file| file["data"][0]["api_v3_key"] = json!("short"));
    let at_start = |args: &[&str], words: &str| {
        let output = run(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(said(&output).contains(words), "{args:?}: {}", said(&output));
        assert!(output.stdout.is_empty(), "{args:?}");
    };
    at_start(&["--port", port], "choose another port with --port");
    let taken = format!("127.0.0.1:{port}");
    at_start(&["--port", "0", "--tls-listen", &taken], "choose another port with --port or --tls");
    at_start(&["--port", "0", "--state", state], "another sandbox uses this folder");
    at_start(
        &["--port", "0", "--merchants", &wrong],
        ".api_v3_key: an APIv3 key has 32 characters, not 5",
    );
    at_start(&["--port", "0", "--merchants", "nothing.json"], "nothing.json: cannot be read");
    drop(running);
    at_start(&["--port", "0", "--state", &wrong], "choose a folder that you may write");
    std::fs::write(folder.0.join("credentials.json"), "{\"mchid\":").unwrap();
    at_start(&["--port", "0", "--state", state], "delete it to start over with new keys");
    for left in ["sandbox.sqlite3-wal", "sandbox.sqlite3-shm"] {
        let _ = std::fs::remove_file(folder.0.join(left));
    }
    std::fs::write(folder.0.join("sandbox.sqlite3"), vec![b'x'; 8_192]).unwrap();
    at_start(&["--port", "0", "--state", state], "sandbox.sqlite3 is damaged");
}

#[test]
fn an_option_that_could_never_fit_is_refused() {
    for args in [
        ["--control-host", "http://sandbox"],
        ["--control-host", "sandbox:8788"],
        ["--loopback-host", "host docker"],
        ["--worker-url", "127.0.0.1:8787"],
    ] {
        // With a port that nobody may take, in case that it starts all the same.
        let output = run(&[&["--port", "0", "--listen", "192.0.2.1"], &args[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(" is expected"), "{args:?}: {}", said(&output));
    }
}

#[test]
fn help_names_every_verb_and_option() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    for word in [
        "serve",
        "merchants",
        "credentials",
        "call",
        "check",
        "--port",
        "--listen",
        "--tls-listen",
        "--state",
        "--merchants",
        "--control-host",
        "--loopback-host",
        "--quiet",
        "--worker-url",
        "Examples:",
    ] {
        assert!(help.contains(word), "{word}");
    }
    let version = String::from_utf8(run(&["--version"]).stdout).unwrap();
    assert_eq!(version, format!("saoma-sandbox {}\n", env!("CARGO_PKG_VERSION")));
}

#[cfg(unix)]
#[tokio::test]
async fn keys_are_whole_or_not_there_however_the_program_is_killed() {
    let folder = Folder::new("halves");
    let file = file_in(&folder, |_| {});
    let state = folder.0.join("state");
    let mut written = 0;
    for round in 0..30 {
        let args = ["merchants", "--merchants", &file, "--state", state.to_str().unwrap()];
        let mut child =
            Command::new(PROGRAM).args(args).stdout(std::process::Stdio::null()).spawn().unwrap();
        // From before it has begun to after it is done; which moment is met does not matter.
        tokio::time::sleep(Duration::from_millis(round)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        match Credentials::kept_in(&state).unwrap() {
            Some(kept) => {
                assert!(kept == credentials());
                written += 1;
                std::fs::remove_file(state.join("credentials.json")).unwrap();
            }
            None => assert!(!state.join("credentials.json").exists()),
        }
    }
    // What was left half-written under another name is in nobody's way, and the next sandbox that
    // has the folder to itself removes it.
    std::fs::write(state.join("credentials.json.99999999"), "{").unwrap();
    assert!(
        run(&["merchants", "--merchants", &file, "--state", state.to_str().unwrap()])
            .status
            .success()
    );
    assert!(kept(&state) == credentials(), "{written} of 30 were written");
    drop(Running::start(&state));
    let left: Vec<_> =
        std::fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let mut keys =
        left.iter().filter(|name| name.to_str().unwrap().starts_with("credentials.json"));
    assert_eq!((keys.next().unwrap().to_str(), keys.next()), (Some("credentials.json"), None));
}
