//! `coze playground`: serves the API Playground locally.

use crate::backend::{Backend, BackendArgs};
use crate::cli::PlaygroundArgs;
use crate::failure::CommandResult;
use crate::output;
use crate::playground::Playground;

pub(super) async fn run(args: &PlaygroundArgs, backend: &BackendArgs) -> CommandResult {
    // The default is the mock, which needs no account and changes no real data.
    let api = match &backend.profile {
        Some(_) => backend.open().await?,
        None => Backend::mock(backend.platform()).await?,
    };
    let playground = Playground::bind(args.port, api, backend.profile.clone()).await?;
    output::line(playground.url())?;
    playground.serve().await
}
