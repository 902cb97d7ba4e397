//! `coze`: Coze on the command line.

mod backend;
mod cli;
mod commands;
mod engine;
mod failure;
mod generated {
    // Printed by prettyplease, which breaks calls inside arguments otherwise than rustfmt does.
    #[rustfmt::skip]
    pub(crate) mod dispatch;
}
mod operations;
mod output;
mod playground;
mod profile;
mod samples;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let (cli, matches) = cli::read(std::env::args_os());
    match commands::run(cli, &matches).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
