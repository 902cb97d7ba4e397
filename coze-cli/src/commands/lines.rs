//! Lines that somebody types, or that come through a pipe.

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
use crate::output;

/// What there is to read.
#[derive(Debug)]
pub(super) enum Line {
    Text(String),
    /// The input is over.
    End,
    /// Ctrl-C was pressed.
    Interrupted,
}

/// Reads lines, one for each question. On a terminal they can be edited.
#[derive(Clone)]
pub(super) struct Lines {
    asks: mpsc::Sender<Question>,
    edited: bool,
}

/// What a line is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// It is kept in the history.
    Message,
    /// It is the output of a tool or the like, and is not kept.
    Answer,
}

struct Question {
    prompt: String,
    purpose: Purpose,
    line: oneshot::Sender<io::Result<Line>>,
}

impl Lines {
    /// Lines without a history.
    pub(super) fn new() -> Self {
        Self::with(None, &[])
    }

    /// Lines with a history in a file, and commands that the tab key completes.
    pub(super) fn with(history: Option<PathBuf>, commands: &'static [&'static str]) -> Self {
        let edited = io::stdin().is_terminal() && io::stdout().is_terminal();
        let (asks, asked) = mpsc::channel();
        // A thread of its own: reading holds up neither the program nor its end.
        std::thread::spawn(move || {
            if edited && let Ok(editor) = Typing::new(history, commands) {
                serve(&asked, editor);
            } else {
                serve(&asked, Piped(io::stdin().lock().lines()));
            }
        });
        Self { asks, edited }
    }

    /// Whether there is somebody to talk to.
    pub(super) fn is_edited(&self) -> bool {
        self.edited
    }

    /// Reads a message.
    pub(super) async fn message(&self) -> io::Result<Line> {
        self.read("> ".to_owned(), Purpose::Message).await
    }

    /// Reads what somebody or something waits for.
    pub(super) async fn answer(&self, what: &str) -> Result<String, AnswerError> {
        // It may come from the API, and must not steer the terminal.
        let what = output::one_line(what);
        match self.read(format!("{what}> "), Purpose::Answer).await {
            Ok(Line::Text(text)) => Ok(text),
            Ok(Line::End) => Err(AnswerError::End(what)),
            Ok(Line::Interrupted) => Err(AnswerError::Interrupted),
            Err(error) => Err(AnswerError::ReadFailed(error.to_string())),
        }
    }

    async fn read(&self, prompt: String, purpose: Purpose) -> io::Result<Line> {
        let (line, read) = oneshot::channel();
        let ask = Question { prompt, purpose, line };
        if self.asks.send(ask).is_err() {
            return Ok(Line::End);
        }
        let read = async { read.await.unwrap_or(Ok(Line::End)) };
        if self.edited {
            // The editor takes Ctrl-C as a key.
            return read.await;
        }
        tokio::select! {
            line = read => line,
            () = interrupted() => Ok(Line::Interrupted),
        }
    }
}

/// Comes back when Ctrl-C is pressed.
async fn interrupted() {
    // Where there are no signals nobody interrupts.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Does something that Ctrl-C ends.
pub(super) async fn unless_interrupted(work: impl Future<Output = CommandResult>) -> CommandResult {
    tokio::select! {
        biased;
        () = interrupted() => Err(Failure::Interrupted),
        done = work => done,
    }
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(super) enum AnswerError {
    Interrupted,
    /// The input is over, and this was asked for.
    End(String),
    ReadFailed(String),
}

impl AnswerError {
    /// What a stream ended with, of which an answer was wanted.
    pub(super) fn of(error: coze_api::Error) -> Failure {
        let source = error.source().and_then(|source| source.downcast_ref::<Self>());
        match source {
            Some(Self::Interrupted) => Failure::Interrupted,
            Some(end @ Self::End(_)) => Failure::Usage(end.to_string()),
            Some(Self::ReadFailed(why)) => Failure::local(why),
            None => error.into(),
        }
    }
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("interrupted"),
            Self::End(what) => {
                write!(f, "the input has ended, and there is no line for: {what}")
            }
            Self::ReadFailed(why) => write!(f, "the input cannot be read: {why}"),
        }
    }
}

impl StdError for AnswerError {}

/// Where lines come from.
trait Source {
    fn read(&mut self, prompt: &str, purpose: Purpose) -> io::Result<Line>;
}

fn serve(asked: &mpsc::Receiver<Question>, mut source: impl Source) {
    while let Ok(ask) = asked.recv() {
        // Who has asked may have gone.
        let _ = ask.line.send(source.read(&ask.prompt, ask.purpose));
    }
}

struct Piped(io::Lines<io::StdinLock<'static>>);

impl Source for Piped {
    fn read(&mut self, prompt: &str, _purpose: Purpose) -> io::Result<Line> {
        if io::stdin().is_terminal() {
            eprint!("{prompt}");
            io::stderr().flush()?;
        }
        Ok(self.0.next().transpose()?.map_or(Line::End, Line::Text))
    }
}

/// Lines on a terminal.
struct Typing {
    editor: Editor<Completion, FileHistory>,
    history: Option<PathBuf>,
}

impl Typing {
    fn new(history: Option<PathBuf>, commands: &'static [&'static str]) -> rustyline::Result<Self> {
        // A line that begins with a space is not kept, as in shells.
        let config = Config::builder()
            .max_history_size(1000)?
            .history_ignore_space(true)
            .history_ignore_dups(true)?
            .build();
        let mut editor = Editor::with_config(config)?;
        let files = FilenameCompleter::new();
        editor.set_helper(Some(Completion { commands, files }));
        if let Some(path) = &history {
            // There is none in the beginning.
            let _ = editor.load_history(path);
        }
        Ok(Self { editor, history })
    }

    fn keep(&mut self, line: &str) {
        if looks_secret(line) || !self.editor.add_history_entry(line).unwrap_or(false) {
            return;
        }
        // A history that cannot be written is no reason to fall silent. Only its owner can read the file.
        if let Some(path) = &self.history {
            let _ = self.editor.append_history(path);
        }
    }
}

impl Source for Typing {
    fn read(&mut self, prompt: &str, purpose: Purpose) -> io::Result<Line> {
        match self.editor.readline(prompt) {
            Ok(line) => {
                if purpose == Purpose::Message {
                    self.keep(&line);
                }
                Ok(Line::Text(line))
            }
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(ReadlineError::Interrupted) => Ok(Line::Interrupted),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

/// Whether a token or a key is in a line.
fn looks_secret(line: &str) -> bool {
    const BEGINNINGS: [&str; 6] = ["pat_", "sat_", "czu_", "czs_", "eyJ", "-----BEGIN"];
    let word = |c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-');
    line.split(word).any(|word| BEGINNINGS.iter().any(|known| word.starts_with(known)))
        || line.to_lowercase().contains("bearer ")
}

/// What the tab key completes: commands, and behind one the path of a file.
struct Completion {
    commands: &'static [&'static str],
    files: FilenameCompleter,
}

impl Completer for Completion {
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
        let known = self.commands.iter().filter(|command| command.starts_with(typed));
        let pair = |command: &&str| Pair {
            display: (*command).to_owned(),
            replacement: (*command).to_owned(),
        };
        Ok((0, known.map(pair).collect()))
    }
}

impl Hinter for Completion {
    type Hint = String;
}

impl Highlighter for Completion {}
impl Validator for Completion {}
impl Helper for Completion {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_no_history() {
        for line in ["use pat_abc", "key=sat_1", "Bearer xyz", "(eyJhbGciOi)"] {
            assert!(looks_secret(line), "{line}");
        }
        for line in ["Hello", "compatible_", "a bear", "/file patterns.txt"] {
            assert!(!looks_secret(line), "{line}");
        }
    }
}
