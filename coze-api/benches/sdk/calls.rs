//! Unary calls: a small reply, a large one, many pages, and creating the client.

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Duration;

use coze_api::bots::Bot;
use coze_api::{Client, Message, Region};
use futures_util::TryStreamExt as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::compare::{Clock, Comparison};
use crate::server;

const TOKEN: &str = "pat_0123456789";
/// The number of requests in a turn.
const REQUESTS: usize = 200;
const PAGES: usize = 40;
const PAGE: usize = 50;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(runtime);

pub(crate) fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

pub(crate) fn client(base: &str) -> Client {
    Client::builder().token(TOKEN).region(Region::Cn).base_url(base).build().expect("a client")
}

/// Returns a hand-written client with usual timeouts.
pub(crate) fn reqwest() -> reqwest::Client {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("bench/", env!("CARGO_PKG_VERSION")))
        .build()
        .expect("a client")
}

/// The hand-written envelope of every reply.
#[derive(Deserialize)]
struct Envelope<T> {
    code: i64,
    #[serde(default)]
    msg: String,
    data: Option<T>,
}

async fn get<T: DeserializeOwned>(client: &reqwest::Client, url: &str) -> T {
    let request = client.get(url).bearer_auth(TOKEN).timeout(Duration::from_secs(60));
    let reply = request.send().await.expect("a reply").error_for_status().expect("200");
    let body = reply.bytes().await.expect("a body");
    let envelope: Envelope<T> = serde_json::from_slice(&body).expect("a reply");
    assert_eq!((envelope.code, &*envelope.msg), (0, ""));
    envelope.data.expect("data")
}

fn reply(data: &Value) -> String {
    json!({"code": 0, "msg": "", "data": data, "detail": {"logid": "20241210152726467C48D89D6DB2F3A2"}})
        .to_string()
}

fn bot() -> Value {
    numbered_bot(0)
}

fn numbered_bot(number: usize) -> Value {
    json!({
        "bot_id": format!("74930663809970{number:05}"), "name": "Weather", "description": "Knows the weather.",
        "icon_url": "https://example.com/icon.png", "create_time": 1_715_689_059,
        "update_time": 1_716_388_526, "version": "1716388526123",
        "prompt_info": {"prompt": "You know the weather."},
        "onboarding_info": {"prologue": "Hello!", "suggested_questions": ["Will it rain?", "Is it cold?"]},
        "bot_mode": 0,
        "plugin_info_list": [{"plugin_id": "7379227817307012345", "name": "Search", "description": "Searches.",
            "icon_url": "https://example.com/p.png",
            "api_info_list": [{"api_id": "7379227817307029513", "name": "search", "description": "Searches."}]}],
        "model_info": {"model_id": "1706077826", "model_name": "Model"},
    })
}

fn message(number: usize, length: usize) -> Value {
    json!({
        "id": format!("73821594941234{number:05}"), "conversation_id": "7381473525342978089",
        "bot_id": "7379462189365198898", "chat_id": "7382159487131697202",
        "section_id": "7381473525342978089", "role": "assistant", "type": "answer",
        "content": "The weather in Kunming is fine. ".repeat(length), "content_type": "text",
        "created_at": 1_718_792_949, "updated_at": 1_718_792_949, "meta_data": {"source": "bench"},
    })
}

/// Repeated requests for a bot over one connection.
struct Unary {
    coze: Client,
    reqwest: reqwest::Client,
    url: String,
}

static UNARY: LazyLock<Unary> = LazyLock::new(|| {
    let base = server::start(&[reply(&bot())]);
    Unary {
        coze: client(&base),
        reqwest: reqwest(),
        url: format!("{base}/v1/bots/7493066380997012345"),
    }
});

#[divan::bench]
fn unary() -> usize {
    RUNTIME.block_on(async {
        let mut length = 0;
        for _ in 0..REQUESTS {
            let bot = UNARY.coze.bots().retrieve("7493066380997012345").await;
            length += bot.expect("a bot").name.len();
        }
        length
    })
}

#[divan::bench]
fn unary_by_hand() -> usize {
    RUNTIME.block_on(async {
        let mut length = 0;
        for _ in 0..REQUESTS {
            let bot: Bot = get(&UNARY.reqwest, &UNARY.url).await;
            length += bot.name.len();
        }
        length
    })
}

/// A reply of about 800 KiB: a full page of long messages.
struct Large {
    coze: Client,
    reqwest: reqwest::Client,
    url: String,
}

static LARGE: LazyLock<Large> = LazyLock::new(|| {
    let messages: Vec<Value> = (0..PAGE * 4).map(|i| message(i, 120)).collect();
    let base = server::start(&[reply(&messages.into())]);
    Large {
        coze: client(&base),
        reqwest: reqwest(),
        url: format!("{base}/v3/chat/message/list?conversation_id=1&chat_id=2"),
    }
});

#[divan::bench]
fn large() -> usize {
    let messages = RUNTIME.block_on(async { LARGE.coze.chat().messages().list("1", "2").await });
    messages.expect("messages").iter().map(|message| message.content.len()).sum()
}

#[divan::bench]
fn large_by_hand() -> usize {
    let messages: Vec<Message> = RUNTIME.block_on(get(&LARGE.reqwest, &LARGE.url));
    messages.iter().map(|message| message.content.len()).sum()
}

/// Pages of 50 bots.
struct Pages {
    coze: Client,
    reqwest: reqwest::Client,
    base: String,
}

static PAGES_OF_BOTS: LazyLock<Pages> = LazyLock::new(|| {
    let pages: Vec<String> = (0..PAGES)
        .map(|page| {
            let bots: Vec<Value> = (0..PAGE).map(|i| numbered_bot(page * PAGE + i)).collect();
            reply(&json!({"items": bots, "total": PAGES * PAGE}))
        })
        .collect();
    let base = server::start(&pages);
    Pages { coze: client(&base), reqwest: reqwest(), base }
});

#[divan::bench]
fn paging() -> usize {
    RUNTIME.block_on(async {
        let list = PAGES_OF_BOTS.coze.bots().list("7493066380997012345");
        let items = list.page_size(50).items();
        items.try_fold(0, async |count, _| Ok(count + 1)).await.expect("bots")
    })
}

#[derive(Deserialize)]
struct BotPage {
    items: Vec<coze_api::bots::BotSummary>,
    total: usize,
}

#[divan::bench]
fn paging_by_hand() -> usize {
    RUNTIME.block_on(async {
        let Pages { reqwest, base, .. } = &*PAGES_OF_BOTS;
        let mut count = 0;
        for page in 1.. {
            let url = format!(
                "{base}/v1/bots?workspace_id=7493066380997012345&page_num={page}&page_size=50"
            );
            let page: BotPage = get(reqwest, &url).await;
            count += page.items.len();
            if count >= page.total {
                break;
            }
        }
        count
    })
}

/// The time to the first reply: creates a client, opens a connection, sends a request.
#[divan::bench]
fn first_reply() -> usize {
    let base = UNARY.url.split("/v1").next().unwrap_or_default();
    let bot = runtime().block_on(async {
        client(base).bots().retrieve("7493066380997012345").await.expect("a bot")
    });
    bot.name.len()
}

#[divan::bench]
fn first_reply_by_hand() -> usize {
    let bot: Bot = runtime().block_on(async { get(&reqwest(), &UNARY.url).await });
    bot.name.len()
}

#[divan::bench]
fn build() -> usize {
    black_box(client("https://api.coze.cn"));
    1
}

#[divan::bench]
fn build_by_hand() -> usize {
    black_box(reqwest());
    1
}

pub(crate) fn comparisons() -> impl Iterator<Item = Comparison> {
    let comparison = |name: &str, ours: fn() -> usize, by_hand: fn() -> usize| Comparison {
        name: name.to_owned(),
        bar: 1.05,
        turns: 101,
        clock: Clock::Cpu,
        ours: Box::new(ours),
        by_hand: Box::new(by_hand),
    };
    [
        comparison("building a client", build, build_by_hand),
        comparison("process start to first reply", first_reply, first_reply_by_hand),
        comparison("200 requests", unary, unary_by_hand),
        comparison("40 pages of 50 items", paging, paging_by_hand),
        comparison("a reply of 800 KiB", large, large_by_hand),
    ]
    .into_iter()
}
