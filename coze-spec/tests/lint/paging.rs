//! Paging.

use crate::document::{Case, check};

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "a task that nothing starts",
        &[
            ("total: total}", "total: total, task: task_id}"),
            ("description: The total number.}", "description: The total number.}\n        task_id: {type: string, description: The task.}"),
        ],
        &["spec/resources/things.yaml:63: `things.list` never starts a task — describe its parameter `is_async`, or remove `task`"],
    ),
    (
        "another style of paging",
        &[("{style: page, page: page_num, size: page_size, items: items, total: total}", "{style: book, page: page_num, size: page_size, items: items, total: total}")],
        &[
            "spec/resources/things.yaml:63: `book` is not a style of paging — write `page`, `token` or `cursor`",
        ],
    ),
    (
        "a page number without its name",
        &[("{style: page, page: page_num, size: page_size, items: items, total: total}", "{style: page, size: page_size, items: items, total: total}")],
        &[
            "spec/resources/things.yaml:63: `page` is missing in x-coze-paging of style page — write the name of the parameter or property",
        ],
    ),
    (
        "pages without an end",
        &[("{style: page, page: page_num, size: page_size, items: items, total: total}", "{style: page, page: page_num, size: page_size, items: items}")],
        &[
            "spec/resources/things.yaml:63: the end of the pages is unknown — name `total` or `more`",
            "spec/resources/things.yaml:141: a page of `things.list` would lose `total` — name it in x-coze-paging, or return the payload without paging",
        ],
    ),
    (
        "a key of another style",
        &[("{style: page, page: page_num, size: page_size, items: items, total: total}", "{style: page, page: page_num, size: page_size, items: items, total: total, first: total}")],
        &[
            "spec/resources/things.yaml:63: `first` is not a key of style page — remove it",
            "spec/resources/things.yaml:141: `total` cannot be the `first` of a page — items are a list, total an integer, more a boolean, ids and tokens strings",
        ],
    ),
    (
        "a parameter that does not exist",
        &[("{style: page, page: page_num, size: page_size, items: items, total: total}", "{style: page, page: page_index, size: page_size, items: items, total: total}")],
        &[
            "spec/resources/things.yaml:63: `things.list` has no parameter `page_index` — write the name of the parameter with its `page`",
        ],
    ),
    (
        "a page number that is required",
        &[("{name: page_num, in: query,", "{name: page_num, in: query, required: true,")],
        &[
            "spec/resources/things.yaml:65: the paging parameter `page_num` is required — make it optional; the SDK sets it",
        ],
    ),
    (
        "a page number that is a string",
        &[("description: The page., schema: {type: integer, format: int32}, example: 1}", "description: The page., schema: {type: string}, example: '1'}")],
        &[
            "spec/resources/things.yaml:65: `page_num` is not an integer — give it the type integer",
        ],
    ),
    (
        "a page size without a default",
        &[("format: int32, default: 20}", "format: int32}")],
        &[
            "spec/resources/things.yaml:66: the page size `page_size` has no default — add the documented `default`",
        ],
    ),
    (
        "pages of a payload that is not an object",
        &[("properties: {data: {$ref: '#/components/schemas/ThingList'}}", "properties: {data: {type: array, items: {$ref: '#/components/schemas/ThingList'}}}")],
        &[
            "spec/resources/things.yaml:72: the payload of `things.list` is not an object — pages need a named object with the items",
        ],
    ),
    (
        "a property that does not exist",
        &[("{style: page, page: page_num, size: page_size, items: items, total: total}", "{style: page, page: page_num, size: page_size, items: items, total: count}")],
        &[
            "spec/resources/things.yaml:63: the payload of `things.list` has no property `count` — write the name of the property with its `total`",
            "spec/resources/things.yaml:141: a page of `things.list` would lose `total` — name it in x-coze-paging, or return the payload without paging",
        ],
    ),
    (
        "a total that is a string",
        &[("total: {type: integer, format: int32, description: The total number.}", "total: {type: string, description: The total number.}")],
        &[
            "spec/resources/things.yaml:141: `total` cannot be the `total` of a page — items are a list, total an integer, more a boolean, ids and tokens strings",
        ],
    ),
    (
        "items that are not a list",
        &[("items: {type: array, description: The things., items: {$ref: '#/components/schemas/Row'}}", "items: {$ref: '#/components/schemas/Row'}")],
        &[
            "spec/resources/things.yaml:140: `items` cannot be the `items` of a page — items are a list, total an integer, more a boolean, ids and tokens strings",
        ],
    ),
    (
        "a page that loses something",
        &[("total: {type: integer, format: int32, description: The total number.}", "total: {type: integer, format: int32, description: The total number.}\n        cost: {type: integer, format: int32, description: What it cost.}")],
        &[
            "spec/resources/things.yaml:142: a page of `things.list` would lose `cost` — name it in x-coze-paging, or return the payload without paging",
        ],
    ),
];

#[test]
fn every_rule_about_paging() {
    check(CASES);
}
