//! `coze chat`: a conversation with a bot in the terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use coze_api::{ChatEvent, Client, ContentPart, Message, MessageType, Upload};
use futures_util::TryStreamExt as _;

use crate::backend::BackendArgs;
use crate::cli::ChatArgs;
use crate::failure::{Done, Failure};
use crate::output;

const HELP: &str = "/file PATH sends a file with the next message, /new starts a new conversation, /quit leaves";

pub(super) async fn run(args: ChatArgs, backend: &BackendArgs) -> Done {
    let backend = backend.open().await?;
    let mut talk = Talk {
        client: backend.client.clone(),
        bot: args.bot,
        user: args.user,
        conversation: None,
        parts: Vec::new(),
    };
    for path in &args.file {
        talk.attach(path).await?;
    }
    match args.message {
        Some(message) => talk.say(message).await,
        None => interactive(talk).await,
    }
}

async fn interactive(mut talk: Talk) -> Done {
    if io::stdin().is_terminal() {
        eprintln!("{HELP}");
    }
    while let Some(line) = ask("> ").await? {
        let line = line.trim().to_owned();
        let done = match line.split_once(' ').unwrap_or((&line, "")) {
            ("", _) => Ok(()),
            ("/quit" | "/exit", _) => return Ok(()),
            ("/help", _) => output::line(HELP),
            ("/new", _) => {
                talk.conversation = None;
                Ok(())
            }
            ("/file", path) => talk.attach(Path::new(path.trim())).await,
            _ => talk.say(line).await,
        };
        match done {
            // What the API refuses once it may take the next time.
            Err(failure) if io::stdin().is_terminal() => drop(failure.report()),
            done => done?,
        }
    }
    Ok(())
}

/// Reads a line; nothing at the end of the input.
pub(super) async fn ask(prompt: &str) -> io::Result<Option<String>> {
    if io::stdin().is_terminal() {
        eprint!("{prompt}");
        io::stderr().flush()?;
    }
    // Waiting for a person must not hold up the rest of the program.
    let line = tokio::task::spawn_blocking(|| io::stdin().lock().lines().next());
    line.await.map_err(io::Error::other)?.transpose()
}

struct Talk {
    client: Client,
    bot: String,
    user: String,
    /// Its messages are the bot's memory.
    conversation: Option<String>,
    /// What goes with the next message.
    parts: Vec<ContentPart>,
}

impl Talk {
    async fn attach(&mut self, path: &Path) -> Done {
        const IMAGES: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];
        let file = self.client.files().upload(Upload::path(path)).await?;
        let extension = path.extension().and_then(|extension| extension.to_str());
        let image = extension
            .is_some_and(|known| IMAGES.contains(&known.to_lowercase().as_str()));
        self.parts.push(if image {
            ContentPart::image_id(file.id)
        } else {
            ContentPart::file_id(file.id)
        });
        Ok(())
    }

    async fn say(&mut self, text: String) -> Done {
        let parts = std::mem::take(&mut self.parts);
        let chat = self.client.chat().create(&self.bot, &self.user);
        let chat = if parts.is_empty() {
            chat.message(Message::user(text))
        } else {
            let parts = std::iter::once(ContentPart::text(text)).chain(parts);
            chat.message(Message::user_parts(parts))
        };
        let chat = match &self.conversation {
            Some(conversation) => chat.conversation_id(conversation),
            None => chat,
        };
        let mut events = chat.stream().await?;
        while let Some(event) = events.try_next().await? {
            self.show(event)?;
        }
        Ok(())
    }

    fn show(&mut self, event: ChatEvent) -> Done {
        match event {
            ChatEvent::Created(chat) => {
                self.conversation =
                    Some(chat.conversation_id).filter(|id| !id.is_empty());
                Ok(())
            }
            ChatEvent::MessageDelta(message) => output::piece(&message.content),
            ChatEvent::MessageCompleted(message) => match message.kind {
                Some(MessageType::Answer) => output::line(""),
                Some(MessageType::FunctionCall) => note("calls", &message.content),
                Some(MessageType::ToolOutput | MessageType::ToolResponse) => {
                    note("result", &message.content)
                }
                Some(MessageType::FollowUp) => note("maybe ask", &message.content),
                _ => Ok(()),
            },
            ChatEvent::RequiresAction(_) => Err(Failure::Usage(
                "the bot calls a tool of its own program, or asks in a chatflow; that \
                 takes a program with the SDK"
                    .to_owned(),
            )),
            _ => Ok(()),
        }
    }
}

/// What is not the answer itself.
fn note(what: &str, text: &str) -> Done {
    // Without control characters, which could steer a terminal.
    let text = text.replace(char::is_control, " ");
    Ok(writeln!(io::stderr(), "[{what}] {text}")?)
}
