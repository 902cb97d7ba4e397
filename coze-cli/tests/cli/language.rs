//! The language of help, messages and descriptions.

mod sources;

use crate::common::{assert_failure, assert_success, coze, quoting, text};

fn run(variables: &[(&str, &str)], args: &[&str]) -> std::process::Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.env_remove("LC_ALL").envs(variables.iter().copied()).args(args);
    command.output().unwrap()
}

#[test]
fn the_environment_or_an_option_chooses_the_language() {
    let chinese = [("LANG", "zh_CN.UTF-8")];
    assert!(assert_success(&run(&chinese, &["--help"])).contains("退出登录"));
    assert!(
        assert_success(&run(&chinese, &["--lang", "en", "--help"])).contains("Logs in and out")
    );
    let over = [("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")];
    assert!(assert_success(&run(&over, &["--help"])).contains("Logs in and out"));
    assert!(assert_success(&run(&[], &["--lang=zh", "--help"])).contains("退出登录"));
}

#[test]
fn operations_are_described_in_chinese() {
    let shown = assert_success(&run(&[], &["--lang", "zh", "ops", "show", "bots.list"]));
    assert!(shown.contains("智能体列表") && shown.contains("权限：listBot"), "{shown}");
    let help = assert_success(&run(&[], &["--lang", "zh", "call", "bots.list", "--help"]));
    assert!(help.contains("工作空间 ID") && help.contains("[必填]"), "{help}");
    // Both languages are searched in either.
    for word in ["智能体列表", "lists the bots"] {
        for lang in ["en", "zh"] {
            let found = assert_success(&run(&[], &["--lang", lang, "ops", word]));
            assert!(found.contains("bots.list"), "{word}: {found}");
        }
    }
}

#[test]
fn hints_are_in_chinese() {
    let args = ["--lang", "zh", "--mock", "call", "bots.retrieve", "--bot_id", "7"];
    let error = assert_failure(&run(&[], &args), 3);
    assert!(error.contains("资源不存在"), "{error}");
    assert!(error.starts_with("错误：bots.retrieve：接口返回错误 4200："), "{error}");
}

/// Only the words of messages depend on the language.
#[test]
fn exit_codes_and_json_do_not_depend_on_the_language() {
    let lines: [&[&str]; 7] = [
        &["call", "users.me", "--mock"],
        &["call", "workspaces.list", "--mock", "--all"],
        &["workflow", "run", "1", "--param", "x"],
        &["call", "bots.list", "--mock"],
        &["call", "bots.lst"],
        &["call", "users.me"],
        &["call", "users.me", "--output", "yaml"],
    ];
    for line in lines {
        let [english, chinese] =
            ["en", "zh"].map(|lang| run(&[], &[line, &["--lang", lang]].concat()));
        assert_eq!(english.status.code(), chinese.status.code(), "{line:?}");
        assert_eq!(without_log_ids(&english.stdout), without_log_ids(&chinese.stdout), "{line:?}");
        if !english.status.success() {
            assert_ne!(text(&english.stderr), text(&chinese.stderr), "{line:?}");
        }
    }
}

/// Removes the log ids, which differ between runs.
fn without_log_ids(bytes: &[u8]) -> String {
    let lines = text(bytes);
    lines.lines().filter(|line| !line.contains("logid")).collect::<Vec<_>>().join("\n")
}

/// Errors of arguments are in the language too, although clap writes English.
#[test]
fn errors_of_arguments_are_in_chinese() {
    let error = assert_failure(&run(&[], &["--lang", "zh", "call"]), 2);
    let expected = "错误：缺少以下必填参数：\n  <OPERATION>\n\n用法：coze call";
    assert!(error.starts_with(expected), "{error}");
    let error = assert_failure(&run(&[], &["--lang", "zh", "publish", "--fault"]), 2);
    assert!(error.starts_with("错误：未知参数 '--fault'"), "{error}");
}

/// An API error has a meaning from the catalog, a hint of the program, and a page of the platform.
#[tokio::test(flavor = "multi_thread")]
async fn errors_are_explained_in_both_languages() {
    let body = r#"{"code":4101,"msg":"no","detail":{"help_doc":"https://www.coze.cn/docs/x"}}"#;
    let reply = format!(
        "HTTP/1.1 403 No\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    let url = quoting::serve(reply.into_bytes());
    let stderr = |lang: &str| {
        let variables = [("COZE_API_TOKEN", "pat_test"), ("COZE_API_BASE", &url)];
        let args = ["--lang", lang, "call", "bots.list", "--workspace-id", "1"];
        assert_failure(&run(&variables, &args), 4)
    };
    let (english, chinese) = (stderr("en"), stderr("zh"));
    for part in [
        "meaning: The token lacks a permission",
        "hint: the token needs",
        "help: https://www.coze.cn/docs/x",
    ] {
        assert!(english.contains(part), "{part}: {english}");
    }
    for part in ["含义：", "提示：令牌需要 `listBot` 权限", "帮助：https://www.coze.cn/docs/x"]
    {
        assert!(chinese.contains(part), "{part}: {chinese}");
    }
}
