//! `coze mock`: serves a mock of the API locally.

use coze_api::Platform;
use coze_mock::state::{BOT, WORKFLOW, WORKSPACE};
use coze_mock::{Fault, FaultError, MockServer, RecordedRequest};

use crate::backend::mock_platform;
use crate::cli::MockArgs;
use crate::failure::{CommandResult, Failure};
use crate::language::{say, text};
use crate::{output, server};

pub(super) async fn run(args: MockArgs, platform: Platform) -> CommandResult {
    let builder = MockServer::builder().port(args.port).examples(!args.strict);
    let mut builder = builder.platform(mock_platform(platform));
    for fault in &args.fault {
        let fault: Fault = fault.parse().map_err(|error| invalid_fault(fault, &error))?;
        builder = builder.fault(fault);
    }
    let server = builder.on_exchange(print).start().await;
    let address = format!("127.0.0.1:{}", args.port);
    let server = server.map_err(|error| Failure::cannot_listen(&address, &error))?;
    let stop = server::shutdown_signal();
    output::line(&server.base_url())?;
    let use_it = say!(
        "to use it, set COZE_API_BASE={} COZE_API_TOKEN=pat_any; Ctrl-C stops it",
        "使用方法：设置 COZE_API_BASE={} COZE_API_TOKEN=pat_any；按 Ctrl-C 停止",
        server.base_url(),
    );
    let content = say!(
        "it has workspace {WORKSPACE}, bot {BOT} and workflow {WORKFLOW}",
        "其中有工作空间 {WORKSPACE}、智能体 {BOT} 和工作流 {WORKFLOW}",
    );
    for note in [use_it, content] {
        output::note("mock", &note)?;
    }
    stop.await;
    Ok(())
}

/// The directives of faults.
const DIRECTIVES: &str = "\
status=CODE, code=CODE, html, retry-after=SECONDS, expired-token, latency=250ms, reset, close, \
hang, truncate=50%, dribble=BYTES/20ms, huge=16MiB, empty, events=none, events=error, \
events=error-completed; operation=bots.*, skip=N, times=N, chance=0.1";

/// Returns the failure for a fault that the mock does not know, with those that it knows.
fn invalid_fault(fault: &str, error: &FaultError) -> Failure {
    Failure::Usage(say!(
        "{error}\n  the directives, separated by `;`, are {DIRECTIVES}",
        "故障 `{fault}` 无效\n  可用的指令（以 `;` 分隔）：{DIRECTIVES}",
    ))
}

/// Prints a line such as `GET /v1/bots → 200 bots.list`.
fn print(request: &RecordedRequest) {
    let status = request.status.unwrap_or_default();
    let code = request.code.filter(|code| *code != 0);
    let code = code.map_or_else(String::new, |code| format!(" ({code})"));
    let operation = request.operation.as_deref();
    let operation = operation.unwrap_or_else(|| text("unknown operation", "未知接口"));
    // Serving goes on if nothing reads the lines anymore.
    let _ = output::line(&format!("{} → {status}{code} {operation}", request.line()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listed_directives_are_valid() {
        for directive in DIRECTIVES.split([',', ';']).map(str::trim) {
            let example = directive
                .replace("SECONDS", "1")
                .replace("BYTES", "7")
                .replace("CODE", "500")
                .replace("=N", "=2");
            assert!(example.parse::<Fault>().is_ok(), "{directive}");
        }
    }
}
