//! Every fault of a server or a network, in every operation: the error is the right one, only what
//! may be retried is retried, and no error shows the token.

use std::time::Duration;

use coze_api::Error;
use coze_mock::MockServer;
use coze_tests::calls::{self, Call, Calling, ReplyKind};
use coze_tests::expectation::is_idempotent;
use coze_tests::{failures, mock};

/// The condition on which a call is retried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RetryCondition {
    Never,
    /// If the operation is idempotent.
    IfIdempotent,
    Always,
}

use RetryCondition::{Always, IfIdempotent, Never};

/// The expected outcome of a call.
#[derive(Clone, Copy)]
struct Expected {
    repeated: RetryCondition,
    kind: fn(&Error) -> bool,
    status: Option<u16>,
    code: Option<i64>,
}

impl Expected {
    const fn new(repeated: RetryCondition, kind: fn(&Error) -> bool) -> Self {
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

/// A guard against calls that never end.
const HANG_LIMIT: Duration = Duration::from_secs(120);

/// Reads the result of a call to its end.
async fn finish(call: Calling) -> coze_api::Result<()> {
    let whole = async { call.await?.read_to_end().await };
    tokio::time::timeout(HANG_LIMIT, whole).await.expect("the call hangs")
}

/// Makes a call with a fault and checks the outcome.
async fn check_fault(server: &MockServer, call: Call, fault: &str, expected: Option<Expected>) {
    let mark = format!("{} {fault}", call.name());
    let client = mock::marked(server, &mark).header("x-coze-mock-fault", fault);
    // Much longer than a reply takes. Only a fault without a reply reaches this timeout.
    let silent = fault == "hang";
    let limit = if silent { Duration::from_millis(20) } else { HANG_LIMIT };
    let client = client.timeout(limit).build().unwrap();
    let result = finish(call.send_with(&client)).await;
    let sent = mock::requests(server, &mark).len();
    let Some(expected) = expected else {
        assert_eq!(sent, 1);
        return result.unwrap_or_else(|error| panic!("{error:?}"));
    };
    let error = result.expect_err("an error");
    assert!((expected.kind)(&error), "another kind of error: {error:?}");
    for (what, actual, wanted) in [
        (
            "status",
            error.status().map(|status| i64::from(status.as_u16())),
            expected.status.map(i64::from),
        ),
        ("code", error.code(), expected.code),
    ] {
        assert!(wanted.is_none() || actual == wanted, "{what}: {error:?}");
    }
    let attempts = match expected.repeated {
        Always => 3,
        IfIdempotent if is_idempotent(call.operation) => 3,
        _ => 1,
    };
    // On a busy machine an attempt may time out before it reaches the server.
    let sent = if silent { error.attempts() as usize } else { sent };
    assert_eq!(sent, attempts, "times sent: {error:?}");
    assert_eq!(error.operation(), call.operation);
    mock::assert_hides_token(&error);
}

/// Makes every call with a fault. `expected` returns `None` if the call should succeed.
async fn each(fault: &'static str, expected: impl Fn(&Call) -> Option<Expected>) {
    failures::assert_none(calls::all().map(|call| {
        let expected = expected(&call);
        let case = async move {
            // A call changes the server, and other calls may then fail.
            let server = mock::strict().await;
            check_fault(&server, call, fault, expected).await;
        };
        (call.name(), case)
    }))
    .await;
}

/// One test for each fault that has the same effect in all operations.
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
    request_timeout: "status=408" => Expected::new(IfIdempotent, Error::is_api).status(408);
    too_many_requests: "status=429" => Expected::new(Always, Error::is_rate_limited).status(429);
    an_internal_error: "status=500" => Expected::new(IfIdempotent, Error::is_api).status(500);
    not_implemented: "status=501" => Expected::new(Never, Error::is_api).status(501);
    unavailable: "status=503" => Expected::new(IfIdempotent, Error::is_api).status(503);
    a_page_of_a_gateway: "html" => Expected::new(IfIdempotent, Error::is_status).status(502);
    a_page_with_status_200: "html;status=200" => Expected::new(Never, |error| !error.is_api());
    a_login_page: "html;status=403" => Expected::new(Never, Error::is_status).status(403);
    a_short_retry_after: "retry-after=0" => Expected::new(Always, Error::is_rate_limited).status(429);
    a_long_retry_after: "retry-after=3600" => Expected::new(Never, |error| {
        error.is_rate_limited() && error.retry_after() == Some(Duration::from_secs(3600))
    });
    a_reset_before_the_reply: "reset" => Expected::new(IfIdempotent, Error::is_transport);
    a_close_before_the_reply: "close" => Expected::new(IfIdempotent, Error::is_transport);
    a_silent_server: "hang" => Expected::new(IfIdempotent, Error::is_timeout);
}

/// Streams and files have begun when their connection breaks, so only values may be requested
/// again.
fn broken(call: &Call) -> Expected {
    let begun = |error: &Error| error.is_truncated() || error.is_transport();
    match call.reply {
        ReplyKind::Value => Expected::new(IfIdempotent, Error::is_transport),
        ReplyKind::File | ReplyKind::Events => Expected::new(Never, begun),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_inside_the_reply_is_retried_only_for_values() {
    each("reset=10", |call| Some(broken(call))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_inside_the_reply_is_retried_only_for_values() {
    each("close=10", |call| Some(broken(call))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_right_after_the_head_is_retried_only_for_values() {
    each("close=0", |call| Some(broken(call))).await;
}

/// Half a JSON text with a matching length. Half a file cannot be detected.
#[tokio::test(flavor = "multi_thread")]
async fn half_a_reply_is_an_error() {
    each("truncate=10", |call| match call.reply {
        ReplyKind::Value => Some(Expected::new(Never, Error::is_decode)),
        ReplyKind::File => None,
        ReplyKind::Events => Some(Expected::new(Never, Error::is_truncated)),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_may_arrive_byte_by_byte() {
    each("dribble=1", |_| None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_may_arrive_slowly() {
    each("latency=1ms;dribble=64/1ms", |_| None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_may_be_huge() {
    each("huge=256KiB", |_| None).await;
}
