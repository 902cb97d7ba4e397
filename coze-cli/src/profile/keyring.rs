//! The keyring of the operating system: Keychain on macOS, Credential Manager on Windows, and the Secret Service elsewhere.

use std::sync::Arc;

use crate::failure::Failure;

/// The service under which the entries are listed.
#[cfg(feature = "keyring")]
const SERVICE: &str = "coze-cli";

/// The operations of a keyring. They may block until the user unlocks it.
pub(super) trait Entries: Send + Sync + 'static {
    fn get(&self, account: &str) -> Result<Option<String>, String>;
    fn set(&self, account: &str, secret: &str) -> Result<(), String>;
    /// Returns whether the entry existed.
    fn delete(&self, account: &str) -> Result<bool, String>;
}

/// A keyring; clones share it.
#[derive(Clone)]
pub(crate) struct Keyring(Arc<dyn Entries>);

impl Keyring {
    pub(super) fn new(entries: impl Entries) -> Self {
        Self(Arc::new(entries))
    }

    /// The keyring of this system, if the program is built with it and the system has one.
    #[cfg(feature = "keyring")]
    pub(super) async fn system() -> Result<Self, String> {
        let status = tokio::task::spawn_blocking(|| match keyring::Entry::store_status() {
            Ok(()) => Ok(()),
            Err(error) => Err(error.to_string()),
        });
        status.await.map_err(|error| error.to_string())??;
        Ok(Self::new(System))
    }

    #[cfg(not(feature = "keyring"))]
    #[allow(clippy::unused_async, reason = "as with the feature")]
    pub(super) async fn system() -> Result<Self, String> {
        Err("this program was built without the feature `keyring`".to_owned())
    }

    pub(super) async fn get(&self, account: &str) -> Result<Option<String>, Failure> {
        self.run(account, Entries::get).await
    }

    pub(super) async fn set(&self, account: &str, secret: String) -> Result<(), Failure> {
        self.run(account, move |entries, account| entries.set(account, &secret)).await
    }

    pub(super) async fn delete(&self, account: &str) -> Result<bool, Failure> {
        self.run(account, Entries::delete).await
    }

    async fn run<T: Send + 'static>(
        &self,
        account: &str,
        step: impl FnOnce(&dyn Entries, &str) -> Result<T, String> + Send + 'static,
    ) -> Result<T, Failure> {
        let (entries, account) = (self.0.clone(), account.to_owned());
        let done = tokio::task::spawn_blocking(move || step(&*entries, &account)).await;
        done.unwrap_or_else(|error| Err(error.to_string()))
            .map_err(|why| Failure::Local(format!("cannot use the keyring of this system: {why}")))
    }
}

#[cfg(feature = "keyring")]
struct System;

#[cfg(feature = "keyring")]
impl Entries for System {
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

/// A keyring in memory.
#[cfg(test)]
#[derive(Default)]
pub(super) struct Memory(std::sync::Mutex<std::collections::BTreeMap<String, String>>);

#[cfg(test)]
impl Memory {
    fn entries(
        &self,
    ) -> Result<std::sync::MutexGuard<'_, std::collections::BTreeMap<String, String>>, String> {
        self.0.lock().map_err(|error| error.to_string())
    }
}

#[cfg(test)]
impl Entries for Memory {
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
