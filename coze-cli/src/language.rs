//! The language of help, messages and descriptions: that of the program, or of a request of the
//! playground's page.

use std::sync::OnceLock;

use coze_spec::Language;
use coze_spec::model::{Api, ErrorCode};

static OF_PROGRAM: OnceLock<Language> = OnceLock::new();

tokio::task_local! {
    static OF_REQUEST: Language;
}

/// The variables that choose the language of a program, by their precedence.
const VARIABLES: [&str; 4] = ["LC_ALL", "LC_MESSAGES", "LANGUAGE", "LANG"];

/// Sets the language of the program. Later calls have no effect.
pub(crate) fn set(language: Language) {
    let _ = OF_PROGRAM.set(language);
}

/// Returns the language of the request or, outside of a request, of the program.
pub(crate) fn current() -> Language {
    let of_program = || OF_PROGRAM.get().copied().unwrap_or_default();
    OF_REQUEST.try_with(|language| *language).unwrap_or_else(|_| of_program())
}

/// Runs a future in a language.
pub(crate) fn within<F: Future>(language: Language, future: F) -> impl Future<Output = F::Output> {
    OF_REQUEST.scope(language, future)
}

/// Returns the language that the environment asks for.
pub(crate) fn of_environment() -> Language {
    // The first variable that is set decides, even if nobody knows its language.
    let set = VARIABLES
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    set.map_or_else(Language::default, |value| from_tag(&value))
}

/// Reads a tag such as `zh`, `zh-CN`, `zh_CN.UTF-8` or `zh-CN,en;q=0.8`.
pub(crate) fn from_tag(tag: &str) -> Language {
    let tag = tag.trim_start().to_ascii_lowercase();
    let language = tag.split(|c: char| !c.is_ascii_alphabetic()).next();
    if language == Some("zh") { Language::Chinese } else { Language::English }
}

/// Returns the text in the current language.
pub(crate) fn text(english: &'static str, chinese: &'static str) -> &'static str {
    match current() {
        Language::English => english,
        Language::Chinese => chinese,
    }
}

/// Returns `true` if the current language is Chinese.
pub(crate) fn is_chinese() -> bool {
    current() == Language::Chinese
}

/// Formats a text in the current language.
macro_rules! say {
    ($english:literal, $chinese:literal $(, $arguments:expr)* $(,)?) => {
        match $crate::language::current() {
            ::coze_spec::Language::English => format!($english $(, $arguments)*),
            ::coze_spec::Language::Chinese => format!($chinese $(, $arguments)*),
        }
    };
}
pub(crate) use say;

/// Returns the model of the API, with its texts in the current language.
pub(crate) fn api() -> &'static Api {
    coze_spec::api_in(current())
}

/// Returns the meaning of an error and the remedy in the current language, if they are known.
pub(crate) fn explanation(error: &coze_api::Error) -> Option<String> {
    let known = error.explanation()?;
    let code = known.code.map(|code| code.to_string());
    explanation_of(code.as_deref().or(known.name)?)
}

/// Returns the meaning of an error code or name and the remedy, if they are known.
pub(crate) fn explanation_of(code: &str) -> Option<String> {
    let ErrorCode { meaning, action, .. } = api().errors.iter().find(|known| known.code == code)?;
    let space = match current() {
        Language::English if !action.is_empty() => " ",
        _ => "",
    };
    Some(format!("{meaning}{space}{action}"))
}

/// Returns `true` if a text has two English words in a row, apart from code in quotes and lines of
/// usage.
#[cfg(test)]
pub(crate) fn has_english(text: &str) -> bool {
    let prose = text.lines().filter(|line| !line.starts_with("用法"));
    prose.into_iter().any(|line| {
        let outside = line.split(['`', '\'']).step_by(2).collect::<Vec<_>>().join("-");
        let words: Vec<&str> = outside.split(' ').collect();
        let is_word = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
        words.windows(2).any(|pair| pair.iter().all(|word| is_word(word)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_environments_and_browsers_are_read() {
        for tag in ["zh", "zh_CN.UTF-8", "zh-TW", "ZH-cn,en;q=0.8", "zh@pinyin"] {
            assert_eq!(from_tag(tag), Language::Chinese, "{tag}");
        }
        for tag in ["", "C", "en", "en-GB,zh;q=0.5", "POSIX", "zha", "de_DE.UTF-8"] {
            assert_eq!(from_tag(tag), Language::English, "{tag}");
        }
    }

    #[tokio::test]
    async fn a_request_has_a_language_of_its_own() {
        assert_eq!(text("yes", "是"), "yes");
        assert_eq!(within(Language::Chinese, async { text("yes", "是") }).await, "是");
        let operation = within(Language::Chinese, async { api().operation("bots.list") }).await;
        let summary = operation.map_or("", |operation| &operation.summary);
        assert!(summary.contains("智能体"), "{summary}");
    }
}
