//! The upload of a large file.

use std::path::PathBuf;
use std::sync::OnceLock;

use coze_api::Upload;
use reqwest::multipart::{Form, Part};
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use crate::calls::{client, reqwest, runtime};
use crate::compare::{Clock, Comparison};
use crate::server;

const SIZE: u64 = 512 * 1024 * 1024;
/// The read size of the hand-written side. The usual 4 KiB would take ten times as long.
const CHUNK: usize = 256 * 1024;

struct Target {
    base: String,
    path: PathBuf,
}

static TARGET: OnceLock<Target> = OnceLock::new();

fn target() -> &'static Target {
    TARGET.get_or_init(make)
}

fn make() -> Target {
    let path = std::env::temp_dir().join(format!("coze-bench-{}.bin", std::process::id()));
    // The file is sparse, so that the disk is not measured.
    std::fs::File::create(&path).expect("a file").set_len(SIZE).expect("a length");
    let reply = r#"{"code":0,"data":{"id":"7","bytes":536870912,"file_name":"a"},"msg":""}"#;
    Target { base: server::start(&[reply.to_owned()]), path }
}

#[divan::bench(sample_count = 5)]
fn upload() -> usize {
    let file = runtime().block_on(async {
        client(&target().base).files().upload(Upload::path(&target().path)).await
    });
    usize::try_from(file.expect("a file").bytes).expect("a length")
}

#[divan::bench(sample_count = 5)]
fn upload_by_hand() -> usize {
    runtime().block_on(async {
        let mut file = File::open(&target().path).await.expect("a file");
        file.set_max_buf_size(CHUNK);
        let body = reqwest::Body::wrap_stream(ReaderStream::with_capacity(file, CHUNK));
        let part = Part::stream_with_length(body, SIZE).file_name("a");
        let request = reqwest()
            .post(format!("{}/v1/files/upload", target().base))
            .bearer_auth("pat_0123456789")
            .multipart(Form::new().part("file", part));
        let reply = request.send().await.expect("a reply").bytes().await.expect("a body");
        let reply: serde_json::Value = serde_json::from_slice(&reply).expect("JSON");
        usize::try_from(reply["data"]["bytes"].as_u64().expect("a length")).expect("a length")
    })
}

pub(crate) fn comparison() -> Comparison {
    Comparison {
        name: "an upload of 512 MiB".to_owned(),
        bar: 1.1,
        turns: 11,
        clock: Clock::Wall,
        ours: Box::new(upload),
        by_hand: Box::new(upload_by_hand),
    }
}

/// Removes the file.
pub(crate) fn clean_up() {
    if let Some(target) = TARGET.get() {
        // A leftover file in the temporary folder does no harm.
        let _ = std::fs::remove_file(&target.path);
    }
}
