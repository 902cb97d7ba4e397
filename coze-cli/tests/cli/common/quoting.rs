//! A server that quotes the token of its requests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::json;

/// A token that does not look like one, so that it is recognized only because it is sent.
pub(crate) const TOKEN: &str = "opaque.Token+1/2==";

/// The forms of the token in responses.
fn forms() -> [String; 3] {
    [TOKEN.to_owned(), TOKEN.replace('/', "\\/"), "opaque.Token%2B1%2F2%3D%3D".to_owned()]
}

/// Asserts that a text contains the token in no form.
#[track_caller]
pub(crate) fn assert_hidden(text: &str, case: &str) {
    for form in forms() {
        assert!(!text.contains(&form), "{case} shows {form}: {text}");
    }
}

/// Responses that quote the token in every place that the program reads.
pub(crate) fn replies() -> Vec<Vec<u8>> {
    let respond = |status: &str, headers: &str, body: &str| {
        format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
            body.len()
        )
        .into_bytes()
    };
    let json_type = "content-type: application/json\r\n";
    let events = "content-type: text/event-stream\r\n";
    let mut replies = Vec::new();
    for (index, quoted) in forms().into_iter().enumerate() {
        let text = format!(r#""{quoted}""#);
        let logged = format!("{json_type}x-tt-logid: {quoted}\r\n");
        let page = format!("<title>No {quoted}</title>{quoted}");
        let all = [
            respond("200 OK", json_type, &format!(r#"{{"code":4000,"msg":{text}}}"#)),
            respond("403 No", json_type, &format!(r#"{{"code":1,"detail":{{"logid":{text}}}}}"#)),
            respond("200 OK", json_type, &format!(r#"{{"code":0,"data":{{"name":{text}}}}}"#)),
            respond("200 OK", json_type, &format!(r#"{{"code":0,"data":{{{text}:[{text}]}}}}"#)),
            respond("400 No", &logged, r#"{"code":4000,"msg":"no"}"#),
            respond("200 OK", &logged, r#"{"code":0,"data":{}}"#),
            respond("502 No", "content-type: text/html\r\n", &page),
            respond("403 No", "content-type: text/plain\r\n", &format!("denied: {quoted}")),
            respond("302 No", &format!("location: http://h/?t={quoted}\r\n"), ""),
            respond(
                "200 OK",
                events,
                &format!("id: {quoted}\nevent: {quoted}\ndata: {{\"content\":{text}}}\n\n"),
            ),
            respond("200 OK", events, &format!("event: error\ndata: {{\"msg\":{text}}}\n\n")),
            respond("200 OK", events, &format!("event: error\ndata: {quoted}\n\n")),
            respond(
                "200 OK",
                events,
                &format!(
                    "event: conversation.message.delta\ndata: {}\n\nevent: done\ndata: [DONE]\n\n",
                    json!({"type": "answer", "content": quoted})
                ),
            ),
        ];
        // The other forms need no more than a body, a log id and an event.
        let needed = |at: &usize| index == 0 || [2, 4, 9].contains(at);
        replies.extend(
            all.into_iter().enumerate().filter(|(at, _)| needed(at)).map(|(_, reply)| reply),
        );
    }
    replies
}

/// Starts a server that sends `reply` to every request, and returns its base URL.
pub(crate) fn serve(reply: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that hangs up ends its connection only.
            let _ = stream.and_then(|stream| answer(stream, &reply));
        }
    });
    url
}

fn answer(stream: TcpStream, reply: &[u8]) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line)? > 2 {
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
    reader.into_inner().write_all(reply)
}
