//! Limits of requests.

use super::*;

#[tokio::test]
async fn large_bodies_are_refused() {
    let limits = Limits::new().json_bytes(2_000).upload_bytes(200_000);
    let server = Server::start(|options| options.limits(limits)).await;
    let conversation = server.conversation("ling").await;
    let before = server.forwarded();
    let (status, _) = server.chat("ling", &conversation, &"x".repeat(3_000)).await;
    assert_eq!(status, 413);
    let upload = async |bytes: usize| {
        let part = reqwest::multipart::Part::bytes(vec![1; bytes]).file_name("a.txt");
        let form = reqwest::multipart::Form::new().part("file", part);
        let request = server.request(Method::POST, "/v1/files/upload", "ling");
        read(request.multipart(form)).await
    };
    assert_eq!(upload(250_000).await.0, 413);
    assert_eq!(upload(1_000_000).await.0, 413);
    assert_eq!(server.forwarded(), before);
    let (status, file) = upload(150_000).await;
    assert_eq!(status, 200, "{file}");
    assert_eq!(file["data"]["bytes"], 150_000);
}

#[tokio::test]
async fn users_who_call_too_often_wait() {
    let limits = Limits::new().chats_per_minute(3).running_chats(1);
    let server = Server::start(|options| options.limits(limits)).await;
    let conversation = server.conversation("ling").await;
    let path = format!("/v3/chat?conversation_id={conversation}");
    let held = server.request(Method::POST, &path, "ling").body(question("[hold]").to_string());
    let mut held = held.send().await.unwrap();
    held.chunk().await.unwrap();
    let (status, reply) = server.chat("ling", &conversation, "Hi").await;
    assert_eq!(status, 429, "{reply}");
    drop(held);
    // The server notices that the browser has left.
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    let other = loop {
        let (status, created) =
            server.post("/v1/conversation/create", "ling", json!({"bot_id": BOT})).await;
        if status == 200 {
            break created["data"]["id"].as_str().unwrap().to_owned();
        }
        assert!(tokio::time::Instant::now() < deadline, "{created}");
        tokio::task::yield_now().await;
    };
    let request =
        server.request(Method::POST, &format!("/v3/chat?conversation_id={other}"), "ling");
    let response = request.body(question("Hi").to_string()).send().await.unwrap();
    assert_eq!(response.status(), 429);
    assert!(response.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    // Others are not affected.
    server.conversation("mei").await;
}
