//! Walks through the pages of a list, as the model says how they follow each other.

use std::collections::VecDeque;

use coze_api::Client;
use coze_spec::model::{Operation, Paging, PagingStyle, Reply};
use futures_core::Stream;
use futures_util::stream;
use serde_json::Value;

use super::{Call, CallEvent, request};
use crate::json;

/// Walks from page to page.
struct Walk {
    client: Client,
    paging: &'static Paging,
    /// The call for the next page.
    next: Option<Call>,
    items: VecDeque<String>,
    /// The items up to the end of the current page. They are counted, because the server may give smaller pages than were
    /// asked for.
    seen: i64,
}

/// The items of all pages.
pub(super) fn items(
    client: Client,
    call: Call,
    paging: &'static Paging,
) -> impl Stream<Item = coze_api::Result<CallEvent>> + Send {
    let seen = items_before(&call, paging);
    let walk = Walk { client, paging, next: Some(call), items: VecDeque::new(), seen };
    stream::try_unfold(walk, |mut walk| async move {
        loop {
            if let Some(item) = walk.items.pop_front() {
                return Ok(Some((CallEvent::Item(item), walk)));
            }
            let Some(call) = walk.next.take() else { return Ok(None) };
            walk.fetch(call).await?;
        }
    })
}

impl Walk {
    async fn fetch(&mut self, call: Call) -> coze_api::Result<()> {
        // It was built before, with other values.
        let Ok(request) = request::build(&self.client, &call) else { return Ok(()) };
        let response = request.exchange().await?.into_result()?;
        let body = response.text();
        let payload = payload(call.operation, &body).unwrap_or("null");
        let items = json::member(payload, &self.paging.items.wire).and_then(json::items);
        self.items.extend(items.unwrap_or_default().iter().map(|item| item.get().to_owned()));
        let count = self.items.len();
        self.seen = self.seen.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
        self.next = self.following(call, payload, count);
        Ok(())
    }

    /// The call for the page behind one.
    fn following(&self, mut call: Call, payload: &str, count: usize) -> Option<Call> {
        let flag = self.paging.style.more().and_then(|more| json::member(payload, &more.wire));
        let more = flag.is_some_and(|more| matches!(plain(more).as_str(), "true" | "1"));
        let (name, position) = match &self.paging.style {
            PagingStyle::Counted { page, total, .. } => {
                let total = json::member(payload, &total.wire).map(plain)?.parse::<i64>();
                let more = if flag.is_some() { more } else { self.seen < total.unwrap_or(0) };
                // An empty page is the last, whatever it says: otherwise this would never end.
                (&page.wire, (more && count > 0).then(|| following_page(&call, &page.wire))?)
            }
            PagingStyle::Flagged { page, .. } => {
                (&page.wire, (more && count > 0).then(|| following_page(&call, &page.wire))?)
            }
            PagingStyle::Token { token, next, .. } => {
                (&token.wire, more.then(|| position(payload, &next.wire))??)
            }
            PagingStyle::Cursor { before, after, first, last, .. } => {
                // Who starts with `before` walks backwards.
                let backwards = is_set(&call, &before.wire) && !is_set(&call, &after.wire);
                let (name, edge) = if backwards { (before, first) } else { (after, last) };
                (&name.wire, more.then(|| position(payload, &edge.wire))??)
            }
        };
        // A position that repeats leads nowhere.
        if call.values.get(name) == Some(&position) {
            return None;
        }
        call.values.insert(name.clone(), position);
        Some(call)
    }
}

/// What the reply holds beside the envelope, as text.
fn payload<'a>(operation: &Operation, body: &'a str) -> Option<&'a str> {
    match &operation.reply {
        Reply::Data(data) => json::member(body, &data.wire),
        _ => Some(body),
    }
}

/// How many items precede the page that a call asks for.
fn items_before(call: &Call, paging: &Paging) -> i64 {
    let page = match &paging.style {
        PagingStyle::Counted { page, .. } | PagingStyle::Flagged { page, .. } => &page.wire,
        PagingStyle::Token { .. } | PagingStyle::Cursor { .. } => return 0,
    };
    let size = integer(call, &paging.size.wire).unwrap_or(paging.default_size).max(0);
    (integer(call, page).unwrap_or(1).max(1) - 1).saturating_mul(size)
}

fn following_page(call: &Call, name: &str) -> Value {
    integer(call, name).unwrap_or(1).saturating_add(1).into()
}

/// The position that a page names, if it names one.
fn position(payload: &str, name: &str) -> Option<Value> {
    let text = json::member(payload, name).map(plain)?;
    Some(text).filter(|text| !matches!(text.as_str(), "" | "null")).map(Value::String)
}

/// The API takes "0" for "no position".
fn is_set(call: &Call, name: &str) -> bool {
    let value = call.values.get(name).map(|value| plain(&value.to_string()));
    value.is_some_and(|value| !matches!(value.as_str(), "" | "0" | "null"))
}

fn integer(call: &Call, name: &str) -> Option<i64> {
    plain(&call.values.get(name)?.to_string()).parse().ok()
}

/// A string without its quotes, and any other value as its text.
fn plain(text: &str) -> String {
    serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned())
}
