//! The HTTP clients beneath a client, each with a pool of connections.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use http::Version;
use reqwest::redirect::Policy;
use reqwest::{Request, Response, Url};

use crate::base::error::{BoxError, Error, Result};
use crate::wire::middleware::Transport;

/// The time after which an unused connection is closed. Gateways close it after 60 seconds or
/// more, and a request that is sent just then is lost.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(45);
/// The time between two pings of an HTTP/2 connection.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// The time after which an HTTP/2 connection without an answer to its ping is closed.
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// The protocols that a connection may speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/2 if the server offers it, else HTTP/1.1.
    Any,
    /// HTTP/1.1 only, because an HTTP/2 connection cannot be upgraded.
    Http1,
}

/// The HTTP clients beneath a client. Each is built on first use, because most programs need only
/// one of them.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Inner>);

struct Inner {
    connect_timeout: Duration,
    any: Route,
    http1: Route,
}

/// The HTTP clients for one choice of protocols.
enum Route {
    /// A client that the user configured, for all hosts.
    Custom(reqwest::Client),
    /// Whatever the user sends requests with.
    Transport(Arc<dyn Transport>),
    /// The client for other hosts, which uses the proxies of the environment, and the client for
    /// this machine, which a proxy elsewhere cannot reach.
    Own([Pool; 2]),
}

/// A client of this crate, which can be replaced.
#[derive(Default)]
struct Pool {
    /// The client, and the number of clients before it.
    current: RwLock<Option<(reqwest::Client, u32)>>,
    /// True if the last response came over HTTP/1.1.
    is_http1: AtomicBool,
}

/// The means of sending one request.
pub(crate) struct Connection<'a> {
    means: Means<'a>,
    generation: u32,
    /// The pool of the client, unless the user configured it.
    pool: Option<&'a Pool>,
    builder: Builder,
}

enum Means<'a> {
    Client(reqwest::Client),
    Transport(&'a dyn Transport),
}

/// The settings of a client of this crate.
#[derive(Clone, Copy)]
struct Builder {
    connect_timeout: Duration,
    protocol: Protocol,
    is_local: bool,
}

impl Connections {
    /// Uses the clients that the user configured, if there are any. The one for HTTP/1.1 may be
    /// the one for all protocols. A transport takes the place of the latter.
    pub(crate) fn new(
        connect_timeout: Duration,
        any: Option<reqwest::Client>,
        http1: Option<reqwest::Client>,
        transport: Option<&Arc<dyn Transport>>,
    ) -> Self {
        let route = |given: Option<reqwest::Client>| match (given, transport) {
            (Some(client), _) => Route::Custom(client),
            (None, Some(transport)) => Route::Transport(transport.clone()),
            (None, None) => Route::Own(Default::default()),
        };
        let any = any.filter(|_| transport.is_none());
        let http1 = route(http1.or_else(|| any.clone()));
        Self(Arc::new(Inner { connect_timeout, any: route(any), http1 }))
    }

    /// Returns `true` if this crate connects by itself.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.0.any, Route::Own(_))
    }

    /// Returns the client for a request to `url`.
    pub(crate) fn get(&self, url: &Url, protocol: Protocol) -> Result<Connection<'_>> {
        let is_local = is_loopback(url);
        let connect_timeout = self.0.connect_timeout;
        let builder = Builder { connect_timeout, protocol, is_local };
        let route = match protocol {
            Protocol::Any => &self.0.any,
            Protocol::Http1 => &self.0.http1,
        };
        let (pool, means, generation) = match route {
            Route::Custom(client) => (None, Means::Client(client.clone()), 0),
            Route::Transport(transport) => (None, Means::Transport(&**transport), 0),
            Route::Own(pools) => {
                let pool = &pools[usize::from(is_local)];
                let current = pool.current.read().unwrap_or_else(PoisonError::into_inner).clone();
                let (client, generation) = current.map_or_else(|| pool.replace(0, builder), Ok)?;
                (Some(pool), Means::Client(client), generation)
            }
        };
        Ok(Connection { means, generation, pool, builder })
    }
}

impl Pool {
    /// Replaces the client of a generation, unless another call has done so.
    fn replace(&self, generation: u32, builder: Builder) -> Result<(reqwest::Client, u32)> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        match &*current {
            Some(newer) if newer.1 > generation => Ok(newer.clone()),
            _ => Ok(current.insert((builder.build()?, generation + 1)).clone()),
        }
    }
}

impl Connection<'_> {
    /// Sends a request. The error is one of reqwest, or any error of a transport.
    pub(crate) async fn execute(&self, request: Request) -> Result<Response, BoxError> {
        match &self.means {
            Means::Client(client) => Ok(client.execute(request).await?),
            Means::Transport(transport) => transport.send(request).await,
        }
    }

    /// Returns a client that can build the body of a form, which only clients can.
    pub(crate) fn form_client(&self) -> Result<reqwest::Client> {
        static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();

        match (&self.means, CLIENT.get()) {
            (Means::Client(client), _) | (Means::Transport(_), Some(client)) => Ok(client.clone()),
            (Means::Transport(_), None) => {
                let client = self.builder.build()?;
                Ok(CLIENT.get_or_init(|| client).clone())
            }
        }
    }

    /// Notes the protocol of a response.
    pub(crate) fn answered(&self, version: Version) {
        let is_http1 = version < Version::HTTP_2;
        let Some(pool) = self.pool else { return };
        if pool.is_http1.load(Ordering::Relaxed) != is_http1 {
            pool.is_http1.store(is_http1, Ordering::Relaxed);
        }
    }

    /// Makes the next request use another connection, because this one may be dead.
    ///
    /// After a timeout, an HTTP/1.1 connection is closed in any case, but one of HTTP/2 stays, as
    /// it has other requests. They can still finish.
    pub(crate) fn abandon(&self) {
        if let Some(pool) = self.pool
            && !pool.is_http1.load(Ordering::Relaxed)
        {
            // If there cannot be a new client, the old one is better than none.
            let _ = pool.replace(self.generation, self.builder);
        }
    }
}

impl Builder {
    fn build(self) -> Result<reqwest::Client> {
        let builder = reqwest::Client::builder()
            // A token goes nowhere else.
            .redirect(Policy::none())
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .http2_keep_alive_while_idle(true);
        let builder = match self.protocol {
            Protocol::Any => builder,
            Protocol::Http1 => builder.http1_only(),
        };
        let builder = if self.is_local { builder.no_proxy() } else { builder };
        // reqwest panics where a program has left out the cryptography of rustls and installs none.
        let built = catch_unwind(AssertUnwindSafe(|| builder.build())).map_err(|_| {
            Error::config(
                "cannot set up TLS: install a crypto provider of rustls before the first client, \
                 or enable the feature `rustls` or `native-tls`",
            )
        });
        built?.map_err(|e| Error::config("cannot set up HTTP").with_source(e.without_url()))
    }
}

/// Returns `true` if the host of `url` is this machine.
fn is_loopback(url: &Url) -> bool {
    // The parser has written addresses in their usual form, and names in lower case.
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match v6.unwrap_or(host).parse::<IpAddr>() {
        // A connection to the unspecified address stays on this machine too.
        Ok(address) => {
            let address = address.to_canonical();
            address.is_loopback() || address.is_unspecified()
        }
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generation(connections: &Connections, url: &str, protocol: Protocol) -> u32 {
        let url = Url::parse(url).expect("a URL");
        connections.get(&url, protocol).expect("a client").generation
    }

    #[test]
    fn loopback_is_recognized_in_any_spelling() {
        for (url, expected) in [
            ("http://127.0.0.1:8080/x", true),
            ("http://127.9.9.9", true),
            ("http://0x7f.1", true),
            ("http://[::1]:9", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://[::ffff:127.9.9.9]", true),
            ("http://0.0.0.0:8888", true),
            ("http://[::]:8888", true),
            ("https://LocalHost/v1", true),
            ("http://localhost.", true),
            ("http://coze.localhost", true),
            ("https://api.coze.cn", false),
            ("http://10.0.0.1", false),
            ("http://127.0.0.1.example.com", false),
            ("http://notlocalhost", false),
            ("http://[::2]", false),
            ("http://[::ffff:7f:1]", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).expect(url)), expected, "{url}");
        }
    }

    #[test]
    fn a_client_is_replaced_once_per_timeout_unless_it_speaks_http1() {
        const URL: &str = "https://api.coze.cn";
        let connections = Connections::new(Duration::from_secs(1), None, None, None);
        let url = Url::parse(URL).expect("a URL");
        let (one, two) = (
            connections.get(&url, Protocol::Any).expect("a client"),
            connections.get(&url, Protocol::Any).expect("a client"),
        );
        one.abandon();
        two.abandon();
        assert_eq!(generation(&connections, URL, Protocol::Any), 2);
        let three = connections.get(&url, Protocol::Any).expect("a client");
        three.answered(Version::HTTP_11);
        three.abandon();
        assert_eq!(generation(&connections, URL, Protocol::Any), 2);
        three.answered(Version::HTTP_2);
        three.abandon();
        assert_eq!(generation(&connections, URL, Protocol::Any), 3);
        // The other clients have nothing to do with it.
        assert_eq!(generation(&connections, URL, Protocol::Http1), 1);
        assert_eq!(generation(&connections, "http://localhost", Protocol::Any), 1);
    }

    #[test]
    fn a_client_of_the_user_stays() {
        let given = reqwest::Client::new();
        let connections = Connections::new(Duration::from_secs(1), Some(given), None, None);
        let url = Url::parse("https://api.coze.cn").expect("a URL");
        for protocol in [Protocol::Any, Protocol::Http1] {
            let connection = connections.get(&url, protocol).expect("a client");
            connection.abandon();
            assert_eq!(connection.generation, 0);
            assert!(connection.pool.is_none());
        }
    }
}
