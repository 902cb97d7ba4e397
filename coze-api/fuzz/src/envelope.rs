//! Any reply to any kind of call becomes a value or an error, without a panic and without a token
//! in the error.

use std::sync::{LazyLock, Mutex};

use coze_api::datasets::{ChunkStrategy, DocumentBase, DocumentSourceInfo};
use coze_api::{Client, Error, Message, Retry};
use tokio::runtime::Runtime;

use super::memory::{Memory, runtime};

const TOKEN: &str = "pat_of_the_fuzz_target";

const STATUSES: [u16; 8] = [200, 200, 200, 201, 400, 401, 429, 503];

const KINDS: [&str; 6] = [
    "application/json",
    "application/json; charset=utf-8",
    "text/event-stream",
    "text/html",
    "audio/mpeg",
    "",
];

/// A client and its transport, created once, because creating a client is expensive.
struct World {
    runtime: Runtime,
    memory: Memory,
    client: Client,
}

static WORLD: LazyLock<Mutex<World>> = LazyLock::new(|| Mutex::new(World::new()));

impl World {
    fn new() -> Self {
        let memory = Memory::default();
        let client = Client::builder()
            .token(TOKEN)
            .base_url("http://127.0.0.1")
            .transport(memory.clone())
            .retry(Retry::none())
            .build()
            .expect("a client");
        Self { runtime: runtime(), memory, client }
    }
}

/// Runs one input: the status, the content type, the call, and the body.
pub fn run(input: &[u8]) {
    let [status, kind, call, body @ ..] = input else { return };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let kind = KINDS[usize::from(*kind) % KINDS.len()];
    let world = WORLD.lock().expect("no earlier panic");
    world.memory.answer(status, kind, body);
    let outcome = world.runtime.block_on(ask(&world.client, *call));
    if let Err(error) = outcome {
        let (shown, debugged) = (error.to_string(), format!("{error:?}"));
        assert!(!shown.is_empty() && !shown.contains('\n'), "{shown}");
        assert!(!shown.contains(TOKEN) && !debugged.contains(TOKEN), "{debugged}");
        assert!(error.status().is_none_or(|known| known == status), "{shown}");
    }
}

/// Makes a call with one of the kinds of replies.
async fn ask(coze: &Client, call: u8) -> Result<(), Error> {
    match call % 10 {
        0 => coze.bots().retrieve("7").await.map(drop),
        1 => coze.bots().update("7").await.map(drop),
        2 => coze.bots().list("7").await.map(drop),
        3 => coze.workflows().runs().create("7").await.map(drop),
        4 => {
            let document = DocumentBase::new("tea", DocumentSourceInfo::new());
            let documents = coze.datasets().documents();
            documents.create("7", [document], ChunkStrategy::new()).await.map(drop)
        }
        5 => coze.conversations().messages().list("7").await.map(drop),
        6 => coze.audio().speech().create("tea", "7").await?.bytes().await.map(drop),
        7 => {
            let chat = coze.chat().create("7", "me").message(Message::user("tea"));
            chat.stream().await?.collect_reply().await.map(drop)
        }
        8 => coze.workflows().runs().stream("7").await?.collect_reply().await.map(drop),
        _ => coze.users().me().with_response().await.map(drop),
    }
}
