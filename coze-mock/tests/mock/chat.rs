//! Chats: streamed and polled, with tools, canceled, failed.

use std::time::Duration;

use crate::support::{Mock, TOKEN, assert_error, data};
use coze_api::{ChatEvent, ChatStatus, Client, ContentPart, Message, MessageType, Tools, Upload};
use coze_mock::state::{BOT, CHATFLOW};
use coze_mock::{Fault, MockServer, Script};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

fn client(mock: &Mock) -> Client {
    Client::builder().token(TOKEN).base_url(mock.server.base_url()).build().unwrap()
}

/// Returns the body of a question to the bot that every server has.
fn question(text: &str) -> Value {
    json!({
        "bot_id": BOT,
        "user_id": "me",
        "additional_messages": [{"role": "user", "content": text, "content_type": "text"}],
    })
}

async fn stream(mock: &Mock, path: &str, mut body: Value) -> String {
    body["stream"] = Value::Bool(true);
    mock.with_json("POST", path, &body).send().await.unwrap().text().await.unwrap()
}

fn names(events: &str) -> Vec<&str> {
    let lines = events.lines().filter_map(|line| line.strip_prefix("event:"));
    let mut names: Vec<&str> = lines.map(str::trim).collect();
    names.dedup();
    names
}

#[tokio::test]
async fn a_streamed_answer_has_deltas_and_is_saved_in_the_conversation() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    let chat = coze.chat().create(BOT, "me").message(Message::user("Hello!"));
    let mut events = chat.stream().await.unwrap();
    let (mut pieces, mut kinds, mut last) = (Vec::new(), Vec::new(), None);
    while let Some(event) = events.try_next().await.unwrap() {
        match event {
            ChatEvent::MessageDelta(message) => pieces.push(message.content),
            ChatEvent::MessageCompleted(message) => kinds.push(message.kind.unwrap()),
            ChatEvent::Completed(chat) => last = Some(chat),
            _ => {}
        }
    }
    assert_eq!(pieces.concat(), "You said: Hello!");
    assert!(pieces.len() > 1);
    let follow_up = MessageType::FollowUp;
    assert_eq!(kinds, [MessageType::Answer, MessageType::Verbose, follow_up.clone(), follow_up]);
    let chat = last.unwrap();
    let usage = chat.usage.unwrap();
    assert!(usage.output_count > 0 && usage.token_count > usage.output_count);
    let kept = coze.conversations().messages().list(&chat.conversation_id).await.unwrap();
    let kept: Vec<_> = kept.items.iter().map(|message| &*message.content).collect();
    assert_eq!(kept, ["You said: Hello!", "Hello!"]);
    let list = coze.chat().messages().list(&chat.conversation_id, &chat.id).await.unwrap();
    assert_eq!(list.len(), 4, "without the question");
    assert_eq!(list[0].chat_id, chat.id);

    let next = coze.chat().create(BOT, "me").conversation_id(&chat.conversation_id);
    let reply = next.message(Message::user("Again")).stream().await.unwrap();
    let reply = reply.collect_reply().await.unwrap();
    assert_eq!(reply.text(), "You said: Again. This is turn 2 of our conversation.");
    assert_eq!(reply.follow_ups().count(), 2);
}

#[tokio::test]
async fn both_spellings_of_frames_are_sent() {
    let mock = Mock::strict().await;
    let tight = stream(&mock, "/v3/chat", question("Hello")).await;
    assert!(tight.starts_with("event:conversation.chat.created\ndata:{"), "{tight}");
    assert!(tight.ends_with("event:done\ndata:\"[DONE]\"\n\n"), "{tight}");
    let body = json!({
        "workflow_id": CHATFLOW,
        "bot_id": BOT,
        "additional_messages": question("Hello")["additional_messages"],
    });
    let spaced = stream(&mock, "/v1/workflows/chat", body).await;
    assert!(spaced.starts_with("event: conversation.chat.created\ndata: {"), "{spaced}");
    assert!(spaced.contains("event: done\ndata: {\"debug_url\":\"https://"), "{spaced}");
    let expected = [
        "conversation.chat.created",
        "conversation.chat.in_progress",
        "conversation.message.delta",
        "conversation.message.completed",
        "conversation.chat.completed",
        "done",
    ];
    assert_eq!(names(&tight), expected);
    assert_eq!(names(&spaced), expected);
}

#[tokio::test]
async fn a_chat_advances_while_it_is_polled() {
    let mock = Mock::strict().await;
    let chat = data(mock.post("/v3/chat", question("Hello")).await);
    assert_eq!(chat["status"], "in_progress");
    let of = |name: &str| chat[name].as_str().unwrap().to_owned();
    let ids = format!("conversation_id={}&chat_id={}", of("conversation_id"), of("id"));
    let list = format!("/v3/chat/message/list?{ids}");
    let retrieve = format!("/v3/chat/retrieve?{ids}");
    assert_eq!(data(mock.get(&list).await), json!([]));
    assert_eq!(data(mock.get(&retrieve).await)["status"], "in_progress");
    let chat = data(mock.get(&retrieve).await);
    assert_eq!(chat["status"], "completed");
    assert!(chat["usage"]["output_count"].as_i64().unwrap() > 0, "{chat}");
    let messages = data(mock.get(&list).await);
    assert_eq!(messages[0]["content"], "You said: Hello.");
    assert_eq!(data(mock.get(&retrieve).await)["status"], "completed");
    let path = "/v3/chat/retrieve?conversation_id=1&chat_id=2";
    assert_error(&mock.get(path).await, 4200, "conversation_id=1");
    let path = format!("/v3/chat/retrieve?conversation_id={}&chat_id=2", of("conversation_id"));
    assert_error(&mock.get(&path).await, 4200, "chat_id=2");
}

#[tokio::test]
async fn the_sdk_polls_a_chat_to_its_end() {
    let mock = Mock::strict().await;
    mock.server.state(|state| state.chats.polls = 5);
    let coze = client(&mock);
    let chat = coze.chat().create(BOT, "me").message(Message::user("Hello"));
    let reply = chat.and_poll().with_interval(Duration::ZERO).await.unwrap();
    assert_eq!(reply.text(), "You said: Hello.");
    assert_eq!(mock.server.requests_to("chat.retrieve").len(), 5);
}

fn tools() -> Tools {
    Tools::new()
        .function("get_weather", |place: Value| async move {
            format!("22 °C in {}", place["city"].as_str().unwrap_or("no city"))
        })
        .function("get_time", |_: Value| async { "noon" })
}

const WEATHER: &str = "What is the weather in Kunming? And what time is it?";
const ANSWER: &str = "The tool get_weather says: 22 °C in Kunming. The tool get_time says: noon.";

#[tokio::test]
async fn tools_are_called_in_a_stream() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    let chat = coze.chat().create(BOT, "me").message(Message::user(WEATHER));
    let events = chat.stream().await.unwrap().with_tools(tools());
    let reply = events.collect_reply().await.unwrap();
    assert_eq!(reply.text(), ANSWER);
    let kinds = |kind: MessageType| {
        let of_kind = |message: &&Message| message.kind.as_ref() == Some(&kind);
        reply.messages.iter().filter(of_kind).count()
    };
    assert_eq!((kinds(MessageType::FunctionCall), kinds(MessageType::ToolResponse)), (2, 2));
    let submitted = mock.server.requests_to("chat.submit_tool_outputs");
    assert_eq!(submitted.len(), 1, "both outputs at once");
}

#[tokio::test]
async fn tools_are_called_while_a_chat_is_polled() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    let chat = coze.chat().create(BOT, "me").message(Message::user(WEATHER));
    let poll = chat.and_poll().with_interval(Duration::ZERO).with_tools(tools());
    assert_eq!(poll.await.unwrap().text(), ANSWER);
}

#[tokio::test]
async fn outputs_must_match_the_tool_calls() {
    let mock = Mock::strict().await;
    let body = question(r#"[tool:f {"a":[1]}] [tool g] Go"#);
    let events = stream(&mock, "/v3/chat", body).await;
    let names = names(&events);
    assert_eq!(names[names.len() - 2..], ["conversation.chat.requires_action", "done"]);
    let (chat, calls) = mock.server.state(|state| {
        let chat = state.chats.all().next().unwrap().clone();
        (chat.clone(), chat.tool_calls)
    });
    assert_eq!((&*calls[0].name, &calls[0].arguments), ("f", &json!({"a": [1]})));
    let ids = format!("conversation_id={}&chat_id={}", chat.conversation_id, chat.id);
    let submit = format!("/v3/chat/submit_tool_outputs?{ids}");
    let output = |id: &str| json!({"tool_call_id": id, "output": "x"});
    let one = json!({"tool_outputs": [output(&calls[0].id)]});
    assert_error(&mock.post(&submit, one).await, 4000, "`tool_outputs`");
    let strange = json!({"tool_outputs": [output("7")]});
    assert_error(&mock.post(&submit, strange).await, 4000, "`tool_outputs.tool_call_id`");
    let cancel = json!({"conversation_id": chat.conversation_id, "chat_id": chat.id});
    assert_error(&mock.post("/v3/chat/cancel", cancel).await, 4000, "requires_action");
    let both = json!({"tool_outputs": [output(&calls[0].id), output(&calls[1].id)]});
    let events = stream(&mock, &submit, both.clone()).await;
    assert!(events.starts_with("event: conversation.chat.in_progress\ndata: {"), "{events}");
    assert!(events.ends_with("event: done\ndata: [DONE]\n\n"), "{events}");
    assert_error(&mock.post(&submit, both).await, 4000, "does not wait for outputs");
}

#[tokio::test]
async fn a_chat_that_is_not_saved_takes_no_outputs_and_is_not_found() {
    let mock = Mock::strict().await;
    let mut body = question("[tool f]");
    body["auto_save_history"] = json!(false);
    assert_error(&mock.post("/v3/chat", body.clone()).await, 4000, "`auto_save_history`");
    stream(&mock, "/v3/chat", body).await;
    let chat = mock.server.state(|state| state.chats.all().next().unwrap().clone());
    let ids = format!("conversation_id={}&chat_id={}", chat.conversation_id, chat.id);
    let outputs = json!({"tool_outputs": []});
    let submit = format!("/v3/chat/submit_tool_outputs?{ids}");
    assert_error(&mock.post(&submit, outputs).await, 5000, "auto_save_history");
    let reply = mock.get(&format!("/v3/chat/retrieve?{ids}")).await;
    assert_error(&reply, 4200, "chat_id");
    let path = format!("/v1/conversation/message/list?conversation_id={}", chat.conversation_id);
    assert_eq!(mock.post(&path, json!({})).await["data"], json!([]));
}

#[tokio::test]
async fn a_chat_fails_on_request() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    let asked = || coze.chat().create(BOT, "me").message(Message::user("[fail 700 Out of order]"));
    let error = asked().stream().await.unwrap().collect_reply().await.unwrap_err();
    assert_eq!((error.code(), error.msg()), (Some(700), Some("Out of order")));
    let error = asked().and_poll().with_interval(Duration::ZERO).await.unwrap_err();
    assert_eq!(error.code(), Some(700));
    mock.server.fault(Fault::truncate(900).on("chat.create"));
    let chat = coze.chat().create(BOT, "me").message(Message::user("Hello"));
    let error = chat.stream().await.unwrap().collect_reply().await.unwrap_err();
    assert!(error.is_truncated(), "{error}");
}

#[tokio::test]
async fn a_conversation_has_one_running_chat_at_a_time() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    let chat = coze.chat().create(BOT, "me").message(Message::user("[hold] Hello"));
    let mut events = chat.stream().await.unwrap();
    let Some(ChatEvent::Created(chat)) = events.try_next().await.unwrap() else {
        panic!("the chat was not created")
    };
    let path = format!("/v3/chat?conversation_id={}", chat.conversation_id);
    let refused = mock.post(&path, question("Hello")).await;
    assert_error(&refused, 4016, &chat.conversation_id);
    let canceled = coze.chat().cancel(&chat.conversation_id, &chat.id).await.unwrap();
    assert_eq!(canceled.status, ChatStatus::Canceled);
    // The stream continues after the chat was canceled.
    let rest: Vec<ChatEvent> = events.try_collect().await.unwrap();
    let ends = rest.iter().any(
        |event| matches!(event, ChatEvent::Completed(chat) if chat.status == ChatStatus::Canceled),
    );
    assert!(ends && matches!(rest.last(), Some(ChatEvent::Done(_))), "{rest:?}");
    let list = coze.chat().messages().list(&chat.conversation_id, &chat.id).await.unwrap();
    assert_eq!(list.len(), 0, "the reply is not saved");
    let error = coze.chat().cancel(&chat.conversation_id, &chat.id).await.unwrap_err();
    assert_eq!(error.code(), Some(4000));
    data(mock.post(&path, question("Hello")).await);
}

#[tokio::test]
async fn a_chat_continues_after_its_stream_is_dropped() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    let long = format!("[answer {}]", "a long answer ".repeat(8_000));
    let chat = coze.chat().create(BOT, "me").message(Message::user(long));
    let mut events = chat.stream().await.unwrap();
    let Some(ChatEvent::Created(chat)) = events.try_next().await.unwrap() else {
        panic!("the chat was not created")
    };
    drop(events);
    mock.server.wait_until(|all| all[0].end.is_some()).await;
    let chat = coze.chat().retrieve(&chat.conversation_id, &chat.id).await.unwrap();
    assert_eq!(chat.status, ChatStatus::Completed);
}

#[tokio::test]
async fn attachments_and_audio_are_part_of_a_question() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    let file = coze.files().upload(Upload::bytes("kunming.png", vec![7; 42])).await.unwrap();
    let parts = [ContentPart::text("What is this?"), ContentPart::image_id(&file.id)];
    let chat = coze.chat().create(BOT, "me").message(Message::user_parts(parts));
    let reply = chat.stream().await.unwrap().collect_reply().await.unwrap();
    let expected = "You said: What is this? With it came the image kunming.png (42 bytes).";
    assert_eq!(reply.text(), expected);
    assert!(reply.audio.is_empty());

    mock.server.state(|state| state.transcripts.push_back("How are you?".to_owned()));
    let parts = [ContentPart::audio_url("https://example.com/a.wav")];
    let chat = coze.chat().create(BOT, "me").message(Message::user_parts(parts));
    let reply = chat.stream().await.unwrap().collect_reply().await.unwrap();
    let spoken = "You said: How are you? With it came the audio https://example.com/a.wav.";
    assert_eq!(reply.text(), spoken);
    let milliseconds = reply.audio.len() / 2 * 1000 / 24_000;
    assert_eq!(milliseconds, spoken.len() * 60);

    let alone = Message::user_parts([ContentPart::image_id(&file.id)]);
    let chat = coze.chat().create(BOT, "me").message(alone).stream().await;
    assert_eq!(chat.unwrap_err().code(), Some(4000));
}

#[tokio::test]
async fn scripts_determine_the_replies() {
    let script = Script::new()
        .knowledge("slice 1")
        .think("It may rain.")
        .tool("get_weather", json!({"city": "Kunming"}))
        .answer("It is {get_weather}.")
        .answer("Good day!")
        .follow_up("And tomorrow?");
    let mock = Mock::with(MockServer::builder().script("weather", script)).await;
    let coze = client(&mock);
    let chat = coze.chat().create(BOT, "me").message(Message::user("The Weather?"));
    let events = chat.stream().await.unwrap().with_tools(tools());
    let reply = events.collect_reply().await.unwrap();
    let answers: Vec<_> = reply.answers().map(|answer| &*answer.content).collect();
    assert_eq!(answers, ["It is 22 °C in Kunming.", "Good day!"]);
    assert_eq!(reply.reasoning(), "It may rain.");
    assert_eq!(reply.follow_ups().collect::<Vec<_>>(), ["And tomorrow?"]);
    assert!(reply.messages.iter().any(|message| message.kind == Some(MessageType::Knowledge)));
}

#[tokio::test]
async fn only_published_bots_can_chat() {
    let mock = Mock::strict().await;
    let body = json!({"space_id": coze_mock::state::WORKSPACE, "name": "Draft"});
    let bot = data(mock.post("/v1/bot/create", body).await);
    let mut body = question("Hello");
    body["bot_id"] = bot["bot_id"].clone();
    assert_error(&mock.post("/v3/chat", body.clone()).await, 4015, "not published");
    body["publish_status"] = json!("unpublished_draft");
    data(mock.post("/v3/chat", body.clone()).await);
    body["bot_version"] = json!("1");
    assert_error(&mock.post("/v3/chat", body).await, 4000, "`bot_version`");
    let mut body = question("Hello");
    body["bot_version"] = json!("1");
    assert_error(&mock.post("/v3/chat", body.clone()).await, 4200, "bot_version=1");
    body["bot_id"] = json!("1");
    assert_error(&mock.post("/v3/chat", body).await, 4200, "bot_id=1");
}

#[tokio::test]
async fn invalid_messages_are_refused() {
    let mock = Mock::strict().await;
    let nothing = json!({"bot_id": BOT, "user_id": "me"});
    assert_error(&mock.post("/v3/chat", nothing).await, 4000, "`additional_messages`");
    for (role, kind) in [("user", "answer"), ("assistant", "question")] {
        let mut body = question("Hello");
        body["additional_messages"][0]["role"] = json!(role);
        body["additional_messages"][0]["type"] = json!(kind);
        assert_error(&mock.post("/v3/chat", body).await, 4000, "`additional_messages.0.type`");
    }
    let mut body = question("x");
    body["additional_messages"] = json!([]);
    body["shortcut_command"] = json!({
        "command_id": "7",
        "parameters": {"query": "[{\"type\":\"text\",\"text\":\"Sports news\"}]"},
    });
    let events = stream(&mock, "/v3/chat", body).await;
    assert!(events.contains("\"content\":\"You said: Sports news.\""), "{events}");
}

#[tokio::test]
async fn a_chatflow_asks_a_question_and_continues() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    let asked = |text: &str| {
        let flow = coze.workflows().chat().stream(CHATFLOW, [Message::user(text)]);
        flow.bot_id(BOT)
    };
    let reply = asked("A train, please. [ask On which day?]").await.unwrap();
    let reply = reply.collect_reply().await.unwrap();
    assert_eq!(reply.chat.status, ChatStatus::RequiresAction);
    assert_eq!(reply.text(), "On which day?");
    let interrupt = |message: &Message| message.content.contains("\"msg_type\":\"interrupt\"");
    assert!(reply.messages.iter().any(interrupt));
    let next = asked("On Monday").conversation_id(&reply.chat.conversation_id);
    let reply = next.await.unwrap().collect_reply().await.unwrap();
    assert_eq!(reply.text(), "I asked: On which day? You answered: On Monday.");
    assert!(reply.debug_url.contains(CHATFLOW));
    let error = coze.workflows().chat().stream("7", [Message::user("x")]).bot_id(BOT).await;
    assert_eq!(error.unwrap_err().code(), Some(4200));
    let error = coze.workflows().chat().stream(CHATFLOW, [Message::user("x")]).await;
    assert_eq!(error.unwrap_err().code(), Some(4000));
}
