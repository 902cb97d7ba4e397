//! Nothing hangs beyond its documented limits: every public function that waits for a server, while
//! the network between them is dead.
//!
//! The clock of the runtime stands still while anything can be done, so that limits of minutes are
//! exact and cost no time. `coze-api/api.txt` lists all functions, and each must be here.

mod calls;
mod logins;
mod sessions;
mod world;

use std::collections::BTreeSet;
use std::time::Duration;

use coze_api::blocking::Blocking as _;
use coze_api::{Client, Retry};
use coze_tests::network::Weather;
use coze_tests::server::TOKEN;
use tokio::time::Instant;

use self::world::{Row, World};

/// Functions that wait for no server, with what they wait for.
const OTHERS: [(&str, &str); 24] = [
    ("auth::redirect::RedirectCatcher::bind", "a port of this machine"),
    ("auth::redirect::RedirectCatcher::code", "a user, as long as the caller lets it"),
    ("auth::renew::OAuthCredentials::set_token", "a store; see auth_renew_store.rs"),
    ("auth::store::TokenStore::compare_and_swap<'a>", "a store; see auth_renew_store.rs"),
    ("auth::store::TokenStore::load", "a store; see auth_renew_store.rs"),
    ("auth::store::TokenStore::lock", "a store; see auth_renew_store.rs"),
    ("auth::store::TokenStore::prepare", "a store; see auth_renew_store.rs"),
    ("auth::store::TokenStore::save<'a>", "a store; see auth_renew_store.rs"),
    ("auth::store::contract::TokenStoreContract<F>::check", "a store"),
    ("base::clock::Clock::sleep", "time"),
    ("ext::datasets::document::DocumentBase::from_path", "a file"),
    ("webhook::seen::SeenEvents::forget_event<'a>", "a store of the user"),
    ("webhook::seen::SeenEvents::insert_event<'a>", "a store of the user"),
    ("wire::client::Credentials::token<'a>", "code of the user"),
    ("wire::middleware::Interceptor::intercept<'a>", "code of the user"),
    ("wire::middleware::Transport::send", "code of the user"),
    ("decoders!", "nothing"),
    ("maps!", "nothing"),
    ("maybe!", "nothing"),
    ("options!", "nothing"),
    ("pin_project!", "nothing"),
    ("run_id!", "nothing"),
    ("scalars!", "nothing"),
    ("settings!", "nothing"),
];

fn rows() -> Vec<Row> {
    [calls::rows(), logins::rows(), sessions::rows()].into_iter().flatten().collect()
}

/// Returns the name of what a line of `api.txt` is about, if it may wait: an asynchronous function,
/// a future, or a macro that adds methods. A stream has a function `next`.
fn waiting(line: &str) -> Option<String> {
    let (item, rest) = line.split_once(": ").unwrap_or((line, ""));
    let macro_name = rest.split_once("!(").map(|(name, _)| name);
    if let Some(name) = macro_name.filter(|name| name.chars().all(|c| c == '_' || c.is_lowercase()))
    {
        return Some(format!("{name}!"));
    }
    if rest.starts_with("impl") && rest.ends_with("IntoFuture") {
        return Some(line.to_owned());
    }
    let is_async = line.ends_with(" async") || line.contains("-> BoxFuture");
    let is_provided = item.ends_with("(provided)") || !line.contains("BoxFuture: type");
    let function = line.split('(').next().unwrap_or_default();
    (is_async && is_provided).then(|| function.to_owned())
}

#[test]
fn every_public_function_that_waits_has_a_limit() {
    let listed: BTreeSet<String> =
        include_str!("../../../coze-api/api.txt").lines().filter_map(waiting).collect();
    let rows = rows();
    let known = rows.iter().map(|row| row.name).chain(OTHERS.map(|(name, _)| name));
    let known: BTreeSet<String> = known.map(str::to_owned).collect();
    assert_eq!(known.len(), rows.len() + OTHERS.len(), "a name is here twice");
    let missing: Vec<_> = listed.difference(&known).collect();
    assert!(missing.is_empty(), "add rows for these functions: {missing:#?}");
    let unknown: Vec<_> = known.difference(&listed).collect();
    assert!(unknown.is_empty(), "these functions do not exist: {unknown:#?}");
}

/// Calls every function in a weather. A paused clock needs a runtime of one thread.
async fn ends_in(weather: Weather) {
    for row in rows() {
        let case = format!("{} in {weather:?}", row.name);
        let world = World::start(weather).await;
        let begun = Instant::now();
        // A limit that was forgotten fails the test instead of blocking it.
        let ended = tokio::time::timeout(row.limit * 10, (row.run)(world)).await;
        let ended = ended.unwrap_or_else(|_| panic!("{case}: it hangs"));
        let took = begun.elapsed();
        assert!(took <= row.limit, "{case}: {took:?}, {ended:?}");
        assert!(ended.is_err(), "{case}: it ended as if nothing had happened");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_hangs_in_a_black_hole() {
    ends_in(Weather::BlackHole).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_hangs_on_half_open_connections() {
    ends_in(Weather::HalfOpen).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_hangs_after_the_head_of_a_response() {
    ends_in(Weather::StallsAfterHead).await;
}

/// The thread of the caller has no clock that a test can stop, so the limit is short.
#[test]
fn a_blocking_call_ends() {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).enable_all().build().expect("a runtime");
    let world = runtime.block_on(World::start(Weather::BlackHole));
    let builder = Client::builder().token(TOKEN).retry(Retry::none());
    let coze = builder.base_url(world.coze.base_url()).timeout(Duration::from_millis(100));
    world.cut();
    let error = coze.build().expect("a client").users().me().wait().expect_err("no response");
    assert!(error.is_timeout(), "{error:?}");
}
