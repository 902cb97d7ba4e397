//! The network breaks in many ways before and during calls of all kinds, and comes back.
//!
//! Clients have the default settings. The clock of the runtime stands still while anything can be
//! done, so that limits of minutes are exact and cost no time.

mod front;
mod midway;
mod renewals;

use std::time::Duration;

use coze_api::{Client, Result, Upload};
use coze_mock::MockServer;
use coze_mock::state::BOT;
use coze_tests::network::{Network, Weather};
use coze_tests::patience::wait_for_kernel;
use coze_tests::server::TOKEN;
use futures_util::TryStreamExt as _;
use tokio::time::Instant;

use self::front::Front;
use crate::tls::run_trusting;

/// The default limit of one attempt.
const TIMEOUT: Duration = Duration::from_secs(120);
/// The longest delays of the default policy of retries, and the time that closing takes.
const DELAYS: Duration = Duration::from_secs(5);

const BAD: [Weather; 15] = [
    Weather::Refused,
    Weather::BlackHole,
    Weather::HalfOpen,
    Weather::Vanishes(100),
    Weather::HalfClosed(1),
    Weather::Unread(0),
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

/// In the middle of an upload.
const BAD_FOR_UPLOADS: [Weather; 3] =
    [Weather::Vanishes(100_000), Weather::HalfClosed(100_000), Weather::Unread(100_000)];

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

/// Starts a network in front of the server at `plain`, which speaks HTTP/1.1 without TLS, or one of
/// `protocols` over TLS. Returns the URL of the server.
async fn network(plain: &str, protocols: &[&[u8]]) -> (Network, Option<Front>, String) {
    let front = match protocols {
        [] => None,
        protocols => Some(Front::start(plain.to_owned(), protocols).await),
    };
    let server = plain.trim_start_matches("http://").parse().expect("an address");
    let network = Network::start(front.as_ref().map_or(server, Front::address)).await;
    let scheme = if front.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", network.address());
    (network, front, url)
}

impl World {
    async fn start(protocols: &[&[u8]]) -> Self {
        let mock = MockServer::builder().start().await.expect("a free port");
        let (network, front, url) = network(&mock.base_url(), protocols).await;
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
    wait_for_kernel();
    for kind in Kind::ALL {
        for weather in BAD {
            World::start(protocols).await.survives(kind, weather).await;
        }
    }
    for weather in BAD_FOR_UPLOADS {
        World::start(protocols).await.survives(Kind::Upload, weather).await;
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
    wait_for_kernel();
    for kind in [Kind::Create, Kind::Upload, Kind::Stream] {
        let world = World::start(&[b"h2"]).await;
        let front = world.front.as_ref().expect("TLS");
        let operation = kind.once().expect("a write");
        for number in 1..=20 {
            front.give_up(number);
            let call = kind.run(&world.coze).await;
            call.unwrap_or_else(|error| panic!("{kind:?} {number}: {error:?}"));
            assert_eq!(world.mock.requests_to(operation).len(), number, "{kind:?}");
        }
        assert!(front.connections() > 3, "{kind:?}: {}", front.connections());
    }
}
