//! The API Playground: a page on this machine, and the server behind it that makes the calls.

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
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::backend::Backend;
use crate::failure::Failure;
use crate::samples::samples;
use crate::words;
use files::Files;
use guard::Guard;

/// How long JSON may be.
const JSON_LIMIT: usize = 1024 * 1024;
/// How long the files of a call may be.
const FILES_LIMIT: usize = 512 * 1024 * 1024;

/// What all requests share.
struct Shared {
    backend: Backend,
    profile: Option<String>,
    guard: Guard,
    files: Files,
}

/// A playground that waits for its page.
pub(crate) struct Playground {
    listener: TcpListener,
    router: Router,
    url: String,
}

impl Playground {
    /// Listens on loopback. `profile` is the name of the one that the backend uses.
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
        let shared = Arc::new(Shared { backend, profile, guard, files: Files::default() });
        Ok(Self { listener, router: router(shared), url })
    }

    /// The address to open, with the secret.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Serves until the program is told to end. Then calls under way are canceled and files removed.
    pub(crate) async fn serve(self) -> Result<(), Failure> {
        tokio::select! {
            served = server::serve(self.listener, self.router) => Ok(served),
            () = end() => Ok(()),
        }
    }
}

/// Completes when the program is interrupted or told to end.
async fn end() {
    let interrupted = async {
        // Without signals there is nothing to wait for but the end of the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let told = async |kind| match signal(kind) {
            Ok(mut signals) => drop(signals.recv().await),
            Err(_) => std::future::pending().await,
        };
        tokio::select! {
            () = interrupted => {}
            () = told(SignalKind::terminate()) => {}
            // The terminal is closed.
            () = told(SignalKind::hangup()) => {}
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}

fn router(shared: Arc<Shared>) -> Router {
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
        .layer(middleware::from_fn_with_state(shared.clone(), guard::check))
        .with_state(shared)
}

async fn state(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let mock = shared.backend.mock.is_some();
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
        "profile": shared.profile,
        "base_url": shared.backend.client.base_url(),
        "version": env!("CARGO_PKG_VERSION"),
        "defaults": defaults,
    }))
}

/// The model as JSON, compressed: browsers take it so, and it is the only large answer.
static MODEL: LazyLock<io::Result<Vec<u8>>> = LazyLock::new(|| {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut gzip, coze_spec::api())?;
    gzip.finish()
});

async fn model(headers: HeaderMap) -> Response {
    let json = (header::CONTENT_TYPE, "application/json");
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    match &*MODEL {
        Ok(gzip) if accepted.is_some_and(|accepted| accepted.contains("gzip")) => {
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

async fn sample(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let Ok(asked) = serde_json::from_slice::<SampleRequest>(&body) else {
        return refusal(StatusCode::BAD_REQUEST, "the request is not what was expected");
    };
    let Some(operation) = words::find(&asked.id) else {
        return refusal(StatusCode::NOT_FOUND, "there is no such operation");
    };
    match samples(&shared.backend.client, operation, &asked.values, asked.stream).await {
        Ok(samples) => Json(samples).into_response(),
        Err(invalid) => refusal(StatusCode::BAD_REQUEST, &invalid.to_string()),
    }
}

async fn file(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match shared.files.get(&id, &headers).await {
        Some(file) => file.into_response(),
        None => refusal(StatusCode::NOT_FOUND, "there is no such file any more"),
    }
}

/// An answer that says what is wrong.
fn refusal(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"message": message}))).into_response()
}
