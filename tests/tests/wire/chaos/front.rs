//! TLS in front of a mock server, with HTTP/1.1 or HTTP/2.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::{Bytes, BytesMut};
use h2::server::{Connection, SendResponse};
use h2::{Reason, RecvStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::server::TlsStream;

use crate::tls::acceptor;

/// Passes requests on to a server at `base`.
pub(crate) struct Front {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    base: String,
    http: reqwest::Client,
    /// The number of times that all connections were given up.
    given_up: watch::Sender<usize>,
    refuses_next: AtomicBool,
    connections: AtomicUsize,
}

impl Front {
    pub(crate) async fn start(base: String, protocols: &[&[u8]]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let acceptor = acceptor(protocols);
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let shared = Arc::new(Shared {
            base,
            http,
            given_up: watch::Sender::new(0),
            refuses_next: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
        });
        let accepting = shared.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                // No byte waits in the kernel, whose time is not that of the test.
                socket.set_nodelay(true).expect("an open socket");
                accepting.connections.fetch_add(1, Ordering::Relaxed);
                let (shared, accept) = (accepting.clone(), acceptor.accept(socket));
                tokio::spawn(async move {
                    if let Ok(stream) = accept.await {
                        shared.serve(stream).await;
                    }
                });
            }
        });
        Self { address, shared }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the number of connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Gives up a connection or a request before two of three calls.
    pub(crate) fn give_up(&self, number: usize) {
        match number % 3 {
            0 => self.go_away(),
            1 => self.refuse_next(),
            _ => {}
        }
    }

    /// Announces on each connection that it takes no more requests.
    fn go_away(&self) {
        self.shared.given_up.send_modify(|count| *count += 1);
    }

    /// Refuses the next request without passing it on.
    fn refuse_next(&self) {
        self.shared.refuses_next.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, mut stream: TlsStream<TcpStream>) {
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            if let Ok(connection) = h2::server::handshake(stream).await {
                self.serve_http2(connection).await;
            }
            return;
        }
        let address = self.base.trim_start_matches("http://");
        if let Ok(mut server) = TcpStream::connect(address).await {
            server.set_nodelay(true).expect("an open socket");
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
        }
    }

    async fn serve_http2(self: Arc<Self>, mut connection: Connection<TlsStream<TcpStream>, Bytes>) {
        let mut given_up = self.given_up.subscribe();
        loop {
            let accepted = tokio::select! {
                accepted = connection.accept() => accepted,
                _ = given_up.changed() => {
                    connection.graceful_shutdown();
                    continue;
                }
            };
            let Some(Ok((request, mut respond))) = accepted else { return };
            if self.refuses_next.swap(false, Ordering::Relaxed) {
                respond.send_reset(Reason::REFUSED_STREAM);
                continue;
            }
            let shared = self.clone();
            tokio::spawn(async move {
                // The client may have gone meanwhile.
                let _ = shared.forward(request, respond).await;
            });
        }
    }

    async fn forward(
        &self,
        request: http::Request<RecvStream>,
        mut respond: SendResponse<Bytes>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let (head, mut body) = request.into_parts();
        let mut bytes = BytesMut::new();
        while let Some(chunk) = body.data().await {
            let chunk = chunk?;
            body.flow_control().release_capacity(chunk.len())?;
            bytes.extend_from_slice(&chunk);
        }
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let request = self.http.request(head.method, format!("{}{path}", self.base));
        let mut response = request.headers(head.headers).body(bytes.freeze()).send().await?;
        let mut head = http::Response::builder().status(response.status()).body(())?;
        *head.headers_mut() = response.headers().clone();
        head.headers_mut().remove("transfer-encoding");
        head.headers_mut().remove("connection");
        let mut stream = respond.send_response(head, false)?;
        while let Some(chunk) = response.chunk().await? {
            stream.send_data(chunk, false)?;
        }
        stream.send_data(Bytes::new(), true)?;
        Ok(())
    }
}
