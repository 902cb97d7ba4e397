//! `coze`: the command line of Coze.

mod annotate;
mod backend;
mod catalog;
mod cli;
mod commands;
mod data;
mod engine;
mod exports;
mod failure;
mod jq;
mod json;
mod language;
mod output;
mod playground;
mod profile;
mod program;
mod recent;
mod samples;
mod secrets;
mod server;
mod widget;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::complete();
    let (cli, matches) = cli::parse(std::env::args_os());
    match commands::run(cli, &matches).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
