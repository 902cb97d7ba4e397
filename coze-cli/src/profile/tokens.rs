//! The stores of OAuth tokens. Each app has its own, so that no profile sends the tokens of another
//! app.

use coze_api::auth::{FileTokenStore, OAuthToken, StoreLock, TokenStore};
use coze_api::{BoxFuture, Error, ErrorKind, Result};
use secrecy::ExposeSecret as _;
use tokio::sync::Mutex;

use super::keyring::Keyring;
use crate::failure::Failure;
use crate::secrets;

/// The token store of an app in a profile.
pub(crate) enum Tokens {
    File(FileTokenStore),
    Keyring(KeyringTokens),
}

/// A token store in the system keyring.
pub(crate) struct KeyringTokens {
    keyring: Keyring,
    account: String,
    /// Provides the lock between processes, which keyrings lack.
    lock: FileTokenStore,
    /// Makes compare-and-swap atomic within the process. Other processes write only while they hold
    /// the lock.
    gate: Mutex<()>,
}

impl Tokens {
    pub(super) fn in_keyring(keyring: Keyring, account: String, lock: FileTokenStore) -> Self {
        Self::Keyring(KeyringTokens { keyring, account, lock, gate: Mutex::default() })
    }

    fn store(&self) -> &dyn TokenStore {
        match self {
            Self::File(store) => store,
            Self::Keyring(store) => store,
        }
    }
}

impl TokenStore for Tokens {
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
        Box::pin(async {
            let token = self.store().load().await?;
            token.iter().for_each(secrets::register_tokens);
            Ok(token)
        })
    }

    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
        secrets::register_tokens(token);
        self.store().save(token)
    }

    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        secrets::register_tokens(token);
        self.store().compare_and_swap(expected, token)
    }

    fn lock(&self) -> BoxFuture<'_, Result<StoreLock>> {
        self.store().lock()
    }

    fn prepare(&self) -> BoxFuture<'_, Result<()>> {
        self.store().prepare()
    }
}

impl KeyringTokens {
    async fn read(&self) -> Result<Option<OAuthToken>> {
        let json = self.keyring.get(&self.account).await.map_err(|failure| error(&failure))?;
        json.map(|json| OAuthToken::from_json(&json)).transpose()
    }

    async fn write(&self, token: &OAuthToken) -> Result<()> {
        let json = token.to_json().expose_secret().to_owned();
        self.keyring.set(&self.account, json).await.map_err(|failure| error(&failure))
    }
}

fn error(failure: &Failure) -> Error {
    Error::new(ErrorKind::Credentials, failure.to_string())
}

impl TokenStore for KeyringTokens {
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
        Box::pin(self.read())
    }

    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            let _gate = self.gate.lock().await;
            self.write(token).await
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let _gate = self.gate.lock().await;
            let same = self.read().await?.as_ref() == expected;
            if same {
                self.write(token).await?;
            }
            Ok(same)
        })
    }

    fn lock(&self) -> BoxFuture<'_, Result<StoreLock>> {
        self.lock.lock()
    }
}
