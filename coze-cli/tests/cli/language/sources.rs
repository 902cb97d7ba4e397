//! Finds messages in the sources that exist in one language only.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Functions and variants that take a message. They take no literal, except of `say!` or `text`.
const SINKS: [&str; 11] = [
    "note",
    "status",
    "report",
    "Usage",
    "Local",
    "local",
    "LoggedOut",
    "general",
    "custom",
    "print_error",
    "prompt_password",
];

/// The macros and functions whose arguments exist in both languages.
const TRANSLATED: [&str; 2] = ["say", "text"];

/// Words that are not messages: labels of one word that are names, and code.
const ALLOWED: [&str; 2] = ["mock", "COZE_API_TOKEN"];

/// Parts of literals that are code, that no user reads, or that match a text of the SDK.
const CODE: [&str; 4] =
    ["retry-after=SECONDS", "an object", "log id {log_id}", "default-src 'none'"];

#[test]
fn every_message_is_in_both_languages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut files) = (Vec::new(), 0);
    for path in sources(&root) {
        let source = fs::read_to_string(&path).unwrap();
        let tokens: TokenStream = source.parse().unwrap();
        let mut literals = Vec::new();
        collect(tokens, false, &mut literals);
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        found.extend(literals.into_iter().map(|literal| format!("{name}: {literal}")));
        files += 1;
    }
    assert!(files > 25, "{files}");
    assert_eq!(found, Vec::<String>::new(), "wrap these messages in `say!` or `language::text`");
}

#[test]
fn a_message_in_one_language_is_found() {
    let messages = [
        r#"fn f() { Failure::Usage("no token".to_owned()) }"#,
        r#"fn f() { output::note("calls", name) }"#,
        r#"fn f() { output::note(text("calls", "调用"), "twice") }"#,
        r#"fn f() { Failure::Local(format!("cannot read {path}")) }"#,
        r#"fn f() { let message = "the list is empty"; }"#,
        r#"const HELP: &str = "use these commands";"#,
    ];
    for source in messages {
        let mut found = Vec::new();
        collect(source.parse().unwrap(), false, &mut found);
        assert!(!found.is_empty(), "{source}");
    }
    let others = [
        r#"fn f() { Failure::Usage(say!("no token", "没有令牌")) }"#,
        r#"fn f() { output::note(text("calls", "调用"), &name) }"#,
        r#"#[allow(lint, reason = "some long reason")] fn f() { line(&format!("{a} {b}")) }"#,
        r#"#[cfg(test)] mod tests { const A: &str = "any text in tests"; }"#,
        r#"/// Some documentation of it.
           fn f() { get("/v1/bots", "content-type") }"#,
    ];
    for source in others {
        let mut found = Vec::new();
        collect(source.parse().unwrap(), false, &mut found);
        assert_eq!(found, Vec::<String>::new(), "{source}");
    }
}

/// Returns the sources of the program, except for `cli`, whose texts have a table of translations
/// with its own test, and for the playground, the code that is written for users, and the tests of
/// modules.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if matches!(stem.as_str(), "cli" | "exports" | "playground" | "samples" | "tests") {
            continue;
        }
        if path.is_dir() {
            sources.extend(self::sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(path);
        }
    }
    sources
}

/// Collects the messages that are in one language only. `is_sink` holds inside of the arguments of
/// a sink.
fn collect(tokens: TokenStream, is_sink: bool, found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    let mut skip_item = false;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                // An attribute, with or without `!`. The item after `#[cfg(test)]` is skipped.
                let bang = usize::from(is_punct(tokens.get(at + 1), '!'));
                if let Some(TokenTree::Group(group)) = tokens.get(at + 1 + bang) {
                    skip_item |= group.stream().to_string().replace(' ', "") == "cfg(test)";
                    at += 2 + bang;
                    continue;
                }
            }
            TokenTree::Group(group) => {
                let before = name_before(&tokens, at);
                let translated =
                    before.as_ref().is_some_and(|it| TRANSLATED.contains(&it.as_str()));
                let skipped = skip_item && group.delimiter() == Delimiter::Brace;
                if skipped {
                    skip_item = false;
                } else if !translated {
                    visit(group, before.as_deref(), is_sink, found);
                }
            }
            TokenTree::Literal(literal) => {
                if let Some(message) = message(&literal.to_string(), is_sink) {
                    found.push(message);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

fn visit(group: &Group, before: Option<&str>, is_sink: bool, found: &mut Vec<String>) {
    let call = group.delimiter() == Delimiter::Parenthesis;
    // Inside of a sink, `format!` and `to_owned` only form the message.
    let inherits = is_sink && call && before.is_none_or(|name| name == "format");
    let sink = call && before.is_some_and(|name| SINKS.contains(&name));
    collect(group.stream(), sink || inherits, found);
}

/// Returns the name of the called function or macro.
fn name_before(tokens: &[TokenTree], at: usize) -> Option<String> {
    let bang = usize::from(is_punct(at.checked_sub(1).and_then(|at| tokens.get(at)), '!'));
    match tokens.get(at.checked_sub(1 + bang)?)? {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    }
}

fn is_punct(token: Option<&TokenTree>, punct: char) -> bool {
    matches!(token, Some(TokenTree::Punct(it)) if it.as_char() == punct)
}

/// Returns a literal if it is a message: two English words in a row, or one word in a sink.
fn message(literal: &str, is_sink: bool) -> Option<String> {
    let text = literal.strip_prefix('"')?.strip_suffix('"')?;
    if ALLOWED.contains(&text) || CODE.iter().any(|code| text.contains(code)) {
        return None;
    }
    let outside = without_placeholders(text);
    let words: Vec<&str> = outside.split([' ', '\n']).collect();
    let is_word = |word: &str| {
        let word = word.trim_end_matches([',', '.', ';', ':']);
        word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase())
    };
    let sentence = words.windows(2).any(|pair| pair.iter().all(|word| is_word(word)));
    let one = is_sink && words.iter().any(|word| is_word(word));
    (sentence || one).then(|| literal.to_owned())
}

/// Removes the placeholders of a format and the code in backticks.
fn without_placeholders(text: &str) -> String {
    let code: String = text.split('`').step_by(2).collect::<Vec<_>>().join("-");
    let mut depth = 0_i32;
    code.chars()
        .filter(|c| {
            depth += i32::from(*c == '{');
            let outside = depth == 0;
            depth -= i32::from(*c == '}');
            outside
        })
        .collect()
}
