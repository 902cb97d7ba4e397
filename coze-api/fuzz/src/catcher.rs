//! The catcher answers any bytes with at most one response, and ends only with its redirect.

use std::sync::{LazyLock, Mutex};

use coze_api::auth::RedirectCatcher;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use super::memory::runtime;
use super::redirect::{STATE, login};

static RUNTIME: LazyLock<Mutex<Runtime>> = LazyLock::new(|| Mutex::new(runtime()));

/// Runs one input: the bytes of a connection.
pub fn run(input: &[u8]) {
    let runtime = RUNTIME.lock().expect("no earlier panic");
    runtime.block_on(async {
        let catcher = RedirectCatcher::bind("http://127.0.0.1:0/").await.expect("a free port");
        let uri = catcher.redirect_uri().to_owned();
        let login = login(&uri);
        let address = uri.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let visit = async {
            let mut stream = TcpStream::connect(&address).await.expect("a listener");
            // The catcher may close the connection before it has read everything.
            let _ = stream.write_all(input).await;
            let _ = stream.shutdown().await;
            let mut response = Vec::new();
            let _ = stream.read_to_end(&mut response).await;
            String::from_utf8_lossy(&response).into_owned()
        };
        let text = String::from_utf8_lossy(input);
        tokio::select! {
            code = catcher.code(&login) => {
                // A query may encode any character of the state.
                let has_state = text.contains(STATE) || text.contains('%') || text.contains('+');
                assert!(has_state, "{code:?} without the state: {text:?}");
            }
            response = visit => {
                assert!(response.matches("HTTP/1.1 ").count() <= 1, "{response}");
                assert!(!response.contains(STATE), "{response}");
            }
        }
    });
}
