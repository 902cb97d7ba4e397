//! A server of the [Model Context Protocol](https://modelcontextprotocol.io): operations of the
//! API, bots and workflows as tools of an agent.
//!
//! ```no_run
//! # async fn example(coze: coze_api::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use coze_serve::mcp::Server;
//!
//! let server = Server::builder(coze)
//!     .operations("bots")
//!     .operations("conversations.messages.*")
//!     .bot("7342866812345000001")
//!     .workflow("7366468917055000001")
//!     .build()
//!     .await?;
//! server.serve_stdio().await?;
//! # Ok(()) }
//! ```
//!
//! Over HTTP, [`router`](Server::router) serves the same tools at `/mcp`, to mount in an axum
//! program.
//!
//! # Tools
//!
//! - An **operation** is a tool with its ID as the name (`bots_list`), its documentation as the
//!   description, and its parameters as the arguments. IDs are strings, in results too. Operations
//!   that change or cost something are left out unless [`allow_changes`](Builder::allow_changes) is
//!   set; the annotations `readOnlyHint`, `destructiveHint` and `idempotentHint` tell them apart.
//!   Operations that only return events have no tool.
//! - A **bot** is a tool that asks it. The result names the conversation, which the next call can
//!   continue.
//! - A **workflow** is a tool with the parameters of its start node.
//!
//! Errors of the API and invalid arguments are results with `isError`, so that the model can
//! correct them.
//!
//! If a call of a bot or a workflow has a `progressToken`, notifications have its answer while it
//! is written: `message` is the text since the last notification, `progress` the number of
//! characters. A call that the client cancels ends at once. Its chat is canceled; a run of a
//! workflow goes on, because the API cannot cancel it.

mod call;
mod progress;
mod result;
mod schema;
mod tools;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use coze_api::{Client, Error, ErrorKind, Result};
use coze_spec::Language;
use coze_spec::model::Operation;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ErrorData, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer, ServiceExt as _};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use crate::access::{Access, Denied};
use progress::Progress;

/// The limit of a request's body over HTTP, in bytes. Files are part of it.
const MAX_BODY: usize = 32 << 20;

/// A server with tools. Clones share them.
///
/// See the [module](self) for an example.
#[derive(Clone)]
#[must_use = "a server is served over stdio or HTTP"]
pub struct Server {
    client: Client,
    tools: Arc<Vec<Entry>>,
    access: Access,
    user_id: Arc<str>,
}

/// A tool, and its action.
struct Entry {
    tool: Tool,
    action: Action,
}

enum Action {
    Operation(&'static Operation),
    Bot(String),
    Workflow(String),
}

impl Server {
    /// Returns a builder of a server that sends all requests with one client.
    pub fn builder(client: Client) -> Builder {
        Builder {
            client,
            patterns: Vec::new(),
            bots: Vec::new(),
            workflows: Vec::new(),
            allow_changes: false,
            language: Language::English,
            access: Access::default(),
            user_id: "mcp".to_owned(),
        }
    }

    /// Returns the names of the tools.
    pub fn tools(&self) -> impl Iterator<Item = &str> {
        self.tools.iter().map(|entry| &*entry.tool.name)
    }

    /// Serves one client over standard input and output until it disconnects.
    ///
    /// Nothing else may be written to standard output meanwhile.
    ///
    /// # Errors
    ///
    /// The client does not speak the protocol, or disconnects before it has begun.
    pub async fn serve_stdio(self) -> std::io::Result<()> {
        let running = self.serve(rmcp::transport::stdio()).await.map_err(std::io::Error::other)?;
        running.waiting().await.map_err(std::io::Error::other)?;
        Ok(())
    }

    /// Returns the route `/mcp`, to serve over HTTP or to mount in another router.
    ///
    /// Access is limited as for [`openai::Endpoint`](crate::openai::Endpoint::api_key): with API
    /// keys, to their owners; without, to programs on the same machine, whose address the router
    /// needs.
    pub fn router(self) -> Router {
        let access = self.access.clone();
        // Without keys, `access` checks the headers `Host` and `Origin`. With keys, no web page can
        // send a request that is accepted.
        let config = StreamableHttpServerConfig::default()
            .disable_allowed_hosts()
            .with_max_request_body_bytes(MAX_BODY);
        let service = StreamableHttpService::new(
            move || Ok(self.clone()),
            Arc::new(LocalSessionManager::default()),
            config,
        );
        Router::new()
            .route_service("/mcp", service)
            .route_layer(axum::middleware::from_fn_with_state(access, check_access))
    }
}

/// Refuses requests without access.
async fn check_access(State(access): State<Access>, request: Request, next: Next) -> Response {
    match access.permits(&request) {
        Ok(()) => next.run(request).await,
        Err(Denied::Unauthorized(message)) => {
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
            (StatusCode::UNAUTHORIZED, challenge, message).into_response()
        }
        Err(Denied::Forbidden(message)) => (StatusCode::FORBIDDEN, message).into_response(),
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tools: Vec<&str> = self.tools().collect();
        f.debug_struct("Server").field("tools", &tools).finish_non_exhaustive()
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        let implementation = Implementation::new("coze", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(capabilities).with_server_info(implementation).with_instructions(
            "Tools of the Coze (扣子) agent platform. IDs are strings of digits; pass them on \
             unchanged. Lists come in pages.",
        )
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> std::result::Result<ListToolsResult, ErrorData> {
        let tools = self.tools.iter().map(|entry| entry.tool.clone()).collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.find(name).map(|entry| entry.tool.clone())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> std::result::Result<CallToolResponse, ErrorData> {
        let Some(entry) = self.find(&request.name) else {
            let message = format!("there is no tool {}", request.name);
            return Err(ErrorData::invalid_params(message, None));
        };
        let arguments = request.arguments.unwrap_or_default();
        let mut progress = Progress::of(&context);
        tokio::select! {
            result = call::run(self, entry, arguments, &mut progress) => Ok(result.into()),
            // Nothing is sent to a client that has canceled its call.
            () = context.ct.cancelled() => Err(ErrorData::internal_error("canceled", None)),
        }
    }
}

impl Server {
    fn find(&self, name: &str) -> Option<&Entry> {
        self.tools.iter().find(|entry| entry.tool.name == name)
    }
}

/// The settings of a [`Server`].
#[must_use = "a builder does nothing until it is built"]
pub struct Builder {
    client: Client,
    patterns: Vec<String>,
    bots: Vec<String>,
    workflows: Vec<String>,
    allow_changes: bool,
    language: Language,
    access: Access,
    user_id: String,
}

impl Builder {
    /// Adds the operations whose IDs match a pattern: `bots` for a resource, `bots.list` for one
    /// operation, or `*.list` with `*` for any text.
    ///
    /// If neither operations nor bots nor workflows are chosen, the server has all operations.
    pub fn operations(mut self, pattern: impl Into<String>) -> Self {
        self.patterns.push(pattern.into());
        self
    }

    /// Adds a tool that asks a bot, which must be published to the API.
    pub fn bot(mut self, id: impl Into<String>) -> Self {
        self.bots.push(id.into());
        self
    }

    /// Adds a tool that runs a published workflow.
    pub fn workflow(mut self, id: impl Into<String>) -> Self {
        self.workflows.push(id.into());
        self
    }

    /// Also adds chosen operations that change or cost something.
    pub fn allow_changes(mut self) -> Self {
        self.allow_changes = true;
        self
    }

    /// Describes the tools in Chinese.
    pub fn in_chinese(mut self) -> Self {
        self.language = Language::Chinese;
        self
    }

    /// Sets the ID of the user for chats with bots. The default is `mcp`.
    pub fn user_id(mut self, id: impl Into<String>) -> Self {
        self.user_id = id.into();
        self
    }

    /// Accepts a key over HTTP, which clients send as `Authorization: Bearer KEY`. It can be called
    /// again for more keys.
    pub fn api_key(mut self, key: impl AsRef<str>) -> Self {
        self.access.add_key(key.as_ref());
        self
    }

    /// Accepts every request over HTTP, because the program has checked it before.
    pub fn allow_all(mut self) -> Self {
        self.access = Access::All;
        self
    }

    /// Makes the server. It reads the names and the parameters of bots and workflows from the API.
    ///
    /// # Errors
    ///
    /// A bot or a workflow cannot be read, or a pattern matches no operation.
    pub async fn build(self) -> Result<Server> {
        let mut tools = Vec::new();
        for id in &self.bots {
            let entry = tools::of_bot(&self.client, id).await?;
            add(&mut tools, entry, "bot", id);
        }
        for id in &self.workflows {
            let entry = tools::of_workflow(&self.client, id).await?;
            add(&mut tools, entry, "workflow", id);
        }
        let mut patterns: Vec<&str> = self.patterns.iter().map(String::as_str).collect();
        if patterns.is_empty() && tools.is_empty() {
            patterns.push("*");
        }
        let api = coze_spec::api_in(self.language);
        for pattern in patterns {
            let chosen = tools::of_operations(api, pattern, self.client.platform());
            let permitted = |entry: &Entry| match entry.action {
                Action::Operation(operation) => self.allow_changes || !operation.changes,
                _ => true,
            };
            if chosen.is_empty() {
                let message = format!("no operation with a tool matches `{pattern}`");
                return Err(Error::new(ErrorKind::Config, message));
            }
            if !chosen.iter().any(permitted) {
                let message = format!("the operations of `{pattern}` change or cost something");
                return Err(Error::new(ErrorKind::Config, message));
            }
            for entry in chosen.into_iter().filter(permitted) {
                if tools.iter().all(|known| known.tool.name != entry.tool.name) {
                    tools.push(entry);
                }
            }
        }
        let Self { client, access, user_id, .. } = self;
        Ok(Server { client, tools: Arc::new(tools), access, user_id: user_id.into() })
    }
}

/// Adds a tool. If its name is taken, the ID is its name.
fn add(tools: &mut Vec<Entry>, mut entry: Entry, kind: &str, id: &str) {
    if tools.iter().any(|known| known.tool.name == entry.tool.name) {
        entry.tool.name = Cow::Owned(format!("{kind}_{id}"));
    }
    tools.push(entry);
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("patterns", &self.patterns)
            .field("bots", &self.bots)
            .field("workflows", &self.workflows)
            .field("allow_changes", &self.allow_changes)
            .finish_non_exhaustive()
    }
}
