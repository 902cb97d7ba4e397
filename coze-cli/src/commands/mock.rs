//! `coze mock`: serves a mock of the API locally.

use coze_api::Platform;
use coze_mock::state::{BOT, WORKFLOW, WORKSPACE};
use coze_mock::{Fault, MockServer, RecordedRequest};

use crate::backend::mock_platform;
use crate::cli::MockArgs;
use crate::failure::{CommandResult, Failure};
use crate::output;

pub(super) async fn run(args: MockArgs, platform: Platform) -> CommandResult {
    let builder = MockServer::builder().port(args.port).examples(!args.strict);
    let mut builder = builder.platform(mock_platform(platform));
    for fault in &args.fault {
        let fault: Fault = fault.parse().map_err(|error| Failure::Usage(format!("{error}")))?;
        builder = builder.fault(fault);
    }
    let server = builder.on_exchange(print).start().await?;
    output::line(&server.base_url())?;
    let hint = format!(
        "to use it, set COZE_API_BASE={} COZE_API_TOKEN=pat_any; Ctrl-C stops it",
        server.base_url()
    );
    output::note("mock", &hint)?;
    output::note(
        "mock",
        &format!("it has workspace {WORKSPACE}, bot {BOT} and workflow {WORKFLOW}"),
    )?;
    Ok(tokio::signal::ctrl_c().await?)
}

/// Prints a line such as `GET /v1/bots → 200 bots.list`.
fn print(request: &RecordedRequest) {
    let status = request.status.unwrap_or_default();
    let code = request.code.filter(|code| *code != 0);
    let code = code.map_or_else(String::new, |code| format!(" ({code})"));
    let operation = request.operation.as_deref().unwrap_or("unknown operation");
    // Serving goes on if nothing reads the lines anymore.
    let _ = output::line(&format!("{} → {status}{code} {operation}", request.line()));
}
