//! A raw path leads to the API, below its base URL, or is an error.

use std::sync::{LazyLock, Mutex};

use coze_api::{Client, Method, Retry};
use tokio::runtime::Runtime;

use super::memory::{Memory, runtime};

const BASE: &str = "http://127.0.0.1:8080/base/";

struct World {
    runtime: Runtime,
    memory: Memory,
    client: Client,
}

static WORLD: LazyLock<Mutex<World>> = LazyLock::new(|| {
    let memory = Memory::default();
    let builder = Client::builder().token("pat_x").base_url(BASE);
    let client = builder.transport(memory.clone()).retry(Retry::none()).build();
    Mutex::new(World { runtime: runtime(), memory, client: client.expect("a client") })
});

/// Runs one input: a path.
pub fn run(input: &[u8]) {
    let path = String::from_utf8_lossy(input);
    let world = WORLD.lock().expect("no earlier panic");
    world.memory.answer(200, "application/json", b"{}");
    let call = world.client.request(Method::GET, path.clone().into_owned());
    let outcome = world.runtime.block_on(call.exchange());
    let sent = world.memory.sent();
    assert_eq!(outcome.is_ok(), sent.len() == 1, "{path:?}: {outcome:?}");
    for url in sent {
        assert!(url.as_str().starts_with(BASE), "{path:?} leads to {url}");
        assert!(url.username().is_empty() && url.fragment().is_none(), "{path:?} leads to {url}");
        let mut segments = url.path_segments().into_iter().flatten();
        assert!(!segments.any(|segment| matches!(segment, "." | "..")), "{path:?} leads to {url}");
    }
}
