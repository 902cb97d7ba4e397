//! `cargo xtask new-operation`: drafts an operation in the spec, in the lists of the documentation,
//! in the tests and in the changelog, and generates its code.

mod draft;

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use coze_spec::model::Api;

use self::draft::Draft;
use crate::workspace::Workspace;
use crate::{Outcome, generate, lint, locale};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The resource, which is the first word of the call: `bots`
    tag: String,
    /// The rest of the call: `archives.list` for `coze.bots().archives().list(…)`
    name: String,
    /// The HTTP method
    #[arg(value_enum, ignore_case = true)]
    method: Method,
    /// The path with its parameters in braces: `/v1/bots/{bot_id}/archives`
    path: String,
    /// The last segment of the address of its documentation; without it, it is undocumented
    #[arg(long, value_name = "SLUG")]
    page: Option<String>,
    /// The title of that page
    #[arg(long, requires = "page")]
    title: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    /// Returns the method in lower case.
    const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }
}

/// The group of operations without a page in the list of the documentation.
const UNDOCUMENTED: &str = "'(SDK only, undocumented)'";

pub(crate) fn run(
    workspace: &Workspace,
    args: &Args,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    let api = coze_spec::load(&workspace.spec()).and_then(|document| coze_spec::lower(&document));
    let api = match api {
        Ok(api) => api,
        Err(findings) => return lint::report(&findings, err),
    };
    check(args, &api)?;
    let files = Files { root: workspace.root() };
    let schemas = files.schemas()?;
    let draft = Draft::new(args, |name| schemas.contains(&format!("\n    {name}:\n")));
    write(&files, args, &api, &draft)?;
    if files.exists("spec/locales") {
        // The new texts have no translations yet. That is left to do.
        let write = locale::Args { write: true, ..locale::Args::default() };
        locale::run(workspace, write, &mut std::io::sink(), err)?;
    }
    let outcome = generate::run(workspace, generate::Args { check: false }, out, err)?;
    if outcome == Outcome::Done {
        writeln!(out, "\n{}", left_to_do(args, &draft))?;
    }
    Ok(outcome)
}

/// Refuses names and paths that cannot be those of a new operation.
fn check(args: &Args, api: &Api) -> Result<()> {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    };
    ensure!(is_word(&args.tag), "{:?} is not a word such as `bots`", args.tag);
    ensure!(
        args.name.split('.').all(is_word),
        "{:?} is not a list of words such as `archives.list`",
        args.name
    );
    ensure!(args.path.starts_with("/v"), "{:?} is not a path such as `/v1/bots`", args.path);
    let id = format!("{}.{}", args.tag, args.name);
    for operation in api.operations() {
        ensure!(operation.id != id, "the spec already has {id}");
        let same = operation.verb.name().eq_ignore_ascii_case(args.method.name());
        if same && operation.path == args.path {
            bail!("the spec already has this method and path: {}", operation.id);
        }
    }
    Ok(())
}

/// Writes the draft into all files that an operation needs.
fn write(files: &Files<'_>, args: &Args, api: &Api, draft: &Draft) -> Result<()> {
    let (tag, resource) = (&args.tag, format!("spec/resources/{}.yaml", args.tag));
    if files.exists(&resource) {
        files.edit(&resource, |text| draft.add_to(text))?;
    } else {
        files.create(&resource, &draft.new_file())?;
        files.edit("spec/openapi.yaml", |text| {
            insert_after(text, |line| line.starts_with("  - name: "), &format!("  - name: {tag}\n"))
        })?;
    }
    files.edit("spec/documented.yaml", |text| {
        let siblings: Vec<_> = api
            .operations()
            .filter(|operation| operation.id.starts_with(&format!("{tag}.")))
            .map(|operation| operation.path.as_str())
            .collect();
        document(text, args, draft, &siblings)
    })?;
    if let Some(page) = &args.page {
        files
            .edit("spec/documented-fields.tsv", |text| Ok(text.to_owned() + &draft.fields(page)))?;
        if files.exists("tests/tests/samples/calls.rs") {
            files.create(&format!("tests/fixtures/samples/{page}.json"), &draft.sample(page))?;
            add_call(files, tag, &draft.sample_call(page))?;
        }
    }
    if files.exists("CHANGELOG.md") {
        files.edit("CHANGELOG.md", |text| announce(text, &draft.id))?;
    }
    Ok(())
}

/// Adds the operation to what the next release adds.
fn announce(text: &str, id: &str) -> Result<String> {
    const NEXT: &str = "## [Unreleased]\n";
    const ADDED: &str = "### Added\n\n";
    let start = text.find(NEXT).context("the changelog lacks `## [Unreleased]`")? + NEXT.len();
    let (before, rest) = text.split_at(start);
    let (section, releases) = rest.split_at(rest.find("\n## ").unwrap_or(rest.len()));
    let entry = format!("{ADDED}- `{id}`.\n");
    let section = if section.contains(ADDED) {
        section.replacen(ADDED, &entry, 1)
    } else {
        format!("\n{entry}{section}")
    };
    Ok([before, &section, releases].concat())
}

/// Adds the operation to the list of the documentation, after another one of its resource.
fn document(text: &str, args: &Args, draft: &Draft, siblings: &[&str]) -> Result<String> {
    let (method, path) = (args.method.name().to_uppercase(), &args.path);
    let (group, page) = match &args.page {
        None => (UNDOCUMENTED.to_owned(), format!("title: {}", draft.method)),
        Some(page) => {
            let title = args.title.as_deref().unwrap_or(page);
            let last = text.lines().rfind(|line| is_sibling(line, siblings));
            let group =
                last.and_then(|line| line.split("group: ").nth(1)?.split(", title: ").next());
            (group.unwrap_or(&args.tag).to_owned(), format!("title: {title}, slug: {page}"))
        }
    };
    let entry =
        format!("- {{group: {group}, {page}, kind: http, method: {method}, path: '{path}'}}\n");
    let with_group = format!("- {{group: {group}, ");
    insert_after(
        text,
        |line| {
            if args.page.is_some() {
                is_sibling(line, siblings)
            } else {
                line.starts_with(&with_group)
            }
        },
        &entry,
    )
    .or_else(|_| Ok(format!("{}\n{entry}", text.trim_end())))
}

/// Returns `true` for the entry of an operation of the same resource.
fn is_sibling(line: &str, siblings: &[&str]) -> bool {
    line.contains("kind: http")
        && line.contains("slug: ")
        && siblings.iter().any(|path| {
            line.ends_with(&format!("path: {path}}}"))
                || line.ends_with(&format!("path: '{path}'}}"))
        })
}

/// Adds the call of a sample to the file with the calls of the resource.
fn add_call(files: &Files<'_>, tag: &str, call: &str) -> Result<()> {
    const LIST: &str = "tests/tests/samples/calls.rs";
    let modules = files.read(LIST)?;
    let path = |module: &str| format!("tests/tests/samples/calls/{module}.rs");
    for module in modules.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')) {
        if files.read(&path(module))?.contains(&format!("coze.{tag}()")) {
            return files.edit(&path(module), |text| {
                insert_after(text, |line| line.contains("const SAMPLES"), call)
            });
        }
    }
    let start = format!("//! The resource `{tag}`.\n\nuse super::{{Sample, value}};\n\n");
    let list = format!("pub(super) const SAMPLES: &[Sample] = &[\n{call}];\n");
    files.create(&path(tag), &(start + &list))?;
    files.edit(LIST, |text| {
        let text = insert_after(text, |line| line.starts_with("mod "), &format!("mod {tag};\n"))?;
        insert_after(&text, |line| line.ends_with("::SAMPLES,"), &format!("    {tag}::SAMPLES,\n"))
    })
}

/// Inserts lines after the last line that fits.
fn insert_after(text: &str, fits: impl Fn(&str) -> bool, lines: &str) -> Result<String> {
    let mut end = None;
    let mut position = 0;
    for line in text.split_inclusive('\n') {
        position += line.len();
        if fits(line.trim_end()) {
            end = Some(position);
        }
    }
    let end = end.context("no line to insert after")?;
    Ok([&text[..end], lines, &text[end..]].concat())
}

fn left_to_do(args: &Args, draft: &Draft) -> String {
    let tag = &args.tag;
    let mut steps = vec![
        format!("spec/resources/{tag}.yaml: replace the draft by the facts, see spec/README.md"),
        format!("spec/locales/zh-CN/resources/{tag}.yaml: translate the new texts"),
        "cargo xtask generate && cargo xtask lint".to_owned(),
    ];
    if let Some(page) = &args.page {
        steps.push(format!("spec/documented-fields.tsv: list all fields of the page {page}"));
        steps.push(format!(
            "tests/fixtures/samples/{page}.json: write the samples of the page, and their calls in \
             tests/tests/samples/calls"
        ));
        steps.push("cargo xtask coverage && cargo test -p coze-tests --test samples".to_owned());
    } else {
        steps.push(format!(
            "tests/tests/samples/main.rs: add `{}` to WITHOUT_PAGE, because it has no samples",
            draft.id
        ));
    }
    steps.push(
        "docs/other-sdks.tsv: add its names in other SDKs; if cozepy has it, add its name to \
         coze-cli/src/samples/python/cozepy.json"
            .to_owned(),
    );
    steps.push(format!(
        "coze-mock/src/behavior/{tag}.rs: add a behavior if it changes or finds something; until \
         then the mock answers with the example"
    ));
    steps.push("CHANGELOG.md: describe it for users".to_owned());
    steps.push("cargo fmt --all && cargo xtask ci".to_owned());
    let steps: Vec<_> = steps.iter().zip(1..).map(|(step, n)| format!("{n}. {step}")).collect();
    format!("{} is drafted. Left to do:\n{}", draft.id, steps.join("\n"))
}

/// The files of the checkout.
struct Files<'a> {
    root: &'a Path,
}

impl Files<'_> {
    fn exists(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    fn read(&self, path: &str) -> Result<String> {
        fs::read_to_string(self.root.join(path)).with_context(|| path.to_owned())
    }

    fn edit(&self, path: &str, change: impl Fn(&str) -> Result<String>) -> Result<()> {
        let text = change(&self.read(path)?).with_context(|| path.to_owned())?;
        fs::write(self.root.join(path), text).with_context(|| path.to_owned())
    }

    fn create(&self, path: &str, text: &str) -> Result<()> {
        ensure!(!self.exists(path), "{path} already exists");
        let path = self.root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| path.display().to_string())
    }

    /// Returns the text of all files with schemas that operations may use.
    fn schemas(&self) -> Result<String> {
        let mut text = self.read("spec/shared.yaml")?;
        for entry in fs::read_dir(self.root.join("spec/resources"))? {
            text += &fs::read_to_string(entry?.path())?;
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::announce;

    #[test]
    fn an_operation_is_announced_with_the_next_release() {
        let released = "\n## [0.1.0] - 2026-12-01\n\n### Added\n\n- `bots.list`.\n";
        let announced = |section: &str| {
            announce(&format!("# Changelog\n\n## [Unreleased]\n{section}{released}"), "cups.create")
                .unwrap()
        };
        let expected =
            |section: &str| format!("# Changelog\n\n## [Unreleased]\n{section}{released}");
        for (section, with_entry) in [
            ("", "\n### Added\n\n- `cups.create`.\n"),
            (
                "\n### Added\n\n- `cups.list`.\n",
                "\n### Added\n\n- `cups.create`.\n- `cups.list`.\n",
            ),
            (
                "\n### Fixed\n\n- A bug.\n",
                "\n### Added\n\n- `cups.create`.\n\n### Fixed\n\n- A bug.\n",
            ),
        ] {
            assert_eq!(announced(section), expected(with_entry), "{section:?}");
        }
        assert!(announce("# Changelog\n", "cups.create").is_err());
    }
}
