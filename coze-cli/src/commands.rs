//! The commands, a file for each.

mod auth;
mod call;
mod chat;
mod mock;
mod ops;
mod playground;
mod publish;
mod voice;
mod workflow;

use clap::ArgMatches;

use crate::cli::{Cli, Commands};
use crate::failure::Done;

/// Runs the command that was asked for.
pub(crate) async fn run(cli: Cli, matches: &ArgMatches) -> Done {
    let Cli { backend, output, command } = cli;
    match command {
        Commands::Ops(args) => ops::run(args, output).await,
        Commands::Call(args) => call::run(args, matches, &backend, output).await,
        Commands::Auth(command) => auth::run(command, &backend).await,
        Commands::Playground(args) => playground::run(&args, &backend).await,
        Commands::Mock(args) => mock::run(args).await,
        Commands::Publish(args) => publish::run(&args, &backend).await,
        Commands::Chat(args) => chat::run(args, &backend).await,
        Commands::Workflow(command) => workflow::run(command, &backend, output).await,
        Commands::Speak(args) => voice::speak(args, &backend).await,
        Commands::Transcribe(args) => voice::transcribe(args, &backend).await,
        Commands::Completions { shell } => {
            let mut command = crate::cli::command(None);
            clap_complete::generate(shell, &mut command, "coze", &mut std::io::stdout());
            Ok(())
        }
    }
}
