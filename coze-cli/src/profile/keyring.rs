//! The system keyring: Keychain on macOS, Credential Manager on Windows, and the Secret Service
//! elsewhere.

use std::fmt;
use std::sync::Arc;

use crate::failure::Failure;
use crate::language::say;

/// The service name of the entries.
#[cfg(feature = "keyring")]
const SERVICE: &str = "coze-cli";

/// The operations of a keyring, which may block until the user unlocks it.
pub(super) trait KeyringBackend: Send + Sync + 'static {
    fn get(&self, account: &str) -> Result<Option<String>, String>;
    fn set(&self, account: &str, secret: &str) -> Result<(), String>;
    /// Returns `true` if the entry existed.
    fn delete(&self, account: &str) -> Result<bool, String>;
}

/// A keyring. Clones share it.
#[derive(Clone)]
pub(crate) struct Keyring(Arc<dyn KeyringBackend>);

impl Keyring {
    #[cfg(any(feature = "keyring", test))]
    pub(super) fn new(backend: impl KeyringBackend) -> Self {
        Self(Arc::new(backend))
    }

    /// Opens the system keyring.
    #[cfg(feature = "keyring")]
    pub(super) async fn system() -> Result<Self, String> {
        let status = tokio::task::spawn_blocking(|| match keyring::Entry::store_status() {
            Ok(()) => Ok(()),
            Err(error) => Err(error.to_string()),
        });
        status.await.map_err(|error| error.to_string())??;
        Ok(Self::new(SystemKeyring))
    }

    #[cfg(not(feature = "keyring"))]
    #[allow(clippy::unused_async, reason = "the signature is that with the feature")]
    pub(super) async fn system() -> Result<Self, String> {
        Err(say!(
            "this program was built without the feature `keyring`",
            "此程序构建时未启用 `keyring` 功能",
        ))
    }

    pub(super) async fn get(&self, account: &str) -> Result<Option<String>, Failure> {
        self.run(account, KeyringBackend::get).await
    }

    pub(super) async fn set(&self, account: &str, secret: String) -> Result<(), Failure> {
        self.run(account, move |backend, account| backend.set(account, &secret)).await
    }

    pub(super) async fn delete(&self, account: &str) -> Result<bool, Failure> {
        self.run(account, KeyringBackend::delete).await
    }

    async fn run<T: Send + 'static>(
        &self,
        account: &str,
        operation: impl FnOnce(&dyn KeyringBackend, &str) -> Result<T, String> + Send + 'static,
    ) -> Result<T, Failure> {
        let (backend, account) = (self.0.clone(), account.to_owned());
        let result = tokio::task::spawn_blocking(move || operation(&*backend, &account)).await;
        result.unwrap_or_else(|error| Err(error.to_string())).map_err(unavailable)
    }
}

/// Returns the failure for a keyring that cannot be used.
pub(super) fn unavailable(reason: impl fmt::Display) -> Failure {
    Failure::Local(say!("cannot use the system keyring: {reason}", "无法使用系统密钥环：{reason}",))
}

#[cfg(feature = "keyring")]
struct SystemKeyring;

#[cfg(feature = "keyring")]
impl KeyringBackend for SystemKeyring {
    fn get(&self, account: &str) -> Result<Option<String>, String> {
        let entry = keyring::Entry::new(SERVICE, account).map_err(|error| error.to_string())?;
        existing(entry.get_password())
    }

    fn set(&self, account: &str, secret: &str) -> Result<(), String> {
        let entry = keyring::Entry::new(SERVICE, account).map_err(|error| error.to_string())?;
        entry.set_password(secret).map_err(|error| error.to_string())
    }

    fn delete(&self, account: &str) -> Result<bool, String> {
        let entry = keyring::Entry::new(SERVICE, account).map_err(|error| error.to_string())?;
        existing(entry.delete_credential()).map(|deleted| deleted.is_some())
    }
}

#[cfg(feature = "keyring")]
fn existing<T>(result: keyring::Result<T>) -> Result<Option<T>, String> {
    match result {
        Err(keyring::Error::NoEntry) => Ok(None),
        Err(error) => Err(error.to_string()),
        Ok(value) => Ok(Some(value)),
    }
}

/// An in-memory keyring for tests.
#[cfg(test)]
#[derive(Default)]
pub(super) struct MemoryKeyring(std::sync::Mutex<std::collections::BTreeMap<String, String>>);

#[cfg(test)]
impl MemoryKeyring {
    fn entries(
        &self,
    ) -> Result<std::sync::MutexGuard<'_, std::collections::BTreeMap<String, String>>, String> {
        self.0.lock().map_err(|error| error.to_string())
    }
}

#[cfg(test)]
impl KeyringBackend for MemoryKeyring {
    fn get(&self, account: &str) -> Result<Option<String>, String> {
        Ok(self.entries()?.get(account).cloned())
    }

    fn set(&self, account: &str, secret: &str) -> Result<(), String> {
        self.entries()?.insert(account.to_owned(), secret.to_owned());
        Ok(())
    }

    fn delete(&self, account: &str) -> Result<bool, String> {
        Ok(self.entries()?.remove(account).is_some())
    }
}
