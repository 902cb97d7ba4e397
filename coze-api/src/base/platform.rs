//! The platforms that serve the API, and the facts about those that differ from the cloud.

use std::fmt;
use std::str::FromStr;

use crate::base::error::{Error, Result};
pub(crate) use crate::generated::studio::STUDIO;

/// A platform that serves the API.
///
/// ```
/// use coze_api::{Client, Platform};
///
/// let coze = Client::builder()
///     .platform(Platform::Studio)
///     .base_url("http://localhost:8888")
///     .token("pat_example")
///     .build()?;
/// assert_eq!(coze.platform(), Platform::Studio);
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// The responses of all platforms are understood without it. It is needed where a request must
/// differ, and it turns operations that the platform lacks into errors before anything is sent.
#[doc(alias = "self-hosted")]
#[doc(alias = "open source")]
#[doc(alias = "on-premises")]
#[doc(alias = "coze-studio")]
#[doc(alias = "私有化部署")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Platform {
    /// The vendor's cloud, or a gateway in front of it.
    #[default]
    Cloud,
    /// A self-hosted [Coze Studio](https://github.com/coze-dev/coze-studio).
    Studio,
}

impl Platform {
    /// Returns the facts about the platform, or `None` if it is the one that the spec describes.
    pub(crate) fn facts(self) -> Option<&'static Facts> {
        match self {
            Self::Cloud => None,
            Self::Studio => Some(&STUDIO),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cloud => "Coze",
            Self::Studio => "Coze Studio",
        })
    }
}

/// Reads `cloud` or `studio`, in any case.
impl FromStr for Platform {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "cloud" => Ok(Self::Cloud),
            "studio" => Ok(Self::Studio),
            _ => Err(Error::config("the platform must be `cloud` or `studio`")),
        }
    }
}

/// The facts about a platform as a whole.
pub(crate) struct Facts {
    /// The base URL of a default installation.
    pub(crate) url: &'static str,
    /// The response header with the log ID.
    pub(crate) log_id: &'static str,
    /// A text in the message for a path that is not served.
    pub(crate) absent: &'static str,
    pub(crate) wrapped: Wrapped,
    /// The operations that are served, by ID.
    pub(crate) served: &'static [Served],
    /// The IDs of the operations and channels that are not served, in order.
    pub(crate) missing: &'static [&'static str],
}

/// The form of an error in the message of another one.
pub(crate) struct Wrapped {
    /// The codes of the errors around it.
    pub(crate) codes: &'static [i64],
    /// The text before the code, between the code and the message, and after the message.
    pub(crate) texts: [&'static str; 3],
}

/// The differences of an operation from the cloud's.
pub(crate) struct Served {
    pub(crate) id: &'static str,
    /// The path template. Path parameters that it lacks travel in the query.
    pub(crate) path: Option<&'static str>,
    /// The member of the response that holds the payload.
    pub(crate) payload: Option<&'static str>,
    /// The response is the payload itself, without an envelope.
    pub(crate) bare: bool,
    /// The parameter with the page number, and the number of the first page.
    pub(crate) first_page: Option<(&'static str, i64)>,
    /// Values that are sent if the caller gives none.
    pub(crate) send: &'static [Sent],
}

/// A value that a platform needs.
#[allow(dead_code, reason = "which values are sent depends on the spec")]
pub(crate) enum Sent {
    /// A query parameter.
    Query(&'static str, &'static str),
    /// A member of the body, with its JSON text.
    Body(&'static str, &'static str),
}

impl Served {
    /// An operation that does not differ.
    pub(crate) const fn new(id: &'static str) -> Self {
        Self { id, path: None, payload: None, bare: false, first_page: None, send: &[] }
    }
}

impl Facts {
    /// Returns the differences of an operation that is served.
    pub(crate) fn operation(&self, id: &str) -> Option<&'static Served> {
        let at = self.served.binary_search_by(|served| served.id.cmp(id)).ok()?;
        Some(&self.served[at])
    }

    /// Returns `true` for an operation of the cloud that the platform lacks.
    pub(crate) fn lacks(&self, id: &str) -> bool {
        self.missing.binary_search(&id).is_ok()
    }
}

impl Wrapped {
    /// Reads the error that is written in the message of an error with this code.
    pub(crate) fn inside<'a>(&self, code: Option<i64>, msg: &'a str) -> Option<(i64, &'a str)> {
        code.filter(|code| self.codes.contains(code)).and_then(|_| self.read(msg))
    }

    /// Reads an error that is written as text.
    pub(crate) fn read<'a>(&self, text: &'a str) -> Option<(i64, &'a str)> {
        let [before, between, after] = self.texts;
        let (code, rest) = text.trim_start().strip_prefix(before)?.split_once(between)?;
        let msg = rest.split_once(after).map_or(rest, |(msg, _)| msg);
        Some((code.parse().ok()?, msg.trim_end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_found_by_id() {
        assert!(STUDIO.served.is_sorted_by_key(|served| served.id));
        assert!(STUDIO.missing.is_sorted());
        let cancel = STUDIO.operation("chat.cancel").expect("served");
        assert_eq!(cancel.id, "chat.cancel");
        assert!(STUDIO.operation("users.me").is_none() && STUDIO.lacks("users.me"));
        assert!(!STUDIO.lacks("chat.cancel") && !STUDIO.lacks("GET /v1/users/me"));
        assert!(Platform::Cloud.facts().is_none());
    }

    #[test]
    fn errors_inside_messages_are_read() {
        let wrapped = Wrapped { codes: &[400], texts: ["c=", " m=", "\ns="] };
        assert_eq!(wrapped.inside(Some(400), "c=-7 m=a b\nc\ns=x\n"), Some((-7, "a b\nc")));
        assert_eq!(wrapped.inside(Some(400), "c=7 m="), Some((7, "")));
        assert_eq!(wrapped.inside(Some(401), "c=7 m=a"), None);
        assert_eq!(wrapped.inside(None, "c=7 m=a"), None);
        for other in ["", "c=", "c=x m=a", "odd c=7 m=a", "c=7"] {
            assert_eq!(wrapped.read(other), None, "{other}");
        }
    }
}
