//! The builder of servers with other settings than the default.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use coze_spec::model::Platform;
use tokio::sync::watch;

use crate::auth::Grant;
use crate::behavior::{Behavior, Context};
use crate::error::ApiError;
use crate::fault::Fault;
use crate::record::{Listener, RecordedRequest, Records};
use crate::reply::Reply;
use crate::request::Request;
use crate::script::Script;
use crate::server::{Core, MockServer};
use crate::state::{Clock, OAuthApp, State};

/// Prepares a [`MockServer`].
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use coze_mock::{Fault, Grant, MockServer};
///
/// let server = MockServer::builder()
///     .seed(7)
///     .token("pat_reader", Grant::limited(["listBot"]))
///     .fault(Fault::code(4013).on("bots.list").once())
///     .start()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a server runs once it is started"]
pub struct MockServerBuilder {
    pub(crate) port: u16,
    seed: u64,
    clock: Clock,
    faults: Vec<Fault>,
    tokens: Vec<(String, Grant)>,
    oauth_apps: Vec<OAuthApp>,
    behaviors: Vec<(String, Arc<Behavior>)>,
    scripts: Vec<(String, Script)>,
    keep_requests: usize,
    notify: Option<Listener>,
    options: Options,
}

/// Settings that do not change while the server runs.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) keep_bodies: usize,
    pub(crate) examples: bool,
    pub(crate) check_replies: bool,
    pub(crate) refuse_unknown: bool,
    pub(crate) hosts: Vec<String>,
    pub(crate) head_timeout: Duration,
    pub(crate) body_timeout: Duration,
    pub(crate) platform: Platform,
}

impl Default for MockServerBuilder {
    fn default() -> Self {
        Self {
            port: 0,
            seed: 0,
            clock: Clock::system(),
            faults: Vec::new(),
            tokens: Vec::new(),
            oauth_apps: Vec::new(),
            behaviors: Vec::new(),
            scripts: Vec::new(),
            keep_requests: 10_000,
            notify: None,
            options: Options {
                keep_bodies: 1 << 20,
                examples: true,
                check_replies: true,
                refuse_unknown: false,
                hosts: Vec::new(),
                head_timeout: Duration::from_secs(10),
                body_timeout: Duration::from_secs(60),
                platform: Platform::Cloud,
            },
        }
    }
}

impl MockServerBuilder {
    /// The platform that the server behaves as. Default: the cloud.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use coze_mock::{MockServer, Platform};
    ///
    /// let server = MockServer::builder().platform(Platform::Studio).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn platform(mut self, platform: Platform) -> Self {
        self.options.platform = platform;
        self
    }

    /// The port on which to listen. Default: a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The seed of ids, log ids and chance. Servers with the same seed behave alike. Default: 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The clock. Default: that of the system.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// A fault, as with [`MockServer::fault`].
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Registers a valid token. All other tokens are then refused. Default: every well-formed token
    /// is valid.
    pub fn token(mut self, token: impl Into<String>, grant: Grant) -> Self {
        self.tokens.push((token.into(), grant));
        self
    }

    /// Adds an OAuth app to those that every server has.
    pub fn oauth_app(mut self, app: OAuthApp) -> Self {
        self.oauth_apps.push(app);
        self
    }

    /// Replaces the behavior of an operation.
    pub fn on(
        mut self,
        operation: impl Into<String>,
        behavior: impl Fn(&mut Context<'_>, &Request) -> Result<Reply, ApiError> + Send + Sync + 'static,
    ) -> Self {
        self.behaviors.push((operation.into(), Arc::new(behavior)));
        self
    }

    /// The script of the assistant for questions that contain `text`, as with
    /// [`Scripts::add`](crate::Scripts::add).
    pub fn script(mut self, text: impl Into<String>, script: Script) -> Self {
        self.scripts.push((text.into(), script));
        self
    }

    /// The maximum number of requests that [`MockServer::requests`] returns. Default: the last
    /// 10,000.
    pub fn keep_requests(mut self, count: usize) -> Self {
        self.keep_requests = count;
        self
    }

    /// The number of bytes of each request body and of each uploaded file that are kept. Default: 1
    /// MiB.
    ///
    /// Longer bodies are still read to their end, and files are counted and hashed.
    pub fn keep_bodies(mut self, bytes: usize) -> Self {
        self.options.keep_bodies = bytes;
        self
    }

    /// If `true`, ids that the spec's examples use exist: requests about them are answered with the
    /// example. Default: `true`.
    pub fn examples(mut self, exist: bool) -> Self {
        self.options.examples = exist;
        self
    }

    /// If `true`, replies are checked against the spec. A reply that does not conform becomes an
    /// error 5000 that names the field. Default: `true`.
    pub fn check_replies(mut self, check: bool) -> Self {
        self.options.check_replies = check;
        self
    }

    /// If `true`, query parameters and body fields that the spec does not have are refused with
    /// 4000. Default: `false`, they are ignored, as on the platform.
    pub fn refuse_unknown_fields(mut self, refuse: bool) -> Self {
        self.options.refuse_unknown = refuse;
        self
    }

    /// Also answers requests whose `Host` header is this name (without a port). Default: only
    /// loopback names such as `localhost` and `127.0.0.1`, so that a web page cannot reach the
    /// server through its own host name.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.options.hosts.push(name.into());
        self
    }

    /// The maximum time between the first and the last byte of a request head, and between opening
    /// a connection and its first request. The connection is closed afterwards. Default: 10
    /// seconds.
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.options.head_timeout = timeout;
        self
    }

    /// The maximum time between two pieces of a request body, after which the request is refused.
    /// Default: a minute.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.options.body_timeout = timeout;
        self
    }

    /// Calls `notify` with every request once its response is ready, for example to log it.
    pub fn on_exchange(
        mut self,
        notify: impl Fn(&RecordedRequest) + Send + Sync + 'static,
    ) -> Self {
        self.notify = Some(Arc::new(notify));
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// Returns an error if the port is in use, or if a behavior was set for an unknown operation.
    pub async fn start(self) -> io::Result<MockServer> {
        MockServer::run(self).await
    }

    pub(crate) fn build(self, address: SocketAddr) -> io::Result<(Core, watch::Sender<()>)> {
        let mut state = State::new(self.seed, self.clock, self.options.platform);
        self.faults.into_iter().for_each(|fault| state.faults.add(fault));
        for (token, grant) in self.tokens {
            state.tokens.register(token, grant);
            state.tokens.only_known = true;
        }
        for (text, script) in self.scripts {
            state.scripts.add(text, script);
        }
        for app in self.oauth_apps {
            state.oauth.apps.insert(app.client_id.clone(), app);
        }
        let records = Records::new(self.keep_requests, self.notify);
        let core = Core::new(address, state, records, self.options);
        for (operation, behavior) in self.behaviors {
            core.set(operation, behavior)?;
        }
        let (running, _) = watch::channel(());
        Ok((core, running))
    }
}
