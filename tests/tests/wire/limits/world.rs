//! Servers behind a network that a function can cut.

use std::time::{Duration, SystemTime};

use coze_api::auth::{Clock, OAuthToken};
use coze_api::site::Project;
use coze_api::{BoxFuture, Client, EventStream, Result};
use coze_mock::MockServer;
use coze_mock::state::BOT;
use coze_tests::network::{Network, Weather};
use coze_tests::oauth::{OAuthServer, TestClock};
use coze_tests::server::TOKEN;
use tokio::time::Instant;

/// A function, its limit, and a way to call it that cuts the network.
pub(super) struct Row {
    /// The name in `api.txt`, or that of a macro there with an exclamation mark.
    pub(super) name: &'static str,
    pub(super) limit: Duration,
    pub(super) run: fn(World) -> BoxFuture<'static, Result<()>>,
}

/// Creates a [`Row`]: `row!("client::Client::detect_platform", READ, |world| { … })`.
macro_rules! row {
    ($name:literal, $limit:expr, |$world:ident| $body:block) => {
        $crate::limits::world::Row {
            name: $name,
            limit: ::std::time::Duration::from_secs($limit),
            run: |$world| ::std::boxed::Box::pin(async move $body),
        }
    };
}

pub(super) use row;

/// The default timeout of an attempt, in seconds.
pub(super) const ATTEMPT: u64 = 120;
/// The longest delays of the default policy of retries.
const DELAYS: u64 = 5;
/// A request that may have been processed, and must not be sent twice.
pub(super) const WRITE: u64 = ATTEMPT + DELAYS;
/// A request that may be sent three times.
pub(super) const READ: u64 = 3 * ATTEMPT + DELAYS;
/// The time without data in a stream or a file, and what passes before the network is cut.
pub(super) const IDLE: u64 = ATTEMPT + DELAYS;
/// The workflows of the platform may take so long.
pub(super) const WORKFLOW: u64 = 600 + DELAYS;
/// An agent may be silent so long.
pub(super) const AGENT: u64 = 900 + DELAYS;
pub(super) const POLL: u64 = 600;

pub(super) struct World {
    _mock: MockServer,
    network: Network,
    weather: Weather,
    pub(super) coze: Client,
    pub(super) site: Project,
    pub(super) oauth: OAuthServer,
    logins: Network,
}

impl World {
    pub(super) async fn start(weather: Weather) -> Self {
        let mock = MockServer::builder().start().await.expect("a free port");
        let oauth = OAuthServer::start(TestClock::stopped()).await;
        let network = |url: String| async move {
            Network::start(url.trim_start_matches("http://").parse().expect("an address")).await
        };
        let (network, logins) = (network(mock.base_url()).await, network(oauth.url()).await);
        let url = format!("http://{}", network.address());
        let coze = Client::builder().token(TOKEN).base_url(&url).build().expect("a client");
        let site = Project::new(format!("{url}/site"), TOKEN).expect("a project");
        Self { _mock: mock, network, weather, coze, site, oauth, logins }
    }

    /// Lets bytes arrive one by one, so that the network can be cut in the middle of a response.
    pub(super) fn slow(&self) {
        self.network.set(Weather::Slow(Duration::from_millis(1)));
    }

    pub(super) fn cut(&self) {
        for network in [&self.network, &self.logins] {
            network.set(self.weather);
        }
    }

    /// Cuts the network of a session, which has no head after which it could stall.
    pub(super) fn cut_session(&self) {
        let stalls = matches!(self.weather, Weather::StallsAfterHead);
        self.network.set(if stalls { Weather::BlackHole } else { self.weather });
    }

    /// The URL of the server that issues tokens.
    pub(super) fn login_url(&self) -> String {
        format!("http://{}", self.logins.address())
    }

    /// Begins a stream, and cuts the network.
    pub(super) async fn stream(&self) -> Result<EventStream<coze_api::ChatEvent>> {
        self.slow();
        let stream = self.coze.chat().create(BOT, "me").message("Hello").stream().await;
        self.cut();
        stream
    }
}

/// The time of the runtime.
#[derive(Clone, Copy)]
pub(super) struct RuntimeClock {
    start: SystemTime,
    begun: Instant,
}

impl RuntimeClock {
    pub(super) fn new(world: &World) -> Self {
        let start = Duration::from_secs(world.oauth.clock.seconds());
        Self { start: SystemTime::UNIX_EPOCH + start, begun: Instant::now() }
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> SystemTime {
        self.start + self.begun.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A token that has expired.
pub(super) fn expired() -> OAuthToken {
    OAuthToken::new("czu_expired", 1).with_refresh_token("refresh_secret")
}
