//! Programs that build on the crate: each writes in the obvious way what once did not compile.

use coze_api::api_apps::ListApiApps;
use coze_api::{Json, Message, Tools};
use coze_tests::server::{Reply, Server};
use futures_util::future::try_join_all;
use serde::Serialize;
use serde_json::json;

async fn server() -> Server {
    Server::start(|_| Reply::data(&json!({"items": []}))).await
}

#[derive(Serialize)]
struct Inputs {
    city: &'static str,
    days: u8,
}

#[tokio::test]
async fn parameters_are_given_in_any_form() {
    let server = server().await;
    let coze = server.client();
    let run = || coze.workflows().runs().create("7430000000000000000");
    let inputs = Inputs { city: "Kunming", days: 3 };
    let runs = [
        run().parameters(json!({"city": "Kunming", "days": 3})),
        run().parameters(&inputs),
        run().parameters((("city", "Kunming"), ("days", 3))),
        run().parameters([("city", json!("Kunming")), ("days", json!(3))]),
    ];
    for run in runs {
        // What the server answers does not matter here.
        let _ = run.await;
        let sent = server.requests().pop().expect("a request").json();
        assert_eq!(sent["parameters"], json!({"city": "Kunming", "days": 3}));
    }
    let count = server.requests().len();
    let error = run().parameters("Kunming").await.expect_err("not an object");
    assert!(error.is_request() && error.to_string().contains("parameters must be"), "{error}");
    assert_eq!(server.requests().len(), count);
}

#[tokio::test]
async fn texts_are_messages_of_the_user() {
    let server = server().await;
    let chat = server.client().chat().create("7348293334459318316", "user-42");
    let chat = chat.message("Hello").message(Message::assistant("Hi")).message(String::from("Bye"));
    let _ = chat.await;
    let sent = server.request().json();
    let messages = sent["additional_messages"].as_array().expect("messages");
    let shown: Vec<_> =
        messages.iter().map(|message| (&message["role"], &message["content"])).collect();
    let (user, assistant) = (json!("user"), json!("assistant"));
    assert_eq!(
        shown,
        [(&user, &json!("Hello")), (&assistant, &json!("Hi")), (&user, &json!("Bye"))]
    );
}

#[tokio::test]
async fn values_that_may_be_absent_are_set_in_a_chain() {
    let server = server().await;
    let coze = server.client();
    for (size, token) in [(Some(7), None), (None, Some("next")), (None, None)] {
        let list = coze.api_apps().list();
        let list = list.maybe(size, ListApiApps::page_size);
        let list = list.maybe(token, ListApiApps::page_token);
        list.await.expect("a page");
        let target = server.requests().pop().expect("a request").target;
        assert_eq!(target.contains("page_size=7"), size.is_some(), "{target}");
        assert_eq!(target.contains("page_token=next"), token.is_some(), "{target}");
    }
}

#[tokio::test]
async fn calls_run_in_tasks_and_together() {
    let server = Server::start(|_| Reply::data(&json!({"user_id": "7"}))).await;
    let coze = server.client();
    let task = tokio::spawn(coze.users().me().send());
    let together = [coze.users().me(), coze.users().me()].map(IntoFuture::into_future);
    let users = try_join_all(together).await.expect("users");
    assert_eq!(task.await.expect("no panic").expect("a user").user_id, users[1].user_id);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn tools_return_types_of_their_own() {
    let tools = Tools::new()
        .function("plan", |days: u8| async move { Json(Inputs { city: "Kunming", days }) });
    assert!(format!("{tools:?}").contains("plan"));
}

/// Values that programs keep in the state of a server or move to another task.
#[test]
fn values_are_shared_between_threads() {
    use coze_api::realtime::{ChatClientEvent, ChatServerEvent, Receiver, Sender, Session};
    use coze_api::{auth, webhook};

    fn check<T: Send + Sync + 'static>() {}
    check::<(coze_api::Client, coze_api::ClientBuilder, coze_api::RawCall, coze_api::Error)>();
    check::<(coze_api::Upload, coze_api::Download, coze_api::PollChat, Tools)>();
    check::<(coze_api::Items<Message>, coze_api::Pages<Message>)>();
    check::<coze_api::EventStream<coze_api::ChatEvent>>();
    check::<coze_api::TextStream<coze_api::ChatReply>>();
    check::<(auth::OAuthCredentials, auth::OAuthApp, auth::Authorization, auth::DeviceLogin)>();
    check::<(auth::FileTokenStore, auth::StoreLock, auth::RedirectCatcher)>();
    check::<(webhook::Verifier, webhook::Deduplicator, webhook::Callback)>();
    check::<Session<ChatClientEvent, ChatServerEvent>>();
    check::<(Sender<ChatClientEvent>, Receiver<ChatServerEvent>)>();
}

#[test]
fn values_without_floating_point_numbers_are_keys() {
    let message: Message = serde_json::from_value(json!({"id": "1", "content": "Hi"})).unwrap();
    let seen = std::collections::HashSet::from([message.clone()]);
    assert!(seen.contains(&message));
    assert!(!seen.contains(&Message::user("Hi")));
}
