//! Requests that are answered from memory.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};

use coze_api::BoxFuture;
use coze_api::middleware::Transport;
use reqwest::{Request, Response, Url};
use tokio::runtime::{Builder, Runtime};

/// A transport that answers every request in the same way.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    status: u16,
    kind: String,
    body: Vec<u8>,
    sent: Vec<Url>,
}

impl Memory {
    /// Sets the response, and removes the requests so far.
    pub fn answer(&self, status: u16, kind: &str, body: &[u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State { status, kind: kind.to_owned(), body: body.to_vec(), sent: Vec::new() };
    }

    /// Returns the URLs of the requests since then.
    pub fn sent(&self) -> Vec<Url> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).sent.clone()
    }
}

impl Transport for Memory {
    fn send(
        &self,
        request: Request,
    ) -> BoxFuture<'_, Result<Response, Box<dyn StdError + Send + Sync>>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.sent.push(request.url().clone());
        let mut response = http::Response::builder().status(state.status);
        if !state.kind.is_empty() {
            response = response.header("content-type", state.kind.as_str());
        }
        let response = response.header("x-tt-logid", "7").body(state.body.clone());
        Box::pin(async { Ok(response?.into()) })
    }
}

/// Returns a runtime for one target.
///
/// # Panics
///
/// Panics if the system has no resources for it.
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}
