//! Callbacks, from the subscription of an app to a verified delivery and a refused one.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use coze_api::ApiAppEventType;
use coze_api::api_apps::ApiAppType;
use coze_api::webhook::{Delivery, Verifier, WebhookEvent, WebhookResponse};
use coze_tests::mock;
use futures_util::TryStreamExt as _;
use http::HeaderMap;
use serde_json::json;

/// The state of a program that receives callbacks.
#[derive(Clone)]
struct Seen {
    verifier: Verifier,
    events: Arc<Mutex<Vec<(String, WebhookEvent)>>>,
    rejected: Arc<Mutex<u32>>,
}

async fn receive(State(seen): State<Seen>, headers: HeaderMap, body: Bytes) -> Response {
    match seen.verifier.verify(&headers, &body) {
        Ok(Delivery::Challenge(challenge)) => challenge.response().into_response(),
        Ok(Delivery::Event(callback)) => {
            let event = (callback.header.event_id, callback.event);
            seen.events.lock().unwrap().push(event);
            WebhookResponse::ok().into_response()
        }
        Err(error) => {
            *seen.rejected.lock().unwrap() += 1;
            error.response().into_response()
        }
    }
}

async fn receiver(token: &str) -> (String, Seen) {
    let seen = Seen {
        verifier: Verifier::new(token.to_owned()).unwrap(),
        events: Arc::default(),
        rejected: Arc::default(),
    };
    let app = Router::new().route("/coze", post(receive)).with_state(seen.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/coze", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, seen)
}

#[tokio::test]
async fn an_event_is_subscribed_to_delivered_and_verified() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let apps = coze.api_apps();
    let app = apps.create(ApiAppType::Normal).name("Ledger").await.unwrap();
    let (url, seen) = receiver(app.verify_token.expose()).await;
    // The URL receives a challenge before it is accepted.
    apps.update(&app.id).callback_url(&url).await.unwrap();
    apps.events().create(&app.id, [ApiAppEventType::BotPublished]).await.unwrap();
    let events: Vec<_> = apps.events().list(&app.id).items().try_collect().await.unwrap();
    assert_eq!(events.len(), 1);

    let event = json!({"user_id_str": "1", "bot_id_str": "2", "bot_name": "Guide"});
    let delivered = server.deliver(&app.id, "bot.published", event).await.unwrap();
    assert!(delivered.is_received(), "{delivered:?}");
    let events = std::mem::take(&mut *seen.events.lock().unwrap());
    let [(id, WebhookEvent::BotPublished(published))] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!((id, &*published.bot_name), (&delivered.event_id, "Guide"));

    // A signature with another token is refused.
    let other = apps.create(ApiAppType::Normal).name("Other").await.unwrap();
    let refused = apps.update(&other.id).callback_url(&url).await.unwrap_err();
    assert!(refused.is_api(), "{refused:?}");
    assert_eq!(*seen.rejected.lock().unwrap(), 1);
    assert!(seen.events.lock().unwrap().is_empty());

    apps.events().delete(&app.id, [ApiAppEventType::BotPublished]).await.unwrap();
    let events: Vec<_> = apps.events().list(&app.id).items().try_collect().await.unwrap();
    assert!(events.is_empty());
    apps.delete(&app.id).await.unwrap();
    assert!(server.deliver(&app.id, "bot.published", json!({})).await.is_err());
}
