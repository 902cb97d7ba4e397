//! Both platforms: every operation that each serves, and what users do on both with the same code.

use coze_api::chat::ChatMessages;
use coze_api::datasets::{
    ChunkStrategy, DocumentBase, DocumentFormat, DocumentSource, DocumentSourceInfo,
};
use coze_api::workflows::{WorkflowEvent, WorkflowInterrupted, WorkflowRunStatus};
use coze_api::{ChatEvent, ChatStatus, Client, Message, MessageType, Platform, Result, Upload};
use coze_mock::MockServer;
use coze_mock::state::{ASKING_WORKFLOW, BOT, CHATFLOW, WORKFLOW, WORKSPACE};
use coze_spec::model::Studio;
use coze_tests::calls::{self, Call, Outcome};
use coze_tests::{failures, mock};
use futures_util::TryStreamExt as _;
use serde_json::json;

const PLATFORMS: [Platform; 2] = [Platform::Cloud, Platform::Studio];

async fn server(platform: Platform) -> MockServer {
    let platform = match platform {
        Platform::Studio => coze_mock::Platform::Studio,
        _ => coze_mock::Platform::Cloud,
    };
    MockServer::builder().platform(platform).start().await.unwrap()
}

/// A client of a server of this platform, which it knows.
async fn client(platform: Platform) -> (MockServer, Client) {
    let server = server(platform).await;
    let client = mock::builder(&server).platform(platform).retry(mock::immediate_retry()).build();
    (server, client.unwrap())
}

fn studio_of(call: &Call) -> Option<&'static Studio> {
    coze_spec::api().operation(call.operation).unwrap().studio.as_ref()
}

/// Asserts that a served operation succeeds. The example of a stream may continue what the mock
/// does not have.
async fn assert_understood(call: Call, outcome: Result<Outcome>) {
    let streams = coze_spec::api().operation(call.operation).unwrap().stream.is_some();
    let result = match outcome {
        Ok(outcome) => outcome.read_to_end().await,
        Err(error) => Err(error),
    };
    if let Err(error) = result {
        assert!(streams && (error.is_api() || error.is_decode()), "{error:?}");
    }
}

/// Returns `true` if a request of the cloud is not one that Studio can serve.
fn needs_platform(studio: &Studio) -> bool {
    studio.first_page.is_some() || studio.send.keys().any(|name| name != "stream")
}

async fn on_studio(call: Call) {
    let server = server(Platform::Studio).await;
    let coze = mock::marked(&server, "").platform(Platform::Studio).build().unwrap();
    let outcome = call.send_with(&coze).await;
    if studio_of(&call).is_some() {
        assert_understood(call, outcome).await;
        let operation = server.requests()[0].operation.clone();
        assert_eq!(operation.as_deref(), Some(call.operation));
    } else {
        let error = outcome.err().expect("not served");
        assert!(error.is_unsupported(), "{error:?}");
        assert!(error.to_string().contains("Coze Studio does not have"), "{error}");
        assert_eq!(server.requests().len(), 0);
    }
}

/// A client that takes the server for the cloud.
async fn on_unknown(call: Call) {
    let server = server(Platform::Studio).await;
    let coze = mock::marked(&server, "").build().unwrap();
    let outcome = call.send_with(&coze).await;
    if let Some(studio) = studio_of(&call) {
        if !needs_platform(studio) {
            assert_understood(call, outcome).await;
        }
        return;
    }
    let error = outcome.err().expect("not served");
    assert!(!error.is_auth(), "{error:?}");
    // A path that the platform serves with another method is not found, or it is the web page.
    let other_method = error.code() == Some(404) || error.is_decode();
    assert!(error.is_unsupported() || other_method, "{error:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_of_studio_is_understood_and_the_others_are_not_sent() {
    failures::assert_none(calls::all().map(|call| (call.name(), on_studio(call)))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn studio_is_understood_by_a_client_that_does_not_know_it() {
    failures::assert_none(calls::all().map(|call| (call.name(), on_unknown(call)))).await;
}

#[tokio::test]
async fn the_platform_of_a_server_is_found_by_one_request() {
    for platform in PLATFORMS {
        let server = server(platform).await;
        let coze = mock::client(&server);
        assert_eq!(coze.platform(), Platform::Cloud);
        let coze = coze.with_platform(coze.detect_platform().await.unwrap());
        assert_eq!(coze.platform(), platform);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_chat_is_streamed() {
    for platform in PLATFORMS {
        let (_server, coze) = client(platform).await;
        let chat = coze.chat().create(BOT, "u1").message(Message::user("Hello"));
        let mut events = chat.stream().await.unwrap();
        let (mut text, mut last) = (String::new(), None);
        while let Some(event) = events.try_next().await.unwrap() {
            match &event {
                ChatEvent::MessageDelta(message) => text.push_str(&message.content),
                ChatEvent::Unknown { event, .. } => panic!("{platform:?}: {event}"),
                _ => {}
            }
            last = Some(event);
        }
        assert_eq!(text, "You said: Hello.", "{platform:?}");
        assert!(matches!(last, Some(ChatEvent::Done(_))), "{platform:?}: {last:?}");
    }
}

#[tokio::test]
async fn a_chat_is_polled_and_its_messages_are_listed() {
    for platform in PLATFORMS {
        let (_server, coze) = client(platform).await;
        let chat = coze.chat().create(BOT, "u1").message(Message::user("Hello"));
        let reply = chat.and_poll().await.unwrap();
        assert_eq!(reply.text(), "You said: Hello.", "{platform:?}");
        assert!(reply.usage().unwrap().token_count > 0, "{platform:?}");
        let (conversation, id) = (&reply.chat.conversation_id, &reply.chat.id);
        let messages: ChatMessages = coze.chat().messages();
        let messages = messages.list(conversation, id).await.unwrap();
        let answer = messages.iter().find(|message| message.kind == Some(MessageType::Answer));
        assert_eq!(answer.unwrap().content, "You said: Hello.", "{platform:?}");
        let found = coze.conversations().retrieve(conversation).await.unwrap();
        assert_eq!((&found.id, found.creator_id.is_empty()), (conversation, false));
        let history = coze.conversations().messages().list(conversation).items();
        let history: Vec<Message> = history.try_collect().await.unwrap();
        assert!(history.iter().any(|message| message.content == "Hello"), "{platform:?}");
    }
}

#[tokio::test]
async fn a_chat_is_canceled() {
    for platform in PLATFORMS {
        let (_server, coze) = client(platform).await;
        let chat = coze.chat().create(BOT, "u1").message(Message::user("Hello")).await.unwrap();
        let canceled = coze.chat().cancel(&chat.conversation_id, &chat.id).await.unwrap();
        assert_eq!((&canceled.id, canceled.status), (&chat.id, ChatStatus::Canceled));
        let wrong = coze.chat().cancel(&chat.conversation_id, "1").await.unwrap_err();
        assert!(wrong.is_api() && wrong.code() != Some(400), "{platform:?}: {wrong:?}");
        assert!(wrong.log_id().is_some(), "{platform:?}");
        assert!(!wrong.msg().unwrap().contains("stack="), "{platform:?}: {wrong:?}");
    }
}

#[tokio::test]
async fn conversations_are_listed_page_by_page() {
    for platform in PLATFORMS {
        let (_server, coze) = client(platform).await;
        for _ in 0..5 {
            coze.conversations().create().bot_id(BOT).await.unwrap();
        }
        let list = || coze.conversations().list(BOT);
        let all: Vec<_> = list().items().try_collect().await.unwrap();
        assert_eq!(all.len(), 5, "{platform:?}");
        let small: Vec<_> = list().page_size(2).items().try_collect().await.unwrap();
        assert_eq!(small, all, "{platform:?}");
        let renamed = coze.conversations().update(&all[0].id, "Tea").await.unwrap();
        assert_eq!(renamed.name, "Tea", "{platform:?}");
        coze.conversations().clear(&all[0].id).await.unwrap();
        coze.conversations().delete(&all[0].id).await.unwrap();
        let left: Vec<_> = list().items().try_collect().await.unwrap();
        assert_eq!(left.len(), 4, "{platform:?}");
    }
}

/// Without the platform, no size is sent, and the server repeats all but the last conversation.
#[tokio::test]
async fn a_list_that_never_ends_is_an_error() {
    let server = server(Platform::Studio).await;
    let coze = mock::client(&server);
    for _ in 0..3 {
        coze.conversations().create().bot_id(BOT).await.unwrap();
    }
    let mut pages = coze.conversations().list(BOT).pages();
    assert_eq!(pages.try_next().await.unwrap().unwrap().items.len(), 2);
    let error = pages.try_next().await.unwrap_err();
    assert!(error.is_truncated() && error.to_string().contains("`page_num`"), "{error}");
    assert_eq!(server.requests_to("conversations.list").len(), 2);
}

#[tokio::test]
async fn a_chatflow_asks_and_goes_on() {
    for platform in PLATFORMS {
        let (_server, coze) = client(platform).await;
        let conversation = coze.conversations().create().bot_id(BOT).await.unwrap();
        let say = async |text: &str| {
            let turn = coze.workflows().chat().stream(CHATFLOW, [Message::user(text)]);
            let turn = turn.bot_id(BOT).conversation_id(&conversation.id);
            let mut events = turn.await.unwrap();
            let (mut text, mut asked) = (String::new(), false);
            while let Some(event) = events.try_next().await.unwrap() {
                match event {
                    ChatEvent::MessageDelta(message) => text.push_str(&message.content),
                    ChatEvent::RequiresAction(_) => asked = true,
                    _ => {}
                }
            }
            (text, asked)
        };
        let (_, asked) = say("[ask Where to?]").await;
        assert!(asked, "{platform:?}");
        let (text, asked) = say("Dali").await;
        assert_eq!((text.as_str(), asked), ("I asked: Where to? You answered: Dali.", false));
    }
}

#[tokio::test]
async fn a_workflow_is_interrupted_and_goes_on() {
    for platform in PLATFORMS {
        let (_server, coze) = client(platform).await;
        let run = coze.workflows().runs().stream(ASKING_WORKFLOW);
        let run = run.parameters([("city", "Kunming")]).await.unwrap();
        let answered = run.on_interrupt(|interrupted: WorkflowInterrupted| async move {
            assert!(!interrupted.interrupt_data.event_id.is_empty());
            Ok::<_, std::io::Error>("Monday".to_owned())
        });
        let reply = answered.collect_reply().await.unwrap();
        assert!(reply.text().contains("Monday"), "{platform:?}: {}", reply.text());

        let failing = coze.workflows().runs().stream(WORKFLOW);
        let failing = failing.parameters([("a", "[fail 720702222 No tea.]")]).await.unwrap();
        let error = failing.try_collect::<Vec<WorkflowEvent>>().await.unwrap_err();
        assert_eq!((error.code(), error.msg()), (Some(720_702_222), Some("No tea.")));
    }
}

#[tokio::test]
async fn a_run_in_the_background_is_found_again() {
    for platform in PLATFORMS {
        let (server, coze) = client(platform).await;
        let run = coze.workflows().runs().create(WORKFLOW).is_async(true);
        let run = run.parameters([("city", "Kunming")]).await.unwrap();
        let found = async |coze: &Client| {
            let histories = coze.workflows().runs().run_histories();
            let found = histories.retrieve(WORKFLOW, &run.execute_id).await.unwrap();
            let [history] = &found[..] else { panic!("{found:?}") };
            assert_eq!(history.execute_id, run.execute_id, "{platform:?}");
            assert!(!history.logid.is_empty(), "{platform:?}");
            history.clone()
        };
        let mut looks = 0;
        let history = loop {
            let history = found(&coze).await;
            if history.execute_status == WorkflowRunStatus::Success {
                break history;
            }
            looks += 1;
            assert!(looks < 100, "{history:?}");
        };
        assert!(history.output.contains("Kunming"), "{platform:?}: {}", history.output);
        // A client that does not know the platform finds the other path by itself.
        found(&mock::client(&server)).await;
    }
}

#[tokio::test]
async fn knowledge_is_made_of_uploaded_files() {
    for platform in PLATFORMS {
        let (server, coze) = client(platform).await;
        let upload = coze.files().upload(Upload::bytes("tea.txt", &b"Green tea"[..]));
        let file = upload.await.unwrap();
        assert_eq!((file.bytes, file.created_at > 0), (9, true), "{platform:?}");
        let datasets = coze.datasets();
        let dataset = datasets.create("Tea", WORKSPACE, DocumentFormat::Text).await.unwrap();
        let id = &dataset.dataset_id;
        let base = |n: usize| {
            let info = DocumentSourceInfo::new().file_base64("R3JlZW4gdGVh").file_type("txt");
            let info = info.document_source(DocumentSource::LocalFile);
            DocumentBase::new(format!("tea-{n}.txt"), info)
        };
        let chunks = ChunkStrategy::new();
        let created = datasets.documents().create(id, (0..5).map(base), chunks);
        let created = created.format_type(DocumentFormat::Text).await.unwrap();
        assert_eq!(created.document_infos.len(), 5, "{platform:?}");

        let list = || datasets.documents().list(id);
        let first = list().await.unwrap();
        assert_eq!((first.items.len(), first.total, first.has_more), (5, Some(5), false));
        let second = list().page(2).size(2).await.unwrap();
        let names: Vec<&str> = second.items.iter().map(|document| &*document.name).collect();
        assert_eq!(names, ["tea-2.txt", "tea-3.txt"], "{platform:?}");
        let all: Vec<_> = list().size(2).items().try_collect().await.unwrap();
        let ids: Vec<&str> = all.iter().map(|document| document.document_id.as_str()).collect();
        let first = first.items.iter().map(|document| document.document_id.as_str());
        assert_eq!(ids, first.collect::<Vec<_>>(), "{platform:?}");
        let unset = mock::client(&server).datasets().documents().list(id).await;
        if platform == Platform::Studio {
            let error = unset.expect_err("the first page has another number there");
            assert!(error.to_string().contains("set the platform"), "{error}");
        } else {
            assert_eq!(unset.unwrap().items.len(), 5);
        }
        list().size(2).page(3).await.unwrap();
        let last = server.requests_to("datasets.documents.list").pop().unwrap();
        let page = if platform == Platform::Studio { 2 } else { 3 };
        assert_eq!(last.json()["page"], page, "{platform:?}");

        datasets.documents().update(ids[0]).document_name("first").await.unwrap();
        assert_eq!(list().await.unwrap().items[0].name, "first", "{platform:?}");
        datasets.documents().delete(ids[1..].iter().copied()).await.unwrap();
        assert_eq!(list().await.unwrap().total, Some(1), "{platform:?}");
        datasets.delete(id).await.unwrap();
    }
}

/// A bot has its tools in another form there, and a chatflow only its role.
#[tokio::test]
async fn tools_of_bots_and_roles_of_chatflows_are_read() {
    for platform in PLATFORMS {
        let (server, coze) = client(platform).await;
        let bound = json!({"id_list": [{"plugin_id": "71", "api_id": "72"}]});
        server.state(|state| {
            let release = state.bots.get_mut(BOT).unwrap().releases.last_mut().unwrap();
            release.configuration.insert("plugin_id_list".to_owned(), bound);
        });
        let plugins = coze.bots().retrieve(BOT).await.unwrap().plugin_info_list;
        let tool = match platform {
            Platform::Studio => &plugins[0].api_id,
            _ => &plugins[0].api_info_list[0].api_id,
        };
        assert_eq!((&*plugins[0].plugin_id, &**tool), ("71", "72"), "{platform:?}");
        let chatflow = coze.workflows().retrieve(CHATFLOW).await.unwrap();
        assert_eq!(chatflow.workflow_detail.is_none(), platform == Platform::Studio);
        if platform == Platform::Studio {
            assert_eq!(chatflow.role["workflow_id"], CHATFLOW);
        }
    }
}

/// Errors that come before the first event have no body there.
#[tokio::test]
async fn an_error_before_the_first_event_is_an_error() {
    for platform in PLATFORMS {
        let (_server, coze) = client(platform).await;
        let run = coze.workflows().runs().stream("1").await;
        let error = run.expect_err("no such workflow");
        assert!(error.is_api() || error.is_decode(), "{platform:?}: {error:?}");
        if platform == Platform::Studio {
            assert!(error.to_string().contains("empty"), "{error}");
            assert!(error.log_id().is_some());
        }
        let chat = coze.chat().create("1", "u1").message(Message::user("Hello"));
        let error = match chat.stream().await {
            Ok(events) => events.try_collect::<Vec<ChatEvent>>().await.unwrap_err(),
            Err(error) => error,
        };
        assert!(error.is_api() && error.code() != Some(103_100_001), "{platform:?}: {error:?}");
    }
}

/// The documentation lists what is served.
#[test]
fn the_documentation_lists_the_operations_of_studio() {
    let documentation = include_str!("../../../docs/coze-studio.md");
    let (_, list) = documentation.split_once("## Operations\n").expect("a section");
    let (list, _) = list.split_once("\n## ").expect("another section");
    let rows = list.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let mut listed: Vec<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    listed.sort_unstable();
    let served = coze_spec::api().operations().filter(|operation| operation.studio.is_some());
    let mut served: Vec<&str> = served.map(|operation| operation.id.as_str()).collect();
    served.sort_unstable();
    assert_eq!(listed, served);
}
