//! Every way to name a machine that is none of the shop's, refused by its reason.

use super::*;

fn public(text: &str) -> Result<String, BadWebhookUrl> {
    WebhookUrl::parse(text, Network::Public).map(|url| url.as_str().to_owned())
}

fn development(text: &str) -> Result<String, BadWebhookUrl> {
    WebhookUrl::parse(text, Network::Loopback).map(|url| url.as_str().to_owned())
}

#[test]
fn a_public_https_address_is_called_as_it_was_written() {
    for url in [
        "https://shop.example.com/webhooks/saoma",
        "https://shop.example.com/a/b?token=c%20d&e=f",
        "https://shop.example.com:8443/x",
        "https://xn--zfr164b.xn--fiqs8s/x",
        "https://a-1.b--2.co/~x/*(y);z=@,!$'+[]:",
        "https://10.0.0.1.example.com/",
        "https://0x7f.example.com/",
    ] {
        assert_eq!(public(url).as_deref(), Ok(url));
        assert_eq!(development(url).as_deref(), Ok(url));
    }
}

#[test]
fn one_address_has_one_spelling() {
    for (written, called) in [
        ("https://Shop.Example.COM/Path", "https://shop.example.com/Path"),
        ("https://shop.example.com", "https://shop.example.com/"),
        ("https://shop.example.com?a=b", "https://shop.example.com/?a=b"),
        ("https://shop.example.com:443/a", "https://shop.example.com:443/a"),
    ] {
        assert_eq!(public(written).as_deref(), Ok(called));
    }
    let url = WebhookUrl::parse("https://Shop.example.com:8443/secret", Network::Public).unwrap();
    assert_eq!(url.host(), "shop.example.com");
    assert!(url.is_https());
}

#[test]
fn no_number_is_a_host_however_it_is_spelt() {
    for host in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "8.8.8.8",
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "1.2.3.0x4",
        "shop.example.0x",
        "shop.example.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[fd00::1]",
        "[fe80::1%25eth0]",
        "[2606:4700::1111]",
    ] {
        let url = format!("https://{host}/x");
        assert_eq!(public(&url), Err(BadWebhookUrl::Address), "{host}");
        let with_port = format!("https://{host}:443/x");
        assert_eq!(public(&with_port), Err(BadWebhookUrl::Address), "{host}");
    }
}

#[test]
fn names_of_private_networks_are_refused() {
    for host in [
        "localhost",
        "LOCALHOST",
        "shop",
        "intranet",
        "a.localhost",
        "printer.local",
        "metadata.google.internal",
        "router.home",
        "router.home.arpa",
        "1.0.0.127.in-addr.arpa",
        "shop.lan",
        "shop.corp",
        "shop.test",
        "shop.example",
        "shop.invalid",
        "shop.onion",
        "localhost.localdomain",
    ] {
        let url = format!("https://{host}/x");
        assert_eq!(public(&url), Err(BadWebhookUrl::NotPublic), "{host}");
    }
}

#[test]
fn what_is_no_name_is_no_host() {
    let long_label = format!("{}.com", "a".repeat(64));
    let long_name = format!("{}com", "a.".repeat(126));
    for host in [
        "",
        ".",
        ".com",
        "shop..com",
        "shop.example.com.",
        "localhost.",
        "127.0.0.1.",
        "-shop.com",
        "shop-.com",
        "shop_1.com",
        "shop.c",
        "shop.c0m",
        "shop.com%2einternal",
        "127.0.0.1%00.example.com",
        "shop.com:8443:443",
        "::1",
        &long_label,
        &long_name,
    ] {
        let url = format!("https://{host}/x");
        assert_eq!(public(&url), Err(BadWebhookUrl::Host), "{host}");
    }
    let longest = format!("https://{}.{}a.com/", "a".repeat(63), "a.".repeat(92));
    assert!(public(&longest).is_ok(), "253 characters are a name");
}

#[test]
fn what_parsers_read_differently_is_refused() {
    for (url, mistake) in [
        ("https://shop.com\\@127.0.0.1/", BadWebhookUrl::Character),
        ("https://shop.com\t/x", BadWebhookUrl::Character),
        (" https://shop.com/x", BadWebhookUrl::Character),
        ("https://shop.com/x\n", BadWebhookUrl::Character),
        ("https://店.com/x", BadWebhookUrl::Character),
        ("https://ｌocalhost/x", BadWebhookUrl::Character),
        ("https://127。0。0。1/x", BadWebhookUrl::Character),
        ("https://user@shop.com/x", BadWebhookUrl::UserInfo),
        ("https://user:pass@shop.com/x", BadWebhookUrl::UserInfo),
        ("https://shop.com@127.0.0.1/x", BadWebhookUrl::UserInfo),
        ("https://@shop.com/x", BadWebhookUrl::UserInfo),
        ("https://shop.com/x#y", BadWebhookUrl::Fragment),
        ("https://shop.com#@127.0.0.1/", BadWebhookUrl::Fragment),
        ("https:///shop.com/x", BadWebhookUrl::Host),
        ("https://?shop.com/x", BadWebhookUrl::Host),
        ("https:shop.com/x", BadWebhookUrl::Scheme),
        ("//shop.com/x", BadWebhookUrl::Scheme),
        ("shop.com/x", BadWebhookUrl::Scheme),
        ("HTTPS://shop.com/x", BadWebhookUrl::Scheme),
        ("http://shop.com/x", BadWebhookUrl::Scheme),
        ("file:///etc/passwd", BadWebhookUrl::Scheme),
        ("gopher://shop.com/x", BadWebhookUrl::Scheme),
        ("javascript://shop.com/x", BadWebhookUrl::Scheme),
    ] {
        assert_eq!(public(url), Err(mistake), "{url}");
    }
    let long = format!("https://shop.com/{}", "x".repeat(2_000 - 17));
    assert!(public(&long).is_ok());
    assert_eq!(public(&format!("{long}x")), Err(BadWebhookUrl::TooLong));
}

#[test]
fn only_ports_for_https_are_called() {
    for port in ["", "0", "0443", "+443", "65536", "80", "22", "25", "6379", "8080", "9200", "x"] {
        let url = format!("https://shop.com:{port}/x");
        assert_eq!(public(&url), Err(BadWebhookUrl::Port), "{port}");
    }
    for port in PORTS {
        assert!(public(&format!("https://shop.com:{port}/x")).is_ok(), "{port}");
    }
}

#[test]
fn a_developers_machine_may_be_told_by_plain_http_and_no_other() {
    for url in [
        "http://127.0.0.1:3000/webhook",
        "http://127.9.8.7:1/",
        "http://localhost:8080/",
        "http://[::1]:9/x",
        "https://localhost/x",
    ] {
        assert_eq!(development(url).as_deref(), Ok(url));
        assert!(public(url).is_err(), "{url}");
    }
    for (url, mistake) in [
        ("http://shop.com/x", BadWebhookUrl::Scheme),
        ("http://10.0.0.1/x", BadWebhookUrl::Scheme),
        ("http://192.168.0.7:3000/x", BadWebhookUrl::Scheme),
        ("http://127.0.0.1.nip.io/x", BadWebhookUrl::Scheme),
        ("http://127.0.0.01/x", BadWebhookUrl::Scheme),
        ("http://localhost.evil.com/x", BadWebhookUrl::Scheme),
        ("http://a.localhost/x", BadWebhookUrl::Scheme),
        ("ftp://localhost/x", BadWebhookUrl::Scheme),
        ("https://10.0.0.1/x", BadWebhookUrl::Address),
        ("https://shop.local/x", BadWebhookUrl::NotPublic),
    ] {
        assert_eq!(development(url), Err(mistake), "{url}");
    }
}
