//! An application with a login that mounts the widget. Each user has conversations of their own.
//!
//! ```sh
//! cargo run -p coze-widget --example login
//! COZE_API_TOKEN=pat_… COZE_BOT_ID=… cargo run -p coze-widget --example login
//! ```
//!
//! Without a token, a mock in this process answers.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Form, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use coze_api::Client;
use coze_mock::MockServer;
use coze_widget::WidgetOptions;
use serde::Deserialize;

/// The users who are logged in, by the secret of their session.
type Sessions = Arc<Mutex<HashMap<String, User>>>;

#[derive(Clone)]
struct User {
    /// The id that the platform receives. It identifies nobody outside of this application.
    id: String,
    name: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mock; // Stops when it is dropped.
    let (client, bot) = match std::env::var("COZE_API_TOKEN") {
        Ok(_) => (Client::from_env()?, std::env::var("COZE_BOT_ID")?),
        Err(_) => {
            mock = MockServer::start().await?;
            let client = Client::builder().token("pat_mock").base_url(mock.base_url()).build()?;
            (client, coze_mock::state::BOT.to_owned())
        }
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port())).await?;
    println!("http://{}/", listener.local_addr()?);
    axum::serve(listener, app(client, &bot)).await?;
    Ok(())
}

fn port() -> u16 {
    std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3000)
}

fn app(client: Client, bot: &str) -> Router {
    let sessions = Sessions::default();
    // The middleware below has found the user. Requests of other visitors are refused.
    let options = WidgetOptions::new().bot(bot).users(|request| {
        let user = request.extensions.get::<User>()?;
        Some(user.id.clone())
    });
    Router::new()
        .route("/", get(page))
        .route("/login", post(login))
        .route("/logout", post(logout))
        .with_state(sessions.clone())
        .nest("/widget", coze_widget::router(client, options))
        .layer(Extension(Bot(bot.to_owned())))
        .layer(middleware::from_fn_with_state(sessions, find_user))
}

#[derive(Clone)]
struct Bot(String);

/// Returns the secret of a session from the cookies.
fn secret(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    cookies.split("; ").find_map(|cookie| cookie.strip_prefix("session="))
}

async fn find_user(State(sessions): State<Sessions>, mut request: Request, next: Next) -> Response {
    let user = secret(request.headers()).and_then(|secret| {
        let sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(secret).cloned()
    });
    if let Some(user) = user {
        request.extensions_mut().insert(user);
    }
    next.run(request).await
}

async fn page(Extension(Bot(bot)): Extension<Bot>, user: Option<Extension<User>>) -> Html<String> {
    let body = match user {
        None => "<form method=post action=/login><label>Name <input name=name required></label> \
                 <button>Log in</button></form>"
            .to_owned(),
        Some(Extension(user)) => format!(
            "<p>Hello, {name}.</p><form method=post action=/logout><button>Log out</button></form>\
             <script src=/widget/index.js></script>\
             <script>new CozeWebSDK.WebChatClient({{config: {{botId: '{bot}'}}}});</script>",
            name = escape(&user.name),
            bot = escape(&bot),
        ),
    };
    let head = "<!doctype html><html lang=en><meta charset=utf-8><title>An application</title>\
                <meta name=viewport content='width=device-width'>";
    Html(format!("{head}<main><h1>An application</h1>{body}</main>"))
}

fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, c| {
        match c {
            '<' | '>' | '&' | '"' | '\'' | '\\' => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            _ => escaped.push(c),
        }
        escaped
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[derive(Deserialize)]
struct Login {
    name: String,
}

/// Logs a user in. A real application checks a password, and knows the ids of its users.
async fn login(State(sessions): State<Sessions>, Form(login): Form<Login>) -> Response {
    let mut random = [0; 32];
    if getrandom::fill(&mut random).is_err() {
        return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let secret = hexadecimal(&random);
    let digest = hmac_sha256::Hash::hash(login.name.as_bytes());
    let id = hexadecimal(&digest[..8]);
    let user = User { id, name: login.name };
    sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(secret.clone(), user);
    let cookie = format!("session={secret}; HttpOnly; SameSite=Lax; Path=/");
    with_cookie(&cookie)
}

async fn logout(State(sessions): State<Sessions>, headers: HeaderMap) -> Response {
    if let Some(secret) = secret(&headers) {
        sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(secret);
    }
    with_cookie("session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0")
}

fn with_cookie(cookie: &str) -> Response {
    let mut response = Redirect::to("/").into_response();
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
