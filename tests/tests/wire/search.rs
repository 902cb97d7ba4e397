//! The search of the rendered documentation: words that people look for lead to the right item.
//!
//! It lists aliases before names that merely contain the word, and the order of two items with the
//! same alias is arbitrary. So each word is the alias, or else the name, of one item.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The word, the file, and the item in it.
const WORDS: [(&str, &str, &str); 43] = [
    ("create_and_poll", "ext/poll/chat.rs", "fn and_poll"),
    ("createAndPoll", "ext/poll/chat.rs", "fn and_poll"),
    ("pagination", "wire/page.rs", "struct Pages"),
    ("auto_paging", "wire/page.rs", "struct Items"),
    ("backoff", "wire/retry.rs", "struct Retry"),
    ("max_retries", "wire/retry.rs", "struct Retry"),
    ("retry", "wire/retry.rs", "struct Retry"),
    ("circuit breaker", "client/builder.rs", "fn retry_budget"),
    ("rate limit", "base/error.rs", "fn is_rate_limited"),
    ("4013", "generated/errors.rs", "const TOO_MANY_REQUESTS"),
    ("proxy", "client/builder.rs", "fn http_client"),
    ("self-hosted", "base/platform.rs", "enum Platform"),
    ("endpoint", "client/builder.rs", "fn base_url"),
    ("PAT", "client/builder.rs", "fn token"),
    ("OAuth", "client/builder.rs", "fn credentials"),
    ("middleware", "wire/middleware.rs", "trait Interceptor"),
    ("interceptor", "wire/client.rs", "fn with_interceptor"),
    ("dry run", "wire/middleware.rs", "trait Interceptor"),
    ("metrics", "wire/observe.rs", "trait Observer"),
    ("custom request", "client/raw.rs", "fn request"),
    ("function calling", "ext/tools.rs", "struct Tools"),
    ("tool call", "ext/tools.rs", "struct Tools"),
    ("端插件", "ext/tools.rs", "struct Tools"),
    ("human in the loop", "ext/interrupt.rs", "fn on_interrupt"),
    ("SSE", "wire/stream.rs", "struct EventStream"),
    ("streaming", "wire/stream.rs", "struct EventStream"),
    ("流式", "wire/stream.rs", "struct EventStream"),
    ("multipart", "wire/upload.rs", "struct Upload"),
    ("websocket", "realtime.rs", "struct Realtime"),
    ("text to speech", "realtime/speech.rs", "fn synthesize"),
    ("speech to text", "realtime/transcribe.rs", "fn transcribe"),
    ("signature", "webhook/verifier.rs", "struct Verifier"),
    ("upload document", "ext/datasets/document.rs", "fn from_path"),
    ("build_web_page", "ext/datasets/document.rs", "fn web_page"),
    ("chunking", "ext/datasets/document.rs", "fn automatic"),
    ("create_and_wait", "ext/datasets/poll.rs", "fn and_poll"),
    ("RAG", "generated/client.rs", "fn datasets"),
    ("knowledge base", "generated/client.rs", "fn datasets"),
    ("知识库", "generated/client.rs", "fn datasets"),
    ("工作流", "generated/client.rs", "fn workflows"),
    ("智能体", "generated/client.rs", "fn bots"),
    ("agent", "generated/client.rs", "fn bots"),
    ("对话", "generated/client.rs", "fn chat"),
];

#[test]
fn each_word_leads_to_one_item() {
    let items = items();
    assert!(items.len() > 1000, "only {} items: can the test still read them?", items.len());
    for (word, file, name) in WORDS {
        let is = |text: &str| text.to_lowercase() == word.to_lowercase();
        let mut found: Vec<_> =
            items.iter().filter(|item| item.aliases.iter().any(|alias| is(alias))).collect();
        if found.is_empty() {
            let named = |item: &&Item| item.name.split(' ').nth(1).is_some_and(is);
            found =
                items.iter().filter(|item| item.name.starts_with("struct")).filter(named).collect();
        }
        let found: Vec<_> = found.iter().map(|item| (&*item.file, &*item.name)).collect();
        assert_eq!(found, [(file, name)], "{word}");
    }
}

/// A method with the number of an error code would hide the constant of that code, or be hidden.
#[test]
fn each_number_leads_to_one_item() {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Item { file, name, aliases } in items() {
        for alias in aliases {
            if alias.chars().all(|c| c.is_ascii_digit()) {
                found.entry(alias).or_default().push(format!("{file}: {name}"));
            }
        }
    }
    assert!(found.len() > 100, "only {} numbers: can the test still read them?", found.len());
    for (number, items) in found {
        assert_eq!(items.len(), 1, "{number}: {items:?}");
    }
}

/// A public item of the source.
struct Item {
    /// Relative to the source folder.
    file: String,
    /// Its kind and its name.
    name: String,
    aliases: Vec<String>,
}

fn items() -> Vec<Item> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../coze-api/src");
    let mut items = Vec::new();
    for path in files(&root) {
        let text = fs::read_to_string(&path).expect("a source file");
        let file = path.strip_prefix(&root).expect("below the root");
        let file = file.to_str().expect("UTF-8").replace('\\', "/");
        let mut aliases = Vec::new();
        for line in text.lines().map(str::trim) {
            if let Some(alias) = line.strip_prefix("#[doc(alias = \"") {
                aliases.push(alias.trim_end_matches("\")]").to_owned());
            } else if let Some(name) = name(line) {
                let aliases = std::mem::take(&mut aliases);
                items.push(Item { file: file.clone(), name, aliases });
            }
        }
        assert!(aliases.is_empty(), "{file}: {aliases:?} belong to no item");
    }
    items
}

/// The kind and the name of the public item that a line declares.
fn name(line: &str) -> Option<String> {
    let rest = line.strip_prefix("pub ")?;
    let rest = rest.strip_prefix("async ").unwrap_or(rest);
    let rest = rest.strip_prefix("const ").filter(|rest| rest.starts_with("fn ")).unwrap_or(rest);
    let (kind, rest) = rest.split_once(' ')?;
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let name = rest.split(|c| !is_name(c)).next()?;
    matches!(kind, "const" | "enum" | "fn" | "struct" | "trait" | "type")
        .then(|| format!("{kind} {name}"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of sources");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
