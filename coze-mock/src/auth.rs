//! Access tokens and their permissions.

use std::collections::{BTreeSet, HashMap};

use http::{HeaderMap, header};

use crate::endpoint::Endpoint;
use crate::error::{ApiError, ErrorKind, TokenError};
use crate::state::USER;

/// The tokens that a server knows.
///
/// By default any well-formed token has all permissions. Once a token has been registered with the
/// builder, or [`only_known`](Self::only_known) is set, all other tokens are refused.
#[derive(Default)]
pub struct Tokens {
    known: HashMap<String, Grant>,
    /// Refuses unknown tokens.
    pub only_known: bool,
}

/// The permissions of a token.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The user on whose behalf it acts.
    pub user_id: String,
    /// Its permissions; `None` for all permissions.
    pub permissions: Option<BTreeSet<String>>,
    /// The expiry time, in Unix seconds.
    pub expires_at: Option<i64>,
}

impl Default for Grant {
    fn default() -> Self {
        Self { user_id: USER.to_owned(), permissions: None, expires_at: None }
    }
}

impl Grant {
    /// Returns a grant with only these permissions.
    pub fn limited<P: Into<String>>(permissions: impl IntoIterator<Item = P>) -> Self {
        Self {
            permissions: Some(permissions.into_iter().map(Into::into).collect()),
            ..Self::default()
        }
    }

    /// Returns the same grant for another user.
    pub fn with_user(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = user_id.into();
        self
    }

    /// Returns the same grant with an expiry time, in Unix seconds.
    pub fn with_expiry(mut self, expires_at: i64) -> Self {
        self.expires_at = Some(expires_at);
        self
    }
}

/// The user on whose behalf a request is made.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user.
    pub user_id: String,
}

impl Tokens {
    /// Registers a token, or changes its grant.
    pub fn register(&mut self, token: impl Into<String>, grant: Grant) {
        self.known.insert(token.into(), grant);
    }

    /// Expires a token: from now on it is refused as expired.
    pub fn expire(&mut self, token: &str) {
        self.known.entry(token.to_owned()).or_default().expires_at = Some(i64::MIN);
    }

    /// Returns the grant of a token, if it is registered.
    pub fn grant(&self, token: &str) -> Option<&Grant> {
        self.known.get(token)
    }

    /// Checks the token of a request and returns its grant.
    pub(crate) fn authenticate(&self, headers: &HeaderMap, now: i64) -> Result<Grant, ApiError> {
        let grant = match self.known.get(bearer(headers)?) {
            Some(grant) => grant.clone(),
            None if self.only_known => {
                return Err(ApiError::unauthenticated("the token is not known"));
            }
            None => Grant::default(),
        };
        if grant.expires_at.is_some_and(|end| end <= now) {
            return Err(ApiError::unauthenticated("the token has expired"));
        }
        Ok(grant)
    }

    /// Checks the token of a request, and its permissions.
    pub(crate) fn check(
        &self,
        headers: &HeaderMap,
        endpoint: &Endpoint,
        now: i64,
    ) -> Result<Caller, ApiError> {
        if !endpoint.is_authenticated() {
            let grant = bearer(headers).ok().and_then(|token| self.known.get(token));
            let user_id = grant.map_or(USER, |grant| &grant.user_id).to_owned();
            return Ok(Caller { user_id });
        }
        let grant = self.authenticate(headers, now)?;
        if let Some(permissions) = &grant.permissions {
            let mut needed = endpoint.permissions().iter();
            if let Some(missing) = needed.find(|needed| !permissions.contains(*needed)) {
                return Err(ApiError::forbidden(missing));
            }
        }
        Ok(Caller { user_id: grant.user_id })
    }
}

/// Moves a token from the query into the header: browsers cannot set headers when they open a
/// WebSocket.
pub(crate) fn take_from_query(parts: &mut http::request::Parts) {
    let query = crate::parameters::pairs(parts.uri.query().unwrap_or_default());
    let token = query.iter().find(|(name, _)| name == "authorization");
    if let Some((_, token)) = token
        && !parts.headers.contains_key(header::AUTHORIZATION)
        && let Ok(mut token) = http::HeaderValue::from_str(token)
    {
        token.set_sensitive(true);
        parts.headers.insert(header::AUTHORIZATION, token);
    }
}

/// The bearer token of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        let error = ApiError::unauthenticated("the header Authorization is missing");
        return Err(error.with_kind(ErrorKind::Token(TokenError::Missing)));
    };
    let token = value.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
    let well_formed =
        |token: &&str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    token.filter(well_formed).ok_or_else(|| {
        let why = "the header Authorization is not `Bearer` and a token";
        ApiError::unauthenticated(why).with_kind(ErrorKind::Token(TokenError::Malformed))
    })
}
