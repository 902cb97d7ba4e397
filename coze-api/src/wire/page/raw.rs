//! Lists whose operation this crate does not know.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::paging::Paging;
use super::{Page, Pages, finish};
use crate::base::decode;
use crate::base::error::{Error, Kind, Result};
use crate::wire::call::Call;
use crate::wire::envelope::{self, Reply};

/// The names of the parameters and members of a list, for
/// [`RawCall::pages`](crate::RawCall::pages).
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use coze_api::{ListLayout, Method};
/// use futures_util::TryStreamExt as _;
/// use serde_json::Value;
///
/// let layout = ListLayout::numbered("page_num", "page_size").items("space_bots");
/// let request = coze.request(Method::GET, "/v1/space/published_bots_list");
/// let mut bots = request.query("space_id", "7361424235321600001").items::<Value>(layout);
/// while let Some(bot) = bots.try_next().await? {
///     println!("{bot}");
/// }
/// # Ok(()) }
/// ```
///
/// A member is looked up in `data`, and then beside it. `data` itself may be the list of items.
#[derive(Clone, Copy, Debug)]
pub struct ListLayout {
    paging: Paging,
    items: &'static str,
    total: &'static str,
    more: &'static str,
    next: &'static str,
}

impl ListLayout {
    /// Describes a list whose pages are numbered from 1. The parameters hold the number of the page
    /// and its size.
    ///
    /// Another page follows if `has_more` says so, or fewer than `total` items were seen. Without
    /// both, the list ends at the first empty page.
    pub fn numbered(number: &'static str, size: &'static str) -> Self {
        Self::new(Paging::Page { number, size, default_size: 0 })
    }

    /// Describes a list whose pages have a token, `next_page_token`, with which the next one is
    /// requested. The parameter holds the token.
    pub fn tokens(token: &'static str) -> Self {
        Self::new(Paging::Token { token })
    }

    /// Describes a list whose pages lie before or after an item, whose id the parameters hold.
    ///
    /// A page has `first_id` and `last_id`, and `has_more`.
    pub fn ids(before: &'static str, after: &'static str) -> Self {
        Self::new(Paging::Cursor { before, after })
    }

    const fn new(paging: Paging) -> Self {
        Self { paging, items: "items", total: "total", more: "has_more", next: "next_page_token" }
    }

    /// Sets the name of the member with the items. The default is `items`.
    #[must_use]
    pub fn items(self, items: &'static str) -> Self {
        Self { items, ..self }
    }

    /// Sets the name of the member with the number of all items. The default is `total`.
    #[must_use]
    pub fn total(self, total: &'static str) -> Self {
        Self { total, ..self }
    }

    /// Sets the name of the member that says if another page follows. The default is `has_more`.
    #[must_use]
    pub fn more(self, more: &'static str) -> Self {
        Self { more, ..self }
    }

    /// Sets the name of the member with the token of the next page. The default is
    /// `next_page_token`.
    #[must_use]
    pub fn next_token(self, next: &'static str) -> Self {
        Self { next, ..self }
    }

    fn decode<T: DeserializeOwned>(self, call: &Call, reply: &Reply) -> Result<Page<T>> {
        let root: Members = envelope::foreign_flat(call, reply)?;
        let data = root.get("data").map(|data| data.get());
        let inner: Members = match data {
            Some(text) if text.starts_with('{') => read(text, "data")?,
            _ => Members::new(),
        };
        let member = |name: &str| {
            let found = inner.get(name).or_else(|| root.get(name));
            found.map(|value| value.get()).filter(|text| *text != "null")
        };
        let items = match data {
            Some(text) if text.starts_with('[') => Some(text),
            _ => member(self.items),
        };
        let set = |text: &String| !text.is_empty();
        let mut page = Page {
            items: optional(items, self.items)?.unwrap_or_default(),
            total: optional(member(self.total), self.total)?,
            next_page_token: optional(member(self.next), self.next)?.filter(set),
            first_id: optional(member("first_id"), "first_id")?.filter(set),
            last_id: optional(member("last_id"), "last_id")?.filter(set),
            ..Page::of(Vec::new())
        };
        let more = optional(member(self.more), self.more)?;
        let counted = more.is_none() && page.total.is_some();
        let has_more = more.unwrap_or(match self.paging {
            Paging::Token { .. } => page.next_page_token.is_some(),
            Paging::Page { .. } | Paging::Cursor { .. } => !page.items.is_empty(),
        });
        (page.has_more, page.origin.counted) = (has_more, counted);
        finish(self.paging, call, reply, page)
    }
}

type Members = HashMap<String, Box<RawValue>>;

fn optional<T: DeserializeOwned>(text: Option<&str>, name: &str) -> Result<Option<T>> {
    text.map(|text| read(text, name)).transpose()
}

fn read<T: DeserializeOwned>(text: &str, name: &str) -> Result<T> {
    decode::from_str(text).map_err(|error| {
        let what = format!("cannot decode the member {name} of a list");
        Error::from_kind(Kind::Decode(what)).with_source(error)
    })
}

impl<T: DeserializeOwned + Send + 'static> Pages<T> {
    /// Walks through a list of an operation that this crate does not know.
    pub(crate) fn of_layout(call: Call, layout: ListLayout) -> Self {
        Self::new(call, layout.paging, move |call| {
            call.send_by(move |call, reply| layout.decode(call, reply))
        })
    }
}
