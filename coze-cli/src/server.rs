//! Serves routers, with limits on connections, and on the time in which heads and bodies arrive.
//!
//! All servers of the program use it, so that no client can keep the others out.

mod pace;

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Request, Response, StatusCode, Version, header};
use axum::response::IntoResponse as _;
use coze_api::BoxFuture;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use pace::Paced;

use crate::language::text;

/// The timeout for the head of a request, which also limits the idle time between requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum number of connections. Others wait in the backlog until one ends.
const MAX_CONNECTIONS: usize = 256;
/// The delay after a failure to accept a connection, for example because too many files are open.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);
/// The time that requests have to end after a signal.
const GRACE: Duration = Duration::from_secs(3);

/// Serves connections until the future is dropped, which closes them.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    serve_until(listener, router, std::future::pending()).await;
}

/// Serves connections until `stop` completes. Requests then have a short time to end.
pub(crate) async fn serve_until(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let (stopping, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            (stream, client, permit) = accept(&listener, &permits) => {
                let connection = serve_connection(stream, client, router.clone(), stopped.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop((listener, stopping));
    let ended = async { while connections.join_next().await.is_some() {} };
    // Requests that take longer are dropped, which cancels their calls.
    let _ = tokio::time::timeout(GRACE, ended).await;
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed.
    let permit = permits.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, client)) => return (stream, client, permit),
            Err(_) => tokio::time::sleep(ACCEPT_RETRY_DELAY).await,
        }
    }
}

async fn serve_connection(
    stream: TcpStream,
    client: SocketAddr,
    router: Router,
    mut stopped: watch::Receiver<()>,
) {
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<Incoming>| {
        let is_valid = has_valid_host(&request);
        let mut request = request.map(|body| Body::new(Paced::new(body)));
        request.extensions_mut().insert(ConnectInfo(client));
        let response = service.call(request);
        async move { if is_valid { response.await } else { Ok(bad_host()) } }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    // A broken connection does not affect others.
    tokio::select! {
        _ = connection.as_mut() => return,
        // The sender is dropped.
        _ = stopped.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// Returns `true` if a request names one host. A server must refuse all others, because programs in
/// front of it may have understood another host.
fn has_valid_host<T>(request: &Request<T>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.version() < Version::HTTP_11,
        (Some(host), None) => is_authority(host),
        _ => false,
    }
}

fn is_authority(host: &HeaderValue) -> bool {
    let authority = Authority::try_from(host.as_bytes());
    // Otherwise it has the form `user@host`.
    authority.is_ok_and(|authority| !authority.as_str().contains('@'))
}

fn bad_host() -> Response<Body> {
    let message = text(
        "a request needs one header Host with the name of a host\n",
        "请求必须有且只有一个 Host 请求头，其值为主机名\n",
    );
    (StatusCode::BAD_REQUEST, message).into_response()
}

/// Completes when the program is interrupted or terminated, also before the future is polled: a
/// user may press Ctrl-C as soon as a server says that it runs.
pub(crate) fn shutdown_signal() -> BoxFuture<'static, ()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        // The last one means that the terminal was closed.
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        // If signals are not available, wait forever.
        let mut signals: Vec<_> = kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect();
        Box::pin(std::future::poll_fn(move |cx| {
            let mut signals = signals.iter_mut();
            if signals.any(|signal| signal.poll_recv(cx).is_ready()) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }))
    }
    #[cfg(not(unix))]
    Box::pin(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
