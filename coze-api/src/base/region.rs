//! The addresses of the API.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use reqwest::Url;

use crate::base::error::{Error, Result};

/// A region of the Coze cloud. Accounts, bots and tokens belong to one region.
///
/// ```
/// use coze_api::{Client, Region};
///
/// let coze = Client::builder().token("pat_example").region(Region::Com).build()?;
/// assert_eq!(coze.base_url(), "https://api.coze.com");
/// assert_eq!(coze.www_url(), "https://www.coze.com");
/// assert_eq!(coze.ws_url(), "wss://ws.coze.com");
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// The other region refuses a token, with HTTP status 401 or code 4101. For any other server, use
/// [`ClientBuilder::base_url`](crate::ClientBuilder::base_url).
#[doc(alias = "coze.com")]
#[doc(alias = "coze.cn")]
#[doc(alias = "扣子")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Region {
    /// `coze.cn`, in China. The default.
    #[default]
    Cn,
    /// `coze.com`, international.
    Com,
}

impl Region {
    fn domain(self) -> &'static str {
        match self {
            Self::Cn => "coze.cn",
            Self::Com => "coze.com",
        }
    }
}

/// `cn` or `com`, which [`FromStr`] reads.
impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cn => "cn",
            Self::Com => "com",
        })
    }
}

/// Reads `cn` or `com`, or the domain `coze.cn` or `coze.com`, in any case.
///
/// ```
/// use coze_api::Region;
///
/// let region: Region = "com".parse()?;
/// assert_eq!((region, region.to_string().as_str()), (Region::Com, "com"));
/// # Ok::<(), coze_api::Error>(())
/// ```
impl FromStr for Region {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "cn" | "coze.cn" => Ok(Self::Cn),
            "com" | "coze.com" => Ok(Self::Com),
            _ => Err(Error::config("the region must be `cn` or `com`")),
        }
    }
}

/// The addresses of one installation, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoints {
    /// The URL of the REST API.
    pub(crate) api: String,
    /// The URL of the pages on which users grant access.
    pub(crate) www: String,
    /// The URL of the WebSocket API.
    pub(crate) ws: String,
    /// `api`, parsed once, because parsing costs more than all the rest of a URL.
    parsed: OnceLock<Url>,
}

impl From<Region> for Endpoints {
    fn from(region: Region) -> Self {
        let domain = region.domain();
        Self {
            api: format!("https://api.{domain}"),
            www: format!("https://www.{domain}"),
            ws: format!("wss://ws.{domain}"),
            parsed: OnceLock::new(),
        }
    }
}

impl Endpoints {
    /// Returns the URL of the REST API, to which a path is added.
    pub(crate) fn base(&self) -> Result<Url> {
        if let Some(url) = self.parsed.get() {
            return Ok(url.clone());
        }
        let url = Url::parse(&self.api).map_err(|_| Error::config("the base URL is not a URL"))?;
        Ok(self.parsed.get_or_init(|| url).clone())
    }

    /// Returns `true` if both APIs are at the same scheme, host and port.
    pub(crate) fn is_same_host(&self, other: &Self) -> bool {
        let origin = |endpoints: &Self| endpoints.base().ok().map(|url| url.origin());
        origin(self) == origin(other)
    }

    /// Sets another URL of the WebSocket API.
    pub(crate) fn with_ws(mut self, ws_url: &str) -> Result<Self> {
        let (url, port, path) = check(ws_url, "WebSocket URL", ["wss", "ws"])?;
        let (scheme, host) = (url.scheme(), url.host_str().unwrap_or_default());
        self.ws = format!("{scheme}://{host}{port}{path}");
        Ok(self)
    }

    /// Derives all addresses from that of the REST API: `api.X` has the siblings `www.X`
    /// and `ws.X`, any other host serves everything itself. A path is kept as a prefix.
    pub(crate) fn custom(base_url: &str) -> Result<Self> {
        let (url, port, path) = check(base_url, "base URL", ["https", "http"])?;
        let (secure, host) = (url.scheme() == "https", url.host_str().unwrap_or_default());
        let sibling = |name: &str| match host.strip_prefix("api.") {
            Some(domain) => format!("{name}.{domain}{port}{path}"),
            None => format!("{host}{port}{path}"),
        };
        let (http, ws) = if secure { ("https", "wss") } else { ("http", "ws") };
        Ok(Self {
            api: format!("{http}://{host}{port}{path}"),
            www: format!("{http}://{}", sibling("www")),
            ws: format!("{ws}://{}", sibling("ws")),
            parsed: OnceLock::new(),
        })
    }
}

/// The beginnings of the paths of the API, which each operation adds by itself.
const API_PATHS: [&str; 4] = ["/v1", "/v2", "/v3", "/open_api"];

/// Returns the end of a base URL that is probably the beginning of an operation's path, and
/// then stands twice in the URL of each request. A gateway may have such a base.
pub(crate) fn doubtful_end(base_url: &str) -> Option<&'static str> {
    API_PATHS.into_iter().find(|end| base_url.ends_with(end))
}

/// Parses a URL without a user name, a query or a fragment. Returns the URL, `:port`, and the path
/// without a slash at the end.
fn check(text: &str, name: &str, [secure, plain]: [&str; 2]) -> Result<(Url, String, String)> {
    let invalid = |why: &str| Error::config(format!("the {name} {why}"));
    let url = Url::parse(text.trim()).map_err(|_| {
        invalid(&format!("is not an absolute URL, such as `{secure}://api.coze.cn`"))
    })?;
    if url.scheme() != secure && url.scheme() != plain {
        let why = format!("must start with `{secure}://` or `{plain}://`");
        return Err(invalid(&why));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("must not hold a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("must not have a query or fragment"));
    }
    if url.host_str().is_none() {
        return Err(invalid("has no host"));
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = url.path().trim_end_matches('/').to_owned();
    Ok((url, port, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(api: &str, www: &str, ws: &str) -> Endpoints {
        let parsed = OnceLock::new();
        Endpoints { api: api.into(), www: www.into(), ws: ws.into(), parsed }
    }

    #[test]
    fn a_region_is_read_as_it_is_written() {
        for (region, domain) in [(Region::Cn, "Coze.CN"), (Region::Com, " coze.com\n")] {
            assert_eq!(region.to_string().parse::<Region>().expect("written"), region);
            assert_eq!(domain.parse::<Region>().expect(domain), region);
        }
        for wrong in ["", "us", "coze", "https://api.coze.com"] {
            assert!(wrong.parse::<Region>().is_err_and(|error| error.is_config()), "{wrong}");
        }
    }

    #[test]
    fn a_region_is_one_switch() {
        for (region, domain) in [(Region::Cn, "coze.cn"), (Region::Com, "coze.com")] {
            let expected = Endpoints::custom(&format!("https://api.{domain}/")).expect("valid");
            assert_eq!(Endpoints::from(region), expected);
        }
        assert_eq!(Region::default(), Region::Cn);
    }

    #[test]
    fn siblings_follow_the_base_url() {
        let cases = [
            (
                "http://127.0.0.1:8080/",
                ["http://127.0.0.1:8080", "http://127.0.0.1:8080", "ws://127.0.0.1:8080"],
            ),
            (
                "https://api.example.com:8443/coze/",
                [
                    "https://api.example.com:8443/coze",
                    "https://www.example.com:8443/coze",
                    "wss://ws.example.com:8443/coze",
                ],
            ),
            ("https://[::1]/a/b", ["https://[::1]/a/b", "https://[::1]/a/b", "wss://[::1]/a/b"]),
        ];
        for (base, [api, www, ws]) in cases {
            assert_eq!(Endpoints::custom(base).expect(base), endpoints(api, www, ws));
        }
    }

    #[test]
    fn the_websocket_api_may_live_elsewhere() {
        let base = Endpoints::from(Region::Cn);
        let moved = base.clone().with_ws("ws://127.0.0.1:9/x/").expect("valid");
        assert_eq!((&*moved.ws, &moved.api), ("ws://127.0.0.1:9/x", &base.api));
        for url in ["https://ws.coze.cn", "wss://u:p@ws.coze.cn", "wss://ws.coze.cn?a=b"] {
            let error = base.clone().with_ws(url).expect_err(url);
            assert!(error.is_config(), "{error}");
        }
    }

    #[test]
    fn a_base_url_may_end_like_a_path_of_the_api() {
        for (end, expected) in [
            ("/v1", Some("/v1")),
            ("/v3/", Some("/v3")),
            ("/open_api", Some("/open_api")),
            ("/prefix/v2//", Some("/v2")),
            ("/v12", None),
            ("", None),
        ] {
            let endpoints = Endpoints::custom(&format!("https://api.coze.cn{end}")).expect(end);
            let path = end.trim_end_matches('/');
            assert_eq!(endpoints.api, format!("https://api.coze.cn{path}"));
            assert_eq!(doubtful_end(&endpoints.api), expected, "{end}");
        }
    }

    #[test]
    fn a_base_url_that_hides_something_is_refused() {
        for base in [
            "api.coze.cn",
            "ftp://api.coze.cn",
            "https://user:pw@api.coze.cn",
            "https://api.coze.cn?x=1",
            "https://api.coze.cn#x",
            "",
        ] {
            let error = Endpoints::custom(base).expect_err(base);
            assert!(error.is_config() && !error.to_string().contains("pw"), "{error}");
        }
    }
}
