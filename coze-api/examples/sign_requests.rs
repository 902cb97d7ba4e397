//! Signs every request for a gateway in front of the API, with a key that it shares.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example sign_requests -- BOT_ID
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use coze_api::BoxFuture;
use coze_api::middleware::{Interceptor, PendingRequest};
use coze_api::observe::OutgoingBody;

/// Adds the time, and an HMAC of the time, the method, the URL and the body.
struct Signer {
    key: Vec<u8>,
}

impl Interceptor for Signer {
    fn intercept<'a>(
        &'a self,
        request: &'a mut PendingRequest<'_>,
    ) -> BoxFuture<'a, Result<(), Box<dyn Error + Send + Sync>>> {
        // A signer that asks a key service would await it here.
        Box::pin(async move {
            let time = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().to_string();
            let mut hmac = hmac_sha256::HMAC::new(&self.key);
            hmac.update(format!("{time}\n{}\n{}\n", request.method(), request.url()));
            // The content of a form is read while it is sent, so it cannot be signed.
            if let OutgoingBody::Json(json) = request.body() {
                hmac.update(&json);
            }
            let signature = STANDARD.encode(hmac.finalize());
            request.set_header("x-gateway-time", &time)?;
            // A name with `signature` marks the value as sensitive, so that no error shows it.
            request.set_header("x-gateway-signature", &signature)?;
            Ok(())
        })
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let key = std::env::var("GATEWAY_KEY").unwrap_or("a shared key".to_owned()).into_bytes();
    let coze = support::client().await?.with_interceptor(Signer { key });
    let bot_id = support::argument(1, "BOT_ID")?;

    let bot = coze.bots().retrieve(bot_id).await?;
    println!("{}: the gateway received a signed request", bot.name);
    Ok(())
}
