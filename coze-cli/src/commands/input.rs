//! Reads lines from a terminal or a pipe.

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::mpsc;

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Context, Editor, Helper};
use tokio::sync::oneshot;

use crate::failure::{CommandResult, Failure};
use crate::language::{say, text};
use crate::output;

/// A line of input, or the reason that there is none.
#[derive(Debug)]
pub(super) enum Line {
    Text(String),
    /// The end of the input.
    End,
    /// Ctrl-C was pressed.
    Interrupted,
}

/// Reads one line per request. On a terminal, lines can be edited. Clones share the input.
#[derive(Clone)]
pub(super) struct Input {
    requests: mpsc::Sender<LineRequest>,
    is_terminal: bool,
}

/// The purpose of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// A message, which goes to the history.
    Message,
    /// An answer such as the output of a tool, which does not.
    Answer,
}

/// A request for a line, answered over a channel.
struct LineRequest {
    prompt: String,
    purpose: Purpose,
    line: oneshot::Sender<io::Result<Line>>,
}

impl Input {
    /// Creates an input without a history.
    pub(super) fn new() -> Self {
        Self::with_history(None, &[])
    }

    /// Creates an input with a history file and commands that the tab key completes.
    pub(super) fn with_history(
        history: Option<PathBuf>,
        commands: &'static [&'static str],
    ) -> Self {
        let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
        let (requests, receiver) = mpsc::channel();
        // Reading blocks, so it has its own thread, which does not keep the program alive.
        std::thread::spawn(move || {
            if is_terminal && let Ok(editor) = LineEditor::new(history, commands) {
                serve_requests(&receiver, editor);
            } else {
                serve_requests(&receiver, PlainInput(io::stdin().lock().lines()));
            }
        });
        Self { requests, is_terminal }
    }

    /// Returns `true` if a user types the lines on a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Reads a message.
    pub(super) async fn message(&self) -> io::Result<Line> {
        self.read("> ".to_owned(), Purpose::Message).await
    }

    /// Reads an answer to a question of the API.
    pub(super) async fn answer(&self, prompt: &str) -> Result<String, AnswerError> {
        // The prompt may come from the API and must not control the terminal.
        let prompt = output::single_line(prompt);
        match self.read(format!("{prompt}> "), Purpose::Answer).await {
            Ok(Line::Text(text)) => Ok(text),
            Ok(Line::End) => Err(AnswerError::End(prompt)),
            Ok(Line::Interrupted) => Err(AnswerError::Interrupted),
            Err(error) => Err(AnswerError::ReadFailed(error.to_string())),
        }
    }

    async fn read(&self, prompt: String, purpose: Purpose) -> io::Result<Line> {
        let (line, receiver) = oneshot::channel();
        let request = LineRequest { prompt, purpose, line };
        if self.requests.send(request).is_err() {
            return Ok(Line::End);
        }
        let read = async { receiver.await.unwrap_or(Ok(Line::End)) };
        if self.is_terminal {
            // The editor reads Ctrl-C as a key.
            return read.await;
        }
        tokio::select! {
            line = read => line,
            () = ctrl_c() => Ok(Line::Interrupted),
        }
    }
}

/// Completes when Ctrl-C is pressed.
async fn ctrl_c() {
    // If signals are not available, wait forever.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Runs a future until it completes or Ctrl-C is pressed.
pub(super) async fn unless_interrupted(work: impl Future<Output = CommandResult>) -> CommandResult {
    tokio::select! {
        biased;
        () = ctrl_c() => Err(Failure::Interrupted),
        result = work => result,
    }
}

/// An error while reading an answer.
#[derive(Clone, Debug)]
pub(super) enum AnswerError {
    Interrupted,
    /// The input ended before the answer to this prompt.
    End(String),
    ReadFailed(String),
}

impl AnswerError {
    /// Converts the error of a stream, which may be caused by a missing answer.
    pub(super) fn failure_from(error: coze_api::Error) -> Failure {
        match error.source().and_then(|source| source.downcast_ref::<Self>()) {
            Some(answer) => answer.clone().into(),
            None => error.into(),
        }
    }
}

impl From<AnswerError> for Failure {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Interrupted => Self::Interrupted,
            AnswerError::End(_) => Self::Usage(error.to_string()),
            AnswerError::ReadFailed(message) => Self::local(message),
        }
    }
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str(text("interrupted", "已中断")),
            Self::End(prompt) => f.write_str(&say!(
                "the input ended before the answer to this prompt: {prompt}",
                "输入已结束，没有回答此提示：{prompt}",
            )),
            Self::ReadFailed(message) => {
                f.write_str(&say!("cannot read the input: {message}", "无法读取输入：{message}"))
            }
        }
    }
}

impl StdError for AnswerError {}

/// A source of lines.
trait LineSource {
    fn read(&mut self, prompt: &str, purpose: Purpose) -> io::Result<Line>;
}

fn serve_requests(requests: &mpsc::Receiver<LineRequest>, mut source: impl LineSource) {
    while let Ok(request) = requests.recv() {
        // The receiver is gone if the request was dropped.
        let _ = request.line.send(source.read(&request.prompt, request.purpose));
    }
}

/// Lines from standard input without editing.
struct PlainInput(io::Lines<io::StdinLock<'static>>);

impl LineSource for PlainInput {
    fn read(&mut self, prompt: &str, _purpose: Purpose) -> io::Result<Line> {
        if io::stdin().is_terminal() {
            eprint!("{prompt}");
            io::stderr().flush()?;
        }
        Ok(self.0.next().transpose()?.map_or(Line::End, Line::Text))
    }
}

/// A line editor on a terminal.
struct LineEditor {
    editor: Editor<CommandCompleter, FileHistory>,
    history: Option<PathBuf>,
}

impl LineEditor {
    fn new(history: Option<PathBuf>, commands: &'static [&'static str]) -> rustyline::Result<Self> {
        // As in shells, lines that begin with a space are not added to the history.
        let config = Config::builder()
            .max_history_size(1000)?
            .history_ignore_space(true)
            .history_ignore_dups(true)?
            .build();
        let mut editor = Editor::with_config(config)?;
        let files = FilenameCompleter::new();
        editor.set_helper(Some(CommandCompleter { commands, files }));
        if let Some(path) = &history {
            // The file does not exist at first.
            let _ = editor.load_history(path);
        }
        Ok(Self { editor, history })
    }

    fn add_to_history(&mut self, line: &str) {
        if looks_secret(line) || !self.editor.add_history_entry(line).unwrap_or(false) {
            return;
        }
        // The chat goes on if the history cannot be written. The file is readable by its owner
        // only.
        if let Some(path) = &self.history {
            let _ = self.editor.append_history(path);
        }
    }
}

impl LineSource for LineEditor {
    fn read(&mut self, prompt: &str, purpose: Purpose) -> io::Result<Line> {
        match self.editor.readline(prompt) {
            Ok(line) => {
                if purpose == Purpose::Message {
                    self.add_to_history(&line);
                }
                Ok(Line::Text(line))
            }
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(ReadlineError::Interrupted) => Ok(Line::Interrupted),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

/// Returns `true` if a line contains a token or a key.
fn looks_secret(line: &str) -> bool {
    const PREFIXES: [&str; 6] = ["pat_", "sat_", "czu_", "czs_", "eyJ", "-----BEGIN"];
    let is_separator = |c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-');
    line.split(is_separator).any(|word| PREFIXES.iter().any(|prefix| word.starts_with(prefix)))
        || line.to_lowercase().contains("bearer ")
}

/// Completes commands, and paths after a command.
struct CommandCompleter {
    commands: &'static [&'static str],
    files: FilenameCompleter,
}

impl Completer for CommandCompleter {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        if !line.starts_with('/') {
            return Ok((position, Vec::new()));
        }
        let typed = line.get(..position).unwrap_or(line);
        if typed.contains(' ') {
            return self.files.complete_path(line, position);
        }
        let matching = self.commands.iter().filter(|command| command.starts_with(typed));
        let pair = |command: &&str| Pair {
            display: (*command).to_owned(),
            replacement: (*command).to_owned(),
        };
        Ok((0, matching.map(pair).collect()))
    }
}

impl Hinter for CommandCompleter {
    type Hint = String;
}

impl Highlighter for CommandCompleter {}
impl Validator for CommandCompleter {}
impl Helper for CommandCompleter {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_not_added_to_the_history() {
        for line in ["use pat_abc", "key=sat_1", "Bearer xyz", "(eyJhbGciOi)"] {
            assert!(looks_secret(line), "{line}");
        }
        for line in ["Hello", "compatible_", "a bear", "/file patterns.txt"] {
            assert!(!looks_secret(line), "{line}");
        }
    }
}
