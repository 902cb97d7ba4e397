//! Tests the output, the files and the exit codes of the binary on a small checkout.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod drift;
mod revisions;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const ROOT: &str = r"openapi: 3.0.3
info: {title: A small API, version: '1', description: For tests.}
servers:
  - {url: 'https://api.coze.cn', description: China.}
security:
  - token: []
tags:
  - name: bots
components:
  securitySchemes:
    token: {type: http, scheme: bearer, description: A token.}
";

const SHARED: &str = r"components:
  schemas:
    Envelope:
      type: object
      description: The common fields of responses.
      required: [code]
      properties:
        code: {type: integer, format: int64, description: 0 if the call succeeded.}
        msg: {type: string, description: What went wrong.}
        detail: {$ref: '#/components/schemas/ResponseDetail'}

    ResponseDetail:
      type: object
      description: Details for troubleshooting.
      properties:
        logid: {type: string, description: The log id.}
";

const BOTS: &str = r"tags:
  - name: bots
    description: Bots.

paths:
  /v1/bots/{bot_id}:
    get:
      operationId: bots.retrieve
      tags: [bots]
      summary: Retrieves a bot.
      externalDocs:
        url: https://docs.coze.cn/developer_guides/get_bot
        description: 查看智能体
      x-coze-permission: []
      parameters:
        - name: bot_id
          in: path
          required: true
          description: The id of the bot.
          schema: {type: string}
          example: '0123'
      responses:
        '200':
          description: The bot.
          content:
            application/json:
              schema:
                allOf:
                  - $ref: '#/components/schemas/Envelope'
                  - type: object
                    properties:
                      data: {$ref: '#/components/schemas/Bot'}
              example:
                code: 0
                msg: ''
                data: {bot_id: '0123', name: 'no'}
                detail: {logid: '2024'}

components:
  schemas:
    Bot:
      type: object
      description: A bot.
      required: [bot_id]
      properties:
        bot_id: {type: string, description: The id of the bot.}
        name: {type: string, description: The name of the bot.}
";

const TABLE: &str = "
- {group: Bots, title: 查看智能体, kind: http, slug: get_bot, method: GET, path: '/v1/bots/{id}'}
- {group: Bots, title: 创建智能体, kind: http, slug: create_bot, method: POST, path: /v1/bot/create}
- {group: Auth, title: OAuth JWT, kind: oauth, slug: oauth_jwt}
";

const FIELDS: &str = "slug\tside\tfield\nget_bot\trequest\tbot_id\nget_bot\tresponse\tdata.name\n";

/// A checkout with one operation, in a temporary folder.
struct Checkout(TempDir);

impl Checkout {
    fn new() -> Self {
        let checkout = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(checkout.path("spec/resources")).unwrap();
        checkout.write("spec/openapi.yaml", ROOT);
        checkout.write("spec/shared.yaml", SHARED);
        checkout.write("spec/resources/bots.yaml", BOTS);
        checkout.write("spec/documented.yaml", TABLE);
        checkout.write("spec/documented-fields.tsv", FIELDS);
        fs::create_dir_all(checkout.path("docs")).unwrap();
        checkout.write("docs/coverage.md", "Nothing is left out.\n");
        checkout
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} lacks {from:?}");
        self.write(path, &text.replacen(from, to, 1));
    }

    fn run(&self, args: &[&str]) -> Run {
        run_in(self.0.path(), args)
    }
}

/// The result of a run, as text.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run_in(root: &Path, args: &[&str]) -> Run {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(args)
        .env("CARGO_MANIFEST_DIR", root.join("xtask"))
        .current_dir(root)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: status.code(), out: text(stdout), err: text(stderr) }
}

/// The example of CONTRIBUTING.md is complete: nothing is missing in a spec with it.
#[test]
fn the_example_for_contributors_has_no_findings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("CONTRIBUTING.md")).unwrap();
    let (_, rest) = text.split_once("   ```yaml\n").unwrap();
    let (example, _) = rest.split_once("   ```\n").unwrap();
    let example: String = example
        .lines()
        .map(|line| line.strip_prefix("   ").unwrap_or(line).to_owned() + "\n")
        .collect();
    let checkout = Checkout::new();
    let tags = "tags:\n  - name: workspaces\n    description: Workspaces.\n\n";
    checkout.write("spec/resources/workspaces.yaml", &format!("{tags}{example}"));
    checkout.replace(
        "spec/openapi.yaml",
        "  - name: bots\n",
        "  - name: bots\n  - name: workspaces\n",
    );
    let lint = checkout.run(&["lint"]);
    assert_eq!((lint.code, lint.out.as_str()), (Some(0), ""), "{lint:?}");
}

const GENERATED: &str = "coze-api/src/generated/bots.rs";

#[test]
fn generate_writes_once() {
    let checkout = Checkout::new();
    let first = checkout.run(&["generate"]);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.out.contains(&format!("added    {GENERATED}\n")), "{}", first.out);
    assert!(first.out.lines().last().unwrap().starts_with("1 operations, "), "{}", first.out);

    let second = checkout.run(&["generate"]);
    assert_eq!(second.code, Some(0), "{second:?}");
    assert_eq!(second.out.lines().count(), 1, "{}", second.out);
    assert!(second.out.contains(", 0 files changed in "), "{}", second.out);
}

#[test]
fn generate_check_shows_what_would_change_and_writes_nothing() {
    let checkout = Checkout::new();
    let missing = checkout.run(&["generate", "--check"]);
    assert_eq!(missing.code, Some(4), "{missing:?}");
    assert!(
        missing.out.contains(&format!("--- /dev/null\n+++ b/{GENERATED}\n")),
        "{}",
        missing.out
    );
    assert!(!checkout.path(GENERATED).exists());

    assert_eq!(checkout.run(&["generate"]).code, Some(0));
    let fresh = checkout.run(&["generate", "--check"]);
    assert_eq!((fresh.code, fresh.out.as_str(), fresh.err.as_str()), (Some(0), "", ""));

    let text = checkout.read(GENERATED);
    checkout.write(GENERATED, &format!("{text}// by hand\n"));
    let stale = checkout.run(&["generate", "--check"]);
    assert_eq!(stale.code, Some(4), "{stale:?}");
    assert!(
        stale.out.contains(&format!("--- a/{GENERATED}\n+++ b/{GENERATED}\n@@")),
        "{}",
        stale.out
    );
    assert!(stale.out.contains("\n-// by hand\n"), "{}", stale.out);
    assert!(!stale.out.contains('\u{1b}'), "colors without a terminal");
    assert!(stale.err.contains("run: cargo xtask generate"), "{}", stale.err);

    let mended = checkout.run(&["generate"]);
    assert!(mended.out.starts_with(&format!("modified {GENERATED}\n")), "{}", mended.out);
    assert_eq!(checkout.read(GENERATED), text);
}

#[test]
fn findings_name_their_place_and_stop_the_generator() {
    let checkout = Checkout::new();
    let clean = checkout.run(&["lint"]);
    assert_eq!((clean.code, clean.out.as_str()), (Some(0), ""), "{clean:?}");

    checkout.replace("spec/resources/bots.yaml", "schemas/Bot'", "schemas/Bto'");
    let line = BOTS.lines().position(|line| line.contains("schemas/Bot'")).unwrap() + 1;
    let place = format!("spec/resources/bots.yaml:{line}: ");
    let found = checkout.run(&["lint"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    assert!(found.out.contains(&place), "{}", found.out);

    for args in [&["generate"][..], &["generate", "--check"]] {
        let stopped = checkout.run(args);
        assert_eq!(stopped.code, Some(1), "{stopped:?}");
        assert!(stopped.err.contains(&place), "{}", stopped.err);
        assert!(!checkout.path(GENERATED).exists());
    }
}

#[test]
fn a_spec_that_cannot_be_read_is_a_finding_everywhere() {
    let checkout = Checkout::new();
    checkout.write("spec/resources/bots.yaml", "tags: [\n");
    for args in [&["lint"][..], &["generate"], &["bundle"], &["coverage"]] {
        let run = checkout.run(args);
        assert_eq!(run.code, Some(1), "{args:?} {run:?}");
        let text = run.out + &run.err;
        assert!(text.contains("spec/resources/bots.yaml:"), "{args:?} {text}");
    }
}

#[test]
fn bundle_prints_or_writes_one_document() {
    let checkout = Checkout::new();
    let yaml = checkout.run(&["bundle"]);
    assert_eq!(yaml.code, Some(0), "{yaml:?}");
    let from_yaml: serde_json::Value = serde_saphyr::from_str(&yaml.out).unwrap();

    let json = checkout.run(&["bundle", "--format", "json", "-o", "api.json"]);
    assert_eq!((json.code, json.out.as_str()), (Some(0), ""), "{json:?}");
    let from_json: serde_json::Value = serde_json::from_str(&checkout.read("api.json")).unwrap();

    assert_eq!(from_yaml, from_json);
    let operation = &from_json["paths"]["/v1/bots/{bot_id}"]["get"];
    assert_eq!(operation["operationId"], "bots.retrieve");
    assert_eq!(operation["parameters"][0]["example"], "0123");
    assert_eq!(from_json["components"]["schemas"]["Bot"]["required"][0], "bot_id");

    let nowhere = checkout.run(&["bundle", "-o", "no/such/folder/api.yaml"]);
    assert_eq!(nowhere.code, Some(1), "{nowhere:?}");
    assert!(nowhere.err.contains("cannot write no/such/folder/api.yaml"), "{}", nowhere.err);
}

#[test]
fn coverage_compares_the_spec_with_the_table_of_contents() {
    let checkout = Checkout::new();
    let run = checkout.run(&["coverage"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
    let lines: Vec<_> = run.out.lines().collect();
    for (line, word) in lines.iter().zip(["covered", "missing", "oauth"]) {
        assert!(line.starts_with(word), "{}", run.out);
    }
    assert!(lines[0].contains(" bots.retrieve "), "{}", run.out);
    assert!(lines.contains(&"documented HTTP operations covered 1/2"), "{}", run.out);

    checkout.replace("spec/resources/bots.yaml", "/get_bot", "/create_bot");
    let wrong = checkout.run(&["coverage"]);
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(
        wrong.err.contains("its page `create_bot` documents `POST /v1/bot/create`"),
        "{wrong:?}"
    );
}

#[test]
fn coverage_looks_for_every_documented_field() {
    let checkout = Checkout::new();
    let complete = checkout.run(&["coverage"]);
    assert_eq!(complete.code, Some(0), "{complete:?}");
    assert_eq!(
        complete.out.lines().last(),
        Some("documented fields covered 2/2"),
        "{}",
        complete.out
    );

    checkout.replace("spec/resources/bots.yaml", "        name:", "        nick:");
    checkout.replace("spec/resources/bots.yaml", " name: 'no'", " nick: 'no'");
    let short = checkout.run(&["coverage"]);
    assert_eq!(short.code, Some(1), "{short:?}");
    assert_eq!(short.out.lines().last(), Some("documented fields covered 1/2"), "{}", short.out);
    let finding = "spec/documented-fields.tsv:3: `bots.retrieve` lacks `data.name` in the response";
    assert!(short.err.starts_with(finding), "{}", short.err);

    let decision = "| `get_bot` | `response` | `data.name` | It was renamed. |\n";
    checkout.write("docs/coverage.md", decision);
    let decided = checkout.run(&["coverage"]);
    assert_eq!((decided.code, decided.err.as_str()), (Some(0), ""), "{decided:?}");
    assert!(decided.out.contains(" covered 1/2, 1 omitted on purpose"), "{}", decided.out);
}

#[test]
fn an_invalid_command_line_exits_with_2() {
    let checkout = Checkout::new();
    for args in [&[][..], &["genrate"], &["generate", "--force"], &["bundle", "--format", "toml"]] {
        let run = checkout.run(args);
        assert_eq!(run.code, Some(2), "{args:?} {run:?}");
    }
}

#[test]
fn the_generated_code_of_this_checkout_is_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let run = run_in(root, &["generate", "--check"]);
    assert_eq!(run.code, Some(0), "{}\n{}", run.out, run.err);
}

/// Copies a file or a folder of this checkout.
fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
        return;
    }
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        copy(&from.join(&name), &to.join(&name));
    }
}

#[test]
fn a_new_operation_is_drafted_with_everything_but_the_facts() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for path in [
        "spec",
        "docs/coverage.md",
        "CHANGELOG.md",
        "tests/tests/samples",
        "tests/fixtures/samples",
    ] {
        copy(&root.join(path), &folder.path().join(path));
    }
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    let run = |args: &str| run_in(folder.path(), &args.split(' ').collect::<Vec<_>>());
    assert_eq!(run("generate").code, Some(0));

    let page = "--page list_archive --title 查看归档列表";
    let list =
        run(&format!("new-operation bots archives.list GET /v1/bots/{{bot_id}}/archives {page}"));
    assert_eq!(list.code, Some(0), "{list:?}");
    assert!(
        list.out
            .contains("bots.archives.list is drafted. Left to do:\n1. spec/resources/bots.yaml: ")
    );
    // A new resource, without a page, with a body.
    let create = run("new-operation kettles create POST /v1/kettles");
    assert_eq!(create.code, Some(0), "{create:?}");
    assert!(create.out.contains("add `kettles.create` to WITHOUT_PAGE"), "{}", create.out);

    assert_eq!(run("generate --check").code, Some(0));
    let bots = read("coze-api/src/generated/bots.rs");
    assert!(
        bots.contains("pub fn list(&self, bot_id: impl Into<String>) -> ListArchives"),
        "{bots}"
    );
    assert!(read("coze-api/src/generated/kettles.rs").contains("/v1/kettles"));
    let calls = read("tests/tests/samples/calls/bots.rs");
    assert!(calls.contains(r#"value(coze.bots().archives().list("7500000000000000001"))"#));
    assert!(read("CHANGELOG.md").contains("- `kettles.create`.\n- `bots.archives.list`.\n"));

    // Only the Chinese texts of the two resources are missing.
    let lint = run("lint");
    assert_eq!(lint.code, Some(1), "{lint:?}");
    let mut findings = lint.out.lines().filter(|line| line.contains(" — "));
    assert!(findings.clone().count() > 2, "{}", lint.out);
    let of_drafts = ["resources/bots.yaml:", "resources/kettles.yaml:"];
    assert!(
        findings.all(|line| line.contains("locales/zh-CN")
            && of_drafts.iter().any(|file| line.contains(file))),
        "{}",
        lint.out
    );
    let coverage = run("coverage");
    assert_eq!(coverage.code, Some(0), "{}", coverage.err);

    let again = run("new-operation kettles create POST /v2/kettles");
    assert_eq!(
        (again.code, again.err.as_str()),
        (Some(1), "error: the spec already has kettles.create\n")
    );
    let taken = run("new-operation kettles make POST /v1/kettles");
    assert!(taken.err.contains("already has this method and path: kettles.create"), "{taken:?}");
    let invalid = run("new-operation Kettles make POST /v1/kettles");
    assert!(invalid.err.contains("is not a word"), "{invalid:?}");
}
