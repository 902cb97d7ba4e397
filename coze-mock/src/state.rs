//! The state of the server: one module per resource, all in memory.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use coze_spec::model::Platform;

mod api_apps;
mod apps;
mod bots;
mod chats;
mod clock;
mod commerce;
mod connectors;
mod conversations;
mod copies;
mod databases;
mod datasets;
mod enterprises;
mod files;
mod ids;
mod oauth;
mod plugins;
mod table;
mod variables;
mod voices;
mod workflows;
mod workspaces;

pub use api_apps::ApiApp;
pub use apps::{APP, App, FOLDER, Folder, TEMPLATE, Template};
pub use bots::{API_CONNECTOR, BOT, Bot, Bots, Release};
pub use chats::{Chat, ChatStatus, Chats, ToolCall};
pub use clock::Clock;
pub use commerce::BillTask;
pub use connectors::Connector;
pub use conversations::{Conversation, Conversations, Message};
pub use copies::CopyTask;
pub use databases::{Database, DatabaseField, DatabaseRecord, DatabaseTask, FieldKind};
pub(crate) use databases::{Filter, Query, Reach, RecordRequest};
pub use datasets::{Dataset, Document, Progress};
pub use enterprises::{ENTERPRISE, Enterprise, ORGANIZATION, Organization, OrganizationMember};
pub use files::{Files, StoredFile};
pub use ids::Ids;
pub(crate) use oauth::{AuthorizationCode, Challenge, RefreshToken};
pub use oauth::{
    DEVICE_APP, Decision, DeviceLogin, IssuedToken, JWT_APP, OAuth, OAuthApp, OAuthKind, PKCE_APP,
    PublicKey, WEB_APP,
};
pub use plugins::{PLUGIN, Plugin, Tool};
pub use table::Table;
pub use variables::{Scope, Variable, Variables};
pub use voices::{Audio, VOICE, Voice, Voiceprint, VoiceprintGroup};
pub use workflows::{
    ASKING_WORKFLOW, CHATFLOW, Interrupt, Node, Output, Run, RunMode, RunStatus, WORKFLOW,
    Workflow, Workflows,
};
pub use workspaces::{Member, WORKSPACE, Workspace, Workspaces};

use crate::auth::Tokens;
use crate::fault::Faults;
use crate::script::Scripts;
use crate::studio;

/// The user on whose behalf tokens act unless they are registered for another user.
pub const USER: &str = "2478774393201234";

/// The state of a server. Behaviors read and change it, and so can tests, with
/// [`MockServer::state`](crate::MockServer::state).
pub struct State {
    /// The generator of new ids.
    pub ids: Ids,
    /// The clock.
    pub clock: Clock,
    /// Random numbers, from the seed of the server.
    pub random: fastrand::Rng,
    /// The registered tokens.
    pub tokens: Tokens,
    /// Workspaces and their members.
    pub workspaces: Workspaces,
    /// Bots, their drafts and their releases.
    pub bots: Bots,
    /// Conversations and their messages.
    pub conversations: Conversations,
    /// Uploaded files.
    pub files: Files,
    /// Chats.
    pub chats: Chats,
    /// The scripts of the assistant.
    pub scripts: Scripts,
    /// Workflows and their runs.
    pub workflows: Workflows,
    /// The transcripts of the next recordings, in order.
    pub transcripts: VecDeque<String>,
    /// Datasets and their documents.
    pub datasets: Table<Dataset>,
    /// Databases and their records.
    pub databases: Table<Database>,
    /// Asynchronous requests to databases.
    pub database_tasks: Table<DatabaseTask>,
    /// User variables.
    pub variables: Variables,
    /// Low-code apps.
    pub apps: Table<App>,
    /// Folders.
    pub folders: Table<Folder>,
    /// Templates from which bots are created.
    pub templates: Table<Template>,
    /// Plugins.
    pub plugins: Table<Plugin>,
    /// Custom channels, by id.
    pub connectors: BTreeMap<String, Connector>,
    /// Copies that are made in the background.
    pub copy_tasks: Table<CopyTask>,
    /// Enterprises.
    pub enterprises: Table<Enterprise>,
    /// Organizations of enterprises.
    pub organizations: Table<Organization>,
    /// Limitations of use, as the API shows them.
    pub limitations: Table<serde_json::Value>,
    /// Tasks that export bills.
    pub bill_tasks: Table<BillTask>,
    /// Voices and voiceprints.
    pub audio: Audio,
    /// Callback apps.
    pub api_apps: Table<ApiApp>,
    /// The maximum wait for the response to a callback. If `None`, that of the platform: 10 seconds
    /// for `bot.published`, 3 seconds for other events.
    pub callback_deadline: Option<Duration>,
    /// OAuth apps, their grants, and the decisions of users.
    pub oauth: OAuth,
    /// The runs in the background of the deployed project, with their inputs.
    pub site_tasks: Table<serde_json::Value>,
    pub(crate) faults: Faults,
    /// The platform that the server behaves as.
    pub(crate) platform: Platform,
}

impl State {
    pub(crate) fn new(seed: u64, clock: Clock, platform: Platform) -> Self {
        let now = clock.now();
        Self {
            ids: Ids::new(seed),
            clock,
            random: fastrand::Rng::with_seed(seed),
            tokens: Tokens::default(),
            workspaces: Workspaces::new(),
            bots: Bots::new(now),
            conversations: Conversations::default(),
            files: Files::default(),
            chats: Chats::default(),
            scripts: Scripts::default(),
            workflows: Workflows::new(now),
            transcripts: VecDeque::new(),
            datasets: Table::default(),
            databases: Table::default(),
            database_tasks: Table::default(),
            variables: Variables::default(),
            apps: apps::apps(now),
            folders: apps::folders(),
            templates: apps::templates(),
            plugins: plugins::plugins(now),
            connectors: BTreeMap::new(),
            copy_tasks: Table::default(),
            enterprises: enterprises::enterprises(),
            organizations: enterprises::organizations(now),
            limitations: Table::default(),
            bill_tasks: Table::default(),
            audio: Audio::new(now),
            api_apps: Table::default(),
            callback_deadline: None,
            oauth: OAuth::new(),
            site_tasks: Table::default(),
            faults: Faults::default(),
            platform,
        }
    }

    /// The current time in Unix seconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// A log id, as the platform forms them: the time, then random digits.
    pub(crate) fn log_id(&mut self) -> String {
        if self.platform == Platform::Studio {
            return studio::uuid(self.random.u128(..));
        }
        let time = clock::compact(self.clock.now());
        let high = self.random.u64(..);
        format!("{time}{high:016X}{:02X}", self.random.u8(..))
    }
}

/// The state, shared with streams and tasks that go on after a behavior has returned.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub(crate) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    /// Reads or changes the state. It is locked while `visit` runs, so `visit` should return
    /// quickly.
    pub fn with<T>(&self, visit: impl FnOnce(&mut State) -> T) -> T {
        visit(&mut self.lock())
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // After a panic in a behavior the state is still readable, because a test may want to see
        // it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
