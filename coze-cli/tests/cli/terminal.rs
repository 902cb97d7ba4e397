//! Tests on a terminal: line editing, history and Ctrl-C of `coze chat`, and the browser of
//! `coze playground`.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc;
use std::time::Duration;

use coze_mock::MockServer;
use nix::pty::openpty;

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
        let ends = openpty(None, None).unwrap();
        let terminal = File::from(ends.slave);
        command
            .stdin(terminal.try_clone().unwrap())
            .stdout(terminal.try_clone().unwrap())
            .stderr(terminal)
            .env("TERM", "xterm");
        let child = command.spawn().unwrap();
        let input = File::from(ends.master);
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

    /// Waits for output that contains the text, and returns what comes before it.
    fn expect(&mut self, text: &str) -> String {
        while !self.pending.contains(text) {
            let more = self.output.recv_timeout(TIMEOUT);
            let more = more.unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.pending));
            self.pending.push_str(&String::from_utf8_lossy(&more));
        }
        let rest = self.pending.split_once(text).map(|(_, rest)| rest.to_owned()).unwrap();
        let mut before = std::mem::replace(&mut self.pending, rest);
        before.truncate(before.find(text).unwrap());
        before
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

/// Starts the playground on a terminal, with only the programs of a folder.
fn playground(home: &Path, programs: &Path) -> Terminal {
    let mut command = coze(home);
    command
        .args(["playground", "--port", "0"])
        .env("PATH", programs)
        .env("COZE_API_TOKEN", "pat_secret");
    Terminal::start(command)
}

/// Checks that the page is served, and stops the server.
fn stop_after_a_request(mut terminal: Terminal, address: &str) {
    let mut server = TcpStream::connect(address).unwrap();
    server.set_read_timeout(Some(TIMEOUT)).unwrap();
    write!(server, "GET / HTTP/1.1\r\nhost: {address}\r\n\r\n").unwrap();
    let mut head = [0; 15];
    server.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    terminal.expect("The playground calls https://api.coze.cn. Ctrl-C stops it.");
    terminal.interrupt();
    assert_eq!(terminal.exit_code(), 0);
}

/// Exchanges a ticket for the key, and returns the response.
#[cfg(target_os = "linux")]
fn redeem(address: &str, ticket: &str) -> String {
    let mut server = TcpStream::connect(address).unwrap();
    server.set_read_timeout(Some(TIMEOUT)).unwrap();
    let head = format!("host: {address}\r\nauthorization: Bearer {ticket}\r\nconnection: close");
    write!(server, "POST /api/key HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
    let mut response = String::new();
    server.read_to_string(&mut response).unwrap();
    response
}

#[cfg(target_os = "linux")]
#[test]
fn the_playground_opens_the_browser_without_showing_its_key() {
    let (home, programs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let pipe = programs.path().join("opened");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let browser = programs.path().join("xdg-open");
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >'{}'\n", pipe.display());
    std::fs::write(&browser, script).unwrap();
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut terminal = playground(home.path(), programs.path());
    let (sender, opened) = mpsc::channel();
    std::thread::spawn(move || sender.send(std::fs::read_to_string(pipe)));
    let arguments = opened.recv_timeout(TIMEOUT).expect("the browser starts").unwrap();
    // Only a URL, whose fragment a browser sends nowhere, and which others see too late.
    let url = arguments.trim_end();
    let (origin, ticket) = url.split_once("/#ticket=").unwrap();
    let address = origin.strip_prefix("http://").unwrap();
    assert!(address.starts_with("127.0.0.1:"), "{url}");
    terminal.expect(&format!("{origin}/#key="));
    let [other, first, second] = ["00", ticket, ticket].map(|ticket| redeem(address, ticket));
    assert!(other.starts_with("HTTP/1.1 401") && second.starts_with("HTTP/1.1 401"), "{second}");
    let (_, key) = first.split_once("{\"key\":\"").expect(&first);
    let key = key.trim_end_matches("\"}");
    assert!(key.len() == 64 && key != ticket, "{first}");
    assert_eq!(terminal.expect("\n").trim_end(), key);
    stop_after_a_request(terminal, address);
    for file in std::fs::read_dir(home.path()).unwrap() {
        let content = std::fs::read_to_string(file.unwrap().path()).unwrap_or_default();
        assert!(!content.contains(key) && !content.contains("pat_secret"), "{content}");
    }
}

#[test]
fn the_playground_works_without_a_browser() {
    let (home, programs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut terminal = playground(home.path(), programs.path());
    terminal.expect("http://");
    let address = terminal.expect("/#key=");
    stop_after_a_request(terminal, &address);
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
