//! OAuth: the authorization page, device codes, and tokens.

mod device;
mod jwt;
mod token;

use http::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{AuthorizationCode, Challenge};
use crate::state::{Decision, OAuthApp, OAuthKind, State};

/// The lifetime of an authorization code, in seconds.
const CODE: i64 = 300;

pub(super) fn register(all: &mut Behaviors) {
    for place in ["", "/workspace_id/{workspace_id}"] {
        let path = |rest: &str| format!("/api/permission/oauth2{place}/{rest}");
        let id = |name: &str| match place {
            "" => format!("oauth.{name}"),
            _ => format!("oauth.workspace.{name}"),
        };
        all.route(&id("authorize"), Method::GET, &path("authorize"), authorize);
        all.route(&id("device_code"), Method::POST, &path("device/code"), device::code);
    }
    for (id, path) in [
        ("oauth.token", "/api/permission/oauth2/token"),
        ("oauth.account.token", "/api/permission/oauth2/account/{account_id}/token"),
        ("oauth.enterprise.token", "/api/permission/oauth2/enterprise_id/{enterprise_id}/token"),
    ] {
        all.route(id, Method::POST, path, token::token);
    }
    all.route("mock.device", Method::GET, "/mock/oauth/device", device::page);
    all.route("mock.oauth_app", Method::GET, "/mock/oauth/apps/{client_id}", config);
}

/// Returns the configuration file of an app, for programs that know only the address of the server.
fn config(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let app = context.state.oauth.apps.require("client_id", request.text("client_id"))?;
    Ok(Reply::json(app.config(&context.base_url())).unchecked())
}

/// A refusal to grant access: the name of the error and its message.
type Refusal = (&'static str, String);

fn refuse<T>(name: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err((name, message.into()))
}

/// Refuses a parameter.
fn invalid<T>(parameter: &str) -> Result<T, Refusal> {
    refuse("invalid_request", format!("invalid request: {parameter}"))
}

/// The reply of an OAuth endpoint, with the time of the server, from which clients correct the
/// times in JWTs.
fn answer(state: &State, result: Result<Value, Refusal>) -> Reply {
    let reply = match result {
        Ok(value) => Reply::json(value),
        // Both the documented members and the ones that official SDKs read.
        Err((
            name @ ("authorization_pending" | "slow_down" | "access_denied" | "expired_token"),
            message,
        )) => Reply::json(json!({
            "error": name,
            "error_description": message,
            "error_code": name,
            "error_message": message,
        }))
        .with_status(StatusCode::BAD_REQUEST),
        Err((name, message)) => Reply::json(json!({"error_code": name, "error_message": message}))
            .with_status(StatusCode::BAD_REQUEST),
    };
    let now = u64::try_from(state.now()).unwrap_or_default();
    let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(now);
    reply.with_header("date", &httpdate::fmt_http_date(date)).unchecked()
}

/// Returns the app with that id, if it is enabled.
fn app(state: &State, client_id: &str) -> Result<OAuthApp, Refusal> {
    let Some(app) = state.oauth.apps.get(client_id) else { return invalid("client_id") };
    if app.active {
        return Ok(app.clone());
    }
    let message = format!("app: {} is currently deactivated by the owner", app.name);
    refuse("access_deny", message)
}

/// Returns a prefix followed by random characters.
fn secret(state: &mut State, prefix: &str, length: usize) -> String {
    let random = (0..length).map(|_| state.random.alphanumeric());
    prefix.chars().chain(random).collect()
}

/// Returns the workspace in the path, if there is one. It must exist.
fn workspace(state: &State, request: &Request) -> Result<String, Refusal> {
    let workspace = request.text("workspace_id");
    if !workspace.is_empty() && state.workspaces.get(workspace).is_none() {
        return invalid("workspace_id");
    }
    Ok(workspace.to_owned())
}

/// The authorization page. It decides for the user at once and redirects back.
fn authorize(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let state = &mut *context.state;
    let back = match redirect(state, request) {
        Ok(back) => back,
        // An unknown app must not be able to redirect users.
        Err(refusal) => return Ok(answer(state, Err(refusal))),
    };
    let page = Reply::file("text/html; charset=utf-8", "");
    Ok(page.with_status(StatusCode::FOUND).with_header("location", &back).unchecked())
}

fn redirect(state: &mut State, request: &Request) -> Result<String, Refusal> {
    let query = |name: &str| {
        let pair = request.query().iter().find(|(known, _)| known == name);
        pair.map_or("", |(_, value)| value)
    };
    if query("response_type") != "code" {
        return invalid("response_type");
    }
    let app = app(state, query("client_id"))?;
    let redirect_uri = query("redirect_uri");
    let registered =
        app.redirect_uris.is_empty() || app.redirect_uris.iter().any(|known| known == redirect_uri);
    if redirect_uri.is_empty() || !registered {
        return invalid("redirect_uri");
    }
    let challenge = match (query("code_challenge"), query("code_challenge_method")) {
        ("", _) => None,
        (value, "S256") => Some(Challenge { value: value.to_owned(), hashed: true }),
        (value, "plain" | "") => Some(Challenge { value: value.to_owned(), hashed: false }),
        _ => return invalid("code_challenge_method"),
    };
    match app.kind {
        OAuthKind::Web { .. } => {}
        OAuthKind::Pkce if challenge.is_some() => {}
        OAuthKind::Pkce => return invalid("code_challenge"),
        OAuthKind::Device | OAuthKind::Jwt { .. } => return invalid("client_id"),
    }
    let workspace_id = workspace(state, request)?;
    let outcome = if state.oauth.consent == Decision::Grant {
        let code = secret(state, "code_", 32);
        let granted = AuthorizationCode {
            client_id: app.client_id,
            redirect_uri: redirect_uri.to_owned(),
            workspace_id,
            challenge,
            expires_at: state.now() + CODE,
        };
        state.oauth.codes.insert(code.clone(), granted);
        vec![("code", code)]
    } else {
        let why = "the user has refused access".to_owned();
        vec![("error", "access_denied".to_owned()), ("error_description", why)]
    };
    let mut back = redirect_uri.to_owned();
    for (name, value) in outcome
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .chain([("state", query("state"))])
    {
        back.push(if back.contains('?') { '&' } else { '?' });
        back.push_str(name);
        back.push('=');
        back.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
    }
    Ok(back)
}
