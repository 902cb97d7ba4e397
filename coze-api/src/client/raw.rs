//! The raw call: any request, with the authentication, the retries and the envelope of generated
//! operations.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::error::Result;
use crate::wire::call::Call;
use crate::wire::client::Client;
use crate::wire::envelope;
use crate::wire::page::{Items, ListLayout, Pages};
use crate::wire::request::options;
use crate::wire::response::RawResponse;
use crate::wire::stream::{Download, Event, EventStream, Frame, StreamEvent};
use crate::wire::upload::Upload;

impl Client {
    /// Returns a request to any path, for operations that this crate does not have.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::Method;
    /// use serde_json::{Value, json};
    ///
    /// let bots: Value = coze
    ///     .request(Method::GET, "/v1/bots")
    ///     .query("workspace_id", "7493066380997012345")
    ///     .data()
    ///     .await?;
    /// let chat: Value = coze
    ///     .request(Method::POST, "/v3/chat")
    ///     .json(&json!({"bot_id": "7493066380997054321", "user_id": "user-42"}))
    ///     .data()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The path begins with a slash and has no query. Percent-encode values in its segments. The
    /// path of the URL that is sent equals the given one: a path that the URL syntax would change,
    /// such as one with `..` or a line break, is an error when the request is sent.
    #[doc(alias = "raw")]
    #[doc(alias = "escape hatch")]
    #[doc(alias = "custom request")]
    pub fn request(&self, method: Method, path: impl Into<String>) -> RawCall {
        let path = path.into();
        let invalid = invalid(&path);
        // The query does not belong here, and may hold what is not to be shown.
        let shown = path.split(['?', '#']).next().unwrap_or_default();
        let call = Call::new(self, format!("{method} {shown}")).to(method, path);
        RawCall(match invalid {
            Some(reason) => call.invalid(|| reason.to_owned()),
            None => call,
        })
    }
}

fn invalid(path: &str) -> Option<&'static str> {
    let dots = |segment: &str| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        matches!(&*segment, "." | "..")
    };
    if !path.starts_with('/') {
        Some("the path must begin with a slash")
    } else if path.contains(['?', '#']) {
        Some("the path must not have a query; use `query(…)`")
    } else if path.contains(char::is_control) {
        // URLs lose some of them, so that what is around them comes together.
        Some("the path must not have control characters; encode them with `%`")
    } else if path.contains('\\') || path.split('/').any(dots) {
        Some("the path must not have segments that change its meaning")
    } else {
        None
    }
}

/// A request to any operation, made by [`Client::request`], or by `into_raw()` of a typed request.
///
/// | method | result |
/// |---|---|
/// | [`data`](Self::data), [`flat`](Self::flat) | a value of your own type |
/// | [`exchange`](Self::exchange) | the response exactly as it came, errors of the API included |
/// | [`bytes`](Self::bytes) | the body, unless it is an error |
/// | [`download`](Self::download) | a file, read while it arrives |
/// | [`stream_of`](Self::stream_of) | events whose data is your own type |
/// | [`stream`](Self::stream) | the events of a [`StreamEvent`], such as your own union |
/// | [`pages`](Self::pages), [`items`](Self::items) | a list, whose items are of your own type |
/// | [`frames`](Self::frames) | the frames of an event stream exactly as they came |
///
/// All of them use the token, the retry policy and the observer of the client, as generated
/// operations do.
#[derive(Clone, Debug)]
#[must_use = "a request is sent only by a method such as `data` or `exchange`"]
pub struct RawCall(Call);

options!(RawCall);

/// The request.
impl RawCall {
    /// Adds a query parameter. A parameter that is added twice is sent twice.
    ///
    /// Names and values are percent-encoded. Values are anything with a textual form, such as
    /// numbers.
    #[allow(clippy::needless_pass_by_value, reason = "numbers and texts are given as they are")]
    pub fn query(self, name: impl Into<String>, value: impl ToString) -> Self {
        Self(self.0.query_more(name.into(), value.to_string()))
    }

    /// Sets the body to the JSON text of a value.
    ///
    /// `Content-Type: application/json` is set. A value that cannot be serialized is reported when
    /// the request is sent.
    pub fn json(self, body: &impl Serialize) -> Self {
        Self(self.0.json(body))
    }

    /// Adds a text part, and makes the body a form (`multipart/form-data`).
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::{Method, Upload};
    /// use serde_json::{Value, json};
    ///
    /// let file = Upload::path("voice.mp3").on_progress(|progress| println!("{}", progress.sent));
    /// let text: Value = coze
    ///     .request(Method::POST, "/v1/audio/transcriptions")
    ///     .file("file", file)
    ///     .part("language", "zh")
    ///     .part_json("options", &json!({"punctuation": true}))
    ///     .data()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A part of the same name is replaced.
    #[allow(clippy::needless_pass_by_value, reason = "numbers and texts are given as they are")]
    pub fn part(self, name: impl Into<String>, value: impl ToString) -> Self {
        Self(self.0.part(name.into(), value))
    }

    /// Adds a part that holds JSON, and makes the body a form.
    ///
    /// Use it for operations that expect JSON next to a file.
    pub fn part_json(self, name: impl Into<String>, value: &impl Serialize) -> Self {
        Self(self.0.part_json(name.into(), value))
    }

    /// Adds a file, and makes the body a form.
    ///
    /// The file name and the media type are those of the upload. A file of the same name is
    /// replaced.
    pub fn file(self, name: impl Into<String>, upload: impl Into<Upload>) -> Self {
        Self(self.0.file(name.into(), upload.into()))
    }

    /// Sets how long the server may be silent in a stream or a download. 120 seconds by default.
    pub fn with_idle_timeout(self, timeout: Duration) -> Self {
        Self(self.0.with_idle_timeout(timeout))
    }

    /// Sets the maximum length of a body that is read into memory, after decompression. 64 MiB by
    /// default.
    ///
    /// A longer body is an error for which [`is_decode`](crate::Error::is_decode) is true.
    /// Downloads and streams have no limit.
    pub fn with_body_limit(self, bytes: usize) -> Self {
        Self(self.0.with_body_limit(bytes))
    }
}

/// A typed request whose response is read by the caller.
impl From<Call> for RawCall {
    fn from(call: Call) -> Self {
        Self(call)
    }
}

/// The response.
impl RawCall {
    /// Sends the request and decodes the `data` of the response. If that is absent, it is decoded
    /// as `null`.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::Method;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Me {
    ///     user_name: String,
    /// }
    ///
    /// let me: Me = coze.request(Method::GET, "/v1/users/me").data().await?;
    /// println!("{}", me.user_name);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Decoding is lenient: `null` becomes a zero value, and integers and strings are taken for
    /// each other. Members that the server may leave out need a default (`#[serde(default)]`).
    pub async fn data<T: DeserializeOwned + Send>(self) -> Result<T> {
        self.0.send(envelope::foreign_data).await
    }

    /// Sends the request and decodes the response itself, without `code`, `msg` and `detail`.
    ///
    /// It is for operations whose payload is next to `code` instead of in `data`.
    pub async fn flat<T: DeserializeOwned + Send>(self) -> Result<T> {
        self.0.send(envelope::foreign_flat).await
    }

    /// Sends the request and returns the response exactly as it came, even if it reports an error
    /// or its body is malformed.
    ///
    /// A refusal is retried as usual, and the token is renewed if it was refused; the last response
    /// is returned.
    ///
    /// # Errors
    ///
    /// If there is no response, or it is longer than [`with_body_limit`](Self::with_body_limit)
    /// allows.
    pub async fn exchange(self) -> Result<RawResponse> {
        RawResponse::receive(self.0).await
    }

    /// Sends the request and returns the body, unless the response is an error.
    ///
    /// A body that is not JSON is returned as it is.
    pub async fn bytes(self) -> Result<Bytes> {
        Ok(self.exchange().await?.into_result()?.into_body())
    }

    /// Sends the request for a file, which is read while it arrives.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::Method;
    /// use serde_json::json;
    ///
    /// let speech = coze
    ///     .request(Method::POST, "/v1/audio/speech")
    ///     .json(&json!({"input": "Hello there.", "voice_id": "7426720361732915209"}))
    ///     .download()
    ///     .await?;
    /// speech.save("hello.mp3").await?;
    /// # Ok(()) }
    /// ```
    pub async fn download(self) -> Result<Download> {
        self.0.download().await
    }

    /// Sends the request and streams the events of the response.
    ///
    /// `E` is the type of the events; see [`StreamEvent`]. Set `stream: true` in the body if the
    /// operation asks for that.
    pub async fn stream<E: StreamEvent>(self) -> Result<EventStream<E>> {
        self.0.stream(None).await
    }

    /// Sends the request and streams the events of the response, whose data is decoded to a type of
    /// yours.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::Method;
    /// use serde_json::{Value, json};
    ///
    /// let body = json!({"bot_id": "7493066380997054321", "user_id": "user-42", "stream": true});
    /// let call = coze.request(Method::POST, "/v3/chat").json(&body);
    /// let mut events = call.stream_of::<Value>().await?;
    /// while let Some(event) = events.next().await {
    ///     let event = event?;
    ///     println!("{}: {:?}", event.name, event.data);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// The stream ends with an event `done`, in any case, and without it is
    /// [truncated](crate::Error::is_truncated). Implement [`StreamEvent`] for streams with other
    /// ends, or whose events have different types. Set `stream: true` in the body if the operation
    /// asks for that.
    pub async fn stream_of<T: DeserializeOwned>(self) -> Result<EventStream<Event<T>>> {
        self.0.stream(None).await
    }

    /// Requests one page of a list after the other.
    ///
    /// The layout has the names of the parameters and members. The pages are those of typed
    /// requests, and end as those do.
    pub fn pages<T: DeserializeOwned + Send + 'static>(self, layout: ListLayout) -> Pages<T> {
        Pages::of_layout(self.0, layout)
    }

    /// Requests one page of a list after the other and returns their items one by one. See
    /// [`ListLayout`] for an example.
    pub fn items<T: DeserializeOwned + Send + 'static>(self, layout: ListLayout) -> Items<T> {
        Items::new(self.pages(layout))
    }

    /// Sends the request and streams the frames of the response exactly as they came.
    ///
    /// Frames that report a failure, pings, and frames without data are handed out like all others,
    /// and each keeps its [bytes](Frame::raw) and its [other fields](Frame::other_fields). The
    /// stream ends with `None` when the body ends, or one second after an event `done`.
    ///
    /// # Errors
    ///
    /// If the response is not an event stream; [`Error::body`](crate::Error::body) holds what came
    /// in its place.
    pub async fn frames(self) -> Result<EventStream<Frame>> {
        self.0.frames().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_where_it_seems_to() {
        assert_eq!(invalid("/v1/bots/7/.well-known/a..b"), None);
        for path in
            ["v1/bots", "https://elsewhere/v1", "", "/v1?x=1", "/v1/../v2", "/a/%2E%2e/b", "/a\\b"]
        {
            assert!(invalid(path).is_some(), "{path}");
        }
        for path in ["/v1/.\t./v2", "/v1/\n../v2", "/v1/.\r", "/a\u{85}b"] {
            assert!(invalid(path).is_some(), "{path:?}");
        }
    }

    #[test]
    fn the_url_has_the_path_that_was_given() {
        let client = Client::builder().token("pat_x").base_url("http://localhost/prefix");
        let client = client.build().expect("a client");
        let characters = (0..=255).filter_map(char::from_u32).chain("扣子%.~".chars());
        for c in characters {
            for path in
                [format!("/a/{c}"), format!("/{c}/b"), format!("/a{c}."), format!("/.{c}./x")]
            {
                if invalid(&path).is_some() {
                    continue;
                }
                let call = Call::new(&client, "x").to(Method::GET, path.clone());
                let url = call.url().expect("a URL");
                let sent = percent_encoding::percent_decode_str(url.path()).decode_utf8_lossy();
                assert_eq!(sent, format!("/prefix{path}"), "{c:?}");
            }
        }
    }
}
