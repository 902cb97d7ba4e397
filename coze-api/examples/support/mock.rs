//! The mock server, which examples use when they run without a token.

use std::io;
use std::path::PathBuf;

use coze_mock::state::{self, ApiApp};
use coze_mock::{MockServer, Platform};
use serde_json::json;
use tokio::sync::OnceCell;

/// A token that the mock server accepts. It also signs callbacks with it.
pub(crate) const TOKEN: &str = "pat_mock";

/// Runs until the process exits.
static SERVER: OnceCell<MockServer> = OnceCell::const_new();

/// The same for the server that behaves as Coze Studio.
static STUDIO: OnceCell<MockServer> = OnceCell::const_new();

/// Returns `true` if no token is set, so that the mock server is used.
pub(crate) fn is_wanted() -> bool {
    std::env::var_os("COZE_API_TOKEN").is_none_or(|token| token.is_empty())
}

/// Returns `true` if the mock server has been started.
pub(crate) fn is_running() -> bool {
    SERVER.initialized()
}

/// Returns the mock server, starting it if necessary.
pub(crate) async fn server() -> io::Result<&'static MockServer> {
    SERVER.get_or_try_init(start).await
}

async fn start() -> io::Result<MockServer> {
    let server = MockServer::start().await?;
    // Logins by device are granted without a user.
    server.state(|state| {
        state.oauth.device_interval = 1;
        state.oauth.grant_after = Some(0);
    });
    Ok(announced(server))
}

/// Starts a server that behaves as Coze Studio, and returns its URL.
pub(crate) async fn start_studio() -> io::Result<String> {
    let start = async || {
        let server = MockServer::builder().platform(Platform::Studio).start().await?;
        io::Result::Ok(announced(server))
    };
    Ok(STUDIO.get_or_try_init(start).await?.base_url())
}

fn announced(server: MockServer) -> MockServer {
    eprintln!("[COZE_API_TOKEN is not set: using a mock server at {}]", server.base_url());
    server
}

/// Returns the default value of the argument with this name.
pub(crate) fn value(name: &str) -> io::Result<Option<String>> {
    Ok(Some(match name {
        "BOT_ID" => state::BOT.to_owned(),
        "WORKSPACE_ID" => state::WORKSPACE.to_owned(),
        "WORKFLOW_ID" => state::WORKFLOW.to_owned(),
        "ASKING_WORKFLOW_ID" => state::ASKING_WORKFLOW.to_owned(),
        "CHATFLOW_ID" => state::CHATFLOW.to_owned(),
        // A conversation of the spec's examples.
        "CONVERSATION_ID" => "7381473525342978089".to_owned(),
        "PLUGIN_ID" => state::PLUGIN.to_owned(),
        "PAGE_URL" => "https://example.com/".to_owned(),
        "PICTURE_URL" => "https://example.com/cup.png".to_owned(),
        "REDIRECT_URI" => "https://my-app.example.com/callback".to_owned(),
        "LOCAL_REDIRECT_URI" => "http://127.0.0.1:0/".to_owned(),
        "ADDRESS" => "127.0.0.1:0".to_owned(),
        "TEXT" => "The train leaves at noon.".to_owned(),
        // The assistant of the mock server answers, then waits until the chat is canceled.
        "LONG_QUESTION" => "[answer Once upon a time there was a tea house.] [hold]".to_owned(),
        "ANSWER" => "Monday".to_owned(),
        "QUESTIONS" => file("questions.txt", Some(b"How hot is green tea?\nAnd black tea?\n"))?,
        "QUESTION_FILE" => file("question.json", None)?,
        "CSV" => file("bots.csv", None)?,
        "DOCUMENT" => {
            file("guide.txt", Some(b"Green tea: 80 degrees.\n\nBlack tea: 95 degrees.\n"))?
        }
        "FILE" => file("cup.png", Some(include_bytes!("cup.png")))?,
        "RECORDING" => {
            let recording = coze_mock::recording("Good morning!");
            file("question.wav", Some(&recording))?
        }
        "OUTPUT" => file("speech.mp3", None)?,
        "WAV" => file("answer.wav", None)?,
        "TOKEN_FILE" => file("coze_token.json", None)?,
        _ => return Ok(None),
    }))
}

/// Returns the path of the configuration file of one of the mock server's OAuth apps.
pub(crate) async fn oauth_config(kind: &str) -> io::Result<String> {
    let app = match kind {
        "web" => state::WEB_APP,
        "pkce" => state::PKCE_APP,
        "device" => state::DEVICE_APP,
        _ => state::JWT_APP,
    };
    let config = server().await?.oauth_config(app).unwrap_or_default();
    file("coze_oauth_config.json", Some(config.to_string().as_bytes()))
}

/// Sends one event of each type to `url`.
pub(crate) async fn send_events(url: String, event_types: &[&str]) -> io::Result<()> {
    let server = server().await?;
    let app = ApiApp {
        id: "7509745929591234567".to_owned(),
        callback_url: url,
        verify_token: TOKEN.to_owned(),
        ..ApiApp::default()
    };
    let id = app.id.clone();
    server.state(|state| state.api_apps.insert(id.clone(), app));
    let bot = json!({"bot_id": state::BOT, "space_id": state::WORKSPACE});
    for event_type in event_types {
        let delivery = server.deliver(&id, event_type, bot.clone()).await;
        let delivery = delivery.map_err(io::Error::other)?;
        eprintln!("[{event_type} was received: {}]", delivery.is_received());
    }
    Ok(())
}

/// Returns the path of a temporary file, written with `content` if that is given.
fn file(name: &str, content: Option<&[u8]>) -> io::Result<String> {
    let process = std::process::id();
    let folder = std::env::temp_dir().join(format!("coze-api-example-{process}"));
    std::fs::create_dir_all(&folder)?;
    let path: PathBuf = folder.join(name);
    if let Some(content) = content {
        std::fs::write(&path, content)?;
    }
    let path = path.into_os_string().into_string();
    path.map_err(|path| io::Error::other(format!("{} is not UTF-8", path.display())))
}
