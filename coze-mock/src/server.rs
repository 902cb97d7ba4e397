//! The server. It records its requests and stops when it is dropped.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use crate::behavior::{Behavior, Context};
use crate::builder::{MockServerBuilder, Options};
use crate::callback::{Callback, Delivery};
use crate::connection::{Connection, Control};
use crate::endpoint::Endpoint;
use crate::error::ApiError;
use crate::exchange::{self, Link};
use crate::fault::Fault;
use crate::record::{RecordedRequest, Records};
use crate::reply::{Content, Reply};
use crate::request::Request;
use crate::route::Router;
use crate::spec::api;
use crate::state::{Shared, State};
use crate::validate;

/// The pause after a failure to accept a connection.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);

/// A running server of the API on the loopback interface. It stops when it is dropped.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use coze_mock::MockServer;
///
/// let server = MockServer::start().await?;
/// assert!(server.base_url().starts_with("http://127.0.0.1:"));
/// assert!(server.requests().is_empty());
/// # Ok(())
/// # }
/// ```
pub struct MockServer {
    core: Arc<Core>,
    accept: AbortHandle,
    /// All tasks end when this is dropped.
    _running: watch::Sender<()>,
}

/// The data that all connections share.
pub(crate) struct Core {
    pub(crate) address: SocketAddr,
    pub(crate) router: Router,
    pub(crate) state: Shared,
    pub(crate) records: Records,
    pub(crate) options: Options,
    behaviors: RwLock<HashMap<String, Arc<Behavior>>>,
    running: watch::Receiver<()>,
}

impl MockServer {
    /// Starts a server on a free port, with everything at its default.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Configures a server.
    pub fn builder() -> MockServerBuilder {
        MockServerBuilder::default()
    }

    pub(crate) async fn run(builder: MockServerBuilder) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, builder.port)).await?;
        let (core, running) = builder.build(listener.local_addr()?)?;
        let core = Arc::new(core.with_running(running.subscribe()));
        Ok(Self { accept: serve(listener, core.clone()), core, _running: running })
    }

    /// The base URL, for example `http://127.0.0.1:41234`.
    pub fn base_url(&self) -> String {
        self.core.base_url()
    }

    /// Reads or changes the state. No request is answered while `visit` runs, so it should return
    /// quickly.
    pub fn state<T>(&self, visit: impl FnOnce(&mut State) -> T) -> T {
        self.core.state.with(visit)
    }

    /// The address of a deployed project: an agent that repeats what it is asked, and a workflow
    /// whose outputs are its inputs.
    ///
    /// A real project is a server of its own with its own token. This one accepts any token.
    pub fn site_url(&self) -> String {
        format!("{}/site", self.base_url())
    }

    /// The configuration file of an OAuth app, as in the platform's quick starts; `None` for an
    /// unknown app.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use coze_mock::{MockServer, state::JWT_APP};
    ///
    /// let server = MockServer::start().await?;
    /// let config = server.oauth_config(JWT_APP).unwrap_or_default();
    /// assert_eq!(config["client_type"], "jwt");
    /// # Ok(())
    /// # }
    /// ```
    pub fn oauth_config(&self, client_id: &str) -> Option<Value> {
        let app = self.state(|state| state.oauth.apps.get(client_id).cloned())?;
        Some(app.config(&self.base_url()))
    }

    /// Sends a signed event to the URL of a callback app and waits for the response. An attempt
    /// that times out is repeated once. The app need not have subscribed to the event.
    ///
    /// # Errors
    /// Returns an error if the app does not exist or has no URL.
    pub async fn deliver(
        &self,
        api_app_id: &str,
        event_type: &str,
        event: Value,
    ) -> Result<Delivery, ApiError> {
        let shared = self.core.state.clone();
        let callback = self.state(|state| {
            let app = state.api_apps.require("api_app_id", api_app_id)?.clone();
            Callback::new(state, &shared, &app, event_type, Some(event))
        })?;
        Ok(callback.deliver().await)
    }

    /// Adds a fault for the requests that it covers. If several faults cover a request, the first
    /// one is used.
    pub fn fault(&self, fault: Fault) {
        self.state(|state| state.faults.add(fault));
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.state(|state| state.faults.clear());
    }

    /// Replaces the behavior of an operation from now on.
    ///
    /// # Errors
    /// Returns an error if the operation does not exist.
    pub fn on(
        &self,
        operation: &str,
        behavior: impl Fn(&mut Context<'_>, &Request) -> Result<Reply, ApiError> + Send + Sync + 'static,
    ) -> io::Result<()> {
        self.core.known(operation)?;
        let mut all = self.core.behaviors.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(operation.to_owned(), Arc::new(behavior));
        Ok(())
    }

    /// Returns the requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.core.records.watch().borrow().records.iter().cloned().collect()
    }

    /// The requests to one operation.
    pub fn requests_to(&self, operation: &str) -> Vec<RecordedRequest> {
        let mut all = self.requests();
        all.retain(|request| request.operation.as_deref() == Some(operation));
        all
    }

    /// The number of requests so far, including those that are no longer kept.
    pub fn count(&self) -> u64 {
        self.core.records.watch().borrow().count
    }

    /// Removes the requests recorded so far. Numbering continues.
    pub fn clear_requests(&self) {
        self.core.records.clear();
    }

    /// Waits until the requests satisfy `condition`.
    pub async fn wait_until(&self, condition: impl Fn(&[RecordedRequest]) -> bool) {
        let mut records = self.core.records.watch();
        let condition = |kept: &crate::record::History| {
            let (front, back) = kept.records.as_slices();
            if back.is_empty() { condition(front) } else { condition(&[front, back].concat()) }
        };
        // The sender lives as long as the server.
        let _ = records.wait_for(condition).await;
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.accept.abort();
    }
}

impl Core {
    pub(crate) fn new(
        address: SocketAddr,
        state: State,
        records: Records,
        options: Options,
    ) -> Self {
        let platform = options.platform;
        let all = crate::behavior::all(platform);
        let operations = api().operations().filter(|each| each.is_served_by(platform));
        let operations = operations.map(|operation| Endpoint::of(operation, platform));
        let (_, running) = watch::channel(());
        Self {
            address,
            router: Router::new(operations.chain(all.extra)),
            state: Shared::new(state),
            records,
            options,
            behaviors: RwLock::new(all.by_operation),
            running,
        }
    }

    fn with_running(self, running: watch::Receiver<()>) -> Self {
        Self { running, ..self }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn set(&self, operation: String, behavior: Arc<Behavior>) -> io::Result<()> {
        self.known(&operation)?;
        let mut all = self.behaviors.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(operation, behavior);
        Ok(())
    }

    fn known(&self, operation: &str) -> io::Result<()> {
        let all = self.behaviors.read().unwrap_or_else(PoisonError::into_inner);
        if all.contains_key(operation) || api().operation(operation).is_some() {
            return Ok(());
        }
        let why = format!("there is no operation `{operation}`");
        Err(io::Error::new(io::ErrorKind::InvalidInput, why))
    }

    pub(crate) fn behavior(&self, operation: &str) -> Option<Arc<Behavior>> {
        let all = self.behaviors.read().unwrap_or_else(PoisonError::into_inner);
        all.get(operation).cloned()
    }

    /// Checks a reply against the spec, so that clients can rely on the mock.
    pub(crate) fn check(&self, request: &Request, reply: &Reply) -> Result<(), ApiError> {
        let Content::Json(body) = &reply.content else { return Ok(()) };
        if !(self.options.check_replies && reply.checked) {
            return Ok(());
        }
        let Some(operation) = request.endpoint.operation() else { return Ok(()) };
        validate::response(operation, body).map_err(|why| {
            let id = &operation.id;
            ApiError::internal(format_args!("the reply of {id} is not as the spec says: {why}"))
        })
    }

    /// Runs a task that ends with the server.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stopped = self.stopped();
        tokio::spawn(async move {
            tokio::select! {
                () = task => {}
                () = stopped => {}
            }
        });
    }

    /// Waits until the server has stopped.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut running = self.running.clone();
        async move { while running.changed().await.is_ok() {} }
    }
}

/// Serves until the task is aborted.
///
/// This is not a part of `run`: an async function is compiled in the crate that awaits it, and the
/// whole server with it, into each program.
fn serve(listener: TcpListener, core: Arc<Core>) -> AbortHandle {
    tokio::spawn(accept(listener, core)).abort_handle()
}

async fn accept(listener: TcpListener, core: Arc<Core>) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    loop {
        // Finished connections are removed, so that a long run does not accumulate them.
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve_connection(stream, number, core.clone()));
                number += 1;
            }
            // The process has run out of file descriptors, or the client is already gone. In the
            // first case the loop would keep a CPU busy without this pause.
            Err(_) => tokio::time::sleep(ACCEPT_BACKOFF).await,
        }
    }
}

async fn serve_connection(stream: TcpStream, number: u64, core: Arc<Core>) {
    // Each piece must be sent in its own packet.
    let _ = stream.set_nodelay(true);
    let control = Arc::new(Control::default());
    let link = Link { number, control: control.clone() };
    let head_timeout = core.options.head_timeout;
    let service = service_fn(move |request| exchange::serve(core.clone(), link.clone(), request));
    let connection = TokioIo::new(Connection::new(stream, control, head_timeout));
    let builder = auto::Builder::new(TokioExecutor::new());
    // A connection breaks because of its client or a fault; neither is an error of the server.
    let _ = builder.serve_connection_with_upgrades(connection, service).await;
}
