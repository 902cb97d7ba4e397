// A call of `chat.create`, recorded by the playground. Dev-dependencies: coze-api, coze-mock,
// futures-util, serde_json, and tokio with the features `macros` and `rt`.

use coze_api::Client;
use coze_mock::{Event, MockServer, Reply};
use futures_util::TryStreamExt as _;

const BODY: &str = r#"{
  "bot_id": "7376476310010937396",
  "user_id": "u",
  "additional_messages": [],
  "stream": true
}"#;

#[tokio::test]
async fn chat_create() -> Result<(), Box<dyn std::error::Error>> {
    let mock = MockServer::builder()
        .on(
            "chat.create",
            |_, _| Ok(
                Reply::events([
                        Event::text(
                            "conversation.chat.created",
                            r#"{"id": "1", "conversation_id": "2"}"#,
                        ),
                        Event::text("done", r#""[DONE]""#),
                    ])
                    .unchecked(),
            ),
        )
        .start()
        .await?;
    let coze = Client::builder().base_url(mock.base_url()).token("test").build()?;
    let mut events = coze
        .chat()
        .create("7376476310010937396", "u")
        .additional_messages(Vec::<coze_api::EnterMessage>::new())
        .stream()
        .await?;
    let mut count = 0;
    while let Some(event) = events.try_next().await? {
        println!("{event:?}");
        count += 1;
    }
    assert_eq!(count, 2);
    let request = mock.requests_to("chat.create").pop().ok_or("no request")?;
    assert_eq!(request.line(), "POST /v3/chat");
    let body: serde_json::Value = serde_json::from_str(BODY)?;
    assert_eq!(request.json(), body);
    Ok(())
}
