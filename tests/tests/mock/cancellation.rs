//! Every operation is dropped at every point: nobody panics, the connection is closed, and the client goes on working.

use std::sync::Arc;
use std::task::{Context, Waker};

use coze_mock::MockServer;
use coze_tests::calls::{self, Call, Gives, Outcome};
use coze_tests::{failures, mock};
use futures_util::{FutureExt as _, StreamExt as _};

/// A piece, and then nothing for longer than any test runs.
const IN_THE_MIDST: &str = "dribble=1/100000s";
const BEFORE_THE_HEAD: &str = "latency=100000s";
const FAULT: &str = "x-coze-mock-fault";

/// Runs a call until its point has come, and drops it there.
async fn drop_at(server: &MockServer, call: Call, fault: &str) {
    let mark = format!("{} {fault}", call.name());
    let client = mock::marked(server, &mark).header(FAULT, fault).build().unwrap();
    let inside = fault == IN_THE_MIDST;
    let point = mock::until(server, &mark, |request| !inside || request.status.is_some());
    let read = async {
        match call.by(&client).await {
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
    // What is read while it comes is dropped once it has begun to come.
    let begins = inside && call.gives != Gives::Value;
    tokio::select! {
        () = read => assert!(begins),
        () = point, if !begins => {}
    }
    mock::dropped(server, &mark).await;
    let [request] = &mock::requests(server, &mark)[..] else { panic!("one request") };
    assert_eq!(request.operation.as_deref(), Some(call.operation));
    // Without the fault this time.
    let next = client.users().me().with_header(FAULT, "latency=0ms").await;
    next.unwrap_or_else(|error| panic!("{error:?}"));
}

async fn each<C>(case: impl Fn(Arc<MockServer>, Call) -> C)
where
    C: Future<Output = ()> + Send + 'static,
{
    let server = Arc::new(mock::strict().await);
    let cases = calls::all().map(|call| (call.name(), case(server.clone(), call)));
    failures::none(cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_dropped_unsent_do_nothing() {
    let server = mock::strict().await;
    let client = mock::client(&server);
    for call in calls::all() {
        drop(call.by(&client));
    }
    client.users().me().await.unwrap();
    assert_eq!(server.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_dropped_before_the_reply() {
    each(|server, call| async move {
        drop_at(&server, call, BEFORE_THE_HEAD).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_dropped_inside_the_reply() {
    each(|server, call| async move {
        drop_at(&server, call, IN_THE_MIDST).await;
    })
    .await;
}

/// However often a call has been polled, it can be dropped, and one client serves all of them.
#[tokio::test]
async fn calls_are_dropped_after_any_number_of_polls() {
    let server = mock::strict().await;
    let client = mock::client(&server);
    for polls in 0..12 {
        for call in calls::all() {
            let mut calling = call.by(&client);
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
