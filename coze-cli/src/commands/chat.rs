//! `coze chat`: chats with a bot in the terminal.

mod session;

use std::path::{Path, PathBuf};

use super::input::{Input, Line, unless_interrupted};
use crate::backend::BackendArgs;
use crate::cli::{ChatArgs, Format};
use crate::failure::{CommandResult, Failure};
use crate::language::{say, text};
use crate::{output, profile};
use session::ChatSession;

const COMMANDS: [&str; 8] =
    ["/code", "/file ", "/help", "/history", "/image ", "/new", "/quit", "/resume"];
/// The number of messages that `/history` and `/resume` show.
const SHOWN: usize = 20;

pub(super) async fn run(
    args: ChatArgs,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    let variables = super::pairs("--variable", &args.variable)?;
    let backend = backend.open().await?;
    let is_mock = backend.mock.is_some();
    // Without a configuration folder the chat works, but has no history.
    let history = profile::folder().ok().filter(|folder| std::fs::create_dir_all(folder).is_ok());
    let input = Input::with_history(history.map(|folder| folder.join("history")), &COMMANDS);
    let mut session = ChatSession {
        client: backend.client.clone(),
        is_mock,
        bot: args.bot,
        user: args.user,
        variables,
        conversation: args.conversation,
        parts: Vec::new(),
        input,
        as_json: output == Some(Format::Json),
        last: None,
    };
    if args.resume {
        session.resume("").await?;
    }
    for path in &args.file {
        session.attach(path, false).await?;
    }
    for path in &args.image {
        session.attach(path, true).await?;
    }
    match args.message {
        Some(message) => session.send(message).await,
        None => interactive(session).await,
    }
}

fn help() -> &'static str {
    text(
        "\
/help          shows this help
/file PATH     sends a file with the next message; the tab key completes PATH
/image PATH    sends an image with the next message
/history [N]   shows the last N messages of the conversation
/new           starts a new conversation
/resume [ID]   continues a conversation; by default, the last one with this bot
/code [NAME]   shows the last message as code: Rust and curl, or the language NAME
/quit          quits, like Ctrl-D
//TEXT         sends a message that begins with a slash
Ctrl-C         cancels the reply",
        "\
/help          显示此帮助
/file PATH     随下一条消息发送文件；按 Tab 键补全 PATH
/image PATH    随下一条消息发送图片
/history [N]   显示会话的最后 N 条消息
/new           开始新的会话
/resume [ID]   继续某个会话；默认为与该智能体的上一个会话
/code [NAME]   以代码显示上一条消息：Rust 和 curl，或语言 NAME
/quit          退出，等同于 Ctrl-D
//TEXT         发送以斜杠开头的消息
Ctrl-C         取消回复",
    )
}

async fn interactive(mut session: ChatSession) -> CommandResult {
    let input = session.input.clone();
    if input.is_terminal() {
        let hint = text("/help shows the commands, Ctrl-D quits", "/help 显示命令，Ctrl-D 退出");
        output::note(text("chat", "对话"), hint)?;
    }
    loop {
        let line = match input.message().await? {
            Line::Text(line) => line.trim().to_owned(),
            Line::End => return Ok(()),
            Line::Interrupted if input.is_terminal() => {
                output::note(text("chat", "对话"), text("Ctrl-D quits", "按 Ctrl-D 退出"))?;
                continue;
            }
            Line::Interrupted => return Err(Failure::Interrupted),
        };
        if matches!(line.as_str(), "/quit" | "/exit") {
            return Ok(());
        }
        match (run_line(&mut session, &line).await, input.is_terminal()) {
            (Err(Failure::Interrupted), true) => {
                output::note(text("chat", "对话"), text("canceled", "已取消"))?;
            }
            // A failed message does not end an interactive chat.
            (Err(failure), true) => drop(failure.report()),
            (result, _) => result?,
        }
    }
}

/// Runs a command, or sends the line to the bot.
async fn run_line(session: &mut ChatSession, line: &str) -> CommandResult {
    if let Some(message) = line.strip_prefix("//") {
        return session.send(format!("/{message}")).await;
    }
    let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match command {
        "" => Ok(()),
        "/help" => output::line(help()),
        "/new" => {
            session.conversation = None;
            let started = text("started a new conversation", "已开始新的会话");
            output::note(text("chat", "对话"), started)
        }
        "/file" | "/image" if rest.is_empty() => Err(Failure::Usage(say!(
            "{command} takes the path of a file",
            "{command} 后需要文件路径",
        ))),
        "/file" | "/image" => {
            let path = parse_path(rest);
            unless_interrupted(session.attach(&path, command == "/image")).await
        }
        "/history" => {
            let count = if rest.is_empty() { Ok(SHOWN) } else { rest.parse() };
            let count = count.map_err(|_| {
                Failure::Usage(say!(
                    "/history takes a number, not `{rest}`",
                    "/history 后需要数字，不能是 `{rest}`",
                ))
            })?;
            unless_interrupted(session.history(count)).await
        }
        "/resume" => unless_interrupted(session.resume(rest)).await,
        "/code" => session.code(rest).await,
        command if command.starts_with('/') => Err(Failure::Usage(say!(
            "unknown command {command}; /help lists the commands, and `//` begins a message \
             with a slash",
            "未知命令 {command}；/help 列出命令，以 `//` 开头可发送以斜杠开头的消息",
        ))),
        _ => session.send(line.to_owned()).await,
    }
}

/// Parses a path as shells do: in quotes or with escaped spaces.
fn parse_path(text: &str) -> PathBuf {
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
    fn paths_are_parsed_as_in_a_shell() {
        assert_eq!(parse_path("plain.txt"), Path::new("plain.txt"));
        assert_eq!(parse_path("'my file.txt'"), Path::new("my file.txt"));
        assert_eq!(parse_path("\"my file.txt\""), Path::new("my file.txt"));
        assert_eq!(parse_path(r"my\ file.txt"), Path::new("my file.txt"));
        assert!(!parse_path("~/file.txt").starts_with("~"));
    }
}
