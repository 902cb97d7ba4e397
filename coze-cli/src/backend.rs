//! The API that commands talk to: the mock in this process or a real server.

use coze_api::Client;
use coze_mock::MockServer;

use crate::cli::HEADING;
use crate::failure::Failure;
use crate::profile;

/// Options that choose the API.
#[allow(clippy::doc_markdown, reason = "help texts are not Markdown")]
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct BackendArgs {
    /// The profile to use (see `coze auth`) [default: COZE_API_TOKEN, or the profile
    /// `default`]
    #[arg(long, global = true, value_name = "NAME", help_heading = HEADING)]
    pub(crate) profile: Option<String>,
    /// Use a mock of the API in this process; no account is needed
    #[arg(long, global = true, conflicts_with = "profile", help_heading = HEADING)]
    pub(crate) mock: bool,
    /// The base URL of the API, such as `https://api.coze.com`
    #[arg(long, global = true, value_name = "URL", env = "COZE_API_BASE", help_heading = HEADING)]
    pub(crate) base_url: Option<String>,
}

/// A client, with the mock server that it talks to, if any.
pub(crate) struct Backend {
    pub(crate) client: Client,
    pub(crate) mock: Option<MockServer>,
}

impl BackendArgs {
    /// Opens the chosen API.
    pub(crate) async fn open(&self) -> Result<Backend, Failure> {
        if self.mock {
            return Backend::mock().await;
        }
        let client = profile::client(self.profile.as_deref(), self.base_url.as_deref()).await?;
        Ok(Backend { client, mock: None })
    }

    /// Opens a backend for a dry run, which needs no login because nothing is sent.
    pub(crate) async fn open_for_dry_run(&self) -> Result<Backend, Failure> {
        if self.mock {
            return Backend::mock().await;
        }
        let client = profile::dry_run_client(self.profile.as_deref(), self.base_url.as_deref())?;
        Ok(Backend { client, mock: None })
    }
}

impl Backend {
    /// Starts a mock on a free port.
    pub(crate) async fn mock() -> Result<Self, Failure> {
        let server = MockServer::start().await?;
        let client = Client::builder().token("pat_mock").base_url(server.base_url()).build()?;
        Ok(Self { client, mock: Some(server) })
    }
}
