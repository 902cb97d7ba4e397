//! An authorization server for tests on a real socket. It checks signatures, claims and challenges,
//! and accepts every code, refresh token and `jti` only once.
//!
//! It also serves an API that accepts the tokens that it has issued.

mod clock;
mod keys;
mod state;

use std::sync::{Arc, Mutex, MutexGuard};

use coze_api::auth::{AuthErrorReason, Clock, OAuthToken, PkceOAuthApp};
use coze_api::{Client, Error};
use serde_json::{Value, json};
use tokio::sync::Notify;

pub use self::clock::TestClock;
pub use self::keys::{KEY_ID, TestKey, key};
pub use self::state::{Decision, Fault, State};
use crate::server::{Reply, Request, Server};

/// The client id of the registered app.
pub const CLIENT_ID: &str = "8173420653665306615182245269.app.coze";
/// The secret of the web app.
pub const CLIENT_SECRET: &str = "hDPU8gexPcwChkhMvmjvTESTSECRET";
/// The redirect URI of the app.
pub const REDIRECT_URI: &str = "http://127.0.0.1:8080/callback?app=1";
/// The path of the token endpoint.
pub const TOKEN: &str = "/api/permission/oauth2/token";

/// A running server.
pub struct OAuthServer {
    server: Server,
    state: Arc<Mutex<State>>,
    /// The clock of the server, and of the apps that share it.
    pub clock: TestClock,
}

impl OAuthServer {
    /// Starts a server whose clock shows the time of `clock`.
    pub async fn start(clock: TestClock) -> Self {
        let state = Arc::new(Mutex::new(State::new(clock.clone())));
        let script = state.clone();
        let server = Server::start(move |request| script.lock().unwrap().answer(request)).await;
        Self { server, state, clock }
    }

    /// The state of the server and the settings of its behavior.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The base URL of the API and of all pages.
    pub fn url(&self) -> String {
        self.server.base_url()
    }

    /// Returns all token requests so far.
    pub fn token_requests(&self) -> Vec<Request> {
        let mut requests = self.server.requests();
        requests.retain(|request| request.target.ends_with("/token"));
        requests
    }

    /// Returns all requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }

    /// Issues a pair of tokens.
    pub fn token(&self) -> OAuthToken {
        let reply = self.state().issue(900, true);
        let text = |name: &str| reply[name].as_str().unwrap().to_owned();
        let token = OAuthToken::new(text("access_token"), reply["expires_in"].as_i64().unwrap());
        token.with_refresh_token(text("refresh_token"))
    }

    /// Delays the responses to the next `count` token requests until the gate is notified, once for
    /// each.
    pub fn hold(&self, count: usize) -> Arc<Notify> {
        let gate = Arc::new(Notify::new());
        let faults = std::iter::repeat_n(Fault::Hold(gate.clone()), count);
        self.state().faults.extend(faults);
        gate
    }

    /// Grants access on the page at `url`. Returns the URL to which the browser is redirected.
    pub fn grant(&self, url: &str) -> String {
        self.state().authorize(url)
    }
}

/// Returns a public client that shares the clock of the server.
pub fn pkce(server: &OAuthServer) -> PkceOAuthApp {
    let builder = PkceOAuthApp::builder(CLIENT_ID).base_url(server.url());
    builder.clock(server.clock.clone()).build().unwrap()
}

/// Returns the reason why no token was issued.
pub fn reason(error: &Error) -> &AuthErrorReason {
    assert!(error.is_auth(), "{error:?}");
    error.auth_error().unwrap_or_else(|| panic!("{error:?}")).reason()
}

/// Calls the API of the server and returns the token that it received.
pub async fn call(coze: &Client) -> coze_api::Result<String> {
    let reply: Value = coze.request(coze_api::Method::GET, "/v1/whoami").data().await?;
    Ok(reply["token"].as_str().unwrap().to_owned())
}

/// Builds a client without retries.
pub fn client(credentials: impl coze_api::Credentials) -> Client {
    let builder = Client::builder().credentials(credentials).retry(coze_api::Retry::none());
    builder.build().unwrap()
}

/// Polls a future once and expects it to be pending.
pub async fn poll_once<F: Future + Unpin>(future: &mut F) {
    std::future::poll_fn(|context| {
        let _ = std::pin::Pin::new(&mut *future).poll(context);
        std::task::Poll::Ready(())
    })
    .await;
}

/// Returns an error response in either of the two documented shapes.
pub fn error(shape: &str, name: &str, message: &str) -> Value {
    match shape {
        "error_code" => json!({"error_code": name, "error_message": message}),
        _ => json!({"error": name, "error_description": message}),
    }
}

/// Returns the time of a clock in seconds since 1970.
pub fn seconds(clock: &impl Clock) -> i64 {
    let since = clock.now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// Returns a JSON reply without a log id.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: &Value) -> Reply {
    let mut all = vec![("content-type", "application/json")];
    all.extend(headers);
    Reply::new(status, &all, body.to_string())
}
