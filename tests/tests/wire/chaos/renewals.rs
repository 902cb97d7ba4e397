//! Renewals of a token while the network breaks.

use std::time::Duration;

use coze_api::auth::PkceOAuthApp;
use coze_api::{Client, Error};
use coze_tests::network::{Network, Weather};
use coze_tests::oauth::{self, OAuthServer, TestClock};
use coze_tests::patience::wait_for_kernel;
use tokio::time::Instant;

use super::front::Front;
use super::{BAD, DELAYS, TIMEOUT, network};
use crate::tls::run_trusting;

/// The lifetime of a token in seconds, by the clock of the test.
const LIFETIME: u64 = 900;

/// A server that issues tokens behind a network, and a client that has one.
struct World {
    server: OAuthServer,
    network: Network,
    front: Option<Front>,
    coze: Client,
}

impl World {
    async fn start(protocols: &[&[u8]]) -> Self {
        let clock = TestClock::stopped();
        let server = OAuthServer::start(clock.clone()).await;
        let (network, front, url) = network(&server.url(), protocols).await;
        let app = PkceOAuthApp::builder(oauth::CLIENT_ID).base_url(&url).clock(clock);
        let credentials = app.build().expect("an app").credentials().with_token(server.token());
        let coze = Client::builder().credentials(credentials).build().expect("a client");
        oauth::call(&coze).await.expect("a valid token");
        Self { server, network, front, coze }
    }

    /// Renews a token in bad weather. If its response is lost, the refresh token may be used up,
    /// and only a login helps.
    async fn survives(&self, weather: Weather) {
        self.server.clock.advance(LIFETIME);
        self.network.set(weather);
        let begun = Instant::now();
        let during = oauth::call(&self.coze).await;
        let took = begun.elapsed();
        // 5 minutes for the token, and 3 attempts of the call.
        let limit = Duration::from_secs(5 * 60) + TIMEOUT * 3 + DELAYS;
        assert!(took <= limit, "{weather:?}: {took:?}, {during:?}");
        // A request whose response was lost is sent again, twice at most.
        let again = self.server.state().reuses();
        assert!(again <= 2, "{weather:?}: used {again} times more, {during:?}");

        self.network.set(Weather::Fair);
        let back = Instant::now();
        let after = oauth::call(&self.coze).await;
        let took = back.elapsed();
        assert!(took <= TIMEOUT, "{weather:?}: {took:?}, {after:?}");
        let arrives = !matches!(weather, Weather::Refused | Weather::BlackHole);
        let is_lost = arrives && after.as_ref().is_err_and(Error::is_auth);
        assert!(after.is_ok() || is_lost, "{weather:?}: {after:?} after {during:?}");
        // A refusal is final for the call.
        let refused = self.server.state().reuses() - again;
        assert!(refused <= usize::from(is_lost), "{weather:?}: used {refused} times more");
        if after.is_ok() {
            assert_eq!(self.server.state().reuses(), 0, "{weather:?}");
        }
    }
}

async fn survive_all(protocols: &[&[u8]]) {
    wait_for_kernel();
    for weather in BAD {
        World::start(protocols).await.survives(weather).await;
    }
}

#[tokio::test(start_paused = true)]
async fn renewals_survive_a_bad_network() {
    survive_all(&[]).await;
}

#[test]
fn renewals_over_tls_survive_a_bad_network() {
    run_trusting("chaos::renewals::over_tls");
}

#[tokio::test(start_paused = true)]
#[ignore = "needs a process that trusts the certificate"]
async fn over_tls() {
    survive_all(&[b"http/1.1"]).await;
}

#[test]
fn renewals_over_http2_survive_a_bad_network() {
    run_trusting("chaos::renewals::over_http2");
}

#[tokio::test(start_paused = true)]
#[ignore = "needs a process that trusts the certificate"]
async fn over_http2() {
    survive_all(&[b"h2"]).await;
}

#[test]
fn connections_that_a_server_gives_up_lose_no_renewal() {
    run_trusting("chaos::renewals::given_up");
}

/// Refusals hit the request for the token, because it comes first.
#[tokio::test(start_paused = true)]
#[ignore = "needs a process that trusts the certificate"]
async fn given_up() {
    wait_for_kernel();
    let world = World::start(&[b"h2"]).await;
    let front = world.front.as_ref().expect("TLS");
    for life in 1..=20 {
        world.server.clock.advance(LIFETIME);
        front.give_up(life);
        let call = oauth::call(&world.coze).await;
        call.unwrap_or_else(|error| panic!("life {life}: {error:?}"));
        // That of the login was the first.
        assert_eq!(world.server.state().issued(), life + 1);
        assert_eq!(world.server.token_requests().len(), life);
    }
    assert_eq!(world.server.state().reuses(), 0);
    assert!(front.connections() > 3, "{}", front.connections());
}
