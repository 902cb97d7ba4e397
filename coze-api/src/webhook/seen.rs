//! The storage of the events that have arrived.

use std::sync::Arc;

use crate::base::error::Result;
use crate::base::future::BoxFuture;

/// Remembers the events that have arrived, in memory or in a database that several servers share.
///
/// [`Deduplicator`](super::Deduplicator) is the one in memory; the crate `coze-api-redis` has one
/// on Redis. A handler for any of them:
///
/// ```
/// use std::sync::Arc;
///
/// use coze_api::webhook::{Callback, SeenEvents, WebhookResponse};
///
/// async fn receive(callback: Callback, seen: Arc<dyn SeenEvents>) -> WebhookResponse {
///     let id = callback.header.event_id.clone();
///     match seen.insert_event(&id).await {
///         Ok(true) => {}
///         Ok(false) => return WebhookResponse::ok(), // already handled, or in progress
///         Err(error) => eprintln!("event {id} may be handled twice: {error}"),
///     }
///     tokio::spawn(async move {
///         if let Err(error) = handle(callback).await {
///             eprintln!("event {id}: {error}");
///             seen.forget_event(&id).await.ok(); // a later delivery of it will be handled
///         }
///     });
///     WebhookResponse::ok()
/// }
/// # async fn handle(_: Callback) -> Result<(), std::io::Error> { Ok(()) }
/// ```
///
/// Each method must finish well within [`Callback::deadline`](super::Callback::deadline).
pub trait SeenEvents: Send + Sync + 'static {
    /// Remembers an event. Returns `true` if the event is new.
    ///
    /// If several callers insert the same ID at once, exactly one of them gets `true`. An empty ID
    /// identifies no event and is always new.
    ///
    /// After an error, the event may be remembered or not. Handle it nevertheless: if it is
    /// refused, its next delivery may be taken for one that was handled.
    fn insert_event<'a>(&'a self, event_id: &'a str) -> BoxFuture<'a, Result<bool>>;

    /// Forgets an event whose handling failed, so that it is new when it is delivered again.
    /// Returns `true` if the event was remembered.
    fn forget_event<'a>(&'a self, event_id: &'a str) -> BoxFuture<'a, Result<bool>>;
}

impl<T: SeenEvents + ?Sized> SeenEvents for Arc<T> {
    fn insert_event<'a>(&'a self, event_id: &'a str) -> BoxFuture<'a, Result<bool>> {
        T::insert_event(self, event_id)
    }

    fn forget_event<'a>(&'a self, event_id: &'a str) -> BoxFuture<'a, Result<bool>> {
        T::forget_event(self, event_id)
    }
}
