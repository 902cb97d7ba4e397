//! Every fault that a server or a network can have, in every operation: the error is the right one, what may be repeated
//! is repeated and nothing else is, and nobody reads the token.

use std::sync::Arc;
use std::time::Duration;

use coze_api::Error;
use coze_mock::MockServer;
use coze_tests::calls::{self, Call, Calling, Gives};
use coze_tests::expectation::is_repeatable;
use coze_tests::{failures, mock};

/// How often a call may be sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeated {
    Never,
    /// If that does no harm.
    Harmless,
    Always,
}

use Repeated::{Always, Harmless, Never};

/// What is to become of a call.
#[derive(Clone, Copy)]
struct Expected {
    repeated: Repeated,
    kind: fn(&Error) -> bool,
    status: Option<u16>,
    code: Option<i64>,
}

impl Expected {
    const fn new(repeated: Repeated, kind: fn(&Error) -> bool) -> Self {
        Self { repeated, kind, status: None, code: None }
    }

    const fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    const fn code(mut self, code: i64) -> Self {
        self.code = Some(code);
        self
    }
}

/// A guard against calls that never end, and nothing that a fast machine would need.
const FOR_EVER: Duration = Duration::from_secs(120);

/// Waits for everything that a call gives.
async fn whole(call: Calling) -> coze_api::Result<()> {
    let whole = async { call.await?.whole().await };
    tokio::time::timeout(FOR_EVER, whole).await.expect("the call hangs")
}

/// Lets a fault befall a call, and looks at what comes of it.
async fn befall(server: &MockServer, call: Call, fault: &str, expected: Option<Expected>) {
    let mark = format!("{} {fault}", call.name());
    let client = mock::marked(server, &mark).header("x-coze-mock-fault", fault);
    // Far more than a reply needs; nothing is waited for where none comes.
    let silent = fault == "hang";
    let limit = if silent { Duration::from_millis(20) } else { FOR_EVER };
    let client = client.timeout(limit).build().unwrap();
    let result = whole(call.by(&client)).await;
    let sent = mock::requests(server, &mark).len();
    let Some(expected) = expected else {
        assert_eq!(sent, 1);
        return result.unwrap_or_else(|error| panic!("{error:?}"));
    };
    let error = result.expect_err("an error");
    assert!((expected.kind)(&error), "another kind of error: {error:?}");
    for (what, actual, wanted) in [
        ("status", error.status().map(i64::from), expected.status.map(i64::from)),
        ("code", error.code(), expected.code),
    ] {
        assert!(wanted.is_none() || actual == wanted, "{what}: {error:?}");
    }
    let attempts = match expected.repeated {
        Always => 3,
        Harmless if is_repeatable(call.operation) => 3,
        _ => 1,
    };
    // On a busy machine an attempt may be given up before it reaches the server.
    let sent = if silent { error.attempts() as usize } else { sent };
    assert_eq!(sent, attempts, "times sent: {error:?}");
    assert_eq!(error.operation(), call.operation);
    mock::tells_no_secret(&error);
}

/// Lets a fault befall every call; nothing is expected where the call is to succeed.
async fn each(fault: &'static str, expected: impl Fn(&Call) -> Option<Expected>) {
    let shared = Arc::new(mock::strict().await);
    failures::none(calls::all().map(|call| {
        let (shared, expected) = (shared.clone(), expected(&call));
        let case = async move {
            // What succeeds changes the server, on which another call may fail then.
            let server = match expected {
                Some(_) => shared,
                None => Arc::new(mock::strict().await),
            };
            befall(&server, call, fault, expected).await;
        };
        (call.name(), case)
    }))
    .await;
}

/// A test per fault that does the same to all operations.
macro_rules! all_calls {
    ($($name:ident: $fault:literal => $expected:expr;)+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            each($fault, |_| Some($expected)).await;
        }
    )+};
}

all_calls! {
    a_code: "code=4000" => Expected::new(Never, Error::is_api).code(4000);
    an_unknown_code: "code=987654321" => Expected::new(Never, Error::is_api).code(987_654_321);
    too_frequent: "code=4013" => Expected::new(Always, Error::is_rate_limited).code(4013);
    a_refused_token: "code=4100" => Expected::new(Never, Error::is_auth).code(4100);
    an_expired_token: "expired-token" => Expected::new(Never, Error::is_auth).status(401);
    a_missing_permission: "code=4101" => Expected::new(Never, Error::is_permission_denied).code(4101);
    a_bad_request: "status=400" => Expected::new(Never, Error::is_api).status(400).code(4000);
    not_found: "status=404" => Expected::new(Never, Error::is_api).status(404);
    request_timeout: "status=408" => Expected::new(Harmless, Error::is_api).status(408);
    too_many_requests: "status=429" => Expected::new(Always, Error::is_rate_limited).status(429);
    an_internal_error: "status=500" => Expected::new(Harmless, Error::is_api).status(500);
    not_implemented: "status=501" => Expected::new(Never, Error::is_api).status(501);
    unavailable: "status=503" => Expected::new(Harmless, Error::is_api).status(503);
    a_page_of_a_gateway: "html" => Expected::new(Harmless, Error::is_status).status(502);
    a_page_that_says_all_is_well: "html;status=200" => Expected::new(Never, |error| !error.is_api());
    a_page_of_a_login: "html;status=403" => Expected::new(Never, Error::is_status).status(403);
    wait_a_moment: "retry-after=0" => Expected::new(Always, Error::is_rate_limited).status(429);
    wait_for_long: "retry-after=3600" => Expected::new(Never, |error| {
        error.is_rate_limited() && error.retry_after() == Some(Duration::from_secs(3600))
    });
    a_reset_before_the_reply: "reset" => Expected::new(Harmless, Error::is_transport);
    an_end_before_the_reply: "close" => Expected::new(Harmless, Error::is_transport);
    silence: "hang" => Expected::new(Harmless, Error::is_timeout);
}

/// Streams and files have begun when their connection breaks; only what is read as one whole may be asked for again.
fn broken(call: &Call) -> Expected {
    let begun = |error: &Error| error.is_truncated() || error.is_transport();
    match call.gives {
        Gives::Value => Expected::new(Harmless, Error::is_transport),
        Gives::File | Gives::Events => Expected::new(Never, begun),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_inside_the_reply() {
    each("reset=10", |call| Some(broken(call))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_inside_the_reply() {
    each("close=10", |call| Some(broken(call))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_right_after_the_head() {
    each("close=0", |call| Some(broken(call))).await;
}

/// Half a JSON text that claims to be all; of half a file nobody can know.
#[tokio::test(flavor = "multi_thread")]
async fn half_a_reply() {
    each("truncate=10", |call| match call.gives {
        Gives::Value => Some(Expected::new(Never, Error::is_decode)),
        Gives::File => None,
        Gives::Events => Some(Expected::new(Never, Error::is_truncated)),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn single_bytes() {
    each("dribble=1", |_| None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_pieces() {
    each("latency=1ms;dribble=64/1ms", |_| None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_reply() {
    each("huge=256KiB", |_| None).await;
}
