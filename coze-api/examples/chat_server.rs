//! A web server with axum that passes a bot's reply to the browser while it is generated.
//!
//! The token stays on the server. A page sends the question, and reads the events:
//! `fetch("/chat", {method: "POST", body: question})`.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example chat_server -- BOT_ID 127.0.0.1:3000
//! curl -N http://127.0.0.1:3000/chat -d "Tell me about Kunming."
//! ```

mod support;

use std::convert::Infallible;
use std::error::Error;
use std::process::ExitCode;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::post;
use coze_api::Client;
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::net::TcpListener;

/// The state that all handlers share.
#[derive(Clone)]
struct AppState {
    coze: Client,
    bot_id: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let listener = TcpListener::bind(support::argument(2, "ADDRESS")?).await?;
    let url = format!("http://{}/chat", listener.local_addr()?);
    println!("answering questions at {url}");

    let app = Router::new().route("/chat", post(chat)).with_state(AppState { coze, bot_id });
    let shutdown = support::browser::post(url, "Tell me about Kunming.");
    axum::serve(listener, app).with_graceful_shutdown(shutdown).await?;
    Ok(())
}

/// Returns the pieces of the reply as events. If the browser disconnects, axum drops the stream.
async fn chat(
    State(AppState { coze, bot_id }): State<AppState>,
    question: String,
) -> Result<impl IntoResponse, (StatusCode, String)> {
    let chat = coze.chat().create(bot_id, "visitor").message(question);
    let events = chat.stream().await.map_err(|error| {
        let status = if error.is_rate_limited() {
            StatusCode::TOO_MANY_REQUESTS
        } else {
            StatusCode::BAD_GATEWAY
        };
        (status, error.to_string())
    })?;
    let events = events.text().map(|piece| {
        // JSON, because a piece may hold line breaks.
        let event = match piece {
            Ok(text) => Event::default().data(json!({"text": text}).to_string()),
            Err(error) => {
                let message = json!({"message": error.to_string()});
                Event::default().event("error").data(message.to_string())
            }
        };
        Ok::<_, Infallible>(event)
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
