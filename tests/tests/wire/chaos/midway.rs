//! The network vanishes in the middle of a stream and of a session, after the first event.

use coze_api::Result;
use coze_mock::state::BOT;
use coze_tests::network::Weather;
use coze_tests::patience::wait_for_kernel;
use tokio::time::Instant;

use super::{DELAYS, Kind, TIMEOUT, World};
use crate::tls::run_trusting;

/// Reads a stream whose network breaks after the first event.
async fn stream(world: &World, weather: Weather) -> Result<()> {
    // Otherwise, the whole stream may have arrived with its first event: a record of TLS has up to
    // 16 KiB, which are read together.
    world.network.set(Weather::Slow(std::time::Duration::from_millis(1)));
    let message = "Hello ".repeat(600);
    let mut events = world.coze.chat().create(BOT, "me").message(message).stream().await?;
    events.next().await.expect("an event")?;
    world.network.set(weather);
    while let Some(event) = events.next().await {
        event?;
    }
    Ok(())
}

/// Holds a session whose network breaks after the first event.
async fn session(world: &World, weather: Weather) -> Result<()> {
    let mut session = world.coze.realtime().chat(BOT).await?;
    session.receive().await.transpose()?;
    world.network.set(weather);
    while let Some(received) = session.receive().await {
        received?;
    }
    session.close().await
}

async fn vanish(protocols: &[&[u8]]) {
    wait_for_kernel();
    for weather in [Weather::BlackHole, Weather::HalfOpen] {
        for kind in [Kind::Stream, Kind::Session] {
            let case = format!("{kind:?} in {weather:?}");
            let world = World::start(protocols).await;
            let begun = Instant::now();
            let limit = kind.limit();
            let call = async {
                match kind {
                    Kind::Stream => stream(&world, weather).await,
                    _ => session(&world, weather).await,
                }
            };
            let ended = tokio::time::timeout(limit * 10, call).await;
            let ended = ended.unwrap_or_else(|_| panic!("{case}: it hangs"));
            assert!(ended.is_err(), "{case}: it ended as if nothing had happened");
            // The slow bytes before the first event take seconds.
            let took = begun.elapsed();
            assert!(took <= limit + DELAYS, "{case}: {took:?}, {ended:?}");

            world.network.set(Weather::Fair);
            let back = Instant::now();
            let after = kind.run(&world.coze).await;
            let took = back.elapsed();
            assert!(after.is_ok() && took <= TIMEOUT, "{case}: {took:?} later, {after:?}");
            if let Some(operation) = kind.once() {
                let count = world.mock.requests_to(operation).len();
                assert_eq!(count, 2, "{case}: {count} requests for 2 calls");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_network_that_vanishes_midway_ends_streams_and_sessions() {
    vanish(&[]).await;
}

#[test]
fn a_network_that_vanishes_midway_ends_them_over_tls() {
    run_trusting("chaos::midway::over_tls");
}

#[tokio::test(start_paused = true)]
#[ignore = "needs a process that trusts the certificate"]
async fn over_tls() {
    vanish(&[b"http/1.1"]).await;
}

#[test]
fn a_network_that_vanishes_midway_ends_them_over_http2() {
    run_trusting("chaos::midway::over_http2");
}

#[tokio::test(start_paused = true)]
#[ignore = "needs a process that trusts the certificate"]
async fn over_http2() {
    vanish(&[b"h2", b"http/1.1"]).await;
}
