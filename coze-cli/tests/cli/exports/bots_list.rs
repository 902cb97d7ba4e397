// A call of `bots.list`, recorded by the playground. Dev-dependencies: coze-api, coze-mock,
// futures-util, serde_json, and tokio with the features `macros` and `rt`.

use coze_api::Client;
use coze_mock::{ApiError, MockServer, Reply};

const RESPONSE: &str = r##"{
  "code": 0,
  "msg": "",
  "data": {
    "items": [],
    "total": 0,
    "more": "\"#"
  }
}"##;

#[tokio::test]
async fn bots_list() -> Result<(), Box<dyn std::error::Error>> {
    let mock = MockServer::builder()
        .on(
            "bots.list",
            |_, _| {
                let body = serde_json::from_str(RESPONSE).map_err(ApiError::internal)?;
                Ok(Reply::json(body).unchecked())
            },
        )
        .start()
        .await?;
    let coze = Client::builder().base_url(mock.base_url()).token("test").build()?;
    let reply = coze.bots().list("42").page_size(3).await?;
    println!("{reply:#?}");
    let request = mock.requests_to("bots.list").pop().ok_or("no request")?;
    assert_eq!(request.line(), "GET /v1/bots");
    assert_eq!(request.query.as_deref(), Some("workspace_id=42&page_size=3"));
    Ok(())
}
