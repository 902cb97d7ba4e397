//! An HTTP proxy for the mock server.

use std::io;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use reqwest::Client;
use tokio::net::TcpListener;

/// Starts the proxy, which runs until the process exits, and returns its URL.
pub(crate) async fn start() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let app = Router::new().fallback(forward);
    tokio::spawn(axum::serve(listener, app).into_future());
    Ok(url)
}

/// Sends a request to the server that its URL names, and returns the response.
async fn forward(
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, (StatusCode, String)> {
    println!("the proxy forwards {method} {}", uri.path());
    let failed = |error: reqwest::Error| (StatusCode::BAD_GATEWAY, error.to_string());
    let client = Client::builder().no_proxy().build().map_err(failed)?;
    let request = client.request(method, uri.to_string()).headers(headers).body(body);
    let response = request.send().await.map_err(failed)?;
    let mut forwarded = Response::new(Body::empty());
    *forwarded.status_mut() = response.status();
    *forwarded.headers_mut() = response.headers().clone();
    *forwarded.body_mut() = Body::from(response.bytes().await.map_err(failed)?);
    Ok(forwarded)
}
