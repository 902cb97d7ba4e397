//! Callbacks: events that Coze posts to your server.
//!
//! Make a callback app ([`api_apps.create`]), enter the address of your server ([`api_apps.update`]) and choose events
//! ([`api_apps.events.create`]). Coze then checks the address and posts every event to it, signed with the token of the
//! app. With axum (feature `webhook-axum`) a handler takes them as they are verified and decoded:
//!
#![cfg_attr(feature = "webhook-axum", doc = "```no_run")]
#![cfg_attr(not(feature = "webhook-axum"), doc = "```ignore")]
//! use axum::Router;
//! use axum::routing::post;
//! use coze_api::webhook::{Answer, Callback, Verifier, WebhookEvent};
//!
//! async fn receive(callback: Callback) -> Answer {
//!     if let WebhookEvent::BotDeleted(bot) = callback.event {
//!         println!("{} is gone", bot.bot_name);
//!     }
//!     Answer::ok()
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
//! Everywhere else give headers and body to [`Verifier::verify`], and send back an [`Answer`]:
//!
//! ```
//! use coze_api::webhook::{Answer, Delivery, Verifier};
//! use http::{Request, Response};
//!
//! fn serve(request: &Request<Vec<u8>>, verifier: &Verifier) -> Response<Vec<u8>> {
//!     match verifier.verify(request.headers(), request.body()) {
//!         Ok(Delivery::Event(callback)) => {
//!             println!("{:?}", callback.event);
//!             Answer::ok().into()
//!         }
//!         Ok(Delivery::Challenge(challenge)) => challenge.answer().into(),
//!         Err(rejected) => rejected.answer().into(),
//!     }
//! }
//! ```
//!
//! What to know about deliveries:
//!
//! - **They are in a hurry.** Coze waits 3 seconds for the answer, 10 for that to `bot.published` ([`Callback::deadline`]).
//!   Answer first and work later.
//! - **They come again** if the answer is late or a failure. [`Deduplicator`] knows them by `event_id`.
//! - **They grow.** Types of events that this version does not know come as [`WebhookEvent::Unknown`].
//! - **One wants more than status 200.** A channel answers `bot.published` with a [`BotPublishedAnswer`], or the bot is not
//!   published.
//!
//! To try a server without Coze, sign deliveries with [`Signer`], as the example `webhook_send` does.
//!
//! Documentation: [订阅回调](https://docs.coze.cn/dev_how_to_guides/add_callback),
//! [接收并处理回调](https://docs.coze.cn/dev_how_to_guides/receive_handle_callbacks).
//!
//! [`api_apps.create`]: crate::api_apps::ApiApps::create
//! [`api_apps.update`]: crate::api_apps::ApiApps::update
//! [`api_apps.events.create`]: crate::api_apps::ApiAppEvents::create

mod answer;
mod deduplicator;
mod delivery;
#[cfg(feature = "webhook-axum")]
mod extract;
mod published;
mod rejected;
mod signature;
#[cfg(test)]
mod tests;
mod verifier;

pub use crate::generated::webhooks::*;
pub use answer::Answer;
pub use deduplicator::Deduplicator;
pub use delivery::{Callback, Challenge, Delivery};
#[cfg(feature = "webhook-axum")]
pub use extract::CallbackRejection;
pub use rejected::Rejected;
pub use signature::Signer;
pub use verifier::Verifier;
