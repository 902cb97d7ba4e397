//! WebSocket channels: the sessions that all channels have in common.

use std::collections::{HashMap, VecDeque};
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use coze_spec::model::{Channel, Schema};
use futures_util::FutureExt as _;
use serde_json::{Map, Value, json};

mod chat;
mod interpretation;
mod speech;
mod transcription;

use super::Behaviors;
use crate::socket::{Incoming, Socket};
use crate::spec::{api, schema};
use crate::state::{Shared, State};
use crate::validate;
use crate::voice::{self, SpeechOptions};

/// The maximum size of a text in bytes.
const LONGEST_TEXT: usize = 1024;

pub(super) fn register(all: &mut Behaviors) {
    all.channel("chat", chat::open);
    all.channel("speech", speech::open);
    all.channel("transcriptions", transcription::open);
    all.channel("simult_interpretation", interpretation::open);
}

/// The events of each channel.
static CHANNELS: LazyLock<HashMap<&'static str, Vocabulary>> = LazyLock::new(|| {
    let channels = api().channels.iter();
    channels.map(|channel| (channel.name.as_str(), Vocabulary::read(channel))).collect()
});

/// The events of a channel, with the schemas of their data.
#[derive(Default)]
struct Vocabulary {
    client: HashMap<&'static str, Option<&'static str>>,
    server: HashMap<&'static str, Option<&'static str>>,
}

impl Vocabulary {
    fn of(channel: &str) -> &'static Self {
        static NOTHING: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::default);
        CHANNELS.get(channel).unwrap_or(&NOTHING)
    }

    fn read(channel: &'static Channel) -> Self {
        let events = |union: &str| {
            let events = schema(union).map_or(&[][..], Schema::events);
            events.iter().map(|event| (event.wire.as_str(), event.data.as_deref())).collect()
        };
        Self { client: events(&channel.client_event), server: events(&channel.server_event) }
    }
}

/// A session on a channel.
struct Session {
    socket: Socket,
    shared: Shared,
    channel: &'static str,
    vocabulary: &'static Vocabulary,
    /// Frames that arrived while the session was busy.
    inbox: VecDeque<Incoming>,
    /// The events that the client wants; all if empty.
    subscriptions: Vec<String>,
    /// The current settings.
    settings: Value,
}

/// An event of the client.
struct Received {
    event: String,
    data: Value,
}

impl Session {
    /// Begins a session with `….created`.
    async fn begin(socket: Socket, shared: Shared, channel: &'static str) -> Self {
        let mut session = Self {
            socket,
            shared,
            channel,
            vocabulary: Vocabulary::of(channel),
            inbox: VecDeque::new(),
            subscriptions: Vec::new(),
            settings: json!({}),
        };
        session.send(&format!("{channel}.created"), None).await;
        session
    }

    /// Returns the next valid event of the client, or `None` once the client is gone. Invalid
    /// events are answered with `error`.
    async fn next(&mut self) -> Option<Received> {
        loop {
            let incoming = match self.inbox.pop_front() {
                Some(incoming) => incoming,
                None => self.socket.next().await?,
            };
            let frame = match incoming {
                Incoming::Json(frame) => frame,
                Incoming::Close(_) => return None,
                Incoming::Text(_) => {
                    self.error(4000, "the frame is not JSON").await;
                    continue;
                }
                Incoming::Binary(_) => {
                    self.error(4000, "frames are text, not binary").await;
                    continue;
                }
            };
            match self.read(frame) {
                Ok(received) => return Some(received),
                Err(why) => self.error(4000, &why).await,
            }
        }
    }

    fn read(&self, mut frame: Value) -> Result<Received, String> {
        let Some(event) = frame["event_type"].as_str().map(str::to_owned) else {
            return Err("the field `event_type` is required".to_owned());
        };
        let Some(schema) = self.vocabulary.client.get(event.as_str()) else {
            return Err(format!("the channel {} has no event `{event}`", self.channel));
        };
        let data = frame.get_mut("data").map(Value::take).unwrap_or_default();
        if let Some(schema) = schema {
            if data.is_null() {
                return Err(format!("the event `{event}` needs the field `data`"));
            }
            validate::named(schema, &data).map_err(|why| format!("{event}: {why}"))?;
        }
        Ok(Received { event, data })
    }

    /// Returns `true` if an event of that name has arrived, and removes it. The others stay in the
    /// inbox.
    fn take_event(&mut self, event: &str) -> bool {
        while let Some(Some(incoming)) = self.socket.next().now_or_never() {
            self.inbox.push_back(incoming);
        }
        let is_it = |incoming: &Incoming| matches!(incoming, Incoming::Json(frame) if frame["event_type"] == event);
        let at = self.inbox.iter().position(is_it);
        at.and_then(|at| self.inbox.remove(at)).is_some()
    }

    /// Sends an event, if the client has subscribed to it. An event that does not conform to the
    /// spec becomes an error that names the field.
    async fn send(&mut self, event: &str, data: Option<Value>) {
        let wanted = self.subscriptions.is_empty()
            || event == "error"
            || self.subscriptions.iter().any(|wanted| wanted == event);
        if !wanted {
            return;
        }
        match self.check(event, data.as_ref()) {
            Ok(()) => self.send_frame(event, data).await,
            Err(why) => {
                let msg = format!("internal error: the event {event} is wrong: {why}");
                self.send_frame("error", Some(json!({"code": 5000, "msg": msg}))).await;
            }
        }
    }

    fn check(&self, event: &str, data: Option<&Value>) -> Result<(), String> {
        match (self.vocabulary.server.get(event), data) {
            (None, _) => Err("the channel has no such event".to_owned()),
            (Some(None), None) => Ok(()),
            (Some(None), Some(_)) => Err("it has no data".to_owned()),
            (Some(Some(_)), None) => Err("its data is missing".to_owned()),
            (Some(Some(schema)), Some(data)) => validate::named(schema, data),
        }
    }

    async fn send_frame(&mut self, event: &str, data: Option<Value>) {
        let (id, time) =
            self.shared.with(|state| (state.ids.next(), state.clock.now_ms().to_string()));
        let mut frame = json!({
            "id": id,
            "event_type": event,
            "detail": {"logid": self.socket.log_id(), "respond_at": time},
        });
        if let Some(data) = data {
            frame["data"] = data;
        }
        // A client that is gone is detected when its next event is awaited.
        self.socket.send(&frame).await;
    }

    async fn error(&mut self, code: i64, msg: &str) {
        self.send("error", Some(json!({"code": code, "msg": msg}))).await;
    }

    /// Changes the settings and confirms that with `….updated`.
    async fn update(&mut self, data: &Value) {
        merge(&mut self.settings, data);
        let event = format!("{}.updated", self.channel);
        let settings = self.settings.clone();
        self.send(&event, Some(settings)).await;
    }

    /// Returns the options of the server's speech.
    fn options(&self) -> SpeechOptions {
        let output = &self.settings["output_audio"];
        let rate = output["pcm_config"]["sample_rate"].as_u64();
        let rate = rate.and_then(|rate| u32::try_from(rate).ok());
        let percent = |name: &str| 1.0 + output[name].as_f64().unwrap_or_default() / 100.0;
        SpeechOptions {
            // Rates outside this range would take long to compute.
            sample_rate: rate.unwrap_or(voice::SAMPLE_RATE).clamp(8_000, 48_000),
            speed: percent("speech_rate"),
            loudness: percent("loudness_rate"),
        }
    }

    /// Returns the speech of a text in Base64, in frames of the length that the client wants, or of
    /// a tenth of a second.
    fn spoken(&self, text: &str) -> Vec<String> {
        let options = self.options();
        let wanted = &self.settings["output_audio"]["pcm_config"]["frame_size_ms"];
        let wanted = wanted.as_f64().filter(|length| *length >= 1.0).unwrap_or(100.0);
        // The spec allows at most a second.
        let milliseconds = (1..=1000).rev().find(|length| f64::from(*length) <= wanted);
        let samples = options.sample_rate * milliseconds.unwrap_or(100) / 1000;
        let pcm = voice::speak_with(text, options);
        pcm.chunks(samples as usize * 2).map(|piece| BASE64.encode(piece)).collect()
    }

    /// Transcribes the audio of the user.
    fn recognize(&self, audio: &[u8]) -> String {
        self.shared.with(|state: &mut State| voice::recognize(state, audio))
    }
}

/// Returns the audio of `input_audio_buffer.append`.
fn audio_of(data: &Value) -> Result<Vec<u8>, &'static str> {
    let delta = data["delta"].as_str().unwrap_or_default();
    BASE64.decode(delta).map_err(|_| "input_audio_buffer.append: the field `delta` is not Base64")
}

/// Merges an update into the settings. Members that the update does not name stay unchanged.
fn merge(settings: &mut Value, update: &Value) {
    match (settings, update) {
        (Value::Object(settings), Value::Object(update)) => {
            for (name, value) in update {
                merge(settings.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (settings @ Value::Null, Value::Object(update)) => {
            *settings = Value::Object(Map::new());
            merge(settings, &Value::Object(update.clone()));
        }
        (settings, update) => *settings = update.clone(),
    }
}

/// Returns the growing prefixes of a text as it is recognized, the complete text last.
fn growing(text: &str) -> Vec<&str> {
    const STEPS: usize = 4;
    let count = text.chars().count();
    let end = |step: usize| {
        let characters = count * step / STEPS;
        text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
    };
    let mut all: Vec<&str> = (1..=STEPS).map(|step| &text[..end(step)]).collect();
    all.dedup();
    all.retain(|so_far| !so_far.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_merged() {
        let mut settings = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        merge(&mut settings, &json!({"a": {"b": 3}, "d": [2], "e": {"f": {}}}));
        assert_eq!(settings, json!({"a": {"b": 3, "c": 2}, "d": [2], "e": {"f": {}}}));
    }

    #[test]
    fn a_text_grows() {
        assert_eq!(growing("abcdefgh"), ["ab", "abcd", "abcdef", "abcdefgh"]);
        assert_eq!(growing("昆明"), ["昆", "昆明"]);
        assert_eq!(growing(""), [""; 0]);
    }

    #[test]
    fn every_event_is_known_and_its_example_fits() {
        assert!(CHANNELS.len() >= 4);
        for channel in &api().channels {
            for union in [&channel.client_event, &channel.server_event] {
                for event in schema(union).unwrap().events() {
                    let Some(data) = &event.data else { continue };
                    let example = event.example.as_ref().unwrap();
                    let result = validate::named(data, example);
                    assert_eq!(result, Ok(()), "{} {}", channel.name, event.wire);
                }
            }
        }
    }
}
