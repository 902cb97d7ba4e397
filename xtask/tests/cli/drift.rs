//! `cargo xtask drift`: its output, its exit codes, and the lists that it writes.

use std::fs;

use super::Checkout;

const TABLES: &str = "spec/documented-tables.tsv";
const HEADER: &str = "slug\ttable\tfield\ttype\trequired\tvalues\tlimits\n";

const PAGE: &str = "# 查看智能体
## 基础信息
| **请求方式** | GET |
| --- | --- |
| **请求地址** | https://api.coze.cn/v1/bots/:bot_id |
## 请求参数
### Path
| **参数** | **类型** | **是否必选** | **说明** |
| --- | --- | --- | --- |
| bot_id | String | 必选 | ID |
## 返回参数
| **参数** | **类型** | **说明** |
| --- | --- | --- |
| data | Object of [Bot](#bot) | |
### Bot
| **参数** | **类型** | **说明** |
| --- | --- | --- |
| name | String | |
";

/// A checkout with a folder of pages.
fn checkout() -> Checkout {
    let checkout = Checkout::new();
    checkout.write(TABLES, HEADER);
    fs::create_dir(checkout.path("pages")).unwrap();
    checkout.write("pages/get_bot.md", PAGE);
    checkout
}

#[test]
fn differences_are_printed_and_accepted() {
    let checkout = checkout();
    let first = checkout.run(&["drift", "pages"]);
    assert_eq!(first.code, Some(1), "{first:?}");
    let message = "get_bot.md:1: the page `get_bot` (查看智能体, GET /v1/bots/{bot_id}) is read for \
        the first time — ";
    assert!(first.out.starts_with(message), "{first:?}");
    assert_eq!(checkout.read(TABLES), HEADER, "it writes only if it is asked to");

    let written = checkout.run(&["drift", "pages", "--write"]);
    assert_eq!(written.code, Some(1), "{written:?}");
    assert!(written.out.starts_with(&format!("updated {TABLES}\n")), "{written:?}");
    assert!(checkout.read(TABLES).contains("get_bot\tresponse Bot\tname\tString\t\t\t\n"));
    let accepted = checkout.run(&["drift", "pages"]);
    assert_eq!((accepted.code, accepted.out.as_str()), (Some(0), ""), "{accepted:?}");

    checkout.replace("pages/get_bot.md", "| name | String |", "| nick | String |");
    let renamed = checkout.run(&["drift", "pages", "--write"]);
    assert_eq!(renamed.code, Some(1), "{renamed:?}");
    assert!(renamed.out.contains("`nick` in `response Bot` of the page `get_bot` is new"));
    assert!(renamed.out.contains("updated spec/documented-fields.tsv\n"), "{renamed:?}");
    assert!(checkout.read("spec/documented-fields.tsv").contains("get_bot\tresponse\tdata.nick\n"));
    assert_eq!(checkout.run(&["drift", "pages"]).code, Some(0));
}

#[test]
fn every_row_is_compared_with_the_spec() {
    let checkout = checkout();
    let same = checkout.run(&["drift", "pages", "--all"]);
    assert_eq!((same.code, same.out.as_str()), (Some(0), ""), "{same:?}");
    checkout.replace("pages/get_bot.md", "| name | String |", "| name | Long |");
    let other = checkout.run(&["drift", "pages", "--all"]);
    assert_eq!(other.code, Some(1), "{other:?}");
    let message = "get_bot.md:18: the type of `data.name` of `bots.retrieve` in the response is \
        documented as `Long`; the spec has string — ";
    assert!(other.out.starts_with(message), "{other:?}");
    assert_eq!(checkout.run(&["drift", "pages", "--all", "--write"]).code, Some(2));
}

#[test]
fn a_folder_without_pages_is_an_error() {
    let checkout = checkout();
    for (folder, message) in [
        ("nowhere", "error: cannot read nowhere"),
        ("docs", "error: docs has no pages; name a folder of `<page>.md`"),
    ] {
        fs::remove_file(checkout.path("docs/coverage.md")).ok();
        let run = checkout.run(&["drift", folder]);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.err.starts_with(message), "{run:?}");
    }
}
