//! Every fault has its documented effect on a real socket.

use std::io;
use std::time::Duration;

use crate::support::{Mock, assert_error, json};
use coze_mock::{End, Fault, MockServer};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PATH: &str = "/v1/users/me";

/// Returns the bytes that answer a request with a fault, and the way in which the connection ends.
async fn raw(mock: &Mock, fault: &str) -> (String, io::Result<()>) {
    let mut stream = send(mock, fault).await;
    let mut bytes = Vec::new();
    let end = loop {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) => break Ok(()),
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) => break Err(error),
        }
    };
    (String::from_utf8(bytes).unwrap(), end)
}

async fn send(mock: &Mock, fault: &str) -> TcpStream {
    let address = mock.server.base_url();
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "GET {PATH} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer t\r\nconnection: close\r\n\
         x-coze-mock-fault: {fault}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Returns head and body, and the length that the head announces.
fn parts(reply: &str) -> (&str, &str, Option<usize>) {
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    (head, body, length.map(|length| length.parse().unwrap()))
}

async fn with_fault(mock: &Mock, fault: &str) -> reqwest::Response {
    let request = mock.request("GET", PATH).header("x-coze-mock-fault", fault);
    request.send().await.unwrap()
}

#[tokio::test]
async fn statuses_and_codes_replace_the_reply() {
    let mock = Mock::start().await;
    let cases = [
        ("status=503", 503, 5000),
        ("status=404", 404, 4200),
        ("code=4013", 200, 4013),
        ("status=500;code=700012006", 500, 700_012_006),
        ("retry-after=2", 429, 4013),
        ("expired-token", 401, 4100),
    ];
    for (fault, status, code) in cases {
        let response = with_fault(&mock, fault).await;
        assert_eq!(response.status(), status, "{fault}");
        let retry_after = response.headers().get("retry-after").cloned();
        assert_eq!(retry_after.is_some_and(|value| value == "2"), fault == "retry-after=2");
        assert_error(&json(response).await, code, fault);
    }
}

#[tokio::test]
async fn html_is_the_page_of_a_gateway() {
    let mock = Mock::start().await;
    let response = with_fault(&mock, "html;status=504").await;
    assert_eq!(response.status(), 504);
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    let page = response.text().await.unwrap();
    assert!(page.contains("<title>504 Gateway Timeout</title>"), "{page}");
}

#[tokio::test]
async fn an_invalid_fault_is_named() {
    let mock = Mock::start().await;
    let response = with_fault(&mock, "rest").await;
    assert_eq!(response.status(), 400);
    assert_error(&json(response).await, 4000, "`rest`");
}

#[tokio::test]
async fn reset_and_close_act_before_the_reply() {
    let mock = Mock::start().await;
    let (reply, end) = raw(&mock, "reset").await;
    assert_eq!((reply.as_str(), end.unwrap_err().kind()), ("", io::ErrorKind::ConnectionReset));
    let (reply, end) = raw(&mock, "close").await;
    assert_eq!(reply, "");
    end.unwrap();
    let ends = mock.server.requests().into_iter().map(|request| request.end);
    assert_eq!(ends.collect::<Vec<_>>(), [Some(End::Cut); 2]);
}

#[tokio::test]
async fn reset_and_close_act_inside_the_body() {
    let mock = Mock::start().await;
    let (whole, _) = raw(&mock, "latency=0ms").await;
    let (_, whole, _) = parts(&whole);
    for (fault, resets) in [("reset=10", true), ("close=10", false)] {
        let (reply, end) = raw(&mock, fault).await;
        let (_, body, length) = parts(&reply);
        assert_eq!(body.len(), 10, "{fault}");
        assert_eq!(length, Some(whole.len()), "{fault}");
        let kind = end.err().map(|error| error.kind());
        assert_eq!(kind, resets.then_some(io::ErrorKind::ConnectionReset), "{fault}");
    }
    // A point past the end is moved before the last byte, so that the fault is always visible.
    let (reply, _) = raw(&mock, "close=1GiB").await;
    assert_eq!(parts(&reply).1.len(), whole.len() - 1);
}

#[tokio::test]
async fn the_body_is_truncated() {
    let mock = Mock::start().await;
    for (fault, length) in [("truncate=7", Some(7)), ("truncate=50%", None), ("truncate", None)] {
        let (reply, end) = raw(&mock, fault).await;
        end.unwrap();
        let (_, body, announced) = parts(&reply);
        assert_eq!(announced, Some(body.len()), "{fault}");
        assert!(length.is_none_or(|length| length == body.len()), "{fault}");
        assert!(serde_json::from_str::<Value>(body).is_err(), "{body}");
    }
}

#[tokio::test]
async fn the_body_dribbles() {
    let mock = Mock::start().await;
    let mut stream = send(&mock, "dribble=1").await;
    let mut all = Vec::new();
    let (mut reads, mut chunk) = (0, [0; 4096]);
    loop {
        let count = stream.read(&mut chunk).await.unwrap();
        if count == 0 {
            break;
        }
        all.extend_from_slice(&chunk[..count]);
        reads += 1;
    }
    let reply = String::from_utf8(all).unwrap();
    let (_, body, length) = parts(&reply);
    assert_eq!(length, Some(body.len()));
    serde_json::from_str::<Value>(body).unwrap();
    // The kernel may join some of the pieces.
    assert!(reads > 2, "{reads}");
}

#[tokio::test]
async fn the_reply_hangs_until_the_client_disconnects() {
    let mock = Mock::start().await;
    for fault in ["hang", "hang=10"] {
        let mut stream = send(&mock, fault).await;
        let reply = mock.server.wait_until(|all| {
            all.last()
                .is_some_and(|last| last.fault.as_deref() == Some(fault) && last.end.is_some())
        });
        reply.await;
        let mut bytes = vec![0; 4096];
        if fault == "hang" {
            let read = stream.try_read(&mut bytes).map_err(|error| error.kind());
            assert_eq!(read, Err(io::ErrorKind::WouldBlock), "nothing comes");
            continue;
        }
        let mut reply = Vec::new();
        while !String::from_utf8_lossy(&reply).contains("\r\n\r\n{\"code\":0") {
            let count = stream.read(&mut bytes).await.unwrap();
            assert!(count > 0, "the connection is open");
            reply.extend_from_slice(&bytes[..count]);
        }
        let reply = String::from_utf8(reply).unwrap();
        assert_eq!(parts(&reply).1.len(), 10);
    }
}

#[tokio::test]
async fn the_reply_is_huge() {
    let mock = Mock::start().await;
    let body = with_fault(&mock, "huge=1MiB").await.bytes().await.unwrap();
    assert!(body.len() > 1 << 20, "{}", body.len());
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["code"], 0);
    assert_eq!(body["padding"].as_str().unwrap().len(), 1 << 20);
    assert_eq!(Fault::huge(u64::MAX), Fault::huge(1 << 30));
    let response = with_fault(&mock, "huge=2GiB").await;
    assert_eq!(response.status(), 400);
    assert_error(&json(response).await, 4000, "at most 1GiB");
}

/// Padding is sent in chunks that share one buffer, so that even the maximum needs little memory.
#[tokio::test]
async fn the_maximum_padding_is_sent_in_pieces() {
    let mock = Mock::start().await;
    let response = with_fault(&mock, "huge=1GiB").await;
    let length = response.content_length().unwrap();
    assert!(length > 1 << 30, "{length}");
    drop(response);
    mock.server.wait_until(|all| all[0].end == Some(End::Dropped)).await;
    assert!(mock.server.requests()[0].sent < 256 << 20);
}

#[tokio::test]
async fn latency_delays_the_reply() {
    let mock = Mock::start().await;
    with_fault(&mock, "latency=30ms").await;
    let elapsed = mock.server.requests()[0].elapsed;
    assert!(elapsed >= Duration::from_millis(30), "{elapsed:?}");
}

#[tokio::test]
async fn faults_of_the_server_apply_to_the_next_requests() {
    let fault = Fault::status(500).on("users.*").skip(1).times(2);
    let mock = Mock::with(MockServer::builder().fault(fault)).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(mock.request("GET", PATH).send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 500, 500, 200]);
    mock.server.fault(Fault::html());
    assert_eq!(mock.request("GET", PATH).send().await.unwrap().status(), 502);
    mock.server.clear_faults();
    assert_eq!(mock.request("GET", PATH).send().await.unwrap().status(), 200);
    let faults = mock.server.requests().into_iter().map(|request| request.fault.is_some());
    assert_eq!(faults.collect::<Vec<_>>(), [false, true, true, false, true, false]);
}

#[tokio::test]
async fn the_seed_determines_which_requests_fail() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let fault = Fault::code(4013).chance(0.5);
        let mock = Mock::with(MockServer::builder().seed(seed).fault(fault)).await;
        let mut codes = Vec::new();
        for _ in 0..32 {
            codes.push(mock.get(PATH).await["code"].as_i64().unwrap());
        }
        runs.push(codes);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    assert!(runs[0].contains(&0) && runs[0].contains(&4013));
}

#[tokio::test]
async fn a_stream_is_cut_and_truncated() {
    let mock = Mock::start().await;
    // The mock answers it with the example, which is the same each time.
    let operation = coze_spec::api().operation("workflows.runs.resume").unwrap();
    let body = &operation.body.as_ref().unwrap().example;
    let send = async |fault: &str| {
        let request = mock.with_json("POST", &operation.path, body);
        let response = request.header("x-coze-mock-fault", fault).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        response.text().await
    };
    let whole = send("dribble=100").await.unwrap();
    assert_eq!(send("truncate=60").await.unwrap(), whole[..60]);
    assert!(send("close=60").await.is_err());
    assert!(send("reset=60").await.is_err());
    let padded = send("huge=200KiB").await.unwrap();
    assert_eq!(padded.len(), whole.len() + (200 << 10));
    assert!(padded.starts_with(":xxx") && padded.ends_with(&whole));
}

#[tokio::test]
async fn faults_work_over_http2() {
    let mock = Mock::start().await;
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let call = async |fault: &str| {
        let request = mock.request("GET", PATH).header("x-coze-mock-fault", fault);
        client.execute(request.build().unwrap()).await?.bytes().await
    };
    let body = call("dribble=5").await.unwrap();
    serde_json::from_slice::<Value>(&body).unwrap();
    for fault in ["reset", "close", "reset=10", "close=10"] {
        assert!(call(fault).await.is_err(), "{fault}");
    }
}
