//! The order of pages: three styles of paging, each with the parameter names of an operation.

use super::{Page, count};
use crate::base::error::{Error, Kind};
use crate::wire::call::Call;

/// The payload of a list operation, and its style of paging.
pub(crate) trait Paged {
    type Item;

    const PAGING: Paging;

    fn into_page(self) -> Page<Self::Item>;
}

/// The names of the parameters that choose a page.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "which styles exist depends on the spec")]
pub(crate) enum Paging {
    /// Pages are numbered from 1.
    Page { number: &'static str, size: &'static str, default_size: i64 },
    /// A page has a token with which the next one is requested.
    Token { token: &'static str },
    /// A page lies before or after an item.
    Cursor { before: &'static str, after: &'static str },
}

#[allow(dead_code, reason = "which styles exist depends on the spec")]
impl Paging {
    pub(crate) const fn page(number: &'static str, size: &'static str, default_size: i64) -> Self {
        Self::Page { number, size, default_size }
    }

    // The size is not used here. All styles have it so that the generated code is uniform.
    pub(crate) const fn token(token: &'static str, _size: &'static str, _default: i64) -> Self {
        Self::Token { token }
    }

    pub(crate) const fn cursor(
        before: &'static str,
        after: &'static str,
        _size: &'static str,
        _default: i64,
    ) -> Self {
        Self::Cursor { before, after }
    }

    /// Returns the number of items before the page that a call requests.
    pub(super) fn items_before(self, call: &Call) -> i64 {
        let Self::Page { number, size, default_size } = self else { return 0 };
        let page = integer(call, number).unwrap_or(1).max(1);
        let size = integer(call, size).unwrap_or(default_size).max(0);
        (page - 1).saturating_mul(size)
    }
}

fn integer(call: &Call, name: &str) -> Option<i64> {
    call.param(name)
}

/// Returns the error for a list of `total` items whose first page is empty.
pub(super) fn missing(call: &Call, total: i64) -> Error {
    let what = format!(
        "the list has {total} items, but its first page is empty: if the server is a Coze Studio, \
         set the platform"
    );
    Error::from_kind(Kind::Truncated(what.into())).with_operation(call.operation().clone())
}

/// A walk from one page to the next.
#[derive(Debug)]
pub(super) struct Walk {
    paging: Paging,
    /// The number of items up to the end of the current page. They are counted, because the server
    /// may send smaller pages than were requested.
    seen: i64,
}

impl Walk {
    pub(super) fn new(paging: Paging, first: &Call) -> Self {
        Self { paging, seen: paging.items_before(first) }
    }

    /// Returns the error for a page that is the same as the one before.
    pub(super) fn repeated(&self, call: &Call) -> Error {
        let name = match self.paging {
            Paging::Page { number, .. } => number,
            Paging::Token { token } => token,
            Paging::Cursor { before, after } if is_set(call, before) && !is_set(call, after) => {
                before
            }
            Paging::Cursor { after, .. } => after,
        };
        let what = format!(
            "the list does not end: the server sent the same page again, as if it ignored `{name}`"
        );
        Error::from_kind(Kind::RepeatedPage(what.into())).with_operation(call.operation().clone())
    }

    /// Returns the request for the page after `page`, which `call` requested.
    pub(super) fn next<T>(&mut self, call: Call, page: &Page<T>) -> Option<Call> {
        self.seen = self.seen.saturating_add(count(page));
        match self.paging {
            Paging::Page { number, .. } => {
                let more = match page.total {
                    Some(total) if page.origin.counted => self.seen < total,
                    _ => page.has_more,
                };
                // An empty page is the last, whatever it says: or this would go on for
                // ever.
                if !more || page.items.is_empty() {
                    return None;
                }
                let next = integer(&call, number).unwrap_or(1).saturating_add(1);
                Some(call.set(number, next))
            }
            Paging::Token { token } => {
                continue_from(call, page.has_more, token, page.next_page_token.as_deref())
            }
            Paging::Cursor { before, after } => {
                // A walk that starts with `before` goes backwards.
                if is_set(&call, before) && !is_set(&call, after) {
                    continue_from(call, page.has_more, before, page.first_id.as_deref())
                } else {
                    continue_from(call, page.has_more, after, page.last_id.as_deref())
                }
            }
        }
    }
}

/// Goes on from `to`, unless that is where the walk is already.
fn continue_from(call: Call, has_more: bool, name: &'static str, to: Option<&str>) -> Option<Call> {
    let to = to.filter(|to| has_more && call.param::<String>(name).as_deref() != Some(*to))?;
    Some(call.set(name, to))
}

/// The API takes "0" for "no position".
fn is_set(call: &Call, name: &str) -> bool {
    call.param::<String>(name).is_some_and(|value| !matches!(&*value, "" | "0"))
}
