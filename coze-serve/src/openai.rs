//! An OpenAI-compatible endpoint.
//!
//! | path | purpose |
//! |---|---|
//! | `POST /v1/chat/completions` | a chat with a bot, streamed or not |
//! | `POST /v1/responses` | the same with the Responses API |
//! | `GET /v1/models`, `GET /v1/models/{name}` | the models, which are your bots and workflows |
//!
//! ```no_run
//! # async fn example(coze: coze_api::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use std::net::SocketAddr;
//!
//! use coze_serve::openai::{Endpoint, Model};
//!
//! // Without an API key, only programs on this machine may connect, so their address is needed.
//! let endpoint = Endpoint::new(coze).model("support", Model::bot("7342866812345000001"));
//! let service = endpoint.router().into_make_service_with_connect_info::<SocketAddr>();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! axum::serve(listener, service).await?;
//! # Ok(()) }
//! ```
//!
//! # Conversations
//!
//! OpenAI's protocol has no conversations: each request has all messages. By default, each request
//! therefore starts a new conversation of the bot with the messages as its context, which may have
//! at most 100 (50 for a chatflow). A response names its conversation in the header
//! `x-coze-conversation-id`. If a request has this header, the bot remembers the conversation, and
//! only the messages after the last one of the assistant are sent to it.
//!
//! In the Responses API, `previous_response_id` continues the conversation of a response, and
//! `conversation` has its ID; all input is then sent. The server keeps nothing: the IDs of
//! responses and tool calls name their chat.
//!
//! # Requests
//!
//! - `model` is the name of a [`Model`].
//! - `messages`: text, images, audio and files. Data URLs are uploaded; other URLs are passed on,
//!   and the platform fetches them. System messages are sent as messages of the user, or as a
//!   [variable of the prompt](Model::system_variable).
//! - `user` (or `safety_identifier`) is the ID of the user, who has a memory of their own.
//! - `metadata` is returned with the chat by the API of Coze.
//! - `stream_options.include_usage` adds the token usage to a stream.
//! - `tools` is ignored: a bot has tools of its own. If it calls one of a local plugin, the
//!   response has `tool_calls`; the messages `tool` of the next request are the results.
//! - The settings of the model, such as `temperature` and `response_format`, are those of the bot,
//!   and are ignored. More than one choice (`n`) is refused.
//! - In the Responses API, `input` is text or items: messages, `function_call_output`, and the
//!   output of earlier responses. `instructions` are treated as a system message. `background` is
//!   refused, and responses cannot be retrieved later.
//!
//! # Responses
//!
//! In a chat completion, `reasoning_content` stands beside `content`, as with other vendors. The
//! member `coze` has the IDs of the conversation and the chat, and the questions that the bot
//! suggests. Errors have OpenAI's form and HTTP status; `coze_code` and `log_id` are those of Coze.
//!
//! If the client disconnects before the end, the chat is canceled. Runs of workflows go on, because
//! the API cannot cancel them.

mod answer;
mod attachment;
mod chat;
mod completions;
mod error;
mod ids;
mod input;
mod models;
mod responses;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use coze_api::Client;
use tokio::sync::Semaphore;

pub use error::not_found;

use crate::access::{Access, Denied};
use error::ApiError;

/// The default limit of a request's body, in bytes.
const MAX_BODY: usize = 32 << 20;
/// The default limit of chats at the same time.
const MAX_CHATS: usize = 64;
/// The default parameter of a workflow, the name of the first one of a new workflow.
const INPUT: &str = "input";

/// An OpenAI-compatible endpoint for bots, chatflows and workflows.
///
/// See the [module](self) for an example.
#[derive(Clone)]
#[must_use = "an endpoint is served as a router"]
pub struct Endpoint {
    client: Client,
    models: Vec<(String, Model)>,
    access: Access,
    user_id: String,
    user_of: Option<UserOf>,
    max_body: usize,
    max_chats: usize,
}

type UserOf = Arc<dyn Fn(&Parts) -> Option<String> + Send + Sync>;

impl Endpoint {
    /// Creates an endpoint without models, which sends all requests with one client.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            models: Vec::new(),
            access: Access::default(),
            user_id: "openai".to_owned(),
            user_of: None,
            max_body: MAX_BODY,
            max_chats: MAX_CHATS,
        }
    }

    /// Adds a model, or replaces the one with this name.
    pub fn model(mut self, name: impl Into<String>, model: Model) -> Self {
        let name = name.into();
        self.models.retain(|(known, _)| *known != name);
        self.models.push((name, model));
        self
    }

    /// Accepts a key, which clients send as `Authorization: Bearer KEY`. It can be called again for
    /// more keys.
    ///
    /// Keys are your own, not those of Coze. All of them give access to all models and, by their
    /// IDs, to all conversations of the endpoint. An empty key is ignored.
    ///
    /// Without a key, only programs on the same machine may connect. The router then needs their
    /// address: serve it with
    /// [`into_make_service_with_connect_info`](Router::into_make_service_with_connect_info).
    pub fn api_key(mut self, key: impl AsRef<str>) -> Self {
        self.access.add_key(key.as_ref());
        self
    }

    /// Accepts every request, because the program has checked it before, for example in a layer.
    pub fn allow_all(mut self) -> Self {
        self.access = Access::All;
        self
    }

    /// Sets the ID of users for requests that name none. The default is `openai`.
    ///
    /// The IDs separate the memories of different users.
    pub fn default_user_id(mut self, id: impl Into<String>) -> Self {
        self.user_id = id.into();
        self
    }

    /// Finds the ID of the user in each request, for example in an extension that a layer of yours
    /// has added. The request's `user` is then ignored, because a client can write anything there.
    ///
    /// ```no_run
    /// # use coze_serve::openai::Endpoint;
    /// # fn example(endpoint: Endpoint) {
    /// let endpoint = endpoint.user_id_from(|request| {
    ///     let account = request.headers.get("x-account")?;
    ///     Some(account.to_str().ok()?.to_owned())
    /// });
    /// # }
    /// ```
    pub fn user_id_from(
        mut self,
        find: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.user_of = Some(Arc::new(find));
        self
    }

    /// Sets the limit of a request's body in bytes. The default is 32 MiB.
    ///
    /// Images in data URLs are part of the body.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets the limit of chats at the same time. The default is 64.
    ///
    /// Further requests are refused with HTTP status 429.
    pub fn max_chats(mut self, chats: usize) -> Self {
        self.max_chats = chats;
        self
    }

    /// Returns the routes, to serve or to mount in another router.
    ///
    /// Clients use the URL at which it is mounted, with `/v1`, as their base URL.
    pub fn router(self) -> Router {
        let max_body = self.max_body;
        let permits = Arc::new(Semaphore::new(self.max_chats.min(Semaphore::MAX_PERMITS)));
        let app = Arc::new(App { endpoint: self, permits });
        Router::new()
            .route("/v1/chat/completions", post(completions::create))
            .route("/v1/responses", post(responses::create))
            .route("/v1/models", get(models::list))
            .route("/v1/models/{*name}", get(models::retrieve))
            .method_not_allowed_fallback(error::method_not_allowed)
            .layer(DefaultBodyLimit::max(max_body))
            .route_layer(axum::middleware::from_fn_with_state(app.clone(), check_access))
            .with_state(app)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("models", &self.models)
            .field("max_body", &self.max_body)
            .field("max_chats", &self.max_chats)
            .finish_non_exhaustive()
    }
}

/// A bot, a chatflow or a workflow that an [`Endpoint`] offers as a model.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a model is added to an endpoint"]
pub struct Model {
    target: Target,
    system_variable: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Bot(String),
    Chatflow { id: String, runner: Runner },
    Workflow { id: String, app_id: Option<String>, parameter: String },
}

/// The bot or app that runs a chatflow.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Runner {
    Bot(String),
    App(String),
}

impl Model {
    /// A bot, which must be published to the API.
    pub fn bot(id: impl Into<String>) -> Self {
        Self::new(Target::Bot(id.into()))
    }

    /// A published chatflow, run by a bot. Its messages are text only.
    pub fn chatflow_of_bot(id: impl Into<String>, bot_id: impl Into<String>) -> Self {
        Self::new(Target::Chatflow { id: id.into(), runner: Runner::Bot(bot_id.into()) })
    }

    /// A published chatflow, run by an app. Its messages are text only.
    pub fn chatflow_of_app(id: impl Into<String>, app_id: impl Into<String>) -> Self {
        Self::new(Target::Chatflow { id: id.into(), runner: Runner::App(app_id.into()) })
    }

    /// A published workflow. Each request is a run of its own, which receives the last message,
    /// text only, as the [parameter](Self::input_parameter) `input`. The output of its nodes is the
    /// answer, as text or JSON.
    ///
    /// A run that asks a question fails: use a chatflow for it. A run cannot be canceled.
    pub fn workflow(id: impl Into<String>) -> Self {
        let parameter = INPUT.to_owned();
        Self::new(Target::Workflow { id: id.into(), app_id: None, parameter })
    }

    /// A workflow of an app, which must be published to the API. See [`workflow`](Self::workflow).
    pub fn workflow_of_app(id: impl Into<String>, app_id: impl Into<String>) -> Self {
        let (app_id, parameter) = (Some(app_id.into()), INPUT.to_owned());
        Self::new(Target::Workflow { id: id.into(), app_id, parameter })
    }

    fn new(target: Target) -> Self {
        Self { target, system_variable: None }
    }

    /// Names the parameter of a workflow that receives the message. The default is `input`.
    pub fn input_parameter(mut self, name: impl Into<String>) -> Self {
        if let Target::Workflow { parameter, .. } = &mut self.target {
            *parameter = name.into();
        }
        self
    }

    /// Sends system messages as the value of a variable of the bot's prompt, which has its name in
    /// double braces, or of a parameter of the chatflow or workflow. By default, they are messages
    /// of the user.
    pub fn system_variable(mut self, name: impl Into<String>) -> Self {
        self.system_variable = Some(name.into());
        self
    }

    /// The largest number of messages in a request.
    fn max_messages(&self) -> usize {
        match self.target {
            Target::Bot(_) => 100,
            Target::Chatflow { .. } | Target::Workflow { .. } => 50,
        }
    }
}

/// Refuses requests without access.
async fn check_access(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match app.endpoint.access.permits(&request) {
        Ok(()) => next.run(request).await,
        Err(Denied::Unauthorized(message)) => ApiError::unauthorized(message).into_response(),
        Err(Denied::Forbidden(message)) => ApiError::forbidden(message).into_response(),
    }
}

/// The state that the handlers share.
struct App {
    endpoint: Endpoint,
    permits: Arc<Semaphore>,
}

impl App {
    fn find(&self, name: &str) -> Option<&Model> {
        let mut models = self.endpoint.models.iter();
        models.find(|(known, _)| known == name).map(|(_, model)| model)
    }
}
