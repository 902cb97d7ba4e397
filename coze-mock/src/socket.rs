//! WebSockets for behaviors.

use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use futures_util::SinkExt as _;
use serde_json::Value;

use crate::connection::{Control, Cut};

/// A WebSocket that speaks JSON in text frames.
pub struct Socket {
    inner: WebSocket,
    control: Arc<Control>,
    /// The kind of cut, and the number of frames before it.
    fault: Option<(Cut, u64)>,
    sent: u64,
    log_id: String,
}

/// A frame from the client.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// A text frame that is JSON.
    Json(Value),
    /// A text frame that is not JSON.
    Text(String),
    /// A binary frame.
    Binary(Bytes),
    /// The closing handshake, with its code and reason.
    Close(Option<(u16, String)>),
}

impl Socket {
    pub(crate) fn new(
        inner: WebSocket,
        control: Arc<Control>,
        fault: Option<(Cut, u64)>,
        log_id: String,
    ) -> Self {
        Self { inner, control, fault, sent: 0, log_id }
    }

    /// Returns the log id of the handshake response.
    pub fn log_id(&self) -> &str {
        &self.log_id
    }

    /// Waits for the next frame and answers pings. Returns `None` once the connection is gone.
    pub async fn next(&mut self) -> Option<Incoming> {
        loop {
            return Some(match self.inner.recv().await?.ok()? {
                Message::Text(text) => match serde_json::from_str(&text) {
                    Ok(value) => Incoming::Json(value),
                    Err(_) => Incoming::Text(text.to_string()),
                },
                Message::Binary(bytes) => Incoming::Binary(bytes),
                Message::Close(frame) => {
                    let reason = |frame: CloseFrame| (frame.code, frame.reason.to_string());
                    Incoming::Close(frame.map(reason))
                }
                Message::Ping(_) | Message::Pong(_) => continue,
            });
        }
    }

    /// Waits for the next JSON frame and skips other frames. Returns `None` once the connection is
    /// gone or closed.
    pub async fn json(&mut self) -> Option<Value> {
        loop {
            match self.next().await? {
                Incoming::Json(value) => return Some(value),
                Incoming::Close(_) => return None,
                Incoming::Text(_) | Incoming::Binary(_) => {}
            }
        }
    }

    /// Sends a JSON frame. Returns `false` if the connection is gone.
    pub async fn send(&mut self, frame: &Value) -> bool {
        self.send_text(frame.to_string()).await
    }

    /// Sends a text frame. Returns `false` if the connection is gone.
    pub async fn send_text(&mut self, text: impl Into<String>) -> bool {
        self.send_message(Message::Text(text.into().into())).await
    }

    /// Sends a binary frame. Returns `false` if the connection is gone.
    pub async fn send_binary(&mut self, bytes: impl Into<Bytes>) -> bool {
        self.send_message(Message::Binary(bytes.into())).await
    }

    /// Starts the closing handshake and waits for its end.
    pub async fn close(mut self, code: u16, reason: &str) {
        let frame = CloseFrame { code, reason: reason.into() };
        if self.send_message(Message::Close(Some(frame))).await {
            while let Some(Ok(_)) = self.inner.recv().await {}
        }
    }

    async fn send_message(&mut self, message: Message) -> bool {
        if let Some((cut, after)) = self.fault
            && self.sent >= after
        {
            if cut == Cut::Hang {
                std::future::pending::<()>().await;
            }
            self.control.arm(cut);
            // A cut takes effect on flush.
            let _ = self.inner.flush().await;
            return false;
        }
        self.sent += 1;
        self.inner.send(message).await.is_ok()
    }
}
