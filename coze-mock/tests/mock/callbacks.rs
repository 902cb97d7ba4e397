//! Callback apps: URLs are checked, and the SDK accepts the signed events.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{Mock, assert_error, data, json};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Response;
use coze_api::webhook::{Delivery, Verifier, VerifyError, WebhookEvent};
use coze_mock::state::BOT;
use http::HeaderMap;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The receiver's response to the next delivery. By default it returns challenges and answers 200.
enum Answer {
    Status(u16),
    Json(Value),
    Never,
}

/// A server that receives callbacks.
#[derive(Clone)]
struct Receiver {
    url: String,
    answers: Arc<Mutex<Vec<Answer>>>,
    seen: watch::Sender<Vec<(HeaderMap, Bytes)>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            url: format!("http://{}/coze", listener.local_addr().unwrap()),
            answers: Arc::default(),
            seen: watch::Sender::default(),
        };
        let shared = receiver.clone();
        let take = move |headers: HeaderMap, body: Bytes| shared.clone().take(headers, body);
        let app = Router::new().route("/coze", axum::routing::post(take));
        tokio::spawn(async move { axum::serve(listener, app).await });
        receiver
    }

    async fn take(self, headers: HeaderMap, body: Bytes) -> Response {
        let delivery: Value = serde_json::from_slice(&body).unwrap();
        self.seen.send_modify(|seen| seen.push((headers, body)));
        let answer = self.answers.lock().unwrap().pop();
        match answer {
            Some(Answer::Never) => std::future::pending().await,
            Some(Answer::Status(status)) => {
                Response::builder().status(status).body(Body::empty()).unwrap()
            }
            Some(Answer::Json(answer)) => Response::new(answer.to_string().into()),
            None => {
                let challenge = &delivery["event"]["challenge"];
                Response::new(json!({"challenge": challenge}).to_string().into())
            }
        }
    }

    fn next(&self, answer: Answer) {
        self.answers.lock().unwrap().push(answer);
    }

    /// Waits for `count` deliveries, and returns all deliveries as the SDK reads them.
    async fn deliveries(&self, count: usize, token: &str) -> Vec<Delivery> {
        let mut seen = self.seen.subscribe();
        let seen = seen.wait_for(|seen| seen.len() >= count).await.unwrap();
        let verifier = Verifier::new(token.to_owned()).unwrap();
        let read = |(headers, body): &(HeaderMap, Bytes)| verifier.verify(headers, body).unwrap();
        seen.iter().map(read).collect()
    }
}

/// Creates a callback app with the URL of the receiver, and returns its id and token.
async fn app(mock: &Mock, receiver: &Receiver) -> (String, String) {
    let app = data(mock.post("/v1/api_apps", json!({"app_type": "normal", "name": "Mine"})).await);
    let text = |name: &str| app[name].as_str().unwrap().to_owned();
    let (id, token) = (text("id"), text("verify_token"));
    let url = json!({"callback_url": receiver.url});
    data(mock.put(&format!("/v1/api_apps/{id}"), url).await);
    (id, token)
}

#[tokio::test]
async fn a_url_is_accepted_if_it_returns_the_challenge() {
    let mock = Mock::strict().await;
    let receiver = Receiver::start().await;
    let (id, token) = app(&mock, &receiver).await;
    let deliveries = receiver.deliveries(1, &token).await;
    assert!(matches!(&deliveries[..], [Delivery::Challenge(_)]), "{deliveries:?}");

    let path = format!("/v1/api_apps/{id}");
    mock.server.state(|state| state.callback_deadline = Some(Duration::from_millis(200)));
    let bad = [
        (Answer::Status(500), "status 500"),
        (Answer::Json(json!({"challenge": "other"})), "did not return the challenge"),
        (Answer::Never, "no answer"),
    ];
    for (answer, why) in bad {
        receiver.next(answer);
        let update = json!({"name": "Changed", "callback_url": receiver.url});
        let reply = mock.put(&path, update).await;
        assert_error(&reply, 4000, "`callback_url`");
        assert_error(&reply, 4000, why);
    }
    for (url, why) in [("mailto:me", "not a URL"), ("http://127.0.0.1:1/", "no answer")] {
        assert_error(&mock.put(&path, json!({"callback_url": url})).await, 4000, why);
    }
    let listed = data(mock.get("/v1/api_apps").await);
    assert_eq!(listed["items"][0]["name"], "Mine");
    assert_eq!(listed["items"][0]["callback_url"], receiver.url.as_str());
}

#[tokio::test]
async fn the_sdk_accepts_a_delivered_event() {
    let mock = Mock::strict().await;
    let receiver = Receiver::start().await;
    let (id, token) = app(&mock, &receiver).await;
    receiver.next(Answer::Json(json!({"audit": {"audit_status": 2}})));
    let event = json!({"bot_id_str": BOT, "bot_name": "画 🎨"});
    let delivered = mock.server.deliver(&id, "bot.published", event).await.unwrap();
    assert!(delivered.is_received());
    assert_eq!(delivered.attempts.len(), 1);
    assert_eq!(delivered.answer()["audit"]["audit_status"], 2);
    let Some(Delivery::Event(callback)) = receiver.deliveries(2, &token).await.pop() else {
        panic!("no event");
    };
    assert_eq!(callback.header.event_id, delivered.event_id);
    assert_eq!(callback.header.api_app_id, id);
    let WebhookEvent::BotPublished(bot) = callback.event else { panic!("{callback:?}") };
    assert_eq!((bot.bot_id_str.as_str(), bot.bot_name.as_str()), (BOT, "画 🎨"));

    let (headers, body) = receiver.seen.borrow()[1].clone();
    let other = Verifier::new("another token").unwrap();
    assert!(matches!(other.verify(&headers, &body), Err(VerifyError::BadSignature)));
    let unknown = mock.server.deliver("1", "bot.deleted", json!({})).await;
    assert_eq!(unknown.unwrap_err().code, 4200);
}

#[tokio::test]
async fn a_delivery_that_times_out_is_repeated_once() {
    let mock = Mock::strict().await;
    let receiver = Receiver::start().await;
    let (id, token) = app(&mock, &receiver).await;
    mock.server.state(|state| state.callback_deadline = Some(Duration::from_secs(1)));
    receiver.next(Answer::Never);
    let delivered = mock.server.deliver(&id, "bot.deleted", json!({"bot_id": BOT})).await.unwrap();
    assert!(delivered.is_received());
    assert_eq!(delivered.attempts.len(), 2);
    assert!(delivered.attempts[0].error.is_some());
    let ids: Vec<String> = receiver
        .deliveries(3, &token)
        .await
        .into_iter()
        .filter_map(|delivery| match delivery {
            Delivery::Event(callback) => Some(callback.header.event_id),
            Delivery::Challenge(_) => None,
        })
        .collect();
    assert_eq!(ids, [delivered.event_id.clone(), delivered.event_id]);
    // A delivery with any response is not repeated.
    receiver.next(Answer::Status(503));
    let refused = mock.server.deliver(&id, "bot.deleted", json!({})).await.unwrap();
    assert!(!refused.is_received());
    assert_eq!(refused.attempts.len(), 1);
    assert_eq!(refused.attempts[0].status, Some(503));
}

#[tokio::test]
async fn events_can_be_requested_over_http() {
    let mock = Mock::strict().await;
    let receiver = Receiver::start().await;
    let (id, token) = app(&mock, &receiver).await;
    let body = json!({"api_app_id": id, "event_type": "benefit.usage"});
    let delivered = data(mock.post("/mock/callbacks", body).await);
    assert_eq!(delivered["received"], true);
    let Some(Delivery::Event(callback)) = receiver.deliveries(2, &token).await.pop() else {
        panic!("no event");
    };
    assert_eq!(delivered["event_id"], callback.header.event_id.as_str());
    // Without an event in the request, the spec's example is sent.
    assert!(matches!(callback.event, WebhookEvent::BenefitUsage(_)), "{callback:?}");
    let unknown = json!({"api_app_id": id, "event_type": "moon.rose"});
    assert_error(&mock.post("/mock/callbacks", unknown).await, 4000, "moon.rose");
    let own = json!({"api_app_id": id, "event_type": "moon.rose", "event": {"phase": 1}});
    assert_eq!(data(mock.post("/mock/callbacks", own).await)["received"], true);
}

#[tokio::test]
async fn subscribed_apps_receive_events_about_bots() {
    let mock = Mock::strict().await;
    let receiver = Receiver::start().await;
    let (id, token) = app(&mock, &receiver).await;
    let events = format!("/v1/api_apps/{id}/events");
    let both = json!({"event_types": ["bot.published", "bot.unpublished"]});
    data(mock.post(&events, both.clone()).await);
    data(mock.post("/v1/bot/publish", json!({"bot_id": BOT, "connector_ids": ["1024"]})).await);
    let Some(Delivery::Event(callback)) = receiver.deliveries(2, &token).await.pop() else {
        panic!("no event");
    };
    let WebhookEvent::BotPublished(bot) = callback.event else { panic!("{callback:?}") };
    assert_eq!(bot.bot(), BOT);

    let page = data(mock.get(&format!("{events}?page_size=1")).await);
    assert_eq!(page["items"][0]["event_type"], "bot.published");
    let next = page["next_page_token"].as_str().unwrap();
    let page = data(mock.get(&format!("{events}?page_size=1&page_token={next}")).await);
    assert_eq!(page["items"][0]["event_type"], "bot.unpublished");
    assert_eq!(page["has_more"], false);
    let request = mock.with_json("DELETE", &events, &json!({"event_types": ["bot.published"]}));
    data(json(request.send().await.unwrap()).await);
    assert_eq!(data(mock.get(&events).await)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn callback_apps_are_listed_and_deleted() {
    let mock = Mock::strict().await;
    for body in [
        json!({"app_type": "normal", "name": "One"}),
        json!({"app_type": "connector", "connector_id": "7"}),
        json!({"app_type": "normal", "name": "Two"}),
    ] {
        data(mock.post("/v1/api_apps", body).await);
    }
    for (body, field) in [
        (json!({"app_type": "normal"}), "`name`"),
        (json!({"app_type": "connector"}), "`connector_id`"),
    ] {
        assert_error(&mock.post("/v1/api_apps", body).await, 4000, field);
    }
    let mut names = Vec::new();
    let mut token = String::new();
    for _ in 0..3 {
        let page = data(mock.get(&format!("/v1/api_apps?page_size=1&page_token={token}")).await);
        names.push(page["items"][0]["name"].as_str().unwrap().to_owned());
        page["next_page_token"].as_str().unwrap().clone_into(&mut token);
        assert_eq!(page["has_more"], names.len() < 3);
    }
    assert_eq!(names, ["One", "Channel 7", "Two"]);
    let connectors = data(mock.get("/v1/api_apps?app_type=connector").await);
    assert_eq!(connectors["items"].as_array().unwrap().len(), 1);
    assert_eq!(connectors["items"][0]["connector_id"], "7");
    let id = connectors["items"][0]["id"].as_str().unwrap().to_owned();
    data(mock.delete(&format!("/v1/api_apps/{id}")).await);
    assert_error(&mock.delete(&format!("/v1/api_apps/{id}")).await, 4200, &id);
}
