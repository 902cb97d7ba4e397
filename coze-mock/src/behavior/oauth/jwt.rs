//! JWTs, with which apps authenticate.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::{Refusal, app, refuse};
use crate::request::Request;
use crate::state::{OAuthApp, OAuthKind, State};

/// The number of seconds by which the clock of an app may be ahead.
const SKEW: i64 = 60;

/// Returns the app that has signed a JWT, and the claims. A JWT can be used only once.
pub(super) fn verify(
    state: &mut State,
    request: &Request,
    jwt: &str,
) -> Result<(OAuthApp, Map<String, Value>), Refusal> {
    let signer = signer(state, jwt);
    let Some((client_id, claims)) = signer else {
        return refuse("invalid_client", "the JWT is not signed by a key of an app");
    };
    let app = app(state, &client_id)?;
    let now = state.now();
    let text = |name: &str| claims[name].as_str().unwrap_or_default();
    let number = |name: &str| claims[name].as_i64().unwrap_or_default();
    let (issued, expires) = (number("iat"), number("exp"));
    let jti = text("jti");
    state.oauth.jtis.retain(|_, end| *end > now);
    let wrong = [
        ("iss", claims["iss"] != client_id.as_str()),
        ("aud", !is_audience(text("aud"), request.header("host"))),
        ("iat", issued <= 0 || issued > now + SKEW),
        ("exp", expires <= now || expires <= issued),
        ("jti", jti.is_empty() || state.oauth.jtis.contains_key(jti)),
    ];
    if let Some((name, _)) = wrong.iter().find(|(_, wrong)| *wrong) {
        return refuse("invalid_client", format!("the claim {name} of the JWT is wrong"));
    }
    state.oauth.jtis.insert(jti.to_owned(), expires);
    Ok((app, claims))
}

/// Returns `true` for the host of the API, with or without its port.
fn is_audience(audience: &str, host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    !audience.is_empty() && (audience == host || audience == name)
}

/// Returns the client id of the app whose key has signed a JWT, and the claims.
fn signer(state: &State, jwt: &str) -> Option<(String, Map<String, Value>)> {
    let (message, signature) = jwt.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let object = |part: &str| {
        let json = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice::<Map<String, Value>>(&json).ok()
    };
    let (header, claims) = (object(header)?, object(claims)?);
    // `typ` is optional.
    if header.get("alg")? != "RS256" || header.get("typ").is_some_and(|kind| kind != "JWT") {
        return None;
    }
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
    let app = state.oauth.apps.all().find(|app| match &app.kind {
        OAuthKind::Jwt { public_key_id, public_key } => {
            header.get("kid").is_some_and(|kid| kid == public_key_id.as_str())
                && public_key.has_signed(message.as_bytes(), &signature)
        }
        _ => false,
    });
    Some((app?.client_id.clone(), claims))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audience_is_the_host() {
        assert!(is_audience("127.0.0.1:8080", "127.0.0.1:8080"));
        assert!(is_audience("127.0.0.1", "127.0.0.1:8080"));
        assert!(is_audience("localhost", "localhost"));
        assert!(!is_audience("api.coze.cn", "127.0.0.1:8080"));
        assert!(!is_audience("127.0.0.1:81", "127.0.0.1:8080"));
        assert!(!is_audience("", ""));
    }
}
