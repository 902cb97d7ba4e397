// A call of `bots.retrieve`, recorded by the playground. Dev-dependencies: coze-api, coze-mock,
// futures-util, serde_json, and tokio with the features `macros` and `rt`.

use coze_api::Client;
use coze_mock::{ApiError, MockServer};

#[tokio::test]
async fn bots_retrieve() -> Result<(), Box<dyn std::error::Error>> {
    let mock = MockServer::builder()
        .on("bots.retrieve", |_, _| Err(ApiError::new(4200, r#"no bot "1""#)))
        .start()
        .await?;
    let coze = Client::builder().base_url(mock.base_url()).token("test").build()?;
    let error = coze
        .bots()
        .retrieve("1")
        .await
        .map(drop)
        .expect_err("the recorded error");
    assert_eq!(error.code(), Some(4200));
    let request = mock.requests_to("bots.retrieve").pop().ok_or("no request")?;
    assert_eq!(request.line(), "GET /v1/bots/1");
    Ok(())
}
