//! The configuration of the widget's server.

use std::fmt;
use std::sync::Arc;

use coze_api::Client;
use http::request::Parts;

use crate::agents::Agents;
use crate::limits::Limits;
use crate::users::FindUser;

/// A function that returns the client for a user.
pub(crate) type ClientFor = Arc<dyn Fn(&Client, &str) -> Client + Send + Sync>;

/// The configuration of [`router`](crate::router): who may chat with which bots from which pages.
///
/// ```
/// use coze_widget::{Limits, WidgetOptions};
///
/// let options = WidgetOptions::new()
///     .bot("7342866812345000001")
///     .allow_host("chat.example.com")
///     .allow_origin("https://www.example.com")
///     .users(|request| {
///         // The program's own middleware has checked the login and added the user.
///         request.extensions.get::<String>().cloned()
///     })
///     .limits(Limits::new().chats_per_minute(6));
/// ```
#[derive(Clone, Default)]
pub struct WidgetOptions {
    pub(crate) agents: Agents,
    pub(crate) hosts: Vec<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) users: Option<FindUser>,
    pub(crate) client_for: Option<ClientFor>,
    pub(crate) voice: Option<String>,
    pub(crate) limits: Limits,
}

impl WidgetOptions {
    /// Returns options that allow no bot yet, and visitors without a login.
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows chats with a bot. Calls for other bots are refused.
    pub fn bot(mut self, bot_id: impl Into<String>) -> Self {
        self.agents.bots.push(bot_id.into());
        self
    }

    /// Allows chats with a chatflow of an app.
    pub fn app(mut self, app_id: impl Into<String>, workflow_id: impl Into<String>) -> Self {
        self.agents.apps.push((app_id.into(), workflow_id.into()));
        self
    }

    /// Allows requests to a host name, with any port or with the given one. Names of this machine,
    /// such as `localhost`, are always allowed.
    ///
    /// Other values of `Host` are refused, because a page could reach a server in a private network
    /// through its own host name (DNS rebinding). Behind a proxy, the name is the one that the
    /// proxy sends.
    #[doc(alias = "DNS rebinding")]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into().to_ascii_lowercase());
        self
    }

    /// Allows pages of another origin, such as `https://www.example.com`, to load the widget from
    /// this server. Pages of this server itself are always allowed.
    ///
    /// Browsers send no cookies with these calls. Identify the user by a token of your own, which
    /// the page returns from `onRefreshToken` and the script sends as `Authorization`.
    #[doc(alias = "CORS")]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into().trim_end_matches('/').to_ascii_lowercase());
        self
    }

    /// Sets the function that finds the user of a request. A request without a user is refused with
    /// HTTP 401; the script then calls `onRefreshToken` of the page, and tries again once.
    ///
    /// The function reads what the program's own middleware has added to the extensions, or the
    /// headers: a cookie, or the token of the page in `Authorization`. The platform receives the
    /// id, so it should not identify a person. Each user has conversations of their own.
    ///
    /// By default all visitors are welcome. The script makes up a random key for each browser.
    pub fn users<F>(mut self, find: F) -> Self
    where
        F: Fn(&Parts) -> Option<String> + Send + Sync + 'static,
    {
        self.users = Some(Arc::new(find));
        self
    }

    /// Sets the function that returns the client for a user, given the client of the router and the
    /// id of the user. It is called once for each user, and again when the client was not used for
    /// a long time.
    ///
    /// [`session_tokens`](Self::session_tokens) does this for service apps.
    pub fn client_for<F>(mut self, client: F) -> Self
    where
        F: Fn(&Client, &str) -> Client + Send + Sync + 'static,
    {
        self.client_for = Some(Arc::new(client));
        self
    }

    /// Makes the calls of each user with tokens of a service app that carry the user's id as
    /// `session_name`, so that the platform itself separates conversations and variables of users.
    #[cfg(feature = "jwt")]
    #[cfg_attr(docsrs, doc(cfg(feature = "jwt")))]
    pub fn session_tokens(self, app: coze_api::auth::JwtOAuthApp) -> Self {
        self.client_for(move |client, user| {
            client.with_credentials(app.token().session_name(user).credentials())
        })
    }

    /// Sets the voice that reads replies aloud. Without a voice, the widget has no such button.
    pub fn voice(mut self, voice_id: impl Into<String>) -> Self {
        self.voice = Some(voice_id.into());
        self
    }

    /// Sets the limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl fmt::Debug for WidgetOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WidgetOptions")
            .field("agents", &self.agents)
            .field("hosts", &self.hosts)
            .field("origins", &self.origins)
            .field("voice", &self.voice)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
