//! `coze chat` on a terminal: line editing, history, and Ctrl-C.

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

/// Whatever is waited for comes at once; a test that waits in vain ends after this.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program on a terminal, and somebody in front of it.
struct Terminal {
    child: Child,
    keys: File,
    shown: mpsc::Receiver<Vec<u8>>,
    /// What was shown and not yet looked at.
    rest: String,
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
        let keys = File::from(master);
        let mut screen = keys.try_clone().unwrap();
        let (show, shown) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The end of the program is an error of its terminal.
            while let Ok(length @ 1..) = screen.read(&mut buffer) {
                if show.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, keys, shown, rest: String::new() }
    }

    /// Waits until this is shown.
    fn sees(&mut self, text: &str) {
        while !self.rest.contains(text) {
            let more = self.shown.recv_timeout(PATIENCE);
            let more = more.unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.rest));
            self.rest.push_str(&String::from_utf8_lossy(&more));
        }
        let end = self.rest.find(text).unwrap() + text.len();
        self.rest.drain(..end);
    }

    /// Types at the prompt.
    fn types(&mut self, prompt: &str, keys: &str) {
        self.sees(prompt);
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    fn interrupt(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    fn ends(mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_chats() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    against(&server, home.path(), &["auth", "login"], "pat_test\n");
    let mut command = coze(home.path());
    command.args(["chat", BOT, "--base-url", &server.base_url()]);
    let canceled = || server.requests_to("chat.cancel").len();

    let mut terminal = Terminal::start(command);
    terminal.sees("/help shows the commands");
    terminal.types("> ", "Hallo\x7f\x7f\x7f\x7fello\r");
    terminal.sees("You said: Hello.");
    terminal.sees("[maybe ask]");
    // The arrow brings back what was said.
    terminal.types("> ", "\x1b[A\r");
    terminal.sees("You said: Hello. This is turn 2");
    // Ctrl-C cancels the answer, and not the program.
    terminal.types("> ", "[answer Well] [hold]\r");
    terminal.sees("Well\r\n");
    terminal.interrupt();
    terminal.sees("canceled");
    assert_eq!(canceled(), 1);
    terminal.types("> ", "[tool get_uptime {}] How long?\r");
    terminal.types("output of get_uptime> ", "42 hours\r");
    terminal.sees("says: 42 hours.");
    // A chat that waits for a tool cannot be canceled, and holds up nobody.
    terminal.types("> ", "[tool get_uptime {}] How long?\r");
    terminal.types("output of get_uptime> ", "\x03");
    terminal.sees("canceled");
    assert_eq!(canceled(), 1);
    // What goes wrong ends the answer, and not the program.
    terminal.types("> ", "/fi\t/no/file\r");
    terminal.sees("cannot read file");
    terminal.types("> ", "half a li\x03");
    terminal.sees("Ctrl-D leaves");
    terminal.types("> ", "My token is pat_secret\r");
    terminal.sees("You said: My token is pat_secret.");
    terminal.types("> ", "\x04");
    assert_eq!(terminal.ends(), 0);

    let path = home.path().join("history");
    let history = std::fs::read_to_string(&path).unwrap();
    assert!(history.contains("Hello") && history.contains("/file /no/file"), "{history}");
    for kept_out in ["pat_secret", "42 hours", "half a li"] {
        assert!(!history.contains(kept_out), "{history}");
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
    terminal.sees("\x1b[1m\x1b[31merror:\x1b[0m there is no profile");
    assert_eq!(terminal.ends(), 4);
    let mut command = coze(home.path());
    command.args(["chat", BOT]).env("NO_COLOR", "1");
    let mut terminal = Terminal::start(command);
    terminal.sees("error: there is no profile");
    assert_eq!(terminal.ends(), 4);
}
