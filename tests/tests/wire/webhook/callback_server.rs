//! A server that receives callbacks on a real socket, and a client that sends raw bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::{FromRef, State};
use axum::routing::post;
use coze_api::HeaderMap;
use coze_api::webhook::{
    BotPublishedResponse, Callback, Deduplicator, Signer, Verifier, WebhookEvent, WebhookResponse,
};
use coze_tests::oauth::TestClock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// The token of the callback app.
pub(crate) const TOKEN: &str = "OYDacMzM3WyOWV3Dtj2bHRMymzxPTEST";

/// A running server; it stops when it is dropped.
pub(crate) struct CallbackServer {
    address: String,
    /// The clock of the server.
    pub(crate) clock: TestClock,
    handled: mpsc::UnboundedReceiver<Callback>,
    failing: Arc<AtomicBool>,
    task: AbortHandle,
}

#[derive(Clone)]
struct Shared {
    verifier: Verifier,
    seen: Arc<Deduplicator>,
    handled: mpsc::UnboundedSender<Callback>,
    failing: Arc<AtomicBool>,
}

impl FromRef<Shared> for Verifier {
    fn from_ref(shared: &Shared) -> Self {
        shared.verifier.clone()
    }
}

async fn receive(State(shared): State<Shared>, callback: Callback) -> WebhookResponse {
    let answer = match &callback.event {
        WebhookEvent::BotPublished(bot) if bot.bot_name.is_empty() => {
            BotPublishedResponse::rejected("A bot needs a name.").into()
        }
        WebhookEvent::BotPublished(bot) => BotPublishedResponse::approved()
            .share_link(format!("https://example.com/{}/{}", bot.user(), bot.bot()))
            .into(),
        _ => WebhookResponse::ok(),
    };
    let id = callback.header.event_id.clone();
    if !shared.seen.insert(&id) {
        return answer;
    }
    shared.handled.send(callback).expect("the test listens");
    if shared.failing.load(Ordering::SeqCst) {
        shared.seen.forget(&id);
        return WebhookResponse::failed();
    }
    answer
}

impl CallbackServer {
    /// Starts a server for the callbacks of one app, with a stopped clock.
    pub(crate) async fn start() -> Self {
        let clock = TestClock::stopped();
        let verifier = Verifier::new(TOKEN).expect("a token").clock(clock.clone());
        Self::with(verifier, clock).await
    }

    /// Starts a server with this verifier.
    pub(crate) async fn with(verifier: Verifier, clock: TestClock) -> Self {
        let (sender, handled) = mpsc::unbounded_channel();
        let failing = Arc::new(AtomicBool::new(false));
        let shared =
            Shared { verifier, seen: Arc::default(), handled: sender, failing: failing.clone() };
        let app = Router::new().route("/coze", post(receive)).with_state(shared);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, clock, handled, failing, task: server.abort_handle() }
    }

    /// Makes the handler fail, or succeed.
    pub(crate) fn fail(&self, failing: bool) {
        self.failing.store(failing, Ordering::SeqCst);
    }

    /// Returns the callbacks that the handler has received since the last call.
    pub(crate) fn handled(&mut self) -> Vec<Callback> {
        std::iter::from_fn(|| self.handled.try_recv().ok()).collect()
    }

    /// Returns the headers that sign a body at the current time.
    pub(crate) fn sign(&self, body: &[u8]) -> HeaderMap {
        Signer::new(TOKEN).expect("a token").clock(self.clock.clone()).headers(body)
    }

    /// Sends a signed delivery and returns the response.
    pub(crate) async fn deliver(&self, body: &str) -> Reply {
        self.send(&lines(&self.sign(body.as_bytes())), body.as_bytes()).await
    }

    /// Sends a delivery with these header lines and returns the response.
    pub(crate) async fn send(&self, headers: &[String], body: &[u8]) -> Reply {
        let length = format!("content-length: {}", body.len());
        let head = head(headers.iter().chain([&length]));
        self.exchange(&[head.as_bytes(), body].concat()).await
    }

    /// Sends bytes and returns the response.
    pub(crate) async fn exchange(&self, request: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(&self.address).await.expect("a server");
        // The server may respond before it has read everything.
        let _ = stream.write_all(request).await;
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply).await;
        Reply(String::from_utf8(reply).expect("text"))
    }

    /// Sends bytes and disconnects.
    pub(crate) async fn break_off(&self, request: &[u8]) {
        let mut stream = TcpStream::connect(&self.address).await.expect("a server");
        stream.write_all(request).await.expect("sent");
        stream.shutdown().await.expect("closed");
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply).await;
    }
}

impl Drop for CallbackServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The head of a request after which the connection ends.
pub(crate) fn head<'a>(headers: impl IntoIterator<Item = &'a String>) -> String {
    let mut head = "POST /coze HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n".to_owned();
    for line in headers {
        head.extend([line, "\r\n"]);
    }
    head.push_str("\r\n");
    head
}

/// Formats headers as lines.
pub(crate) fn lines(headers: &HeaderMap) -> Vec<String> {
    let text = |value: &http::HeaderValue| value.to_str().expect("text").to_owned();
    headers.iter().map(|(name, value)| format!("{name}: {}", text(value))).collect()
}

/// A response as received.
#[derive(Debug)]
pub(crate) struct Reply(pub(crate) String);

impl Reply {
    /// Returns the HTTP status, or 0 without a response.
    pub(crate) fn status(&self) -> u16 {
        let status = self.0.split(' ').nth(1);
        status.map_or(0, |status| status.parse().expect("a status"))
    }

    pub(crate) fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    pub(crate) fn is_json(&self) -> bool {
        self.0.contains("\r\ncontent-type: application/json\r\n")
    }
}
