//! Clients of the mock server.

use std::sync::LazyLock;
use std::time::Duration;

use coze_api::{Client, ClientBuilder, Error, Retry};
use coze_mock::{End, MockServer, RecordedRequest};

use crate::server::TOKEN;

/// The header that distinguishes the requests of test cases.
const MARK: &str = "x-test-case";

/// Starts a server that refuses fields that the spec does not have.
pub async fn strict() -> MockServer {
    let builder = MockServer::builder().refuse_unknown_fields(true);
    builder.start().await.expect("a free port")
}

/// Configures a client of this server.
pub fn builder(server: &MockServer) -> ClientBuilder {
    Client::builder().token(TOKEN).base_url(server.base_url())
}

/// Returns a client of this server that retries without delay.
pub fn client(server: &MockServer) -> Client {
    builder(server).retry(immediate_retry()).build().expect("a client")
}

/// The default retry policy, but without delays.
pub fn immediate_retry() -> Retry {
    Retry::default().base_delay(Duration::ZERO)
}

/// The HTTP client of thousands of short-lived clients, because each HTTP client reads the
/// certificates. It keeps no idle connections.
static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
    let builder = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
    let builder = builder.redirect(reqwest::redirect::Policy::none());
    builder.build().expect("an HTTP client")
});

/// Returns an HTTP client for requests without the SDK.
pub fn http() -> &'static reqwest::Client {
    &HTTP
}

/// Configures a client whose requests have a mark.
pub fn marked(server: &MockServer, mark: &str) -> ClientBuilder {
    let builder = builder(server).http_client(HTTP.clone());
    builder.retry(immediate_retry()).header(MARK, mark)
}

/// Returns the requests with a mark.
pub fn requests(server: &MockServer, mark: &str) -> Vec<RecordedRequest> {
    let mut all = server.requests();
    all.retain(|request| request.header(MARK) == mark);
    all
}

/// Waits until a request with this mark satisfies `condition`.
pub async fn until(server: &MockServer, mark: &str, condition: impl Fn(&RecordedRequest) -> bool) {
    let wanted = |request: &RecordedRequest| request.header(MARK) == mark && condition(request);
    server.wait_until(|requests| requests.iter().any(wanted)).await;
}

/// Waits until the server has noticed that the client of a request disconnected.
pub async fn dropped(server: &MockServer, mark: &str) {
    until(server, mark, |request| request.end == Some(End::Dropped)).await;
}

/// Asserts that no printable part of an error contains the token.
pub fn assert_hides_token(error: &Error) {
    let mut texts = vec![format!("{error}"), format!("{error:?}"), format!("{error:#?}")];
    texts.extend(error.body().map(str::to_owned));
    texts.extend(error.msg().map(str::to_owned));
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        texts.push(format!("{cause} {cause:?}"));
        source = cause.source();
    }
    for text in texts {
        assert!(!text.contains(TOKEN), "{text}");
    }
}
