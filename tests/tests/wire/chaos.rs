//! The network breaks in many ways before and during calls of all kinds, and comes back.
//!
//! Clients have the default settings. The clock of the runtime stands still while anything can be
//! done, so that limits of minutes are exact and cost no time.

mod front;

use std::time::Duration;

use coze_api::{Client, Error, Result, Upload};
use coze_mock::MockServer;
use coze_mock::state::BOT;
use coze_tests::network::{Network, Weather};
use coze_tests::oauth::{self, OAuthServer, TestClock};
use coze_tests::server::TOKEN;
use futures_util::TryStreamExt as _;
use tokio::time::Instant;

use self::front::Front;
use crate::tls::run_trusting;

/// The default limit of one attempt.
const TIMEOUT: Duration = Duration::from_secs(120);
/// The longest delays of the default policy of retries, and the time that closing takes.
const DELAYS: Duration = Duration::from_secs(5);

const BAD: [Weather; 12] = [
    Weather::Refused,
    Weather::BlackHole,
    Weather::HalfOpen,
    Weather::Reset(0),
    // In the middle of a frame of TLS or HTTP/2, and of a head or a body of HTTP/1.1.
    Weather::Reset(7),
    Weather::Reset(100),
    Weather::Reset(400),
    Weather::Closed(0),
    Weather::Closed(7),
    Weather::Closed(100),
    Weather::Closed(400),
    Weather::Slow(Duration::from_millis(1)),
];

/// A kind of call, and the server's name of the operation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Read,
    Create,
    Upload,
    Stream,
    Session,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Read, Self::Create, Self::Upload, Self::Stream, Self::Session];

    /// Returns the operation, if it must not be sent twice.
    fn once(self) -> Option<&'static str> {
        match self {
            Self::Create => Some("conversations.create"),
            Self::Upload => Some("files.upload"),
            Self::Stream => Some("chat.create"),
            Self::Read | Self::Session => None,
        }
    }

    /// Returns the time within which a call ends, whatever the network does. Bytes that arrive
    /// extend it.
    fn limit(self) -> Duration {
        DELAYS
            + match self {
                // Three attempts.
                Self::Read => TIMEOUT * 3,
                // One attempt that may have reached the server.
                Self::Create | Self::Upload => TIMEOUT,
                // The beginning, and silence after it.
                Self::Stream => TIMEOUT * 2,
                // Three handshakes, silence until a ping, silence after it, and closing.
                Self::Session => Duration::from_secs(3 * 30 + 20 + 20 + 10),
            }
    }

    async fn run(self, coze: &Client) -> Result<()> {
        match self {
            Self::Read => coze.users().me().await.map(drop),
            Self::Create => coze.conversations().create().await.map(drop),
            Self::Upload => {
                let upload = Upload::bytes("a.txt", vec![b'a'; 300_000]);
                coze.files().upload(upload).await.map(drop)
            }
            Self::Stream => {
                let events = coze.chat().create(BOT, "me").message("Hello").stream().await?;
                events.try_for_each(async |_| Ok(())).await
            }
            Self::Session => {
                let mut session = coze.realtime().chat(BOT).await?;
                session.receive().await.transpose()?;
                session.close().await
            }
        }
    }
}

/// A mock server behind a network, and a client of it.
struct World {
    mock: MockServer,
    network: Network,
    front: Option<Front>,
    coze: Client,
}

impl World {
    /// Starts a server that speaks HTTP/1.1 without TLS, or one of `protocols` over TLS.
    async fn start(protocols: &[&[u8]]) -> Self {
        let mock = MockServer::builder().start().await.expect("a free port");
        let plain = mock.base_url();
        let front = match protocols {
            [] => None,
            protocols => Some(Front::start(plain.clone(), protocols).await),
        };
        let server = plain.trim_start_matches("http://").parse().expect("an address");
        let network = Network::start(front.as_ref().map_or(server, Front::address)).await;
        let scheme = if front.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", network.address());
        let coze = Client::builder().token(TOKEN).base_url(url).build().expect("a client");
        Self { mock, network, front, coze }
    }

    /// Breaks the network before a call, and lets it come back.
    async fn survives(&self, kind: Kind, weather: Weather) {
        let case = format!("{kind:?} in {weather:?}");
        kind.run(&self.coze).await.unwrap_or_else(|error| panic!("{case}: {error:?}"));
        self.network.set(weather);
        let begun = Instant::now();
        let limit = kind.limit();
        // A limit that was forgotten fails the test instead of blocking it.
        let during = tokio::time::timeout(limit * 10, kind.run(&self.coze)).await;
        let during = during.unwrap_or_else(|_| panic!("{case}: it hangs"));
        let took = begun.elapsed();
        let is_slow = matches!(weather, Weather::Slow(_));
        assert!(took <= limit || is_slow, "{case}: {took:?}, {during:?}");
        assert!(!is_slow || during.is_ok(), "{case}: {during:?}");

        self.network.set(Weather::Fair);
        let back = Instant::now();
        let after = kind.run(&self.coze).await;
        let took = back.elapsed();
        assert!(after.is_ok() && took <= TIMEOUT, "{case}: {took:?} after the return, {after:?}");
        if let Some(operation) = kind.once() {
            let count = self.mock.requests_to(operation).len();
            assert!((2..=3).contains(&count), "{case}: {count} requests for 3 calls");
        }
    }
}

async fn survive_all(protocols: &[&[u8]]) {
    for kind in Kind::ALL {
        for weather in BAD {
            World::start(protocols).await.survives(kind, weather).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn http1_survives_a_bad_network() {
    survive_all(&[]).await;
}

#[test]
fn http1_over_tls_survives_a_bad_network() {
    run_trusting("chaos::over_tls");
}

#[tokio::test(start_paused = true)]
#[ignore = "needs a process that trusts the certificate"]
async fn over_tls() {
    survive_all(&[b"http/1.1"]).await;
}

#[test]
fn http2_over_tls_survives_a_bad_network() {
    run_trusting("chaos::over_http2");
}

#[tokio::test(start_paused = true)]
#[ignore = "needs a process that trusts the certificate"]
async fn over_http2() {
    // Sessions use HTTP/1.1.
    survive_all(&[b"h2", b"http/1.1"]).await;
}

#[test]
fn connections_that_a_server_gives_up_lose_no_call() {
    run_trusting("chaos::given_up");
}

/// The server announces with GOAWAY that it handles no more requests of a connection, or refuses
/// one, before each call and also during it.
#[tokio::test(start_paused = true)]
#[ignore = "needs a process that trusts the certificate"]
async fn given_up() {
    let world = World::start(&[b"h2"]).await;
    let front = world.front.as_ref().expect("TLS");
    for number in 1..=20 {
        match number % 3 {
            0 => front.go_away(),
            1 => front.refuse_next(),
            _ => {}
        }
        let call = Kind::Create.run(&world.coze);
        call.await.unwrap_or_else(|error| panic!("call {number}: {error:?}"));
        assert_eq!(world.mock.requests_to("conversations.create").len(), number);
    }
    assert!(front.connections() > 3, "{}", front.connections());
}

/// A renewal in bad weather. If its response is lost, the refresh token may be used up, and only a
/// login helps.
#[tokio::test(start_paused = true)]
async fn renewals_survive_a_bad_network() {
    for weather in BAD {
        let clock = TestClock::stopped();
        let server = OAuthServer::start(clock.clone()).await;
        let address = server.url().trim_start_matches("http://").parse().expect("an address");
        let network = Network::start(address).await;
        let url = format!("http://{}", network.address());
        let app = coze_api::auth::PkceOAuthApp::builder(oauth::CLIENT_ID).base_url(&url);
        let app = app.clock(clock.clone()).build().expect("an app");
        let credentials = app.credentials().with_token(server.token());
        let coze = Client::builder().credentials(credentials).build().expect("a client");
        let call = async || oauth::call(&coze).await;
        call().await.expect("a valid token");

        clock.advance(900);
        network.set(weather);
        let begun = Instant::now();
        let during = call().await;
        let took = begun.elapsed();
        // 5 minutes for the token, and 3 attempts of the call.
        let limit = Duration::from_secs(5 * 60) + TIMEOUT * 3 + DELAYS;
        assert!(took <= limit, "{weather:?}: {took:?}, {during:?}");

        network.set(Weather::Fair);
        let back = Instant::now();
        let after = call().await;
        let took = back.elapsed();
        assert!(took <= TIMEOUT, "{weather:?}: {took:?}, {after:?}");
        let arrives = !matches!(weather, Weather::Refused | Weather::BlackHole);
        let lost = arrives && after.as_ref().is_err_and(Error::is_auth);
        assert!(after.is_ok() || lost, "{weather:?}: {after:?} after {during:?}");
    }
}
