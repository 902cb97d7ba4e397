//! Each Chinese document has the headings, code and tables of its English counterpart, and its
//! examples are compiled.
//!
//! Examples that are programs are doctests of this crate, and others are in `snippets.rs`. Those of
//! the guide are equal to the English ones, which are doctests of `coze-api`.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests may panic")]

mod playground;
mod snippets;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn translations_have_the_parts_of_their_documents() {
    for (english, chinese) in pairs() {
        let found = differences(&text(&english), &text(&chinese));
        assert!(found.is_empty(), "{}: {found:#?}", chinese.display());
    }
}

#[test]
fn a_document_and_its_translation_link_each_other() {
    for (english, chinese) in pairs() {
        // Front pages and the guide are shown at crates.io and docs.rs too, where relative links
        // lead nowhere.
        let folder = english.parent().expect("a folder").strip_prefix(root());
        let folder = folder.expect("a path below the root").to_str().expect("UTF-8");
        let (package, rest) = folder.split_once('/').unwrap_or((folder, ""));
        let rest = if rest.is_empty() { String::new() } else { format!("{rest}/") };
        let source = format!("https://docs.rs/crate/{package}/latest/source/{rest}");
        let folder = if package.starts_with("coze-") { source.as_str() } else { "" };
        let expected = format!("[简体中文]({folder}{})", name(&chinese));
        let text_of_english = text(&english);
        let third = text_of_english.lines().nth(2).unwrap_or_default();
        assert_eq!(third, expected, "{}", english.display());
        let link = format!("[English]({})", name(&english));
        assert_eq!(text(&chinese).lines().nth(2), Some(link.as_str()), "{}", chinese.display());
    }
}

#[test]
fn links_of_translations_lead_to_translations() {
    for (english, chinese) in pairs() {
        let document = Document::read(&text(&chinese));
        let links = document.sections.iter().flat_map(|section| links(&section.prose));
        for link in links.filter(|link| !link.contains("://") && *link != name(&english)) {
            let (file, _) = link.split_once('#').unwrap_or((link, ""));
            let path = chinese.parent().expect("a folder").join(file);
            assert!(path.exists(), "{} links {link}, which is missing", chinese.display());
            let better = path.with_extension("zh-CN.md");
            assert!(!better.exists(), "{}: {link} has a translation", chinese.display());
        }
    }
}

#[test]
fn front_pages_of_packages_are_complete_outside_the_repository() {
    let folders =
        fs::read_dir(root()).expect("the workspace").map(|entry| entry.expect("an entry"));
    let mut count = 0;
    for folder in folders.filter(|entry| name(&entry.path()).starts_with("coze-")) {
        for file in ["README.md", "README.zh-CN.md"].map(|file| folder.path().join(file)) {
            let Ok(text) = fs::read_to_string(&file) else { continue };
            let document = Document::read(&text);
            let mut links = document.sections.iter().flat_map(|section| links(&section.prose));
            let relative = links.find(|link| !link.contains("://") && *link != "README.md");
            assert_eq!(relative, None, "{}", file.display());
            // GitHub and crates.io show the lines that rustdoc hides.
            let mut code =
                document.blocks.iter().filter(|block| block.language.starts_with("rust"));
            let hidden = code.find(|block| block.code.iter().any(|line| line.starts_with("# ")));
            assert!(hidden.is_none(), "{} has hidden lines", file.display());
            count += 1;
        }
    }
    assert!(count > 8, "there are only {count} front pages");
}

#[test]
fn examples_in_rust_are_compiled() {
    let doctests = include_str!("../../src/lib.rs");
    let chapters = include_str!("../../../coze-api/src/guide.rs");
    let snippets = squeezed(include_str!("snippets.rs"));
    for (english, chinese) in pairs() {
        // They need the features and files of `coze-api`, and have the code of the English ones.
        if english.parent().is_some_and(|folder| folder.ends_with("coze-api/src/guide")) {
            let include = format!("include_str!(\"guide/{}\")", name(&english));
            assert!(chapters.contains(&include), "coze-api/src/guide.rs lacks {include}");
            continue;
        }
        let path = chinese.strip_prefix(root()).expect("a path below the root").display();
        let include = format!("include_str!(\"../../{path}\")");
        let blocks = Document::read(&text(&chinese)).blocks;
        for block in blocks.iter().filter(|block| block.language.starts_with("rust")) {
            let code = block.code.join("\n");
            if code.contains("fn main()") {
                assert!(doctests.contains(&include), "tests/src/lib.rs lacks {include}");
            } else {
                let compiled = snippets.contains(&squeezed(&code));
                assert!(compiled, "snippets.rs lacks this code of {path}:\n{code}");
            }
        }
    }
}

#[test]
fn differences_are_found() {
    let english = "# A\n\nText `a` and\n`b`.\n\n- item\n\n\
                   ```rust\nf(\"x://y\"); // why\n```\n\n\
                   ## B\n\n| a |\n|---|\n| b |\n\n\
                   ```sh\n# how\nrun a#b # now\n```\n";
    let chinese = "# 甲\n\n文本 `b` 和 `a`。\n\n- 项\n\n\
                   ```rust\n// 原因\nf(\"x://y\"); // 为何\n```\n\n\
                   ## 乙\n\n| 一 |\n|---|\n| 二 |\n\n\
                   ```sh\nrun a#b # 现在\n```\n";
    assert_eq!(differences(english, chinese), Vec::<String>::new());
    for (part, changed, expected) in [
        ("## 乙", "### 乙", "the headings are [\"# 甲\", \"### 乙\"]"),
        ("`b` 和 ", "", "`# 甲` lacks [\"b\"]"),
        ("- 项", "项", "`# 甲` has 0 rows and 0 items, not 0 and 1"),
        ("| 二 |\n", "", "`## 乙` has 2 rows and 0 items, not 3 and 0"),
        ("x://y", "x://z", "the code is `f(\"x://z\");` in place of `f(\"x://y\");`"),
        ("a#b", "a#c", "the code is `run a#c` in place of `run a#b`"),
        ("```rust", "```text", "block 1 is `text`, not `rust`"),
        ("run a#b # 现在\n", "", "block 2 has 0 lines of code, not 1"),
        ("\n```sh\nrun a#b # 现在\n```\n", "", "there are 1 blocks of code, not 2"),
    ] {
        let changed = chinese.replacen(part, changed, 1);
        let found = differences(english, &changed);
        assert!(found.iter().any(|text| text.starts_with(expected)), "{expected}: {found:#?}");
    }
}

/// Returns the differences of the Chinese text from the English one in headings, code and tables.
fn differences(english: &str, chinese: &str) -> Vec<String> {
    let (english, chinese) = (Document::read(english), Document::read(chinese));
    let levels = |document: &Document| -> Vec<usize> {
        document.sections.iter().map(Section::level).collect()
    };
    if levels(&english) != levels(&chinese) {
        let headings = |document: &Document| -> Vec<String> {
            document.sections.iter().map(|section| section.heading.clone()).collect()
        };
        let (expected, found) = (headings(&english), headings(&chinese));
        return vec![format!("the headings are {found:?}, not those of {expected:?}")];
    }
    let mut found = Vec::new();
    for (expected, section) in english.sections.iter().zip(&chinese.sections) {
        section.compare(expected, &mut found);
    }
    if english.blocks.len() != chinese.blocks.len() {
        let (expected, blocks) = (english.blocks.len(), chinese.blocks.len());
        found.push(format!("there are {blocks} blocks of code, not {expected}"));
    }
    for (index, (expected, block)) in english.blocks.iter().zip(&chinese.blocks).enumerate() {
        block.compare(expected, index + 1, &mut found);
    }
    found
}

/// A document in the forms of Markdown that this repository uses.
#[derive(Default)]
struct Document {
    sections: Vec<Section>,
    blocks: Vec<Block>,
}

impl Document {
    fn read(text: &str) -> Self {
        let mut document = Self::default();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(language) = line.strip_prefix("```") {
                let code = lines.by_ref().take_while(|line| *line != "```");
                document.blocks.push(Block::new(language, code));
            } else if line.starts_with('#') {
                document.sections.push(Section { heading: line.to_owned(), ..Section::default() });
            } else if let Some(section) = document.sections.last_mut() {
                section.add(line);
            }
        }
        document
    }
}

/// A heading and the text below it, without blocks of code.
#[derive(Default)]
struct Section {
    heading: String,
    prose: String,
    rows: usize,
    items: usize,
}

impl Section {
    fn add(&mut self, line: &str) {
        let number = line.split_once(". ").map_or("", |(number, _)| number);
        let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        self.rows += usize::from(line.starts_with('|'));
        self.items += usize::from(numbered || line.starts_with("- "));
        // Code may continue on the next line.
        self.prose.push_str(line);
        self.prose.push(' ');
    }

    fn level(&self) -> usize {
        self.heading.bytes().take_while(|&byte| byte == b'#').count()
    }

    /// Returns the code between backticks.
    fn code(&self) -> BTreeSet<&str> {
        self.prose.split('`').skip(1).step_by(2).collect()
    }

    fn compare(&self, expected: &Self, found: &mut Vec<String>) {
        let (heading, rows, items) = (&self.heading, self.rows, self.items);
        if (rows, items) != (expected.rows, expected.items) {
            let counts = format!("{} and {}", expected.rows, expected.items);
            found.push(format!("`{heading}` has {rows} rows and {items} items, not {counts}"));
        }
        let (expected, code) = (expected.code(), self.code());
        let missing: Vec<_> = expected.difference(&code).collect();
        if !missing.is_empty() {
            found.push(format!("`{heading}` lacks {missing:?}"));
        }
    }
}

/// A block of code without its comments, which are translated.
struct Block {
    language: String,
    code: Vec<String>,
}

impl Block {
    fn new<'a>(language: &str, lines: impl Iterator<Item = &'a str>) -> Self {
        let marker = if language.starts_with("rust") { "//" } else { "#" };
        let code = lines.filter_map(|line| {
            let code = without_comment(line, marker);
            (line.is_empty() || !code.is_empty()).then(|| code.to_owned())
        });
        Self { language: language.to_owned(), code: code.collect() }
    }

    fn compare(&self, expected: &Self, number: usize, found: &mut Vec<String>) {
        if self.language != expected.language {
            let (language, other) = (&self.language, &expected.language);
            found.push(format!("block {number} is `{language}`, not `{other}`"));
        }
        if self.code.len() != expected.code.len() {
            let (lines, other) = (self.code.len(), expected.code.len());
            found.push(format!("block {number} has {lines} lines of code, not {other}"));
        }
        let mut lines = expected.code.iter().zip(&self.code);
        if let Some((expected, line)) = lines.find(|(expected, line)| expected != line) {
            let (line, expected) = (line.trim(), expected.trim());
            found.push(format!("the code is `{line}` in place of `{expected}`"));
        }
    }
}

/// Returns a line without its comment. Spaces surround the marker of a comment, but not `//` in a
/// URL or `#` in an attribute.
fn without_comment<'a>(line: &'a str, marker: &str) -> &'a str {
    let comment = line.match_indices(marker).find(|&(start, _)| {
        line[..start].chars().next_back().is_none_or(char::is_whitespace)
            && line[start + marker.len()..].starts_with(' ')
    });
    comment.map_or(line, |(start, _)| &line[..start]).trim_end()
}

/// Returns the text without white space, because rustfmt breaks long lines.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Returns the targets of links and images.
fn links(prose: &str) -> impl Iterator<Item = &str> {
    prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// Returns each English document that has a translation, with the Chinese one.
fn pairs() -> Vec<(PathBuf, PathBuf)> {
    let mut pairs = Vec::new();
    add_pairs(root(), &mut pairs);
    assert!(!pairs.is_empty(), "there are Chinese documents");
    pairs
}

fn add_pairs(folder: &Path, pairs: &mut Vec<(PathBuf, PathBuf)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = entry.path();
        let name = name(&path);
        if entry.file_type().expect("a type").is_dir() {
            if !name.starts_with('.') && name != "target" && name != "node_modules" {
                add_pairs(&path, pairs);
            }
        } else if let Some(stem) = name.strip_suffix(".zh-CN.md") {
            pairs.push((path.with_file_name(format!("{stem}.md")), path));
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(OsStr::to_str).expect("a name in UTF-8")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
