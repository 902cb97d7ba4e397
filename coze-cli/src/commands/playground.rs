//! `coze playground`: the API Playground on this machine.

use crate::backend::{Backend, BackendArgs};
use crate::cli::PlaygroundArgs;
use crate::failure::CommandResult;
use crate::output;
use crate::playground::Playground;

pub(super) async fn run(args: &PlaygroundArgs, backend: &BackendArgs) -> CommandResult {
    // The mock, unless a profile is named: it works without an account, and changes nothing.
    let opened = match &backend.profile {
        Some(_) => backend.open().await?,
        None => Backend::mock().await?,
    };
    let playground = Playground::bind(args.port, opened, backend.profile.clone()).await?;
    output::line(playground.url())?;
    playground.serve().await
}
