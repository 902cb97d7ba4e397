//! Limits, defaults, ids, versions and paths.

use crate::document::{Case, check};

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "a default of another type",
        &[("format: int32, default: 20}", "format: int32, default: twenty}")],
        &[
            "spec/resources/things.yaml:66: the default is not of its type — write a value of the type, digits of a string quoted",
            "spec/resources/things.yaml:66: the page size `page_size` has no default — add the documented `default`",
        ],
    ),
    (
        "a default beyond the limits",
        &[("format: int32, default: 20}", "format: int32, default: 20, maximum: 10}")],
        &[
            "spec/resources/things.yaml:66: the default exceeds the limits — correct the default or the limits",
        ],
    ),
    (
        "a default beyond 32 bits",
        &[("format: int32, default: 20}", "format: int32, default: 4000000000}")],
        &[
            "spec/resources/things.yaml:66: the default is not of its type — write a value of the type, digits of a string quoted",
        ],
    ),
    (
        "a default that is not listed",
        &[("name: X-Origin, in: header, description: The place of origin., schema: {type: string}, example: north", "name: X-Origin, in: header, description: The place of origin., schema: {allOf: [{$ref: '#/components/schemas/Color'}], default: green}, example: red")],
        &[
            "spec/resources/things.yaml:14: \"green\" is not a listed value of `Color`, see spec/shared.yaml:17 — use a listed value, or list this one",
        ],
    ),
    (
        "a default of an object",
        &[("source: {$ref: '#/components/schemas/Origin'}", "source: {allOf: [{$ref: '#/components/schemas/Origin'}], description: Whence., default: {}}")],
        &[
            "spec/realtime/shared.yaml:8: a default of an object — describe it in words",
        ],
    ),
    (
        "a limit in words",
        &[("The size., minimum: 1", "The size., minimum: one")],
        &[
            "spec/resources/things.yaml:127: `minimum` is a string — write a number",
        ],
    ),
    (
        "a length of an integer",
        &[("The size., minimum: 1, maximum: 9", "The size., maxLength: 9")],
        &[
            "spec/resources/things.yaml:127: `maxLength` does not apply to this type — numbers have minimum and maximum, strings minLength and maxLength, lists minItems and maxItems",
        ],
    ),
    (
        "a limit of the items of a list",
        &[("labels: {type: array, description: The labels., items: {type: string}}", "labels: {type: array, description: The labels., items: {type: string, maximum: 3}}")],
        &[
            "spec/resources/things.yaml:108: `maximum` does not apply to this type — numbers have minimum and maximum, strings minLength and maxLength, lists minItems and maxItems",
        ],
    ),
    (
        "limits that nothing fits",
        &[("minimum: 1, maximum: 9", "minimum: 9, maximum: 1")],
        &[
            "spec/resources/things.yaml:127: `minimum` is greater than `maximum` — correct one of them",
        ],
    ),
    (
        "an id that is an integer",
        &[("description: The id of the thing., schema: {type: string}, example: '1'}\n        - {name: X-Origin", "description: The id of the thing., schema: {type: integer, format: int64}, example: 1}\n        - {name: X-Origin")],
        &[
            "spec/resources/things.yaml:13: the id `thing_id` is an integer — write `type: string`",
        ],
    ),
    (
        "ids that are integers",
        &[("size: {type: integer, format: int32, description: The size.}", "size_ids: {type: array, items: {type: integer, format: int64}, description: The sizes.}"), ("id: '1', size: 2", "id: '1', size_ids: [2]")],
        &[
            "spec/resources/things.yaml:106: the id `size_ids` is an integer — write `type: string`",
        ],
    ),
    (
        "an example beyond 32 bits",
        &[("id: '1', size: 2", "id: '1', size: 4000000000")],
        &[
            "spec/resources/things.yaml:25: the example exceeds 32 bits — write a smaller number, or `format: int64` in the schema",
        ],
    ),
    (
        "an example that is not listed",
        &[("color: red", "color: blue")],
        &[
            "spec/resources/things.yaml:25: \"blue\" is not a listed value of `Color`, see spec/shared.yaml:17 — use a listed value, or list this one",
        ],
    ),
    (
        "a name that is a number",
        &[("name: {type: string, description: The name.}\n    Update:", "name: {type: string, description: The name., x-coze-name: 5}\n    Update:")],
        &[
            "spec/resources/things.yaml:115: `x-coze-name` is a number — write a name, or the names of the values of an enum",
        ],
    ),
    (
        "several names of a property",
        &[("name: {type: string, description: The name.}\n    Update:", "name: {type: string, description: The name., x-coze-name: {a: b}}\n    Update:")],
        &[
            "spec/resources/things.yaml:115: several names of one value — write one name",
        ],
    ),
    (
        "a list in a query without a word about how it travels",
        &[("explode: false, ", "")],
        &[
            "spec/resources/things.yaml:15: the list `sizes` does not declare its encoding — add `explode: true` if it repeats the key, `false` if commas join its items",
        ],
    ),
    (
        "a scalar that repeats its key",
        &[("name: page_num, in: query", "name: page_num, in: query, explode: true")],
        &[
            "spec/resources/things.yaml:65: `page_num` is not a list in a query — remove `explode`",
        ],
    ),
    (
        "a list of lists in a query",
        &[("{type: array, items: {type: integer, format: int32}}, example: [1]", "{type: array, items: {type: array, items: {type: integer, format: int32}}}, example: [[1]]")],
        &[
            "spec/resources/things.yaml:15: the parameter `sizes` has a type that cannot travel there — use a scalar, or in a query a list of scalars",
        ],
    ),
    (
        "a secret in a query",
        &[("explode: false, description: The sizes., schema: {type: array, items: {type: integer, format: int32}}, example: [1]", "description: The sizes., schema: {type: string, format: password}, example: a")],
        &[
            "spec/resources/things.yaml:15: the secret `sizes` would be part of the URL — send it in a header or in the body",
        ],
    ),
    (
        "a body that may be missing",
        &[("      requestBody:\n        required: true\n        content:\n          multipart", "      requestBody:\n        required: false\n        content:\n          multipart")],
        &[
            "spec/resources/things.yaml:85: a request body that may be missing — write `required: true`; a body of optional properties may be empty",
        ],
    ),
    (
        "another version of OpenAPI",
        &[("openapi: 3.0.3", "openapi: 3.1.0")],
        &[
            "spec/openapi.yaml:1: another version of OpenAPI — write `openapi: 3.0.3`",
        ],
    ),
    (
        "two names of one placeholder",
        &[("  /v1/things:\n", "  /v1/things/{id}:\n    delete:\n      operationId: things.delete\n      tags: [things]\n      summary: Deletes a thing.\n      description: Undocumented.\n      x-coze-permission: []\n      x-coze-changes: true\n      parameters:\n        - {name: id, in: path, required: true, description: The id., schema: {type: string}, example: '1'}\n      responses:\n        '200':\n          description: Nothing.\n          content:\n            application/json:\n              schema: {$ref: '#/components/schemas/Envelope'}\n              example: {code: 0, msg: ''}\n  /v1/things:\n")],
        &[
            "spec/resources/things.yaml:56: `/v1/things/{id}` is the same path as `/v1/things/{thing_id}` — name the placeholders of both alike",
        ],
    ),
    (
        "an empty permission",
        &[("[getThing]", "['']")],
        &[
            "spec/resources/things.yaml:11: `` is not a permission — write its name, or an empty list if nothing is needed",
        ],
    ),
    (
        "a choice of types",
        &[("extra: {description: Anything else.}", "extra: {anyOf: [{type: string}], description: Anything else.}")],
        &[
            "spec/resources/things.yaml:110: unknown key `anyOf` in a schema — describe the one type that is sent; JSON of several types is `{}` with a description",
        ],
    ),
    (
        "a type with the name of an item of the SDK",
        &[("    Color:\n      type: string\n", "    Color:\n      type: string\n      x-coze-name: {red: Red}\n"), ("    Envelope:\n", "    Region: {type: object, description: A region., properties: {name: {type: string, description: The name.}}}\n    Envelope:\n"), ("extra: {description: Anything else.}", "extra: {$ref: '#/components/schemas/Region'}"), ("extra: {}", "extra: {name: north}")],
        &[
            "spec/shared.yaml:3: `coze_api` already has an item `Region` — choose another name in `x-coze-name`",
        ],
    ),
];

#[test]
fn every_rule_about_values() {
    check(CASES);
}
