//! Programs that build on the crate: each writes in the obvious way what once did not compile.

use coze_api::api_apps::ListApiApps;
use coze_api::bots::ModelInfoConfig;
use coze_api::realtime::{ChatConfig, ConnectChat};
use coze_api::{
    Client, ClientBuilder, ErrorKind, Json, Message, MessageRole, Method, Platform, PollChat,
    Region, Tools,
};
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
async fn everything_with_setters_takes_values_that_may_be_absent() {
    let server = server().await;
    let builder = Client::builder().maybe(Some("pat_x"), ClientBuilder::token);
    let builder = builder.maybe(None::<&str>, ClientBuilder::user_agent_suffix);
    let coze = builder.base_url(server.base_url()).build().expect("a client");
    let _ = coze.realtime().chat("7").maybe(None::<&str>, ConnectChat::workflow_id);
    let _ = coze.chat().poll("7", "8").maybe(None, PollChat::with_interval);
    let list = coze.request(Method::GET, "/v1/x").maybe(Some(7), |call, n: i32| call.query("n", n));
    let _ = list.exchange().await;
    assert_eq!(server.request().target, "/v1/x?n=7");
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

#[tokio::test]
async fn parameters_of_nested_inputs_are_given_in_any_form() {
    let server = server().await;
    let coze = server.client();
    let update = |config| coze.bots().update("7493066380997012345").model_info_config(config);
    let inputs = Inputs { city: "Kunming", days: 3 };
    let expected = json!({"city": "Kunming", "days": 3});
    let configs = [
        ModelInfoConfig::new("1").parameters(&expected),
        ModelInfoConfig::new("1").parameters(&inputs),
        ModelInfoConfig::new("1").parameters((("city", "Kunming"), ("days", 3))),
        ModelInfoConfig::new("1").parameters([("city", json!("Kunming")), ("days", json!(3))]),
        ModelInfoConfig::new("1").maybe(Some(&inputs), ModelInfoConfig::parameters),
    ];
    for config in configs {
        // What the server answers does not matter here.
        let _ = update(config).await;
        let sent = server.requests().pop().expect("a request").json();
        assert_eq!(sent["model_info_config"]["parameters"], expected);
    }
    let count = server.requests().len();
    let error = update(ModelInfoConfig::new("1").parameters("Kunming")).await;
    let error = error.expect_err("not an object");
    assert!(error.is_request() && error.to_string().contains("a JSON object"), "{error}");
    assert_eq!(server.requests().len(), count);

    let config = ChatConfig::new().parameters(&inputs).maybe(None::<&str>, ChatConfig::user_id);
    assert_eq!(serde_json::to_value(config).unwrap(), json!({"parameters": expected}));
}

/// Values that programs keep in the state of a server or move to another task.
#[test]
fn values_are_shared_between_threads() {
    use coze_api::realtime::{
        ChatClientEvent, ChatServerEvent, LiveTranscription, Receiver, Sender, Session, Speech,
        Turn,
    };
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
    check::<(Speech, LiveTranscription, Turn<'static>)>();
}

#[test]
fn values_without_floating_point_numbers_are_keys() {
    let message: Message = serde_json::from_value(json!({"id": "1", "content": "Hi"})).unwrap();
    let seen = std::collections::HashSet::from([message.clone()]);
    assert!(seen.contains(&message));
    assert!(!seen.contains(&Message::user("Hi")));
}

#[test]
fn values_are_compared_wherever_they_can_be() {
    use coze_api::observe::OutgoingBody;
    use coze_api::realtime::{ChatServerEvent, RtcClientEvent, Sent, TurnEvent, TurnReply};
    use coze_api::webhook::{Callback, Delivery, VerifyError, WebhookResponse};
    use coze_api::workflows::WorkflowEvent;
    use coze_api::{ChatEvent, ChatReply, ContentPart, Page, WorkflowReply, site};

    fn keys<T: Eq + std::hash::Hash>() {}
    fn comparable<T: PartialEq>() {}
    fn sorted<T: Ord>() {}

    keys::<(Page<Message>, ChatReply, WorkflowReply, ContentPart, OutgoingBody)>();
    keys::<(ChatEvent, WorkflowEvent, site::AgentEvent, site::AgentReply, site::RunOutputs)>();
    keys::<(Callback, Delivery, VerifyError, WebhookResponse, TurnEvent, TurnReply)>();

    // The settings of voices have floating-point numbers.
    comparable::<(ChatServerEvent, Sent<RtcClientEvent>)>();

    sorted::<(Region, Platform, ErrorKind, MessageRole)>();
    let mut roles = ["user", "new", "assistant"].map(MessageRole::from);
    roles.sort();
    assert_eq!(roles.map(|role| role.to_string()), ["assistant", "new", "user"]);
    assert!(Region::Cn < Region::Com);
}
