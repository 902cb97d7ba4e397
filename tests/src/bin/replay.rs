//! Decodes recordings of event streams and WebSocket sessions, and prints what came out of each.
//!
//! `cargo run -p coze-tests --bin replay -- FOLDER`

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use coze_tests::replay::replay;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if arguments.is_empty() {
        eprintln!("usage: replay FOLDER|FILE ...");
        return ExitCode::from(2);
    }
    let Outcome { incomplete, unreadable } = run(&arguments).await;
    if incomplete > 0 {
        println!("{incomplete} recordings were not understood completely");
    }
    if unreadable > 0 {
        println!("{unreadable} paths could not be read");
        return ExitCode::from(2);
    }
    ExitCode::from(u8::from(incomplete > 0))
}

#[derive(Default)]
struct Outcome {
    /// The number of recordings that were not decoded without loss.
    incomplete: usize,
    unreadable: usize,
}

async fn run(arguments: &[PathBuf]) -> Outcome {
    let mut files = Vec::new();
    for argument in arguments {
        find(argument, &mut files);
    }
    files.sort_by(|one, other| one.0.cmp(&other.0));
    let mut outcome = Outcome::default();
    for (file, found) in files {
        match found.and_then(|()| std::fs::read(&file)) {
            Ok(recording) => {
                let report = replay(&recording).await;
                outcome.incomplete += usize::from(!report.is_complete());
                println!("{}: {report}", file.display());
            }
            Err(error) => {
                outcome.unreadable += 1;
                println!("{}: cannot be read: {error}", file.display());
            }
        }
    }
    outcome
}

/// Adds the files of a folder, and the paths that cannot be read with the reason.
fn find(path: &Path, files: &mut Vec<(PathBuf, io::Result<()>)>) {
    let children = || std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect();
    match path.is_dir().then(children) {
        None => files.push((path.to_owned(), Ok(()))),
        Some(Err(error)) => files.push((path.to_owned(), Err(error))),
        Some(Ok(children)) => {
            let children: Vec<PathBuf> = children;
            for child in &children {
                find(child, files);
            }
        }
    }
}
