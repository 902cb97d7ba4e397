//! A conversation with a bot: speech or text in, text and speech out.

use serde_json::{Value, json};

mod turn;

use super::{LONGEST_TEXT, Received, Session, audio_of};
use crate::assistant;
use crate::behavior::Context;
use crate::behavior::chat::new_conversation;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{API_CONNECTOR, Conversation};
use crate::voice;

pub(super) fn open(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let bot_id = request.text("bot_id").to_owned();
    let bot = context.state.bots.get(&bot_id);
    // The bots of the examples are accepted, because sessions have no examples.
    if let Some(bot) = bot
        && !bot.connectors.iter().any(|connector| connector == API_CONNECTOR)
    {
        let msg = format!("The bot {bot_id} is not published to the API channel.");
        return Err(ApiError::new(4015, msg));
    }
    if bot.is_none() && !context.is_example(&bot_id) {
        return Err(ApiError::unknown("bot_id", bot_id));
    }
    let (shared, user_id) = (context.shared(), context.caller.user_id.clone());
    Ok(Reply::websocket(|socket| async move {
        let session = Session::begin(socket, shared, "chat").await;
        let chat = ChatSession {
            session,
            bot_id,
            user_id,
            conversation_id: None,
            audio: Vec::new(),
            speaking: false,
            running: None,
            interrupts_set: false,
        };
        chat.run().await;
    }))
}

/// A session in which a user talks to a bot.
struct ChatSession {
    session: Session,
    bot_id: String,
    user_id: String,
    conversation_id: Option<String>,
    /// The speech of the user since the last reply.
    audio: Vec<u8>,
    /// `true` once the server has detected speech.
    speaking: bool,
    /// The unfinished chat, which waits for tools.
    running: Option<String>,
    interrupts_set: bool,
}

/// The reasons for an interruption that a client may get.
const BY_VOICE: i64 = 1;
const BY_CANCEL: i64 = 2;
const BY_MESSAGE: i64 = 3;

impl ChatSession {
    async fn run(mut self) {
        while let Some(received) = self.session.next().await {
            self.take(received).await;
        }
    }

    async fn take(&mut self, received: Received) {
        let Received { event, data } = received;
        match event.as_str() {
            "chat.update" => self.update(data).await,
            "input_audio_buffer.append" => self.append_audio(&data).await,
            // These two have no effect while the server detects turns.
            "input_audio_buffer.complete" if !self.server_detects() => {
                self.session.send("input_audio_buffer.completed", None).await;
                self.answer_speech().await;
            }
            "input_audio_buffer.clear" if !self.server_detects() => {
                self.audio.clear();
                self.session.send("input_audio_buffer.cleared", None).await;
            }
            "conversation.message.create" => self.create_message(&data).await,
            "conversation.clear" => self.clear().await,
            "conversation.chat.submit_tool_outputs" => self.submit(&data).await,
            "conversation.chat.cancel" => self.cancel(BY_CANCEL).await,
            "input_text.generate_audio" => self.speak(&data).await,
            _ => {}
        }
    }

    fn server_detects(&self) -> bool {
        let kind = self.session.settings["turn_detection"]["type"].as_str();
        matches!(kind, Some("server_vad" | "semantic_vad"))
    }

    async fn update(&mut self, mut data: Value) {
        if data["turn_detection"].get("interrupt_config").is_some() {
            if self.interrupts_set {
                let why =
                    "chat.update: the field `turn_detection.interrupt_config` can be set once";
                return self.session.error(4000, why).await;
            }
            self.interrupts_set = true;
        }
        if let Some(id) = data["chat_config"]["conversation_id"].as_str() {
            if !self.may_see(id) {
                let why = ApiError::unknown("conversation_id", id);
                return self.session.error(why.code, &why.msg).await;
            }
            self.conversation_id = Some(id.to_owned());
        }
        // These are not settings, so `chat.updated` does not repeat them.
        let mut take = |name: &str| data.as_object_mut().and_then(|data| data.remove(name));
        let wanted = take("event_subscriptions");
        let prologue = take("need_play_prologue") == Some(Value::Bool(true));
        let text = take("prologue_content");
        if let Some(Value::Array(wanted)) = wanted {
            let wanted = wanted.iter().filter_map(Value::as_str).map(str::to_owned);
            self.session.subscriptions = wanted.collect();
        }
        let conversation_id = self.conversation().id;
        self.session.settings["chat_config"]["conversation_id"] = Value::from(conversation_id);
        self.session.update(&data).await;
        if prologue {
            let text = text.as_ref().and_then(Value::as_str).unwrap_or("Hello!").to_owned();
            self.speak_outside_chat(&text).await;
        }
    }

    fn may_see(&self, conversation_id: &str) -> bool {
        self.session.shared.with(|state| {
            let conversation = state.conversations.get(conversation_id);
            conversation.is_some_and(|conversation| conversation.creator_id == self.user_id)
        })
    }

    /// Returns the conversation that the session has joined, or a new one.
    fn conversation(&mut self) -> Conversation {
        let joined = self.conversation_id.take();
        let conversation = self.session.shared.with(|state| {
            let joined = joined.and_then(|id| state.conversations.get(&id).cloned());
            joined.unwrap_or_else(|| new_conversation(state, &self.user_id, &self.bot_id))
        });
        self.conversation_id = Some(conversation.id.clone());
        conversation
    }

    /// Takes a piece of the user's speech. If the server detects turns, silence ends the speech.
    async fn append_audio(&mut self, data: &Value) {
        match audio_of(data) {
            Ok(piece) => self.audio.extend(piece),
            Err(why) => return self.session.error(4000, why).await,
        }
        if !self.server_detects() {
            return;
        }
        let loud = self.audio.iter().rposition(|byte| *byte != 0);
        let Some(last) = loud else { return self.audio.clear() };
        if !self.speaking {
            self.speaking = true;
            self.session.send("input_audio_buffer.speech_started", None).await;
        }
        if self.audio.len() - last > self.silence() {
            self.speaking = false;
            self.session.send("input_audio_buffer.speech_stopped", None).await;
            self.session.send("input_audio_buffer.completed", None).await;
            self.answer_speech().await;
        }
    }

    /// Returns the number of bytes of silence after which the user has finished.
    fn silence(&self) -> usize {
        let settings = &self.session.settings;
        let number = |value: &Value, default: u64| value.as_u64().unwrap_or(default);
        let rate = number(&settings["input_audio"]["sample_rate"], 24_000);
        let milliseconds = number(&settings["turn_detection"]["silence_duration_ms"], 500);
        usize::try_from(rate.saturating_mul(2).saturating_mul(milliseconds) / 1000)
            .unwrap_or(usize::MAX)
    }

    async fn answer_speech(&mut self) {
        let audio = std::mem::take(&mut self.audio);
        if audio.is_empty() {
            return self.session.error(4000, "there is no audio").await;
        }
        let text = self.session.recognize(&audio);
        for so_far in super::growing(&text) {
            let data = json!({"content": so_far});
            self.session.send("conversation.audio_transcript.update", Some(data)).await;
        }
        let data = json!({"content": text});
        self.session.send("conversation.audio_transcript.completed", Some(data)).await;
        self.ask("text", &text).await;
    }

    /// Takes a message that is not spoken. A message of the assistant only joins the context.
    async fn create_message(&mut self, data: &Value) {
        let text = |name: &str| data[name].as_str().unwrap_or_default();
        let (content_type, content) = (text("content_type"), text("content"));
        if !matches!(content_type, "text" | "object_string") {
            let why = "conversation.message.create: the field `content_type` is wrong";
            return self.session.error(4000, why).await;
        }
        let is_list = || serde_json::from_str::<Vec<Value>>(content).is_ok();
        if content_type == "object_string" && !is_list() {
            let why = "conversation.message.create: the field `content` is not a JSON array";
            return self.session.error(4000, why).await;
        }
        if text("role") == "user" {
            self.ask(content_type, content).await;
        } else {
            self.add_context(content_type, content);
        }
    }

    async fn clear(&mut self) {
        let id = self.conversation().id;
        self.session.shared.with(|state| {
            let section = state.ids.next();
            if let Some(conversation) = state.conversations.get_mut(&id) {
                conversation.section_id = section;
            }
        });
        self.session.send("conversation.cleared", None).await;
    }

    async fn submit(&mut self, data: &Value) {
        let chat_id = data["chat_id"].as_str().unwrap_or_default();
        let outputs = data["tool_outputs"].as_array().map_or(&[][..], Vec::as_slice);
        if self.running.as_deref() != Some(chat_id) {
            let why = ApiError::unknown("chat_id", chat_id);
            return self.session.error(why.code, &why.msg).await;
        }
        let events = self.session.shared.with(|state| assistant::submit(state, chat_id, outputs));
        match events {
            Ok(events) => self.send_events(chat_id.to_owned(), events).await,
            Err(error) => self.session.error(error.code, &error.msg).await,
        }
    }

    /// Interrupts the bot, and reports that even if it was silent.
    async fn cancel(&mut self, code: i64) {
        if let Some(chat_id) = self.running.take() {
            self.session.shared.with(|state| {
                if let Some(chat) = state.chats.get_mut(&chat_id) {
                    assistant::abandon(chat);
                }
            });
        }
        let msg = match code {
            BY_VOICE => "interrupted by the user's voice",
            BY_CANCEL => "canceled by the client",
            _ => "interrupted by a message",
        };
        let data = json!({"code": code, "msg": msg});
        self.session.send("conversation.chat.canceled", Some(data)).await;
    }

    async fn speak(&mut self, data: &Value) {
        let text = data["text"].as_str().unwrap_or_default().to_owned();
        if text.len() > LONGEST_TEXT {
            return self.session.error(3010, "the text has more than 1,024 bytes").await;
        }
        self.speak_outside_chat(&text).await;
    }

    /// Speaks a text that is not a reply; all its ids are 0.
    async fn speak_outside_chat(&mut self, text: &str) {
        let mut message = json!({
            "id": "0",
            "conversation_id": "0",
            "chat_id": "0",
            "bot_id": self.bot_id,
            "role": "assistant",
            "type": "answer",
            "content": "",
            "content_type": "audio",
        });
        for sentence in voice::sentences(text) {
            self.sentence(sentence, &mut message).await;
        }
        message["content"] = Value::from("");
        self.session.send("conversation.audio.completed", Some(message)).await;
    }

    /// Speaks a sentence: its text, then its audio as messages of this form.
    async fn sentence(&mut self, sentence: &str, message: &mut Value) {
        let start = json!({"text": sentence.trim()});
        self.session.send("conversation.audio.sentence_start", Some(start)).await;
        for piece in self.session.spoken(sentence) {
            message["content"] = Value::from(piece);
            self.session.send("conversation.audio.delta", Some(message.clone())).await;
        }
    }
}
