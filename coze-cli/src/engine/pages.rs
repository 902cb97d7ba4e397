//! Fetches the pages of a list, whose paging style the model describes.

use std::collections::VecDeque;

use coze_api::{Client, Error, ErrorKind, Platform};
use coze_spec::model::{Operation, Paging, PagingStyle, Reply};
use futures_core::Stream;
use futures_util::stream;
use serde_json::Value;

use super::{Call, CallEvent, build};
use crate::json;
use crate::language::say;

/// Fetches pages one after another.
struct Pager {
    client: Client,
    paging: &'static Paging,
    /// The call for the next page.
    next: Option<Call>,
    items: VecDeque<String>,
    /// The number of items up to the end of the current page. They are counted because the server
    /// may return smaller pages than requested.
    seen: i64,
    /// The payload of the previous page.
    last: String,
}

/// Returns the error for a server that ignores which page is requested.
fn repeated() -> Error {
    let message = say!(
        "the list does not end: the server sent the same page again, as if it ignored the position",
        "列表没有结束：服务端再次返回了同一页，可能忽略了分页位置",
    );
    Error::new(ErrorKind::Truncated, message)
}

/// Streams the items of all pages.
pub(super) fn items(
    client: Client,
    call: Call,
    paging: &'static Paging,
) -> impl Stream<Item = coze_api::Result<CallEvent>> + Send {
    let seen = items_before(&call, paging);
    let pager = Pager {
        client,
        paging,
        next: Some(call),
        items: VecDeque::new(),
        seen,
        last: String::new(),
    };
    stream::try_unfold(pager, |mut pager| async move {
        loop {
            if let Some(item) = pager.items.pop_front() {
                return Ok(Some((CallEvent::Item(item), pager)));
            }
            let Some(call) = pager.next.take() else { return Ok(None) };
            pager.fetch(call).await?;
        }
    })
}

impl Pager {
    /// Fetches a page, and determines the call for the next one.
    async fn fetch(&mut self, call: Call) -> coze_api::Result<()> {
        // Cannot fail, because the first request was built with the same parameters.
        let Ok(request) = build(&self.client, &call) else { return Ok(()) };
        let response = request.exchange().await?.into_result()?;
        let body = response.text();
        let payload = payload(call.operation, &body).ok_or_else(|| {
            let message = say!(
                "the response has no payload, although it reports success",
                "响应报告成功，但没有业务数据",
            );
            Error::new(ErrorKind::Decode, message)
        })?;
        let items = json::member(payload, &self.paging.items.wire).and_then(json::items);
        self.items.extend(items.unwrap_or_default().iter().map(|item| item.get().to_owned()));
        let count = self.items.len();
        if count > 0 && payload == self.last {
            return Err(repeated());
        }
        if let Some(error) = self.missing(&call, payload, count) {
            return Err(error);
        }
        payload.clone_into(&mut self.last);
        self.seen = self.seen.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
        self.next = self.next_call(call, payload, count);
        Ok(())
    }

    /// Returns the error for a list whose first page is empty although it has items: a Coze Studio
    /// counts pages in another way, and the platform is not set.
    fn missing(&self, call: &Call, payload: &str, count: usize) -> Option<Error> {
        let PagingStyle::Counted { total, .. } = &self.paging.style else { return None };
        let total = json::member(payload, &total.wire).map(plain)?.parse::<i64>().ok()?;
        let studio = call.operation.studio.as_ref().and_then(|studio| studio.first_page);
        let cloud = self.client.platform() == Platform::Cloud;
        let first = count == 0 && items_before(call, self.paging) == 0;
        (first && total > 0 && cloud && studio.is_some()).then(|| {
            let message = say!(
                "the list has {total} items, but its first page is empty: if the server is a Coze \
                 Studio, pass `--platform studio`",
                "列表共有 {total} 项，但第一页为空：如果服务端是 Coze Studio，请指定 \
                 `--platform studio`",
            );
            Error::new(ErrorKind::Truncated, message)
        })
    }

    /// Returns the call for the page after the one in `payload`.
    fn next_call(&self, mut call: Call, payload: &str, count: usize) -> Option<Call> {
        let flag = self.paging.style.more().and_then(|more| json::member(payload, &more.wire));
        let more = flag.is_some_and(|more| matches!(plain(more).as_str(), "true" | "1"));
        let (name, position) = match &self.paging.style {
            PagingStyle::Counted { page, total, .. } => {
                let total = json::member(payload, &total.wire).map(plain)?.parse::<i64>();
                let more = if flag.is_some() { more } else { self.seen < total.unwrap_or(0) };
                // An empty page is always the last one, to avoid an endless loop.
                (&page.wire, (more && count > 0).then(|| next_page(&call, &page.wire))?)
            }
            PagingStyle::Flagged { page, .. } => {
                (&page.wire, (more && count > 0).then(|| next_page(&call, &page.wire))?)
            }
            PagingStyle::Token { token, next, .. } => {
                (&token.wire, more.then(|| position(payload, &next.wire))??)
            }
            PagingStyle::Cursor { before, after, first, last, .. } => {
                // A call that starts with `before` goes backwards.
                let backwards = is_set(&call, &before.wire) && !is_set(&call, &after.wire);
                let (name, edge) = if backwards { (before, first) } else { (after, last) };
                (&name.wire, more.then(|| position(payload, &edge.wire))??)
            }
        };
        // A repeated position would fetch the same page forever.
        if call.values.get(name) == Some(&position) {
            return None;
        }
        call.values.insert(name.clone(), position);
        Some(call)
    }
}

/// Returns the payload of a response body, without the envelope.
fn payload<'a>(operation: &Operation, body: &'a str) -> Option<&'a str> {
    match &operation.reply {
        Reply::Data(data) => json::member(body, &data.wire)
            .or_else(|| json::member(body, operation.studio.as_ref()?.payload.as_ref()?)),
        _ => Some(body),
    }
}

/// Returns the number of items before the page that a call requests.
fn items_before(call: &Call, paging: &Paging) -> i64 {
    let Some(page) = paging.style.page() else { return 0 };
    let size = integer(call, &paging.size.wire).unwrap_or(paging.default_size).max(0);
    (integer(call, &page.wire).unwrap_or(1).max(1) - 1).saturating_mul(size)
}

/// Returns the number of the page after the one that a call requests.
fn next_page(call: &Call, name: &str) -> Value {
    integer(call, name).unwrap_or(1).saturating_add(1).into()
}

/// Returns the position in a page, unless it is empty.
fn position(payload: &str, name: &str) -> Option<Value> {
    let text = json::member(payload, name).map(plain)?;
    Some(text).filter(|text| !matches!(text.as_str(), "" | "null")).map(Value::String)
}

/// Returns `true` if a call has a position. The API treats `0` as no position.
fn is_set(call: &Call, name: &str) -> bool {
    let value = call.values.get(name).map(|value| plain(&value.to_string()));
    value.is_some_and(|value| !matches!(value.as_str(), "" | "0" | "null"))
}

fn integer(call: &Call, name: &str) -> Option<i64> {
    plain(&call.values.get(name)?.to_string()).parse().ok()
}

/// Removes the quotes of a JSON string; other JSON text stays unchanged.
fn plain(text: &str) -> String {
    serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned())
}
