//! Error codes: their constants, and the entries of the table that explains them.

use super::{Comparison, pair, rules};
use crate::model::{Api, ErrorCode, ErrorSource};

/// The item of added and removed codes: the module of the SDK.
const ERRORS: &str = "errors";

impl Comparison<'_> {
    pub(super) fn errors(&mut self) {
        let (old, new) = (self.old, self.new);
        let paired = pair(sent(old), sent(new), |error| &error.code);
        let mut added = paired.added;
        for old in paired.removed {
            // A constant whose number changes keeps its name.
            let moved = added.iter().position(|new| has_constant(new) && new.name == old.name);
            if let Some(index) = moved {
                let new = added.remove(index);
                let message = format!("the code is {} instead of {}", new.code, old.code);
                self.add(&rules::ERROR_CODE_CHANGED, &item(new), message);
                self.error(old, new);
            } else {
                self.error_removed(old);
            }
        }
        for (old, new) in paired.both {
            self.error(old, new);
        }
        for error in added {
            self.error_added(error);
        }
        if !made_up(old).eq(made_up(new)) {
            // No server sends them, and programs do not find them in the SDK.
            self.add(&rules::WORDS_CHANGED, ERRORS, "the errors of the Chat SDK change");
        }
    }

    fn error_added(&mut self, error: &ErrorCode) {
        self.add(&rules::ERROR_ADDED, ERRORS, format!("the error {} is added", name(error)));
    }

    fn error_removed(&mut self, error: &ErrorCode) {
        let message = format!("the error {} is removed", name(error));
        let rule = if has_constant(error) { &rules::ERROR_REMOVED } else { &rules::ERROR_UNLISTED };
        self.add(rule, ERRORS, message);
    }

    fn error(&mut self, old: &ErrorCode, new: &ErrorCode) {
        let item = &item(new);
        if old.name != new.name {
            match (has_constant(old), has_constant(new)) {
                (false, _) => self.error_added(new),
                (true, false) => self.error_removed(old),
                (true, true) => {
                    let message = format!("`{}` is renamed to `{}`", old.name, new.name);
                    self.add(&rules::ERROR_RENAMED, item, message);
                }
            }
        }
        self.differ(&rules::ERROR_KIND_CHANGED, item, (&old.kind, &new.kind), |old, new| {
            format!("the category is `{new:?}` instead of `{old:?}`")
        });
        self.differ(&rules::ERROR_RETRY_CHANGED, item, (&old.retry, &new.retry), |old, new| {
            format!("the advice on retries is `{new:?}` instead of `{old:?}`")
        });
        self.words(item, "meaning", &old.meaning, &new.meaning);
        self.words(item, "remedy", &old.action, &new.action);
        if old.source != new.source {
            self.add(&rules::WORDS_CHANGED, item, "another server reports it");
        }
    }
}

/// Returns the errors that servers send. Others are not in the SDK.
fn sent(api: &Api) -> impl Iterator<Item = &ErrorCode> {
    api.errors.iter().filter(|error| error.source != ErrorSource::ChatSdk)
}

fn made_up(api: &Api) -> impl Iterator<Item = &ErrorCode> {
    api.errors.iter().filter(|error| error.source == ErrorSource::ChatSdk)
}

fn has_constant(error: &ErrorCode) -> bool {
    !error.name.is_empty()
}

/// Returns the item of a change, as programs name it: `errors::CHAT_IN_PROGRESS`.
fn item(error: &ErrorCode) -> String {
    let name = if has_constant(error) { &error.name } else { &error.code };
    format!("{ERRORS}::{name}")
}

fn name(error: &ErrorCode) -> String {
    if has_constant(error) {
        format!("`{}` ({})", error.name, error.code)
    } else {
        format!("`{}`", error.code)
    }
}
