//! Tests of the playground's server: its responses and its access control.

mod calls;
mod guard;
mod login;
mod state;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use coze_spec::Language;

use crate::common::{coze, example_of, quoting};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A playground process, which ends with the test.
pub(crate) struct Playground {
    child: Child,
    url: String,
    key: String,
    http: Client,
    _home: TempDir,
}

impl Drop for Playground {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Playground {
    pub(crate) fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self::spawn(coze(home.path()).arg("playground"), home)
    }

    /// Starts a playground for the API at an address.
    pub(crate) fn at(base_url: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = coze(home.path());
        command.env("COZE_API_BASE", base_url).env("COZE_API_TOKEN", "pat_of_the_user");
        Self::spawn(command.arg("playground"), home)
    }

    fn spawn(command: &mut std::process::Command, home: TempDir) -> Self {
        let command = command.args(["--port", "0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().to_owned();
        let http = Client::builder().redirect(Policy::none()).no_proxy().no_gzip().build().unwrap();
        let key = url.split_once("/#key=").unwrap().1.to_owned();
        Self { child, url, key, http, _home: home }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn origin(&self) -> &str {
        self.url.split("/#").next().unwrap()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_without_key(method, path).bearer_auth(&self.key)
    }

    pub(crate) fn request_without_key(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.origin()))
    }

    async fn json(&self, path: &str) -> Value {
        let response = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    /// Returns a request with a form that has the part `call` and optionally a file.
    fn call(&self, call: &Value, file: Option<(&str, &str)>) -> RequestBuilder {
        let mut form = reqwest::multipart::Form::new().text("call", call.to_string());
        if let Some((name, content)) = file {
            let part = reqwest::multipart::Part::text(content.to_owned());
            form = form.part(name.to_owned(), part.file_name("note.txt"));
        }
        self.request(Method::POST, "/api/call").multipart(form)
    }

    async fn lines(&self, call: &Value, file: Option<(&str, &str)>) -> Vec<Value> {
        let response = self.call(call, file).send().await.unwrap();
        let status = response.status();
        let body = response.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{body}");
        body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn kinds(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["kind"].as_str().unwrap()).collect()
}

/// Returns the JSON in a line with a response body.
fn body(line: &Value) -> Value {
    assert_eq!(line["kind"], "body");
    serde_json::from_str(line["text"].as_str().unwrap()).unwrap()
}
