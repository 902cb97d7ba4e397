//! The behaviors of operations. An operation without one is answered with the example of the spec.

#![allow(clippy::unnecessary_wraps, reason = "all behaviors have one signature")]

use std::collections::HashMap;
use std::sync::Arc;

use coze_spec::model::Platform;
use http::Method;
use serde_json::Value;

use crate::auth::Caller;
use crate::endpoint::Endpoint;
use crate::error::ApiError;
use crate::paging;
use crate::reply::Reply;
use crate::request::Request;
use crate::server::Core;
use crate::spec::{self, api};
use crate::state::{Shared, State};

mod api_apps;
mod apps;
mod audio;
mod bots;
mod chat;
mod commerce;
mod connectors;
mod conversations;
mod copies;
mod databases;
mod datasets;
mod documents;
mod enterprises;
mod files;
mod messages;
mod oauth;
mod organizations;
mod plugins;
mod realtime;
mod site;
mod studio;
mod users;
mod variables;
mod voiceprints;
mod workflows;
mod workspaces;

/// The behavior of an operation: it reads the request, changes the state and returns the reply.
pub type Behavior = dyn Fn(&mut Context<'_>, &Request) -> Result<Reply, ApiError> + Send + Sync;

/// Returns every behavior of the mock.
pub(crate) fn all(platform: Platform) -> Behaviors {
    let mut all = Behaviors::default();
    workspaces::register(&mut all);
    bots::register(&mut all);
    conversations::register(&mut all);
    messages::register(&mut all);
    files::register(&mut all);
    chat::register(&mut all);
    workflows::register(&mut all);
    realtime::register(&mut all);
    site::register(&mut all);
    api_apps::register(&mut all);
    apps::register(&mut all);
    audio::register(&mut all);
    commerce::register(&mut all);
    connectors::register(&mut all);
    copies::register(&mut all);
    databases::register(&mut all);
    datasets::register(&mut all);
    documents::register(&mut all);
    enterprises::register(&mut all);
    oauth::register(&mut all);
    organizations::register(&mut all);
    plugins::register(&mut all);
    variables::register(&mut all);
    voiceprints::register(&mut all);
    users::register(&mut all);
    if platform == Platform::Studio {
        studio::register(&mut all);
    }
    all
}

/// Behaviors by operation, and the endpoints that are not in the spec.
#[derive(Default)]
pub(crate) struct Behaviors {
    pub(crate) by_operation: HashMap<String, Arc<Behavior>>,
    pub(crate) extra: Vec<Endpoint>,
}

impl Behaviors {
    /// Sets the behavior of an operation of the spec.
    pub(crate) fn on(
        &mut self,
        operation: &str,
        behavior: impl Fn(&mut Context<'_>, &Request) -> Result<Reply, ApiError> + Send + Sync + 'static,
    ) {
        self.by_operation.insert(operation.to_owned(), Arc::new(behavior));
    }

    /// Adds a WebSocket channel of the spec. Token, permissions and query are checked.
    pub(crate) fn channel(
        &mut self,
        name: &str,
        behavior: impl Fn(&mut Context<'_>, &Request) -> Result<Reply, ApiError> + Send + Sync + 'static,
    ) {
        if let Some(endpoint) = api().channel(name).and_then(Endpoint::channel) {
            self.on(&endpoint.id, behavior);
            self.extra.push(endpoint);
        }
    }

    /// Adds an endpoint that is not in the spec, for example one of OAuth. Neither token nor
    /// request is checked.
    pub(crate) fn route(
        &mut self,
        id: &str,
        method: Method,
        path: &str,
        behavior: impl Fn(&mut Context<'_>, &Request) -> Result<Reply, ApiError> + Send + Sync + 'static,
    ) {
        self.extra.push(Endpoint::route(id, method, path));
        self.on(id, behavior);
    }
}

/// The context of a behavior.
pub struct Context<'a> {
    /// The state of the server.
    pub state: &'a mut State,
    /// The user who makes the call.
    pub caller: &'a Caller,
    pub(crate) core: &'a Arc<Core>,
}

impl Context<'_> {
    /// The current time in Unix seconds.
    pub fn now(&self) -> i64 {
        self.state.now()
    }

    /// A new id.
    pub fn id(&mut self) -> String {
        self.state.ids.next()
    }

    /// The base URL of the server.
    pub fn base_url(&self) -> String {
        self.core.base_url()
    }

    /// The state, for streams and tasks that go on after the behavior has returned.
    pub fn shared(&self) -> Shared {
        self.core.state.clone()
    }

    /// Runs a task in the background. It ends with the server.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.core.spawn(task);
    }

    /// Returns `true` if this id counts as existing because an example of the spec uses it.
    pub(crate) fn is_example(&self, id: &str) -> bool {
        self.core.options.examples && spec::is_example_id(id)
    }

    /// Returns the page that the request asks for, given all items in order.
    ///
    /// The page has the shape that the model describes for the operation.
    pub fn page(&self, request: &Request, all: Vec<Value>) -> Result<Reply, ApiError> {
        match request.endpoint.operation() {
            Some(operation) => paging::reply(operation, self.state.platform, request, all),
            None => Err(ApiError::internal("the route does not have pages")),
        }
    }
}

/// Returns the example of the spec. The items of an example page are the whole list, so that a walk
/// through the pages ends.
pub(crate) fn example(request: &Request) -> Reply {
    let Some(operation) = request.endpoint.operation() else {
        return ApiError::internal("the route has no behavior").into();
    };
    if let (Some(stream), true) = (&operation.stream, request.wants_events()) {
        return Reply::events([crate::event::Event::raw(stream.example.clone())]);
    }
    if let Some(paging) = &operation.paging {
        let all = paging::example_items(operation, paging);
        let platform = request.endpoint.platform;
        return paging::reply(operation, platform, request, all).unwrap_or_else(Reply::from);
    }
    match &operation.example {
        Some(Value::String(file)) => Reply::file("audio/wav", file.clone()),
        Some(example) => Reply::json(example.clone()),
        None => ApiError::internal("the spec has no example of the reply").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_behavior_belongs_to_an_operation() {
        for platform in [Platform::Cloud, Platform::Studio] {
            let all = all(platform);
            for id in all.by_operation.keys() {
                let known = api().operation(id).is_some();
                let extra = all.extra.iter().any(|endpoint| endpoint.id == *id);
                assert!(
                    known || extra || platform == Platform::Studio,
                    "there is no operation {id}"
                );
            }
        }
    }
}
