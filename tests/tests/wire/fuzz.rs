//! The fuzz targets with several thousand reproducible inputs: the kept ones, real replies, streams
//! and deliveries, and mutations of all of them.

use std::path::{Path, PathBuf};

#[path = "../../../coze-api/fuzz/src/lib.rs"]
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    clippy::pedantic,
    reason = "checked in its own crate"
)]
mod targets;

use targets::{envelope, event_stream, webhook};

/// Fragments that are significant to the parsers.
const WORDS: [&[u8]; 24] = [
    b"\n",
    b"\r\n",
    b"\n\n",
    b"\r",
    b"data:",
    b"event: ",
    b"id:",
    b"retry: 1\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"null",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"true",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\\ud800",
    b"\"code\":4100",
    b"\"data\":",
    b"pat_of_the_fuzz_target",
];

/// Returns every file with an extension in a folder of fixtures, in order.
fn files(folder: &str, extension: &str) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder), &mut paths);
    paths.retain(|path| path.extension().is_some_and(|known| known == extension));
    paths.sort();
    assert!(!paths.is_empty(), "{folder}");
    paths.iter().map(|path| std::fs::read(path).expect("a file")).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        if path.is_dir() { collect(&path, paths) } else { paths.push(path) }
    }
}

/// A small random number generator (xorshift64*), so that the inputs are the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).expect("31 bits") % limit.max(1)
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// Returns one of the samples with a few mutations.
    fn mutated(&mut self, samples: &[Vec<u8>]) -> Vec<u8> {
        let mut input = self.pick(samples).clone();
        input.truncate(4096);
        for _ in 0..self.below(6) {
            let at = self.below(input.len());
            let end = (at + self.below(16)).min(input.len());
            match self.below(5) {
                0 => input.truncate(at),
                1 => drop(input.drain(at..end)),
                2 => drop(input.splice(at..end, self.pick(&WORDS).iter().copied())),
                3 => drop(input.splice(at..at, self.pick(&WORDS).iter().copied())),
                _ => {
                    let other = self.pick(samples);
                    let from = self.below(other.len());
                    let to = (from + self.below(64)).min(other.len());
                    drop(input.splice(at..at, other[from..to].iter().copied()));
                }
            }
        }
        input
    }
}

/// Runs a target with each sample, then with mutated ones. A few leading bytes select the behavior
/// of the target.
fn run(target: fn(&[u8]), choices: usize, samples: &[Vec<u8>], count: usize) {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let changed = samples.len() + count;
    for number in 0..changed {
        let body = match samples.get(number) {
            Some(sample) => sample.clone(),
            None => chance.mutated(samples),
        };
        let mut input: Vec<u8> =
            (0..choices).map(|_| u8::try_from(chance.below(256)).expect("a byte")).collect();
        input.extend(body);
        let shown = String::from_utf8_lossy(&input).into_owned();
        let outcome = std::panic::catch_unwind(|| target(&input));
        assert!(outcome.is_ok(), "input {number}: {shown:?}");
    }
}

/// Returns the kept inputs of a target. Each line is a JSON string whose characters are bytes.
fn kept(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../coze-api/fuzz/corpus");
    let text = std::fs::read_to_string(folder.join(name).with_extension("jsonl"));
    let text = text.unwrap_or_else(|error| panic!("the corpus of {name}: {error}"));
    let input = |line: &str| {
        let input: String = serde_json::from_str(line).expect("a JSON string");
        input.chars().map(|byte| u8::try_from(byte).expect("a byte")).collect()
    };
    text.lines().map(input).collect()
}

#[test]
fn kept_inputs() {
    for (name, target) in targets::TARGETS {
        let inputs = kept(name);
        assert!(!inputs.is_empty(), "{name}");
        run(target, 0, &inputs, 200);
    }
}

#[test]
fn envelope() {
    let pages = files("samples", "json");
    let replies = pages.iter().flat_map(|page| {
        let page: serde_json::Value = serde_json::from_slice(page).expect("JSON");
        let replies = page["replies"].as_array().cloned().unwrap_or_default();
        replies.into_iter().map(|reply| reply["reply"].to_string().into_bytes())
    });
    run(envelope::run, 3, &replies.collect::<Vec<_>>(), 3_000);
}

#[test]
fn event_stream() {
    run(event_stream::run, 1, &files("streams", "sse"), 10_000);
}

#[test]
fn webhook() {
    let vectors = include_bytes!("../../../coze-mock/src/callback/vectors.json");
    let vectors: Vec<serde_json::Value> = serde_json::from_slice(vectors).expect("JSON");
    let text =
        |vector: &serde_json::Value, name: &str| vector[name].as_str().expect("a text").to_owned();
    let delivery = |vector: &serde_json::Value| {
        let mut input = Vec::new();
        for name in ["timestamp", "nonce", "signature"] {
            let value = text(vector, name);
            input.push(u8::try_from(value.len()).expect("a short text"));
            input.extend(value.into_bytes());
        }
        input.extend(text(vector, "body").into_bytes());
        input
    };
    let signed = vectors.iter().map(delivery);
    let bare =
        vectors.iter().map(|vector| [vec![0; 3], text(vector, "body").into_bytes()].concat());
    run(webhook::run, 0, &signed.chain(bare).collect::<Vec<_>>(), 10_000);
}
