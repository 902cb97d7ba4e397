//! Clients of the mock server.

use std::sync::LazyLock;
use std::time::Duration;

use coze_api::{Client, ClientBuilder, Error, Retry};
use coze_mock::{End, MockServer, RecordedRequest};

use crate::server::TOKEN;

/// The header by which requests of one client are told from those of others.
const MARK: &str = "x-test-case";

/// Starts a server that refuses what the spec does not have.
pub async fn strict() -> MockServer {
    let builder = MockServer::builder().refuse_unknown_fields(true);
    builder.start().await.expect("a free port")
}

/// Configures a client of this server.
pub fn builder(server: &MockServer) -> ClientBuilder {
    Client::builder().token(TOKEN).base_url(server.base_url())
}

/// A client of this server that does not wait before it repeats a call.
pub fn client(server: &MockServer) -> Client {
    builder(server).retry(hasty()).build().expect("a client")
}

/// As often as by default, but without waiting.
pub fn hasty() -> Retry {
    Retry::default().base_delay(Duration::ZERO)
}

/// What thousands of short-lived clients share, because certificates are read for each HTTP client. It keeps no
/// connections.
static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
    let builder = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
    let builder = builder.redirect(reqwest::redirect::Policy::none());
    builder.build().expect("an HTTP client")
});

/// An HTTP client beside the SDK.
pub fn http() -> &'static reqwest::Client {
    &HTTP
}

/// Configures a client whose requests bear a mark.
pub fn marked(server: &MockServer, mark: &str) -> ClientBuilder {
    let builder = builder(server).http_client(HTTP.clone());
    builder.retry(hasty()).header(MARK, mark)
}

/// The requests with a mark.
pub fn requests(server: &MockServer, mark: &str) -> Vec<RecordedRequest> {
    let mut all = server.requests();
    all.retain(|request| request.header(MARK) == mark);
    all
}

/// Waits until a request with this mark is such as `condition` wants.
pub async fn until(server: &MockServer, mark: &str, condition: impl Fn(&RecordedRequest) -> bool) {
    let wanted = |request: &RecordedRequest| request.header(MARK) == mark && condition(request);
    server.wait_until(|requests| requests.iter().any(wanted)).await;
}

/// Waits until the server has noticed that the client of a request went away.
pub async fn dropped(server: &MockServer, mark: &str) {
    until(server, mark, |request| request.end == Some(End::Dropped)).await;
}

/// Asserts that nothing that anybody prints of an error shows a token.
pub fn tells_no_secret(error: &Error) {
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
