//! Decodes recordings of event streams and WebSocket sessions, and reports what came out.
//!
//! A recording is the body of a stream, with or without the head of its response, or a session
//! with one event of the server in each line of JSON. A line of a session may begin with `<`; one
//! that begins with `>` is an event of the client.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bytes::Bytes;
use coze_api::realtime::{
    ChatServerEvent, Received, RtcServerEvent, SimultInterpretationServerEvent, SpeechServerEvent,
    TranscriptionsServerEvent,
};
use coze_api::site::AgentEvent;
use coze_api::stream::StreamEvent;
use coze_api::workflows::WorkflowEvent;
use coze_api::{ChatEvent, EventStream};
use futures_util::stream;
use serde::Serialize;
use serde_json::Value;

use crate::lost::lost;

/// The result of decoding a recording.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The kind of the recording.
    pub kind: &'static str,
    /// The number of events of each name.
    pub events: BTreeMap<String, usize>,
    /// The names of events that the SDK does not know.
    pub unknown: BTreeSet<String>,
    /// The members of events that the types of the SDK do not have.
    pub lost: BTreeSet<String>,
    /// The failures that the server reported.
    pub failures: Vec<String>,
    /// The other errors that the SDK returned.
    pub errors: Vec<String>,
}

impl Report {
    /// Returns `true` if every event was decoded without loss.
    pub fn is_complete(&self) -> bool {
        self.unknown.is_empty() && self.lost.is_empty() && self.errors.is_empty()
    }

    fn add<E: Union>(&mut self, event: &E, sent: &str) {
        let value = serde_json::to_value(event).expect("events can be serialized");
        let name = value["event"].as_str().unwrap_or_default().to_owned();
        if event.is_unknown() {
            self.unknown.insert(name.clone());
        } else if let Ok(sent @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(sent) {
            let lost = lost(&value["data"], &sent);
            self.lost.extend(lost.into_iter().map(|path| format!("{name}{path}")));
        }
        *self.events.entry(name).or_default() += 1;
    }

    fn fail(&mut self, error: &coze_api::Error) {
        let errors = if error.code().is_some() { &mut self.failures } else { &mut self.errors };
        errors.push(error.to_string());
    }

    /// The fewer problems, the more likely is the kind.
    fn problems(&self) -> (usize, usize, usize) {
        (self.unknown.len(), self.errors.len(), self.lost.len())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, events, unknown, lost, failures, errors } = self;
        let count: usize = events.values().sum();
        write!(f, "{kind}, {count} events")?;
        for (name, count) in events {
            write!(f, "\n    {count:5} {name}")?;
        }
        for name in unknown {
            write!(f, "\n    not known: {name}")?;
        }
        for path in lost {
            write!(f, "\n    no member for: {path}")?;
        }
        for failure in failures {
            write!(f, "\n    the server reported: {failure}")?;
        }
        for error in errors {
            write!(f, "\n    error: {error}")?;
        }
        Ok(())
    }
}

/// An enum of events.
trait Union: StreamEvent + Serialize + PartialEq {
    const KIND: &'static str;

    fn is_unknown(&self) -> bool;
}

macro_rules! unions {
    ($($event:ident = $kind:literal),* $(,)?) => {
        $(impl Union for $event {
            const KIND: &'static str = $kind;

            fn is_unknown(&self) -> bool {
                matches!(self, Self::Unknown { .. })
            }
        })*
    };
}

unions! {
    ChatEvent = "stream of a chat",
    WorkflowEvent = "stream of a workflow",
    AgentEvent = "stream of an agent",
    ChatServerEvent = "session of a chat",
    SpeechServerEvent = "session of speech",
    TranscriptionsServerEvent = "session of transcriptions",
    SimultInterpretationServerEvent = "session of an interpretation",
    RtcServerEvent = "session in an RTC room",
}

/// Decodes a recording as the kind that fits best.
pub async fn replay(recording: &[u8]) -> Report {
    let (body, text) = (without_head(recording), String::from_utf8_lossy(recording));
    if is_json_in_place_of_events(body) {
        let (report, _) = read::<ChatEvent>(body, body.len()).await;
        return Report { kind: "JSON in place of events", ..report };
    }
    let reports = if body.len() == recording.len() && text.lines().any(is_event_of_session) {
        vec![
            session::<ChatServerEvent>(&text),
            session::<SpeechServerEvent>(&text),
            session::<TranscriptionsServerEvent>(&text),
            session::<SimultInterpretationServerEvent>(&text),
            session::<RtcServerEvent>(&text),
        ]
    } else {
        vec![
            stream_of::<ChatEvent>(body).await,
            stream_of::<WorkflowEvent>(body).await,
            stream_of::<AgentEvent>(body).await,
        ]
    };
    reports.into_iter().min_by_key(Report::problems).unwrap_or_default()
}

/// Returns `true` for a line of a session.
fn is_event_of_session(line: &str) -> bool {
    line.trim_start_matches(['<', '>']).trim_start().starts_with('{')
}

/// Returns `true` if the whole is one JSON object and not an event of a session, such as the error
/// that a server sends in place of a stream.
fn is_json_in_place_of_events(body: &[u8]) -> bool {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    json.is_some_and(|json| json.is_object() && json.get("event_type").is_none())
}

/// Returns what follows the head of an HTTP response.
fn without_head(recording: &[u8]) -> &[u8] {
    let end = recording.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    match end {
        Some(end) if recording.starts_with(b"HTTP/") => &recording[end + 4..],
        _ => recording,
    }
}

/// Decodes a stream whole and byte by byte, which must make no difference.
async fn stream_of<E: Union>(body: &[u8]) -> Report {
    let (report, events) = read::<E>(body, body.len().max(1)).await;
    let (mut single, bytewise) = read::<E>(body, 1).await;
    if report != single || events != bytewise {
        single.errors.push("the events depend on how the bytes are cut".to_owned());
    }
    single
}

async fn read<E: Union>(body: &[u8], size: usize) -> (Report, Vec<E>) {
    let chunks: Vec<_> = body
        .chunks(size)
        .map(|chunk| Ok::<_, std::io::Error>(Bytes::copy_from_slice(chunk)))
        .collect();
    let mut stream = EventStream::<E>::from_chunks(stream::iter(chunks)).with_pings();
    let mut report = Report { kind: E::KIND, ..Report::default() };
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => {
                report.add(&event, &stream.last_frame().text());
                events.push(event);
            }
            Err(error) => report.fail(&error),
        }
    }
    (report, events)
}

fn session<E: Union>(text: &str) -> Report {
    let mut report = Report { kind: E::KIND, ..Report::default() };
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with('>') {
            continue;
        }
        let json = line.trim_start_matches('<').trim();
        match Received::<E>::from_json(json.to_owned()) {
            Ok(received) => {
                let sent: Value = serde_json::from_str(json).unwrap_or_default();
                report.add(&received.event, &sent["data"].to_string());
            }
            Err(error) => report.fail(&error),
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn replayed(recording: &str) -> Report {
        replay(recording.as_bytes()).now_or_never().expect("nothing to wait for")
    }

    #[test]
    fn the_kind_is_the_one_that_fits() {
        let workflow = replayed(&crate::events::sample("workflow.sse"));
        assert_eq!((workflow.kind, &*workflow.errors), ("stream of a workflow", &[][..]));
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
        let chat = replayed(&format!("{head}{}", crate::events::sample("chat.sse")));
        assert_eq!((chat.kind, chat.is_complete()), ("stream of a chat", true), "{chat}");
        let session = replayed(
            "> {\"event_type\":\"chat.update\"}\n< {\"id\":\"1\",\"event_type\":\"transcriptions.created\"}\n",
        );
        assert_eq!(session.kind, "session of transcriptions");
        assert_eq!(session.events, [("transcriptions.created".to_owned(), 1)].into());
    }

    #[test]
    fn an_error_in_place_of_events_is_one() {
        let json = "{\"code\":4000,\"msg\":\"no such bot\"}";
        let pretty = "{\n  \"code\": 4000,\n  \"msg\": \"no such bot\"\n}\n";
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
        for recording in [json, pretty, &format!("{head}{json}"), &format!("{head}{pretty}")] {
            let report = replayed(recording);
            assert_eq!(report.kind, "JSON in place of events", "{report}");
            assert_eq!((report.failures.len(), report.errors.len()), (1, 0), "{report}");
            assert!(report.failures[0].contains("no such bot"), "{report}");
        }
        // A page of a gateway is not a session either.
        let report = replayed("<html>\n<title>Bad Gateway</title>\n</html>\n");
        assert!(report.kind.starts_with("stream") && !report.is_complete(), "{report}");
        let report = replayed("{\"event_type\":\"chat.created\",\"id\":\"1\"}");
        assert!(report.kind.starts_with("session"), "{report}");
    }

    #[test]
    fn what_is_not_understood_is_reported() {
        let report = replayed(concat!(
            "event:conversation.chat.created\ndata:{\"id\":\"1\",\"mood\":\"good\"}\n\n",
            "event:conversation.chat.dreamed\ndata:{}\n\n",
            "event:conversation.message.delta\ndata:{\"id\":\n\n",
        ));
        assert_eq!(report.lost, ["conversation.chat.created/mood".to_owned()].into());
        assert_eq!(report.unknown, ["conversation.chat.dreamed".to_owned()].into());
        assert_eq!(report.errors.len(), 1, "{report}");
        assert!(!report.is_complete());
    }
}
