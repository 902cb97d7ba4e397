//! `coze playground`: serves the API Playground locally.

use std::io::IsTerminal as _;

use crate::backend::BackendArgs;
use crate::cli::PlaygroundArgs;
use crate::failure::CommandResult;
use crate::language::say;
use crate::output;
use crate::playground::{Playground, Source};

pub(super) async fn run(args: &PlaygroundArgs, backend: &BackendArgs) -> CommandResult {
    let source = Source::of(backend)?;
    let playground = Playground::bind(args.port, backend, source.clone()).await?;
    output::line(playground.url())?;
    let url = playground.base_url();
    output::status(&match source {
        Source::Mock => say!(
            "The playground calls a mock, which needs no account. Ctrl-C stops it.",
            "Playground 调用本地 Mock，无需账号。按 Ctrl-C 停止。",
        ),
        Source::Environment | Source::Entered => say!(
            "The playground calls {url}. Ctrl-C stops it.",
            "Playground 调用 {url}。按 Ctrl-C 停止。",
        ),
        Source::Profile(name) => say!(
            "The playground calls {url} with profile `{name}`. Ctrl-C stops it.",
            "Playground 使用账号配置 `{name}` 调用 {url}。按 Ctrl-C 停止。",
        ),
    });
    // Scripts read the URL from a pipe, and open it themselves.
    if !args.no_browser && std::io::stdout().is_terminal() {
        // The printed URL can be opened by hand.
        let _ = open::that_detached(playground.one_time_url());
    }
    playground.serve().await
}
