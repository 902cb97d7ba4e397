//! Which API is talked to: the mock in this process, or the real one.

use coze_api::Client;
use coze_mock::MockServer;

use crate::cli::HEADING;
use crate::failure::Failure;
use crate::profile;

/// Where requests go.
#[allow(clippy::doc_markdown, reason = "the help is no Markdown")]
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct BackendArgs {
    /// The profile to use (see `coze auth`); by default COZE_API_TOKEN or the profile
    /// `default`
    #[arg(long, global = true, value_name = "NAME", help_heading = HEADING)]
    pub(crate) profile: Option<String>,
    /// Talk to a mock of the API in this process; no account is needed
    #[arg(long, global = true, conflicts_with = "profile", help_heading = HEADING)]
    pub(crate) mock: bool,
    /// The address of the API, as `https://api.coze.com`
    #[arg(long, global = true, value_name = "URL", env = "COZE_API_BASE", help_heading = HEADING)]
    pub(crate) base_url: Option<String>,
}

/// A client, and the mock if it talks to one.
pub(crate) struct Backend {
    pub(crate) client: Client,
    pub(crate) mock: Option<MockServer>,
}

impl BackendArgs {
    pub(crate) async fn open(&self) -> Result<Backend, Failure> {
        if self.mock {
            return Backend::mock().await;
        }
        let client = profile::client(self.profile.as_deref(), self.base_url.as_deref()).await?;
        Ok(Backend { client, mock: None })
    }

    /// A backend to which nothing is sent: nobody has to be logged in.
    pub(crate) async fn unsent(&self) -> Result<Backend, Failure> {
        if self.mock {
            return Backend::mock().await;
        }
        let client = profile::unsent(self.profile.as_deref(), self.base_url.as_deref())?;
        Ok(Backend { client, mock: None })
    }
}

impl Backend {
    /// A mock on a free port.
    pub(crate) async fn mock() -> Result<Self, Failure> {
        let server = MockServer::start().await?;
        let client = Client::builder().token("pat_mock").base_url(server.base_url()).build()?;
        Ok(Self { client, mock: Some(server) })
    }
}
