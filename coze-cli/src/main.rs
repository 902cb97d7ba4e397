//! `coze`: Coze on the command line.

mod backend;
mod cli;
mod commands;
mod engine;
mod failure;
mod json;
mod output;
mod playground;
mod profile;
mod reading;
mod samples;
mod words;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let (cli, matches) = cli::read(std::env::args_os());
    match commands::run(cli, &matches).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
