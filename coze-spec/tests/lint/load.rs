//! Files that cannot be read or merged.

use crate::document::{Case, changed, check, findings};

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "broken YAML",
        &[("    Part:\n      type: object\n", "    Part: [\n      type: object\n")],
        &[
            "spec/resources/things.yaml:113:18: invalid YAML: while parsing a flow mapping, did not find expected ',' or '}' — correct the syntax at this line and column",
        ],
    ),
    (
        "a wrong tag",
        &[("description: Things of all kinds.", "description: !!int many")],
        &[
            "spec/resources/things.yaml:3:18: the value does not match its tag — remove the tag",
        ],
    ),
    (
        "an anchor is used",
        &[("summary: Lists things.", "summary: *name"), ("description: Things of all kinds.", "description: &name Things.")],
        &[
            "spec/resources/things.yaml:60:16: a YAML alias — write a $ref to a named schema instead",
        ],
    ),
    (
        "a key twice in one mapping",
        &[("      summary: Lists things.", "      summary: Lists things.\n      summary: Lists more things.")],
        &[
            "spec/resources/things.yaml:61:7: the key `summary` is defined twice, first in line 60 — keep one of the two",
        ],
    ),
    (
        "a key that is a list",
        &[("      summary: Lists things.", "      [a]: 1\n      summary: Lists things.")],
        &[
            "spec/resources/things.yaml:60:7: a key that is not a scalar — use a plain or quoted string as key",
        ],
    ),
    (
        "a key that is a mapping",
        &[("      summary: Lists things.", "      {a: 1}: 1\n      summary: Lists things.")],
        &[
            "spec/resources/things.yaml:60:7: a key that is not a scalar — use a plain or quoted string as key",
        ],
    ),
    (
        "nesting without end",
        &[("description: Things of all kinds.", "description: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")],
        &[
            "spec/resources/things.yaml:3:79: nested deeper than 64 — flatten it",
        ],
    ),
    (
        "two YAML documents",
        &[("name: Done, ends: true, description: It is over.}", "name: Done, ends: true, description: It is over.}\n---\nmore: 1")],
        &[
            "spec/resources/things.yaml:162:1: a second YAML document — keep one document per file",
        ],
    ),
    (
        "a number without end",
        &[("extra: {}}}", "extra: .inf}}")],
        &[
            "spec/resources/things.yaml:25:125: a number that JSON cannot hold — quote it or remove it",
        ],
    ),
    (
        "a file that is a list",
        &[("openapi: 3.0.3\ninfo: {title: A good spec, version: '1'}\nservers:\n  - url: https://api.coze.cn\nsecurity:\n  - token: []\ntags:\n  - name: things\ncomponents:\n  securitySchemes:\n    token: {type: http, scheme: bearer}\n", "- nothing\n")],
        &[
            "spec/openapi.yaml:1: the file is not a mapping — write `tags`, `paths` and `components` as spec/README.md shows",
        ],
    ),
    (
        "a schema in two files",
        &[("    Color:\n", "    Thing:\n      type: object\n    Color:\n")],
        &[
            "spec/resources/things.yaml:100: `Thing` is defined twice, first at spec/shared.yaml:10 — keep one of the two, or rename one",
        ],
    ),
    (
        "a method in two files",
        &[("components:\n  securitySchemes:", "paths:\n  /v1/things:\n    get: {}\ncomponents:\n  securitySchemes:")],
        &[
            "spec/resources/things.yaml:57: `get` is defined twice, first at spec/openapi.yaml:11 — keep one of the two, or rename one",
        ],
    ),
    (
        "a part that should be a mapping",
        &[("components:\n  securitySchemes:", "paths: none\ncomponents:\n  securitySchemes:")],
        &[
            "spec/resources/things.yaml:5: `/v1/things/{thing_id}` has no parent — indent it under a mapping",
            "spec/resources/things.yaml:6: `get` has no parent — indent it under a mapping",
            "spec/resources/things.yaml:26: `put` has no parent — indent it under a mapping",
            "spec/resources/things.yaml:56: `/v1/things` has no parent — indent it under a mapping",
            "spec/resources/things.yaml:57: `get` has no parent — indent it under a mapping",
            "spec/resources/things.yaml:77: `/v1/things/upload` has no parent — indent it under a mapping",
            "spec/resources/things.yaml:78: `post` has no parent — indent it under a mapping",
        ],
    ),
    (
        "no paths",
        &[("paths:\n  /v1/things/{thing_id}:", "paths:\ninfos:\n  /v1/things/{thing_id}:")],
        &[
            "spec/resources/things.yaml:4: `paths` is empty — add its content, or remove the key",
        ],
    ),
    (
        "a conflict of a merge",
        &[("        name: {type: string, description: The name.}\n    Update:", "<<<<<<< HEAD\n        name: {type: string, description: The name.}\n=======\n        name: {type: string, description: A name.}\n>>>>>>> other\n    Update:")],
        &[
            "spec/resources/things.yaml:115: a merge conflict marker — resolve the conflict",
            "spec/resources/things.yaml:117: a merge conflict marker — resolve the conflict",
            "spec/resources/things.yaml:119: a merge conflict marker — resolve the conflict",
        ],
    ),
];

#[test]
fn every_rule_about_load() {
    check(CASES);
}

// ---

/// Returns the findings about a folder without the required files.
pub(crate) fn unreadable() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let spec = folder.path().join("spec");
    let nothing = coze_spec::load(&spec);
    std::fs::create_dir_all(spec.join("resources")).unwrap_or_else(|error| panic!("{error}"));
    let empty = coze_spec::load(&spec);
    let found = [nothing, empty].into_iter().filter_map(Result::err);
    found
        .flat_map(|findings| findings.iter().map(ToString::to_string).collect::<Vec<_>>())
        .collect()
}

#[test]
fn missing_files_are_findings() {
    let found = unreadable();
    let places = [
        "spec:1: cannot be read: ",
        "spec/openapi.yaml:1: cannot be read: ",
        "spec/shared.yaml:1: cannot be read: ",
    ];
    assert_eq!(found.len(), places.len(), "{found:#?}");
    for (found, start) in found.iter().zip(places) {
        assert!(found.starts_with(start), "{found}");
        assert!(found.ends_with(" — see spec/README.md for the files"), "{found}");
    }
}

/// Files without text, and files with another ending.
pub(crate) fn unusable() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let spec = folder.path().join("spec");
    let write = |file: &str, text: &[u8]| {
        std::fs::write(spec.join(file), text).unwrap_or_else(|error| panic!("{error}"));
    };
    std::fs::create_dir_all(spec.join("resources")).unwrap_or_else(|error| panic!("{error}"));
    write("openapi.yaml", b"openapi: 3.0.3\n");
    write("shared.yaml", b"# nothing\n");
    write("resources/bots.yml", b"tags: []\n");
    write("resources/files.yaml", b"tags:\n  - name: a\n  - name: \xff\n");
    let findings = coze_spec::load(&spec).err().unwrap_or_default();
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn files_must_contain_yaml() {
    let expected = [
        "spec/resources/bots.yml:1: a file with the ending `.yml` — give it the ending `.yaml`",
        "spec/resources/files.yaml:3: invalid UTF-8 — save the file as UTF-8",
        "spec/shared.yaml:1: the file is empty — add content, or remove it",
    ];
    assert_eq!(unusable(), expected);
}

/// Files may have other line ends, and begin with a byte order mark.
#[test]
fn line_ends_do_not_matter() {
    let files = changed(&[]);
    let files: Vec<(&str, String)> =
        files.iter().map(|(name, text)| (*name, text.replace('\n', "\r\n"))).collect();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    assert_eq!(findings(&files), Vec::<String>::new());
}
