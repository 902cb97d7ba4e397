//! The language of help, messages and descriptions.

use crate::common::{assert_failure, assert_success, coze};

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
}
