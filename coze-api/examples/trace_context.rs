//! Sends the trace context of OpenTelemetry with every request, and reports requests as spans.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example trace_context -- BOT_ID
//! ```
//!
//! An interceptor adds the header `traceparent`, so that a gateway in front of the API can connect
//! its spans with those of this program. To export this crate's own spans too, install the layer of
//! `tracing-opentelemetry`: they are `tracing` spans with the fields that it understands.

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::middleware::PendingRequest;
use coze_api::reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Injector, TextMapPropagator as _};
use opentelemetry::trace::{
    FutureExt as _, TraceContextExt as _, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    // It runs in the task of the call, where the context of the call is current.
    let add_context = |request: &mut PendingRequest<'_>| {
        TraceContextPropagator::new().inject(&mut Headers(request.headers_mut()));
        println!("{}: {:?}", request.operation(), request.headers().get("traceparent"));
        Ok(())
    };
    let coze = support::client().await?.with_interceptor(add_context);
    let bot_id = support::argument(1, "BOT_ID")?;

    // A real program adds an exporter to the provider.
    let tracer = SdkTracerProvider::builder().build().tracer("trace_context");
    let context = Context::current_with_span(tracer.start("look at a bot"));
    context.span().set_attribute(KeyValue::new("bot_id", bot_id.clone()));
    let bot = coze.bots().retrieve(bot_id).send().with_context(context.clone()).await?;
    println!("{} in trace {}", bot.name, context.span().span_context().trace_id());
    context.span().end();
    Ok(())
}

/// The headers as OpenTelemetry writes them.
struct Headers<'a>(&'a mut HeaderMap);

impl Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = HeaderName::try_from(key);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}
