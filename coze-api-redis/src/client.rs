//! The connection to Redis, its retries, and its errors.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use coze_api::{Error, ErrorKind, Result};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{FromRedisValue, RedisError, RedisResult, ScriptInvocation, ServerErrorKind};
use tokio::runtime::Handle;
use tokio::time::Instant;

/// The default time to wait for a connection, and for a response.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The default time for which an operation is repeated while Redis cannot be used.
const RETRY_TIME: Duration = Duration::from_secs(10);
/// The first and the longest pause between attempts.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// A connection to Redis, which several stores can share.
///
/// ```
/// use coze_api_redis::RedisClient;
///
/// let redis = RedisClient::open("redis://coze:secret@localhost:6379/2")?;
/// assert_eq!(redis.address(), "localhost:6379");
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// It connects when it is first used, and again after the connection was lost. Clones share the
/// connection. `Debug` and errors show the address, and neither the user nor the password.
#[derive(Clone)]
pub struct RedisClient {
    connection: Arc<Connection>,
    timeout: Duration,
    retry_time: Duration,
}

struct Connection {
    client: redis::Client,
    address: String,
    manager: OnceLock<ConnectionManager>,
}

impl RedisClient {
    /// Creates a client for the server at `url`, without connecting to it.
    ///
    /// | URL | |
    /// |---|---|
    /// | `redis://[user:password@]host[:port][/db]` | TCP |
    /// | `rediss://…` | TLS (features `rustls`, `native-tls`) |
    /// | `unix:///path/to/redis.sock[?db=2&user=…&pass=…]` | a Unix socket |
    ///
    /// Characters such as `@`, `:` and `/` in a password are percent-encoded. The server must be
    /// Redis 5 or newer, or a compatible one such as Valkey, and a primary that accepts writes.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if the URL is invalid. The message does not quote it.
    pub fn open(url: &str) -> Result<Self> {
        let client = redis::Client::open(url).map_err(|_| invalid_url(url))?;
        let address = client.get_connection_info().addr().to_string();
        let connection = Connection { client, address, manager: OnceLock::new() };
        Ok(Self { connection: Arc::new(connection), timeout: TIMEOUT, retry_time: RETRY_TIME })
    }

    /// Sets the maximum time to wait for a connection, and for the response to a command. The
    /// default is 5 seconds.
    ///
    /// It has an effect before the first use, and on all clones.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the time for which an operation is repeated while Redis cannot be reached, loads its
    /// data or fails over. The default is 10 seconds, the time of a restart.
    ///
    /// An operation of a store must end within 30 seconds, so the sum with twice the
    /// [`timeout`](Self::timeout) should be less.
    pub fn retry_time(mut self, time: Duration) -> Self {
        self.retry_time = time;
        self
    }

    /// Returns the host and port, or the path, of the server.
    pub fn address(&self) -> &str {
        &self.connection.address
    }

    fn manager(&self) -> Result<ConnectionManager> {
        if let Some(manager) = self.connection.manager.get() {
            return Ok(manager.clone());
        }
        // It starts a task.
        Handle::try_current().map_err(|e| {
            Error::new(ErrorKind::Config, "Redis is used inside a Tokio runtime").with_source(e)
        })?;
        // Retries are those of `run`, which also repeats the command.
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(Some(self.timeout))
            .set_number_of_retries(0);
        let manager =
            ConnectionManager::new_lazy_with_config(self.connection.client.clone(), config)
                .map_err(|e| self.failure("connect", &e))?;
        Ok(self.connection.manager.get_or_init(|| manager).clone())
    }

    /// Runs a script, and repeats it while Redis cannot be used: so it must have the same effect
    /// when it runs twice. `action` describes it in errors.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        action: &str,
        script: &ScriptInvocation<'_>,
    ) -> Result<T> {
        let end = Instant::now() + self.retry_time;
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.attempt(script).await? {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if !is_transient(&error) || Instant::now() + pause > end {
                return Err(self.failure(action, &error));
            }
            tokio::time::sleep(jittered(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Runs a script once.
    pub(crate) async fn run_once<T: FromRedisValue>(
        &self,
        action: &str,
        script: &ScriptInvocation<'_>,
    ) -> Result<T> {
        self.attempt(script).await?.map_err(|e| self.failure(action, &e))
    }

    async fn attempt<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<RedisResult<T>> {
        let mut manager = self.manager()?;
        Ok(script.invoke_async(&mut manager).await)
    }

    /// Creates an error with the reason. The error of `redis` is not its source: a server may quote
    /// a command, which contains tokens.
    fn failure(&self, action: &str, error: &RedisError) -> Error {
        let address = self.address();
        let message = format!("cannot {action} in Redis at {address}: {}", reason(error));
        Error::new(ErrorKind::Credentials, message)
    }
}

impl fmt::Debug for RedisClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisClient")
            .field("address", &self.address())
            .field("timeout", &self.timeout)
            .field("retry_time", &self.retry_time)
            .finish_non_exhaustive()
    }
}

fn invalid_url(url: &str) -> Error {
    let has_tls = cfg!(any(feature = "rustls", feature = "native-tls"));
    let message = if url.starts_with("rediss:") && !has_tls {
        "invalid Redis URL: `rediss://` needs the feature `rustls` or `native-tls`"
    } else {
        "invalid Redis URL: expected redis://[user:password@]host[:port][/db], with a \
         percent-encoded password"
    };
    Error::new(ErrorKind::Config, message)
}

/// Returns a random duration between half of `pause` and `pause`, so that processes do not poll in
/// step.
pub(crate) fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// Returns `true` if the same command may succeed soon.
fn is_transient(error: &RedisError) -> bool {
    use ServerErrorKind::{BusyLoading, ClusterDown, MasterDown, ReadOnly, TryAgain};

    let of_server = matches!(
        error.kind(),
        redis::ErrorKind::Server(BusyLoading | ClusterDown | MasterDown | ReadOnly | TryAgain)
    );
    of_server || error.is_io_error() || error.is_timeout() || error.is_connection_dropped()
}

/// Describes an error without the text of the server.
fn reason(error: &RedisError) -> String {
    if error.is_timeout() {
        return "no response in time".to_owned();
    }
    match error.kind() {
        // The text of the operating system or of the TLS library.
        redis::ErrorKind::Io => return error.to_string(),
        redis::ErrorKind::AuthenticationFailed => {
            return "the user or the password in the URL is wrong".to_owned();
        }
        _ => {}
    }
    let code = error.code().unwrap_or(error.category());
    let explanation = match code {
        "LOADING" => "it loads its data",
        "MISCONF" => "it cannot write to its disk",
        "NOAUTH" => "the URL needs a user or a password",
        "NOPERM" => "the user may not run these commands or use these keys",
        "OOM" => "it is out of memory",
        "READONLY" => "it is a replica that does not accept writes",
        "WRONGTYPE" => "the key belongs to another program; choose another prefix",
        // Without a detail, the text is that of the crate, such as for a database that is missing.
        _ if error.detail().is_none() => return error.to_string(),
        _ => return format!("error {code}"),
    };
    format!("{explanation} ({code})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_checked_and_not_quoted() {
        let redis = RedisClient::open("redis://ann:s3cret%40@redis.example.com/2").expect("valid");
        assert_eq!(redis.address(), "redis.example.com:6379");
        assert!(!format!("{redis:?}").contains("s3cret"), "{redis:?}");
        for url in ["", "http://ann:s3cret@host", "redis://ann:s3cret@host:port", "s3cret"] {
            let error = RedisClient::open(url).expect_err("invalid");
            assert!(error.is_config() && error.to_string().contains("redis://"), "{error}");
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }

    #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
    #[test]
    fn tls_needs_a_feature() {
        let error = RedisClient::open("rediss://localhost").expect_err("no TLS");
        assert!(error.to_string().contains("needs the feature `rustls`"), "{error}");
    }

    #[test]
    fn pauses_have_jitter() {
        let pause = Duration::from_millis(100);
        let pauses: Vec<_> = (0..100).map(|_| jittered(pause)).collect();
        assert!(pauses.iter().all(|jittered| *jittered >= pause / 2 && *jittered <= pause));
        assert!(pauses.iter().any(|jittered| *jittered != pauses[0]));
    }

    #[test]
    fn no_error_quotes_the_server() {
        let errors = [
            RedisError::from((
                redis::ErrorKind::UnexpectedReturnType,
                "wrong",
                "unknown command, with args beginning with: czu_secret".to_owned(),
            )),
            redis::make_extension_error("ODD".to_owned(), Some("czu_secret".to_owned())),
        ];
        let redis = RedisClient::open("redis://localhost").expect("valid");
        for error in errors {
            let error = redis.failure("read a token", &error);
            assert!(!format!("{error} {error:?}").contains("czu_secret"), "{error:?}");
        }
    }
}
