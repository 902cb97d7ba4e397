//! Hundreds of concurrent calls, streams, uploads and sessions of one client: nothing is lost or
//! mixed up.

use coze_api::{Client, Message, MessageContentType, MessageRole, Upload};
use coze_mock::End;
use coze_mock::state::{BOT, VOICE, WORKFLOW};
use coze_tests::{failures, mock};
use futures_util::TryStreamExt as _;

/// The number of tasks of each kind.
const EACH: usize = 60;

async fn chat(coze: Client, n: usize) {
    let question = format!("What about number {n}?");
    let chat = coze.chat().create(BOT, format!("user-{n}"));
    let chat = chat.message(Message::user(&question)).stream().await.unwrap();
    let text = chat.collect_reply().await.unwrap().text();
    assert!(text.contains(&question), "{text}");
}

async fn polled_chat(coze: Client, n: usize) {
    let question = format!("And number {n}?");
    let chat = coze.chat().create(BOT, format!("user-{n}")).message(Message::user(&question));
    let chat = chat.await.unwrap();
    while coze.chat().retrieve(&chat.conversation_id, &chat.id).await.unwrap().status
        != coze_api::ChatStatus::Completed
    {}
    let messages = coze.chat().messages().list(&chat.conversation_id, &chat.id).await;
    let messages = messages.unwrap();
    assert!(messages[0].content.contains(&question), "{messages:?}");
}

async fn run(coze: Client, n: usize) {
    let run = coze.workflows().runs().stream(WORKFLOW);
    let run = run.parameters([("number", format!("<{n}>"))]).await.unwrap();
    let text = run.collect_reply().await.unwrap().text();
    assert!(text.contains(&format!("<{n}>")), "{text}");
}

async fn upload(coze: Client, n: usize) {
    let (name, length) = (format!("file-{n}.bin"), 1000 * n + 1);
    let content = vec![n.to_le_bytes()[0]; length];
    let file = coze.files().upload(Upload::bytes(&name, content)).await.unwrap();
    assert_eq!((&file.file_name, file.bytes), (&name, i64::try_from(length).unwrap()));
    assert_eq!(coze.files().retrieve(&file.id).await.unwrap(), file);
}

async fn talk(coze: Client, n: usize) {
    let conversation = coze.conversations().create().name(format!("Talk {n}"));
    let id = conversation.await.unwrap().id;
    for m in 0..3 {
        let text = format!("message {m} of {n}");
        let messages = coze.conversations().messages();
        messages.create(&id, MessageRole::User, text, MessageContentType::Text).await.unwrap();
    }
    let messages = coze.conversations().messages().list(&id).limit(2).items();
    let mut messages: Vec<String> =
        messages.map_ok(|message| message.content).try_collect().await.unwrap();
    messages.sort();
    let expected: Vec<String> = (0..3).map(|m| format!("message {m} of {n}")).collect();
    assert_eq!(messages, expected);
    assert_eq!(coze.conversations().retrieve(&id).await.unwrap().name, format!("Talk {n}"));
}

async fn speak(coze: Client, n: usize) {
    let text = format!("Number {n}");
    let speech = coze.audio().speech().create(&text, VOICE).response_format("wav");
    let speech = speech.await.unwrap().bytes().await.unwrap();
    let heard = coze.audio().transcriptions().create(Upload::bytes("a.wav", speech));
    assert_eq!(heard.await.unwrap().text, text);
}

async fn refused(coze: Client, n: usize) {
    let error = coze.files().retrieve(format!("{n}-nobody")).await.unwrap_err();
    assert_eq!(error.code(), Some(4200));
    assert!(error.msg().is_some_and(|msg| msg.contains(&format!("{n}-nobody"))), "{error}");
}

/// Drops a call after a while, at whatever point it is.
async fn given_up(coze: Client, n: usize) {
    let chat = coze.chat().create(BOT, format!("user-{n}")).message(Message::user("Hello"));
    let mut events = chat.stream().await.unwrap();
    for _ in 0..n % 5 {
        events.try_next().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_task_gets_its_own_results() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let mut cases = tokio::task::JoinSet::new();
    for n in 0..EACH {
        cases.spawn(chat(coze.clone(), n));
        cases.spawn(polled_chat(coze.clone(), n));
        cases.spawn(run(coze.clone(), n));
        cases.spawn(upload(coze.clone(), n));
        cases.spawn(talk(coze.clone(), n));
        cases.spawn(speak(coze.clone(), n));
        cases.spawn(refused(coze.clone(), n));
        cases.spawn(given_up(coze.clone(), n));
    }
    let mut failed = Vec::new();
    while let Some(case) = cases.join_next().await {
        failed.extend(case.err().map(failures::panic_message));
    }
    assert!(failed.is_empty(), "{} of {} fail: {failed:#?}", failed.len(), 8 * EACH);
    // Every exchange has ended, and only the dropped calls are incomplete.
    server.wait_until(|all| all.iter().all(|request| request.end.is_some())).await;
    let all = server.requests();
    let count = |operation: &str| {
        all.iter().filter(|request| request.operation.as_deref() == Some(operation)).count()
    };
    assert_eq!(count("chat.create"), 3 * EACH);
    assert_eq!(count("workflows.runs.stream"), EACH);
    assert_eq!(count("files.upload"), EACH);
    assert_eq!(count("conversations.messages.create"), 3 * EACH);
    assert_eq!(count("audio.transcriptions.create"), EACH);
    let dropped = all.iter().filter(|request| request.end == Some(End::Dropped)).count();
    assert!(dropped <= EACH, "{dropped}");
}

/// Under random faults, every successful call returns its own result.
#[tokio::test(flavor = "multi_thread")]
async fn random_faults_never_mix_up_results() {
    let server = mock::strict().await;
    let calm = mock::client(&server);
    let mut ids = Vec::new();
    for n in 0..EACH {
        let conversation = calm.conversations().create().name(format!("Talk {n}"));
        ids.push(conversation.await.unwrap().id);
    }
    for fault in ["reset;chance=0.1", "status=503;chance=0.1", "close=20;chance=0.1"] {
        server.fault(fault.parse().unwrap());
    }
    let retry = mock::immediate_retry().max_attempts(50);
    let coze = mock::builder(&server).retry(retry).build().unwrap();
    let calls = (0..5).flat_map(|_| ids.iter().cloned().enumerate()).map(|(n, id)| {
        let coze = coze.clone();
        let case = async move {
            let conversation = coze.conversations().retrieve(&id).await.unwrap();
            assert_eq!((conversation.id, conversation.name), (id, format!("Talk {n}")));
        };
        (format!("conversation {n}"), case)
    });
    failures::assert_none(calls).await;
    let struck = server.requests().iter().filter(|request| request.fault.is_some()).count();
    assert!(struck > 30, "{struck}");
}
