//! Every server of the program under the same attacks: slow and oversized requests, foreign hosts
//! and pages, smuggled requests, interleaved connections, and a lack of file descriptors.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::common::coze;

/// The limit of descriptors of each server.
const DESCRIPTORS: usize = 96;
/// The time in which a server must close a connection whose head is incomplete.
const HEAD_LIMIT: Duration = Duration::from_secs(15);
/// The time in which a server must give up a body that does not arrive.
const BODY_LIMIT: Duration = Duration::from_secs(30);

/// A server, which ends with the test.
struct Server {
    name: &'static str,
    child: Child,
    address: String,
    traits: Traits,
    _home: TempDir,
}

/// The behavior of a server that the attacks depend on.
struct Traits {
    /// A request without the header `Host`, up to the empty line.
    get: String,
    /// The status of the response to `get`.
    status: u16,
    /// The request line and headers of a request that has a body.
    post: String,
    /// The server is meant for other hosts too, and identifies clients in another way.
    any_host: bool,
    /// The server is meant for pages of all origins.
    any_origin: bool,
    /// The server does not wait for bodies, or has a test of its own for them.
    skips_bodies: bool,
}

impl Default for Traits {
    fn default() -> Self {
        Self {
            get: String::new(),
            status: 200,
            post: String::new(),
            any_host: false,
            any_origin: false,
            skips_bodies: false,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts a command with few descriptors. `read` finds the URL in its first lines.
    fn start(
        name: &'static str,
        args: &[&str],
        prepare: impl FnOnce(&mut Command, &Path),
        read: impl Fn(&str) -> Option<String>,
        traits: impl FnOnce(&str) -> Traits,
    ) -> Self {
        let home = tempfile::tempdir().unwrap();
        let program = coze(home.path());
        let script = format!("ulimit -n {DESCRIPTORS} && exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg(program.get_program()).args(args);
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        prepare(&mut command, home.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut lines = String::new();
        // The catcher writes its URL to standard error.
        let source: &mut dyn BufRead = if name == "catcher" { &mut errors } else { &mut output };
        let url = loop {
            let read_bytes = source.read_line(&mut lines).unwrap();
            assert!(read_bytes > 0, "{name} ended: {lines}");
            if let Some(url) = lines.lines().find_map(&read) {
                break url;
            }
        };
        // Nothing may block the server, or end it because nobody reads.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        let address = url.trim_start_matches("http://").split(['/', '?']).next().unwrap();
        let (address, traits) = (address.to_owned(), traits(&url));
        Self { name, child, address, traits, _home: home }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Sends bytes, and returns everything that the server sends until it closes the connection.
    fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // The server may close the connection before it has read everything.
        let _ = stream.write_all(bytes);
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response);
        String::from_utf8_lossy(&response).into_owned()
    }

    fn host(&self) -> String {
        format!("host: {}\r\n", self.address)
    }

    /// Returns the status of the response to the good request with these headers.
    fn status(&self, headers: &str) -> u16 {
        let request = format!("{}{headers}connection: close\r\n\r\n", self.traits.get);
        status(&self.exchange(request.as_bytes()))
    }

    /// Asserts that the server still does its work.
    fn assert_well(&self, after: &str) {
        let status = self.status(&self.host());
        assert_eq!(status, self.traits.status, "{} after {after}", self.name);
    }

    fn assert_refused(&self, status: u16, what: &str) {
        let name = self.name;
        assert!((400..500).contains(&status), "{name} answers {status} to {what}");
        assert_ne!(status, self.traits.status, "{name} accepts {what}");
    }
}

/// Returns the status of a response, or 0 if there is none.
fn status(response: &str) -> u16 {
    response.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0)
}

fn url_of(line: &str) -> Option<String> {
    line.starts_with("http://").then(|| line.trim().to_owned())
}

fn playground() -> Server {
    Server::start(
        "playground",
        &["playground", "--mock", "--no-browser", "--port", "0"],
        |_, _| {},
        url_of,
        |url| {
            let key = url.split_once("#key=").unwrap().1;
            let key = format!("authorization: Bearer {key}\r\n");
            Traits {
                get: format!("GET /api/state HTTP/1.1\r\n{key}"),
                post: format!("POST /api/samples HTTP/1.1\r\n{key}"),
                ..Traits::default()
            }
        },
    )
}

fn widget() -> Server {
    Server::start(
        "widget",
        &["widget", "--mock", "--port", "0"],
        |_, _| {},
        url_of,
        |_| {
            let headers =
                "x-coze-widget: 1\r\nx-coze-visitor: 0123456789abcdef0123456789abcdef\r\n";
            Traits {
                get: format!("GET /widget/config HTTP/1.1\r\n{headers}"),
                post: format!("POST /widget/v1/conversation/create HTTP/1.1\r\n{headers}"),
                ..Traits::default()
            }
        },
    )
}

fn mock() -> Server {
    Server::start(
        "mock",
        &["mock", "--port", "0"],
        |_, _| {},
        url_of,
        |_| Traits {
            get: "GET /v1/users/me HTTP/1.1\r\nauthorization: Bearer pat_x\r\n".to_owned(),
            // Its own test does not wait for a minute.
            skips_bodies: true,
            ..Traits::default()
        },
    )
}

fn openai() -> Server {
    Server::start(
        "serve",
        &["serve", "--mock", "--port", "0"],
        |_, _| {},
        url_of,
        |_| Traits {
            get: "GET /v1/models HTTP/1.1\r\n".to_owned(),
            post: "POST /v1/chat/completions HTTP/1.1\r\ncontent-type: application/json\r\n"
                .to_owned(),
            ..Traits::default()
        },
    )
}

fn mcp() -> Server {
    Server::start(
        "mcp",
        &["mcp", "--mock", "--http", "0"],
        |_, _| {},
        url_of,
        |_| {
            let kinds = "content-type: application/json\r\n\
                     accept: application/json, text/event-stream\r\n";
            Traits {
                // A stream needs other media types.
                get: "GET /mcp HTTP/1.1\r\n".to_owned(),
                status: 406,
                post: format!("POST /mcp HTTP/1.1\r\n{kinds}"),
                ..Traits::default()
            }
        },
    )
}

fn listen() -> Server {
    let token = |command: &mut Command, _: &Path| {
        command.env("COZE_WEBHOOK_TOKEN", "token of the app");
    };
    Server::start("listen", &["listen", "--port", "0"], token, url_of, |_| Traits {
        // A callback without a signature.
        get: "GET / HTTP/1.1\r\n".to_owned(),
        status: 401,
        post: "POST / HTTP/1.1\r\n".to_owned(),
        // Callbacks come through tunnels, with signatures.
        any_host: true,
        any_origin: true,
        skips_bodies: false,
    })
}

/// The server that waits for the redirect of a login.
fn catcher() -> Server {
    let app = |command: &mut Command, home: &Path| {
        let app = json!({"client_type": "pkce", "client_id": "1.app.coze",
            "coze_api_base": "http://127.0.0.1:9", "coze_www_base": "http://127.0.0.1:9"});
        let path = home.join("app.json");
        std::fs::write(&path, app.to_string()).unwrap();
        command.args(["auth", "login", "--no-browser", "--redirect", "http://127.0.0.1:0/"]);
        command.arg("--app").arg(path);
    };
    let redirect = |line: &str| {
        let url = reqwest::Url::parse(line.trim()).ok()?;
        let uri = url.query_pairs().find(|(name, _)| name == "redirect_uri")?.1;
        Some(uri.into_owned())
    };
    Server::start("catcher", &[], app, redirect, |_| Traits {
        // A page that does not exist. The state of the login identifies the redirect.
        get: "GET /favicon.ico HTTP/1.1\r\n".to_owned(),
        status: 404,
        post: "GET /favicon.ico HTTP/1.1\r\n".to_owned(),
        any_origin: true,
        skips_bodies: true,
        ..Traits::default()
    })
}

#[test]
fn the_playground_survives_attacks() {
    attack(&playground());
}

#[test]
fn the_widget_server_survives_attacks() {
    attack(&widget());
}

#[test]
fn the_mock_survives_attacks() {
    attack(&mock());
}

#[test]
fn the_openai_endpoint_survives_attacks() {
    attack(&openai());
}

#[test]
fn the_mcp_server_survives_attacks() {
    attack(&mcp());
}

#[test]
fn the_receiver_of_callbacks_survives_attacks() {
    attack(&listen());
}

#[test]
fn the_catcher_of_redirects_survives_attacks() {
    attack(&catcher());
}

/// Makes all attacks on a server. Those that wait for the server run beside each other.
fn attack(server: &Server) {
    server.assert_well("its start");
    std::thread::scope(|scope| {
        scope.spawn(|| slow_heads(server));
        scope.spawn(|| slow_bodies(server));
        scope.spawn(|| {
            hosts(server);
            origins(server);
            smuggled_requests(server);
            oversized_heads(server);
            interleaved_connections(server);
        });
    });
    server.assert_well("slow and wrong requests");
    lack_of_descriptors(server);
    server.assert_well("a lack of descriptors");
}

/// Returns the time until the server closes a connection, to which single bytes are sent meanwhile.
fn closed_after(mut stream: TcpStream, limit: Duration, dribble: Option<u8>) -> Duration {
    let began = Instant::now();
    stream.set_read_timeout(Some(Duration::from_millis(400))).unwrap();
    let mut bytes = [0; 4096];
    while began.elapsed() < limit {
        match stream.read(&mut bytes) {
            Ok(1..) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                if dribble.is_some_and(|byte| stream.write_all(&[byte]).is_err()) {
                    break;
                }
            }
            Ok(0) | Err(_) => break,
        }
    }
    began.elapsed()
}

/// Heads that never end, whether nothing or single bytes are sent, do not hold a connection.
fn slow_heads(server: &Server) {
    let partial = format!("{}{}", server.traits.get, server.host());
    let heads = [("", None), ("G", None), (&*partial, None), (&*partial, Some(b'x'))];
    std::thread::scope(|scope| {
        for (head, dribble) in heads {
            scope.spawn(move || {
                let mut stream = server.connect();
                stream.write_all(head.as_bytes()).unwrap();
                let after = closed_after(stream, HEAD_LIMIT, dribble);
                assert!(after < HEAD_LIMIT, "{} waits for {head:?} {dribble:?}", server.name);
            });
        }
    });
}

/// Bodies that never end do not hold a connection either.
fn slow_bodies(server: &Server) {
    if server.traits.skips_bodies {
        return;
    }
    let head = format!("{}{}content-length: 1000\r\n\r\n{{", server.traits.post, server.host());
    std::thread::scope(|scope| {
        for dribble in [None, Some(b' ')] {
            let head = &head;
            scope.spawn(move || {
                let mut stream = server.connect();
                stream.write_all(head.as_bytes()).unwrap();
                let after = closed_after(stream, BODY_LIMIT, dribble);
                assert!(after < BODY_LIMIT, "{} waits for a body {dribble:?}", server.name);
            });
        }
    });
}

/// A request names this server, exactly once: another name is that of a page that has bound its own
/// name to this address.
fn hosts(server: &Server) {
    let (own, port) = (server.host(), server.address.rsplit_once(':').unwrap().1);
    let invalid = [
        String::new(),
        format!("{own}{own}"),
        format!("{own}host: evil.example\r\n"),
        format!("host: evil.example\r\n{own}"),
        format!("host: user@127.0.0.1:{port}\r\n"),
        format!("host: 127.0.0.1:{port}, evil.example\r\n"),
        format!("host: 127.0.0.1:{port}/evil.example\r\n"),
    ];
    for host in &invalid {
        server.assert_refused(server.status(host), host);
    }
    for name in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1"] {
        for host in [format!("host: {name}\r\n"), format!("host: {name}:{port}\r\n")] {
            let status = server.status(&host);
            if server.traits.any_host {
                assert_eq!(status, server.traits.status, "{} {host}", server.name);
            } else {
                server.assert_refused(status, &host);
            }
        }
    }
    // A target with a host of its own.
    let absolute = server.traits.get.replacen(" /", " http://evil.example/", 1);
    let request = format!("{absolute}{own}connection: close\r\n\r\n");
    let status = status(&server.exchange(request.as_bytes()));
    if !server.traits.any_host {
        assert!((400..500).contains(&status), "{} answers {status} to {absolute}", server.name);
    }
}

/// Pages of other origins do not reach the server, which no response permits either.
fn origins(server: &Server) {
    for origin in ["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://"] {
        let request = format!(
            "{}{}origin: {origin}\r\nconnection: close\r\n\r\n",
            server.traits.get,
            server.host()
        );
        let response = server.exchange(request.as_bytes());
        assert!(!response.to_lowercase().contains("access-control-allow-origin"), "{response}");
        if server.traits.any_origin {
            assert_eq!(status(&response), server.traits.status, "{} {origin}", server.name);
        } else {
            server.assert_refused(status(&response), origin);
        }
    }
}

/// The second request in a body whose length is doubtful is never answered.
fn smuggled_requests(server: &Server) {
    let get = format!("{}{}\r\n", server.traits.get, server.host());
    let chunked = format!("0\r\n\r\n{get}");
    let length = chunked.len();
    let framings = [
        format!("content-length: {length}\r\ncontent-length: 5\r\n"),
        format!("content-length: 5\r\ncontent-length: {length}\r\n"),
        format!("content-length: 5, {length}\r\n"),
        "content-length: +5\r\n".to_owned(),
        "content-length: 0x5\r\n".to_owned(),
        "content-length: -1\r\n".to_owned(),
        "content-length: 99999999999999999999\r\n".to_owned(),
        format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n"),
        format!("transfer-encoding: chunked\r\ncontent-length: {length}\r\n"),
        "transfer-encoding: xchunked\r\n".to_owned(),
        "transfer-encoding: chunked, identity\r\n".to_owned(),
        "transfer-encoding : chunked\r\n".to_owned(),
        "transfer-encoding:\x0bchunked\r\n".to_owned(),
        format!("content-length: 5\r\n transfer-encoding: chunked\r\nx: {length}\r\n"),
    ];
    for framing in framings {
        let request = format!("{}{}{framing}\r\n{chunked}", server.traits.get, server.host());
        let response = server.exchange(request.as_bytes());
        let count = response.matches("HTTP/1.1 ").count();
        assert!(count <= 1, "{} answers both requests to {framing:?}: {response}", server.name);
    }
}

/// A head without an end is cut off long before the client stops.
fn oversized_heads(server: &Server) {
    const SIZE: usize = 32 << 20;
    let line = format!("x-{}: {}\r\n", "y".repeat(100), "z".repeat(900));
    let target = format!("GET /{}", "a".repeat(8 << 20));
    for (begin, piece) in [(&*server.traits.get, &*line), (&*target, &*line)] {
        let mut stream = server.connect();
        let mut sent = 0;
        let mut is_open = stream.write_all(begin.as_bytes()).is_ok();
        while is_open && sent < SIZE {
            is_open = stream.write_all(piece.as_bytes()).is_ok();
            sent += piece.len();
        }
        assert!(!is_open, "{} reads a head of {SIZE} bytes", server.name);
    }
}

/// Requests whose bytes arrive in turn are all answered.
fn interleaved_connections(server: &Server) {
    let request = format!("{}{}connection: close\r\n\r\n", server.traits.get, server.host());
    let mut streams: Vec<TcpStream> = (0..DESCRIPTORS / 3).map(|_| server.connect()).collect();
    for piece in request.as_bytes().chunks(3) {
        for stream in &mut streams {
            stream.write_all(piece).unwrap();
        }
    }
    // In another order than that of their beginning.
    for mut stream in streams.into_iter().rev() {
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        assert_eq!(status(&response), server.traits.status, "{}", server.name);
    }
}

/// More connections than there are descriptors neither end the server nor keep it busy.
fn lack_of_descriptors(server: &Server) {
    let streams: Vec<TcpStream> = (0..2 * DESCRIPTORS).map(|_| server.connect()).collect();
    #[cfg(target_os = "linux")]
    {
        let before = ticks(server.child.id());
        std::thread::sleep(Duration::from_secs(1));
        let used = ticks(server.child.id()) - before;
        assert!(used < 50, "{} uses {used} ticks of CPU in a second", server.name);
    }
    for stream in streams {
        let _ = stream.shutdown(Shutdown::Both);
    }
}

/// The CPU time that a process has used, in clock ticks of 10 ms.
#[cfg(target_os = "linux")]
fn ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}
