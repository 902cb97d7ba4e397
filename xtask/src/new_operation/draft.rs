//! The texts of a drafted operation.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use super::{Args, Method};

/// An operation with placeholders in place of facts.
pub(super) struct Draft {
    /// The operation id.
    pub(super) id: String,
    /// The last word of the id.
    pub(super) method: String,
    tag: String,
    verb: Method,
    path: String,
    page: Option<(String, String)>,
    /// The name of the thing, in words: `bot archive`.
    noun: String,
    /// The name of the thing as a type: `BotArchive`.
    thing: String,
    /// The name of its schema, which is new.
    schema: String,
    /// The parameters of the path and their examples.
    params: Vec<(String, String)>,
}

/// The form of a request and its response.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A page of things.
    List,
    /// A thing.
    Read,
    /// A name in the body, and a thing in the response.
    Write,
    /// A name in the body, and nothing in the response.
    Change,
    /// Nothing in either.
    Bare,
}

impl Draft {
    /// Drafts an operation. `is_taken` tells if a schema exists.
    pub(super) fn new(args: &Args, is_taken: impl Fn(&str) -> bool) -> Self {
        let id = format!("{}.{}", args.tag, args.name);
        let (groups, method) = id.rsplit_once('.').unwrap_or(("", &id));
        let words: Vec<_> = groups.split('.').map(singular).collect();
        let mut schema: String = words.iter().map(|word| camel(word)).collect();
        let thing = schema.clone();
        if is_taken(&schema) {
            schema += if method == "list" { "Entry" } else { "Result" };
        }
        let names = args.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let params =
            names.zip(1..).map(|(name, n)| (name.to_owned(), format!("750000000000000000{n}")));
        let title = args.title.clone().or_else(|| args.page.clone()).unwrap_or_default();
        Self {
            method: method.to_owned(),
            tag: args.tag.clone(),
            verb: args.method,
            path: args.path.clone(),
            page: args.page.clone().map(|page| (page, title)),
            noun: words.join(" ").replace('_', " "),
            thing,
            schema,
            params: params.collect(),
            id,
        }
    }

    fn form(&self) -> Form {
        match (self.verb, self.method.as_str()) {
            (Method::Get, "list") => Form::List,
            (Method::Get, _) => Form::Read,
            (Method::Post, _) => Form::Write,
            (Method::Put, _) => Form::Change,
            (Method::Delete, _) => Form::Bare,
        }
    }

    /// Returns the name of the schema of the body.
    fn request(&self) -> String {
        format!("{}{}Request", camel(&self.method), self.thing)
    }

    /// Returns a resource file with only this operation.
    pub(super) fn new_file(&self) -> String {
        let tag = &self.tag;
        let mut text = format!(
            "tags:\n  - name: {tag}\n    description: Manage {}.\n\npaths:\n",
            tag.replace('_', " ")
        );
        let _ = write!(text, "  {}:\n{}", self.path, self.operation());
        let schemas = self.schemas();
        if !schemas.is_empty() {
            let _ = write!(text, "\ncomponents:\n  schemas:{schemas}");
        }
        text
    }

    /// Adds the operation to the text of its resource file.
    pub(super) fn add_to(&self, text: &str) -> Result<String> {
        let (paths, rest) = text.split_once("\ncomponents:\n").context("no `components`")?;
        let path = format!("  {}:\n", self.path);
        let mut paths = paths.trim_end().to_owned() + "\n";
        match paths.find(&format!("\n{path}")) {
            Some(at) => paths.insert_str(at + 1 + path.len(), &self.operation()),
            None => {
                let _ = write!(paths, "\n{path}{}", self.operation());
            }
        }
        let schemas = self.schemas();
        Ok(format!("{paths}\ncomponents:\n{}\n{schemas}", rest.trim_end()))
    }

    /// Returns the item of the path.
    fn operation(&self) -> String {
        let (verb, id, tag, noun) = (self.verb.name(), &self.id, &self.tag, &self.noun);
        let mut text = format!(
            "    {verb}:\n      operationId: {id}\n      tags: [{tag}]\n      summary: {}\n",
            self.summary()
        );
        match &self.page {
            Some((page, title)) => {
                let _ = write!(
                    text,
                    "      externalDocs:\n        url: https://docs.coze.cn/developer_guides/{page}\n        \
                     description: {title}\n"
                );
            }
            None => text.push_str("      description: Undocumented.\n"),
        }
        text.push_str("      x-coze-permission: []\n");
        if self.verb != Method::Get {
            text.push_str("      x-coze-changes: true\n");
        }
        if self.form() == Form::List {
            text.push_str(
                "      x-coze-paging: {style: page, page: page_num, size: page_size, items: items, more: has_more}\n",
            );
        }
        self.add_parameters(&mut text);
        if matches!(self.form(), Form::Write | Form::Change) {
            let request = self.request();
            let _ = write!(
                text,
                "      requestBody:\n        required: true\n        content:\n          application/json:\n            \
                 schema: {{$ref: '#/components/schemas/{request}'}}\n            example: {{name: Tea}}\n"
            );
        }
        let described = match self.form() {
            Form::List => format!("A page of {noun}s."),
            Form::Read | Form::Write => format!("The {noun}."),
            Form::Change | Form::Bare => "The envelope.".to_owned(),
        };
        let _ = write!(
            text,
            "      responses:\n        '200':\n          description: {described}\n          content:\n            \
             application/json:\n"
        );
        self.add_response(&mut text);
        text
    }

    fn add_parameters(&self, text: &mut String) {
        if !self.params.is_empty() || self.form() == Form::List {
            text.push_str("      parameters:\n");
        }
        for (name, example) in &self.params {
            let of = name.strip_suffix("_id").map_or("value".to_owned(), |of| of.replace('_', " "));
            let _ = write!(
                text,
                "        - name: {name}\n          in: path\n          required: true\n          description: The ID \
                 of the {of}.\n          schema: {{type: string}}\n          example: '{example}'\n"
            );
        }
        if self.form() == Form::List {
            for (name, described, value) in [
                ("page_num", "The page number.", 1),
                ("page_size", "The number of results per page.", 20),
            ] {
                let _ = write!(
                    text,
                    "        - name: {name}\n          in: query\n          description: {described}\n          \
                     schema: {{type: integer, format: int32, default: {value}}}\n          example: {value}\n"
                );
            }
        }
    }

    fn add_response(&self, text: &mut String) {
        let (schema, example) = match self.form() {
            Form::List => (
                Some(format!("{}List", self.schema)),
                "{items: [{id: '7500000000000000009', name: Tea}], has_more: false}",
            ),
            Form::Read | Form::Write => {
                (Some(self.schema.clone()), "{id: '7500000000000000009', name: Tea}")
            }
            Form::Change | Form::Bare => (None, ""),
        };
        let Some(schema) = schema else {
            text.push_str(
                "              schema: {$ref: '#/components/schemas/Envelope'}\n              example:\n                \
                 code: 0\n                msg: ''\n                detail: {logid: 20241210152726467C48D89D6DB2F1A3}\n",
            );
            return;
        };
        let _ = write!(
            text,
            "              schema:
                allOf:
                  - $ref: '#/components/schemas/Envelope'
                  - type: object
                    required: [data]
                    properties:
                      data: {{$ref: '#/components/schemas/{schema}'}}
              example:
                code: 0
                msg: ''
                data: {example}
                detail: {{logid: 20241210152726467C48D89D6DB2F1A3}}
"
        );
    }

    /// Returns the new schemas, each after an empty line.
    fn schemas(&self) -> String {
        let (schema, noun) = (&self.schema, &self.noun);
        let mut text = String::new();
        if self.form() == Form::List {
            let _ = write!(
                text,
                "
    {schema}List:
      type: object
      description: A page of {noun}s.
      properties:
        items:
          type: array
          description: The {noun}s on the page.
          items: {{$ref: '#/components/schemas/{schema}'}}
        has_more: {{type: boolean, description: '`true` if there are more {noun}s after this page.'}}
"
            );
        }
        if matches!(self.form(), Form::Write | Form::Change) {
            let _ = write!(
                text,
                "
    {}:
      type: object
      description: The body of `{}`.
      required: [name]
      properties:
        name: {{type: string, description: The name of the {noun}.}}
",
                self.request(),
                self.id
            );
        }
        if matches!(self.form(), Form::List | Form::Read | Form::Write) {
            let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
            let _ = write!(
                text,
                "
    {schema}:
      type: object
      description: {article} {noun}.
      required: [id]
      properties:
        id: {{type: string, description: The ID of the {noun}.}}
        name: {{type: string, description: The name of the {noun}.}}
"
            );
        }
        text
    }

    fn summary(&self) -> String {
        let noun = &self.noun;
        match self.method.as_str() {
            "list" => format!("Lists {noun}s."),
            method => {
                let method = method.replace('_', " ");
                let mut letters = method.chars();
                let first: String =
                    letters.next().into_iter().flat_map(char::to_uppercase).collect();
                let ending = if method.ends_with(['s', 'h', 'x']) { "es" } else { "s" };
                format!("{first}{}{ending} the {noun}.", letters.as_str())
            }
        }
    }

    /// Returns the fields of the draft for the list of documented fields.
    pub(super) fn fields(&self, page: &str) -> String {
        let mut fields: Vec<_> =
            self.params.iter().map(|(name, _)| ("request", name.as_str())).collect();
        let more: &[(&str, &str)] = match self.form() {
            Form::List => &[
                ("request", "page_num"),
                ("request", "page_size"),
                ("response", "data"),
                ("response", "data.items"),
                ("response", "data.items.id"),
                ("response", "data.items.name"),
                ("response", "data.has_more"),
            ],
            Form::Read => {
                &[("response", "data"), ("response", "data.id"), ("response", "data.name")]
            }
            Form::Write => &[
                ("request", "name"),
                ("response", "data"),
                ("response", "data.id"),
                ("response", "data.name"),
            ],
            Form::Change => &[("request", "name")],
            Form::Bare => &[],
        };
        fields.extend(more);
        let lines = fields.into_iter().map(|(side, field)| [page, "\t", side, "\t", field, "\n"]);
        lines.flatten().collect()
    }

    /// Returns the fixture with the sample of the page.
    pub(super) fn sample(&self, page: &str) -> String {
        let mut path = self.path.clone();
        for (name, example) in &self.params {
            path = path.replace(&format!("{{{name}}}"), example);
        }
        let body = match self.form() {
            Form::Write | Form::Change => ",\n      \"body\": {\"name\": \"Tea\"}",
            _ => "",
        };
        let data = match self.form() {
            Form::List => {
                r#""data": {"items": [{"id": "7500000000000000009", "name": "Tea"}], "has_more": false}, "#
            }
            Form::Read | Form::Write => r#""data": {"id": "7500000000000000009", "name": "Tea"}, "#,
            Form::Change | Form::Bare => "",
        };
        let (id, verb) = (&self.id, self.verb.name().to_uppercase());
        format!(
            r#"{{
  "page": "{page}",
  "operation": "{id}",
  "requests": [
    {{
      "method": "{verb}",
      "path": "{path}"{body}
    }}
  ],
  "replies": [
    {{
      "reply": {{{data}"code": 0, "msg": ""}}
    }}
  ]
}}
"#
        )
    }

    /// Returns the call of the sample, as an element of a list.
    pub(super) fn sample_call(&self, page: &str) -> String {
        let mut arguments: Vec<_> =
            self.params.iter().map(|(_, example)| format!("\"{example}\"")).collect();
        if matches!(self.form(), Form::Write | Form::Change) {
            arguments.push("\"Tea\"".to_owned());
        }
        let call = format!("coze.{}({})", self.id.replace('.', "()."), arguments.join(", "));
        format!("    (\"{page}\", 0, |coze| value({call})),\n")
    }
}

/// Returns the singular of a group such as `voiceprint_groups`.
fn singular(word: &str) -> String {
    match (word.strip_suffix("ies"), word.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) if !stem.ends_with('s') => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// Returns the name of a type for a word such as `voiceprint_group`.
fn camel(word: &str) -> String {
    let upper = |part: &str| {
        let (first, rest) = part.split_at(part.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    word.split('_').map(upper).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_names() {
        assert_eq!(singular("voiceprint_groups"), "voiceprint_group");
        assert_eq!(singular("run_histories"), "run_history");
        assert_eq!(singular("chat"), "chat");
        assert_eq!(camel("run_history"), "RunHistory");
    }

    fn draft(name: &str, method: Method, path: &str) -> Draft {
        let args = Args {
            tag: "bots".to_owned(),
            name: name.to_owned(),
            method,
            path: path.to_owned(),
            page: None,
            title: None,
        };
        Draft::new(&args, |schema| schema == "Bot")
    }

    #[test]
    fn names_and_summaries_are_derived() {
        let list = draft("archives.list", Method::Get, "/v1/bots/{bot_id}/archives");
        assert_eq!(
            (list.schema.as_str(), list.summary().as_str()),
            ("BotArchive", "Lists bot archives.")
        );
        let publish = draft("publish_all", Method::Post, "/v1/bots/publish_all");
        assert_eq!(publish.schema, "BotResult");
        assert_eq!(publish.request(), "PublishAllBotRequest");
    }

    #[test]
    fn an_operation_is_added_to_a_path_and_a_file() {
        let file = "paths:\n  /v1/bots:\n    post:\n      operationId: bots.create\n\ncomponents:\n  schemas:\n    Bot:\n      type: object\n";
        let added = draft("list", Method::Get, "/v1/bots").add_to(file).unwrap();
        assert!(
            added.starts_with("paths:\n  /v1/bots:\n    get:\n      operationId: bots.list\n"),
            "{added}"
        );
        assert!(added.contains("\n    post:\n"), "{added}");
        assert!(added.contains("\n      type: object\n\n    BotEntryList:\n"), "{added}");
        assert!(draft("list", Method::Get, "/v1/bots").add_to("paths:\n").is_err());
    }
}
