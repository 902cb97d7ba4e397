//! Renewals that runtimes share, and that end with one of them.

use std::sync::Arc;

use coze_tests::oauth::{Fault, OAuthServer, TestClock, pkce, poll_once};
use coze_tests::server::{Reply, Step};
use secrecy::ExposeSecret as _;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

#[test]
fn a_caller_renews_again_if_the_runtime_of_a_renewal_ends() {
    let (servers, other, own) = (runtime(), runtime(), runtime());
    let server = servers.block_on(OAuthServer::start(TestClock::stopped()));
    let credentials = pkce(&server).credentials().with_token(server.token());
    server.clock.advance(900);
    // The first request is not served, so that its refresh token stays valid.
    let never = Reply { steps: vec![Step::Wait(Arc::new(Notify::new()))] };
    server.state().faults.push_back(Fault::Answer(never));
    let renewing = credentials.clone();
    other.spawn(async move { renewing.current().await });
    own.block_on(async {
        while server.token_requests().is_empty() {
            tokio::task::yield_now().await;
        }
        let mut call = Box::pin(credentials.current());
        // It waits for the renewal of the other runtime.
        poll_once(&mut call).await;
        other.shutdown_background();
        let token = call.await.expect("renewed");
        let refresh_token = token.refresh_token().expect("a pair").expose_secret();
        assert!(server.state().is_valid(refresh_token));
    });
    assert_eq!(server.token_requests().len(), 2);
    assert_eq!(server.state().reuses(), 0);
}

#[test]
fn renewals_and_logins_without_a_runtime_or_its_timer_are_errors() {
    let servers = runtime();
    let server = servers.block_on(OAuthServer::start(TestClock::stopped()));
    let credentials = pkce(&server).credentials().with_token(server.token());
    let without_timer = Builder::new_current_thread().build().expect("a runtime");
    let futures =
        futures_util::future::join(credentials.current(), credentials.set_token(server.token()));
    let (current, login) = without_timer.block_on(futures);
    for error in [current.expect_err("no timer"), login.expect_err("no timer")] {
        assert!(error.is_config() && error.to_string().contains("enable_all"), "{error:?}");
    }
    let error = futures_util::FutureExt::now_or_never(credentials.set_token(server.token()));
    let error = error.expect("at once").expect_err("no runtime");
    assert!(error.to_string().contains("no Tokio runtime"), "{error}");
}
