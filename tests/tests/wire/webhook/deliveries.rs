//! Deliveries of Coze reach the handler, once.

use std::time::Duration;

use coze_api::webhook::{Verifier, WebhookEvent};
use coze_tests::oauth::TestClock;
use serde_json::{Value, json};

use super::callback_server::{CallbackServer, TOKEN, lines};

fn delivery(event_type: &str, id: &str, event: &Value) -> String {
    let header = json!({
        "event_type": event_type, "event_id": id, "created_at": 1_749_116_452_112_i64,
        "coze_account_id": "418960299", "api_app_id": "750974592959",
    });
    json!({ "header": header, "event": event }).to_string()
}

#[tokio::test]
async fn an_event_reaches_the_handler() {
    let mut server = CallbackServer::start().await;
    let body = delivery("bot.deleted", "e1", &json!({"bot_id": "7", "bot_name": "扣子"}));
    let reply = server.deliver(&body).await;
    assert_eq!((reply.status(), reply.body()), (200, ""));
    let handled = server.handled();
    let [callback] = &handled[..] else { panic!("{handled:?}") };
    assert_eq!(callback.header.event_type.as_str(), "bot.deleted");
    assert_eq!(callback.header.event_id, "e1");
    assert_eq!(callback.header.created_at, 1_749_116_452_112);
    assert_eq!(callback.header.api_app_id, "750974592959");
    assert_eq!(callback.deadline(), Duration::from_secs(3));
    let WebhookEvent::BotDeleted(bot) = &callback.event else { panic!("{callback:?}") };
    assert_eq!((&*bot.bot_id, &*bot.bot_name), ("7", "扣子"));
}

#[tokio::test]
async fn a_channel_responds_with_its_review() {
    let mut server = CallbackServer::start().await;
    let approved = r#"{"audit":{"audit_status":2},"share_link":"https://example.com/17/42"}"#;
    let rejected = r#"{"audit":{"audit_status":3,"reason":"A bot needs a name."}}"#;
    let cases = [
        // New deliveries with strings and with integers, and old deliveries.
        (json!({"user_id_str": "17", "bot_id_str": "42", "bot_name": "b"}), approved),
        (json!({"user_id_str": 17, "bot_id_str": 42, "bot_name": "b"}), approved),
        (json!({"user_id": 17, "bot_id": 42, "bot_name": "b"}), approved),
        (json!({"user_id": 17, "bot_id": 42}), rejected),
    ];
    for (id, (event, answer)) in cases.into_iter().enumerate() {
        let body = delivery("bot.published", &id.to_string(), &event);
        for times in [1, 0] {
            let reply = server.deliver(&body).await;
            assert_eq!((reply.status(), reply.body()), (200, answer));
            assert!(reply.is_json(), "{reply:?}");
            let handled = server.handled();
            assert_eq!(handled.len(), times);
            assert!(handled.iter().all(|callback| callback.deadline().as_secs() == 10));
        }
    }
}

#[tokio::test]
async fn headers_may_have_any_case_and_order() {
    let mut server = CallbackServer::start().await;
    let body = delivery("bot.deleted", "e1", &json!({}));
    let mut headers = lines(&server.sign(body.as_bytes()));
    headers.reverse();
    for line in &mut headers {
        let (name, value) = line.split_once(": ").unwrap();
        *line = format!("{}:\t{value}  ", name.to_uppercase());
    }
    assert_eq!(server.send(&headers, body.as_bytes()).await.status(), 200);
    assert_eq!(server.handled().len(), 1);
}

#[tokio::test]
async fn unknown_event_types_reach_the_handler() {
    let mut server = CallbackServer::start().await;
    let body = delivery("bot.renamed", "e1", &json!({"from": "a", "to": ["b"]}));
    assert_eq!(server.deliver(&body).await.status(), 200);
    let handled = server.handled();
    assert_eq!(handled[0].header.event_type.as_str(), "bot.renamed");
    let WebhookEvent::Unknown { event, data } = &handled[0].event else {
        panic!("{handled:?}");
    };
    assert_eq!(event, "bot.renamed");
    assert_eq!(data, r#"{"from":"a","to":["b"]}"#);
}

#[tokio::test]
async fn an_event_is_handled_once() {
    let mut server = CallbackServer::start().await;
    let body = delivery("bot.deleted", "e1", &json!({}));
    for _ in 0..3 {
        assert_eq!(server.deliver(&body).await.status(), 200);
        server.clock.advance(60);
    }
    assert_eq!(server.handled().len(), 1);
    let other = delivery("bot.deleted", "e2", &json!({}));
    let (one, two) = tokio::join!(server.deliver(&other), server.deliver(&other));
    assert_eq!((one.status(), two.status()), (200, 200));
    assert_eq!(server.handled().len(), 1);
}

#[tokio::test]
async fn an_event_is_handled_again_after_a_failure() {
    let mut server = CallbackServer::start().await;
    let body = delivery("bot.deleted", "e1", &json!({}));
    server.fail(true);
    assert_eq!(server.deliver(&body).await.status(), 500);
    server.fail(false);
    assert_eq!(server.deliver(&body).await.status(), 200);
    assert_eq!(server.handled().len(), 2);
    assert_eq!(server.deliver(&body).await.status(), 200);
    assert_eq!(server.handled().len(), 0);
}

#[tokio::test]
async fn a_challenge_is_answered() {
    let mut server = CallbackServer::start().await;
    let challenge = "988df7dc-2179-4dba-95a6-af9f40b91486";
    let check = json!({
        "header": {"event_type": "url_verification", "event_id": "e1", "created_at": 1_749_116_452_112_i64},
        "event": {"challenge": challenge},
    });
    for body in [check.to_string(), json!({ "challenge": challenge }).to_string()] {
        let reply = server.deliver(&body).await;
        assert_eq!(reply.status(), 200, "{body}");
        assert!(reply.is_json(), "{reply:?}");
        assert_eq!(reply.body(), format!(r#"{{"challenge":"{challenge}"}}"#));
        // Not without a signature.
        assert_eq!(server.send(&[], body.as_bytes()).await.status(), 401);
    }
    assert_eq!(server.handled(), []);

    let clock = TestClock::stopped();
    let open = Verifier::new(TOKEN).unwrap().clock(clock.clone());
    let open = CallbackServer::with(open.allow_unsigned_challenges(), clock).await;
    let reply = open.send(&[], check.to_string().as_bytes()).await;
    assert_eq!(reply.body(), format!(r#"{{"challenge":"{challenge}"}}"#));
}
