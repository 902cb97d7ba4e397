//! The commands, one file each.

mod api;
mod auth;
mod call;
mod chat;
mod exchange;
mod input;
mod mcp;
mod mock;
mod ops;
mod playground;
mod progress;
mod publish;
mod serve;
mod talk;
mod voice;
mod webhook;
mod widget;
mod workflow;

use clap::ArgMatches;
use serde_json::{Map, Value};

use crate::cli::{Cli, Commands};
use crate::failure::{CommandResult, Failure};
use crate::language::say;

/// Runs a command.
pub(crate) async fn run(cli: Cli, matches: &ArgMatches) -> CommandResult {
    let Cli { backend, output, lang: _, command } = cli;
    match command {
        Commands::Ops(args) => ops::run(args, &backend, output).await,
        Commands::Call(args) => {
            call::run(args, matches, &backend, output.unwrap_or_default()).await
        }
        Commands::Api(args) => api::run(args, &backend, output.unwrap_or_default()).await,
        Commands::Auth(command) => auth::run(command, &backend, output).await,
        Commands::Playground(args) => playground::run(&args, &backend).await,
        Commands::Widget(args) => widget::run(&args, &backend).await,
        Commands::Mock(args) => mock::run(args, backend.platform()).await,
        Commands::Mcp(args) => mcp::run(args, &backend).await,
        Commands::Serve(args) => serve::run(args, &backend).await,
        Commands::Publish(args) => publish::run(&args, &backend, output).await,
        Commands::Chat(args) => chat::run(args, &backend, output).await,
        Commands::Talk(args) => talk::run(args, &backend, output).await,
        Commands::Workflow(command) => workflow::run(command, &backend, output).await,
        Commands::Speak(args) => voice::speak(args, &backend, output).await,
        Commands::Transcribe(args) => voice::transcribe(args, &backend, output).await,
        Commands::Listen(args) => webhook::listen(args, output).await,
        Commands::Trigger(args) => webhook::trigger(args, output).await,
        Commands::Completions { shell } => crate::cli::print_script(shell),
    }
}

/// Parses pairs such as `city=Kunming`, whose values are JSON or text.
fn pairs(option: &str, texts: &[String]) -> Result<Map<String, Value>, Failure> {
    let parsed = texts.iter().map(|text| {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Failure::Usage(say!(
                "{option} takes NAME=VALUE, not `{text}`",
                "{option} 的格式为 NAME=VALUE，不能是 `{text}`",
            ))
        })?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        Ok((name.to_owned(), value))
    });
    parsed.collect()
}
