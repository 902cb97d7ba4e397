//! `coze chat`: a conversation with a bot in the terminal.

mod talk;

use std::path::{Path, PathBuf};

use super::lines::{Line, Lines, unless_interrupted};
use crate::backend::BackendArgs;
use crate::cli::{ChatArgs, Format};
use crate::failure::{CommandResult, Failure};
use crate::{output, profile};
use talk::Talk;

const HELP: &str = "\
/help        shows this
/file PATH   sends a file with the next message; PATH may be completed by the tab key
/history     shows the conversation so far
/new         starts a new conversation
/quit        leaves, as Ctrl-D does
//TEXT       sends a message that begins with a slash
Ctrl-C       cancels the answer";

const COMMANDS: [&str; 5] = ["/file ", "/help", "/history", "/new", "/quit"];

pub(super) async fn run(
    args: ChatArgs,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    let variables = super::pairs("--variable", &args.variable)?;
    let backend = backend.open().await?;
    // A chat goes on where there is no folder; only its history is lost.
    let history = profile::folder().ok().filter(|folder| make(folder).is_ok());
    let lines = Lines::with(history.map(|folder| folder.join("history")), &COMMANDS);
    let mut talk = Talk {
        client: backend.client.clone(),
        bot: args.bot,
        user: args.user,
        variables,
        conversation: args.conversation,
        parts: Vec::new(),
        lines,
        as_json: output == Some(Format::Json),
    };
    for path in &args.file {
        talk.attach(path).await?;
    }
    match args.message {
        Some(message) => talk.say(message).await,
        None => interactive(talk).await,
    }
}

fn make(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

async fn interactive(mut talk: Talk) -> CommandResult {
    let lines = talk.lines.clone();
    if lines.is_edited() {
        output::note("chat", "/help shows the commands, Ctrl-D leaves")?;
    }
    loop {
        let line = match lines.message().await? {
            Line::Text(line) => line.trim().to_owned(),
            Line::End => return Ok(()),
            Line::Interrupted if lines.is_edited() => {
                output::note("chat", "Ctrl-D leaves")?;
                continue;
            }
            Line::Interrupted => return Err(Failure::Interrupted),
        };
        if matches!(line.as_str(), "/quit" | "/exit") {
            return Ok(());
        }
        match (obey(&mut talk, &line).await, lines.is_edited()) {
            (Err(Failure::Interrupted), true) => output::note("chat", "canceled")?,
            // What the API refuses once it may take the next time.
            (Err(failure), true) => drop(failure.report()),
            (done, _) => done?,
        }
    }
}

/// Does what a line says: a command, or a message to the bot.
async fn obey(talk: &mut Talk, line: &str) -> CommandResult {
    if let Some(message) = line.strip_prefix("//") {
        return talk.say(format!("/{message}")).await;
    }
    let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
    match command {
        "" => Ok(()),
        "/help" => output::line(HELP),
        "/new" => {
            talk.conversation = None;
            output::note("chat", "a new conversation")
        }
        "/file" if rest.trim().is_empty() => {
            Err(Failure::Usage("/file takes the path of a file".to_owned()))
        }
        "/file" => unless_interrupted(talk.attach(&typed(rest.trim()))).await,
        "/history" => unless_interrupted(talk.history()).await,
        command if command.starts_with('/') => Err(Failure::Usage(format!(
            "there is no command {command}; /help shows all, and a message that begins \
             with a slash takes two"
        ))),
        _ => talk.say(line.to_owned()).await,
    }
}

/// The path that somebody typed as in a shell: in quotes, or with escaped spaces.
fn typed(text: &str) -> PathBuf {
    if Path::new(text).exists() {
        return PathBuf::from(text);
    }
    let quoted = ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote).map(str::to_owned));
    let text =
        quoted.unwrap_or_else(|| rustyline::completion::unescape(text, Some('\\')).into_owned());
    match (text.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_typed_as_in_a_shell() {
        assert_eq!(typed("plain.txt"), Path::new("plain.txt"));
        assert_eq!(typed("'my file.txt'"), Path::new("my file.txt"));
        assert_eq!(typed("\"my file.txt\""), Path::new("my file.txt"));
        assert_eq!(typed(r"my\ file.txt"), Path::new("my file.txt"));
        assert!(!typed("~/file.txt").starts_with("~"));
    }
}
