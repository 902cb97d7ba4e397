//! `coze mcp`: operations, bots and workflows as tools of an agent.

use std::net::SocketAddr;

use coze_serve::mcp::Server;

use super::serve;
use crate::backend::{Backend, BackendArgs};
use crate::cli::McpArgs;
use crate::failure::{CommandResult, Failure};
use crate::language::{self, say, text};
use crate::{output, server};

pub(super) async fn run(args: McpArgs, backend: &BackendArgs) -> CommandResult {
    let keys = serve::keys(&args.api_key);
    if args.http.is_some() {
        serve::check_access(args.host, &keys)?;
    }
    let Backend { client, mock: _mock } = backend.open().await?;
    let mut builder = Server::builder(client).user_id(args.user);
    for pattern in args.operations {
        builder = builder.operations(pattern);
    }
    for id in args.bot {
        builder = builder.bot(id);
    }
    for id in args.workflow {
        builder = builder.workflow(id);
    }
    if args.allow_changes {
        builder = builder.allow_changes();
    }
    if language::is_chinese() {
        builder = builder.in_chinese();
    }
    for key in keys {
        builder = builder.api_key(key);
    }
    let tool_server = builder.build().await?;
    let label = text("mcp", "MCP");
    let count = tool_server.tools().count();
    let tools = say!("{count} tools", "{count} 个工具");
    let Some(port) = args.http else {
        // Standard output belongs to the protocol.
        output::note(label, &tools)?;
        return tool_server.serve_stdio().await.map_err(Failure::local);
    };
    let (listener, url) = serve::listen(SocketAddr::new(args.host, port)).await?;
    let stopped = server::shutdown_signal();
    output::line(&format!("{url}/mcp"))?;
    let stop = text("Ctrl-C stops it", "按 Ctrl-C 停止");
    output::note(label, &say!("{tools}; {stop}", "{tools}；{stop}"))?;
    server::serve_until(listener, tool_server.router(), stopped).await;
    Ok(())
}
