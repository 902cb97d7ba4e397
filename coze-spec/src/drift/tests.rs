//! A small documentation in the form of the vendor's, and what edits of it are reported as.

use super::*;
use crate::load::load_texts;

const SPEC: &str = "
paths:
  /v1/datasets:
    post:
      operationId: datasets.create
      externalDocs: {url: 'https://docs.coze.cn/developer_guides/create_dataset'}
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/CreateDatasetRequest'}
components:
  schemas:
    CreateDatasetRequest:
      type: object
      properties:
        name: {type: string, maxLength: 100}
        format_type: {allOf: [{$ref: '#/components/schemas/DatasetType'}]}
    DatasetType: {type: integer, enum: [0, 2]}
";

const PAGES_TEXT: &str = "\
# The pages
- {group: 知识库, title: 创建知识库, kind: http, slug: create_dataset, method: POST, path: /v1/datasets}
- {group: 知识库, title: Other, kind: reference, slug: other}
";

const FIELDS_TEXT: &str = "\
# The fields
slug\tside\tfield
create_dataset\trequest\tname
create_dataset\trequest\tformat_type
create_dataset\trequest\tchunk
create_dataset\trequest\tchunk.size
create_dataset\tresponse\tdata
create_dataset\tresponse\tdata.dataset_id
other\tresponse\tdata
";

const PAGE: &str = r#"# 创建知识库
调用此接口以创建知识库。
## 基础信息
| **请求方式** | POST |
| --- | --- |
| **请求地址** | ```Plain Text <br> https://api.coze.cn/v1/datasets <br> ``` <br>  |
## 请求参数
### Header
| **参数** | **取值** | **说明** |
| --- | --- | --- |
| Authorization | Bearer *$Access_Token* | 访问令牌。 |
### Body
| **参数** | **类型** | **是否必选** | **示例** | **说明** |
| --- | --- | --- | --- | --- |
| name | String | 必选 | 产品文档 | 知识库名称，长度不超过 100 个字符。 |
| format_type | Integer | 必选 | 2 | 类型。取值包括： <br>  <br> * 0：文本类型 <br> * 2：图片类型 |
| chunk | Object of [Chunk](#chunk) | 可选 |  | 分段。默认为 `auto`。 |
### Chunk
| **参数** | **类型** | **是否必选** | **示例** | **说明** |
| --- | --- | --- | --- | --- |
| size | Long | 可选 | 800 | 最大为 2000。 |
## 返回参数
| **参数** | **类型** | **示例** | **说明** |
| --- | --- | --- | --- |
| data | Object of [Data](#data) | {} | 返回内容 |
| code | Long | 0 | 状态码。 |
### Data
| **参数** | **类型** | **示例** | **说明** |
| --- | --- | --- | --- |
| dataset_id | String | 744668935865830**** | 知识库 ID。 |
## 示例
### 请求示例
```JSON
curl --location --request POST 'https://api.coze.cn/v1/datasets' \
--data-raw '{
    "name": "产品文档"
}'
```
### 返回示例
```JSON
{"code": 0, "data": {"dataset_id": "744668935865830****"}}
```
"#;

fn pages(pages: &[(&str, &str)]) -> BTreeMap<String, String> {
    pages.iter().map(|(slug, text)| ((*slug).to_owned(), (*text).to_owned())).collect()
}

fn compare(lists: &Lists, now: &[(&str, &str)]) -> Drift {
    let document = load_texts(&[("spec/resources/datasets.yaml", SPEC)]).unwrap();
    drift(&document, lists, &pages(now), None).unwrap()
}

/// The lists after the two pages were read.
fn lists() -> Lists {
    let text = |text: &str| text.to_owned();
    let lists = Lists { pages: text(PAGES_TEXT), fields: text(FIELDS_TEXT), tables: String::new() };
    compare(&lists, &[("create_dataset", PAGE), ("other", "# Other\n")]).lists
}

/// Returns the findings about the page after an edit, and the lists that accept it.
fn edited(edits: &[(&str, &str)]) -> (Vec<String>, Lists) {
    let mut page = PAGE.to_owned();
    for (old, new) in edits {
        assert_eq!(page.matches(old).count(), 1, "{old}");
        page = page.replace(old, new);
    }
    let drift = compare(&lists(), &[("create_dataset", &page), ("other", "# Other\n")]);
    let again = compare(&drift.lists, &[("create_dataset", &page), ("other", "# Other\n")]);
    assert!(again.findings.is_empty(), "accepted findings are repeated: {}", again.findings);
    assert_eq!(again.lists, drift.lists);
    let findings = drift.findings.iter();
    (
        findings.map(|finding| format!("{}: {}", finding.location, finding.message)).collect(),
        drift.lists,
    )
}

/// Asserts that an edit is found once, with this message, and that the lists of pages and fields
/// stay.
fn only(edit: (&str, &str), expected: &str) {
    let (findings, lists) = edited(&[edit]);
    assert_eq!(findings, [expected]);
    assert_eq!((lists.pages.as_str(), lists.fields.as_str()), (PAGES_TEXT, FIELDS_TEXT));
}

#[test]
fn pages_that_stay_have_no_findings() {
    let lists = lists();
    assert_eq!((lists.pages.as_str(), lists.fields.as_str()), (PAGES_TEXT, FIELDS_TEXT));
    assert_eq!(edited(&[]), (vec![], lists));
    // Prose is not a fact.
    assert_eq!(edited(&[("返回内容", "数据"), ("744668935865830**** | ", "7446 | ")]).0, [""; 0]);
}

#[test]
fn the_facts_of_a_page_are_listed() {
    let tables = lists().tables;
    let rows: Vec<&str> = tables.lines().filter(|line| !line.starts_with('#')).skip(1).collect();
    assert_eq!(
        rows,
        [
            "create_dataset\tpage\t创建知识库\tPOST /v1/datasets\tpage\t\t",
            "create_dataset\trequest Body\tname\tString\trequired\t\tat most 100",
            "create_dataset\trequest Body\tformat_type\tInteger\trequired\t0,2\t",
            "create_dataset\trequest Body\tchunk\tObject of Chunk\toptional\t\tdefault auto",
            "create_dataset\trequest Chunk\tsize\tLong\toptional\t\tmaximum 2000",
            "create_dataset\tresponse\tdata\tObject of Data\t\t\t",
            "create_dataset\tresponse\tcode\tLong\t\t\t",
            "create_dataset\tresponse Data\tdataset_id\tString\t\t\t",
            "create_dataset\trequest sample\tname\tstring\t\t\t",
            "create_dataset\tresponse sample\tcode\tinteger\t\t\t",
            "create_dataset\tresponse sample\tdata\tobject\t\t\t",
            "create_dataset\tresponse sample\tdata.dataset_id\tstring\t\t\t",
            "other\tpage\tOther\t\tpage\t\t",
        ]
    );
}

#[test]
fn a_changed_type_obligation_value_or_limit_is_found_with_the_spec_beside_it() {
    only(
        ("| size | Long |", "| size | String |"),
        "create_dataset.md:21: the type of `size` in `request Chunk` of the page \
         `create_dataset` is `String` instead of `Long`; `datasets.create` lacks `chunk.size`",
    );
    only(
        ("| name | String | 必选 |", "| name | String | 可选 |"),
        "create_dataset.md:15: the obligation of `name` in `request Body` of the page \
         `create_dataset` is `optional` instead of `required`; `datasets.create` has `name` \
         (string, maxLength 100)",
    );
    only(
        (" <br> * 2：图片类型", " <br> * 2：图片类型 <br> * 3：表格"),
        "create_dataset.md:16: the list of values of `format_type` in `request Body` of the page \
         `create_dataset` is `0,2,3` instead of `0,2`; `datasets.create` has `format_type` \
         (integer of 0, 2)",
    );
    only(
        ("不超过 100 个", "不超过 50 个"),
        "create_dataset.md:15: the limits of `name` in `request Body` of the page \
         `create_dataset` are `at most 50` instead of `at most 100`; `datasets.create` has `name` \
         (string, maxLength 100)",
    );
    only(
        ("默认为 `auto`", "默认为 `none`"),
        "create_dataset.md:17: the limits of `chunk` in `request Body` of the page \
         `create_dataset` are `default none` instead of `default auto`; `datasets.create` lacks \
         `chunk`",
    );
}

#[test]
fn rows_of_events_and_limits_have_no_type() {
    let page = "# A
| **限制** | **说明** |
| --- | --- |
| 文件大小 | 最大 10 MB。 |
| | |
## 事件
| **事件（event）名称** | **说明** |
| --- | --- |
| done | 结束。 |
";
    let facts = page::read(page);
    let rows: Vec<_> =
        facts.rows.iter().map(|row| (&*row.table, &*row.field, &*row.kind)).collect();
    assert_eq!(rows, [("limits", "文件大小", "limit"), ("events", "done", "event")]);
    assert_eq!(facts.rows[0].limits, "10 MB");
    assert_eq!((facts.rows[0].line, facts.rows[1].line), (4, 9));
}

#[test]
fn tables_and_headings_right_below_a_layout_are_read() {
    let page = "# A
<div type=\"tab\">
| **限制** | **说明** |
| --- | --- |
| 文件大小 | 最大 10 MB。 |
</div></div>
返回的事件：
## 事件
<div>
| **参数** | **类型** | **说明** |
| --- | --- | --- |
| id | String | ID。 |
事件列表：
| **事件（event）名称** | **说明** |
| --- | --- |
| done | 结束。 |
</div>
";
    let facts = page::read(page);
    let rows: Vec<_> = facts.rows.iter().map(|row| (&*row.table, &*row.field, row.line)).collect();
    assert_eq!(rows, [("limits", "文件大小", 5), ("page 事件", "id", 12), ("events", "done", 16)]);
}

#[test]
fn a_member_of_a_sample_is_found() {
    only(
        (r#""data": {"dataset_id": "744668935865830****"}"#, r#""data": {"dataset_id": 7446}"#),
        "create_dataset.md:40: the type of `data.dataset_id` in `response sample` of the page \
         `create_dataset` is `integer` instead of `string`; `datasets.create` lacks \
         `data.dataset_id`",
    );
}

#[test]
fn new_and_gone_fields_are_found_and_listed() {
    let (findings, lists) = edited(&[
        (
            "| size | Long | 可选 | 800 | 最大为 2000。 |\n",
            "| overlap | Long | 可选 | 8 | 重叠。 |\n",
        ),
        (
            "| code | Long | 0 | 状态码。 |\n",
            "| code | Long | 0 | 码。 |\n| more | Boolean | | |\n",
        ),
    ]);
    assert_eq!(
        findings,
        [
            "create_dataset.md:21: `overlap` in `request Chunk` of the page `create_dataset` is \
             new (Long; optional); `datasets.create` lacks `chunk.overlap`",
            "create_dataset.md:27: `more` in `response` of the page `create_dataset` is new \
             (Boolean); `datasets.create` lacks `more`",
            "spec/documented-tables.tsv:13: `size` in `request Chunk` of the page \
             `create_dataset` is gone; `datasets.create` lacks `chunk.size`",
        ]
    );
    let expected = FIELDS_TEXT
        .replace("chunk.size\n", "chunk.overlap\n")
        .replace("data.dataset_id\n", "data.dataset_id\ncreate_dataset\tresponse\tmore\n");
    assert_eq!((lists.pages.as_str(), lists.fields), (PAGES_TEXT, expected));
}

#[test]
fn a_changed_method_path_and_title_is_found_and_listed() {
    let (findings, lists) =
        edited(&[("| POST |", "| PUT |"), ("/v1/datasets <br>", "/v1/datasets/:dataset_id <br>")]);
    assert_eq!(
        findings,
        [
            "create_dataset.md:1: the page `create_dataset` documents `PUT /v1/datasets/{dataset_id}` \
          instead of `POST /v1/datasets`"
        ]
    );
    let expected = PAGES_TEXT.replace(
        "method: POST, path: /v1/datasets",
        "method: PUT, path: '/v1/datasets/{dataset_id}'",
    );
    assert_eq!((lists.pages, lists.fields.as_str()), (expected, FIELDS_TEXT));
    let (findings, lists) = edited(&[("# 创建知识库\n", "# 新建知识库: 文本\n")]);
    assert_eq!(
        findings,
        ["create_dataset.md:1: the title of the page `create_dataset` is \"新建知识库: 文本\" \
          instead of \"创建知识库\""]
    );
    let expected = PAGES_TEXT.replace("创建知识库", "'新建知识库: 文本'");
    assert_eq!(lists.pages, expected);
}

#[test]
fn new_and_gone_pages_are_found_and_listed() {
    let now = [("create_dataset", PAGE), ("delete_dataset", PAGE)];
    let drift = compare(&lists(), &now);
    let findings: Vec<_> = drift.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        findings,
        [
            "delete_dataset.md:1: the page `delete_dataset` (创建知识库, POST /v1/datasets) is new \
             — add it to the spec; `cargo xtask drift FOLDER --write` adds it to \
             spec/documented.yaml",
            "spec/documented-tables.tsv:21: the page `other` is gone — deprecate or remove what \
             it documents",
        ]
    );
    let (kept, _) = PAGES_TEXT.split_once("- {group: 知识库, title: Other").unwrap();
    let entry = "- {group: (new), title: 创建知识库, kind: http, slug: delete_dataset, \
        method: POST, path: /v1/datasets}\n";
    assert_eq!(drift.lists.pages, format!("{kept}{entry}"));
    assert!(!drift.lists.fields.contains("other\t"), "{}", drift.lists.fields);
    assert!(drift.lists.fields.contains("delete_dataset\trequest\tchunk.size\n"));
    assert!(compare(&drift.lists, &now).findings.is_empty());
}

#[test]
fn a_known_page_without_facts_is_compared_from_then_on() {
    let before = Lists { tables: String::new(), ..lists() };
    let drift = compare(&before, &[("other", "# Other\n")]);
    let findings: Vec<_> = drift.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        findings,
        ["other.md:1: the page `other` (Other) is read for the first time — compare it with the \
          spec, then run `cargo xtask drift FOLDER --write`"]
    );
    assert_eq!((&drift.lists.pages, &drift.lists.fields), (&before.pages, &before.fields));
}

#[test]
fn a_damaged_list_is_a_finding() {
    let damaged = Lists { tables: "header\na\tb\n".into(), ..lists() };
    let document = load_texts(&[("spec/resources/datasets.yaml", SPEC)]).unwrap();
    let findings = drift(&document, &damaged, &BTreeMap::new(), None).unwrap_err().to_string();
    assert!(
        findings.starts_with("spec/documented-tables.tsv:2: the line has not 7 columns"),
        "{findings}"
    );
}

#[test]
fn the_list_of_the_real_pages_can_be_read_and_is_current_in_form() {
    // Read when the test runs, because a package of this crate compiles without the list.
    let list = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/documented-tables.tsv");
    let text = std::fs::read_to_string(list).unwrap();
    let facts = facts::read(&text).unwrap();
    assert!(facts.len() > 100, "{}", facts.len());
    assert_eq!(facts::write(&facts), text);
}

const OPENAPI_TEXT: &str = "
paths:
  /v1/datasets:
    post:
      parameters:
        - {name: draft, in: query, schema: {type: boolean}}
      requestBody:
        content:
          application/json: {schema: {$ref: '#/components/schemas/Create'}}
      responses:
        '200':
          content:
            application/json:
              schema: {properties: {data: {type: object, properties: {id: {type: string}}}}}
components:
  schemas:
    Create:
      required: [name]
      properties: {name: {type: string, maxLength: 100}, format_type: {enum: [0, 2], type: integer}}
";

/// Returns the findings about the OpenAPI file after an edit.
fn edited_file(old: &str, new: &str) -> Vec<String> {
    let document = load_texts(&[("spec/resources/datasets.yaml", SPEC)]).unwrap();
    let now = pages(&[("create_dataset", PAGE), ("other", "# Other\n")]);
    let read = |lists: &Lists, text: &str| drift(&document, lists, &now, Some(text)).unwrap();
    let first = read(&lists(), OPENAPI_TEXT);
    assert_eq!(first.findings.len(), 1, "{}", first.findings);
    let without = drift(&document, &first.lists, &now, None).unwrap();
    assert!(without.findings.is_empty(), "{}", without.findings);
    assert_eq!(without.lists, first.lists);
    assert_eq!(OPENAPI_TEXT.matches(old).count(), 1, "{old}");
    let text = OPENAPI_TEXT.replace(old, new);
    let drift = read(&first.lists, &text);
    assert!(read(&drift.lists, &text).findings.is_empty());
    assert_eq!(
        (drift.lists.pages.as_str(), drift.lists.fields.as_str()),
        (PAGES_TEXT, FIELDS_TEXT)
    );
    let findings = drift.findings.iter();
    findings.map(|finding| format!("{}: {}", finding.location, finding.message)).collect()
}

#[test]
fn the_openapi_file_is_compared_by_operation() {
    assert_eq!(edited_file("maxLength: 100", "maxLength: 100"), [""; 0]);
    assert_eq!(
        edited_file("maxLength: 100", "maxLength: 50"),
        ["openapi.yaml:4: the limits of `name` in `request Body` of the operation \
          `openapi POST /v1/datasets` are `maxLength 50` instead of `maxLength 100`; \
          `datasets.create` has `name` (string, maxLength 100)"]
    );
    assert_eq!(
        edited_file("[0, 2]", "[0, 2, 3]"),
        ["openapi.yaml:4: the list of values of `format_type` in `request Body` of the operation \
          `openapi POST /v1/datasets` is `0,2,3` instead of `0,2`; `datasets.create` has \
          `format_type` (integer of 0, 2)"]
    );
    assert_eq!(
        edited_file("    post:", "    put:"),
        [
            "openapi.yaml:4: the operation `openapi PUT /v1/datasets` is new",
            "spec/documented-tables.tsv:21: the operation `openapi POST /v1/datasets` is gone",
        ]
    );
}

#[test]
fn a_damaged_openapi_file_is_a_finding() {
    let document = load_texts(&[("spec/resources/datasets.yaml", SPEC)]).unwrap();
    let findings = drift(&document, &lists(), &BTreeMap::new(), Some("a: [")).unwrap_err();
    assert!(findings.to_string().starts_with("openapi.yaml:"), "{findings}");
}
