//! The device flow: a device without a browser shows a code, and the user enters it elsewhere.

use serde_json::{Value, json};

use super::{Refusal, answer, app, invalid, refuse, secret, workspace};
use crate::auth;
use crate::behavior::Context;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Decision, DeviceLogin, OAuthKind, State};

/// The number of seconds by which the interval grows when a device polls too soon.
const SLOWER: i64 = 5;

/// The letters of user codes, without those that are easily confused.
const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Issues a device code and the code that the user enters.
pub(super) fn code(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let page = format!("{}/mock/oauth/device", context.base_url());
    let codes = begin(context.state, request, &page);
    Ok(answer(context.state, codes))
}

fn begin(state: &mut State, request: &Request, page: &str) -> Result<Value, Refusal> {
    let app = app(state, request.text("client_id"))?;
    if !matches!(app.kind, OAuthKind::Device) || auth::bearer(&request.headers).is_ok() {
        return invalid("client_id");
    }
    let workspace_id = workspace(state, request)?;
    let mut half = || -> String {
        let letters = (0..4).map(|_| state.random.choice(LETTERS).copied().unwrap_or(b'X'));
        letters.map(char::from).collect()
    };
    let user_code = format!("{}-{}", half(), half());
    let login = DeviceLogin {
        user_code: user_code.clone(),
        client_id: app.client_id,
        workspace_id,
        decision: Decision::Pending,
        polls: 0,
        interval: state.oauth.device_interval,
        expires_at: state.now() + state.oauth.device_lifetime,
        device_code: secret(state, "device_", 32),
        polled_at: None,
    };
    let reply = json!({
        "device_code": login.device_code,
        "user_code": user_code,
        "verification_uri": page,
        "expires_in": state.oauth.device_lifetime,
        "interval": login.interval,
    });
    state.oauth.devices.insert(user_code, login);
    Ok(reply)
}

/// Answers a device that polls for its token.
pub(super) fn poll(
    state: &mut State,
    client_id: &str,
    device_code: &str,
) -> Result<DeviceLogin, Refusal> {
    let (now, grant_after) = (state.now(), state.oauth.grant_after);
    let mut all = state.oauth.devices.all_mut();
    let login = all.find(|login| login.device_code == device_code && login.client_id == client_id);
    let Some(login) = login else { return invalid("device_code") };
    if login.expires_at <= now {
        return refuse("expired_token", "the device code has expired");
    }
    let too_soon = login.polled_at.is_some_and(|last| now - last < login.interval);
    login.polled_at = Some(now);
    if too_soon {
        login.interval += SLOWER;
        return refuse("slow_down", "the device polls too often");
    }
    login.polls += 1;
    if login.decision == Decision::Pending && grant_after.is_some_and(|n| login.polls > n) {
        login.decision = Decision::Grant;
    }
    match login.decision {
        Decision::Pending => refuse("authorization_pending", "the user has not decided yet"),
        Decision::Refuse => refuse("access_denied", "the user has refused access"),
        Decision::Grant => {
            let login = login.clone();
            // A code can be used only once.
            state.oauth.devices.remove(&login.user_code);
            Ok(login)
        }
    }
}

/// The page on which the user enters the code, with a link to grant and one to refuse access.
pub(super) fn page(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let query = |name: &str| {
        let pair = request.query().iter().find(|(known, _)| known == name);
        pair.map_or("", |(_, value)| value)
    };
    let code = query("user_code");
    let text = match query("decision") {
        _ if context.state.oauth.devices.get(code).is_none() => {
            "<form><label>Code <input name=user_code></label> <button>Continue</button></form>"
                .to_owned()
        }
        "grant" if context.state.oauth.decide(code, Decision::Grant) => {
            "<p>Access is granted.</p>".to_owned()
        }
        "refuse" if context.state.oauth.decide(code, Decision::Refuse) => {
            "<p>Access is refused.</p>".to_owned()
        }
        "" => {
            // Known codes need no HTML escaping.
            let link = |decision: &str, name: &str| {
                format!("<a href=\"?user_code={code}&amp;decision={decision}\">{name}</a>")
            };
            format!("<p>{} {}</p>", link("grant", "Grant access"), link("refuse", "Refuse it"))
        }
        _ => "<p>This code has already been used.</p>".to_owned(),
    };
    let page = format!("<!doctype html><title>coze-mock</title><h1>Log in a device</h1>{text}\n");
    Ok(Reply::file("text/html; charset=utf-8", page).unchecked())
}
