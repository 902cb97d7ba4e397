//! The languages that the API is described in.

use std::fmt;
use std::str::FromStr;

/// A language that the API is described in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, the language of the spec.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// Returns the BCP 47 tag, which also names the folder in `spec/locales`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads a tag; upper and lower case are the same.
    fn from_str(tag: &str) -> Result<Self, UnknownLanguage> {
        let mut known = [Self::English, Self::Chinese].into_iter();
        known.find(|language| language.tag().eq_ignore_ascii_case(tag)).ok_or(UnknownLanguage)
    }
}

/// The tag names a language that the API is not described in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLanguage;

impl fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown language; use `en` or `zh-CN`")
    }
}

impl std::error::Error for UnknownLanguage {}
