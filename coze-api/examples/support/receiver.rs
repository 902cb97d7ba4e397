//! A webhook server that verifies events and reports their type.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use coze_api::webhook::{Delivery, Verifier};
use tokio::net::TcpListener;

use super::support;

/// Starts the server, which runs until the process exits, and returns its URL.
pub(crate) async fn start() -> Result<String, Box<dyn std::error::Error>> {
    let verifier = Verifier::new(support::callbacks::token()?)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/coze", listener.local_addr()?);
    eprintln!("[no URL is given: using a mock server at {url}]");
    let app = Router::new().route("/coze", post(receive)).with_state(verifier);
    tokio::spawn(axum::serve(listener, app).into_future());
    Ok(url)
}

async fn receive(
    State(verifier): State<Verifier>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    match verifier.verify(&headers, &body) {
        Ok(Delivery::Event(callback)) => {
            let header = callback.header;
            let received = format!("received {} {}", header.event_type.as_str(), header.event_id);
            (StatusCode::OK, received)
        }
        Ok(Delivery::Challenge(_)) => (StatusCode::OK, "received a challenge".to_owned()),
        Err(error) => (error.status(), error.to_string()),
    }
}
