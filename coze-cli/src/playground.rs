//! The API Playground: a local web page, and the server that makes its calls.

mod assets;
mod bundle;
mod call;
mod cutoff;
mod files;
mod guard;
mod kept;
mod login;
mod model;
mod preview;
mod realtime;
mod target;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, delete, get, post, put};
use axum::{Json, Router, middleware};
use coze_api::BoxFuture;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::backend::BackendArgs;
use crate::catalog;
use crate::exports::{Recorded, exports};
use crate::failure::Failure;
use crate::language::{self, text};
use crate::samples::{Options, Scenario, samples};
use crate::server;
use files::FileStore;
use guard::Guard;
use kept::KeptFiles;
use preview::Previews;
pub(crate) use target::Source;
use target::Targets;

/// The port that is tried first, so that links to forms work after a restart. Its digits spell
/// "COZE" on a telephone.
const DEFAULT_PORT: u16 = 2693;
/// The maximum size of JSON in a request, in bytes.
const JSON_LIMIT: usize = 1024 * 1024;
/// The maximum total size of the files of a call, in bytes.
const FILES_LIMIT: usize = 512 * 1024 * 1024;

/// The state that all requests share.
struct AppState {
    targets: Targets,
    guard: Guard,
    files: FileStore,
    kept: KeptFiles,
    previews: Previews,
    sessions: realtime::Sessions,
}

impl AppState {
    /// Describes the server for the page.
    fn state(&self) -> Value {
        let mut state = self.targets.describe();
        state["version"] = env!("CARGO_PKG_VERSION").into();
        state
    }
}

/// The server of the playground.
pub(crate) struct Playground {
    listener: TcpListener,
    router: Router,
    stop: BoxFuture<'static, ()>,
    url: String,
    one_time_url: String,
    base_url: String,
}

impl Playground {
    /// Listens on the loopback interface. `args` are the options of the command, and `source` is
    /// the API that calls go to until the page selects another one.
    pub(crate) async fn bind(
        port: Option<u16>,
        args: &BackendArgs,
        source: Source,
    ) -> Result<Self, Failure> {
        let targets = Targets::open(args, source).await?;
        let listener = listen(port).await?;
        let guard = Guard::new(listener.local_addr()?.port())?;
        let (url, one_time_url) = (guard.url(), guard.one_time_url());
        let (files, kept) = (FileStore::default(), KeptFiles::new());
        let previews = Previews::default();
        let sessions = realtime::Sessions::default();
        let app = Arc::new(AppState { targets, guard, files, kept, previews, sessions });
        let base_url = app.targets.current().backend.client.base_url().to_owned();
        let stop = server::shutdown_signal();
        Ok(Self { listener, router: router(app), stop, url, one_time_url, base_url })
    }

    /// Returns the URL to open, which contains the key.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the URL for the browser that this program starts.
    pub(crate) fn one_time_url(&self) -> &str {
        &self.one_time_url
    }

    /// Returns the base URL of the API that calls go to.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Serves until the program is told to stop. Then running calls are canceled and files are
    /// removed.
    pub(crate) async fn serve(self) -> Result<(), Failure> {
        tokio::select! {
            () = server::serve(self.listener, self.router) => Ok(()),
            () = self.stop => Ok(()),
        }
    }
}

/// Listens on a port of the loopback interface. Without one, it is the default or, if that is in
/// use, a free one.
async fn listen(port: Option<u16>) -> Result<TcpListener, Failure> {
    let address = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if port.is_none()
        && let Ok(listener) = TcpListener::bind(address(DEFAULT_PORT)).await
    {
        return Ok(listener);
    }
    let address = address(port.unwrap_or_default());
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::local(format!("cannot listen at {address}: {error}")))
}

fn router(app: Arc<AppState>) -> Router {
    let json = Router::new()
        .route("/", get(assets::page))
        .route("/assets/{name}", get(assets::asset))
        .route(guard::KEY_PATH, post(guard::redeem))
        .route("/api/state", get(state))
        .route("/api/operations", get(model::operations))
        .route("/api/operations/{id}", get(model::operation))
        .route("/api/search-texts", get(model::search_texts))
        .route("/api/files/{id}", get(file))
        .route("/api/target", put(target::switch))
        .route("/api/token", post(login::enter).delete(login::forget))
        .route("/api/previews/{id}", delete(preview::delete))
        .route("/api/mock", put(target::reset_mock))
        .route("/api/mock/faults", put(target::set_faults))
        .layer(DefaultBodyLimit::max(JSON_LIMIT));
    let calls = Router::new()
        .route("/api/call", post(call::call))
        .layer(DefaultBodyLimit::max(FILES_LIMIT + 2 * JSON_LIMIT));
    let targeted = Router::new()
        .route("/api/samples", post(sample))
        .route("/api/exports", post(export))
        .route("/api/previews", post(preview::create))
        .route(realtime::PATH, get(realtime::open))
        .layer(DefaultBodyLimit::max(JSON_LIMIT))
        .merge(calls)
        .layer(middleware::from_fn_with_state(app.clone(), target::check));
    // The routes of the widget have limits of their own.
    let previews = Router::new().route("/preview/{*path}", any(preview::serve));
    let kept = Router::new()
        .route("/api/kept", get(kept::all).delete(kept::clear))
        .route("/api/kept/{name}", get(kept::get).put(kept::put).delete(kept::delete))
        .layer(DefaultBodyLimit::max(kept::LIMIT));
    json.merge(targeted)
        .merge(kept)
        .merge(previews)
        .layer(middleware::from_fn_with_state(app.clone(), guard::check))
        .layer(middleware::from_fn(in_its_language))
        .with_state(app)
}

async fn state(State(app): State<Arc<AppState>>) -> Json<Value> {
    Json(app.state())
}

/// Handles a request in the language that the page asks for.
async fn in_its_language(request: Request, next: Next) -> Response {
    let tag = request.headers().get(header::ACCEPT_LANGUAGE);
    let tag = tag.and_then(|tag| tag.to_str().ok()).unwrap_or_default();
    language::within(language::from_tag(tag), next.run(request)).await
}

#[derive(Deserialize)]
struct SampleRequest {
    id: String,
    #[serde(default)]
    values: Map<String, Value>,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    scenario: Option<Scenario>,
}

async fn sample(State(app): State<Arc<AppState>>, body: Bytes) -> Response {
    let Ok(request) = serde_json::from_slice::<SampleRequest>(&body) else {
        return error_response(
            StatusCode::BAD_REQUEST,
            text("the body is not a valid request for samples", "请求体不是有效的示例请求"),
        );
    };
    let Some(operation) = catalog::find(&request.id) else {
        return error_response(StatusCode::NOT_FOUND, text("unknown operation", "没有该接口"));
    };
    let target = app.targets.current();
    let SampleRequest { values, stream, scenario, .. } = request;
    let options = Options { stream, scenario, on_mock: target.mock().is_some() };
    match samples(&target.backend.client, operation, &values, options).await {
        Ok(samples) => Json(samples).into_response(),
        Err(invalid) => error_response(StatusCode::BAD_REQUEST, &invalid.to_string()),
    }
}

#[derive(Deserialize)]
struct ExportRequest {
    #[serde(flatten)]
    call: SampleRequest,
    /// The response of a run.
    recorded: Option<Recorded>,
}

async fn export(State(app): State<Arc<AppState>>, body: Bytes) -> Response {
    let Ok(ExportRequest { call, recorded }) = serde_json::from_slice(&body) else {
        let message =
            text("the body is not a valid request for exports", "请求体不是有效的导出请求");
        return error_response(StatusCode::BAD_REQUEST, message);
    };
    let Some(operation) = catalog::find(&call.id) else {
        return error_response(StatusCode::NOT_FOUND, text("unknown operation", "没有该接口"));
    };
    let target = app.targets.current();
    let (client, option) = (&target.backend.client, target.option());
    let SampleRequest { values, stream, scenario, .. } = call;
    let options = Options { stream, scenario, on_mock: target.mock().is_some() };
    match exports(client, operation, &values, options, recorded.as_ref(), &option).await {
        Ok(exports) => Json(exports).into_response(),
        Err(invalid) => error_response(StatusCode::BAD_REQUEST, &invalid.to_string()),
    }
}

async fn file(
    State(app): State<Arc<AppState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match app.files.get(&id, &headers).await {
        Some(file) => file.into_response(),
        None => error_response(
            StatusCode::NOT_FOUND,
            text("the file does not exist or was removed", "文件不存在或已被移除"),
        ),
    }
}

/// Returns a JSON response with an error message.
fn error_response(status: StatusCode, message: &str) -> Response {
    (status, Json(serde_json::json!({"message": message}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_default_port_may_be_in_use_and_a_chosen_one_may_not() {
        // Another program may hold it, too.
        let _held = listen(None).await;
        let free = listen(None).await.expect("a free port");
        let port = free.local_addr().expect("an address").port();
        assert_ne!(port, DEFAULT_PORT);
        assert!(listen(Some(port)).await.is_err());
    }
}
