//! The token endpoint.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac_sha256::Hash;
use serde_json::{Value, json};

use super::{Refusal, answer, app, device, invalid, jwt, refuse, secret};
use crate::auth::{self, Grant};
use crate::behavior::Context;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Challenge, IssuedToken, OAuthApp, OAuthKind, RefreshToken, State};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const JWT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The maximum lifetime of a token for a JWT, in seconds.
const LONGEST: i64 = 86_399;

/// Issues a token.
pub(super) fn token(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let token = issue(context.state, request);
    Ok(answer(context.state, token))
}

fn issue(state: &mut State, request: &Request) -> Result<Value, Refusal> {
    let grant_type = request.body()["grant_type"].as_str().unwrap_or_default();
    if grant_type == JWT {
        return for_jwt(state, request);
    }
    // Only JWTs name an account or an enterprise.
    if request.path != "/api/permission/oauth2/token" {
        return refuse("unsupported_grant_type", format!("not supported grant type: {grant_type}"));
    }
    let token = IssuedToken {
        grant_type: grant_type.to_owned(),
        user_id: state.oauth.user_id.clone(),
        ..IssuedToken::default()
    };
    match grant_type {
        "" => invalid("grant_type"),
        "authorization_code" => for_code(state, request, token),
        "refresh_token" => for_refresh_token(state, request, token),
        DEVICE => {
            let app = client(state, request)?;
            let login = device::poll(state, &app.client_id, text(request, "device_code"))?;
            let token =
                IssuedToken { client_id: app.client_id, workspace_id: login.workspace_id, ..token };
            Ok(pair(state, token))
        }
        other => refuse("unsupported_grant_type", format!("not supported grant type: {other}")),
    }
}

fn text<'a>(request: &'a Request, name: &str) -> &'a str {
    request.body()[name].as_str().unwrap_or_default()
}

/// Returns the app that asks. Only a web app sends a secret, and it must.
fn client(state: &State, request: &Request) -> Result<OAuthApp, Refusal> {
    let app = app(state, text(request, "client_id"))?;
    let shown = auth::bearer(&request.headers).ok();
    let right = match &app.kind {
        OAuthKind::Web { client_secret } => shown == Some(client_secret),
        OAuthKind::Pkce | OAuthKind::Device => shown.is_none(),
        OAuthKind::Jwt { .. } => false,
    };
    if right { Ok(app) } else { refuse("invalid_client", "") }
}

fn for_code(state: &mut State, request: &Request, token: IssuedToken) -> Result<Value, Refusal> {
    let app = client(state, request)?;
    // A code can be used only once, even if the request then fails.
    let code = state.oauth.codes.remove(text(request, "code"));
    let code = code.filter(|code| code.client_id == app.client_id && code.expires_at > state.now());
    let Some(code) = code else { return invalid("code") };
    if text(request, "redirect_uri") != code.redirect_uri {
        return invalid("redirect_uri");
    }
    let verifier = text(request, "code_verifier");
    if code.challenge.is_some_and(|challenge| !is_proof(verifier, &challenge)) {
        return invalid("code_verifier");
    }
    let token = IssuedToken { client_id: app.client_id, workspace_id: code.workspace_id, ..token };
    Ok(pair(state, token))
}

/// Returns `true` if a verifier has the form of RFC 7636 and matches the challenge.
fn is_proof(verifier: &str, challenge: &Challenge) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
        return false;
    }
    if challenge.hashed {
        return BASE64_URL_SAFE_NO_PAD.encode(Hash::hash(verifier.as_bytes())) == challenge.value;
    }
    verifier == challenge.value
}

fn for_refresh_token(
    state: &mut State,
    request: &Request,
    token: IssuedToken,
) -> Result<Value, Refusal> {
    let app = client(state, request)?;
    let old = text(request, "refresh_token");
    let known = state.oauth.refresh_tokens.get(old);
    let known =
        known.filter(|known| known.client_id == app.client_id && known.expires_at > state.now());
    let Some(known) = known.cloned() else { return invalid("refresh_token") };
    // A refresh token can be used only once.
    state.oauth.refresh_tokens.remove(old);
    let token = IssuedToken {
        client_id: app.client_id,
        user_id: known.user_id,
        workspace_id: known.workspace_id,
        ..token
    };
    Ok(pair(state, token))
}

fn for_jwt(state: &mut State, request: &Request) -> Result<Value, Refusal> {
    let Ok(bearer) = auth::bearer(&request.headers) else {
        return refuse("invalid_client", "the header Authorization holds no JWT");
    };
    let (app, claims) = jwt::verify(state, request, bearer)?;
    let seconds = match &request.body()["duration_seconds"] {
        Value::Null => state.oauth.lifetime,
        seconds => seconds.as_i64().unwrap_or_default(),
    };
    if !(1..=LONGEST).contains(&seconds) {
        return invalid("duration_seconds");
    }
    let token = IssuedToken {
        client_id: app.client_id,
        grant_type: JWT.to_owned(),
        user_id: state.oauth.user_id.clone(),
        account_id: request.text("account_id").to_owned(),
        enterprise_id: request.text("enterprise_id").to_owned(),
        scope: request.body()["scope"].clone(),
        claims: Value::Object(claims),
        ..IssuedToken::default()
    };
    Ok(access(state, token, seconds))
}

/// Issues an access token with a refresh token.
fn pair(state: &mut State, token: IssuedToken) -> Value {
    let refresh_token = secret(state, "refresh_", 48);
    let known = RefreshToken {
        client_id: token.client_id.clone(),
        user_id: token.user_id.clone(),
        workspace_id: token.workspace_id.clone(),
        expires_at: state.now() + state.oauth.refresh_lifetime,
    };
    state.oauth.refresh_tokens.insert(refresh_token.clone(), known);
    let mut reply = access(state, token, state.oauth.lifetime);
    reply["refresh_token"] = refresh_token.into();
    reply
}

/// Issues an access token.
fn access(state: &mut State, mut token: IssuedToken, seconds: i64) -> Value {
    token.expires_at = state.now() + seconds;
    token.access_token = secret(state, "czu_", 64);
    let grant = match permissions(&token.scope) {
        Some(permissions) => Grant::limited(permissions),
        None => Grant::default(),
    };
    let grant = grant.with_user(&token.user_id).with_expiry(token.expires_at);
    state.tokens.register(&token.access_token, grant);
    // Despite its name, the time at which the token expires, not a duration.
    let reply = json!({
        "access_token": token.access_token,
        "expires_in": token.expires_at,
        "token_type": "Bearer",
    });
    state.oauth.issued.push(token);
    reply
}

/// Returns the permissions to which a scope limits a token, by the names that operations use.
fn permissions(scope: &Value) -> Option<Vec<String>> {
    let list = scope["account_permission"]["permission_list"].as_array()?;
    let names = list.iter().filter_map(Value::as_str).flat_map(|name| {
        // `Connector.botChat` stands for `chat`; other names may be prefixed with a resource.
        let short = match name.rsplit_once('.') {
            Some((_, "botChat")) => "chat",
            Some((_, short)) => short,
            None => name,
        };
        [name.to_owned(), short.to_owned()]
    });
    Some(names.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_must_match_the_challenge_of_rfc_7636() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = |value: &str, hashed| Challenge { value: value.to_owned(), hashed };
        let hashed = challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", true);
        assert!(is_proof(verifier, &hashed));
        assert!(is_proof(verifier, &challenge(verifier, false)));
        assert!(!is_proof(verifier, &challenge(verifier, true)));
        assert!(!is_proof(&verifier.replace('d', "e"), &hashed));
        for wrong in ["short".to_owned(), "a".repeat(129), "ä".repeat(50)] {
            assert!(!is_proof(&wrong, &challenge(&wrong, false)), "{wrong}");
        }
        assert!(is_proof(&"a".repeat(128), &challenge(&"a".repeat(128), false)));
    }

    #[test]
    fn a_scope_names_permissions_with_or_without_the_resource() {
        let scope =
            json!({"account_permission": {"permission_list": ["Connector.botChat", "listBot"]}});
        let names = permissions(&scope).unwrap();
        assert_eq!(names, ["Connector.botChat", "chat", "listBot", "listBot"]);
        assert_eq!(permissions(&Value::Null), None);
    }
}
