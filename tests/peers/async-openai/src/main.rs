//! Runs the crate `async-openai` against `coze serve`, whose base URL and key are the arguments.

use std::error::Error;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestMessage, CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
};
use async_openai::types::responses::{
    CreateResponse, CreateResponseArgs, OutputItem, ResponseStreamEvent,
};
use futures_util::StreamExt as _;

type Peer = Client<OpenAIConfig>;
type Story = Result<(), Box<dyn Error>>;

const WEATHER: &str = "What is the weather in Kunming?";

fn question(model: &str, text: &str) -> Result<CreateChatCompletionRequest, OpenAIError> {
    let message = ChatCompletionRequestMessage::User(text.into());
    CreateChatCompletionRequestArgs::default().model(model).messages([message]).build()
}

fn input(model: &str, text: &str) -> Result<CreateResponse, OpenAIError> {
    CreateResponseArgs::default().model(model).input(text).build()
}

async fn completes(client: &Peer) -> Story {
    let done = client.chat().create(question("bot", "Hello!")?).await?;
    assert_eq!(done.choices[0].message.content.as_deref(), Some("You said: Hello!"));
    assert!(done.usage.is_some_and(|usage| usage.total_tokens > 0));
    let mut stream = client.chat().create_stream(question("bot", "Hello!")?).await?;
    let mut text = String::new();
    while let Some(chunk) = stream.next().await {
        let delta = chunk?.choices.into_iter().next().and_then(|choice| choice.delta.content);
        text.push_str(&delta.unwrap_or_default());
    }
    assert_eq!(text, "You said: Hello!");
    Ok(())
}

async fn responds(client: &Peer) -> Story {
    let first = client.responses().create(input("bot", "[think Hm.] Hello!")?).await?;
    assert_eq!(first.output_text().as_deref(), Some("You said: Hello!"));
    let mut next = input("bot", "Go on")?;
    next.previous_response_id = Some(first.id);
    let mut stream = client.responses().create_stream(next).await?;
    let (mut text, mut completed) = (String::new(), None);
    while let Some(event) = stream.next().await {
        match event? {
            ResponseStreamEvent::ResponseOutputTextDelta(event) => text.push_str(&event.delta),
            ResponseStreamEvent::ResponseCompleted(event) => completed = Some(event.response),
            _ => {}
        }
    }
    assert!(text.contains("This is turn 2"), "{text}");
    assert_eq!(completed.and_then(|response| response.output_text()), Some(text));
    Ok(())
}

async fn calls_functions(client: &Peer) -> Story {
    let asked = client.responses().create(input("bot", WEATHER)?).await?;
    let call = asked.output.into_iter().find_map(|item| match item {
        OutputItem::FunctionCall(call) => Some(call),
        _ => None,
    });
    let call = call.ok_or("no function call")?;
    assert_eq!((&*call.name, &*call.arguments), ("get_weather", r#"{"city":"Kunming"}"#));
    let mut stream = client.responses().create_stream(input("bot", WEATHER)?).await?;
    while let Some(event) = stream.next().await {
        event?;
    }
    Ok(())
}

async fn runs_workflows(client: &Peer) -> Story {
    let done = client.responses().create(input("flow", "Hello!")?).await?;
    let text = done.output_text().unwrap_or_default();
    assert!(text.contains(r#""input":"Hello!""#), "{text}");
    Ok(())
}

async fn reads_models_and_errors(client: &Peer) -> Story {
    let models = client.models().list().await?;
    assert_eq!(models.data[0].id, "bot");
    let error = client.responses().create(input("other", "Hello!")?).await.unwrap_err();
    assert!(matches!(&error, OpenAIError::ApiError(_)), "{error:?}");
    let mut stream =
        client.responses().create_stream(input("bot", "[answer Well] [fail 5000 Full]")?).await?;
    let mut failed = None;
    while let Some(event) = stream.next().await {
        if let ResponseStreamEvent::ResponseFailed(event) = event? {
            failed = event.response.error;
        }
    }
    assert!(failed.is_some_and(|error| error.message.contains("Full")));
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Story {
    let mut args = std::env::args().skip(1);
    let (url, key) = (args.next().ok_or("no URL")?, args.next().ok_or("no key")?);
    let client = Client::with_config(OpenAIConfig::new().with_api_base(url).with_api_key(key));
    completes(&client).await?;
    responds(&client).await?;
    calls_functions(&client).await?;
    runs_workflows(&client).await?;
    reads_models_and_errors(&client).await?;
    println!("async-openai: 5 stories passed");
    Ok(())
}
