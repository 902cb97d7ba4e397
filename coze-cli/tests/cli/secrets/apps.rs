//! The output contains no secret of an OAuth app, whatever its token endpoint quotes.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use coze_mock::MockServer;
use serde_json::{Value, json};

use crate::common::{assert_success, coze, output_with_input, text};

/// The places of a response that quote secrets.
const PLACES: [Place; 7] = [
    Place::Message,
    Place::Description,
    Place::Data,
    Place::Title,
    Place::Text,
    Place::LogId,
    Place::Location,
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// The message of an API error.
    Message,
    /// The description of an OAuth error.
    Description,
    /// The payload of a response that reports success.
    Data,
    /// The title of a page.
    Title,
    /// The body as plain text.
    Text,
    /// The header with the log id.
    LogId,
    /// The target of a redirect.
    Location,
}

/// The members of requests that are secret.
const SECRET_MEMBERS: [&str; 5] =
    ["refresh_token", "code", "code_verifier", "device_code", "client_secret"];

const DEVICE_CODE: &str = "opaque.Device+Code/1==";
const ACCESS: &str = "opaque.Access+Token/1==";
const REFRESH: &str = "opaque.Refresh+Token/1==";
const CODE: &str = "opaque.Grant+Code/1==";

/// A server that issues tokens, and that quotes the secrets of its requests if told to.
#[derive(Clone, Default)]
struct Issuer(Arc<Mutex<IssuerState>>);

#[derive(Default)]
struct IssuerState {
    /// The place, and the part of the paths that quote.
    quote: Option<(Place, &'static str)>,
    /// The secrets that a response contained.
    quoted: Vec<String>,
    /// A secret that was never sent, but that the server quotes as well.
    known: Vec<String>,
}

impl Issuer {
    /// Starts the server and returns its base URL.
    fn start() -> (Self, String) {
        let issuer = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = issuer.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that hangs up ends its connection only.
                let _ = server.answer(stream);
            }
        });
        (issuer, url)
    }

    fn quote(&self, place: Option<(Place, &'static str)>) {
        self.0.lock().unwrap().quote = place;
    }

    /// Returns the secrets quoted since the last call.
    fn take_quoted(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().quoted)
    }

    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        let (mut head, mut length) = (Vec::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? <= 2 {
                break;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            head.push(line.trim_end().to_owned());
        }
        let mut body = Vec::new();
        reader.by_ref().take(length).read_to_end(&mut body)?;
        let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
        let mut state = self.0.lock().unwrap();
        let reply = match state.quote {
            Some((place, part)) if path.contains(part) => {
                let mut secrets = secrets(&head, &body);
                secrets.extend(state.known.iter().cloned());
                state.quoted.extend(secrets.iter().cloned());
                quoting(place, &secrets)
            }
            _ => respond("200 OK", "content-type: application/json\r\n", &issued(path)),
        };
        reader.into_inner().write_all(&reply)
    }
}

/// Returns the secrets of a request: members of its body, and its bearer token.
fn secrets(head: &[String], body: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let members = SECRET_MEMBERS.iter().filter_map(|name| body[name].as_str());
    let bearer = head.iter().filter_map(|line| line.split_once("Bearer ").map(|(_, token)| token));
    members.chain(bearer).map(str::to_owned).collect()
}

/// Returns a response that reports success.
fn issued(path: &str) -> String {
    let value = if path.contains("device/code") {
        json!({"device_code": DEVICE_CODE, "user_code": "ABCD-EFGH", "interval": 1,
            "verification_uri": "http://127.0.0.1:1/device", "expires_in": 3})
    } else if path.contains("oauth2/token") {
        json!({"access_token": ACCESS, "refresh_token": REFRESH, "expires_in": 3600,
            "token_type": "Bearer"})
    } else {
        json!({"code": 0, "msg": "", "data": {"user_id": "1", "nick_name": "Ada"}})
    };
    value.to_string()
}

fn respond(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

/// Returns a response that quotes every form of the secrets in a place.
fn quoting(place: Place, secrets: &[String]) -> Vec<u8> {
    let all: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
    let quoted = all.join(" and ");
    // JSON strings escape line breaks and quotes, but keep the forms apart from that.
    let string = Value::from(quoted.as_str()).to_string();
    let json = "content-type: application/json\r\n";
    let line = quoted.replace(['\r', '\n'], " ");
    match place {
        Place::Message => {
            respond("400 No", json, &format!(r#"{{"code":4000,"msg":{string},"detail":{string}}}"#))
        }
        Place::Description => respond(
            "400 No",
            json,
            &format!(
                r#"{{"error_code":"invalid_request","error_message":{string},"error_description":{string},"error":"invalid_request"}}"#
            ),
        ),
        Place::Data => respond(
            "200 OK",
            json,
            &format!(
                r#"{{"code":0,"data":{{"nick_name":{string},"x":[{string}]}},"msg":{string}}}"#
            ),
        ),
        Place::Title => respond(
            "502 No",
            "content-type: text/html\r\n",
            &format!("<html><title>No {quoted}</title><body>{quoted}</body></html>"),
        ),
        Place::Text => respond("403 No", "content-type: text/plain\r\n", &quoted),
        Place::LogId => respond(
            "400 No",
            &format!("{json}x-tt-logid: {line}\r\n"),
            r#"{"code":4000,"msg":"no"}"#,
        ),
        Place::Location => respond("302 No", &format!("location: http://h/?t={line}\r\n"), ""),
    }
}

/// Returns the forms in which texts contain a secret.
fn forms(secret: &str) -> Vec<String> {
    let percent = secret.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    vec![secret.to_owned(), secret.replace('/', "\\/"), percent]
}

/// Asserts that the output contains no form of the secrets, nor a line of one.
#[track_caller]
fn assert_hidden(output: &Output, secrets: &[String], case: &str) {
    let shown = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.code().is_some(), "{case}");
    for secret in secrets {
        let lines = secret.lines().filter(|line| !line.starts_with('-'));
        for form in lines.flat_map(forms) {
            assert!(!shown.contains(&form), "{case} shows {form}: {shown}");
        }
    }
}

/// Writes the configuration of an app and returns its path.
fn config(home: &Path, url: &str, mut config: Value) -> String {
    config["coze_api_base"] = url.into();
    let path = home.join("app.json");
    fs::write(&path, config.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn login(home: &Path, app: &str) -> Command {
    let mut command = coze(home);
    command.args(["auth", "login", "--no-browser", "--app", app]);
    command.env("RUST_LOG", "trace");
    command
}

#[test]
fn a_device_login_shows_no_device_code() {
    for place in PLACES {
        let home = tempfile::tempdir().unwrap();
        let (issuer, url) = Issuer::start();
        let app = config(home.path(), &url, json!({"client_type": "device", "client_id": "1"}));
        issuer.quote(Some((place, "oauth2/token")));
        let output = output_with_input(login(home.path(), &app), "");
        let quoted = issuer.take_quoted();
        assert!(quoted.iter().any(|secret| secret == DEVICE_CODE), "{place:?}");
        assert_hidden(&output, &quoted, &format!("{place:?}"));
    }
}

#[test]
fn a_pkce_login_shows_neither_code_nor_verifier() {
    for place in PLACES {
        let home = tempfile::tempdir().unwrap();
        let (issuer, url) = Issuer::start();
        let app = config(home.path(), &url, json!({"client_type": "pkce", "client_id": "1"}));
        issuer.quote(Some((place, "oauth2/token")));
        let mut command = login(home.path(), &app);
        command.args(["--redirect", "http://127.0.0.1:0/callback"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut before = String::new();
        while !before.contains("state=") {
            assert!(stderr.read_line(&mut before).unwrap() > 0, "{before}");
        }
        redirect(before.lines().last().unwrap());
        let mut after = String::new();
        stderr.read_to_string(&mut after).unwrap();
        let mut output = child.wait_with_output().unwrap();
        output.stderr = after.into_bytes();
        let quoted = issuer.take_quoted();
        assert!(quoted.iter().any(|secret| secret == CODE) && quoted.len() >= 2, "{quoted:?}");
        assert_hidden(&output, &quoted, &format!("{place:?}"));
    }
}

/// Follows the authorization URL as a browser does after the user has granted access.
fn redirect(url: &str) {
    let parameter = |name: &str| {
        let (_, rest) = url.split_once(&format!("{name}=")).unwrap();
        rest.split('&').next().unwrap().to_owned()
    };
    let target = parameter("redirect_uri").replace("%3A", ":").replace("%2F", "/");
    let address = target.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let code = CODE.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let mut stream = TcpStream::connect(address).unwrap();
    let path = format!("/callback?code={code}&state={}", parameter("state"));
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let _ = stream.read_to_string(&mut String::new());
}

/// The commands renew the expired token, and the token endpoint quotes the refresh token; then the
/// API quotes the access token.
#[test]
fn no_command_shows_the_tokens_of_an_app() {
    let home = tempfile::tempdir().unwrap();
    let (issuer, url) = Issuer::start();
    let app = json!({"client_type": "device", "client_id": "1",
        "client_secret": "opaque.Client+Secret/1=="});
    let app = config(home.path(), &url, app);
    assert_success(&output_with_input(login(home.path(), &app), ""));
    issuer.0.lock().unwrap().known = vec!["opaque.Client+Secret/1==".to_owned()];
    let tokens = fs::read_dir(home.path()).unwrap().flatten().map(|entry| entry.path());
    let tokens = tokens.into_iter().find(|path| path.to_string_lossy().ends_with(".tokens.json"));
    let tokens = tokens.unwrap();
    let mut stored: Value = serde_json::from_slice(&fs::read(&tokens).unwrap()).unwrap();
    let fresh = stored.to_string();
    stored["expires_at"] = json!(1);
    let commands: [&[&str]; 6] = [
        &["call", "users.me"],
        &["call", "bots.list", "--workspace-id", "7", "--all", "--output", "table"],
        &["call", "chat.create", "--bot-id", "7", "--user-id", "1", "--stream"],
        &["chat", "7", "--message", "hello"],
        &["publish", "7", "--lang", "zh"],
        &["auth", "status"],
    ];
    for place in PLACES {
        for args in commands {
            for (token, part, secret) in
                [(stored.to_string(), "oauth2/token", REFRESH), (fresh.clone(), "/v", ACCESS)]
            {
                fs::write(&tokens, token).unwrap();
                issuer.quote(Some((place, part)));
                let mut command = coze(home.path());
                command.args(args).env("RUST_LOG", "trace");
                let output = output_with_input(command, "");
                let quoted = issuer.take_quoted();
                assert!(quoted.iter().any(|it| it == secret), "{args:?} {place:?} {part}");
                assert_hidden(&output, &quoted, &format!("{args:?} {place:?} {part}"));
            }
        }
    }
}

/// The token endpoint quotes the signed assertion and, although it cannot know it, the private key.
#[tokio::test(flavor = "multi_thread")]
async fn a_jwt_login_shows_neither_key_nor_assertion() {
    let mock = MockServer::start().await.unwrap();
    let app = mock.oauth_config(coze_mock::state::JWT_APP).unwrap();
    let key = app["private_key"].as_str().unwrap().to_owned();
    assert!(key.lines().count() > 3, "a key of several lines");
    for place in PLACES {
        let home = tempfile::tempdir().unwrap();
        let (issuer, url) = Issuer::start();
        issuer.0.lock().unwrap().known = vec![key.clone()];
        let path = config(home.path(), &url, app.clone());
        issuer.quote(Some((place, "oauth2/token")));
        let output = output_with_input(login(home.path(), &path), "");
        let quoted = issuer.take_quoted();
        assert!(quoted.len() >= 2, "the assertion and the key are quoted: {quoted:?}");
        assert_hidden(&output, &quoted, &format!("{place:?}"));
    }
}
