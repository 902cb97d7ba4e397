//! Records of requests and their outcomes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;
use tokio::sync::watch;

/// A request and its outcome.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// Its number, from 0.
    pub number: u64,
    /// The number of its connection, from 0.
    pub connection: u64,
    /// Its method.
    pub method: Method,
    /// Its path, as received.
    pub path: String,
    /// Its query, as received.
    pub query: Option<String>,
    /// Its headers. `Debug` does not show the token.
    pub headers: HeaderMap,
    /// The beginning of its body, up to
    /// [`MockServerBuilder::keep_bodies`](crate::MockServerBuilder::keep_bodies).
    pub body: Bytes,
    /// The number of bytes of the body that have arrived.
    pub body_length: u64,
    /// The operation that it addressed.
    pub operation: Option<String>,
    /// The fault that applied to it.
    pub fault: Option<String>,
    /// The log id of the reply.
    pub log_id: String,
    /// The status of the reply, once there is one.
    pub status: Option<u16>,
    /// The code in the envelope of the reply.
    pub code: Option<i64>,
    /// The number of bytes of the response body that have been handed to the connection.
    pub sent: u64,
    /// The time until the response head was ready.
    pub elapsed: Duration,
    /// The end of the exchange; `None` while it is in progress.
    pub end: Option<End>,
}

/// The end of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The reply was sent completely.
    Whole,
    /// A fault cut it off.
    Cut,
    /// The client went away.
    Dropped,
}

impl RecordedRequest {
    /// Method and path, for example `GET /v1/bots`.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// A header as text; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON; null if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// A function that is called with every request once its response is ready.
pub(crate) type Listener = Arc<dyn Fn(&RecordedRequest) + Send + Sync>;

/// The most recent requests.
#[derive(Clone)]
pub(crate) struct Records {
    all: Arc<watch::Sender<History>>,
    keep: usize,
    notify: Option<Listener>,
}

#[derive(Default)]
pub(crate) struct History {
    /// The number of all requests so far.
    pub(crate) count: u64,
    pub(crate) records: VecDeque<RecordedRequest>,
}

impl History {
    fn get_mut(&mut self, number: u64) -> Option<&mut RecordedRequest> {
        let first = self.records.front()?.number;
        let index = usize::try_from(number.checked_sub(first)?).ok()?;
        self.records.get_mut(index)
    }
}

impl Records {
    pub(crate) fn new(keep: usize, notify: Option<Listener>) -> Self {
        let (all, _) = watch::channel(History::default());
        Self { all: Arc::new(all), keep, notify }
    }

    pub(crate) fn watch(&self) -> watch::Receiver<History> {
        self.all.subscribe()
    }

    pub(crate) fn clear(&self) {
        self.all.send_modify(|kept| kept.records.clear());
    }

    /// Records a request whose head has arrived.
    pub(crate) fn arrive(&self, mut record: RecordedRequest) -> Ticket {
        let mut number = 0;
        self.all.send_modify(|kept| {
            number = kept.count;
            record.number = number;
            kept.count += 1;
            kept.records.push_back(record);
            while kept.records.len() > self.keep.max(1) {
                kept.records.pop_front();
            }
        });
        Ticket { records: self.clone(), number, since: Instant::now(), ended: false, sent: 0 }
    }
}

/// Records the outcome of a request. If it is dropped before the end, it records that the client
/// went away.
pub(crate) struct Ticket {
    records: Records,
    number: u64,
    since: Instant,
    ended: bool,
    sent: u64,
}

impl Ticket {
    pub(crate) fn update(&self, change: impl FnOnce(&mut RecordedRequest)) {
        self.records.all.send_modify(|kept| {
            if let Some(record) = kept.get_mut(self.number) {
                change(record);
            }
        });
    }

    /// Records the head of the response.
    pub(crate) fn answered(&self, status: u16, code: Option<i64>) {
        let elapsed = self.since.elapsed();
        let mut noted = None;
        self.update(|record| {
            record.status = Some(status);
            record.code = code;
            record.elapsed = elapsed;
            noted = Some(record.clone());
        });
        if let (Some(notify), Some(record)) = (&self.records.notify, noted) {
            notify(&record);
        }
    }

    /// Counts sent bytes. The sum is recorded when the exchange ends.
    pub(crate) fn sent(&mut self, sent: u64) {
        self.sent = sent;
    }

    pub(crate) fn whole(&mut self) {
        self.end(End::Whole);
    }

    pub(crate) fn cut(&mut self) {
        self.end(End::Cut);
    }

    fn end(&mut self, end: End) {
        if !std::mem::replace(&mut self.ended, true) {
            let sent = self.sent;
            self.update(|record| {
                record.end = Some(end);
                record.sent = sent;
            });
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.end(End::Dropped);
    }
}
