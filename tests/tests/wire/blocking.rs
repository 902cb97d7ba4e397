//! Blocking calls: the same operations without an async runtime.

use std::io::{BufRead as _, Read as _};
use std::thread;

use coze_api::blocking::Blocking as _;
use coze_api::{Client, Retry, Upload};
use coze_mock::MockServer;
use coze_mock::state::{BOT, Clock, VOICE, WORKSPACE};
use coze_tests::calls::{self, Outcome};
use coze_tests::mock;
use coze_tests::server::TOKEN;

/// Starts a mock server. It is driven by the thread of the blocking calls themselves.
fn start() -> (MockServer, Client) {
    let server = async { MockServer::start().await.map_err(coze_api::Error::from) };
    let server = server.wait().expect("a mock server");
    let builder = Client::builder().token(TOKEN).base_url(server.base_url());
    (server, builder.retry(Retry::none()).build().expect("a client"))
}

#[test]
fn chats_streams_pages_and_files_block() -> Result<(), Box<dyn std::error::Error>> {
    let (_server, coze) = start();
    let chat = || coze.chat().create(BOT, "1").message(coze_api::Message::user("Hello!"));
    assert!(chat().wait()?.id.len() > 3);
    let text: String = chat().stream().wait()?.text().wait_each().collect::<Result<_, _>>()?;
    assert!(text.contains("You said: Hello!"), "{text}");
    assert!(chat().and_poll().wait()?.text().contains("You said: Hello!"));

    let mut bots = coze.bots().list(WORKSPACE).page_size(1).items().wait_each();
    assert!(bots.get_ref().is_some());
    let count = bots.by_ref().map(|bot| bot.map(drop)).collect::<Result<Vec<_>, _>>()?.len();
    assert!(count > 0 && bots.get_ref().is_none() && bots.next().is_none(), "{count}");

    let file = coze.files().upload(Upload::bytes("a.txt", "content")).wait()?;
    assert_eq!(file.bytes, 7);
    let speech = || coze.audio().speech().create("Hello.", VOICE);
    let whole = speech().wait()?.bytes().wait()?;
    let mut read = Vec::new();
    speech().wait()?.wait_read().read_to_end(&mut read)?;
    assert_eq!(read, whole);
    let mut reader = speech().wait()?.wait_read();
    let first = reader.fill_buf()?.len();
    reader.consume(first);
    assert!(first > 0);
    let folder = tempfile::tempdir()?;
    let length = speech().wait()?.save(folder.path().join("a.mp3")).wait()?;
    assert_eq!(length, whole.len() as u64);

    let error = coze.bots().retrieve("1").wait().expect_err("no such bot");
    assert!(error.is_api(), "{error:?}");
    Ok(())
}

#[test]
fn sessions_block() -> coze_api::Result<()> {
    let (_server, coze) = start();
    let session = coze.realtime().chat(BOT).wait()?;
    session.sender().send_text("Hello!").wait()?;
    let (sender, receiver) = session.split();
    let first = receiver.wait_each().next().expect("an event")?;
    assert!(!format!("{:?}", first.event).is_empty());
    drop(sender);
    Ok(())
}

#[test]
fn every_operation_blocks() {
    for call in calls::all() {
        let server = MockServer::builder().clock(Clock::stopped_at(1_765_000_000)).start();
        let server = async { server.await.map_err(coze_api::Error::from) }.wait();
        let server = server.expect("a mock server");
        let coze = mock::marked(&server, "").build().expect("a client");
        let outcome = call.send_with(&coze).wait();
        match outcome.unwrap_or_else(|error| panic!("{}: {error:?}", call.name())) {
            Outcome::Value(_) => {}
            Outcome::File(file) => {
                let length = file.wait_read().read_to_end(&mut Vec::new()).expect("a file");
                assert!(length > 0, "{}", call.name());
            }
            Outcome::Events(events) => {
                let events: Result<Vec<_>, _> = events.wait_each().collect();
                assert!(!events.expect("events").is_empty(), "{}", call.name());
            }
        }
    }
}

#[test]
fn threads_may_wait_at_the_same_time() {
    let (_server, coze) = start();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let coze = coze.clone();
            thread::spawn(move || coze.bots().retrieve(BOT).wait().map(|bot| bot.bot_id))
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().expect("no panic").expect("a bot"), BOT);
    }
}

#[tokio::test]
async fn a_runtime_is_not_blocked() {
    let coze = Client::builder().token(TOKEN).base_url("http://127.0.0.1:1").build();
    let coze = coze.expect("a client");
    let error = coze.bots().retrieve("7").wait().expect_err("within a runtime");
    assert!(error.is_config() && error.to_string().contains("await"), "{error}");
    let mut items = coze.bots().list("7").items().wait_each();
    let error = items.next().expect("an item").expect_err("within a runtime");
    assert!(error.is_config() && items.next().is_none(), "{error}");
}
