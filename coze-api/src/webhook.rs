//! Webhooks (callbacks): events that Coze posts to your server.
//!
//! Create a callback app ([`api_apps.create`]), set the URL of your server ([`api_apps.update`])
//! and subscribe to events ([`api_apps.events.create`]). Coze then checks the URL with a challenge
//! and posts every event to it, signed with the token of the app. With axum (feature
//! `webhook-axum`), a handler receives events verified and decoded; challenges are answered, and
//! invalid requests refused, without calling it:
//!
#![cfg_attr(feature = "webhook-axum", doc = "```no_run")]
#![cfg_attr(not(feature = "webhook-axum"), doc = "```ignore")]
//! use axum::Router;
//! use axum::routing::post;
//! use coze_api::webhook::{Callback, Verifier, WebhookEvent, WebhookResponse};
//!
//! async fn receive(callback: Callback) -> WebhookResponse {
//!     if let WebhookEvent::BotDeleted(bot) = callback.event {
//!         println!("{} was deleted", bot.bot_name);
//!     }
//!     WebhookResponse::ok()
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let verifier = Verifier::new(std::env::var("COZE_WEBHOOK_TOKEN")?)?;
//! let app = Router::new().route("/coze", post(receive)).with_state(verifier);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! axum::serve(listener, app).await?;
//! # Ok(())
//! # }
//! ```
//!
//! With any other server, pass the headers and the body to [`Verifier::verify`] and send back a
//! [`WebhookResponse`]:
//!
//! ```
//! use coze_api::webhook::{Delivery, Verifier, WebhookResponse};
//! use http::{Request, Response};
//!
//! fn serve(request: &Request<Vec<u8>>, verifier: &Verifier) -> Response<Vec<u8>> {
//!     match verifier.verify(request.headers(), request.body()) {
//!         Ok(Delivery::Event(callback)) => {
//!             println!("{:?}", callback.event);
//!             WebhookResponse::ok().into()
//!         }
//!         Ok(Delivery::Challenge(challenge)) => challenge.response().into(),
//!         Err(error) => error.response().into(),
//!     }
//! }
//! ```
//!
//! # Deliveries
//!
//! - **Respond quickly.** Coze waits 3 seconds for the response, or 10 seconds for
//!   `bot.published` ([`Callback::deadline`]). Respond first and do slow work in a separate task.
//! - **Expect repeats.** Coze delivers an event again if no response arrives in time, or if it is
//!   not a success. [`Deduplicator`] recognizes repeats by their `event_id`. Servers that
//!   share a URL share another [`SeenEvents`].
//! - **Expect new events.** An event type that this version does not know arrives as
//!   [`WebhookEvent::Unknown`].
//! - **Channels respond with a body.** A publishing channel (connector) responds to
//!   `bot.published` with a [`BotPublishedResponse`]; otherwise the bot is not published.
//!
//! To test a server without Coze, sign deliveries with [`Signer`], as the example `webhook_send`
//! does.
//!
//! Documentation: [订阅回调](https://docs.coze.cn/dev_how_to_guides/add_callback),
//! [接收并处理回调](https://docs.coze.cn/dev_how_to_guides/receive_handle_callbacks).
//!
//! [`api_apps.create`]: crate::api_apps::ApiApps::create
//! [`api_apps.update`]: crate::api_apps::ApiApps::update
//! [`api_apps.events.create`]: crate::api_apps::ApiAppEvents::create

mod bot_published;
mod deduplicator;
mod delivery;
mod error;
#[cfg(feature = "webhook-axum")]
mod extract;
mod response;
mod seen;
mod signature;
#[cfg(test)]
mod tests;
mod verifier;

pub use crate::generated::webhooks::*;
pub use deduplicator::Deduplicator;
pub use delivery::{Callback, Challenge, Delivery};
pub use error::VerifyError;
#[cfg(feature = "webhook-axum")]
pub use extract::CallbackRejection;
pub use response::WebhookResponse;
pub use seen::SeenEvents;
pub use signature::Signer;
pub use verifier::Verifier;
