//! Runs of workflows.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{RunEvent, run_id};
use crate::base::decode;
use crate::base::error::{Error, Kind, Result};
use crate::wire::call::Call;
use crate::wire::envelope::{self, Reply};
use crate::wire::request::{sendable, stream_only};

/// The documentation promises a ping every 300 seconds, and the server sends one every 30.
const IDLE_TIMEOUT: Duration = Duration::from_secs(330);

/// A run of a workflow, from [`Project::run`](super::Project::run).
#[derive(Clone, Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct RunWorkflow(pub(super) Call);
sendable!(RunWorkflow, RunOutputs, outputs);
run_id!(RunWorkflow);

/// A run of one node, from [`Project::run_node`](super::Project::run_node).
#[derive(Clone, Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct RunNode(pub(super) Call);
sendable!(RunNode, RunOutputs, outputs);
run_id!(RunNode);

/// A streamed run of a workflow, from [`Project::stream`](super::Project::stream).
#[derive(Clone, Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct StreamWorkflow(Call);
stream_only!(StreamWorkflow, RunEvent);
run_id!(StreamWorkflow);

impl StreamWorkflow {
    pub(super) fn new(call: Call) -> Self {
        Self(call.with_idle_timeout(IDLE_TIMEOUT))
    }

    /// Streams the events of nodes too.
    #[doc(alias = "debug")]
    pub fn node_events(self) -> Self {
        Self(self.0.with_header("x-workflow-stream-mode", "debug"))
    }
}

/// The outputs of a run.
///
/// It can be stored as JSON and read again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RunOutputs {
    /// The outputs by name.
    pub outputs: Map<String, Value>,
    /// The ID of the run.
    pub run_id: String,
}

impl RunOutputs {
    /// Decodes the outputs, as leniently as responses are decoded.
    ///
    /// # Errors
    ///
    /// An error for which [`is_decode`](Error::is_decode) is true if they do not fit the type.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        let json = Value::Object(self.outputs.clone()).to_string();
        decode::from_str(&json).map_err(|error| {
            Error::from_kind(Kind::Decode(format!("cannot decode the outputs: {error}")))
                .with_body(json)
        })
    }
}

/// Decodes outputs, which are at the root beside the id of the run.
fn outputs(_: &Call, reply: &Reply) -> Result<RunOutputs> {
    // The name of an output may be `code`, so that the body is not read as an envelope.
    let mut outputs: Map<String, Value> = envelope::bare(reply)?;
    let run_id = match outputs.remove("run_id") {
        Some(Value::String(id)) => id,
        Some(id) => id.to_string(),
        None => String::new(),
    };
    let text = |name: &str| outputs.get(name).and_then(Value::as_str).unwrap_or_default();
    let status = text("status");
    // In place of outputs, a run that was ended has this and nothing else.
    if matches!(status, "timeout" | "cancelled") && outputs.keys().all(|key| is_of_end(key)) {
        let (name, msg) = (Some(status.to_owned()), text("message").to_owned());
        let body = String::from_utf8_lossy(&reply.body).into_owned();
        return Err(reply.error(Kind::Api { code: None, name, msg }).with_body(body));
    }
    Ok(RunOutputs { outputs, run_id })
}

fn is_of_end(key: &str) -> bool {
    matches!(key, "status" | "message")
}
