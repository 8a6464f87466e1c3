//! Opens the doors and keeps them open until told to stop.
//!
//! The accept loop is our own, because one thing that the platform does now and then no web
//! framework offers: to take a request, act on it, and hang up without a word.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::gateway::{ReplyDelayed, ReplyDropped};
use crate::tls::{Doorman, Guest};
use crate::world::World;
use crate::{console, control, postman, v2, v3};

/// How long open requests may take once we have been told to stop.
const GOODBYE_WITHIN: Duration = Duration::from_secs(2);

/// The answer is lost on purpose.
#[derive(Debug)]
struct HungUp;

impl fmt::Display for HungUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hung up on purpose")
    }
}

impl std::error::Error for HungUp {}

/// Everything that is served.
pub fn router(world: Arc<World>) -> Router {
    v3::routes(&world)
        .merge(v2::routes(&world))
        .merge(control::routes(&world))
        .merge(console::routes())
        .with_state(world)
}

/// Where callers come in: over plain http, and perhaps over TLS too.
pub struct Doors {
    plain: TcpListener,
    tls: Option<(TcpListener, Doorman)>,
}

impl From<TcpListener> for Doors {
    fn from(plain: TcpListener) -> Self {
        Self { plain, tls: None }
    }
}

impl Doors {
    /// With a second door.
    pub fn and_tls(self, listener: TcpListener, doorman: Doorman) -> Self {
        Self { tls: Some((listener, doorman)), ..self }
    }

    /// The next one to come, and who meets them if it is at the TLS door.
    async fn accept(&self) -> std::io::Result<(TcpStream, Option<&Doorman>)> {
        let Some((listener, doorman)) = &self.tls else {
            return self.plain.accept().await.map(|(stream, _)| (stream, None));
        };
        tokio::select! {
            accepted = self.plain.accept() => accepted.map(|(stream, _)| (stream, None)),
            accepted = listener.accept() => accepted.map(|(stream, _)| (stream, Some(doorman))),
        }
    }
}

/// Serves, and sends notifications, until `stop` comes.
pub async fn serve(world: Arc<World>, doors: impl Into<Doors>, stop: impl Future<Output = ()>) {
    let doors = doors.into();
    let postman = tokio::spawn(postman::run(Arc::clone(&world)));
    let connections = GracefulShutdown::new();
    // An answer that waits on purpose waits no longer once we have been told to stop.
    let (open, closing) = watch::channel(());
    let host = Host { service: TowerToHyperService::new(router(Arc::clone(&world))), closing };
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = doors.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, doorman)) => {
                // Small answers go out at once; this never fails on a connected socket.
                let _ = stream.set_nodelay(true);
                let (host, watcher) = (host.clone(), connections.watcher());
                match doorman.cloned() {
                    None => tokio::spawn(host.converse(stream, None, watcher)),
                    Some(doorman) => tokio::spawn(host.greet(stream, doorman, watcher)),
                };
            }
            // Out of file descriptors, most likely: give the others time to close some.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    drop((open, doors, host));
    postman.abort();
    world.pulse.end();
    // Whoever is not done by then is cut off.
    let _ = tokio::time::timeout(GOODBYE_WITHIN, connections.shutdown()).await;
}

/// Talks with one caller.
#[derive(Clone)]
struct Host {
    service: TowerToHyperService<Router>,
    closing: watch::Receiver<()>,
}

impl Host {
    /// Whoever is still at the handshake when we are told to stop has asked for nothing yet.
    async fn greet(mut self, stream: TcpStream, doorman: Doorman, watcher: Watcher) {
        let welcomed = tokio::select! {
            welcomed = doorman.welcome(stream) => welcomed,
            _ = self.closing.changed() => None,
        };
        if let Some((stream, guest)) = welcomed {
            self.converse(stream, Some(guest), watcher).await;
        }
    }

    async fn converse<S>(self, stream: S, guest: Option<Guest>, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { service, closing } = self;
        let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(
            TokioIo::new(stream),
            service_fn(move |mut request: Request<Incoming>| {
                if let Some(guest) = &guest {
                    request.extensions_mut().insert(guest.clone());
                }
                let answer = service.call(request);
                hang_up_if_asked(answer, closing.clone())
            }),
        );
        // A caller that goes away, and one that we hang up on, end in an error here.
        let _ = watcher.watch(connection).await;
    }
}

/// A wait ends with the connection too: hyper forgets this future when the caller hangs up.
async fn hang_up_if_asked(
    answer: impl Future<Output = Result<axum::response::Response, Infallible>>,
    mut closing: watch::Receiver<()>,
) -> Result<axum::response::Response, HungUp> {
    let answer = match answer.await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    if let Some(ReplyDelayed(delay)) = answer.extensions().get() {
        // Nothing is ever sent: the channel closes when its other end is dropped.
        let _ = tokio::time::timeout(*delay, closing.changed()).await;
    }
    if answer.extensions().get::<ReplyDropped>().is_some() {
        return Err(HungUp);
    }
    Ok(answer)
}

/// Opens the port. `0` takes any free one; the answer says which.
pub async fn listen(address: SocketAddr) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpStream;

    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn an_answer_that_hangs_is_forgotten_when_the_caller_hangs_up() {
        let (listener, address) = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (_open, closing) = watch::channel(());
        let (arrived, mut arrivals) = mpsc::unbounded_channel();
        let answer = move |_| {
            arrived.send(()).unwrap();
            let mut answer = axum::response::Response::new(axum::body::Body::empty());
            // A day: nobody waits for it here.
            answer.extensions_mut().insert(ReplyDelayed(Duration::from_secs(86_400)));
            answer.extensions_mut().insert(ReplyDropped);
            hang_up_if_asked(std::future::ready(Ok(answer)), closing.clone())
        };
        let mut caller = TcpStream::connect(address).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
        let serving = tokio::spawn(async move { connection.await.is_ok() });
        caller.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        arrivals.recv().await.unwrap();
        drop(caller);
        // The connection ends, and with it everything that it held.
        let ended = tokio::time::timeout(Duration::from_secs(30), serving).await;
        assert!(!ended.unwrap().unwrap());
        assert_eq!(arrivals.recv().await, None);
    }
}
