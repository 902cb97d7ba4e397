//! The contract of token stores: our stores keep it, and each way to break it is found.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use coze_api::auth::{
    FileTokenStore, MemoryTokenStore, OAuthToken, StoreLock, TokenStore, TokenStoreContract,
};
use coze_api::{BoxFuture, ExposeSecret as _, Result};

#[tokio::test]
async fn the_memory_keeps_the_contract() {
    let store = Arc::new(MemoryTokenStore::new());
    let contract = TokenStoreContract::new(|| Arc::clone(&store)).without_lock();
    contract.check().await.expect("kept");
}

#[tokio::test]
async fn a_file_keeps_the_contract() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token.json");
    TokenStoreContract::new(|| FileTokenStore::new(&path)).check().await.expect("kept");
    // Handles that are clones of one.
    let shared = Arc::new(FileTokenStore::new(folder.path().join("shared.json")));
    let contract = TokenStoreContract::new(|| Arc::clone(&shared));
    contract.check().await.expect("kept");
}

/// A fault of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// A swap stores the token whatever is expected.
    BlindSwap,
    /// A swap that is refused reports success.
    SilentSwap,
    /// A swap that expects no token replaces any.
    FirstSwapReplaces,
    /// A swap compares access tokens only.
    ComparesAccessTokens,
    /// A swap compares JSON.
    ComparesJson,
    /// Another task runs between the comparison and the storing.
    TornSwap,
    /// The handle remembers what it has loaded.
    Caches,
    /// `save` keeps a token that is there.
    SavesOnce,
    /// The token is stored by its public accessors.
    LosesMembers,
    /// `prepare` empties the storage.
    PreparesEmpty,
    /// `lock` does nothing.
    NoLock,
    /// The lock is never released.
    Stuck,
    /// A caller that gives up takes the lock nevertheless.
    LeaksLock,
}

#[derive(Default)]
struct Storage {
    token: Mutex<Option<String>>,
    lock: Arc<tokio::sync::Mutex<()>>,
}

struct FaultyStore {
    storage: Arc<Storage>,
    cache: Mutex<Option<String>>,
    fault: Fault,
}

impl FaultyStore {
    fn json(&self) -> Option<String> {
        self.storage.token.lock().unwrap().clone()
    }

    fn store(&self, token: &OAuthToken) {
        let json = if self.fault == Fault::LosesMembers {
            let copy = OAuthToken::new(token.access_token().clone(), token.expires_at());
            match token.refresh_token() {
                Some(refresh_token) => copy.with_refresh_token(refresh_token.clone()).to_json(),
                None => copy.to_json(),
            }
        } else {
            token.to_json()
        };
        *self.storage.token.lock().unwrap() = Some(json.expose_secret().to_owned());
    }

    fn is_expected(&self, stored: Option<&OAuthToken>, expected: Option<&OAuthToken>) -> bool {
        let access = |token: &OAuthToken| token.access_token().expose_secret().to_owned();
        match self.fault {
            Fault::BlindSwap => true,
            Fault::FirstSwapReplaces => expected.is_none() || stored == expected,
            Fault::ComparesAccessTokens => stored.map(access) == expected.map(access),
            Fault::ComparesJson => {
                self.json() == expected.map(|token| token.to_json().expose_secret().to_owned())
            }
            _ => stored == expected,
        }
    }
}

impl TokenStore for FaultyStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
        Box::pin(async {
            let mut json = self.json();
            if self.fault == Fault::Caches {
                let mut cache = self.cache.lock().unwrap();
                json = cache.clone().or(json);
                cache.clone_from(&json);
            }
            json.map(|json| OAuthToken::from_json(&json)).transpose()
        })
    }

    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            if self.fault != Fault::SavesOnce || self.json().is_none() {
                self.store(token);
            }
            Ok(())
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let is_expected = self.is_expected(self.load().await?.as_ref(), expected);
            if self.fault == Fault::TornSwap {
                tokio::task::yield_now().await;
            }
            if is_expected {
                self.store(token);
            }
            Ok(is_expected || self.fault == Fault::SilentSwap)
        })
    }

    fn prepare(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            if self.fault == Fault::PreparesEmpty {
                *self.storage.token.lock().unwrap() = None;
            }
            Ok(())
        })
    }

    fn lock(&self) -> BoxFuture<'_, Result<StoreLock>> {
        let lock = self.storage.lock.clone();
        match self.fault {
            Fault::NoLock => Box::pin(async { Ok(StoreLock::new(())) }),
            Fault::Stuck => Box::pin(async {
                std::mem::forget(lock.lock_owned().await);
                Ok(StoreLock::new(()))
            }),
            Fault::LeaksLock => Box::pin(async {
                let task = tokio::spawn(async { Box::new(lock.lock_owned().await) });
                let (sender, receiver) = tokio::sync::oneshot::channel();
                tokio::spawn(async move {
                    if let Err(unused) = sender.send(task.await.unwrap()) {
                        std::mem::forget(unused);
                    }
                });
                Ok(StoreLock::new(receiver.await.unwrap()))
            }),
            _ => Box::pin(async { Ok(StoreLock::new(lock.lock_owned().await)) }),
        }
    }
}

#[tokio::test]
async fn each_fault_of_a_store_is_found() {
    let faults = [
        (Fault::None, ""),
        (Fault::BlindSwap, "a swap needs the expected token"),
        (Fault::SilentSwap, "a swap needs the expected token"),
        (Fault::FirstSwapReplaces, "a swap that expects no token"),
        (Fault::ComparesAccessTokens, "compares both tokens and the expiry"),
        (Fault::ComparesJson, "equal tokens are expected"),
        (Fault::TornSwap, "exactly one of several swaps"),
        (Fault::Caches, "what another one has stored"),
        (Fault::SavesOnce, "`save` replaces any token"),
        (Fault::LosesMembers, "all members of its JSON"),
        (Fault::PreparesEmpty, "`prepare` keeps the stored token"),
        (Fault::NoLock, "`lock` waits while another handle"),
        (Fault::Stuck, "`lock` ends within"),
        (Fault::LeaksLock, "`lock` ends within"),
    ];
    for (fault, rule) in faults {
        let storage = Arc::new(Storage::default());
        let open = || FaultyStore { storage: storage.clone(), cache: Mutex::default(), fault };
        let contract = TokenStoreContract::new(open);
        let checked = contract.check();
        // The limit on an operation is 30 seconds; the other limits are real and short.
        let checked = if rule.ends_with("within") {
            tokio::time::pause();
            let result = tokio::time::timeout(Duration::from_secs(300), checked).await;
            tokio::time::resume();
            result.expect("limited")
        } else {
            checked.await
        };
        match checked {
            Ok(()) => assert_eq!(fault, Fault::None),
            Err(error) => {
                assert!(!rule.is_empty() && error.to_string().contains(rule), "{fault:?}: {error}");
            }
        }
    }
}
