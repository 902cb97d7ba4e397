//! The messages of clap about invalid arguments, in Chinese.
//!
//! clap has them in English only, but each error has its kind and its values.

use std::error::Error as _;
use std::fmt::Write as _;
use std::num::ParseIntError;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Prints an error of clap or the requested help, and exits the program.
pub(super) fn exit(error: &clap::Error) -> ! {
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if !crate::language::is_chinese() || !error.use_stderr() || is_help {
        error.exit();
    }
    crate::failure::print_error(&message(error));
    std::process::exit(error.exit_code())
}

/// Returns the message of an error in Chinese, with suggestions and the usage.
fn message(error: &clap::Error) -> String {
    let mut message = problem(error);
    let values = [ContextKind::ValidValue, ContextKind::ValidSubcommand];
    for value in values.into_iter().filter_map(|kind| value(error, kind)) {
        // Writing to a string cannot fail.
        let _ = write!(message, "\n  [可选值：{value}]");
    }
    for suggestion in suggestions(error) {
        let _ = write!(message, "\n\n  提示：{suggestion}");
    }
    if let Some(usage) = value(error, ContextKind::Usage) {
        let usage = usage.trim_start().trim_start_matches("Usage:").trim_start().to_owned();
        let _ = write!(message, "\n\n用法：{usage}");
    }
    message.push_str("\n\n使用 '--help' 查看更多信息。");
    message
}

/// Describes what is wrong with the arguments.
fn problem(error: &clap::Error) -> String {
    let text = |kind| value(error, kind).unwrap_or_default();
    let (arg, given) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::ArgumentConflict => match text(ContextKind::PriorArg) {
            prior if prior == arg || prior.is_empty() => format!("参数 '{arg}' 不能多次使用"),
            prior => format!("参数 '{arg}' 不能与 '{prior}' 同时使用"),
        },
        ErrorKind::NoEquals => format!("为 '{arg}' 赋值时需要等号"),
        ErrorKind::InvalidValue if given.is_empty() => format!("'{arg}' 需要一个值"),
        ErrorKind::InvalidValue => format!("'{arg}' 的值 '{given}' 无效"),
        ErrorKind::InvalidSubcommand => {
            format!("无法识别的子命令 '{}'", text(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => {
            format!("缺少以下必填参数：\n  {}", arg.replace('、', "\n  "))
        }
        ErrorKind::MissingSubcommand => {
            format!("'{}' 需要一个子命令", text(ContextKind::InvalidSubcommand))
        }
        ErrorKind::InvalidUtf8 => "参数中有无效的 UTF-8".to_owned(),
        ErrorKind::TooManyValues => format!("'{arg}' 的值 '{given}' 多余"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            let expected = match error.get(ContextKind::MinValues) {
                Some(minimum) => format!("至少需要 {minimum} 个值"),
                None => format!("需要 {} 个值", text(ContextKind::ExpectedNumValues)),
            };
            let actual = text(ContextKind::ActualNumValues);
            format!("'{arg}' {expected}，但给出了 {actual} 个")
        }
        ErrorKind::ValueValidation => match reason(error) {
            Some(reason) => format!("'{arg}' 的值 '{given}' 无效：{reason}"),
            None => format!("'{arg}' 的值 '{given}' 无效"),
        },
        ErrorKind::UnknownArgument => format!("未知参数 '{arg}'"),
        // The others, such as failures of I/O, are not about the arguments.
        _ => error.to_string().trim_start_matches("error: ").trim_end().to_owned(),
    }
}

/// Returns the reason why a value was refused.
fn reason(error: &clap::Error) -> Option<String> {
    let source = error.source()?;
    if source.is::<ParseIntError>() {
        return Some("应为整数".to_owned());
    }
    let reason = source.to_string();
    match reason.split_once(" is not in ") {
        Some((_, range)) => Some(format!("应在 {range} 的范围内")),
        None => Some(reason),
    }
}

/// Returns what the user may have meant.
fn suggestions(error: &clap::Error) -> Vec<String> {
    let similar = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedCommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    let similar = similar.into_iter().filter_map(|kind| value(error, kind));
    let mut suggestions: Vec<String> =
        similar.map(|similar| format!("是否为 '{}'？", similar.replace('、', "' 或 '"))).collect();
    // clap writes this suggestion as English text, so it is written again.
    let as_value = value(error, ContextKind::Suggested);
    if let (Some(_), Some(arg)) = (as_value, value(error, ContextKind::InvalidArg)) {
        suggestions.push(format!("如需将 '{arg}' 作为值传入，请使用 '-- {arg}'"));
    }
    suggestions
}

/// Returns a value of an error as text.
fn value(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::None => None,
        ContextValue::Strings(texts) => Some(texts.join("、")),
        value => Some(value.to_string()),
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a panic fails the test")]
mod tests {
    use clap::{Arg, Command, CommandFactory as _};

    use super::*;
    use crate::language::has_english;

    fn command() -> Command {
        let pair = Arg::new("pair").long("pair").num_args(2);
        let many = Arg::new("many").long("many").num_args(2..);
        let equal = Arg::new("equal").long("equal").require_equals(true);
        let test = Command::new("test").args([pair, many, equal]);
        super::super::chinese::translated(super::super::Cli::command()).subcommand(test)
    }

    #[test]
    fn every_kind_of_error_is_in_chinese() {
        let lines: [(&str, ErrorKind); 15] = [
            ("bots", ErrorKind::InvalidSubcommand),
            ("cal bots.list", ErrorKind::InvalidSubcommand),
            ("--nothing", ErrorKind::UnknownArgument),
            ("--moc", ErrorKind::UnknownArgument),
            ("call --mock --profile a x", ErrorKind::ArgumentConflict),
            ("publish --mock --mock x", ErrorKind::ArgumentConflict),
            ("call x --output yaml", ErrorKind::InvalidValue),
            ("call x --output", ErrorKind::InvalidValue),
            ("mock --port many", ErrorKind::ValueValidation),
            ("mock --port 70000", ErrorKind::ValueValidation),
            ("publish", ErrorKind::MissingRequiredArgument),
            ("publish 1 2", ErrorKind::UnknownArgument),
            ("test --pair 1", ErrorKind::WrongNumberOfValues),
            ("test --many 1", ErrorKind::TooFewValues),
            ("test --equal 1", ErrorKind::NoEquals),
        ];
        for (line, kind) in lines {
            let arguments = ["coze"].into_iter().chain(line.split(' '));
            let error = command().try_get_matches_from(arguments).expect_err(line);
            assert_eq!(error.kind(), kind, "{line}");
            let message = message(&error);
            assert!(!has_english(&message), "{line}: {message}");
            assert!(message.contains("--help"), "{line}: {message}");
        }
    }

    #[test]
    fn values_of_errors_are_named() {
        let error_of = |line: &str| {
            let arguments = ["coze"].into_iter().chain(line.split(' '));
            message(&command().try_get_matches_from(arguments).expect_err(line))
        };
        let cases = [
            ("cal x", "是否为 'chat' 或 'talk' 或 'call'？"),
            ("call x --output yaml", "[可选值：json、table]"),
            ("mock --port 70000", "应在 0..=65535 的范围内"),
            ("publish", "缺少以下必填参数：\n  <BOT>\n\n用法：coze publish"),
        ];
        for (line, expected) in cases {
            let message = error_of(line);
            assert!(message.contains(expected), "{line}: {message}");
        }
    }
}
