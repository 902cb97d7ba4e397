//! Counts requests, retries, errors, durations and bytes, and prints them as Prometheus reads them.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example metrics -- BOT_ID
//! ```
//!
//! With the crate `metrics`, write `counter!(…).increment(…)` and `histogram!(…).record(…)` in
//! place of the map.

mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use coze_api::Message;
use coze_api::observe::{AttemptReport, CallReport, Observer};

/// The values of all counters, by name and labels. The labels have few values, as they should.
#[derive(Clone, Default)]
struct Metrics(Arc<Mutex<BTreeMap<String, f64>>>);

impl Metrics {
    fn add(&self, name: &str, labels: &str, value: f64) {
        if let Ok(mut counters) = self.0.lock() {
            *counters.entry(format!("coze_{name}{{{labels}}}")).or_default() += value;
        }
    }

    fn print(&self) {
        let Ok(counters) = self.0.lock() else { return };
        for (name, value) in &*counters {
            println!("{name} {value}");
        }
    }
}

impl Observer for Metrics {
    fn attempt_ended(&self, attempt: &AttemptReport<'_>) {
        if attempt.retry_delay().is_some() {
            self.add("retries_total", &format!("operation=\"{}\"", attempt.operation()), 1.0);
        }
    }

    fn call_ended(&self, call: &CallReport<'_>) {
        let operation = format!("operation=\"{}\"", call.operation());
        self.add("calls_total", &format!("{operation},outcome=\"{}\"", call.outcome()), 1.0);
        self.add("call_seconds_sum", &operation, call.elapsed().as_secs_f64());
        self.add("received_bytes_total", &operation, bytes(call.bytes_received()));
        if let Some(error) = call.error() {
            // The kind of an error has few values; its message does not.
            let labels = format!("{operation},kind=\"{:?}\"", error.kind());
            self.add("errors_total", &labels, 1.0);
        }
    }
}

/// Metrics are floating-point numbers.
#[allow(clippy::cast_precision_loss, reason = "a counter of bytes may be inexact")]
fn bytes(count: u64) -> f64 {
    count as f64
}

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let metrics = Metrics::default();
    let coze = support::client().await?.with_observer(metrics.clone());
    let bot_id = support::argument(1, "BOT_ID")?;

    let chat = coze.chat().create(bot_id, "metrics").message(Message::user("Hello!"));
    let mut events = chat.stream().await?;
    while let Some(event) = events.next().await {
        event?;
    }
    if let Err(error) = coze.bots().retrieve("1").await {
        eprintln!("as expected: {error}");
    }
    metrics.print();
    Ok(())
}
