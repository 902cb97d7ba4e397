//! Notifications about the text that a tool writes.

use std::time::{Duration, Instant};

use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext, RoleServer};

/// The least time between two notifications, as bots write many short pieces.
const INTERVAL: Duration = Duration::from_millis(100);

/// Tells the client of a call how its result grows, if it has asked for that.
pub(super) struct Progress {
    client: Option<(Peer<RoleServer>, ProgressToken)>,
    /// The number of characters that were written.
    written: u32,
    /// The text since the last notification.
    pending: String,
    notified: Option<Instant>,
}

impl Progress {
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Self {
        let token = context.meta.get_progress_token();
        Self {
            client: token.map(|token| (context.peer.clone(), token)),
            written: 0,
            pending: String::new(),
            notified: None,
        }
    }

    /// Adds a piece of text, and notifies the client unless it was notified just now.
    pub(super) async fn add(&mut self, text: &str) {
        if self.client.is_none() || text.is_empty() {
            return;
        }
        self.pending.push_str(text);
        if self.notified.is_none_or(|notified| notified.elapsed() >= INTERVAL) {
            self.notify().await;
        }
    }

    /// Notifies the client of the rest of the text.
    pub(super) async fn end(&mut self) {
        if !self.pending.is_empty() {
            self.notify().await;
        }
    }

    async fn notify(&mut self) {
        let Some((client, token)) = &self.client else { return };
        let text = std::mem::take(&mut self.pending);
        let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        self.written = self.written.saturating_add(length);
        self.notified = Some(Instant::now());
        let progress = ProgressNotificationParam::new(token.clone(), self.written.into());
        // A client that is gone gets no result either.
        client.notify_progress(progress.with_message(text)).await.ok();
    }
}
