//! The mock server in a separate process, so that its memory is not counted.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use coze_mock::MockServer;

/// The environment variable that makes a test program run the server.
const SERVES: &str = "COZE_TESTS_SERVES";

/// Runs the server until standard input ends, if this process was started by [`Server::start`]. The
/// test whose name is passed there must call this.
pub fn serve() {
    if std::env::var_os(SERVES).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let builder = MockServer::builder().keep_requests(1).keep_bodies(0);
        let server = builder.start().await.expect("a free port");
        println!("\n{}", server.base_url());
        let end = || std::io::stdin().read_to_end(&mut Vec::new());
        tokio::task::spawn_blocking(end).await.expect("a thread").expect("an end");
    });
}

/// The server process. It ends when this is dropped.
pub struct Server {
    process: Child,
    input: Option<ChildStdin>,
    /// Kept open, so that the process can still print when it ends.
    _output: BufReader<ChildStdout>,
    base_url: String,
}

impl Server {
    /// Starts a process that runs a test of this program, which must call [`serve`].
    pub fn start(test: &str) -> Self {
        let program = std::env::current_exe().expect("a program");
        let mut command = Command::new(program);
        command.args(["--exact", test, "--nocapture"]).env(SERVES, "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a process");
        let input = process.stdin.take();
        let mut output = BufReader::new(process.stdout.take().expect("an output"));
        let lines = output.by_ref().lines().map(|line| line.expect("a line"));
        let base_url = lines.into_iter().find(|line| line.starts_with("http://"));
        Self { base_url: base_url.expect("an address"), process, input, _output: output }
    }

    /// The base URL of the server.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        // The process ends when its standard input is closed.
        let _ = self.process.wait();
    }
}
