// A call of `users.me`, recorded by the playground. Dev-dependencies: coze-api, coze-mock,
// futures-util, serde_json, and tokio with the features `macros` and `rt`.

use coze_api::Client;
use coze_mock::MockServer;

#[tokio::test]
async fn users_me() -> Result<(), Box<dyn std::error::Error>> {
    let mock = MockServer::start().await?;
    let coze = Client::builder().base_url(mock.base_url()).token("test").build()?;
    let reply = coze.users().me().await?;
    println!("{reply:#?}");
    let request = mock.requests_to("users.me").pop().ok_or("no request")?;
    assert_eq!(request.line(), "GET /v1/users/me");
    Ok(())
}
