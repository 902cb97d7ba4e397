//! A Redis of a test.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use coze_api_redis::{RedisClient, RedisTokenStore};
use tempfile::TempDir;

/// A running server with its data in a folder of its own. It ends when this is dropped.
pub(crate) struct RedisServer {
    folder: TempDir,
    arguments: Vec<String>,
    process: Option<Child>,
}

impl RedisServer {
    /// Starts a server on a Unix socket that writes each change to the disk.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// Starts a server with more arguments.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let fixed = ["--port", "0", "--appendonly", "yes", "--appendfsync", "always", "--save", ""];
        let arguments = fixed.iter().chain(arguments).map(ToString::to_string).collect();
        let mut server = Self { folder, arguments, process: None };
        server.launch();
        server
    }

    fn launch(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--daemonize", "no", "--dir"]).arg(self.folder.path());
        command.arg("--unixsocket").arg(self.socket()).args(&self.arguments);
        let process = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn();
        let mut process = process.unwrap_or_else(|e| {
            panic!("cannot start redis-server ({e}); install it: apt-get install redis-server")
        });
        let mut lines = BufReader::new(process.stdout.take().expect("an output")).lines();
        let mut log = Vec::new();
        loop {
            let Some(line) = lines.next() else { panic!("redis-server ended: {log:#?}") };
            log.push(line.expect("a line"));
            if log.last().is_some_and(|line| line.contains("eady to accept connections")) {
                break;
            }
        }
        // The server stops if nobody reads what it prints.
        std::thread::spawn(move || lines.for_each(drop));
        self.process = Some(process);
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// Returns the URL of the Unix socket.
    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Returns a client that notices faults quickly.
    pub(crate) fn client(&self) -> RedisClient {
        client(&self.url())
    }

    /// Returns another handle to the token of the tests.
    pub(crate) fn store(&self) -> RedisTokenStore {
        RedisTokenStore::new(&self.client(), "test")
    }

    /// Runs a command in the server, and returns its result.
    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("redis-cli");
        command.arg("-s").arg(self.socket()).args(arguments);
        let output = command.output().expect("redis-cli");
        String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
    }

    /// Kills the server.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("killed");
            process.wait().expect("ended");
        }
    }

    /// Kills the server, and starts it again with the same data.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.launch();
    }

    /// Sends a signal to the server, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.process.as_ref().expect("a process").id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status().expect("kill");
        assert!(status.success());
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Returns a client that notices faults quickly.
pub(crate) fn client(url: &str) -> RedisClient {
    let redis = RedisClient::open(url).expect("a URL");
    redis.timeout(Duration::from_secs(2)).retry_time(Duration::from_secs(8))
}

/// Returns a port that is free at the moment.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
