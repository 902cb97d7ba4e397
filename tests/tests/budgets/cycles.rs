//! Descriptors and tasks stay constant however often something is done, canceled or dropped.
//!
//! `CYCLES` is the number of cycles of each kind: `CYCLES=100000 cargo test -p coze-tests --test
//! budgets cycles::`.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use coze_api::auth::{OAuthToken, PkceOAuthApp};
use coze_api::observe::{Observer, Outgoing};
use coze_api::{Client, Message, Upload};
use coze_mock::state::{BOT, PKCE_APP};
use coze_tests::child::Server;
use futures_util::{StreamExt as _, stream};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::{alone, client};

/// The number of cycles at the same time.
const CONCURRENCY: usize = 8;

/// The number of cycles of each kind.
fn cycles() -> usize {
    let given = std::env::var("CYCLES").ok();
    given.map_or(400, |number| number.parse().expect("a number of cycles"))
}

/// The resources of a process: file descriptors, and tasks of the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Resources {
    descriptors: usize,
    tasks: usize,
}

impl Resources {
    fn now() -> Self {
        let descriptors = std::fs::read_dir("/proc/self/fd").expect("Linux").count();
        Self { descriptors, tasks: Handle::current().metrics().num_alive_tasks() }
    }

    /// Waits until no more is held than `limit`, which ends of connections may take a moment for.
    async fn settle(limit: Self, what: &str) {
        let settled = async {
            loop {
                let held = Self::now();
                if held.descriptors <= limit.descriptors && held.tasks <= limit.tasks {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let settled = tokio::time::timeout(Duration::from_secs(20), settled).await;
        assert!(settled.is_ok(), "{what}: {:?} are held, not {limit:?}", Self::now());
    }
}

/// Runs a cycle many times. The number of connections that are kept for the next cycles has a
/// limit, and without the client nothing is left.
fn budget<F: Future<Output = ()>>(what: &str, cycle: impl Fn(Client, usize) -> F) {
    alone(async {
        let server = Server::start("server");
        let warm = client(server.base_url());
        warm.users().me().await.expect("a user");
        drop(warm);
        // The first cycle creates what the process keeps, such as its timer and its random numbers.
        let coze = client(server.base_url());
        cycle(coze.clone(), 0).await;
        drop(coze);
        tokio::time::sleep(Duration::from_millis(100)).await;
        let idle = Resources::now();

        let coze = client(server.base_url());
        let limit = Resources {
            descriptors: idle.descriptors + 2 * CONCURRENCY,
            tasks: idle.tasks + 3 * CONCURRENCY,
        };
        let (count, step) = (cycles(), 100);
        for first in (0..count).step_by(step) {
            let numbers = stream::iter(first..count.min(first + step));
            numbers.for_each_concurrent(CONCURRENCY, |n| cycle(coze.clone(), n)).await;
            Resources::settle(limit, what).await;
        }
        drop(coze);
        Resources::settle(idle, what).await;
    });
}

#[test]
fn calls() {
    budget("calls", |coze, _| async move {
        coze.users().me().await.expect("a user");
    });
}

fn chat(coze: &Client) -> coze_api::chat::CreateChat {
    coze.chat().create(BOT, "me").message(Message::user("Hello"))
}

#[test]
fn streams_that_end() {
    budget("whole streams", |coze, _| async move {
        let reply = chat(&coze).stream().await.expect("a stream").collect_reply().await;
        assert!(reply.expect("a reply").text().contains("Hello"));
    });
}

#[test]
fn streams_that_are_dropped() {
    budget("dropped streams", |coze, _| async move {
        // Without its end, which the connection would be used again after.
        let chat = chat(&coze).with_header("x-coze-mock-fault", "hang=1000");
        let mut events = chat.stream().await.expect("a stream");
        events.next().await.expect("an event").expect("an event");
    });
}

#[test]
fn downloads_that_are_dropped() {
    budget("dropped downloads", |coze, _| async move {
        let speech = coze.audio().speech().create("Hello", "4");
        let speech = speech.with_header("x-coze-mock-fault", "huge=256KiB");
        let mut speech = speech.await.expect("a file");
        speech.next().await.expect("a piece").expect("a piece");
    });
}

/// A file whose second half never comes.
struct Half {
    sent: bool,
    waits: Arc<Notify>,
}

impl AsyncRead for Half {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.sent {
            self.waits.notify_one();
            return Poll::Pending;
        }
        self.sent = true;
        buffer.put_slice(&vec![7; buffer.remaining().min(16 * 1024)]);
        Poll::Ready(Ok(()))
    }
}

#[test]
fn uploads_that_are_canceled() {
    budget("canceled uploads", |coze, _| async move {
        let waits = Arc::new(Notify::new());
        let half = Half { sent: false, waits: waits.clone() };
        let upload = Upload::reader("half.bin", half).length(32 * 1024);
        tokio::select! {
            done = coze.files().upload(upload) => panic!("{done:?}"),
            () = waits.notified() => {}
        }
    });
}

#[test]
fn renewals_that_fail() {
    budget("failed renewals", |coze, _| async move {
        let app = PkceOAuthApp::builder(PKCE_APP).base_url(coze.base_url());
        let app = app.http_client(coze_tests::mock::http().clone()).build().expect("an app");
        let token = OAuthToken::new("old", 1).with_refresh_token("unknown");
        let coze = coze.with_credentials(app.credentials().with_token(token));
        let error = coze.users().me().await.expect_err("the token is refused");
        assert!(error.is_auth(), "{error}");
    });
}

#[test]
fn sessions_that_are_dropped() {
    budget("dropped sessions", |coze, _| async move {
        let mut session = coze.realtime().chat(BOT).connect().await.expect("a session");
        session.next().await.expect("an event").expect("an event");
    });
}

/// Notices the second request of a poll: the chat exists, and its status is awaited.
struct Polled(Arc<Notify>);

impl Observer for Polled {
    fn sending(&self, request: &Outgoing<'_>) {
        if request.operation() == "chat.retrieve" {
            self.0.notify_one();
        }
    }
}

#[test]
fn polls_that_are_canceled() {
    budget("canceled polls", |coze, _| async move {
        let polled = Arc::new(Notify::new());
        let coze = coze.with_observer(Polled(polled.clone()));
        let poll = chat(&coze).and_poll().with_interval(Duration::from_millis(1));
        tokio::select! {
            biased;
            () = polled.notified() => {}
            reply = poll.into_future() => panic!("{reply:?}"),
        }
    });
}
