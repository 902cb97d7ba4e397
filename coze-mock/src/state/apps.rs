//! Low-code apps, folders, and templates of bots.

use super::{Table, USER, WORKSPACE};

/// The channel of the Chat SDK.
const CHAT_SDK_CONNECTOR: &str = "999";

/// The app that every server has. It belongs to [`WORKSPACE`] and is published to the channels API
/// and Chat SDK.
pub const APP: &str = "7448857477636000001";

/// The folder that every server has, in [`WORKSPACE`].
pub const FOLDER: &str = "7523161237887000001";

/// The template that every server has.
pub const TEMPLATE: &str = "7396737158901000001";

/// A low-code app.
#[derive(Clone, Debug, Default)]
pub struct App {
    /// Its id.
    pub id: String,
    /// The workspace that holds it.
    pub workspace_id: String,
    /// The folder that contains it; empty for none.
    pub folder_id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The user who made it.
    pub owner_id: String,
    /// The time of the last change, in Unix seconds.
    pub updated_at: i64,
    /// The time of the last publication, in Unix seconds.
    pub published_at: Option<i64>,
    /// The channels on which it is published.
    pub connectors: Vec<String>,
    /// The users who may edit it, beside its owner.
    pub collaborators: Vec<String>,
}

/// A folder.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// Its id.
    pub id: String,
    /// The workspace that holds it.
    pub workspace_id: String,
    /// The folder that contains it; empty for the root of the workspace.
    pub parent_id: String,
    /// Its name.
    pub name: String,
    /// Its purpose.
    pub description: String,
    /// The user who made it.
    pub creator_id: String,
}

/// A template from which bots are created.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// Its id.
    pub id: String,
    /// The name of bots created from it.
    pub name: String,
    /// The prompt of bots created from it.
    pub prompt: String,
}

pub(super) fn apps(now: i64) -> Table<App> {
    let mut all = Table::default();
    let app = App {
        id: APP.to_owned(),
        workspace_id: WORKSPACE.to_owned(),
        folder_id: FOLDER.to_owned(),
        name: "Mock app".to_owned(),
        description: "An app of the mock.".to_owned(),
        owner_id: USER.to_owned(),
        updated_at: now,
        published_at: Some(now),
        connectors: [super::API_CONNECTOR, CHAT_SDK_CONNECTOR].map(str::to_owned).into(),
        ..App::default()
    };
    all.insert(APP, app);
    all
}

pub(super) fn folders() -> Table<Folder> {
    let mut all = Table::default();
    let folder = Folder {
        id: FOLDER.to_owned(),
        workspace_id: WORKSPACE.to_owned(),
        name: "Mock folder".to_owned(),
        creator_id: USER.to_owned(),
        ..Folder::default()
    };
    all.insert(FOLDER, folder);
    all
}

pub(super) fn templates() -> Table<Template> {
    let mut all = Table::default();
    let template = Template {
        id: TEMPLATE.to_owned(),
        name: "Travel guide".to_owned(),
        prompt: "You know every sight.".to_owned(),
    };
    all.insert(TEMPLATE, template);
    all
}
