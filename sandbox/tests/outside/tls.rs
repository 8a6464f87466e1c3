//! The TLS door: who is let in, what they find there, and that it is as patient as it says and no
//! more.

use std::io::{Read, Write};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use sandbox::merchant::Credentials;
use sandbox::serve::{self, Doors};
use sandbox::store::{Saved, Store};
use sandbox::tls::Doorman;
use sandbox::tls::identity::{self, Identity};
use sandbox::world::{Settings, World, wall_now};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::shop::{Reply, Shop, credentials};

/// Two RSA keys and two signatures, so that all tests of one run share them.
fn identity() -> Identity {
    static MADE: OnceLock<Identity> = OnceLock::new();
    let made = || {
        let hosts = identity::hosts("127.0.0.1:0".parse().unwrap(), &["sandbox".to_owned()]);
        Identity::new(hosts, u64::try_from(wall_now()).unwrap()).unwrap()
    };
    MADE.get_or_init(made).clone()
}

/// A sandbox with both doors, in this process.
pub(crate) struct Sandbox {
    /// By the plain door.
    pub(crate) shop: Shop,
    /// Of the TLS door.
    pub(crate) address: std::net::SocketAddr,
    authority_pem: String,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
}

/// What somebody shows at the door.
pub(crate) type Shown<'a> = Option<(&'a str, &'a str)>;

impl Sandbox {
    pub(crate) async fn open() -> Self {
        Self::of(credentials()).await
    }

    /// One whose merchants are these.
    pub(crate) async fn of(credentials: Credentials) -> Self {
        let identity = identity();
        let authority_pem = identity.authority_pem.clone();
        let settings =
            Settings { tls_authority_pem: Some(authority_pem.clone()), ..Settings::default() };
        let (store, saved) = (Store::in_memory(), Saved::default());
        let world = World::new(credentials.clone(), store, saved, settings);
        let world = Arc::new(world.unwrap());
        let any = "127.0.0.1:0".parse().unwrap();
        let (plain, base) = serve::listen(any).await.unwrap();
        let (tls, address) = serve::listen(any).await.unwrap();
        let doorman = Doorman::new(&identity, Arc::clone(&world)).unwrap();
        let doors = Doors::from(plain).and_tls(tls, doorman);
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve::serve(world, doors, async {
            let _ = stopped.await;
        }));
        let shop = Shop::at(format!("http://{base}"), credentials);
        Self { shop, address, authority_pem, stop: Some(stop), served: Some(served) }
    }

    /// A handshake under a host's name. In TLS 1.3 a client has ended it before it hears that its
    /// certificate is not taken, so that the first answer tells.
    pub(crate) async fn connect(
        &self,
        host: &'static str,
        shown: Shown<'_>,
        version: &'static SupportedProtocolVersion,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority_pem.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots);
        let config = match shown {
            None => config.with_no_client_auth(),
            Some((certificate_pem, private_key_pem)) => {
                let chain = CertificateDer::from_pem_slice(certificate_pem.as_bytes()).unwrap();
                let key = PrivateKeyDer::from_pem_slice(private_key_pem.as_bytes()).unwrap();
                config.with_client_auth_cert(vec![chain], key).unwrap()
            }
        };
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from(host).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// One request over a connection of its own.
    pub(crate) async fn send(
        &self,
        shown: Shown<'_>,
        request: Request<Full<Bytes>>,
    ) -> Result<Reply, String> {
        self.send_as(shown, &TLS13, request).await
    }

    async fn send_as(
        &self,
        shown: Shown<'_>,
        version: &'static SupportedProtocolVersion,
        request: Request<Full<Bytes>>,
    ) -> Result<Reply, String> {
        let stream = self.connect("localhost", shown, version).await.map_err(words)?;
        exchange(stream, request).await
    }
}

/// The innermost reason.
fn words(error: impl std::error::Error + 'static) -> String {
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

async fn exchange(
    stream: TlsStream<TcpStream>,
    request: Request<Full<Bytes>>,
) -> Result<Reply, String> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(words)?;
    let talking = tokio::spawn(connection);
    let (parts, body) = match sender.send_request(request).await {
        Ok(answer) => answer.into_parts(),
        // The connection's own end says more: an alert, where there was one.
        Err(error) => return Err(talking.await.unwrap().err().map_or_else(|| words(error), words)),
    };
    let body = body.collect().await.map_err(words)?.to_bytes().to_vec();
    Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, body })
}

pub(crate) fn get(target: &str) -> Request<Full<Bytes>> {
    Request::get(target).header("host", "localhost").body(Full::default()).unwrap()
}

/// A certificate of nobody here, made for a key that its holder does have.
fn strangers() -> (String, String) {
    let other = Identity::new(vec!["localhost".to_owned()], 1_735_700_000).unwrap();
    (other.certificate_pem, other.private_key_pem)
}

#[tokio::test]
async fn every_path_is_served_at_both_doors_with_and_without_a_certificate() {
    let sandbox = Sandbox::open().await;
    let Credentials { certificate_pem, private_key_pem, .. } = &sandbox.shop.credentials;
    let partner = &sandbox.shop.credentials.partner;
    for shown in [
        None,
        Some((certificate_pem.as_str(), private_key_pem.as_str())),
        Some((partner.certificate_pem.as_str(), partner.private_key_pem.as_str())),
    ] {
        for version in [&TLS12, &TLS13] {
            let reply = sandbox.send_as(shown, version, get("/sandbox/clock")).await.unwrap();
            assert_eq!(reply.status, 200);
            assert_eq!(reply.json()["advanced_s"], 0);
        }
    }
    let authority = sandbox.shop.send("GET", "/sandbox/files/tls_ca.pem", "", &[]).await.unwrap();
    assert_eq!(String::from_utf8(authority.body).unwrap(), sandbox.authority_pem);
}

#[tokio::test]
async fn the_certificate_has_the_names_that_it_should() {
    let sandbox = Sandbox::open().await;
    for host in ["localhost", "127.0.0.1", "::1", "api.mch.weixin.qq.com", "sandbox"] {
        let stream = sandbox.connect(host, None, &TLS13).await.unwrap();
        let protocol = stream.get_ref().1.protocol_version();
        assert_eq!(protocol, Some(rustls::ProtocolVersion::TLSv1_3), "{host}");
    }
    let other = sandbox.connect("pay.weixin.qq.com", None, &TLS13).await.unwrap_err();
    assert!(other.to_string().contains("not valid for name"), "{other}");
}

#[tokio::test]
async fn a_strangers_certificate_and_a_replaced_one_end_the_handshake() {
    let sandbox = Sandbox::open().await;
    let (certificate, key) = strangers();
    let asked = |shown, version| sandbox.send_as(shown, version, get("/sandbox/clock"));
    for version in [&TLS12, &TLS13] {
        let refused = asked(Some((certificate.as_str(), key.as_str())), version).await;
        let refused = refused.err().unwrap();
        assert!(refused.contains("UnknownCA"), "{refused}");
    }
    // A second certificate, and the first one is out of force.
    let path = "merchant/certificate";
    let (_, issued) = sandbox.shop.control("POST", path, json!({})).await;
    let old = &sandbox.shop.credentials;
    let shown = (old.certificate_pem.as_str(), old.private_key_pem.as_str());
    assert_eq!(asked(Some(shown), &TLS13).await.unwrap().status, 200);
    let (status, said) =
        sandbox.shop.control("POST", path, json!({ "retire": old.serial_no })).await;
    assert_eq!(status, 200, "{said}");
    for version in [&TLS12, &TLS13] {
        let refused = asked(Some(shown), version).await.err().unwrap();
        assert!(refused.contains("CertificateRevoked"), "{refused}");
    }
    let (_, now) = sandbox.shop.control("GET", "merchant", Value::Null).await;
    // The merchant's first, the partner's, and the new one.
    assert_eq!(issued["data"].as_array().map(Vec::len), Some(3));
    let text = |name: &str| now[name].as_str().unwrap().to_owned();
    let (certificate, key) = (text("certificate_pem"), text("private_key_pem"));
    assert_eq!(asked(Some((&certificate, &key)), &TLS13).await.unwrap().status, 200);
}

#[tokio::test]
async fn whoever_has_a_certificate_but_not_its_key_is_not_let_in() {
    let sandbox = Sandbox::open().await;
    let Credentials { certificate_pem, partner, .. } = &sandbox.shop.credentials;
    // A client that takes any key for any certificate.
    #[derive(Debug)]
    struct Bold(Arc<rustls::sign::CertifiedKey>);
    impl rustls::client::ResolvesClientCert for Bold {
        fn resolve(
            &self,
            _: &[&[u8]],
            _: &[rustls::SignatureScheme],
        ) -> Option<Arc<rustls::sign::CertifiedKey>> {
            Some(Arc::clone(&self.0))
        }
        fn has_certs(&self) -> bool {
            true
        }
    }
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let key = PrivateKeyDer::from_pem_slice(partner.private_key_pem.as_bytes()).unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(certificate_pem.as_bytes()).unwrap()];
    let bold = Bold(Arc::new(rustls::sign::CertifiedKey::new(chain, key)));
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(sandbox.authority_pem.as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(bold));
    let stream = TcpStream::connect(sandbox.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let refused = exchange(stream, get("/sandbox/clock")).await.err().unwrap();
    assert!(refused.contains("DecryptError"), "{refused}");
}

#[tokio::test]
async fn what_is_no_handshake_gets_nothing_and_harms_nobody() {
    let sandbox = Sandbox::open().await;
    let address = sandbox.address;
    for noise in [&b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"[..], &[0x16; 2_000], &[0; 64]] {
        let spoken = tokio::task::spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            let _ = stream.write_all(noise);
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            answer
        });
        let answer = spoken.await.unwrap();
        // At most an alert, and the end.
        assert!(answer.len() <= 7 && !answer.starts_with(b"HTTP"), "{answer:?}");
    }
    assert_eq!(sandbox.send(None, get("/sandbox/clock")).await.unwrap().status, 200);
}

#[tokio::test]
async fn whoever_never_ends_the_handshake_is_hung_up_on() {
    let sandbox = Sandbox::open().await;
    let mut silent = std::net::TcpStream::connect(sandbox.address).unwrap();
    // Longer than the door waits, so that a door which waits for ever is an error here.
    silent.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let heard = tokio::task::spawn_blocking(move || silent.read(&mut [0; 64]).unwrap());
    assert_eq!(heard.await.unwrap(), 0);
}

#[tokio::test]
async fn told_to_stop_it_waits_for_no_handshake_and_no_idle_connection() {
    let mut sandbox = Sandbox::open().await;
    let silent = TcpStream::connect(sandbox.address).await.unwrap();
    let idle = sandbox.connect("localhost", None, &TLS13).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(idle)).await.unwrap();
    let talking = tokio::spawn(connection);
    let answer = sender.send_request(get("/sandbox/clock")).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    answer.into_body().collect().await.unwrap();
    sandbox.stop.take().unwrap().send(()).unwrap();
    sandbox.served.take().unwrap().await.unwrap();
    // Closed in order: the client is told, so that nothing is cut off.
    assert!(talking.await.unwrap().is_ok());
    drop(silent);
    assert!(TcpStream::connect(sandbox.address).await.is_err());
}

#[tokio::test]
async fn a_bill_asked_for_over_tls_is_fetched_over_tls() {
    let sandbox = Sandbox::open().await;
    let code = sandbox.shop.place("T20250101000001", "http://127.0.0.1:9/n").await;
    sandbox.shop.pay(&code).await;
    let (_, clock) = sandbox.shop.control("GET", "clock", Value::Null).await;
    let date = clock["now"].as_str().unwrap()[..10].to_owned();
    sandbox.shop.advance(2 * 86_400).await;
    let target = format!("/v3/bill/tradebill?bill_date={date}");
    let authorization = sandbox.shop.authorization("GET", &target, "", wall_now());
    let request = Request::get(&target)
        .header("host", "localhost:8789")
        .header("authorization", authorization)
        .header("accept", "*/*")
        .header("user-agent", "test");
    let reply = sandbox.send(None, request.body(Full::default()).unwrap()).await.unwrap();
    let address = reply.json()["download_url"].as_str().unwrap().to_owned();
    assert!(address.starts_with("https://localhost:8789/v3/billdownload/file?token="), "{address}");
    let plain = sandbox.shop.call("GET", &target, "").await.json();
    assert!(plain["download_url"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{plain}");
}
