//! The state of the authorization server, and its responses.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use tokio::sync::Notify;
use url::Url;

use super::{CLIENT_ID, CLIENT_SECRET, TOKEN, TestClock, error, key, reply};
use crate::server::{Reply, Request, Step};

/// A fault of the next token request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The response is delayed until this is notified.
    Hold(Arc<Notify>),
    /// The request is refused with this HTTP status and body.
    Refuse(u16, Value),
    /// The request is not served, and this is the response.
    Answer(Reply),
    /// The request is served, and this changes the text of the response.
    Change(fn(String) -> String),
    /// A gateway responds in place of the server.
    Page(u16),
    /// The request is served, and the response is lost.
    Lose,
    /// The request is served, and the connection breaks when this is notified.
    Sever(Arc<Notify>),
    /// The connection breaks before the request is served.
    Reset,
}

/// The decision of a user about a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The user has not decided yet.
    None,
    /// Grants access.
    Grant,
    /// Refuses it.
    Refuse,
}

/// An authorization code: a user has granted access.
struct Code {
    redirect_uri: String,
    challenge: Option<(String, String)>,
}

/// The state of the server and the settings of its behavior.
pub struct State {
    clock: TestClock,
    /// The faults of the next token requests, in order.
    pub faults: VecDeque<Fault>,
    /// The default lifetime of access tokens, in seconds.
    pub lifetime: u64,
    /// `true` if responses have a `Date` header.
    pub dates: bool,
    /// Tokens that the API refuses.
    pub revoked: HashSet<String>,
    /// `true` if the API refuses every token.
    pub refuse_all: bool,
    /// The HTTP status and code with which the API refuses a token.
    pub refusal: (u16, i64),
    /// The decision of the user of the device.
    pub decision: Decision,
    /// The number of polls to which the server responds with `slow_down`.
    pub slow_downs: usize,
    /// The interval and the lifetime of a device code.
    pub device: Value,
    /// `true` if a refresh token that is used again ends the login: all tokens become invalid.
    pub punishes_reuse: bool,
    /// The claims of all JWTs, with the paths of their requests.
    pub claims: Vec<Map<String, Value>>,
    codes: HashMap<String, Code>,
    refresh_tokens: HashSet<String>,
    access_tokens: HashMap<String, u64>,
    jtis: HashSet<String>,
    issued: usize,
    used: HashSet<String>,
    reuses: usize,
}

type Refusal = (&'static str, String);

fn refuse<T>(name: &'static str, message: &str) -> Result<T, Refusal> {
    Err((name, message.to_owned()))
}

impl State {
    pub(super) fn new(clock: TestClock) -> Self {
        Self {
            clock,
            faults: VecDeque::new(),
            lifetime: 900,
            dates: false,
            revoked: HashSet::new(),
            refuse_all: false,
            refusal: (401, 4100),
            decision: Decision::None,
            slow_downs: 0,
            device: json!({"expires_in": 300, "interval": 5}),
            punishes_reuse: false,
            claims: Vec::new(),
            codes: HashMap::new(),
            refresh_tokens: HashSet::new(),
            access_tokens: HashMap::new(),
            jtis: HashSet::new(),
            issued: 0,
            used: HashSet::new(),
            reuses: 0,
        }
    }

    /// Returns the number of issued tokens.
    pub fn issued(&self) -> usize {
        self.issued
    }

    /// Returns how often a refresh token was used again.
    pub fn reuses(&self) -> usize {
        self.reuses
    }

    /// Returns `true` if a refresh token can still be used.
    pub fn is_valid(&self, refresh_token: &str) -> bool {
        self.refresh_tokens.contains(refresh_token)
    }

    pub(super) fn answer(&mut self, request: &Request) -> Reply {
        let path = request.target.split('?').next().unwrap_or_default().to_owned();
        if path.ends_with("/device/code") {
            return self.device_code(request);
        }
        if !path.ends_with("/token") {
            return self.api(request);
        }
        let mut before = Vec::new();
        match self.faults.pop_front() {
            Some(Fault::Hold(gate)) => before.push(Step::Wait(gate)),
            Some(Fault::Refuse(status, body)) => return self.reply(status, &body),
            Some(Fault::Answer(reply)) => return reply,
            Some(Fault::Change(change)) => {
                let token = self.token(&path, request).unwrap_or_default();
                let headers = [("content-type", "application/json")];
                return Reply::new(200, &headers, change(token.to_string()));
            }
            Some(Fault::Page(status)) => {
                let headers = [("content-type", "text/html")];
                return Reply::new(status, &headers, "<html><title>Bad Gateway</title></html>");
            }
            Some(Fault::Lose) => {
                let _ = self.token(&path, request);
                return Reply::reset();
            }
            Some(Fault::Sever(gate)) => {
                let _ = self.token(&path, request);
                return Reply { steps: vec![Step::Wait(gate), Step::Reset] };
            }
            Some(Fault::Reset) => return Reply::reset(),
            None => {}
        }
        let reply = match self.token(&path, request) {
            Ok(token) => self.reply(200, &token),
            // Both shapes of the documentation.
            Err((
                name @ ("authorization_pending" | "slow_down" | "access_denied" | "expired_token"),
                message,
            )) => self.reply(400, &error("error", name, &message)),
            Err((name, message)) => self.reply(400, &error("error_code", name, &message)),
        };
        before.extend(reply.steps);
        Reply { steps: before }
    }

    fn reply(&self, status: u16, body: &Value) -> Reply {
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(self.clock.seconds());
        let date = httpdate::fmt_http_date(date);
        let headers: &[_] = if self.dates { &[("date", &*date)] } else { &[] };
        reply(status, headers, body)
    }

    /// The API: it accepts issued tokens that have not expired.
    fn api(&self, request: &Request) -> Reply {
        let token = request.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        let valid = self.access_tokens.get(token).is_some_and(|end| *end > self.clock.seconds());
        if valid && !self.revoked.contains(token) && !self.refuse_all {
            return self.reply(200, &json!({"code": 0, "msg": "", "data": {"token": token}}));
        }
        let (status, code) = self.refusal;
        self.reply(status, &json!({"code": code, "msg": "the token is invalid"}))
    }

    fn token(&mut self, path: &str, request: &Request) -> Result<Value, Refusal> {
        assert_eq!(request.method, "POST");
        assert_eq!(request.header("content-type"), "application/json");
        let body = request.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let bearer = request.header("authorization").strip_prefix("Bearer ").map(str::to_owned);
        if text("grant_type").ends_with("jwt-bearer") {
            return self.jwt(path, &body, bearer.as_deref(), request.header("host"));
        }
        if path != TOKEN || text("client_id") != CLIENT_ID {
            return refuse("invalid_request", "invalid request: client_id");
        }
        if bearer.is_some_and(|secret| secret != CLIENT_SECRET) {
            return refuse("invalid_client", "");
        }
        match &*text("grant_type") {
            "authorization_code" => self.code(&text("code"), &body, request),
            "refresh_token" => {
                let refresh_token = text("refresh_token");
                if !self.refresh_tokens.remove(&refresh_token) {
                    self.reuse(&refresh_token);
                    return refuse("invalid_request", "invalid request: refresh_token");
                }
                self.used.insert(refresh_token);
                Ok(self.issue(self.lifetime, true))
            }
            "urn:ietf:params:oauth:grant-type:device_code" => self.poll(&text("device_code")),
            other => {
                refuse("unsupported_grant_type", &format!("not supported grant type: {other}"))
            }
        }
    }

    fn reuse(&mut self, refresh_token: &str) {
        if self.used.contains(refresh_token) {
            self.reuses += 1;
            if self.punishes_reuse {
                self.refresh_tokens.clear();
                self.access_tokens.clear();
            }
        }
    }

    fn code(&mut self, code: &str, body: &Value, request: &Request) -> Result<Value, Refusal> {
        let Some(code) = self.codes.remove(code) else {
            return refuse("invalid_request", "invalid request: code");
        };
        if body["redirect_uri"] != *code.redirect_uri {
            return refuse("invalid_request", "invalid request: redirect_uri");
        }
        let verifier = body["code_verifier"].as_str().unwrap_or_default();
        match code.challenge {
            // Only a web app sends a secret, and it must.
            None if request.header("authorization").is_empty() => refuse("invalid_client", ""),
            None => Ok(self.issue(self.lifetime, true)),
            Some((challenge, method)) => {
                let plain = verifier.to_owned();
                let hashed = hmac_sha256::Hash::hash(verifier.as_bytes());
                let expected =
                    if method == "S256" { BASE64_URL_SAFE_NO_PAD.encode(hashed) } else { plain };
                let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
                let proper =
                    (43..=128).contains(&verifier.len()) && verifier.chars().all(unreserved);
                if proper && expected == challenge && request.header("authorization").is_empty() {
                    Ok(self.issue(self.lifetime, true))
                } else {
                    refuse("invalid_request", "invalid request: code_verifier")
                }
            }
        }
    }

    fn jwt(
        &mut self,
        path: &str,
        body: &Value,
        jwt: Option<&str>,
        host: &str,
    ) -> Result<Value, Refusal> {
        let Some(claims) = jwt.and_then(|jwt| key().verify(jwt)) else {
            return refuse("invalid_client", "signature");
        };
        let now = self.clock.seconds();
        let number = |name: &str| claims[name].as_u64().unwrap_or_default();
        let jti = claims["jti"].as_str().unwrap_or_default();
        let (begin, end) = (number("iat"), number("exp"));
        let wrong = [
            ("iss", claims["iss"] != CLIENT_ID),
            ("aud", claims["aud"] != *host),
            ("iat", begin > now + 5),
            ("exp", end <= now || end <= begin || end > begin + 3600),
            ("jti", jti.len() <= 32 || !self.jtis.insert(jti.to_owned())),
        ];
        if let Some((name, _)) = wrong.iter().find(|(_, wrong)| *wrong) {
            return refuse("invalid_client", name);
        }
        let seconds = body["duration_seconds"].as_u64().unwrap_or(900);
        if !(1..=86_399).contains(&seconds) {
            return refuse("invalid_request", "invalid request: duration_seconds");
        }
        let mut seen = claims;
        seen.insert("path".into(), path.into());
        seen.insert("scope".into(), body["scope"].clone());
        self.claims.push(seen);
        Ok(self.issue(seconds, false))
    }

    fn device_code(&mut self, request: &Request) -> Reply {
        if request.json()["client_id"] != CLIENT_ID || !request.header("authorization").is_empty() {
            return self.reply(400, &error("error_code", "invalid_request", "client_id"));
        }
        let mut reply = self.device.clone();
        reply["device_code"] = "device-code-secret".into();
        reply["user_code"] = "WDJB-MJHT".into();
        reply["verification_uri"] = "https://www.coze.cn/device".into();
        self.reply(200, &reply)
    }

    fn poll(&mut self, device_code: &str) -> Result<Value, Refusal> {
        if device_code != "device-code-secret" {
            return refuse("invalid_request", "device_code");
        }
        if self.slow_downs > 0 {
            self.slow_downs -= 1;
            return refuse("slow_down", "");
        }
        match self.decision {
            Decision::None => refuse("authorization_pending", ""),
            Decision::Grant => Ok(self.issue(self.lifetime, true)),
            Decision::Refuse => refuse("access_denied", "the user refused"),
        }
    }

    /// Issues a token with a lifetime of `seconds`.
    pub fn issue(&mut self, seconds: u64, refreshable: bool) -> Value {
        self.issued += 1;
        let end = self.clock.seconds() + seconds;
        let access_token = format!("czu_access_{}_{end}", self.issued);
        self.access_tokens.insert(access_token.clone(), end);
        let mut reply = json!({"access_token": access_token, "expires_in": end});
        if refreshable {
            let refresh_token = format!("refresh_{}_secret", self.issued);
            self.refresh_tokens.insert(refresh_token.clone());
            reply["refresh_token"] = refresh_token.into();
        }
        reply
    }

    pub(super) fn authorize(&mut self, url: &str) -> String {
        let url = Url::parse(url).unwrap();
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], CLIENT_ID);
        let challenge = query
            .get("code_challenge")
            .map(|challenge| (challenge.clone(), query["code_challenge_method"].clone()));
        let code = format!("code_{}", self.codes.len() + self.issued);
        let redirect_uri = query["redirect_uri"].clone();
        let mut redirected = Url::parse(&redirect_uri).unwrap();
        redirected
            .query_pairs_mut()
            .append_pair("code", &code)
            .append_pair("state", &query["state"]);
        self.codes.insert(code, Code { redirect_uri, challenge });
        redirected.into()
    }
}
