//! The state that all requests share.

use std::sync::{Mutex, PoisonError};

use coze_api::Client;

use crate::cache::Cache;
use crate::limits::Limiter;
use crate::options::WidgetOptions;
use crate::owners::Owners;
use crate::users::User;

/// The number of users whose clients, with their tokens, are kept.
const KEPT_CLIENTS: usize = 1_000;

/// The state of the router.
pub(crate) struct State {
    client: Client,
    clients: Mutex<Cache<String, Client>>,
    pub(crate) options: WidgetOptions,
    pub(crate) limiter: Limiter,
    pub(crate) owners: Owners,
}

impl State {
    pub(crate) fn new(client: Client, options: WidgetOptions) -> Self {
        Self {
            client,
            clients: Mutex::new(Cache::new(KEPT_CLIENTS)),
            limiter: Limiter::new(options.limits.clone()),
            owners: Owners::default(),
            options,
        }
    }

    /// Returns the client that makes the calls of a user.
    pub(crate) fn client(&self, user: &User) -> Client {
        let Some(client_for) = &self.options.client_for else { return self.client.clone() };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.get_or_insert_with(user.id.clone(), || client_for(&self.client, &user.id)).clone()
    }
}
