//! Tests of `coze chat` on a terminal: line editing, history and Ctrl-C.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command};
use std::sync::mpsc;
use std::time::Duration;

use coze_mock::MockServer;
use rustix::fs::{Mode, OFlags};
use rustix::pty::{self, OpenptFlags};

use crate::common::{BOT, against, coze};

/// The timeout for output, which normally arrives at once.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A program on a pseudo-terminal.
struct Terminal {
    child: Child,
    input: File,
    output: mpsc::Receiver<Vec<u8>>,
    /// The output that no expectation has consumed yet.
    pending: String,
}

impl Terminal {
    fn start(mut command: Command) -> Self {
        let master = pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        pty::grantpt(&master).unwrap();
        pty::unlockpt(&master).unwrap();
        let name = pty::ptsname(&master, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let terminal = File::from(rustix::fs::open(name, flags, Mode::empty()).unwrap());
        command
            .stdin(terminal.try_clone().unwrap())
            .stdout(terminal.try_clone().unwrap())
            .stderr(terminal)
            .env("TERM", "xterm");
        let child = command.spawn().unwrap();
        let input = File::from(master);
        let mut screen = input.try_clone().unwrap();
        let (sender, output) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Reading fails when the program ends.
            while let Ok(length @ 1..) = screen.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, input, output, pending: String::new() }
    }

    /// Waits for output that contains the text.
    fn expect(&mut self, text: &str) {
        while !self.pending.contains(text) {
            let more = self.output.recv_timeout(TIMEOUT);
            let more = more.unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.pending));
            self.pending.push_str(&String::from_utf8_lossy(&more));
        }
        let end = self.pending.find(text).unwrap() + text.len();
        self.pending.drain(..end);
    }

    /// Waits for the prompt and types keys.
    fn type_at(&mut self, prompt: &str, keys: &str) {
        self.expect(prompt);
        self.input.write_all(keys.as_bytes()).unwrap();
    }

    /// Sends SIGINT to the program.
    fn interrupt(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    /// Waits for the end of the program and returns its exit code.
    fn exit_code(mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interactive_chat() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    against(&server, home.path(), &["auth", "login"], "pat_test\n");
    let mut command = coze(home.path());
    command.args(["chat", BOT, "--base-url", &server.base_url()]);
    let canceled = || server.requests_to("chat.cancel").len();

    let mut terminal = Terminal::start(command);
    terminal.expect("/help shows the commands");
    terminal.type_at("> ", "Hallo\x7f\x7f\x7f\x7fello\r");
    terminal.expect("You said: Hello.");
    terminal.expect("[suggestion]");
    // The up arrow recalls the previous message.
    terminal.type_at("> ", "\x1b[A\r");
    terminal.expect("You said: Hello. This is turn 2");
    // Ctrl-C cancels the reply without ending the program.
    terminal.type_at("> ", "[answer Well] [hold]\r");
    terminal.expect("Well\r\n");
    terminal.interrupt();
    terminal.expect("canceled");
    assert_eq!(canceled(), 1);
    terminal.type_at("> ", "[tool get_uptime {}] How long?\r");
    terminal.type_at("output of get_uptime> ", "42 hours\r");
    terminal.expect("says: 42 hours.");
    // A chat that waits for a tool output cannot be canceled.
    terminal.type_at("> ", "[tool get_uptime {}] How long?\r");
    terminal.type_at("output of get_uptime> ", "\x03");
    terminal.expect("canceled");
    assert_eq!(canceled(), 1);
    // An error does not end the program.
    terminal.type_at("> ", "/fi\t/no/file\r");
    terminal.expect("cannot read file");
    terminal.type_at("> ", "half a li\x03");
    terminal.expect("Ctrl-D quits");
    terminal.type_at("> ", "My token is pat_secret\r");
    terminal.expect("You said: My token is pat_secret.");
    terminal.type_at("> ", "\x04");
    assert_eq!(terminal.exit_code(), 0);

    let path = home.path().join("history");
    let history = std::fs::read_to_string(&path).unwrap();
    assert!(history.contains("Hello") && history.contains("/file /no/file"), "{history}");
    for excluded in ["pat_secret", "42 hours", "half a li"] {
        assert!(!history.contains(excluded), "{history}");
    }
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_and_notes_are_colored() {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(["chat", BOT]).env_remove("NO_COLOR");
    let mut terminal = Terminal::start(command);
    terminal.expect("\x1b[1m\x1b[31merror: \x1b[0mthere is no profile");
    assert_eq!(terminal.exit_code(), 4);
    let mut command = coze(home.path());
    command.args(["chat", BOT]).env("NO_COLOR", "1");
    let mut terminal = Terminal::start(command);
    terminal.expect("error: there is no profile");
    assert_eq!(terminal.exit_code(), 4);
}

#[test]
fn json_is_colored() {
    let home = tempfile::tempdir().unwrap();
    let args = ["call", "users.me", "--mock"];
    let mut command = coze(home.path());
    command.args(args).env_remove("NO_COLOR");
    let mut terminal = Terminal::start(command);
    terminal.expect("\x1b[1m\x1b[34m\"code\"\x1b[0m: \x1b[33m0\x1b[0m");
    assert_eq!(terminal.exit_code(), 0);
    let mut command = coze(home.path());
    command.args(args).env("NO_COLOR", "1");
    let mut terminal = Terminal::start(command);
    terminal.expect("\"code\": 0");
    assert_eq!(terminal.exit_code(), 0);
}
