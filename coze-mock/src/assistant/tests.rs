use std::collections::HashMap;

use coze_spec::model::Platform;
use serde_json::json;

use super::*;
use crate::spec::schema;
use crate::state::{Clock, Conversation};
use crate::validate;

/// Runs a chat about this question to its end and returns its events.
fn chat_events(question: &str, workflow_id: Option<String>) -> (State, String, Vec<ChatEvent>) {
    let mut state = State::new(0, Clock::stopped_at(1_700_000_000), Platform::Cloud);
    let conversation = Conversation { id: "1".to_owned(), ..Conversation::default() };
    state.conversations.insert("1", conversation);
    let opening = NewChat {
        conversation_id: "1".to_owned(),
        section_id: "2".to_owned(),
        bot_id: "3".to_owned(),
        meta_data: Map::new(),
        saved: true,
        streamed: true,
        spoken: true,
        workflow_id,
        messages: Vec::new(),
        prompt: Prompt { text: question.to_owned(), suggests: true, ..Prompt::default() },
    };
    let id = open(&mut state, opening).unwrap();
    let mut events = Vec::new();
    while let Next::Events(more) = advance(&mut state, &id) {
        events.extend(more);
    }
    (state, id, events)
}

#[test]
fn every_event_conforms_to_the_spec() {
    let events = schema("ChatEvent").unwrap().events();
    let mut schemas: HashMap<&str, &str> = events
        .iter()
        .filter_map(|event| Some((event.wire.as_str(), event.data.as_deref()?)))
        .collect();
    schemas.insert("conversation.chat.failed", "Chat");
    let flow = || Some("4".to_owned());
    for (question, workflow_id) in [
        ("Hello", None),
        ("[think a b] [knowledge k] [answer x] [answer y]", None),
        ("[tool f] [tool g] and", None),
        ("[fail 7 No]", None),
        ("[ask Why?]", None),
        ("[ask Why?]", flow()),
        ("Hello", flow()),
    ] {
        let (_, _, events) = chat_events(question, workflow_id);
        assert!(events.len() > 2, "{question}");
        for ChatEvent { event, data } in &events {
            assert_eq!(validate::named(schemas[event], data), Ok(()), "{event} {data}");
        }
    }
}

#[test]
fn a_canceled_chat_reports_its_remaining_events_but_saves_no_message() {
    let (mut state, id, events) = chat_events("[hold] Hello", None);
    assert_eq!(events.len(), 2);
    assert!(matches!(advance(&mut state, &id), Next::Hold(_)));
    cancel(state.chats.get_mut(&id).unwrap()).unwrap();
    let mut last = None;
    while let Next::Events(events) = advance(&mut state, &id) {
        last = events.into_iter().last();
    }
    let last = last.unwrap();
    assert_eq!(
        (last.event, &last.data["status"]),
        ("conversation.chat.completed", &json!("canceled"))
    );
    assert_eq!(state.conversations.get("1").unwrap().messages.len(), 0);
    assert!(cancel(state.chats.get_mut(&id).unwrap()).is_err());
}
