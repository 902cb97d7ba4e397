use std::io;

use futures_util::{TryStreamExt as _, stream};

use super::*;
use crate::generated::ChatStatus;

fn events(text: &str) -> EventStream<ChatEvent> {
    EventStream::from_chunks(stream::iter([Ok::<_, io::Error>(text.to_owned())]))
}

fn message(event: &str, id: &str, kind: &str, content: &str) -> String {
    let data =
        serde_json::json!({"id": id, "type": kind, "content": content, "reasoning_content": "hm"});
    format!("event:conversation.{event}\ndata:{data}\n\n")
}

fn chat(event: &str, json: &str) -> String {
    format!("event:conversation.chat.{event}\ndata:{json}\n\n")
}

fn conversation() -> String {
    pieces().concat()
}

fn pieces() -> Vec<String> {
    vec![
        chat("created", r#"{"id":"1","status":"created"}"#),
        message("message.completed", "9", "function_call", "{}"),
        message("message.delta", "2", "answer", "Sun"),
        message("message.delta", "2", "answer", ""),
        message("message.delta", "3", "answer", "Rain"),
        message("message.delta", "2", "answer", "ny"),
        message("message.completed", "2", "answer", "Sunny"),
        message("message.completed", "3", "answer", "Rain"),
        message("message.completed", "4", "answer", "A card in one piece"),
        message("audio.delta", "5", "answer", "UklG"),
        message("audio.delta", "5", "answer", "Rg=="),
        message("message.completed", "6", "verbose", "{\"msg_type\":\"generate_answer_finish\"}"),
        message("message.completed", "7", "follow_up", "And tomorrow?"),
        chat("completed", r#"{"id":"1","status":"completed","usage":{"token_count":9}}"#),
        "event:done\ndata:{\"debug_url\":\"https://d\"}\n\n".to_owned(),
    ]
}

#[tokio::test]
async fn a_chat_is_collected() {
    let reply = events(&conversation()).collect_reply().await.expect("a whole stream");
    assert_eq!(reply.text(), "Sunny\nRain\nA card in one piece");
    assert_eq!(reply.follow_ups().collect::<Vec<_>>(), ["And tomorrow?"]);
    assert_eq!((&*reply.audio, &*reply.debug_url), (&b"RIFF"[..], "https://d"));
    assert_eq!(reply.usage().map(|usage| usage.token_count), Some(9));
    assert_eq!((reply.chat.status.as_str(), reply.tool_calls()), ("completed", &[][..]));
    assert_eq!((reply.messages.len(), &*reply.reasoning()), (6, "hmhmhm"));
}

#[tokio::test]
async fn text_comes_once_whether_in_pieces_or_whole() {
    let mut text = events(&conversation()).text();
    let mut pieces = Vec::new();
    while let Some(piece) = text.try_next().await.expect("a whole stream") {
        pieces.push(piece);
    }
    assert_eq!(pieces, ["Sun", "Rain", "ny", "A card in one piece"]);
    assert_eq!(text.reply().messages.len(), 6);
    assert_eq!(text.into_reply().chat.id, "1");
}

#[tokio::test]
async fn what_came_before_an_error_is_kept() {
    let cut = &pieces()[..7].concat();
    let mut text = events(cut).text();
    let error = loop {
        match text.try_next().await {
            Ok(piece) => assert!(piece.is_some(), "it must not end well"),
            Err(error) => break error,
        }
    };
    assert!(error.is_truncated(), "{error}");
    assert_eq!(text.into_reply().text(), "Sunny\nRain");
    let error = events(cut).collect_reply().await.expect_err("no end");
    assert!(error.is_truncated(), "{error}");
    let partial = error.partial_chat_reply().expect("what has arrived");
    assert_eq!((partial.text(), error.chat_id()), ("Sunny\nRain".to_owned(), Some("1")));
    assert_eq!(partial.unfinished().map(|message| &*message.id).collect::<Vec<_>>(), ["3"]);
    assert!(error.clone().partial_workflow_reply().is_none());
}

#[tokio::test]
async fn pieces_count_where_the_whole_never_comes() {
    let end = "event:done\ndata:{}\n\n";
    let delta = |id: &str, text: &str| message("message.delta", id, "answer", text);
    let completed = |id: &str, text: &str| message("message.completed", id, "answer", text);
    for (text, pieces, whole) in [
        (delta("1", "Sun") + &delta("1", "ny"), vec!["Sun", "ny"], "Sunny"),
        // The whole brings what the pieces lack.
        (delta("1", "Sun") + &completed("1", "Sunny"), vec!["Sun", "ny"], "Sunny"),
        (delta("1", "") + &completed("1", "Sunny"), vec!["Sunny"], "Sunny"),
        // The whole is empty, or has another ID.
        (delta("1", "Sunny") + &completed("1", ""), vec!["Sunny"], "Sunny"),
        (delta("", "Sunny") + &completed("1", "Sunny"), vec!["Sunny"], "Sunny"),
        (delta("1", "a") + &delta("2", "b") + &completed("2", "b"), vec!["a", "b"], "a\nb"),
    ] {
        let mut stream = events(&format!("{text}{end}")).text();
        let mut read = Vec::new();
        while let Some(piece) = stream.next().await {
            read.push(piece.expect("a whole stream"));
        }
        assert_eq!(read, pieces, "{text}");
        assert_eq!(stream.into_reply().text(), whole, "{text}");
    }
}

#[tokio::test]
async fn a_state_without_ids_keeps_them() {
    let created = chat("created", r#"{"id":"1","conversation_id":"2"}"#);
    let canceled = chat("canceled", r#"{"status":"canceled"}"#);
    let reply = events(&(created + &canceled)).collect_reply().await.expect("a whole stream");
    assert_eq!((&*reply.chat.id, &*reply.chat.conversation_id), ("1", "2"));
    assert_eq!(reply.chat.status, ChatStatus::Canceled);
}

#[tokio::test]
async fn base64_is_read_leniently() {
    for base64 in ["__8", "//8=", "/\n/8", "//9"] {
        let text = message("audio.delta", "5", "answer", base64) + "event:done\n\n";
        let reply = events(&text).collect_reply().await.expect("audio");
        assert_eq!(reply.audio, [255, 255], "{base64}");
    }
}

#[tokio::test]
async fn invalid_audio_is_an_error() {
    let bad = message("audio.delta", "5", "answer", "§");
    let error = events(&bad).collect_reply().await.expect_err("invalid");
    assert!(error.is_decode() && error.to_string().contains("Base64"), "{error}");
}

#[tokio::test]
async fn tool_calls_are_in_the_reply() {
    let call = r#"{"id":"1","status":"requires_action","required_action":{"type":"submit_tool_outputs","submit_tool_outputs":{"tool_calls":[{"id":"8","type":"function","function":{"name":"f","arguments":"{}"}}]}}}"#;
    let text = format!("{}event:done\ndata:[DONE]\n\n", chat("requires_action", call));
    let reply = events(&text).collect_reply().await.expect("a whole stream");
    assert_eq!(reply.tool_calls()[0].id, "8");
    let mut over = reply.clone();
    over.chat.status = ChatStatus::Completed;
    assert_eq!(over.tool_calls(), []);
}

#[tokio::test]
async fn a_reply_is_stored_and_read_again() {
    let pieces = pieces();
    // The last answer is not complete.
    let error = events(&pieces[..3].concat()).collect_reply().await.expect_err("cut");
    let partial = error.partial_chat_reply().expect("pieces").clone();
    let complete = events(&conversation()).collect_reply().await.expect("a reply");
    let spoken = ChatReply { audio: vec![0, 255, 7], ..complete.clone() };
    assert!(partial.unfinished().next().is_some());
    for reply in [partial, complete, spoken, ChatReply::default()] {
        let json = serde_json::to_value(&reply).expect("JSON");
        assert!(json["audio"].is_string(), "{json}");
        assert_eq!(serde_json::from_value::<ChatReply>(json).expect("a reply"), reply);
    }
    let wrong = serde_json::json!({"audio": "%"});
    serde_json::from_value::<ChatReply>(wrong).expect_err("not base64");
}
