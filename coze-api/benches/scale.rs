//! The memory and the CPU time of many open streams and WebSocket sessions, beside hand-written
//! code on reqwest and tungstenite.
//!
//! `cargo bench -p coze-api --features realtime --bench scale -- 1000 4000 10000`. Each number of
//! connections needs as many descriptors (`ulimit -n`). The server and each measurement are
//! processes of their own. The sizes are those of Linux, from `/proc`.

#![allow(clippy::expect_used, reason = "a benchmark must not measure failures")]
#![allow(clippy::print_stdout, reason = "the benchmark prints a table")]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use coze_api::realtime::{ChatClientEvent, ChatServerEvent, Session};
use coze_api::{ChatEvent, Client, Message};
use cpu_time::ProcessTime;
use futures_util::stream::{self, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest as _};

const TOKEN: &str = "pat_0123456789";
/// The number of connections that are opened at the same time.
const WAVE: usize = 64;
/// The time for which idle connections are watched.
const IDLE: Duration = Duration::from_secs(10);

const DELTA: &str = "event:conversation.message.delta\ndata:{\"id\":\"7382159494123470858\",\
    \"role\":\"assistant\",\"type\":\"answer\",\"content\":\"Hello\",\"content_type\":\"text\"}\n\n";
const CREATED: &str = r#"{"id":"1","event_type":"chat.created","detail":{"logid":"2"}}"#;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve"] => runtime().block_on(serve()),
        ["hold", side, address, count] => {
            let count = count.parse().expect("a number");
            let [memory, time] = runtime().block_on(hold(side, address, count));
            println!("{memory} {time}");
        }
        _ => table(&arguments),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Measures each number of connections, or one connection in a test run.
fn table(counts: &[&str]) {
    let counts = if counts.is_empty() { &["1"] } else { counts };
    let mut server = program(&["serve"]).stdin(Stdio::piped()).spawn().expect("a server");
    let mut address = String::new();
    let output = server.stdout.take().expect("its output");
    BufReader::new(output).read_line(&mut address).expect("an address");
    println!("| connections | | KiB each | by hand | ratio | CPU of 10 s idle, ms | by hand |");
    println!("|--:|---|--:|--:|--:|--:|--:|");
    for count in counts {
        for kind in ["streams", "sessions"] {
            let measure = |side: &str| {
                let arguments = ["hold", &format!("{kind} {side}"), address.trim(), count];
                let output = program(&arguments).output().expect("a process");
                let text = String::from_utf8(output.stdout).expect("figures");
                let figures: Vec<f64> =
                    text.split_whitespace().map(|figure| figure.parse().expect(&text)).collect();
                (figures[0], figures[1])
            };
            let ((ours, our_time), (theirs, their_time)) = (measure("sdk"), measure("by-hand"));
            println!(
                "| {count} | {kind} | {ours:.1} | {theirs:.1} | {:.2} | {our_time:.0} | {their_time:.0} |",
                ours / theirs
            );
        }
    }
    server.kill().expect("the server");
    server.wait().expect("the server");
}

/// Returns this program with other arguments.
fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(std::env::current_exe().expect("this program"));
    program.args(arguments).stdout(Stdio::piped()).stderr(Stdio::inherit());
    program
}

/// Sends one event over each connection, and keeps it open.
async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        tokio::spawn(answer(stream));
    }
}

async fn answer(mut stream: TcpStream) {
    let mut head = [0; 8];
    while stream.peek(&mut head).await.expect("a request") < head.len() {}
    if head.starts_with(b"GET ") {
        let mut session = tokio_tungstenite::accept_async(stream).await.expect("a session");
        futures_util::SinkExt::send(&mut session, CREATED.into()).await.expect("a reader");
        // Answers pings.
        while session.next().await.is_some() {}
        return;
    }
    let mut request = [0; 4096];
    assert!(stream.read(&mut request).await.expect("a request") > 0);
    let reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{DELTA}"
    );
    stream.write_all(reply.as_bytes()).await.expect("a reader");
    // Waits for the client to disconnect.
    while stream.read(&mut request).await.is_ok_and(|length| length > 0) {}
}

/// Opens connections and reads one event from each. Returns the memory of one in KiB, and the CPU
/// time in milliseconds that all of them take while they are idle.
async fn hold(side: &str, address: &str, count: usize) -> [f64; 2] {
    let coze = Client::builder().token(TOKEN).base_url(format!("http://{address}"));
    let coze = coze.build().expect("a client");
    let http = reqwest::Client::new();
    match side {
        "streams sdk" => measure(count, || chat_stream(&coze)).await,
        "streams by-hand" => measure(count, || chunks(&http, address)).await,
        "sessions sdk" => measure(count, || session(&coze)).await,
        "sessions by-hand" => measure(count, || messages(address)).await,
        other => unreachable!("{other}"),
    }
}

async fn measure<T, F: Future<Output = T>>(count: usize, open: impl Fn() -> F) -> [f64; 2] {
    // Everything that is made once is not part of the figure.
    let first = open().await;
    let before = resident();
    let wave = stream::iter(0..count).map(|_| open()).buffer_unordered(WAVE);
    let held: Vec<T> = wave.collect().await;
    let memory = resident().saturating_sub(before);
    let time = ProcessTime::now();
    tokio::time::sleep(IDLE).await;
    let time = time.elapsed();
    drop((first, held));
    #[allow(clippy::cast_precision_loss, reason = "small numbers")]
    [memory as f64 / count as f64, time.as_secs_f64() * 1e3]
}

/// Returns the resident memory of this process in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Reads one event, and waits for the next one in a task, as programs with streams do.
async fn chat_stream(coze: &Client) -> JoinHandle<()> {
    let chat = coze.chat().create("7379462189365198898", "me").message(Message::user("Hello"));
    let mut events = chat.stream().await.expect("a stream");
    assert!(matches!(events.next().await, Some(Ok(ChatEvent::MessageDelta(_)))));
    tokio::spawn(async move { while events.next().await.is_some() {} })
}

async fn chunks(http: &reqwest::Client, address: &str) -> JoinHandle<()> {
    let body = r#"{"bot_id":"7379462189365198898","user_id":"me","stream":true,"additional_messages":[{"role":"user","type":"question","content":"Hello","content_type":"text"}]}"#;
    let request = http.post(format!("http://{address}/v3/chat")).bearer_auth(TOKEN);
    let request = request.header("content-type", "application/json").body(body);
    let mut response = request.send().await.expect("a response");
    assert!(response.chunk().await.expect("a chunk").is_some_and(|chunk| chunk.len() > 100));
    tokio::spawn(async move { while let Ok(Some(_)) = response.chunk().await {} })
}

async fn session(coze: &Client) -> Session<ChatClientEvent, ChatServerEvent> {
    let mut session = coze.realtime().chat("7379462189365198898").await.expect("a session");
    assert!(matches!(session.receive().await, Some(Ok(_))));
    session
}

/// A task that answers pings and passes messages on, as programs with sessions have.
async fn messages(address: &str) -> mpsc::Receiver<tungstenite::Message> {
    let url = format!("ws://{address}/v1/chat?bot_id=7379462189365198898");
    let mut request = url.into_client_request().expect("a request");
    let value = format!("Bearer {TOKEN}").parse().expect("a header");
    request.headers_mut().insert("authorization", value);
    let stream = TcpStream::connect(address).await.expect("a connection");
    let (mut session, _) =
        tokio_tungstenite::client_async(request, stream).await.expect("a session");
    let (sender, mut receiver) = mpsc::channel(64);
    tokio::spawn(async move {
        while let Some(Ok(message)) = session.next().await {
            if sender.send(message).await.is_err() {
                break;
            }
        }
    });
    assert!(receiver.recv().await.is_some());
    receiver
}
