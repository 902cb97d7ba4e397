//! Chats that are polled until they end.

use std::sync::Arc;
use std::time::Duration;

use coze_api::{ChatReply, ChatStatus, Message, PollChat, Result, Tools};
use coze_tests::server::{Reply, Request, Server};
use serde_json::{Value, json};
use tokio::sync::Notify;

fn chat(status: &str, more: &Value) -> Reply {
    let mut chat = json!({"id": "11", "conversation_id": "12", "status": status});
    if let (Some(chat), Some(more)) = (chat.as_object_mut(), more.as_object()) {
        chat.extend(more.clone());
    }
    Reply::data(&chat)
}

fn status(status: &str) -> Reply {
    chat(status, &json!({}))
}

fn messages() -> Reply {
    Reply::data(&json!([
        {"type": "answer", "content": "Sunny."},
        {"type": "follow_up", "content": "And tomorrow?"},
    ]))
}

fn calls(name: &str) -> Reply {
    let call = json!({"id": "31", "type": "function", "function": {"name": name, "arguments": "{\"city\":\"Kunming\"}"}});
    chat(
        "requires_action",
        &json!({"required_action": {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [call]}}}),
    )
}

async fn play(replies: Vec<Reply>) -> (Server, PollChat) {
    let server = Server::replies(replies).await;
    let chat = server.client().chat().create("7", "me").message(Message::user("Weather?"));
    (server, chat.and_poll().with_interval(Duration::ZERO))
}

const RETRIEVE: &str = "GET /v3/chat/retrieve?conversation_id=12&chat_id=11";
const LIST: &str = "GET /v3/chat/message/list?conversation_id=12&chat_id=11";

#[tokio::test]
async fn a_chat_is_awaited_and_its_messages_are_fetched() -> Result<()> {
    let done = chat("completed", &json!({"usage": {"token_count": 9}}));
    let unknown = status("queued_of_late");
    let (server, poll) =
        play(vec![status("created"), status("in_progress"), unknown, done, messages()]).await;
    let reply: ChatReply = poll.await?;
    assert_eq!(reply.text(), "Sunny.");
    assert_eq!(reply.follow_ups().collect::<Vec<_>>(), ["And tomorrow?"]);
    assert_eq!(reply.usage().map(|usage| usage.token_count), Some(9));
    assert_eq!(server.lines(), ["POST /v3/chat", RETRIEVE, RETRIEVE, RETRIEVE, LIST]);
    assert_eq!(
        server.requests()[0].json(),
        json!({"stream": false, "bot_id": "7", "user_id": "me", "additional_messages": [
            {"role": "user", "type": "question", "content": "Weather?", "content_type": "text"}
        ]}),
        "a stream is not requested"
    );
    Ok(())
}

#[tokio::test]
async fn a_canceled_chat_is_a_reply() -> Result<()> {
    let (server, poll) = play(vec![status("in_progress"), status("canceled"), messages()]).await;
    assert_eq!(poll.await?.chat.status, ChatStatus::Canceled);
    assert_eq!(server.lines().len(), 3);
    let (_server, poll) = play(vec![status("cancelled"), messages()]).await;
    assert_eq!(poll.await?.chat.status, ChatStatus::Canceled);
    // An unknown status, which counts as final.
    for name in ["CANCE\x4cLED", "expired", "Completed", "timed_out"] {
        let (server, poll) = play(vec![status("in_progress"), status(name), messages()]).await;
        let reply = poll.await?;
        assert_eq!((reply.chat.status.as_str(), reply.text().as_str()), (name, "Sunny."));
        assert_eq!(server.lines().len(), 3, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_failed_chat_is_an_error() {
    let failed = chat("failed", &json!({"last_error": {"code": 5000, "msg": "no model"}}));
    let (server, poll) = play(vec![status("in_progress"), failed]).await;
    let error = poll.await.expect_err("a failure");
    assert_eq!((error.code(), error.msg()), (Some(5000), Some("no model")));
    assert_eq!(error.to_string(), "chat.create: API error 5000: no model");
    let kept: Value = serde_json::from_str(error.body().expect("the chat")).expect("JSON");
    assert_eq!(kept["id"], "11");
    assert_eq!(server.lines().len(), 2, "there are no messages to fetch");

    let (_server, poll) = play(vec![status("failed")]).await;
    let error = poll.await.expect_err("a failure");
    assert_eq!((error.code(), error.msg()), (None, Some("the chat has failed")));
}

#[tokio::test]
async fn a_refusal_at_any_step_is_an_error() {
    for step in 0..3 {
        let mut replies = vec![status("in_progress"), status("completed"), messages()];
        replies[step] = Reply::code(4100, "authentication is invalid");
        let (server, poll) = play(replies).await;
        let error = poll.await.expect_err("a refusal");
        let operation = ["chat.create", "chat.retrieve", "chat.messages.list"][step];
        assert!(error.is_auth(), "{error}");
        assert_eq!((error.operation(), server.lines().len()), (operation, step + 1));
        // The error keeps the state of the chat.
        let ids = (error.conversation_id(), error.chat_id());
        assert_eq!(ids, [(None, None), (Some("12"), Some("11"))][step.min(1)]);
        let partial = error.partial_chat_reply().expect("the chat");
        assert_eq!(partial.chat.status.as_str(), ["", "in_progress", "completed"][step]);
    }
}

#[tokio::test]
async fn tools_are_run_and_their_outputs_submitted() -> Result<()> {
    let replies = vec![
        status("in_progress"),
        calls("weather"),
        status("in_progress"),
        status("completed"),
        messages(),
    ];
    let (server, poll) = play(replies).await;
    let tools = Tools::new().function("weather", |place: Value| async move {
        format!("sunny in {}", place["city"].as_str().unwrap_or_default())
    });
    assert_eq!(poll.with_tools(tools).await?.text(), "Sunny.");
    let submit = "POST /v3/chat/submit_tool_outputs?conversation_id=12&chat_id=11";
    assert_eq!(server.lines(), ["POST /v3/chat", RETRIEVE, submit, RETRIEVE, LIST]);
    assert_eq!(
        server.requests()[2].json(),
        json!({"stream": false, "tool_outputs": [
            {"tool_call_id": "31", "output": "sunny in Kunming"}
        ]})
    );
    Ok(())
}

#[tokio::test]
async fn calls_of_unknown_tools_are_returned_to_the_caller() -> Result<()> {
    let (server, poll) = play(vec![calls("other"), messages()]).await;
    let reply = poll.with_tools(Tools::new().function("weather", |_: Value| async { "" })).await?;
    assert_eq!(reply.chat.status, ChatStatus::RequiresAction);
    assert_eq!(reply.tool_calls()[0].id, "31");
    assert_eq!(server.lines(), ["POST /v3/chat", LIST]);
    Ok(())
}

#[tokio::test]
async fn existing_chats_and_submitted_outputs_can_be_polled() -> Result<()> {
    let server = Server::replies(vec![status("completed"), messages()]).await;
    assert_eq!(server.client().chat().poll("12", "11").await?.text(), "Sunny.");
    assert_eq!(server.lines(), [RETRIEVE, LIST]);

    let server = Server::replies(vec![status("completed"), messages()]).await;
    let output = coze_api::ToolOutput::new("31", "sunny");
    let reply = server.client().chat().submit_tool_outputs("12", "11", [output]);
    assert_eq!(reply.and_poll().await?.text(), "Sunny.");
    assert_eq!(server.lines()[1], LIST);
    Ok(())
}

#[tokio::test]
async fn all_requests_have_the_options_of_the_first() -> Result<()> {
    let server =
        Server::replies(vec![status("in_progress"), status("completed"), messages()]).await;
    let chat = server.client().chat().create("7", "me");
    let chat = chat.with_token("pat_of_the_user").with_header("x-trace", "1");
    chat.and_poll().with_interval(Duration::ZERO).await?;
    for request in server.requests() {
        assert_eq!(request.header("authorization"), "Bearer pat_of_the_user");
        assert_eq!(request.header("x-trace"), "1");
    }
    Ok(())
}

/// Sends replies in order, and then repeats the last one.
async fn in_turn(replies: Vec<Reply>) -> Server {
    let count = std::sync::atomic::AtomicUsize::new(0);
    Server::start(move |_: &Request| {
        let at = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        replies[at.min(replies.len() - 1)].clone()
    })
    .await
}

/// Waits for the request `number`, then advances the time to the deadline, or to the start of the
/// cancellation just before it.
async fn run_late(
    server: &Server,
    poll: PollChat,
    number: usize,
    canceling: bool,
) -> Result<ChatReply> {
    let poll = poll.with_interval(Duration::ZERO);
    let poll = if canceling { poll.with_cancel_on_timeout() } else { poll };
    let running = tokio::spawn(poll.send());
    server.arrived(number).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(if canceling { 596 } else { 601 })).await;
    tokio::time::resume();
    running.await.expect("no panic")
}

fn create(server: &Server) -> PollChat {
    server.once().chat().create("7", "me").with_timeout(Duration::from_secs(9000)).and_poll()
}

/// Lets the deadline pass while the second request waits for its response.
async fn late(cancel: Vec<Reply>, canceling: bool) -> (Vec<String>, Result<ChatReply>) {
    let gate = Arc::new(Notify::new());
    let mut replies = vec![status("in_progress"), status("in_progress").after(&gate)];
    replies.extend(cancel);
    let server = in_turn(replies).await;
    let result = run_late(&server, create(&server), 2, canceling).await;
    (server.lines(), result)
}

fn timeout_of(result: Result<ChatReply>) -> coze_api::Error {
    let error = result.expect_err("too late");
    assert!(error.is_timeout(), "{error}");
    error
}

#[tokio::test]
async fn a_deadline_names_the_chat() {
    let (lines, result) = late(vec![], false).await;
    let error = timeout_of(result);
    assert_eq!((error.conversation_id(), error.chat_id()), (Some("12"), Some("11")));
    assert_eq!(lines, ["POST /v3/chat", RETRIEVE]);
    assert_eq!(
        error.to_string(),
        "chat.create: no end within 600s: the chat 11 in conversation 12 is in_progress"
    );
}

const CANCEL: &str = "POST /v3/chat/cancel";

#[tokio::test]
async fn a_deadline_cancels_the_chat_on_request() {
    let (lines, result) = late(vec![status("canceled")], true).await;
    assert_eq!(lines, ["POST /v3/chat", RETRIEVE, CANCEL]);
    let error = timeout_of(result);
    assert!(error.to_string().ends_with("is in_progress, and was canceled"), "{error}");

    let refused = vec![Reply::code(4101, "no permission"), status("in_progress")];
    let (lines, result) = late(refused, true).await;
    assert_eq!(lines, ["POST /v3/chat", RETRIEVE, CANCEL, RETRIEVE]);
    let error = timeout_of(result);
    assert!(error.to_string().ends_with(", and could not be canceled"), "{error}");
    let source = std::error::Error::source(&error).expect("a source").to_string();
    assert!(source.contains("4101"), "{source}");
}

#[tokio::test]
async fn a_chat_that_ends_before_its_cancellation_is_a_reply() -> Result<()> {
    let ended = vec![Reply::code(4104, "the chat has ended"), status("completed"), messages()];
    let (lines, result) = late(ended, true).await;
    assert_eq!(lines, ["POST /v3/chat", RETRIEVE, CANCEL, RETRIEVE, LIST]);
    assert_eq!(result?.text(), "Sunny.");

    let failed = chat("failed", &json!({"last_error": {"code": 5000, "msg": "no model"}}));
    let (_, result) = late(vec![Reply::code(4104, "the chat has ended"), failed], true).await;
    let error = result.expect_err("a failure");
    assert_eq!((error.code(), error.chat_id()), (Some(5000), Some("11")));
    Ok(())
}

#[tokio::test]
async fn a_cancellation_ends_with_the_deadline() {
    let never = Arc::new(Notify::new());
    let started = std::time::Instant::now();
    let (lines, result) = late(vec![status("canceled").after(&never)], true).await;
    assert_eq!(lines.last().map(String::as_str), Some(CANCEL));
    let error = timeout_of(result);
    assert!(error.to_string().ends_with("its cancellation was not confirmed"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_chat_whose_creation_is_not_confirmed_may_exist() {
    let never = Arc::new(Notify::new());
    let server = in_turn(vec![status("created").after(&never)]).await;
    let error = timeout_of(run_late(&server, create(&server), 1, true).await);
    assert_eq!(
        error.to_string(),
        "chat.create: no end within 600s: the chat may have been created, but its id did not arrive"
    );
    assert_eq!((error.chat_id(), server.lines().len()), (None, 1));

    // The ids of an existing chat are known at once.
    let server = in_turn(vec![status("created").after(&never), status("canceled")]).await;
    let patient = server.builder().retry(coze_api::Retry::none());
    let coze = patient.timeout(Duration::from_secs(9000)).build().expect("a client");
    let error = timeout_of(run_late(&server, coze.chat().poll("12", "11"), 1, true).await);
    assert_eq!(server.lines(), [RETRIEVE, CANCEL]);
    assert_eq!((error.conversation_id(), error.chat_id()), (Some("12"), Some("11")));
    assert!(error.to_string().contains("of unknown status, and was canceled"), "{error}");
}
