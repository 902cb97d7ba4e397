//! Receives webhook events from Coze with axum, and handles each event once.
//!
//! `COZE_WEBHOOK_TOKEN` is the token of the callback app, or a comma-separated list of tokens. Coze
//! requires a public HTTPS URL that leads to this server; to test it locally, send events with the
//! example `webhook_send`.
//!
//! ```sh
//! cargo run -p coze-api --features webhook-axum --example webhook_server -- 127.0.0.1:3000
//! ```

mod support;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::routing::post;
use coze_api::webhook::{
    BotPublishedResponse, Callback, Deduplicator, Verifier, WebhookEvent, WebhookResponse,
};
use tokio::net::TcpListener;

/// The state that all handlers share.
#[derive(Clone)]
struct AppState {
    verifier: Verifier,
    seen: Arc<Deduplicator>,
}

/// Lets handlers take a `Callback` as an argument.
impl FromRef<AppState> for Verifier {
    fn from_ref(state: &AppState) -> Self {
        state.verifier.clone()
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let address = support::argument(1, "ADDRESS")?;
    let tokens = support::callbacks::token()?;
    let state = AppState { verifier: Verifier::any_of(tokens.split(','))?, seen: Arc::default() };
    let app = Router::new().route("/coze", post(receive)).with_state(state);
    let listener = TcpListener::bind(address).await?;
    let url = format!("http://{}/coze", listener.local_addr()?);
    println!("receiving callbacks at {url}");
    let shutdown = support::callbacks::interrupted(url);
    axum::serve(listener, app).with_graceful_shutdown(shutdown).await?;
    Ok(())
}

/// Handles a verified event. Challenges and invalid requests never reach a handler.
async fn receive(State(state): State<AppState>, callback: Callback) -> WebhookResponse {
    let seen = state.seen;
    let id = callback.header.event_id.clone();
    let channel = !callback.header.connector_id.is_empty();
    let response = match callback.event {
        // A channel reports the state of its review, also to a repeated delivery.
        WebhookEvent::BotPublished(_) if channel => BotPublishedResponse::reviewing().into(),
        _ => WebhookResponse::ok(),
    };
    if !seen.insert(&id) {
        println!("{id} was already received");
        return response;
    }
    // Coze waits only 3 seconds for the response, so the work is done in another task.
    tokio::task::spawn_blocking(move || {
        if let Err(error) = handle(callback) {
            eprintln!("{id}: {error}");
            seen.forget(&id);
        }
    });
    response
}

fn handle(callback: Callback) -> io::Result<()> {
    let id = &callback.header.event_id;
    let mut out = io::stdout().lock();
    match callback.event {
        WebhookEvent::Unknown { event, data } => writeln!(out, "{id}: {event} {data}"),
        event => writeln!(out, "{id}: {event:?}"),
    }
}
