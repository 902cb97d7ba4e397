//! Requests to any path, which the model need not have.

mod pages;

use coze_api::{Client, Method, RawCall, Upload};
use serde_json::Value;
use serde_json::value::RawValue;

pub(super) use pages::items;

use super::recorder::Recorder;
use super::{CallEvents, DryRunError, Mode, Request};

/// A request to a path.
#[derive(Clone, Debug)]
pub(crate) struct RawRequest {
    pub(crate) method: Method,
    /// The path without a query.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: RawBody,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub(crate) enum RawBody {
    Empty,
    /// JSON text, which is sent unchanged.
    Json(Box<RawValue>),
    /// A form with values and files.
    Form(Vec<(String, Value)>, Vec<(String, Upload)>),
}

impl RawRequest {
    /// Starts the exchange. `save` reads the response as a file.
    pub(crate) fn run(self, client: &Client, mode: Mode, save: bool) -> CallEvents {
        self.start(client, mode, save, true)
    }

    /// Returns the request without sending it.
    pub(crate) async fn request(self, client: &Client) -> Result<Request, DryRunError> {
        self.start(client, Mode::Reply, false, false).first_request().await
    }

    fn start(self, client: &Client, mode: Mode, save: bool, send: bool) -> CallEvents {
        let recorder = Recorder::new(send);
        let client = client.with_observer(recorder.clone()).with_interceptor(recorder.clone());
        if mode == Mode::AllPages {
            return CallEvents::raw_pages(recorder, client, self);
        }
        let request = self.build(&client);
        match mode {
            Mode::Events => CallEvents::stream(recorder, request),
            _ if save => CallEvents::file(recorder, request),
            _ => CallEvents::reply(recorder, request),
        }
    }

    fn build(self, client: &Client) -> RawCall {
        // Reading twice does no harm, but the SDK cannot know about other methods.
        let idempotent = matches!(self.method, Method::GET | Method::HEAD);
        let mut request = client.request(self.method, self.path).with_idempotent(idempotent);
        for (name, value) in self.query {
            request = request.query(name, value);
        }
        for (name, value) in self.headers {
            request = request.with_header(&name, &value);
        }
        match self.body {
            RawBody::Empty => request,
            RawBody::Json(json) => request.json(&json),
            RawBody::Form(values, files) => {
                for (name, value) in values {
                    request = match value {
                        Value::String(text) => request.part(name, text),
                        value @ (Value::Object(_) | Value::Array(_)) => {
                            request.part_json(name, &value)
                        }
                        value => request.part(name, value),
                    };
                }
                files.into_iter().fold(request, |request, (name, file)| request.file(name, file))
            }
        }
    }
}
