//! Cases for operations: ids, documentation, requests and responses.

use crate::document::{Case, changed, check, findings};

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "an operation twice",
        &[("operationId: things.update", "operationId: things.retrieve")],
        &[
            "spec/resources/things.yaml:26: the operation `things.retrieve` is defined twice, first at spec/resources/things.yaml:6 — give one of the two another operationId",
            "spec/resources/things.yaml:26: two types of `things` are called `RetrieveThing`, see spec/resources/things.yaml:6 — choose another name in `x-coze-name`",
        ],
    ),
    (
        "an id that is not a call path",
        &[("operationId: things.list", "operationId: listThings")],
        &[
            "spec/resources/things.yaml:58: `listThings` is not a call path — write snake_case words joined by dots, as `bots.versions.list`",
        ],
    ),
    (
        "an operation outside the resources",
        &[("components:\n  securitySchemes:", "paths:\n  /v1/other:\n    get:\n      operationId: other.get\n      tags: [other]\n      summary: Gets.\n      description: Undocumented.\n      x-coze-permission: []\n      responses: {'200': {description: None., content: {application/json: {schema: {$ref: '#/components/schemas/Envelope'}, example: {code: 0, msg: ''}}}}}\ncomponents:\n  securitySchemes:")],
        &[
            "spec/openapi.yaml:12: the operation `other.get` is outside spec/resources — move it to the file of its resource",
        ],
    ),
    (
        "an id of another resource",
        &[("operationId: things.list", "operationId: bots.list")],
        &[
            "spec/resources/things.yaml:58: `bots.list` does not start with the name of its file — call it `things.…`, or move it",
        ],
    ),
    (
        "tags of another resource",
        &[("tags: [things]\n      summary: Lists", "tags: [bots]\n      summary: Lists")],
        &[
            "spec/resources/things.yaml:57: the tags of `things.list` are not its resource — write `tags: [things]`",
        ],
    ),
    (
        "a summary that is not a sentence",
        &[("summary: Lists things.", "summary: lists things")],
        &[
            "spec/resources/things.yaml:57: the summary of `things.list` is not one sentence — begin with a capital letter, end with a period, keep one line",
        ],
    ),
    (
        "an operation without a page",
        &[("description: Undocumented.\n      x-coze-permission: []\n      x-coze-paging", "description: All of them.\n      x-coze-permission: []\n      x-coze-paging")],
        &[
            r#"spec/resources/things.yaml:57: `things.list` does not refer to a page of the documentation — add `externalDocs`, or begin the description with "Undocumented""#,
        ],
    ),
    (
        "a page elsewhere",
        &[("url: 'https://docs.coze.cn/guides/retrieve", "url: 'http://docs.coze.cn/guides/retrieve")],
        &[
            "spec/resources/things.yaml:10: not an https address — write the page's address",
        ],
    ),
    (
        "deprecated without a reason",
        &[("      description: Undocumented. There is no replacement.\n", "      externalDocs: {url: 'https://docs.coze.cn/guides/update', description: 更新}\n")],
        &[
            "spec/resources/things.yaml:26: `things.update` is deprecated without a replacement — name an operation, as `bots.list`, in the first paragraph of the description, or write that there is no replacement",
        ],
    ),
    (
        "deprecated in favor of itself",
        &[("Undocumented. There is no replacement.", "Undocumented. Use `things.update` with other values.")],
        &[
            "spec/resources/things.yaml:26: `things.update` is deprecated without a replacement — name an operation, as `bots.list`, in the first paragraph of the description, or write that there is no replacement",
        ],
    ),
    (
        "another value of x-coze-retry",
        &[("x-coze-retry: unsafe", "x-coze-retry: never")],
        &[
            "spec/resources/things.yaml:34: not a value of `x-coze-retry` — write `safe` or `unsafe`",
        ],
    ),
    (
        "a header with a bad name",
        &[("name: X-Origin", "name: 'X Origin'"), ("description: The place of origin., schema", "description: The place of origin., x-coze-name: origin, schema")],
        &[
            "spec/resources/things.yaml:14: `X Origin` cannot name a header — use letters, digits and hyphens",
        ],
    ),
    (
        "a parameter that travels nowhere",
        &[("name: X-Origin, in: header", "name: X-Origin, in: cookie")],
        &[
            "spec/resources/things.yaml:14: `X-Origin` travels nowhere — write `in: path`, `query` or `header`",
        ],
    ),
    (
        "a list in the path",
        &[("name: sizes, in: query", "name: sizes, in: header")],
        &[
            "spec/resources/things.yaml:15: `sizes` is not a list in a query — remove `explode`",
            "spec/resources/things.yaml:15: the parameter `sizes` has a type that cannot travel there — use a scalar, or in a query a list of scalars",
        ],
    ),
    (
        "a map in the query",
        &[("schema: {type: array, items: {type: integer, format: int32}}, example: [1]", "schema: {type: object, additionalProperties: {type: string}}, example: {a: b}")],
        &[
            "spec/resources/things.yaml:15: `sizes` is not a list in a query — remove `explode`",
            "spec/resources/things.yaml:15: the parameter `sizes` has a type that cannot travel there — use a scalar, or in a query a list of scalars",
        ],
    ),
    (
        "JSON in the query",
        &[("explode: false, description: The sizes., schema: {type: array, items: {type: integer, format: int32}}", "description: The sizes., schema: {description: Any size.}")],
        &[
            "spec/resources/things.yaml:15: the parameter `sizes` has a type that cannot travel there — use a scalar, or in a query a list of scalars",
        ],
    ),
    (
        "another style",
        &[("name: sizes, in: query,", "name: sizes, in: query, style: deepObject,")],
        &[
            "spec/resources/things.yaml:15: the style of a parameter — write `style: form`, or nothing",
        ],
    ),
    (
        "half a placeholder",
        &[("/v1/things/upload:", "/v1/things/a{b}:")],
        &[
            "spec/resources/things.yaml:78: the path of `things.files.upload` contains `a{b}` — use whole segments as placeholders, and plain characters otherwise",
        ],
    ),
    (
        "an escape in the path",
        &[("/v1/things/upload:", "/v1/things/100%:")],
        &[
            "spec/resources/things.yaml:78: the path of `things.files.upload` contains `100%` — use whole segments as placeholders, and plain characters otherwise",
        ],
    ),
    (
        "a path without a slash",
        &[("/v1/things/upload:", "v1/things/upload:")],
        &[
            "spec/resources/things.yaml:78: the path `v1/things/upload` does not begin with a slash — begin it with a slash",
        ],
    ),
    (
        "a parameter that the path does not have",
        &[("name: page_num, in: query, description: The page., schema", "name: page_num, in: path, required: true, description: The page., schema"), ("      x-coze-paging: {style: page, page: page_num, size: page_size, items: items, total: total}\n", "")],
        &[
            "spec/resources/things.yaml:64: `page_num` is not a placeholder of the path /v1/things — write `{page_num}` in the path, or `in: query`",
        ],
    ),
    (
        "a path parameter that is optional",
        &[("{name: thing_id, in: path, required: true, description: The id of the thing., schema: {type: string}, example: '1'}\n        - {name: X-Origin", "{name: thing_id, in: path, description: The id of the thing., schema: {type: string}, example: '1'}\n        - {name: X-Origin")],
        &[
            "spec/resources/things.yaml:13: the path parameter `thing_id` is not required — add `required: true`",
        ],
    ),
    (
        "a placeholder that is not described",
        &[("/v1/things/upload:", "/v1/things/{file_id}/upload:")],
        &[
            "spec/resources/things.yaml:78: `{file_id}` in the path of `things.files.upload` is not a parameter — describe it under `parameters` with `in: path`",
        ],
    ),
    (
        "a GET with a body",
        &[("    put:\n      operationId: things.update", "    post:\n      operationId: things.update"), ("    get:\n      operationId: things.list", "    put:\n      operationId: things.list"), ("    post:\n      operationId: things.files", "    get:\n      operationId: things.files")],
        &[
            "spec/resources/things.yaml:34: `unsafe` is what a POST is anyway — remove `x-coze-retry`",
            "spec/resources/things.yaml:57: `things.list` does not declare if it changes or costs something — add `x-coze-changes: true`, or `false`",
            "spec/resources/things.yaml:84: `x-coze-changes` on a GET — remove `x-coze-changes`",
            "spec/resources/things.yaml:87: `things.files.upload` is a GET with a body — describe query parameters instead",
        ],
    ),
    (
        "a body of two kinds",
        &[("            example: {name: box, size: 3, owner: me}", "            example: {name: box, size: 3, owner: me}\n          multipart/form-data:\n            schema: {$ref: '#/components/schemas/UpdateThingRequest'}\n            example: {}")],
        &[
            "spec/resources/things.yaml:39: a body of several kinds — describe one kind of content",
        ],
    ),
    (
        "a body with another name",
        &[("    UploadRequest:\n", "    UploadInput:\n"), ("schema: {$ref: '#/components/schemas/UploadRequest'}", "schema: {$ref: '#/components/schemas/UploadInput'}")],
        &[
            "spec/resources/things.yaml:89: the body of `things.files.upload` is not a named `…Request` — name its schema, with a name that ends in `Request`",
        ],
    ),
    (
        "a multipart body without a file",
        &[("file: {type: string, format: binary, description: The file.}", "file: {type: string, description: The file.}")],
        &[
            "spec/resources/things.yaml:88: a multipart body without a file — mark the file part with `format: binary`",
        ],
    ),
    (
        "a JSON body with a file",
        &[("owner: {type: string, description: The owner.}", "owner: {type: string, format: binary, description: The owner.}")],
        &[
            "spec/resources/things.yaml:40: a file in a JSON body — describe the body as multipart/form-data",
        ],
    ),
];

#[rustfmt::skip]
pub(crate) const REPLIES: &[Case] = &[
    (
        "a switch without events",
        &[("            text/event-stream:\n              schema: {$ref: '#/components/schemas/ThingEvent'}\n              example: 'nothing'\n", ""), ("    ThingEvent:\n      description: An event of a thing.\n      x-coze-stream:\n        - {event: changed, name: Changed, data: Part, description: It changed.}\n        - {event: done, name: Done, ends: true, description: It is over.}\n", "")],
        &[
            "spec/resources/things.yaml:126: `things.update` has a body property `stream` and no events — describe the content `text/event-stream` of its response",
        ],
    ),
    (
        "events that are not a union",
        &[("schema: {$ref: '#/components/schemas/ThingEvent'}", "schema: {$ref: '#/components/schemas/Part'}")],
        &[
            "spec/resources/things.yaml:54: the events of `things.update` are not a union — refer to a named schema with `x-coze-stream`",
            "spec/resources/things.yaml:157: `ThingEvent` is not used — remove it, or refer to it",
        ],
    ),
    (
        "events that nothing asks for",
        &[("        stream: {type: boolean, description: Set to `true` for events.}\n", "")],
        &[
            "spec/resources/things.yaml:54: a request cannot ask `things.update` for events — describe the body property `stream`",
        ],
    ),
    (
        "a binary response of another type",
        &[("              schema: {type: string, format: binary}\n", "              schema: {type: string}\n")],
        &[
            "spec/resources/things.yaml:96: a binary response of another type — write `{type: string, format: binary}`",
        ],
    ),
    (
        "no reply at all",
        &[("            application/octet-stream:\n              schema: {type: string, format: binary}\n              example: the bytes\n", "            {}\n")],
        &[
            "spec/resources/things.yaml:78: `things.files.upload` has no response — describe the content of the response: JSON, event stream or octet stream",
        ],
    ),
    (
        "a reply without its envelope",
        &[("                  - $ref: '#/components/schemas/Envelope'\n                  - $ref: '#/components/schemas/Update'", "                  - $ref: '#/components/schemas/Part'\n                  - $ref: '#/components/schemas/Update'")],
        &[
            "spec/resources/things.yaml:48: a response without the envelope — write the response in one of the three forms of spec/README.md",
        ],
    ),
    (
        "a reply that is only its payload",
        &[("                allOf:\n                  - $ref: '#/components/schemas/Envelope'\n                  - $ref: '#/components/schemas/Update'", "                $ref: '#/components/schemas/Update'")],
        &[
            "spec/resources/things.yaml:48: a response that is not an envelope and its payload — write the response in one of the three forms of spec/README.md",
        ],
    ),
    (
        "a reply with other inline properties",
        &[("properties: {data: {$ref: '#/components/schemas/ThingList'}}", "properties: {data: {$ref: '#/components/schemas/ThingList'}, more: {type: boolean, description: More.}}"), ("      x-coze-paging: {style: page, page: page_num, size: page_size, items: items, total: total}\n", "")],
        &[
            "spec/resources/things.yaml:71: a response with inline properties other than `data` — write the response in one of the three forms of spec/README.md",
        ],
    ),
    (
        "data of an unreadable type",
        &[("properties: {data: {$ref: '#/components/schemas/ThingList'}}", "properties: {data: {type: array, items: {$ref: '#/components/schemas/ThingList'}, format: csv}}"), ("      x-coze-paging: {style: page, page: page_num, size: page_size, items: items, total: total}\n", "")],
        &[
            "spec/resources/things.yaml:74: unknown format `csv` of type `array` — use int32, int64 or double for numbers, binary for files, password for secrets, and no other format",
        ],
    ),
    (
        "a payload that repeats the envelope",
        &[("version: {type: integer, format: int32, description: The version.}", "code: {type: integer, format: int32, description: The version.}")],
        &[
            "spec/resources/things.yaml:120: `Update` repeats `code` of the envelope — remove it; `Envelope` has it",
        ],
    ),
    (
        "a resource without a tag",
        &[("tags:\n  - name: things\n    description: Things of all kinds.\n", ""), ("tags:\n  - name: things\n", "tags: []\n")],
        &[
            "spec/resources/things.yaml:1: the resource `things` has no tag — describe it under `tags`, and list it in openapi.yaml",
        ],
    ),
    (
        "a tag without a resource",
        &[("  - name: things\ncomponents:", "  - name: things\n  - {name: bots, description: Bots.}\ncomponents:")],
        &[
            "spec/openapi.yaml:9: the tag `bots` is not a resource — add spec/resources/bots.yaml, or remove the tag",
        ],
    ),
    (
        "a schema of another file",
        &[("      enum: [red, dark-blue]\n", "      enum: [red, dark-blue]\n    Chest:\n      type: object\n      description: A box.\n      properties:\n        part: {$ref: '#/components/schemas/Part'}\n"), ("extra: {description: Anything else.}", "extra: {$ref: '#/components/schemas/Chest'}")],
        &[
            "spec/shared.yaml:22: `Part` belongs to spec/resources/things.yaml — move it to shared.yaml, since two files use it",
        ],
    ),
];

#[test]
fn every_rule_about_operations() {
    check(CASES);
}

#[test]
fn edits_that_keep_the_document_valid() {
    for edit in [
        ("name: X-Origin", "name: X_Origin"),
        ("There is no replacement.", "Use `things.list` instead."),
    ] {
        let files = changed(&[edit]);
        let files: Vec<(&str, &str)> =
            files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        assert_eq!(findings(&files), Vec::<String>::new(), "{edit:?}");
    }
}

#[test]
fn every_rule_about_responses() {
    check(REPLIES);
}
