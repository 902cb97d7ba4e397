//! Every operation is dropped at every point: nothing panics, the connection is closed, and the
//! client still works.

use std::task::{Context, Waker};

use coze_mock::MockServer;
use coze_tests::calls::{self, Call, Outcome, ReplyKind};
use coze_tests::{failures, mock};
use futures_util::{FutureExt as _, StreamExt as _};

/// A chunk, then a pause that is longer than any test.
const IN_THE_MIDST: &str = "dribble=1/100000s";
const BEFORE_THE_HEAD: &str = "latency=100000s";
const FAULT: &str = "x-coze-mock-fault";

/// Runs a call until it has reached a point, and drops it there.
async fn drop_at(server: &MockServer, call: Call, fault: &str) {
    let mark = format!("{} {fault}", call.name());
    let client = mock::marked(server, &mark).header(FAULT, fault).build().unwrap();
    let inside = fault == IN_THE_MIDST;
    let point = mock::until(server, &mark, |request| !inside || request.status.is_some());
    let read = async {
        match call.send_with(&client).await {
            Ok(Outcome::Events(mut events)) => {
                assert!(events.next().now_or_never().is_none());
            }
            Ok(Outcome::File(mut file)) => {
                let piece = file.next().await.expect("a piece").expect("a piece");
                assert_eq!(piece.len(), 1);
            }
            Ok(Outcome::Value(value)) => panic!("a reply came: {value}"),
            Err(error) => panic!("{error:?}"),
        }
    };
    // A file or a stream is dropped once its first bytes have arrived.
    let begins = inside && call.reply != ReplyKind::Value;
    tokio::select! {
        () = read => assert!(begins),
        () = point, if !begins => {}
    }
    mock::dropped(server, &mark).await;
    let [request] = &mock::requests(server, &mark)[..] else { panic!("one request") };
    assert_eq!(request.operation.as_deref(), Some(call.operation));
    // The same call without the fault.
    let next = client.users().me().with_header(FAULT, "latency=0ms").await;
    next.unwrap_or_else(|error| panic!("{error:?}"));
}

/// Drops each call at a point. A call changes the server, and other calls may then fail.
async fn each(fault: &'static str) {
    let case = async |call| drop_at(&mock::strict().await, call, fault).await;
    failures::assert_none(calls::all().map(|call| (call.name(), case(call)))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_never_polled_send_nothing() {
    let server = mock::strict().await;
    let client = mock::client(&server);
    for call in calls::all() {
        drop(call.send_with(&client));
    }
    client.users().me().await.unwrap();
    assert_eq!(server.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_can_be_dropped_before_the_reply() {
    each(BEFORE_THE_HEAD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_can_be_dropped_inside_the_reply() {
    each(IN_THE_MIDST).await;
}

/// A call can be dropped after any number of polls. One client makes all calls.
#[tokio::test]
async fn calls_can_be_dropped_after_any_number_of_polls() {
    let server = mock::strict().await;
    let client = mock::client(&server);
    for polls in 0..12 {
        for call in calls::all() {
            let mut calling = call.send_with(&client);
            for _ in 0..polls {
                let mut unheard = Context::from_waker(Waker::noop());
                if calling.as_mut().poll(&mut unheard).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
    }
    client.users().me().await.unwrap();
}
