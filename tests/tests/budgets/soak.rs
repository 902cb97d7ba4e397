//! Memory does not grow with duration: an upload of 512 MiB, and 10,000 streams.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use coze_api::{Client, Message, Upload};
use coze_mock::state::BOT;
use coze_tests::child::Server;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::runtime::Handle;

use super::{ALLOCATOR, KIB, MIB, alone, client, peak_of};

async fn upload() {
    const SIZE: u64 = 512 * MIB as u64;
    const LIMIT: usize = 8 * MIB;
    let server = Server::start("server");
    let coze = client(server.base_url());
    // The file is sparse.
    let file = tempfile::NamedTempFile::new().expect("a file");
    File::set_len(file.as_file(), SIZE).expect("a long file");
    let seen = Arc::new(AtomicU64::new(0));
    let progress = seen.clone();
    let upload = Upload::path(file.path()).on_progress(move |now| {
        let before = progress.swap(now.sent, Ordering::Relaxed);
        assert!(before <= now.sent);
    });

    coze.users().me().await.expect("a user");
    let (uploaded, peak) = peak_of(coze.files().upload(upload).into_future()).await;
    assert_eq!(u64::try_from(uploaded.expect("a file").bytes), Ok(SIZE));
    assert_eq!(seen.load(Ordering::Relaxed), SIZE);
    assert!(peak < LIMIT, "{} KiB at the peak", peak / KIB);
    // Otherwise the allocator would have counted nothing.
    assert!(peak > 256 * KIB, "{peak} bytes cannot hold a chunk");
}

#[test]
fn an_upload_of_512_mib_needs_little_memory() {
    alone(upload());
}

/// Reads a stream to its end, drops it early, or has it cut off.
async fn one(coze: &Client, n: usize) {
    let chat = coze.chat().create(BOT, "me").message(Message::user("Hello"));
    match n % 10 {
        // Dropped in the middle.
        0 => {
            let mut events = chat.stream().await.expect("a stream");
            events.try_next().await.expect("an event").expect("an event");
        }
        // Cut off by the server.
        1 => {
            let chat = chat.with_header("x-coze-mock-fault", "close=300");
            let broken = chat.stream().await.expect("a stream").collect_reply().await;
            let error = broken.expect_err("an error");
            assert!(error.is_truncated() || error.is_transport(), "{error:?}");
        }
        _ => {
            let reply = chat.stream().await.expect("a stream").collect_reply().await;
            assert!(reply.expect("a reply").text().contains("Hello"));
        }
    }
}

async fn many(coze: &Client, streams: std::ops::Range<usize>) {
    stream::iter(streams).for_each_concurrent(32, |n| one(coze, n)).await;
}

async fn streams() {
    // A single leaked connection would take more than 10 KiB.
    const LIMIT: usize = 512 * KIB;
    let server = Server::start("server");
    let coze = client(server.base_url());
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let idle = tasks();
    // By then the number of connections and their buffers have stopped growing.
    many(&coze, 0..3000).await;
    let before = ALLOCATOR.current_usage();
    let ((), peak) = peak_of(many(&coze, 3000..10_000)).await;
    let grown = ALLOCATOR.current_usage().saturating_sub(before);
    assert!(grown < LIMIT, "{} KiB more after 7,000 more streams", grown / KIB);
    assert!(peak < 4 * MIB, "{} KiB more at the peak", peak / KIB);
    // Each idle connection has its tasks, and there are no others.
    assert!(tasks() - idle <= 3 * 32, "{} tasks are left", tasks() - idle);
    drop(coze);
    while tasks() > idle {
        tokio::task::yield_now().await;
    }
}

#[test]
fn ten_thousand_streams_leak_nothing() {
    alone(streams());
}
