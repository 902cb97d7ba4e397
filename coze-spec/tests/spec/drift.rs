//! Drift on five of the vendor's pages. `pages/` has their facts in their exact form: headings,
//! tables and samples, but neither their prose nor their values.

use std::collections::BTreeMap;
use std::path::Path;

use coze_spec::Document;
use coze_spec::documented::{FIELDS, PAGES};
use coze_spec::drift::{Lists, TABLES, compare_with_spec, drift};

const SLUGS: [&str; 5] =
    ["chat_v3", "create_dataset", "create_voiceprint", "published_bots_list", "upload_files"];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn pages() -> BTreeMap<String, String> {
    let text = |slug: &str| read(&format!("tests/spec/pages/{slug}.md"));
    SLUGS.iter().map(|slug| ((*slug).to_owned(), text(slug))).collect()
}

/// Returns the lists of the real pages, with the facts of these five alone.
fn lists() -> Lists {
    let is_kept = |line: &&str| {
        let slug = line.split('\t').next().unwrap_or_default();
        line.starts_with('#') || slug == "slug" || SLUGS.contains(&slug)
    };
    let tables = read(&format!("../{TABLES}"));
    let tables = tables.split_inclusive('\n').filter(is_kept).collect();
    Lists { pages: read(&format!("../{PAGES}")), fields: read(&format!("../{FIELDS}")), tables }
}

fn document() -> Document {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    coze_spec::load(&spec).unwrap_or_else(|findings| panic!("{findings}"))
}

/// Returns the findings about the pages.
fn findings(document: &Document, pages: &BTreeMap<String, String>) -> Vec<String> {
    let found = drift(document, &lists(), pages, None);
    let found = found.unwrap_or_else(|findings| panic!("{findings}")).findings;
    found.iter().map(|finding| format!("{}: {}", finding.location, finding.message)).collect()
}

#[test]
fn unchanged_pages_have_no_findings() {
    assert_eq!(findings(&document(), &pages()), [""; 0]);
    let found = drift(&document(), &lists(), &pages(), None);
    assert_eq!(found.unwrap_or_else(|findings| panic!("{findings}")).lists, lists());
}

/// A page, an edit, and the beginning of the only finding without its place.
const EDITS: &[(&str, &str, &str, &str)] = &[
    (
        "create_dataset",
        "# 创建知识库\n",
        "# 新建知识库\n",
        "the title of the page `create_dataset` is",
    ),
    (
        "create_dataset",
        "| POST |",
        "| PUT |",
        "the page `create_dataset` documents `PUT /v1/datasets` instead of `POST /v1/datasets`",
    ),
    (
        "create_dataset",
        "/v1/datasets <br>",
        "/v2/datasets <br>",
        "the page `create_dataset` documents `POST /v2/datasets` instead of `POST /v1/datasets`",
    ),
    (
        "create_dataset",
        "| space_id | String | 必选 |",
        "| space_id | Long | 必选 |",
        "the type of `space_id` in `request Body` of the page `create_dataset` is `Long` instead of `String`",
    ),
    (
        "create_dataset",
        "| description | String | 可选 |",
        "| description | String | 必选 |",
        "the obligation of `description` in",
    ),
    (
        "create_dataset",
        " <br> * 2：值",
        " <br> * 2：值 <br> * 3：值",
        "the list of values of `format_type` in",
    ),
    ("create_dataset", "不超过 100。", "不超过 50。", "the limits of `name` in"),
    (
        "create_dataset",
        "| file_id | String | 可选 |  |  |\n",
        "| file_id | String | 可选 |  |  |\n| color | String | 可选 |  |  |\n",
        "`color` in `request Body` of the page `create_dataset` is new (String; optional)",
    ),
    (
        "create_dataset",
        "| logid | String |  |  |\n",
        "",
        "`logid` in `response ResponseDetail` of the page `create_dataset` is gone",
    ),
    (
        "create_dataset",
        " \"format_type\": 1,",
        " \"format_type\": \"x\",",
        "the type of `format_type` in `request sample` of the page `create_dataset` is `string` instead of `integer`",
    ),
    (
        "upload_files",
        "512 MB",
        "1 GB",
        "the limits of `文件大小` in `limits` of the page `upload_files` are `1 GB` instead of `512 MB`",
    ),
    (
        "create_voiceprint",
        "wav",
        "ogg",
        "the list of values of `文件格式` in `limits` of the page `create_voiceprint` is",
    ),
];

#[test]
fn every_edit_is_found_and_nothing_else() {
    let document = document();
    for (slug, old, new, expected) in EDITS {
        let mut pages = pages();
        let page = pages.get_mut(*slug).unwrap_or_else(|| panic!("{slug}"));
        assert_eq!(page.matches(old).count(), 1, "{slug}: {old}");
        *page = page.replace(old, new);
        let found = findings(&document, &pages);
        let [finding] = &found[..] else { panic!("{slug}: {old}: {found:#?}") };
        let message = finding.split_once(": ").map_or("", |(_, message)| message);
        assert!(message.starts_with(expected), "{finding}");
    }
}

#[test]
fn new_and_gone_pages_are_found() {
    let document = document();
    let mut pages = pages();
    let page = pages.remove("create_dataset").unwrap_or_else(|| panic!("no page"));
    let gone = findings(&document, &pages);
    assert_eq!(gone.len(), 1, "{gone:#?}");
    assert!(gone[0].ends_with("the page `create_dataset` is gone"), "{gone:#?}");
    pages.insert("create_dataset".to_owned(), page.clone());
    pages.insert("make_dataset".to_owned(), page);
    let new = findings(&document, &pages);
    let expected =
        "make_dataset.md:1: the page `make_dataset` (创建知识库, POST /v1/datasets) is new";
    assert_eq!(new, [expected]);
}

#[test]
fn every_row_is_compared_with_the_spec() {
    let contents = read(&format!("../{PAGES}"));
    let document = document();
    let compare = |pages: &BTreeMap<String, String>| -> Vec<String> {
        let found = compare_with_spec(&document, &contents, pages);
        let found = found.unwrap_or_else(|findings| panic!("{findings}"));
        found.iter().map(|finding| format!("{}: {}", finding.location, finding.message)).collect()
    };
    let before = compare(&pages());
    let edits = [
        ("| name | String | 必选 |", "| name | Long | 必选 |", "the type of `name` of"),
        ("| space_id | String | 必选 |", "| space_id | String | 可选 |", "`space_id` of"),
        (" <br> * 2：值", " <br> * 9：值", "`format_type` of"),
        ("不超过 100。", "不超过 50。", "`name` of"),
    ];
    for (old, new, expected) in edits {
        let mut pages = pages();
        let page = pages.get_mut("create_dataset").unwrap_or_else(|| panic!("no page"));
        assert_eq!(page.matches(old).count(), 1, "{old}");
        *page = page.replace(old, new);
        let mut found = compare(&pages);
        found.retain(|finding| !before.contains(finding));
        let [finding] = &found[..] else { panic!("{old}: {found:#?}") };
        assert!(
            finding.starts_with("create_dataset.md:") && finding.contains(expected),
            "{finding}"
        );
    }
}
