//! The API that commands talk to: the mock in this process or a real server.

use coze_api::{Client, Platform};
use coze_mock::MockServer;
use serde::{Deserialize, Serialize};

use crate::cli::HEADING;
use crate::failure::Failure;
use crate::profile::{self, Target};

/// Options that choose the API.
#[allow(clippy::doc_markdown, reason = "help texts are not Markdown")]
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct BackendArgs {
    /// The profile to use (see `coze auth`) [default: COZE_PROFILE, COZE_API_TOKEN, or the current
    /// profile]
    #[arg(long, global = true, value_name = "NAME", help_heading = HEADING)]
    pub(crate) profile: Option<String>,
    /// Use a mock of the API in this process; no account is needed
    #[arg(long, global = true, conflicts_with = "profile", help_heading = HEADING)]
    pub(crate) mock: bool,
    /// The base URL of the API, such as `https://api.coze.com`
    #[arg(long, global = true, value_name = "URL", env = "COZE_API_BASE", help_heading = HEADING)]
    pub(crate) base_url: Option<String>,
    /// The platform that serves the API [default: that of the profile, or cloud]
    #[arg(long, global = true, value_enum, env = "COZE_API_PLATFORM", help_heading = HEADING)]
    pub(crate) platform: Option<PlatformName>,
}

/// The names of platforms on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PlatformName {
    /// The vendor's cloud; the default
    Cloud,
    /// A self-hosted Coze Studio, by default on port 8888 of this machine
    Studio,
}

impl From<PlatformName> for Platform {
    fn from(name: PlatformName) -> Self {
        match name {
            PlatformName::Cloud => Self::Cloud,
            PlatformName::Studio => Self::Studio,
        }
    }
}

/// Returns the platform that a mock must emulate.
pub(crate) fn mock_platform(platform: Platform) -> coze_mock::Platform {
    match platform {
        Platform::Studio => coze_mock::Platform::Studio,
        _ => coze_mock::Platform::Cloud,
    }
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
            return Backend::mock(self.platform()).await;
        }
        let client = profile::client(self.profile.as_deref(), &self.target()).await?;
        Ok(Backend { client, mock: None })
    }

    /// Opens a backend for a dry run, which needs no login because nothing is sent.
    pub(crate) async fn open_for_dry_run(&self) -> Result<Backend, Failure> {
        if self.mock {
            return Backend::mock(self.platform()).await;
        }
        let client = profile::dry_run_client(self.profile.as_deref(), &self.target())?;
        Ok(Backend { client, mock: None })
    }

    /// Returns the chosen platform; by default that of the profile.
    pub(crate) fn platform(&self) -> Platform {
        let of_profile = || (!self.mock).then(|| profile::platform(self.profile.as_deref()));
        self.platform.map(Platform::from).or_else(|| of_profile()?).unwrap_or_default()
    }

    fn target(&self) -> Target<'_> {
        Target { base_url: self.base_url.as_deref(), platform: self.platform() }
    }
}

impl Backend {
    /// Starts a mock on a free port.
    pub(crate) async fn mock(platform: Platform) -> Result<Self, Failure> {
        let server = MockServer::builder().platform(mock_platform(platform)).start().await?;
        let client = Client::builder().token("pat_mock").base_url(server.base_url());
        let client = client.platform(platform).build()?;
        Ok(Self { client, mock: Some(server) })
    }
}
