//! OAuth apps and their grants.

mod app;
mod key;

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

pub use app::{DEVICE_APP, JWT_APP, OAuthApp, OAuthKind, PKCE_APP, WEB_APP};
pub use key::PublicKey;

use super::{Table, USER};

/// OAuth apps, their grants, and the decisions of users.
pub struct OAuth {
    /// The apps, by client id. Every server has [`WEB_APP`], [`PKCE_APP`], [`DEVICE_APP`] and
    /// [`JWT_APP`].
    pub apps: Table<OAuthApp>,
    /// The user who grants access. Default: [`USER`].
    pub user_id: String,
    /// The decision of a user on the authorization page. Default: grants access at once.
    pub consent: Decision,
    /// The number of polls after which a device is granted access without a user; never if `None`.
    pub grant_after: Option<u32>,
    /// The lifetime of access tokens without a JWT, in seconds. Default: 900.
    pub lifetime: i64,
    /// The lifetime of refresh tokens, in seconds. Default: 30 days.
    pub refresh_lifetime: i64,
    /// The lifetime of a device code, in seconds. Default: 300.
    pub device_lifetime: i64,
    /// The minimum time between two polls of a device, in seconds; faster polls get `slow_down`.
    /// Default: 5.
    pub device_interval: i64,
    /// The devices that want access, by user code.
    pub devices: Table<DeviceLogin>,
    /// All issued tokens, the oldest first.
    pub issued: Vec<IssuedToken>,
    /// The authorization codes.
    pub(crate) codes: HashMap<String, AuthorizationCode>,
    /// The refresh tokens that can still be used.
    pub(crate) refresh_tokens: HashMap<String, RefreshToken>,
    /// The ids of used JWTs, with their expiry times.
    pub(crate) jtis: BTreeMap<String, i64>,
}

/// The decision of a user who is asked for access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decision {
    /// Nothing yet.
    #[default]
    Pending,
    /// Grants it.
    Grant,
    /// Refuses it.
    Refuse,
}

/// A device that wants access.
#[derive(Clone)]
pub struct DeviceLogin {
    /// The code that the user enters.
    pub user_code: String,
    /// The app.
    pub client_id: String,
    /// The workspace to which access is limited; empty for none.
    pub workspace_id: String,
    /// The decision of the user.
    pub decision: Decision,
    /// The number of polls by the device.
    pub polls: u32,
    /// The minimum time between two polls, in seconds.
    pub interval: i64,
    /// The expiry time of the code, in Unix seconds.
    pub expires_at: i64,
    pub(crate) device_code: String,
    pub(crate) polled_at: Option<i64>,
}

/// A token that was issued.
#[derive(Clone, Default)]
pub struct IssuedToken {
    /// The access token.
    pub access_token: String,
    /// The app.
    pub client_id: String,
    /// The grant type, for example `refresh_token`.
    pub grant_type: String,
    /// The user on whose behalf it acts.
    pub user_id: String,
    /// The workspace to which it is limited; empty for none.
    pub workspace_id: String,
    /// The account for which it was requested; empty for the app's own.
    pub account_id: String,
    /// The enterprise for which it was requested; empty for none.
    pub enterprise_id: String,
    /// The requested scope; null for none.
    pub scope: Value,
    /// The claims of the JWT; null if there was none.
    pub claims: Value,
    /// The expiry time, in Unix seconds.
    pub expires_at: i64,
}

/// An authorization code: a user has granted access.
#[derive(Clone)]
pub(crate) struct AuthorizationCode {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) workspace_id: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) expires_at: i64,
}

/// The challenge that the verifier of a code must match.
#[derive(Clone)]
pub(crate) struct Challenge {
    pub(crate) value: String,
    pub(crate) hashed: bool,
}

/// A refresh token.
#[derive(Clone)]
pub(crate) struct RefreshToken {
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) workspace_id: String,
    pub(crate) expires_at: i64,
}

impl OAuth {
    pub(super) fn new() -> Self {
        let mut apps = Table::default();
        for app in OAuthApp::defaults() {
            apps.insert(app.client_id.clone(), app);
        }
        Self {
            apps,
            user_id: USER.to_owned(),
            consent: Decision::Grant,
            grant_after: None,
            lifetime: 900,
            refresh_lifetime: 30 * 86_400,
            device_lifetime: 300,
            device_interval: 5,
            devices: Table::default(),
            issued: Vec::new(),
            codes: HashMap::new(),
            refresh_tokens: HashMap::new(),
            jtis: BTreeMap::new(),
        }
    }

    /// Grants or refuses access to the device with this user code. Returns `false` if no device
    /// waits for it.
    pub fn decide(&mut self, user_code: &str, decision: Decision) -> bool {
        let login = self.devices.get_mut(user_code);
        let login = login.filter(|login| login.decision == Decision::Pending);
        let known = login.is_some();
        if let Some(login) = login {
            login.decision = decision;
        }
        known
    }

    /// Returns `true` if a refresh token can still be used.
    pub fn is_refreshable(&self, refresh_token: &str) -> bool {
        self.refresh_tokens.contains_key(refresh_token)
    }

    /// Revokes a refresh token, as when a user withdraws access.
    pub fn revoke(&mut self, refresh_token: &str) {
        self.refresh_tokens.remove(refresh_token);
    }
}
