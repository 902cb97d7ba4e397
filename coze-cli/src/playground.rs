//! The API Playground: a local web page, and the server that makes its calls.

mod assets;
mod call;
mod files;
mod guard;
mod server;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use coze_api::Platform;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::backend::Backend;
use crate::catalog;
use crate::failure::Failure;
use crate::samples::samples;
use files::FileStore;
use guard::Guard;

/// The maximum size of JSON in a request, in bytes.
const JSON_LIMIT: usize = 1024 * 1024;
/// The maximum total size of the files of a call, in bytes.
const FILES_LIMIT: usize = 512 * 1024 * 1024;

/// The state that all requests share.
struct AppState {
    backend: Backend,
    profile: Option<String>,
    guard: Guard,
    files: FileStore,
}

/// The server of the playground.
pub(crate) struct Playground {
    listener: TcpListener,
    router: Router,
    url: String,
}

impl Playground {
    /// Listens on the loopback interface. `profile` is the name of the backend's profile.
    pub(crate) async fn bind(
        port: u16,
        backend: Backend,
        profile: Option<String>,
    ) -> Result<Self, Failure> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| Failure::local(format!("cannot listen at {address}: {error}")))?;
        let guard = Guard::new(listener.local_addr()?.port())?;
        let url = guard.url();
        let app = Arc::new(AppState { backend, profile, guard, files: FileStore::default() });
        Ok(Self { listener, router: router(app), url })
    }

    /// Returns the URL to open, which contains the key.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Serves until the program is told to stop. Then running calls are canceled and files are
    /// removed.
    pub(crate) async fn serve(self) -> Result<(), Failure> {
        tokio::select! {
            () = server::serve(self.listener, self.router) => Ok(()),
            () = shutdown_signal() => Ok(()),
        }
    }
}

/// Completes when the program is interrupted or terminated.
async fn shutdown_signal() {
    let ctrl_c = async {
        // If signals are not available, wait forever.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let signaled = async |kind| match signal(kind) {
            Ok(mut signals) => drop(signals.recv().await),
            Err(_) => std::future::pending().await,
        };
        tokio::select! {
            () = ctrl_c => {}
            () = signaled(SignalKind::terminate()) => {}
            // The terminal was closed.
            () = signaled(SignalKind::hangup()) => {}
        }
    }
    #[cfg(not(unix))]
    ctrl_c.await;
}

fn router(app: Arc<AppState>) -> Router {
    let json = Router::new()
        .route("/", get(assets::page))
        .route("/assets/{name}", get(assets::asset))
        .route("/api/state", get(state))
        .route("/api/model", get(model))
        .route("/api/samples", post(sample))
        .route("/api/files/{id}", get(file))
        .layer(DefaultBodyLimit::max(JSON_LIMIT));
    let calls = Router::new()
        .route("/api/call", post(call::call))
        .layer(DefaultBodyLimit::max(FILES_LIMIT + 2 * JSON_LIMIT));
    json.merge(calls)
        .layer(middleware::from_fn_with_state(app.clone(), guard::check))
        .with_state(app)
}

async fn state(State(app): State<Arc<AppState>>) -> Json<Value> {
    let mock = app.backend.mock.is_some();
    let defaults = if mock {
        json!({
            "bot_id": coze_mock::state::BOT,
            "workspace_id": coze_mock::state::WORKSPACE,
            "workflow_id": coze_mock::state::WORKFLOW,
        })
    } else {
        json!({})
    };
    Json(json!({
        "backend": if mock { "mock" } else { "profile" },
        "profile": app.profile,
        "base_url": app.backend.client.base_url(),
        "platform": match app.backend.client.platform() {
            Platform::Studio => "studio",
            _ => "cloud",
        },
        "version": env!("CARGO_PKG_VERSION"),
        "defaults": defaults,
    }))
}

/// The model as compressed JSON, the only large response.
static MODEL: LazyLock<io::Result<Vec<u8>>> = LazyLock::new(|| {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut gzip, coze_spec::api())?;
    gzip.finish()
});

async fn model(headers: HeaderMap) -> Response {
    let json = (header::CONTENT_TYPE, "application/json");
    let encodings = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    match &*MODEL {
        Ok(gzip) if encodings.is_some_and(|encodings| encodings.contains("gzip")) => {
            ([json, (header::CONTENT_ENCODING, "gzip")], gzip.as_slice()).into_response()
        }
        _ => Json(coze_spec::api()).into_response(),
    }
}

#[derive(Deserialize)]
struct SampleRequest {
    id: String,
    #[serde(default)]
    values: Map<String, Value>,
    #[serde(default)]
    stream: bool,
}

async fn sample(State(app): State<Arc<AppState>>, body: Bytes) -> Response {
    let Ok(request) = serde_json::from_slice::<SampleRequest>(&body) else {
        return error_response(
            StatusCode::BAD_REQUEST,
            "the body is not a valid request for samples",
        );
    };
    let Some(operation) = catalog::find(&request.id) else {
        return error_response(StatusCode::NOT_FOUND, "unknown operation");
    };
    match samples(&app.backend.client, operation, &request.values, request.stream).await {
        Ok(samples) => Json(samples).into_response(),
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
        None => error_response(StatusCode::NOT_FOUND, "the file does not exist or was removed"),
    }
}

/// Returns a JSON response with an error message.
fn error_response(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"message": message}))).into_response()
}
