//! Translations: missing, stale and orphaned ones, written files, and the spec in another language.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use coze_spec::locale::{FileText, Locale, Rewrite, texts};
use coze_spec::model::Shape;
use coze_spec::{Document, Language};
use serde_json::Value;

const ROOT: &str = "openapi: 3.0.3\ninfo: {title: A small API, version: '1'}\n";

const BOTS: &str = r"tags:
  - {name: bots, description: Creates bots.}
components:
  schemas:
    Bot:
      type: object
      description: |
        A bot

        and its configuration.
      properties:
        bot_id: {type: string, description: The ID of the bot.}
        parent_id: {type: string, description: The ID of the bot.}
        origin_id:
          type: string
          description: |
            The ID
            of the bot.
        mode: {$ref: '#/components/schemas/BotMode'}
    BotMode:
      type: integer
      description: |
        The mode of a bot.

        - `0`: One agent.
        - `1`: Several agents
          in turn.
      enum: [0, 1]
";

const ID: &str = "The ID of the bot.";

fn document(bots: &str) -> Document {
    let files = [("spec/openapi.yaml", ROOT), ("spec/resources/bots.yaml", bots)];
    coze_spec::load_texts(&files).unwrap_or_else(|findings| panic!("{findings}"))
}

fn locale(files: &[(&str, &str)]) -> Locale {
    Locale::load_texts(Language::Chinese, files).unwrap_or_else(|findings| panic!("{findings}"))
}

/// The files by their paths below the folder of the locale.
fn rewrite(locale: &Locale, document: &Document, how: &Rewrite) -> BTreeMap<String, String> {
    let files = locale.rewrite(document, how).into_iter();
    let files = files.filter_map(|FileText { file, text }| {
        Some((file.strip_prefix("spec/locales/zh-CN/")?.to_owned(), text?))
    });
    files.collect()
}

fn reread(files: &BTreeMap<String, String>) -> Locale {
    let files: Vec<_> = files.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    locale(&files)
}

/// The messages of all findings.
fn findings(locale: &Locale, document: &Document) -> Vec<String> {
    let report = locale.check(document);
    report.findings.iter().map(|finding| finding.message.clone()).collect()
}

/// The files for `BOTS`, with every text translated.
fn translated() -> BTreeMap<String, String> {
    let new = [
        ("openapi.yaml", "info.title: 一个小接口\n"),
        (
            "resources/bots.yaml",
            "Bot: |\n  智能体\n\n  及其配置。\nBotMode: 智能体的模式。\nBotMode.0: 单智能体。\nBotMode.1: 多智能体。\n\
             bots: 创建智能体。\n",
        ),
        ("common.yaml", "The ID of the bot.: 智能体 ID。\n"),
    ];
    rewrite(&locale(&new), &document(BOTS), &Rewrite::default())
}

#[test]
fn a_text_without_a_translation_gets_an_entry_below_its_english_text() {
    let document = document(BOTS);
    let files = rewrite(&locale(&[]), &document, &Rewrite::default());
    let bots = "# The texts of spec/resources/bots.yaml. See the README.md of this language.\n\n\
        # Creates bots.\nbots:\n\n\
        # A bot\n#\n# and its configuration.\nBot:\n\n\
        # The mode of a bot.\nBotMode:\n# One agent.\nBotMode.0:\n\
        # Several agents in turn.\nBotMode.1:\n";
    assert_eq!(files["resources/bots.yaml"], bots);
    assert!(files["common.yaml"].ends_with("\n\nThe ID of the bot.:\n"), "{files:?}");
    let written = reread(&files);
    assert_eq!(rewrite(&written, &document, &Rewrite::default()), files);
    let report = written.check(&document);
    let counts: Vec<_> =
        report.files.iter().map(|file| (file.texts, file.missing, file.stale)).collect();
    assert_eq!(counts, [(1, 1, 0), (1, 1, 0), (5, 5, 0)]);
    let first = report.findings.iter().next().map(ToString::to_string).unwrap_or_default();
    let expected = "spec/locales/zh-CN/common.yaml:3: `The ID of the bot.` has no translation";
    assert!(first.starts_with(expected), "{first}");
}

#[test]
fn a_new_translation_is_recorded_and_complete() {
    let files = translated();
    let bots = &files["resources/bots.yaml"];
    assert!(bots.contains("\nBotMode.1: {of: "), "{bots}");
    assert!(bots.contains("\nBot:\n  of: "), "{bots}");
    assert!(!bots[1..].contains('#'), "{bots}");
    assert_eq!(findings(&reread(&files), &document(BOTS)), [""; 0]);
    assert_eq!(rewrite(&reread(&files), &document(BOTS), &Rewrite::default()), files);
}

#[test]
fn an_edited_text_makes_its_translation_stale_until_it_is_accepted() {
    let edited = document(&BOTS.replace("Several agents\n          in turn.", "Many agents."));
    let stale = reread(&translated());
    let [message] = &findings(&stale, &edited)[..] else { panic!("one finding") };
    assert!(message.starts_with("the English text of `BotMode.1` has changed"), "{message}");
    // Writing alone does not make it fresh.
    let written = rewrite(&stale, &edited, &Rewrite::default());
    assert!(written["resources/bots.yaml"].contains("\n# Many agents.\nBotMode.1: {of: "));
    assert_eq!(findings(&reread(&written), &edited).len(), 1);
    for (accepted, left) in
        [("BotMode.1", 0), ("spec/locales/zh-CN/resources/bots.yaml", 0), ("BotMode.0", 1)]
    {
        let how = Rewrite { accept: vec![accepted.to_owned()], prune: false };
        let accepted = rewrite(&stale, &edited, &how);
        assert_eq!(findings(&reread(&accepted), &edited).len(), left);
    }
    // Line breaks do not count.
    let wrapped = document(&BOTS.replace("agents\n          in turn.", "agents in turn."));
    assert_eq!(findings(&stale, &wrapped), [""; 0]);
}

#[test]
fn an_orphan_stays_until_it_is_pruned() {
    let fewer = document(&BOTS.replace("        - `1`: Several agents\n          in turn.\n", ""));
    let left = reread(&translated());
    assert_eq!(findings(&left, &fewer), ["the spec has no text `BotMode.1`"]);
    let written = rewrite(&left, &fewer, &Rewrite::default());
    let bots = &written["resources/bots.yaml"];
    assert!(bots.contains("any more.\nBotMode.1: {of: "), "{bots}");
    assert_eq!(rewrite(&reread(&written), &fewer, &Rewrite::default()), written);
    assert_eq!(findings(&reread(&written), &fewer).len(), 1);
    let pruned = rewrite(&left, &fewer, &Rewrite { accept: Vec::new(), prune: true });
    assert!(!pruned["resources/bots.yaml"].contains("BotMode.1"));
    assert_eq!(findings(&reread(&pruned), &fewer), [""; 0]);
}

#[test]
fn a_renamed_text_keeps_its_translation() {
    let renamed = document(&BOTS.replace("BotMode", "BotKind"));
    let written = rewrite(&reread(&translated()), &renamed, &Rewrite::default());
    assert!(written["resources/bots.yaml"].contains("\nBotKind.0: {of: "));
    assert_eq!(findings(&reread(&written), &renamed), [""; 0]);
}

#[test]
fn a_file_that_the_spec_no_longer_has_keeps_its_texts_until_they_are_pruned() {
    let mut files = translated();
    files.insert("resources/gone.yaml".to_owned(), "Gone: {of: abcdefgh, text: 已删除。}\n".into());
    let document = document(BOTS);
    let kept = rewrite(&reread(&files), &document, &Rewrite::default());
    assert!(kept["resources/gone.yaml"].contains("Gone: {of: abcdefgh, text: 已删除。}\n"));
    let pruned = rewrite(&reread(&files), &document, &Rewrite { accept: Vec::new(), prune: true });
    assert!(!pruned.contains_key("resources/gone.yaml"));
}

#[test]
fn a_place_overrides_what_is_common() {
    let mut files = translated();
    let bots = files.entry("resources/bots.yaml".to_owned()).or_default();
    bots.push_str("Bot.parent_id: 父智能体 ID。\n");
    let locale = reread(&files);
    let translated = locale.translate(&document(BOTS));
    let property = |name: &str| {
        let pointer = format!("/components/schemas/Bot/properties/{name}/description");
        coze_spec::bundle(&translated).pointer(&pointer).cloned().unwrap_or_default()
    };
    assert_eq!(property("bot_id"), "智能体 ID。");
    assert_eq!(property("origin_id"), "智能体 ID。");
    assert_eq!(property("parent_id"), "父智能体 ID。");
    let written = rewrite(&locale, &document(BOTS), &Rewrite::default());
    assert!(written["resources/bots.yaml"].contains("\nBot.parent_id: {of: "));
    assert!(!written["resources/bots.yaml"].contains("Bot.bot_id"));
    // Two occurrences are still translated by a common text that is there already.
    let two = document(&BOTS.replace(
        "parent_id: {type: string, description: The ID of the bot.}",
        "parent_id: {type: string}",
    ));
    let written = rewrite(&reread(&self::translated()), &two, &Rewrite::default());
    assert!(written["common.yaml"].contains("The ID of the bot.: 智能体 ID。"));
}

#[test]
fn what_is_not_translated_stays_english() {
    let bots = "BotMode.0: {of: aaaaaaaa, text: 过时。}\nBotMode.1: 多智能体。\n";
    let translated = locale(&[("resources/bots.yaml", bots)]).translate(&document(BOTS));
    let schemas = coze_spec::bundle(&translated)["components"]["schemas"].clone();
    let mode = "The mode of a bot.\n\n- `0`：One agent.\n- `1`：多智能体。";
    assert_eq!(schemas["BotMode"]["description"], mode);
    assert_eq!(schemas["Bot"]["properties"]["bot_id"]["description"], ID);
}

fn real() -> Document {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    coze_spec::load(&spec).unwrap_or_else(|findings| panic!("{findings}"))
}

/// A key names one text, and every text of the spec has one.
#[test]
fn every_text_of_the_spec_has_a_key() {
    let document = real();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut keys = BTreeSet::new();
    for text in texts(&document) {
        let file = text.location.file.trim_start_matches("spec/").to_owned();
        assert!(keys.insert((file.clone(), text.key.clone())), "{file}: {} twice", text.key);
        let of = text.hash();
        let entries = files.entry(file).or_default();
        writeln!(entries, "{}: {{of: {of}, text: 文字。}}", text.key)
            .unwrap_or_else(|error| panic!("{error}"));
    }
    let translated = reread(&files).translate(&document);
    let mut english = Vec::new();
    visit(&coze_spec::bundle(&translated), "", &mut english);
    assert_eq!(english, [""; 0]);
    let api = coze_spec::lower(&translated).unwrap_or_else(|findings| panic!("{findings}"));
    for schema in api.schemas() {
        if let Shape::Strings(variants) = &schema.shape {
            assert!(
                variants.iter().all(|variant| variant.description == "文字。"),
                "{}",
                schema.name
            );
        }
    }
}

/// The pointers of the texts that still have Latin letters outside code.
fn visit(value: &Value, pointer: &str, english: &mut Vec<String>) {
    let members = value.as_object().into_iter().flatten();
    for (key, member) in
        members.filter(|(key, _)| !["example", "default", "externalDocs"].contains(&key.as_str()))
    {
        let pointer = format!("{pointer}/{key}");
        if let (Value::String(text), "summary" | "description" | "title" | "note") =
            (member, key.as_str())
        {
            let plain: String = text.split('`').step_by(2).collect();
            if plain.contains(|c: char| c.is_ascii_alphabetic()) {
                english.push(pointer.clone());
            }
        }
        visit(member, &pointer, english);
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        visit(item, &format!("{pointer}/{index}"), english);
    }
}
