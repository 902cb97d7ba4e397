//! For unit tests: a server on a real socket that plays a script, and builders as the
//! generator writes them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::client::ClientBuilder;
use crate::wire::call::Call;
use crate::wire::client::Client;
use crate::wire::retry::Retry;

/// What the server does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Answers with a status, headers and a body.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Closes the connection without an answer.
    HangUp,
    /// Announces more than it sends.
    BreakOff,
    /// Does not answer.
    Stall,
}

impl Act {
    pub(crate) fn json(body: &str) -> Self {
        Self::status(200, "application/json", body)
    }

    pub(crate) fn status(status: u16, content_type: &str, body: &str) -> Self {
        Self::Answer(status, vec![("content-type", content_type.into())], body.into())
    }

    pub(crate) fn header(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Answer(status, mut headers, body) => {
                headers.push((name, value.into()));
                Self::Answer(status, headers, body)
            }
            other => other,
        }
    }
}

/// A request as it was on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A server that plays its script, one act per request, and repeats the last for ever.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) async fn play(script: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let script: Arc<Vec<Act>> = Arc::new(script.into_iter().collect());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, log) = (script.clone(), log.clone());
                tokio::spawn(async move {
                    // A client that goes away ends its connection only.
                    let _ = serve(stream, &script, &log).await;
                });
            }
        });
        Self { url, seen }
    }

    /// A client of this server that does not wait between attempts.
    pub(crate) fn client(&self) -> Client {
        self.builder().build().expect("valid settings")
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        let retry = Retry::default().base_delay(Duration::ZERO);
        Client::builder().token("pat_current").base_url(&self.url).retry(retry)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test panicked").clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }
}

async fn serve(stream: TcpStream, script: &[Act], log: &Mutex<Vec<Seen>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(seen) = read(&mut stream).await? {
        let act = {
            let mut log = log.lock().expect("no test panicked");
            log.push(seen);
            script[(log.len() - 1).min(script.len() - 1)].clone()
        };
        match act {
            Act::Answer(status, headers, body) => {
                let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.extend([name, ": ", value.as_str(), "\r\n"]);
                }
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(b"\r\n").await?;
                stream.write_all(&body).await?;
                stream.flush().await?;
            }
            Act::HangUp => return Ok(()),
            Act::BreakOff => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"code\"")
                    .await?;
                return stream.flush().await;
            }
            Act::Stall => std::future::pending().await,
        }
    }
    Ok(())
}

async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Seen>> {
    let line = line(stream).await?;
    if line.is_empty() {
        return Ok(None);
    }
    let mut headers = Vec::new();
    loop {
        let header = self::line(stream).await?;
        let Some((name, value)) = header.split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut seen = Seen { line, headers, body: Vec::new() };
    if let Some(length) = seen.header("content-length") {
        seen.body = vec![0; length.parse().expect("a length")];
        stream.read_exact(&mut seen.body).await?;
    } else if seen.header("transfer-encoding") == Some("chunked") {
        loop {
            let size = self::line(stream).await?;
            let size = usize::from_str_radix(&size, 16).expect("a chunk size");
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk).await?;
            if size == 0 {
                break;
            }
            seen.body.extend_from_slice(&chunk[..size]);
        }
    }
    Ok(Some(seen))
}

async fn line(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    Ok(line.trim_end().to_owned())
}

/// Builders as the generator writes them.
pub(crate) mod sample {
    #![allow(dead_code, unreachable_pub, reason = "the macros complete public builders")]

    use serde::Serialize;

    use crate::base::decode::fields;
    use crate::wire::call::Call;
    use crate::wire::client::Client;
    use crate::wire::page::{Page, Paged, Paging};
    use crate::wire::request::{paged, request};
    use crate::wire::upload::Upload;

    #[derive(Clone, Debug)]
    pub(crate) struct Bots(pub(crate) Client);

    impl Bots {
        pub(crate) fn list(&self, workspace_id: impl Into<String>) -> ListBots {
            let call = Call::new(&self.0, "bots.list")
                .get("/v1/bots")
                .query("workspace_id", workspace_id.into());
            ListBots(call)
        }

        pub(crate) fn versions(&self) -> ListVersions {
            ListVersions(Call::new(&self.0, "bots.versions").get("/v1/versions"))
        }

        pub(crate) fn messages(&self, conversation_id: impl Into<String>) -> ListMessages {
            let call = Call::new(&self.0, "messages.list")
                .post("/v1/conversation/message/list")
                .with_object()
                .query("conversation_id", conversation_id.into());
            ListMessages(call)
        }

        pub(crate) fn retrieve(&self, bot_id: impl Into<String>) -> RetrieveBot {
            let call = Call::new(&self.0, "bots.retrieve")
                .get("/v1/bots/{bot_id}")
                .path_param("bot_id", bot_id.into());
            RetrieveBot(call)
        }

        pub(crate) fn create(&self, name: impl Into<String>) -> CreateBot {
            let call =
                Call::new(&self.0, "bots.create").post("/v1/bot/create").field("name", name.into());
            CreateBot(call)
        }

        pub(crate) fn replace(&self, name: impl Into<String>) -> ReplaceBot {
            let call = Call::new(&self.0, "bots.replace").put("/v1/bot").field("name", name.into());
            ReplaceBot(call)
        }

        pub(crate) fn delete(&self, bot_id: impl Into<String>) -> DeleteBot {
            let call =
                Call::new(&self.0, "bots.delete").delete("/v1/bot").field("bot_id", bot_id.into());
            DeleteBot(call)
        }

        pub(crate) fn upload(&self, file: impl Into<Upload>) -> UploadFile {
            let call = Call::new(&self.0, "files.upload")
                .post("/v1/files/upload")
                .file("file", file.into())
                .part("purpose", "test");
            UploadFile(call)
        }
    }

    #[derive(Clone, Debug)]
    #[must_use = "a request is sent when it is awaited"]
    pub(crate) struct ListBots(Call);

    paged!(ListBots, Bot, BotList, data);

    impl ListBots {
        pub(crate) fn page_size(self, page_size: i32) -> Self {
            Self(self.0.query("page_size", page_size))
        }

        pub(crate) fn page_num(self, page_num: i32) -> Self {
            Self(self.0.query("page_num", page_num))
        }
    }

    #[derive(Clone, Debug)]
    pub(crate) struct ListVersions(Call);

    paged!(ListVersions, Bot, VersionList, data);

    #[derive(Clone, Debug)]
    pub(crate) struct ListMessages(Call);

    paged!(ListMessages, Bot, MessageList, flat);

    impl ListMessages {
        pub(crate) fn before_id(self, before_id: impl Into<String>) -> Self {
            Self(self.0.field("before_id", before_id.into()))
        }
    }

    #[derive(Clone, Debug)]
    pub(crate) struct RetrieveBot(Call);

    request!(RetrieveBot, Bot, data);

    #[derive(Clone, Debug)]
    pub(crate) struct CreateBot(Call);

    request!(CreateBot, CreatedBot, flat);

    #[derive(Clone, Debug)]
    pub(crate) struct ReplaceBot(Call);

    request!(ReplaceBot, (), empty);

    #[derive(Clone, Debug)]
    pub(crate) struct DeleteBot(Call);

    request!(DeleteBot, (), empty);

    #[derive(Clone, Debug)]
    pub(crate) struct UploadFile(Call);

    request!(UploadFile, Bot, data);

    #[derive(Clone, Debug, Default, PartialEq, Serialize)]
    pub(crate) struct Bot {
        pub(crate) id: String,
        pub(crate) created_at: i64,
    }

    fields!(Bot { id, created_at });

    #[derive(Clone, Debug, Default, PartialEq)]
    pub(crate) struct CreatedBot {
        pub(crate) bot_id: String,
        pub(crate) bots: Vec<Bot>,
    }

    fields!(CreatedBot { bot_id, bots });

    #[derive(Default)]
    struct BotList {
        items: Vec<Bot>,
        total: i32,
    }

    fields!(BotList { items, total });

    impl Paged for BotList {
        type Item = Bot;
        const PAGING: Paging = Paging::page("page_num", "page_size", 2);

        fn into_page(self) -> Page<Bot> {
            Page::counted(self.items, self.total.into())
        }
    }

    #[derive(Default)]
    struct VersionList {
        items: Vec<Bot>,
        next_page_token: String,
        has_more: bool,
    }

    fields!(VersionList { items, next_page_token, has_more });

    impl Paged for VersionList {
        type Item = Bot;
        const PAGING: Paging = Paging::token("page_token", "page_size", 20);

        fn into_page(self) -> Page<Bot> {
            Page::tokened(self.items, self.next_page_token, self.has_more)
        }
    }

    #[derive(Default)]
    struct MessageList {
        data: Vec<Bot>,
        first_id: String,
        last_id: String,
        has_more: bool,
    }

    fields!(MessageList { data, first_id, last_id, has_more });

    impl Paged for MessageList {
        type Item = Bot;
        const PAGING: Paging = Paging::cursor("before_id", "after_id", "limit", 50);

        fn into_page(self) -> Page<Bot> {
            Page::bounded(self.data, self.first_id, self.last_id, self.has_more)
        }
    }
}

/// Returns a call that is not sent.
pub(crate) fn call() -> Call {
    let client = Client::builder().token("pat_x").base_url("http://localhost:9").build();
    Call::new(&client.expect("valid"), "x.y")
}

/// Returns the JSON body of a call that could be sent.
pub(crate) fn json_of(call: &Call) -> String {
    call.check().expect("valid");
    String::from_utf8(call.body().to_json().expect("a body").to_vec()).expect("UTF-8")
}
