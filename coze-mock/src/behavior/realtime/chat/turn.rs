//! One turn of a conversation: a question, and the bot's reply in text and speech.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::super::audio_of;
use super::{BY_CANCEL, BY_MESSAGE, BY_VOICE, ChatSession};
use crate::assistant::{self, ChatEvent, NewChat, Next};
use crate::behavior::chat::prompt;
use crate::error::ApiError;
use crate::socket::Incoming;
use crate::state::{BOT, ChatStatus, Message};
use crate::voice;

/// The text of a chat that is still to be sent and spoken.
#[derive(Default)]
struct Reply {
    ready: VecDeque<ChatEvent>,
    /// The beginning of a sentence.
    sentence: String,
}

impl ChatSession {
    /// Asks the bot and sends its reply.
    pub(super) async fn ask(&mut self, content_type: &str, content: &str) {
        match self.open(content_type, content) {
            Ok((chat_id, question)) => {
                self.session.send("conversation.message.completed", Some(question)).await;
                self.send_events(chat_id, Vec::new()).await;
            }
            Err(error) => self.session.error(error.code, &error.msg).await,
        }
    }

    /// Opens a chat; returns its id and the question as a message.
    fn open(&mut self, content_type: &str, content: &str) -> Result<(String, Value), ApiError> {
        let conversation = self.conversation();
        let config = self.session.settings["chat_config"].clone();
        self.session.shared.with(|state| {
            let now = state.now();
            let mut question = Message {
                id: state.ids.next(),
                section_id: conversation.section_id.clone(),
                role: "user".to_owned(),
                kind: "question".to_owned(),
                content: content.to_owned(),
                content_type: content_type.to_owned(),
                meta_data: config["meta_data"].as_object().cloned().unwrap_or_default(),
                created_at: now,
                updated_at: now,
                ..Message::default()
            };
            let mut prompt = prompt(state, &conversation, std::slice::from_ref(&question))?;
            prompt.has_tools = self.bot_id == BOT;
            let opening = NewChat {
                conversation_id: conversation.id.clone(),
                section_id: conversation.section_id.clone(),
                bot_id: self.bot_id.clone(),
                meta_data: config["meta_data"].as_object().cloned().unwrap_or_default(),
                saved: config["auto_save_history"] != false,
                streamed: true,
                spoken: false,
                workflow_id: None,
                messages: vec![question.clone()],
                prompt,
            };
            let chat_id = assistant::open(state, opening)?;
            question.chat_id.clone_from(&chat_id);
            Ok((chat_id, question.to_json(&conversation.id)))
        })
    }

    /// Adds a message to the conversation without a reply of the bot.
    pub(super) fn add_context(&mut self, content_type: &str, content: &str) {
        let conversation = self.conversation();
        self.session.shared.with(|state| {
            let now = state.now();
            let message = Message {
                id: state.ids.next(),
                section_id: conversation.section_id.clone(),
                role: "assistant".to_owned(),
                kind: "answer".to_owned(),
                content: content.to_owned(),
                content_type: content_type.to_owned(),
                created_at: now,
                updated_at: now,
                ..Message::default()
            };
            if let Some(conversation) = state.conversations.get_mut(&conversation.id) {
                conversation.messages.push(message);
            }
        });
    }

    /// Sends the events of a chat until it is over, waits for tools, or is interrupted.
    pub(super) async fn send_events(&mut self, chat_id: String, events: Vec<ChatEvent>) {
        self.running = Some(chat_id.clone());
        let mut reply = Reply::default();
        reply.ready.extend(events);
        loop {
            while let Some(event) = reply.ready.pop_front() {
                // Nothing is canceled before the client knows of the chat.
                let known = event.event != "conversation.chat.created";
                if known && self.session.take_event("conversation.chat.cancel") {
                    return self.cancel(BY_CANCEL).await;
                }
                self.send_event(&mut reply, event).await;
            }
            let next = self.session.shared.with(|state| assistant::advance(state, &chat_id));
            match next {
                Next::Events(events) => reply.ready.extend(events),
                Next::Over => break,
                Next::Hold(canceled) => {
                    let interrupted = tokio::select! {
                        by = self.interruption() => by,
                        // It was canceled over HTTP, not by this client.
                        () = canceled.notified() => Some(BY_CANCEL),
                    };
                    match interrupted {
                        Some(code) => return self.cancel(code).await,
                        None => return self.abandon(&chat_id),
                    }
                }
            }
        }
        let waits = self.session.shared.with(|state| {
            let chat = state.chats.get(&chat_id);
            chat.is_some_and(|chat| chat.status == ChatStatus::RequiresAction)
        });
        if !waits {
            self.running = None;
        }
    }

    /// Waits for an event that interrupts the bot. Other events are handled later. Returns `None`
    /// if the client is gone.
    async fn interruption(&mut self) -> Option<i64> {
        loop {
            let incoming = match self.session.socket.next().await? {
                Incoming::Close(_) => return None,
                incoming => incoming,
            };
            let frame = match &incoming {
                Incoming::Json(frame) => frame.clone(),
                _ => Value::Null,
            };
            let by = match frame["event_type"].as_str() {
                Some("conversation.chat.cancel") => return Some(BY_CANCEL),
                Some("input_text.generate_audio" | "conversation.message.create") => {
                    Some(BY_MESSAGE)
                }
                Some("input_audio_buffer.append") if self.server_detects() => {
                    let audio = audio_of(&frame["data"]).unwrap_or_default();
                    audio.iter().any(|byte| *byte != 0).then_some(BY_VOICE)
                }
                _ => None,
            };
            self.session.inbox.push_back(incoming);
            if by.is_some() {
                return by;
            }
        }
    }

    fn abandon(&mut self, chat_id: &str) {
        self.running = None;
        self.session.shared.with(|state| {
            if let Some(chat) = state.chats.get_mut(chat_id) {
                assistant::abandon(chat);
            }
        });
    }

    /// Sends an event, and speaks each sentence of an answer once its text has been sent.
    async fn send_event(&mut self, reply: &mut Reply, chat_event: ChatEvent) {
        let ChatEvent { event, data } = chat_event;
        let is_answer = data["type"] == "answer";
        let mut audio = data.clone();
        audio["content_type"] = json!("audio");
        audio["reasoning_content"] = json!("");
        match event {
            "conversation.message.delta" if is_answer => {
                let text = data["content"].as_str().unwrap_or_default().to_owned();
                self.session.send(event, Some(data)).await;
                reply.sentence.push_str(&text);
                let last = reply.sentence.trim_end().chars().next_back();
                if last.is_some_and(|last| voice::ends_sentence(last, Some(' '))) {
                    let sentence = std::mem::take(&mut reply.sentence);
                    self.sentence(&sentence, &mut audio).await;
                }
            }
            "conversation.message.completed" if is_answer => {
                let sentence = std::mem::take(&mut reply.sentence);
                if !sentence.trim().is_empty() {
                    self.sentence(&sentence, &mut audio).await;
                }
                self.session.send(event, Some(data)).await;
                audio["content"] = json!("");
                self.session.send("conversation.audio.completed", Some(audio)).await;
            }
            _ => self.session.send(event, Some(data)).await,
        }
    }
}
