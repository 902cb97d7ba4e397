//! Messages to agents, and their replies.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    AgentEvent, AgentMessage, AgentPrompt, AgentQuery, AgentQueryContent, MessageEnd, PromptFile,
    PromptPart, PromptPartContent, PromptPartType, PromptText, run_id,
};
use crate::base::error::{Error, Result};
use crate::base::future::BoxFuture;
use crate::wire::call::Call;
use crate::wire::request::stream_only;
use crate::wire::stream::EventStream;

/// An agent may think for this long, and sends no pings meanwhile.
const IDLE_TIMEOUT: Duration = Duration::from_secs(900);

/// A message to an agent, from [`Project::ask`](super::Project::ask).
#[derive(Clone, Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct AskAgent(Call);

stream_only!(AskAgent, AgentEvent);
run_id!(AskAgent);

impl AskAgent {
    pub(super) fn new(call: Call, session_id: String, parts: Vec<PromptPart>) -> Self {
        let content = AgentQueryContent::new(AgentPrompt::new(parts));
        let query = AgentQuery::new("query", session_id, content);
        Self(call.json(&query).with_idle_timeout(IDLE_TIMEOUT))
    }

    /// Sends the message and waits for the whole reply.
    ///
    /// ```no_run
    /// # async fn example(project: coze_api::site::Project) -> coze_api::Result<()> {
    /// let reply = project.ask("session-1", ["What is tea?"]).reply().await?;
    /// println!("{}", reply.text());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`EventStream::collect_reply`].
    pub fn reply(self) -> BoxFuture<'static, Result<AgentReply>> {
        Box::pin(async move { self.stream().await?.collect_reply().await })
    }
}

impl PromptPart {
    /// Makes a text.
    pub fn text(text: impl Into<String>) -> Self {
        let content = PromptPartContent::new().text(PromptText::new(text));
        Self::new(PromptPartType::Text, content)
    }

    /// Makes a file with a public URL. Files that were uploaded to the platform's API cannot be
    /// used.
    pub fn file(file_name: impl Into<String>, url: impl Into<String>) -> Self {
        let file = PromptFile::new(file_name, url).file_path("");
        let content = PromptPartContent::new().upload_file(file);
        Self::new(PromptPartType::UploadFile, content)
    }
}

impl From<&str> for PromptPart {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for PromptPart {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// The whole reply of an agent.
///
/// It can be stored as JSON and read again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AgentReply {
    /// The answers. A reply with tools has several, the last of which is usually the conclusion.
    pub answers: Vec<String>,
    /// The ID of the reply.
    pub reply_id: String,
    /// The ID of the run.
    pub execute_id: String,
    /// The end of the reply. `None` if it was not reached.
    pub end: Option<MessageEnd>,
}

impl AgentReply {
    /// Returns the last answer.
    pub fn text(&self) -> &str {
        self.answers.last().map_or("", String::as_str)
    }
}

/// Folds events into a reply.
#[derive(Default)]
struct Fold {
    reply: AgentReply,
    /// The id of the answer that is not finished.
    open: Option<String>,
}

impl Fold {
    fn event(&mut self, event: AgentEvent) {
        match event {
            AgentEvent::MessageStart(message) => {
                let start = self.content(&message).message_start;
                self.reply.execute_id = start.unwrap_or_default().execute_id;
            }
            AgentEvent::Answer(message) => self.answer(&message),
            AgentEvent::MessageEnd(message) => {
                self.reply.end = self.content(&message).message_end;
            }
            _ => {}
        }
    }

    fn content(&mut self, message: &AgentMessage) -> super::AgentContent {
        self.reply.reply_id.clone_from(&message.reply_id);
        message.content.clone().unwrap_or_default()
    }

    fn answer(&mut self, message: &AgentMessage) {
        let piece = self.content(message).answer;
        match (self.reply.answers.last_mut(), &self.open) {
            (Some(answer), Some(id)) if *id == message.msg_id => answer.push_str(&piece),
            _ => self.reply.answers.push(piece),
        }
        self.open = (!message.finish).then(|| message.msg_id.clone());
    }
}

impl EventStream<AgentEvent> {
    /// Reads the stream to its end and returns the whole reply.
    ///
    /// # Errors
    ///
    /// The errors of the stream. They keep what has arrived in
    /// [`partial_agent_reply`](Error::partial_agent_reply).
    pub async fn collect_reply(mut self) -> Result<AgentReply> {
        let mut fold = Fold::default();
        while let Some(event) = self.next().await {
            match event {
                Ok(event) => fold.event(event),
                Err(error) => return Err(error.with_partial(fold.reply)),
            }
        }
        Ok(fold.reply)
    }
}

impl Error {
    /// Returns the part of an agent's reply that arrived before the error.
    pub fn partial_agent_reply(&self) -> Option<&AgentReply> {
        self.partial()
    }
}
