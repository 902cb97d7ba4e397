//! The examples of documents that are not programs, within functions that give them context.
//! They are only compiled.

#![allow(dead_code, unused_mut, unused_variables, reason = "examples are not complete programs")]

use std::error::Error;

/// An example of `docs/coze-studio.md`.
fn studio() -> Result<(), Box<dyn Error>> {
    use coze_api::{Client, Platform};

    let coze = Client::builder()
        .platform(Platform::Studio)
        .base_url("http://localhost:8888")
        .token(std::env::var("COZE_API_TOKEN")?)
        .build()?;
    Ok(())
}

/// An example of `coze-api-redis/README.md`.
mod redis_store {
    use coze_api::Client;
    use coze_api::auth::WebOAuthApp;
    use coze_api_redis::{RedisClient, RedisTokenStore};

    async fn greet(app: WebOAuthApp) -> coze_api::Result<()> {
        let redis = RedisClient::open("redis://coze:secret@redis.example.com:6379/0")?;
        let store = RedisTokenStore::new(&redis, "user-42");
        let coze = Client::builder().credentials(app.credentials().with_store(store)).build()?;
        println!("Hello, {}!", coze.users().me().await?.nick_name);
        Ok(())
    }
}

/// An example of `coze-api-redis/README.md`.
mod redis_deduplicator {
    use coze_api::webhook::SeenEvents;
    use coze_api_redis::{RedisClient, RedisDeduplicator};

    async fn receive(event_id: &str) -> coze_api::Result<()> {
        let seen = RedisDeduplicator::new(&RedisClient::open("redis://localhost")?);
        if seen.insert_event(event_id).await? {
            println!("{event_id} is new");
        }
        Ok(())
    }
}
