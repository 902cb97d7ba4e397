//! The crate `async-openai`, which reads responses strictly, as a client of the endpoint.

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestMessage, CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
};
use async_openai::types::responses::{
    CreateResponse, CreateResponseArgs, OutputItem, ResponseStreamEvent,
};
use coze_mock::MockServer;
use coze_mock::state::WORKFLOW;
use coze_serve::openai::Model;
use futures_util::StreamExt as _;

use crate::support::{Served, endpoint};

const WEATHER: &str = "What is the weather in Kunming?";

/// A client, and what it needs to live as long.
struct Peer {
    client: Client<OpenAIConfig>,
    _mock: MockServer,
    _served: Served,
}

impl Peer {
    async fn start() -> Self {
        let mock = MockServer::start().await.unwrap();
        let endpoint = endpoint(&mock).model("flow", Model::workflow(WORKFLOW)).api_key("a-key");
        let served = Served::start(endpoint.router()).await;
        let config = OpenAIConfig::new().with_api_base(format!("{}/v1", served.url));
        let client = Client::with_config(config.with_api_key("a-key"));
        Self { client, _mock: mock, _served: served }
    }

    /// Returns the events of a streamed response.
    async fn events(&self, request: CreateResponse) -> Vec<ResponseStreamEvent> {
        let stream = self.client.responses().create_stream(request).await.unwrap();
        stream.map(Result::unwrap).collect().await
    }
}

fn question(text: &str) -> CreateChatCompletionRequest {
    let message = ChatCompletionRequestMessage::User(text.into());
    CreateChatCompletionRequestArgs::default().model("bot").messages([message]).build().unwrap()
}

fn input(model: &str, text: &str) -> CreateResponse {
    CreateResponseArgs::default().model(model).input(text).build().unwrap()
}

#[tokio::test]
async fn it_completes_chats() {
    let peer = Peer::start().await;
    let done = peer.client.chat().create(question("Hello!")).await.unwrap();
    assert_eq!(done.choices[0].message.content.as_deref(), Some("You said: Hello!"));
    assert!(done.usage.is_some_and(|usage| usage.total_tokens > 0));
    let mut stream = peer.client.chat().create_stream(question("Hello!")).await.unwrap();
    let mut text = String::new();
    while let Some(chunk) = stream.next().await {
        let delta = chunk.unwrap().choices.into_iter().next();
        text.push_str(&delta.and_then(|choice| choice.delta.content).unwrap_or_default());
    }
    assert_eq!(text, "You said: Hello!");
}

#[tokio::test]
async fn it_continues_responses() {
    let peer = Peer::start().await;
    let first = peer.client.responses().create(input("bot", "[think Hm.] Hello!")).await.unwrap();
    assert_eq!(first.output_text().as_deref(), Some("You said: Hello!"));
    let mut next = input("bot", "Go on");
    next.previous_response_id = Some(first.id);
    let (mut text, mut completed) = (String::new(), None);
    for event in peer.events(next).await {
        match event {
            ResponseStreamEvent::ResponseOutputTextDelta(event) => text.push_str(&event.delta),
            ResponseStreamEvent::ResponseCompleted(event) => completed = Some(event.response),
            _ => {}
        }
    }
    assert!(text.contains("This is turn 2"), "{text}");
    assert_eq!(completed.and_then(|response| response.output_text()), Some(text));
}

#[tokio::test]
async fn it_is_asked_to_call_functions() {
    let peer = Peer::start().await;
    let asked = peer.client.responses().create(input("bot", WEATHER)).await.unwrap();
    let call = asked.output.into_iter().find_map(|item| match item {
        OutputItem::FunctionCall(call) => Some(call),
        _ => None,
    });
    let call = call.unwrap();
    assert_eq!((&*call.name, &*call.arguments), ("get_weather", r#"{"city":"Kunming"}"#));
    let events = peer.events(input("bot", WEATHER)).await;
    let is_call = |event: &ResponseStreamEvent| {
        matches!(event, ResponseStreamEvent::ResponseFunctionCallArgumentsDone(_))
    };
    assert!(events.iter().any(is_call), "{events:?}");
}

#[tokio::test]
async fn it_runs_workflows() {
    let peer = Peer::start().await;
    let done = peer.client.responses().create(input("flow", "Hello!")).await.unwrap();
    let text = done.output_text().unwrap_or_default();
    assert!(text.contains(r#""input":"Hello!""#), "{text}");
}

#[tokio::test]
async fn it_reads_models_and_errors() {
    let peer = Peer::start().await;
    let models = peer.client.models().list().await.unwrap();
    assert_eq!(models.data[0].id, "bot");
    let error = peer.client.responses().create(input("other", "Hello!")).await.unwrap_err();
    assert!(matches!(&error, OpenAIError::ApiError(_)), "{error:?}");
    let events = peer.events(input("bot", "[answer Well] [fail 5000 Full]")).await;
    let failure = events.into_iter().find_map(|event| match event {
        ResponseStreamEvent::ResponseFailed(event) => event.response.error,
        _ => None,
    });
    assert!(failure.is_some_and(|error| error.message.contains("Full")));
}
