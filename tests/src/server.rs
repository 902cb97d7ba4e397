//! A server that records requests and sends scripted responses, byte by byte and with faults.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use coze_api::{Client, ClientBuilder, Retry};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// The token that [`Server::client`] sends.
pub const TOKEN: &str = "pat_8fL2pQ6vXc0TESTTOKEN";

/// A request as received.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query, still encoded.
    pub target: String,
    /// The headers, names in lower case.
    pub headers: HeaderMap,
    /// The body, with its chunks joined.
    pub body: Vec<u8>,
    /// The number of its connection, from 0.
    pub connection: usize,
}

impl Request {
    /// Returns the header with that name, or an empty string.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Returns the body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

/// A step of the server after it has read a request.
#[derive(Clone, Debug)]
pub enum Step {
    /// Sends these bytes in one write.
    Send(Vec<u8>),
    /// Waits until it is notified.
    Wait(Arc<Notify>),
    /// Closes the connection in an orderly way.
    Close,
    /// Resets the connection.
    Reset,
}

/// A scripted response.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The steps, in order.
    pub steps: Vec<Step>,
}

impl Reply {
    /// Returns a complete HTTP response with `Content-Length`.
    pub fn new(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut head = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        Self { steps: vec![Step::Send([head.as_bytes(), body].concat())] }
    }

    /// Returns a successful response of the API: this payload in its envelope.
    pub fn data(data: &Value) -> Self {
        Self::json(&json!({"code": 0, "msg": "", "data": data}))
    }

    /// Returns an error response of the API.
    pub fn code(code: i64, msg: &str) -> Self {
        Self::json(&json!({"code": code, "msg": msg}))
    }

    /// Returns a JSON response with status 200 and a log id.
    pub fn json(body: &Value) -> Self {
        Self::json_with(200, &[], body)
    }

    /// Returns a JSON response.
    pub fn json_with(status: u16, headers: &[(&str, &str)], body: &Value) -> Self {
        let mut all = vec![("content-type", "application/json"), ("x-tt-logid", "log-header")];
        all.extend(headers);
        Self::new(status, &all, body.to_string())
    }

    /// Returns a JSON response with status 200 in chunks of `size` bytes.
    pub fn chunked(body: &Value, size: usize) -> Self {
        let mut reply = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
            transfer-encoding: chunked\r\n\r\n"
            .to_vec();
        for chunk in body.to_string().as_bytes().chunks(size) {
            reply.extend(format!("{:x}\r\n", chunk.len()).bytes());
            reply.extend(chunk);
            reply.extend(b"\r\n");
        }
        reply.extend(b"0\r\n\r\n");
        Self { steps: vec![Step::Send(reply)] }
    }

    /// Resets the connection without a response.
    pub fn reset() -> Self {
        Self { steps: vec![Step::Reset] }
    }

    /// Sends only the first `count` bytes, then performs `step`.
    pub fn cut(mut self, count: usize, step: Step) -> Self {
        for sent in &mut self.steps {
            if let Step::Send(bytes) = sent {
                bytes.truncate(count);
            }
        }
        self.steps.push(step);
        self
    }

    /// Adds `step`.
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Sends every byte separately.
    pub fn dribbled(self) -> Self {
        let bytes = self.steps.into_iter().flat_map(|step| match step {
            Step::Send(bytes) => bytes.into_iter().map(|byte| Step::Send(vec![byte])).collect(),
            other => vec![other],
        });
        Self { steps: bytes.collect() }
    }

    /// Waits until `gate` is notified before anything is sent.
    pub fn after(mut self, gate: &Arc<Notify>) -> Self {
        self.steps.insert(0, Step::Wait(gate.clone()));
        self
    }
}

type Script = dyn Fn(&Request) -> Reply + Send + Sync;

/// A running server; it stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    requests: watch::Receiver<Vec<Request>>,
    /// The number of connections that have ended.
    closed: watch::Receiver<usize>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Starts a server on a free port of the loopback interface.
    pub async fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (arriving, requests) = watch::channel(Vec::new());
        let (closing, closed) = watch::channel(0);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, arriving, Arc::new(script), closing));
        Self { address, requests, closed, _tasks: tasks }
    }

    /// Starts a server that sends these responses in order, and then repeats the last one.
    pub async fn replies(replies: Vec<Reply>) -> Self {
        let count = Mutex::new(0);
        Self::start(move |_| {
            let mut count = count.lock().unwrap();
            let reply = replies[(*count).min(replies.len() - 1)].clone();
            *count += 1;
            reply
        })
        .await
    }

    /// Returns the base URL of the server.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Configures a client of this server.
    pub fn builder(&self) -> ClientBuilder {
        Client::builder().token(TOKEN).base_url(self.base_url())
    }

    /// Returns a client of this server with default settings.
    pub fn client(&self) -> Client {
        self.builder().build().expect("a client")
    }

    /// Returns a client of this server that retries without delay.
    pub fn client_without_delay(&self) -> Client {
        let retry = Retry::default().base_delay(Duration::ZERO);
        self.builder().retry(retry).build().expect("a client")
    }

    /// Returns a client of this server that does not retry.
    pub fn once(&self) -> Client {
        self.builder().retry(Retry::none()).build().expect("a client")
    }

    /// Returns the requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.borrow().clone()
    }

    /// Returns method, path and query of the requests so far.
    pub fn lines(&self) -> Vec<String> {
        let line = |request: &Request| format!("{} {}", request.method, request.target);
        self.requests.borrow().iter().map(line).collect()
    }

    /// Returns the only request.
    pub fn request(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "one request, not {requests:#?}");
        requests.into_iter().next().unwrap()
    }

    /// Waits until `count` requests have arrived.
    pub async fn arrived(&self, count: usize) {
        let mut requests = self.requests.clone();
        requests.wait_for(|requests| requests.len() >= count).await.expect("the server runs");
    }

    /// Waits until a connection has ended.
    pub async fn closed(&self) {
        self.all_closed(1).await;
    }

    /// Waits until `count` connections have ended.
    pub async fn all_closed(&self, count: usize) {
        let mut closed = self.closed.clone();
        closed.wait_for(|closed| *closed >= count).await.expect("the server runs");
    }
}

async fn accept(
    listener: TcpListener,
    arriving: watch::Sender<Vec<Request>>,
    script: Arc<Script>,
    closing: watch::Sender<usize>,
) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    while let Ok((stream, _)) = listener.accept().await {
        let (arriving, script, closing) = (arriving.clone(), script.clone(), closing.clone());
        let connection = number;
        number += 1;
        connections.spawn(async move {
            // Many tests break the connection on purpose.
            let _ = serve(stream, connection, &arriving, &*script).await;
            closing.send_modify(|count| *count += 1);
        });
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    arriving: &watch::Sender<Vec<Request>>,
    script: &Script,
) -> io::Result<()> {
    // Every `Send` must be sent in its own packet.
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(mut request) = read(&mut stream, &mut buffer).await? {
        request.connection = connection;
        let reply = script(&request);
        arriving.send_modify(|requests| requests.push(request));
        for step in reply.steps {
            match step {
                Step::Send(bytes) => {
                    stream.write_all(&bytes).await?;
                    stream.flush().await?;
                }
                Step::Wait(gate) => {
                    // The client may disconnect while the server waits.
                    let mut end = [0];
                    tokio::select! {
                        () = gate.notified() => {}
                        read = stream.read(&mut end) => if read? == 0 { return Ok(()) },
                    }
                }
                Step::Close => return stream.shutdown().await,
                Step::Reset => return stream.set_zero_linger(),
            }
        }
    }
    Ok(())
}

/// Reads a request. Returns `None` at the end of the connection.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut headers);
        if let Ok(httparse::Status::Complete(length)) = parsed.parse(buffer) {
            let mut map = HeaderMap::new();
            for header in parsed.headers.iter() {
                let name = HeaderName::from_bytes(header.name.as_bytes());
                let value = HeaderValue::from_bytes(header.value);
                map.append(name.expect("a header name"), value.expect("a header value"));
            }
            let (method, target) = (parsed.method.unwrap_or(""), parsed.path.unwrap_or(""));
            let mut request = Request {
                method: method.to_owned(),
                target: target.to_owned(),
                headers: map,
                body: Vec::new(),
                connection: 0,
            };
            buffer.drain(..length);
            request.body = body(stream, buffer, &request).await?;
            return Ok(Some(request));
        }
        if fill(stream, buffer).await? == 0 {
            return Ok(None);
        }
    }
}

async fn body(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    request: &Request,
) -> io::Result<Vec<u8>> {
    if request.header("transfer-encoding") != "chunked" {
        let length = request.header("content-length").parse().unwrap_or(0);
        return take(stream, buffer, length).await;
    }
    let mut body = Vec::new();
    loop {
        let size = loop {
            match httparse::parse_chunk_size(buffer) {
                Ok(httparse::Status::Complete((head, size))) => {
                    buffer.drain(..head);
                    break usize::try_from(size).expect("a size");
                }
                _ if fill(stream, buffer).await? > 0 => {}
                _ => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        };
        body.extend(take(stream, buffer, size).await?);
        take(stream, buffer, 2).await?;
        if size == 0 {
            return Ok(body);
        }
    }
}

async fn take(stream: &mut TcpStream, buffer: &mut Vec<u8>, count: usize) -> io::Result<Vec<u8>> {
    while buffer.len() < count {
        if fill(stream, buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(buffer.drain(..count).collect())
}

async fn fill(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let mut chunk = vec![0; 64 * 1024];
    let count = stream.read(&mut chunk).await?;
    buffer.extend_from_slice(&chunk[..count]);
    Ok(count)
}
