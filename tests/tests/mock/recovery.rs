//! Temporary faults: a call that may be retried succeeds in the end, with a new token if necessary.

use std::sync::Mutex;

use coze_api::{AccessToken, BoxFuture, Credentials, Result, Retry, TokenContext};
use coze_mock::{Fault, Grant, MockServer};
use coze_tests::calls::{self, Call};
use coze_tests::expectation::is_idempotent;
use coze_tests::{failures, mock};

/// Makes a call with a fault that occurs twice.
async fn twice(call: Call, fault: Fault, may_be_repeated: bool) {
    let server = mock::strict().await;
    server.fault(fault.times(2));
    let client = mock::marked(&server, "").build().unwrap();
    let result = async { call.send_with(&client).await?.read_to_end().await }.await;
    let sent = server.requests();
    if !may_be_repeated {
        assert_eq!((result.is_err(), sent.len()), (true, 1), "{result:?}");
        return;
    }
    result.unwrap_or_else(|error| panic!("{error:?}"));
    let [first, second, third] = &sent[..] else { panic!("three requests: {sent:?}") };
    for again in [second, third] {
        assert_eq!(again.line(), first.line());
        assert_eq!(again.query, first.query);
        assert_eq!(again.body_length, first.body_length);
    }
    let faults: Vec<bool> = sent.iter().map(|request| request.fault.is_some()).collect();
    assert_eq!(faults, [true, true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_recovers_from_refusals() {
    failures::assert_none(
        calls::all()
            .map(|call| (call.name(), async move { twice(call, Fault::code(4013), true).await })),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idempotent_operations_recover_from_resets() {
    failures::assert_none(calls::all().map(|call| {
        let harmless = is_idempotent(call.operation);
        (call.name(), async move { twice(call, Fault::reset(), harmless).await })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idempotent_operations_recover_from_server_errors() {
    failures::assert_none(calls::all().map(|call| {
        let harmless = is_idempotent(call.operation);
        (call.name(), async move { twice(call, Fault::status(503), harmless).await })
    }))
    .await;
}

const OLD: &str = "pat_old9x3kTESTTOKEN";
const NEW: &str = "pat_new7w1mTESTTOKEN";

/// Returns the old token until it is refused.
struct Renewing(Mutex<&'static str>);

impl Credentials for Renewing {
    fn token<'a>(&'a self, _: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>> {
        let token = *self.0.lock().unwrap();
        Box::pin(async move { AccessToken::new(token) })
    }

    fn rejected(&self, token: &AccessToken) -> bool {
        *self.0.lock().unwrap() = NEW;
        *token == AccessToken::new(OLD).unwrap()
    }
}

async fn renew(call: Call) {
    let builder = MockServer::builder().token(NEW, Grant::default());
    let server = builder.start().await.unwrap();
    let renewing = Renewing(Mutex::new(OLD));
    let client = mock::marked(&server, "").credentials(renewing).retry(Retry::none());
    let client = client.build().unwrap();
    let result = async { call.send_with(&client).await?.read_to_end().await }.await;
    result.unwrap_or_else(|error| panic!("{error:?}"));
    let sent = server.requests();
    let tokens: Vec<&str> = sent.iter().map(|request| request.header("authorization")).collect();
    assert_eq!(tokens, [format!("Bearer {OLD}"), format!("Bearer {NEW}")]);
    let codes: Vec<Option<i64>> = sent.iter().map(|request| request.code).collect();
    assert_eq!(codes[0], Some(4100));
}

/// A refused call has had no effect, so even a call that is not idempotent is sent again with a
/// valid token.
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed_in_every_operation() {
    failures::assert_none(calls::all().map(|call| (call.name(), renew(call)))).await;
}
