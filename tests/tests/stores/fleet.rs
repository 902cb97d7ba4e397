//! Processes that share one login: exactly one renewal in each life of the token, also when
//! processes are killed during a renewal and when Redis is killed and started again.
//!
//! The server issues each refresh token once, and ends the login when one is used again.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use coze_api::auth::{PkceOAuthApp, TokenStore as _};
use coze_api::{AccessToken, Client, Credentials as _, ExposeSecret as _, Retry, TokenContext};
use coze_api_redis::RedisTokenStore;
use coze_tests::oauth::{CLIENT_ID, Fault, OAuthServer, TestClock, call};
use coze_tests::server::{Reply, Step};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Mutex, MutexGuard, Notify};
use tokio::task::JoinSet;

use super::server::{RedisServer, client};

const PROCESSES: usize = 8;
const CALLERS: usize = 200;
const LIVES: usize = 10;
/// The lifetime of a token in seconds, by the clocks of the test.
const LIFETIME: u64 = 900;
/// The lease in the test in which processes are killed. A holder that lives must not be interrupted
/// for two thirds of it.
const SHORT_LEASE: Duration = Duration::from_millis(1500);
const LEASE: Duration = Duration::from_secs(10);

/// The environment variable that makes this program a process of a fleet, with its settings.
const WORKER: &str = "COZE_TESTS_FLEET";

/// A process of a fleet. It reads by how many seconds to advance the clock, and prints the token
/// that its callers got.
#[tokio::test]
async fn worker() {
    let Ok(settings) = std::env::var(WORKER) else { return };
    let [redis, server, lease, name]: [&str; 4] =
        settings.split(' ').collect::<Vec<_>>().try_into().expect("four settings");
    let clock = TestClock::stopped();
    let app = PkceOAuthApp::builder(CLIENT_ID).base_url(server).clock(clock.clone());
    let lease = Duration::from_millis(lease.parse().expect("a number"));
    let store = RedisTokenStore::new(&client(redis), "fleet").lease(lease);
    let credentials = app.build().expect("an app").credentials().with_store(store);
    let builder = Client::builder().credentials(credentials.clone()).header("x-worker", name);
    let coze = builder.retry(Retry::none()).build().expect("a client");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    println!("\nfleet ready");
    while let Some(line) = lines.next_line().await.expect("readable") {
        clock.advance(line.parse().expect("a number"));
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (credentials, coze) = (credentials.clone(), coze.clone());
            callers.spawn(async move { credentials.token(TokenContext::new(&coze)).await });
        }
        let tokens: Result<Vec<AccessToken>, _> = callers.join_all().await.into_iter().collect();
        let used = call(&coze).await;
        match (tokens, used) {
            (Ok(tokens), Ok(used)) if tokens.iter().all(|token| *token == tokens[0]) => {
                println!("fleet token {used}");
            }
            (Err(tokens), Err(used)) if tokens.is_auth() && used.is_auth() => {
                println!("fleet logged out");
            }
            (tokens, used) => println!("fleet failed: {:?} {used:?}", tokens.err()),
        }
    }
}

struct Worker {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    /// Starts a process whose clock is ahead by `elapsed` seconds.
    async fn start(settings: &str, name: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "fleet::worker", "--nocapture"]);
        command.env(WORKER, format!("{settings} {name}")).kill_on_drop(true);
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
        let input = process.stdin.take().expect("an input");
        let output = BufReader::new(process.stdout.take().expect("an output")).lines();
        let mut worker = Self { process, input, output };
        assert_eq!(worker.line().await, "ready");
        worker
    }

    async fn advance(&mut self, seconds: u64) {
        self.input.write_all(format!("{seconds}\n").as_bytes()).await.expect("a process");
    }

    async fn line(&mut self) -> String {
        loop {
            let line = self.output.next_line().await.expect("readable").expect("a process");
            if let Some(line) = line.strip_prefix("fleet ") {
                return line.to_owned();
            }
        }
    }
}

struct Fleet {
    redis: RedisServer,
    server: OAuthServer,
    settings: String,
    workers: Vec<Worker>,
    elapsed: u64,
    _turn: MutexGuard<'static, ()>,
}

/// The fleets take turns, so that a holder is not interrupted for longer than its lease.
static TURN: Mutex<()> = Mutex::const_new(());

impl Fleet {
    async fn start(lease: Duration) -> Self {
        let turn = TURN.lock().await;
        let redis = RedisServer::start();
        let server = OAuthServer::start(TestClock::stopped()).await;
        server.state().punishes_reuse = true;
        let store = RedisTokenStore::new(&redis.client(), "fleet");
        store.save(&server.token()).await.expect("stored");
        let settings = format!("{} {} {}", redis.url(), server.url(), lease.as_millis());
        let workers: JoinSet<_> = (0..PROCESSES)
            .map(|name| {
                let settings = settings.clone();
                async move { (name, Worker::start(&settings, name).await) }
            })
            .collect();
        let mut workers = workers.join_all().await;
        workers.sort_by_key(|(name, _)| *name);
        let workers = workers.into_iter().map(|(_, worker)| worker).collect();
        Self { redis, server, settings, workers, elapsed: 0, _turn: turn }
    }

    /// Lets the token expire, and all callers ask for one.
    async fn expire(&mut self) {
        self.server.clock.advance(LIFETIME);
        self.elapsed += LIFETIME;
        for worker in &mut self.workers {
            worker.advance(LIFETIME).await;
        }
    }

    /// Expects that the callers of all processes got the same token, except those of `killed`.
    async fn expect_one_token(&mut self, killed: Option<usize>) -> String {
        let mut tokens = Vec::new();
        for (name, worker) in self.workers.iter_mut().enumerate() {
            if Some(name) != killed {
                tokens.push(worker.line().await);
            }
        }
        assert!(tokens[0].starts_with("token ") && tokens.iter().all(|token| *token == tokens[0]));
        tokens.swap_remove(0)
    }

    /// Expects this number of tokens, the first of which was that of the login.
    fn expect_renewals(&self, lives: usize) {
        assert_eq!(self.server.state().issued(), lives + 1, "renewals in {lives} lives");
        assert_eq!(self.server.state().reuses(), 0, "a refresh token was used again");
    }

    /// Waits for token request number `count`, and returns the process that sent it.
    async fn sender_of_request(&self, count: usize) -> usize {
        loop {
            if let Some(request) = self.server.token_requests().get(count - 1) {
                return request.header("x-worker").parse().expect("a number");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn kill(&mut self, name: usize) {
        self.workers[name].process.kill().await.expect("killed");
    }

    /// Starts another process in place of a killed one.
    async fn replace(&mut self, name: usize) {
        let mut worker = Worker::start(&self.settings, name).await;
        worker.advance(self.elapsed).await;
        assert!(worker.line().await.starts_with("token "));
        self.workers[name] = worker;
    }

    async fn stored(&self) -> String {
        let store = RedisTokenStore::new(&self.redis.client(), "fleet");
        let token = store.load().await.expect("readable").expect("a token");
        token.access_token().expose_secret().to_owned()
    }
}

#[tokio::test]
async fn a_fleet_renews_a_token_once_in_each_life() {
    let mut fleet = Fleet::start(LEASE).await;
    for life in 1..=LIVES {
        fleet.expire().await;
        let token = fleet.expect_one_token(None).await;
        assert_eq!(token, format!("token {}", fleet.stored().await));
        fleet.expect_renewals(life);
    }
    assert_eq!(fleet.server.token_requests().len(), LIVES);
}

#[tokio::test]
async fn a_fleet_survives_processes_that_are_killed_during_a_renewal() {
    let mut fleet = Fleet::start(SHORT_LEASE).await;
    let mut requests = 0;
    for life in 1..=LIVES {
        let gate = Arc::new(Notify::new());
        let wait = Step::Wait(gate.clone());
        let killed = match life % 5 {
            // Before the server has read the request.
            2 => {
                let lost = Reply { steps: vec![wait, Step::Reset] };
                fleet.server.state().faults.push_back(Fault::Answer(lost));
                fleet.expire().await;
                requests += 1;
                let holder = fleet.sender_of_request(requests).await;
                fleet.kill(holder).await;
                gate.notify_one();
                Some(holder)
            }
            // As soon as the new token is stored, with the lease in its hand.
            4 => {
                let before = fleet.stored().await;
                fleet.expire().await;
                let holder = fleet.sender_of_request(requests + 1).await;
                while fleet.stored().await == before {
                    tokio::task::yield_now().await;
                }
                fleet.kill(holder).await;
                Some(holder)
            }
            _ => {
                fleet.expire().await;
                None
            }
        };
        requests += 1;
        fleet.expect_one_token(killed).await;
        fleet.expect_renewals(life);
        if let Some(killed) = killed {
            fleet.replace(killed).await;
        }
    }
    fleet.expect_renewals(LIVES);
}

/// Nobody has the response, so the refresh token is lost.
#[tokio::test]
async fn a_login_that_a_killed_process_has_used_up_is_reported_to_all_others() {
    const OTHERS: usize = PROCESSES - 1;

    let mut fleet = Fleet::start(SHORT_LEASE).await;
    let _never = fleet.server.hold(1);
    fleet.expire().await;
    let killed = fleet.sender_of_request(1).await;
    while fleet.server.state().issued() < 2 {
        tokio::task::yield_now().await;
    }
    fleet.kill(killed).await;
    for (name, worker) in fleet.workers.iter_mut().enumerate() {
        if name != killed {
            assert_eq!(worker.line().await, "logged out");
        }
    }
    // One for the callers of each process, which wait together, and one for the call after them.
    assert_eq!(fleet.server.token_requests().len(), 1 + 2 * OTHERS);
    assert_eq!(fleet.server.state().issued(), 2);

    let login = fleet.server.token();
    let store = RedisTokenStore::new(&fleet.redis.client(), "fleet");
    store.save(&login).await.expect("stored");
    for (name, worker) in fleet.workers.iter_mut().enumerate() {
        if name != killed {
            worker.advance(0).await;
        }
    }
    let token = fleet.expect_one_token(Some(killed)).await;
    assert_eq!(token, format!("token {}", login.access_token().expose_secret()));
    assert_eq!(fleet.server.token_requests().len(), 1 + 2 * OTHERS);
}

#[tokio::test]
async fn a_fleet_survives_restarts_of_redis() {
    let mut fleet = Fleet::start(LEASE).await;
    for life in 1..=LIVES {
        if life % 2 == 0 {
            // While nothing is renewed.
            fleet.redis.restart();
            fleet.expire().await;
        } else {
            // While the refresh token is used, and the other processes wait for the lease.
            let gate = fleet.server.hold(1);
            fleet.expire().await;
            fleet.sender_of_request(life).await;
            fleet.redis.restart();
            gate.notify_one();
        }
        fleet.expect_one_token(None).await;
        fleet.expect_renewals(life);
    }
    assert_eq!(fleet.server.token_requests().len(), LIVES);
}
