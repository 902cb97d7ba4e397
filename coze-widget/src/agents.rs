//! The bots and apps that the widget may chat with.

use http::StatusCode;

use crate::reply::Refusal;

/// The allowed bots, and the allowed chatflows of apps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Agents {
    pub(crate) bots: Vec<String>,
    pub(crate) apps: Vec<(String, String)>,
}

impl Agents {
    pub(crate) fn check_bot(&self, bot: &str) -> Result<(), Refusal> {
        allowed(self.bots.iter().any(|known| known == bot))
    }

    pub(crate) fn check_app(&self, app: &str) -> Result<(), Refusal> {
        allowed(self.apps.iter().any(|(known, _)| known == app))
    }

    pub(crate) fn check_workflow(&self, workflow: &str) -> Result<(), Refusal> {
        allowed(self.apps.iter().any(|(_, known)| known == workflow))
    }

    pub(crate) fn check_chatflow(&self, app: &str, workflow: &str) -> Result<(), Refusal> {
        allowed(self.apps.iter().any(|(one, other)| one == app && other == workflow))
    }
}

fn allowed(known: bool) -> Result<(), Refusal> {
    let message = "this server does not allow this bot or app";
    known.then_some(()).ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, message))
}
