//! Typical edits of the spec, each with its effects on users: the edit of a file in, the labeled
//! changes out.

#![cfg(feature = "source")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail")]

use std::path::Path;
use std::sync::LazyLock;

use coze_spec::Diagnostics;
use coze_spec::compare::Label::{self, Addition, BreakingRust, BreakingWire, Words};
use coze_spec::compare::{changelog, compare};
use coze_spec::model::Api;

const BOTS: &str = "spec/resources/bots.yaml";
const FILES: &str = "spec/resources/files.yaml";
const FOLDERS: &str = "spec/resources/folders.yaml";
const CONVERSATIONS: &str = "spec/resources/conversations.yaml";
const VARIABLES: &str = "spec/resources/variables.yaml";
const DATABASES: &str = "spec/resources/databases.yaml";
const SHARED: &str = "spec/shared.yaml";

/// The files of the real spec: names and texts.
static SPEC: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut names = vec!["spec/openapi.yaml".to_owned(), SHARED.to_owned()];
    for folder in ["spec/resources", "spec/realtime"] {
        let entries = root.join(folder).read_dir().expect("the folder is there").flatten();
        let mut files: Vec<String> = entries
            .map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy()))
            .collect();
        files.sort();
        names.extend(files);
    }
    names.extend(["spec/webhooks.yaml", "spec/errors.yaml"].map(str::to_owned));
    let text = |name: &String| std::fs::read_to_string(root.join(name)).expect("a file");
    names.iter().map(|name| (name.clone(), text(name))).collect()
});

static API: LazyLock<Api> = LazyLock::new(|| lowered(&SPEC).expect("the spec is good"));

fn lowered(files: &[(String, String)]) -> Result<Api, Diagnostics> {
    let texts: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let document = coze_spec::load_texts(&texts)?;
    let findings = coze_spec::lint(&document);
    if findings.is_empty() { coze_spec::lower(&document) } else { Err(findings) }
}

/// A copy of the spec that is edited.
struct Files(Vec<(String, String)>);

impl Files {
    fn text(&mut self, file: &str) -> &mut String {
        let (_, text) = self.0.iter_mut().find(|(name, _)| name == file).expect("a file");
        text
    }

    /// Replaces a text that occurs exactly once in a file.
    fn replace(&mut self, file: &str, old: &str, new: &str) {
        let text = self.text(file);
        assert_eq!(text.matches(old).count(), 1, "{old:?} in {file}");
        *text = text.replacen(old, new, 1);
    }

    /// Removes everything from a text that occurs exactly once to the next occurrence of another.
    fn cut(&mut self, file: &str, from: &str, to: &str) {
        let text = self.text(file);
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {file}");
        let start = text.find(from).expect("a text");
        let end = start + text[start..].find(to).expect("a text behind it");
        text.replace_range(start..end, "");
    }
}

/// A change, as an edit expects it: label, rule and item.
type Expected = (Label, &'static str, &'static str);

struct Edit {
    name: &'static str,
    change: fn(&mut Files),
    expected: &'static [Expected],
}

impl Edit {
    fn apply(&self) -> Result<Api, Diagnostics> {
        let mut files = Files(SPEC.clone());
        (self.change)(&mut files);
        lowered(&files.0)
    }
}

const EDITS: &[Edit] = &[
    Edit {
        name: "two required strings swap their places",
        change: |files| {
            files.replace(
                VARIABLES,
                "        keyword:
          type: string
          description: The name of the variable. System variables cannot be set.
        value: {type: string, description: The value of the variable.}

    UserVariables:",
                "        value: {type: string, description: The value of the variable.}
        keyword:
          type: string
          description: The name of the variable. System variables cannot be set.

    UserVariables:",
            );
        },
        // Arguments have the order of `required`.
        expected: &[],
    },
    Edit {
        name: "two required arguments swap their places",
        change: |files| {
            files.replace(
                VARIABLES,
                "      # arguments.\n      required: [keyword, value]\n",
                "      # arguments.\n      required: [value, keyword]\n",
            );
        },
        expected: &[(BreakingRust, "arguments-reordered", "UserVariableValue")],
    },
    Edit {
        name: "a request uses a type of replies",
        change: |files| {
            files.replace(
                VARIABLES,
                "          items: {$ref: '#/components/schemas/UserVariableValue'}\n",
                "          items: {$ref: '#/components/schemas/UserVariableValue'}
        previous:
          allOf: [{$ref: '#/components/schemas/UserVariable'}]
          description: The value that is replaced.\n",
            );
            files.replace(
                VARIABLES,
                "      description: A variable and its value.\n",
                "      description: A variable and its value.\n      x-coze-direction: both\n",
            );
            files.replace(
                VARIABLES,
                "                - {value: '18', keyword: age}\n",
                "                - {value: '18', keyword: age}
              previous: {value: '17', keyword: age, create_time: 0, update_time: 0}\n",
            );
        },
        expected: &[
            (Addition, "setter-added", "variables.update"),
            (Words, "words-changed", "variables.update"),
            (Addition, "constructor-added", "UserVariable"),
            (BreakingRust, "field-optionality-changed", "UserVariable.create_time"),
            (BreakingRust, "field-optionality-changed", "UserVariable.update_time"),
        ],
    },
    Edit {
        name: "a scalar of a reply becomes nullable",
        change: |files| {
            files.replace(
                FILES,
                "bytes: {type: integer, format: int64, description",
                "bytes: {type: integer, format: int64, nullable: true, description",
            );
        },
        expected: &[(BreakingRust, "field-optionality-changed", "File.bytes")],
    },
    Edit {
        name: "a reply becomes required",
        change: |files| {
            files.replace(
                DATABASES,
                "                  - type: object
                    properties:
                      data: {$ref: '#/components/schemas/CreatedDatabase'}",
                "                  - type: object
                    required: [data]
                    properties:
                      data: {$ref: '#/components/schemas/CreatedDatabase'}",
            );
        },
        expected: &[(BreakingWire, "reply-presence-changed", "databases.create")],
    },
    Edit {
        name: "an enumeration gains a value",
        change: |files| {
            files.replace(
                CONVERSATIONS,
                "        - `unlike`: Thumbs down.\n",
                "        - `unlike`: Thumbs down.\n        - `love`: A heart.\n",
            );
            files.replace(CONVERSATIONS, "enum: [like, unlike]", "enum: [like, unlike, love]");
        },
        expected: &[(Addition, "value-added", "MessageFeedbackType")],
    },
    Edit {
        name: "an enumeration loses a value",
        change: |files| {
            files.replace(BOTS, "        - `feishu`: Feishu.\n", "");
            files.replace(BOTS, "system, location, feishu, app]", "system, location, app]");
        },
        expected: &[(BreakingRust, "value-removed", "BotVariableChannel")],
    },
    Edit {
        name: "the second value of an enumeration makes a constant an argument",
        change: |files| files.replace(FOLDERS, "          x-coze-const: development\n", ""),
        expected: &[
            (BreakingRust, "argument-added", "folders.list `folder_type`"),
            (BreakingRust, "type-changed", "folders.list `folder_type`"),
        ],
    },
    Edit {
        name: "a reply gains a field",
        change: |files| {
            files.replace(
                VARIABLES,
                "{value: George, keyword: name, create_time: 0, update_time: 0}",
                "{value: George, keyword: name, create_time: 0, update_time: 0, color: red}",
            );
            files.replace(
                VARIABLES,
                "        keyword: {type: string, description: The name of the variable.}\n",
                "        keyword: {type: string, description: The name of the variable.}
        color: {type: string, description: The color of the variable.}\n",
            );
        },
        expected: &[
            (Words, "words-changed", "variables.retrieve"),
            (Addition, "field-added", "UserVariable"),
        ],
    },
    Edit {
        name: "a request gains an optional parameter",
        change: |files| {
            files.replace(
                FILES,
                "          example: '7369495981102022700'\n",
                "          example: '7369495981102022700'
        - name: detail
          in: query
          description: The level of detail.
          schema: {type: string}
          example: full\n",
            );
        },
        expected: &[(Addition, "setter-added", "files.retrieve")],
    },
    Edit {
        name: "a request gains a required parameter",
        change: |files| {
            files.replace(
                FILES,
                "          example: '7369495981102022700'\n",
                "          example: '7369495981102022700'
        - name: detail
          in: query
          required: true
          description: The level of detail.
          schema: {type: string}
          example: full\n",
            );
        },
        expected: &[(BreakingRust, "argument-added", "files.retrieve")],
    },
    Edit {
        name: "an operation is removed",
        change: |files| {
            files.cut(VARIABLES, "    put:\n", "components:\n");
            files.cut(VARIABLES, "    UpdateVariableRequest:\n", "    UserVariables:\n");
        },
        expected: &[
            (BreakingRust, "operation-removed", "variables.update"),
            (BreakingRust, "type-removed", "UserVariableValue"),
        ],
    },
    Edit {
        name: "an operation is renamed",
        change: |files| {
            files.replace(FILES, "operationId: files.retrieve", "operationId: files.stat");
        },
        expected: &[
            (BreakingRust, "operation-renamed", "files.stat"),
            (BreakingRust, "builder-renamed", "files.stat"),
        ],
    },
    Edit {
        name: "a path changes",
        change: |files| {
            files.replace(FILES, "  /v1/files/retrieve:", "  /v2/files/retrieve:");
        },
        expected: &[(BreakingWire, "route-changed", "files.retrieve")],
    },
    Edit {
        name: "a limit is tightened",
        change: |files| {
            files.replace(
                CONVERSATIONS,
                "name: {type: string, maxLength: 100, description: The new name.}",
                "name: {type: string, maxLength: 50, description: The new name.}",
            );
        },
        expected: &[(BreakingWire, "limit-tightened", "conversations.update `name`")],
    },
    Edit {
        name: "a field changes its type",
        change: |files| {
            files.replace(
                FILES,
                "bytes: {type: integer, format: int64, description",
                "bytes: {type: number, format: double, description",
            );
        },
        expected: &[
            (BreakingRust, "type-changed", "File.bytes"),
            (BreakingRust, "equality-lost", "File"),
        ],
    },
    Edit {
        name: "a stream gains an event",
        change: |files| {
            files.replace(
                SHARED,
                "        - event: conversation.audio.delta\n          name: AudioDelta\n",
                "        - event: conversation.audio.started
          name: AudioStarted
          description: The audio starts.
        - event: conversation.audio.delta\n          name: AudioDelta\n",
            );
        },
        expected: &[(Addition, "event-added", "ChatEvent")],
    },
    Edit {
        name: "a stream loses an event",
        change: |files| {
            files.cut(
                SHARED,
                "        - event: conversation.audio.delta\n",
                "        - event: conversation.message.completed\n",
            );
        },
        expected: &[(BreakingRust, "event-removed", "ChatEvent")],
    },
    Edit {
        name: "an operation is deprecated",
        change: |files| {
            files.replace(
                FILES,
                "      summary: Retrieves the details of an uploaded file.\n",
                "      summary: Retrieves the details of an uploaded file.
      deprecated: true
      description: There is no replacement.\n",
            );
        },
        expected: &[(Addition, "deprecated", "files.retrieve")],
    },
    Edit {
        name: "only words change",
        change: |files| {
            files.replace(FILES, "description: An uploaded file.", "description: A file.");
        },
        expected: &[(Words, "words-changed", "File")],
    },
    Edit {
        name: "an object of replies is declared for requests too",
        change: |files| {
            files.replace(
                FILES,
                "      description: An uploaded file.\n",
                "      description: An uploaded file.\n      x-coze-direction: both\n",
            );
        },
        expected: &[
            (Addition, "constructor-added", "File"),
            (BreakingRust, "field-optionality-changed", "File.bytes"),
            (BreakingRust, "field-optionality-changed", "File.file_name"),
            (BreakingRust, "field-optionality-changed", "File.created_at"),
        ],
    },
    Edit {
        name: "a default changes",
        change: |files| {
            files.replace(
                CONVERSATIONS,
                "schema: {type: string, default: '1024'}",
                "schema: {type: string, default: '999'}",
            );
        },
        expected: &[(BreakingWire, "default-changed", "conversations.list `connector_id`")],
    },
];

#[test]
fn every_edit_has_its_labels_and_nothing_else() {
    let mut failures = Vec::new();
    for edit in EDITS {
        let edited = match edit.apply() {
            Ok(edited) => edited,
            Err(findings) => {
                failures.push(format!("{}: the spec is not good: {findings}", edit.name));
                continue;
            }
        };
        let changes = compare(&API, &edited);
        let found: Vec<_> = changes
            .iter()
            .map(|change| (change.severity(), change.rule, change.item.as_str()))
            .collect();
        if found != edit.expected {
            failures.push(format!("{}: {changes:#?}", edit.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_exit_code_of_a_change_is_that_of_its_severest_label() {
    let severest = |name: &str| {
        let edit = EDITS.iter().find(|edit| edit.name == name).expect("an edit");
        let edited = edit.apply().expect("the spec is good");
        compare(&API, &edited).iter().map(coze_spec::compare::Change::severity).max()
    };
    assert_eq!(severest("only words change"), Some(Words));
    assert_eq!(severest("a request uses a type of replies"), Some(BreakingRust));
}

/// The entry for the changelog, if the chapter on databases were new.
const DATABASES_ENTRY: &str = "\
- `databases`: create databases, and insert, query, update and delete their records, with \
`databases.create`, `databases.list`, `databases.delete`, `databases.records.create`, \
`databases.records.update`, `databases.records.delete`, `databases.records.query` and \
`databases.tasks.retrieve`.
";

#[test]
fn the_draft_of_a_new_chapter_lists_its_operations() {
    let mut files = Files(SPEC.clone());
    files.0.retain(|(name, _)| name != DATABASES);
    files.cut("spec/openapi.yaml", "  - name: databases\n", "  - name: workflows\n");
    let old = lowered(&files.0).expect("the spec is good");
    let draft = changelog(&old, &API, &compare(&old, &API));
    assert_eq!(draft, format!("### Added\n\n{DATABASES_ENTRY}"));
}
