//! Cases for names that are invalid or collide.

use crate::document::{Case, changed, check, findings};

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "a keyword as an operation",
        &[("operationId: things.list", "operationId: things.match")],
        &[
            "spec/resources/things.yaml:57: `match` in `things.match` is a keyword of Rust — choose another operationId",
        ],
    ),
    (
        "a keyword as a parameter",
        &[("name: sizes, in: query", "name: type, in: query")],
        &[
            "spec/resources/things.yaml:15: `type` is a keyword of Rust — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a keyword as a property",
        &[("name: {type: string, description: The name.}", "type: {type: string, description: The name.}"), ("{a: {name: b}}", "{a: {type: b}}")],
        &[
            "spec/resources/things.yaml:115: `type` is a keyword of Rust — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a name that is not an identifier",
        &[("name: {type: string, description: The name.}", "3d: {type: string, description: The name.}"), ("{a: {name: b}}", "{a: {3d: b}}")],
        &[
            "spec/resources/things.yaml:115: `3d` cannot name a field in Rust — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a setter that every request has",
        &[("name: sizes, in: query", "name: send, in: query")],
        &[
            "spec/resources/things.yaml:15: the setter `send` of `things.retrieve` has the name of a method of every request — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a setter like an option of calls",
        &[("name: sizes, in: query", "name: with_sizes, in: query")],
        &[
            "spec/resources/things.yaml:15: the setter `with_sizes` of `things.retrieve` has the name of a method of every request — choose another name in `x-coze-name`",
        ],
    ),
    (
        "two parameters of one name",
        &[("name: sizes, in: query", "name: x_origin, in: query")],
        &[
            "spec/resources/things.yaml:14: `x_origin` and `X-Origin` of `things.retrieve` are both called `x_origin` — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a property like a method",
        &[("name: {type: string, description: The name.}", "new: {type: string, description: The name.}"), ("{a: {name: b}}", "{a: {new: b}}")],
        &[
            "spec/resources/things.yaml:115: `Part.new` has the name of a method of its type — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a property like the method clone",
        &[("name: {type: string, description: The name.}", "clone: {type: string, description: The name.}"), ("{a: {name: b}}", "{a: {clone: b}}")],
        &[
            "spec/resources/things.yaml:115: `Part.clone` has the name of a method of its type — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a property like the method fmt",
        &[("name: {type: string, description: The name.}", "fmt: {type: string, description: The name.}"), ("{a: {name: b}}", "{a: {fmt: b}}")],
        &[
            "spec/resources/things.yaml:115: `Part.fmt` has the name of a method of its type — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a property like the method default",
        &[("name: {type: string, description: The name.}", "default: {type: string, description: The name.}"), ("{a: {name: b}}", "{a: {default: b}}")],
        &[
            "spec/resources/things.yaml:115: `Part.default` has the name of a method of its type — choose another name in `x-coze-name`",
        ],
    ),
    (
        "two properties of one name",
        &[("name: {type: string, description: The name.}", "name: {type: string, description: The name.}\n        Name: {type: string, description: The name again.}"), ("{a: {name: b}}", "{a: {name: b, Name: c}}")],
        &[
            "spec/resources/things.yaml:116: `name` and `Name` of `Part` are both called `name` — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a type of a name that is imported",
        &[("    Part:\n      type: object\n", "    Part:\n      type: object\n      x-coze-name: Vec\n")],
        &[
            "spec/resources/things.yaml:111: `Vec` is a name that generated code imports — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a type called like a builder",
        &[("    Part:\n      type: object\n", "    Part:\n      type: object\n      x-coze-name: RetrieveThing\n")],
        &[
            "spec/resources/things.yaml:111: two types of `things` are called `RetrieveThing`, see spec/resources/things.yaml:6 — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a type called like an accessor",
        &[("    Part:\n      type: object\n", "    Part:\n      type: object\n      x-coze-name: Things\n")],
        &[
            "spec/resources/things.yaml:111: two types of `things` are called `Things`, see spec/resources/things.yaml:6 — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a type whose name is not an identifier",
        &[("    Part:\n      type: object\n", "    Part:\n      type: object\n      x-coze-name: a part\n")],
        &[
            "spec/resources/things.yaml:111: `a part` cannot name a type in Rust — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a builder whose name is not an identifier",
        &[("summary: Lists things.", "summary: Lists things.\n      x-coze-name: lists")],
        &[
            "spec/resources/things.yaml:57: `lists` cannot name a type in Rust — choose another name in `x-coze-name`",
        ],
    ),
    (
        "an accessor whose name is a keyword",
        &[("    description: Things of all kinds.", "    description: Things of all kinds.\n    x-coze-name: Self")],
        &[
            "spec/resources/things.yaml:7: `Self` cannot name a type in Rust — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a method and a resource of one name",
        &[("operationId: things.list", "operationId: things.files")],
        &[
            "spec/resources/things.yaml:57: `things.files` is both a method and the resource of `things.files.upload` — choose another operationId",
        ],
    ),
    (
        "a method that every accessor has",
        &[("operationId: things.list", "operationId: things.clone")],
        &[
            "spec/resources/things.yaml:57: `things.clone` ends with a method of every resource — choose another operationId",
        ],
    ),
];

#[test]
fn every_rule_about_names() {
    check(CASES);
}

// ---

/// Returns the findings about two resources that define types of the same name.
pub(crate) fn duplicate_types() -> Vec<String> {
    let mut files = changed(&[(
        "    Part:\n      type: object\n",
        "    Part:\n      type: object\n      x-coze-name: Piece\n",
    )]);
    files.push(("spec/resources/others.yaml", OTHERS.to_owned()));
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    findings(&files)
}

const OTHERS: &str = "
tags:
  - {name: others, description: Other things.}
paths:
  /v1/others:
    get:
      operationId: others.retrieve
      tags: [others]
      summary: Retrieves another thing.
      description: Undocumented.
      x-coze-permission: []
      responses:
        '200':
          description: The thing.
          content:
            application/json:
              schema:
                allOf:
                  - $ref: '#/components/schemas/Envelope'
                  - {type: object, properties: {data: {$ref: '#/components/schemas/Piece'}}}
              example: {code: 0, msg: '', data: {weight: 1}}
components:
  schemas:
    Piece:
      type: object
      description: A piece.
      properties:
        weight: {type: integer, format: int32, description: The weight.}
";

/// The type engine would merge such types.
#[test]
fn types_of_two_resources_have_different_names() {
    let expected = "spec/resources/others.yaml:24: `Piece` would be the same type as the one at \
        spec/resources/things.yaml:111 — choose another name in `x-coze-name`";
    assert_eq!(duplicate_types(), [expected]);
}

/// Returns the findings about a file whose name cannot be a module.
pub(crate) fn modules() -> Vec<String> {
    let mut found = Vec::new();
    for name in ["type", "shared", "audio/voices", "Others", "others-2"] {
        let mut files = changed(&[]);
        files.retain(|(file, _)| !file.starts_with("spec/resources/"));
        let text = OTHERS.replace("name: others,", &format!("name: {},", name.replace('/', ".")));
        let file = format!("spec/resources/{name}.yaml");
        let mut files: Vec<(&str, &str)> =
            files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        files.push((&file, &text));
        found
            .extend(findings(&files).into_iter().filter(|line| line.contains("module of the SDK")));
    }
    found
}

#[test]
fn file_names_are_module_names() {
    let expected = ["type", "shared", "audio/voices", "Others", "others-2"].map(|name| {
        let resource = name.replace('/', ".");
        format!(
            "spec/resources/{name}.yaml:1: `{resource}` cannot name a module of the SDK \
             — give the file another name, in snake_case and not in a subfolder"
        )
    });
    assert_eq!(modules(), expected);
}
