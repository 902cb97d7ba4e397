//! Bots: their drafts and published versions.

use serde_json::{Map, Value};

use super::USER;
use super::workspaces::WORKSPACE;
use crate::error::ApiError;

/// The bot that every server has. It belongs to [`WORKSPACE`] and is published to the API channel.
pub const BOT: &str = "7342866812345000001";

/// The API channel.
pub const API_CONNECTOR: &str = "1024";

/// Bots, the oldest first.
#[derive(Debug)]
pub struct Bots(Vec<Bot>);

/// A bot.
#[derive(Clone, Debug, Default)]
pub struct Bot {
    /// Its id.
    pub id: String,
    /// The workspace that holds it.
    pub workspace_id: String,
    /// The user who owns it.
    pub owner_id: String,
    /// The creation time, in Unix seconds.
    pub created_at: i64,
    /// The time of the last change of its draft, in Unix seconds.
    pub updated_at: i64,
    /// `true` if its draft has unpublished changes.
    pub changed: bool,
    /// Its configuration, as set by `bots.create` and `bots.update`.
    pub draft: Map<String, Value>,
    /// The published versions, oldest first.
    pub releases: Vec<Release>,
    /// The channels on which it is published now.
    pub connectors: Vec<String>,
    /// `true` if several users may edit it.
    pub collaboration: bool,
    /// The users who may edit it, beside its owner.
    pub collaborators: Vec<String>,
}

/// A version that was published.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its number: the time at which it was published, in milliseconds.
    pub version: String,
    /// The publication time, in Unix seconds.
    pub created_at: i64,
    /// The channels to which it was published.
    pub connectors: Vec<String>,
    /// The configuration at that time.
    pub configuration: Map<String, Value>,
}

impl Bot {
    /// A draft in [`WORKSPACE`].
    pub fn new(id: impl Into<String>, name: &str) -> Self {
        let name = [("name".to_owned(), Value::from(name))];
        Self {
            id: id.into(),
            workspace_id: WORKSPACE.to_owned(),
            owner_id: USER.to_owned(),
            changed: true,
            draft: Map::from_iter(name),
            ..Self::default()
        }
    }

    /// Publishes the draft. Version numbers increase even within one millisecond.
    pub fn publish(&mut self, now_ms: i64, connectors: &[&str]) -> &Release {
        let last = self.releases.last().and_then(|release| release.version.parse().ok());
        let version = now_ms.max(last.map_or(0, |last: i64| last + 1));
        for connector in connectors {
            if !self.connectors.iter().any(|known| known == connector) {
                self.connectors.push((*connector).to_owned());
            }
        }
        self.changed = false;
        let release = Release {
            version: version.to_string(),
            created_at: now_ms / 1000,
            connectors: connectors.iter().map(|id| (*id).to_owned()).collect(),
            configuration: self.draft.clone(),
        };
        let index = self.releases.len();
        self.releases.push(release);
        &self.releases[index]
    }

    /// Returns `true` if it is published on any channel.
    pub fn is_published(&self) -> bool {
        !self.connectors.is_empty()
    }

    /// The version that is published now: the last one.
    pub fn released(&self) -> Option<&Release> {
        self.releases.last().filter(|_| self.is_published())
    }
}

impl Bots {
    pub(super) fn new(now: i64) -> Self {
        let mut bot = Bot::new(BOT, "Mock");
        (bot.created_at, bot.updated_at) = (now, now);
        bot.publish(now.saturating_mul(1000), &[API_CONNECTOR]);
        Self(vec![bot])
    }

    /// Adds a bot.
    pub fn insert(&mut self, bot: Bot) {
        self.0.push(bot);
    }

    /// The bot of that id.
    pub fn get(&self, id: &str) -> Option<&Bot> {
        self.0.iter().find(|bot| bot.id == id)
    }

    /// The bot of that id, to change it.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Bot> {
        self.0.iter_mut().find(|bot| bot.id == id)
    }

    /// Removes a bot.
    pub fn remove(&mut self, id: &str) -> Option<Bot> {
        let index = self.0.iter().position(|bot| bot.id == id)?;
        Some(self.0.remove(index))
    }

    /// All bots, the oldest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Bot> {
        self.0.iter()
    }

    /// The bot of that id, or else the error for `bot_id`.
    pub(crate) fn require(&self, id: &str) -> Result<&Bot, ApiError> {
        self.get(id).ok_or_else(|| ApiError::unknown("bot_id", id))
    }
}
