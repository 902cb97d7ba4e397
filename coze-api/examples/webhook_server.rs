//! Receives the callbacks of Coze, and handles every event once.
//!
//! `COZE_WEBHOOK_TOKEN` holds the token of the callback app; several are separated by commas. Coze needs an HTTPS address
//! that leads here. The example `webhook_send` does without.
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
    Answer, BotPublishedAnswer, Callback, Deduplicator, Verifier, WebhookEvent,
};
use tokio::net::TcpListener;

/// What the handlers share.
#[derive(Clone)]
struct Shared {
    verifier: Verifier,
    seen: Arc<Deduplicator>,
}

/// What makes `Callback` an argument of handlers.
impl FromRef<Shared> for Verifier {
    fn from_ref(shared: &Shared) -> Self {
        shared.verifier.clone()
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let address = support::argument(1, "ADDRESS")?;
    let tokens = support::callbacks::token()?;
    let shared = Shared { verifier: Verifier::any_of(tokens.split(','))?, seen: Arc::default() };
    let app = Router::new().route("/coze", post(receive)).with_state(shared);
    let listener = TcpListener::bind(address).await?;
    let url = format!("http://{}/coze", listener.local_addr()?);
    println!("callbacks go to {url}");
    let end = support::callbacks::interrupted(url);
    axum::serve(listener, app).with_graceful_shutdown(end).await?;
    Ok(())
}

/// Nobody comes here but events that Coze signed: checks of the address and all others are answered already.
async fn receive(State(shared): State<Shared>, callback: Callback) -> Answer {
    let seen = shared.seen;
    let id = callback.header.event_id.clone();
    let channel = !callback.header.connector_id.is_empty();
    let answer = match callback.event {
        // A channel says how its review of the bot stands, however often it is asked.
        WebhookEvent::BotPublished(_) if channel => BotPublishedAnswer::reviewing().into(),
        _ => Answer::ok(),
    };
    if !seen.insert(&id) {
        println!("{id} has come before");
        return answer;
    }
    // Coze waits for 3 seconds only, so the work is done elsewhere.
    tokio::task::spawn_blocking(move || {
        if let Err(error) = handle(callback) {
            eprintln!("{id}: {error}");
            seen.forget(&id);
        }
    });
    answer
}

fn handle(callback: Callback) -> io::Result<()> {
    let id = &callback.header.event_id;
    let mut out = io::stdout().lock();
    match callback.event {
        WebhookEvent::Unknown { event, data } => writeln!(out, "{id}: {event} {data}"),
        event => writeln!(out, "{id}: {event:?}"),
    }
}
