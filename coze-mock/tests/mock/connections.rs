//! The server survives bad clients: incomplete heads, foreign hosts, too many connections.

use std::time::{Duration, Instant};

use coze_mock::{End, MockServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Mock, data};

const HEAD: &str = "GET /v1/users/me HTTP/1.1\r\nauthorization: Bearer t\r\n";

async fn connect(mock: &Mock) -> TcpStream {
    let address = mock.server.base_url();
    TcpStream::connect(address.trim_start_matches("http://")).await.unwrap()
}

/// Sends a request with these `Host` lines and returns the status of the response.
async fn status(mock: &Mock, hosts: &str) -> u16 {
    let mut stream = connect(mock).await;
    let request = format!("{HEAD}{hosts}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response[9..12].parse().unwrap()
}

#[tokio::test]
async fn only_loopback_names_are_answered() {
    let mock = Mock::start().await;
    let port = mock.server.base_url().rsplit_once(':').unwrap().1.to_owned();
    for host in ["localhost", "127.0.0.1", "api.localhost", "[::1]"] {
        assert_eq!(status(&mock, &format!("host: {host}:{port}\r\n")).await, 200, "{host}");
    }
    assert_eq!(status(&mock, "host: evil.example\r\n").await, 403);
    assert_eq!(status(&mock, "").await, 400);
    assert_eq!(status(&mock, "host: localhost\r\nhost: localhost\r\n").await, 400);
    assert_eq!(mock.server.count(), 7);

    let mock = Mock::with(MockServer::builder().allow_host("mock.internal")).await;
    assert_eq!(status(&mock, "host: mock.internal:8080\r\n").await, 200);
    assert_eq!(status(&mock, "host: other.internal\r\n").await, 403);
}

/// A request for another host must neither use up a fault nor be subject to one.
#[tokio::test]
async fn foreign_hosts_change_nothing() {
    let fault = coze_mock::Fault::status(503).once();
    let mock = Mock::with(MockServer::builder().fault(fault)).await;
    let hosts = "host: evil.example\r\nx-coze-mock-fault: status=200\r\n";
    assert_eq!(status(&mock, hosts).await, 403);
    assert_eq!(status(&mock, "host: localhost\r\n").await, 503);
}

/// Returns the time after which the server closes the connection.
async fn closed_after(mut stream: TcpStream) -> Duration {
    let start = Instant::now();
    let mut bytes = [0; 1024];
    while !matches!(stream.read(&mut bytes).await, Ok(0) | Err(_)) {}
    start.elapsed()
}

#[tokio::test]
async fn incomplete_heads_time_out() {
    let timeout = Duration::from_millis(300);
    let mock = Mock::with(MockServer::builder().head_timeout(timeout)).await;
    for head in ["", "P", "PRI * HTTP/2.0\r\n", HEAD] {
        let mut stream = connect(&mock).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        let elapsed = closed_after(stream).await;
        assert!((timeout / 2..timeout * 20).contains(&elapsed), "{head:?}: {elapsed:?}");
    }
    // Sending one byte at a time does not extend the deadline.
    let mut stream = connect(&mock).await;
    let start = Instant::now();
    for byte in HEAD.bytes().cycle() {
        if stream.write_all(&[byte]).await.is_err() || start.elapsed() > timeout * 20 {
            break;
        }
        tokio::time::sleep(timeout / 10).await;
    }
    assert!(start.elapsed() < timeout * 20, "the connection was never closed");
    assert_eq!(mock.server.count(), 0);
}

#[tokio::test]
async fn complete_requests_may_take_longer() {
    let timeout = Duration::from_millis(200);
    let builder = MockServer::builder().head_timeout(timeout);
    let mock = Mock::with(builder.on("users.me", move |_, _| {
        let reply = coze_mock::Reply::data(serde_json::json!({"user_id": "1"}));
        Ok(reply.delayed(timeout * 3))
    }))
    .await;
    // A slow response, an idle connection, and the next request on it.
    data(mock.get("/v1/users/me").await);
    tokio::time::sleep(timeout * 3).await;
    data(mock.get("/v1/users/me").await);
    let all = mock.server.requests();
    assert_eq!(all[0].connection, all[1].connection);

    // A slow body.
    let mut stream = connect(&mock).await;
    let body = format!("{{\"bot_id\":\"{}\"}}", coze_mock::state::BOT);
    let head = format!(
        "POST /v1/bot/update HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer t\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    for byte in body.bytes() {
        stream.write_all(&[byte]).await.unwrap();
        tokio::time::sleep(timeout / 10).await;
    }
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    mock.server.wait_until(|all| all.last().unwrap().end == Some(End::Whole)).await;
}

#[tokio::test]
async fn incomplete_bodies_time_out() {
    let timeout = Duration::from_millis(300);
    let mock = Mock::with(MockServer::builder().body_timeout(timeout)).await;
    let mut stream = connect(&mock).await;
    let head = "POST /v1/bot/update HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer t\r\n\
                content-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut response = String::new();
    let read = tokio::time::timeout(timeout * 20, stream.read_to_string(&mut response)).await;
    read.expect("the connection is closed").unwrap();
    assert!(response.contains("the body does not arrive"), "{response}");
}

/// When the process runs out of file descriptors, it must neither exit nor spin, and must continue
/// afterwards.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_server_survives_a_lack_of_file_descriptors() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Child, Command, Stdio};

    struct Killed(Child);
    impl Drop for Killed {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// The CPU time that a process has used, in clock ticks of 10 ms.
    fn ticks(process: u32) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 32 && exec \"$0\"", env!("CARGO_BIN_EXE_coze-mock")]);
    let mut server = Killed(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let url = lines.next().unwrap().unwrap();
    let address = url.trim_start_matches("http://");
    let mut connections = Vec::new();
    for _ in 0..64 {
        connections.push(std::net::TcpStream::connect(address).unwrap());
    }
    let before = ticks(server.0.id());
    tokio::time::sleep(Duration::from_millis(500)).await;
    let used = ticks(server.0.id()) - before;
    assert!(used < 25, "{used} ticks of CPU in half a second without a request");
    drop(connections);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.get(format!("{url}/v1/users/me")).bearer_auth("pat_test");
    let response = request.timeout(Duration::from_secs(20)).send().await.unwrap();
    assert_eq!(response.status(), 200);
}
