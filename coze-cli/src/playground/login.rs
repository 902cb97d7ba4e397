//! A token that the user enters in the page.
//!
//! The page sends it once. It stays in memory until the server ends, or becomes a profile if the
//! user names one. No response contains it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use coze_api::{AccessToken, Client};
use serde::Deserialize;

use super::target::Source;
use super::{AppState, error_response};
use crate::backend::{Backend, PlatformName};
use crate::failure::Failure;
use crate::language::{say, text};
use crate::profile::{self, Login, Profile, Vault};

/// A token, and the API that it is for.
#[derive(Deserialize)]
pub(super) struct EnteredToken {
    token: String,
    base_url: String,
    #[serde(default)]
    platform: Option<PlatformName>,
    /// The name of the new profile; without one, the token is kept in memory.
    #[serde(default)]
    profile: Option<String>,
}

impl EnteredToken {
    /// Checks the token, saves it if it has a name, and opens its API.
    async fn log_in(self) -> Result<(Backend, Source), Failure> {
        let Self { token, base_url, platform, profile: name } = self;
        let (token, base_url) = (token.trim().to_owned(), base_url.trim().to_owned());
        if base_url.is_empty() || token.is_empty() {
            let message = say!("enter a token and the address of its API", "请输入令牌和 API 地址");
            return Err(Failure::Usage(message));
        }
        AccessToken::new(token.as_str())?;
        // A user who trusts the network can do this with `coze auth login`.
        if profile::is_unencrypted_remote(&base_url) {
            return Err(Failure::Usage(say!(
                "the token would be sent to {base_url} unencrypted; use an https URL",
                "令牌会以明文发送到 {base_url}；请使用 https 地址",
            )));
        }
        let vault = Vault::open()?;
        let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        if let Some(name) = &name
            && vault.find(name)?.is_some()
        {
            return Err(Failure::Usage(say!(
                "there is a profile `{name}` already; choose another name",
                "已有账号配置 `{name}`；请使用其他名称",
            )));
        }
        let login = Login::Token { token };
        let mut profile = Profile { login, base_url: Some(base_url), platform };
        let client = profile.clone().client(None).await?;
        verify(&client).await?;
        let Some(name) = name else {
            return Ok((Backend { client, mock: None }, Source::Entered));
        };
        profile.base_url = Some(client.base_url().to_owned());
        vault.save(&name, &profile, None).await?;
        vault.adopt(&name)?;
        Ok((Backend { client, mock: None }, Source::Profile(name)))
    }
}

/// Fails if the API rejects the token. It may lack the permission to read its user, and Coze Studio
/// does not tell the user.
async fn verify(client: &Client) -> Result<(), Failure> {
    match client.users().me().await {
        Err(error) if !error.is_permission_denied() && !error.is_unsupported() => Err(error.into()),
        _ => Ok(()),
    }
}

/// Switches to the API of a token that the user has entered.
pub(super) async fn enter(State(app): State<Arc<AppState>>, body: Bytes) -> Response {
    let Ok(entered) = serde_json::from_slice::<EnteredToken>(&body) else {
        // The parser's message is dropped because it may quote the token.
        let message = text("the body is not a valid login", "请求体不是有效的登录信息");
        return error_response(StatusCode::BAD_REQUEST, message);
    };
    match entered.log_in().await {
        Ok((backend, source)) => {
            app.previews.clear();
            app.targets.enter(backend, source);
            Json(app.state()).into_response()
        }
        Err(failure) => error_response(StatusCode::BAD_REQUEST, &failure.to_string()),
    }
}

/// Forgets the token that the user has entered, and switches to the mock if it is in use.
pub(super) async fn forget(State(app): State<Arc<AppState>>) -> Response {
    app.previews.clear();
    match app.targets.forget_entered().await {
        Ok(()) => Json(app.state()).into_response(),
        Err(failure) => error_response(StatusCode::INTERNAL_SERVER_ERROR, &failure.to_string()),
    }
}
