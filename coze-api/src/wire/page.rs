//! Pages of lists, and the streams that request them one after the other.

mod paging;
mod raw;
mod repeat;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use serde::{Deserialize, Serialize};
use sync_wrapper::SyncWrapper;

pub(crate) use paging::{Paged, Paging};
pub use raw::ListLayout;

use crate::base::decode::{Decode, Object};
use crate::base::error::Result;
use crate::base::future::BoxFuture;
use crate::wire::call::Call;
use crate::wire::envelope::{self, Reply};
use paging::Walk;

/// One page of a list.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// let page = coze.bots().list("7493066380997012345").page_num(2).page_size(50).await?;
/// for bot in &page {
///     println!("{}", bot.name);
/// }
/// println!("more: {}, of {:?}", page.has_more, page.total);
/// # Ok(()) }
/// ```
///
/// A list request returns it when awaited. To get all pages, call `pages()` or `items()` on the
/// request instead. The API has three styles of paging, by numbers, by tokens and by IDs; which of
/// the fields below are set depends on the style.
///
/// It can be stored as JSON and read again, without [`body`](Self::body).
#[doc(alias = "has_next")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
#[non_exhaustive]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// The number of items in the whole list, if the API states it.
    pub total: Option<i64>,
    /// `true` if another page follows.
    #[serde(default)]
    pub has_more: bool,
    /// The token with which the next page is requested, in lists that use page tokens.
    pub next_page_token: Option<String>,
    /// The ID of the first item, in lists that are paged by IDs.
    pub first_id: Option<String>,
    /// The ID of the last item, in lists that are paged by IDs.
    pub last_id: Option<String>,
    /// The ID of a task, in place of items, if the request was asynchronous.
    pub task_id: Option<String>,
    #[serde(skip)]
    origin: PageOrigin,
}

/// The response that a page comes from, which is not a part of its value.
#[derive(Clone, Default)]
struct PageOrigin {
    /// `true` if `has_more` has to be computed from `total`.
    counted: bool,
    body: Bytes,
}

impl PartialEq for PageOrigin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for PageOrigin {}

impl Hash for PageOrigin {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// Shows only the length, because the body may be private.
impl fmt::Debug for PageOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.body.len())
    }
}

/// Constructors for generated payloads.
#[allow(dead_code, reason = "which kinds of pages exist depends on the spec")]
impl<T> Page<T> {
    /// Creates a page of a list of known length. If more follows depends on its position.
    pub(crate) fn counted(items: Vec<T>, total: i64) -> Self {
        let origin = PageOrigin { counted: true, ..PageOrigin::default() };
        Self { total: Some(total), origin, ..Self::of(items) }
    }

    /// Creates a page that states if more follows.
    pub(crate) fn flagged(items: Vec<T>, has_more: bool) -> Self {
        Self { has_more, ..Self::of(items) }
    }

    /// Adds the length of the list to a page that states if more follows.
    pub(crate) fn with_total(self, total: i64) -> Self {
        Self { total: Some(total), ..self }
    }

    /// Adds the ID of the task that an asynchronous request started.
    pub(crate) fn with_task(self, task_id: String) -> Self {
        if task_id.is_empty() {
            return self;
        }
        // Nothing was counted yet, so there is no total.
        Self { task_id: Some(task_id), total: None, ..self }
    }

    /// Creates a page with the token of the next one.
    pub(crate) fn tokened(items: Vec<T>, next_page_token: String, has_more: bool) -> Self {
        let next_page_token = Some(next_page_token).filter(|token| !token.is_empty());
        Self { has_more, next_page_token, ..Self::of(items) }
    }

    /// Creates a page with the IDs of its first and last items.
    pub(crate) fn bounded(
        items: Vec<T>,
        first_id: String,
        last_id: String,
        has_more: bool,
    ) -> Self {
        let known = |id: String| Some(id).filter(|id| !id.is_empty());
        Self { has_more, first_id: known(first_id), last_id: known(last_id), ..Self::of(items) }
    }

    fn of(items: Vec<T>) -> Self {
        Self {
            items,
            total: None,
            has_more: false,
            next_page_token: None,
            first_id: None,
            last_id: None,
            task_id: None,
            origin: PageOrigin::default(),
        }
    }
}

impl<T> Page<T> {
    /// Converts each item, or returns the first error.
    pub(crate) fn try_map<U>(self, convert: impl FnMut(T) -> Result<U>) -> Result<Page<U>> {
        let items = self.items.into_iter().map(convert).collect::<Result<_>>()?;
        Ok(Page {
            items,
            total: self.total,
            has_more: self.has_more,
            next_page_token: self.next_page_token,
            first_id: self.first_id,
            last_id: self.last_id,
            task_id: self.task_id,
            origin: self.origin,
        })
    }

    /// Returns the body of the response with the page, byte for byte, after decompression.
    ///
    /// It has the members that this crate does not know, of the page and of its items. It is empty
    /// if the page is not from a response.
    #[doc(alias = "raw")]
    pub fn body(&self) -> &Bytes {
        &self.origin.body
    }

    /// Returns an iterator over the items.
    ///
    /// A page can also be consumed, `for item in page`.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Page<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

/// Decodes pages, as the functions of [`envelope`] with these names decode other payloads.
macro_rules! decoders {
    ($($name:ident)*) => {$(
        #[allow(dead_code, reason = "which kinds of responses exist depends on the spec")]
        pub(crate) fn $name<P: Paged + Object + Decode + Default>(
            call: &Call,
            reply: &Reply,
        ) -> Result<Page<P::Item>> {
            page(call, reply, envelope::$name::<P>(call, reply)?)
        }
    )*};
}

decoders!(data flat optional_data optional_flat);

/// Converts the payload of a response to `call` into a page.
///
/// # Errors
/// A list whose first page is missing, because the server counts pages in another way.
fn page<P: Paged>(call: &Call, reply: &Reply, payload: P) -> Result<Page<P::Item>> {
    finish(P::PAGING, call, reply, payload.into_page())
}

/// Adds to a page what follows from the request and from the response.
fn finish<T>(paging: Paging, call: &Call, reply: &Reply, mut page: Page<T>) -> Result<Page<T>> {
    if page.origin.counted {
        let before = paging.items_before(call);
        let total = page.total.unwrap_or_default();
        if before == 0 && total > 0 && page.items.is_empty() && call.may_count_otherwise() {
            return Err(paging::missing(call, total));
        }
        page.has_more = !page.items.is_empty() && before.saturating_add(count(&page)) < total;
    }
    page.origin.body = reply.body.clone();
    Ok(page)
}

fn count<T>(page: &Page<T>) -> i64 {
    i64::try_from(page.items.len()).unwrap_or(i64::MAX)
}

/// Requests one page.
type Fetch<T> = Box<dyn Fn(Call) -> FetchedPage<T> + Send + Sync>;

type FetchedPage<T> = BoxFuture<'static, Result<Page<T>>>;

/// The pages of a list, one request each, as a [`Stream`].
///
/// ```no_run
/// # use coze_api::{Page, Pages, Result};
/// # async fn example<T>(mut pages: Pages<T>) -> Result<()> {
/// use futures_util::TryStreamExt as _;
///
/// while let Some(page) = pages.try_next().await? {
///     println!("{} items", page.items.len());
/// }
/// # Ok(())
/// # }
/// ```
///
/// Returned by `pages()` of list operations. A page is requested when the stream is polled for it,
/// and none in advance. The first is the one that the request asks for, so a list can be resumed
/// from any page.
///
/// Each page is a call of its own, with the options of the request: timeout, deadline, retries,
/// headers. After an error the stream ends.
///
/// A page that equals the previous one is an error for which
/// [`is_truncated`](crate::Error::is_truncated) is true: the server ignores the position, and the
/// list would never end.
#[doc(alias = "pagination")]
#[doc(alias = "paginator")]
#[must_use = "a stream does nothing unless it is polled"]
pub struct Pages<T> {
    fetch: Fetch<T>,
    walk: Walk,
    next: Option<Call>,
    /// The request for the next page, while it runs.
    pending: Option<SyncWrapper<FetchedPage<T>>>,
    /// The body of the response with the page before.
    last: Bytes,
}

impl<T> Pages<T> {
    pub(crate) fn new(
        call: Call,
        paging: Paging,
        fetch: impl Fn(Call) -> FetchedPage<T> + Send + Sync + 'static,
    ) -> Self {
        let walk = Walk::new(paging, &call);
        Self { fetch: Box::new(fetch), walk, next: Some(call), pending: None, last: Bytes::new() }
    }

    /// Returns the next page, or `None` after the last.
    ///
    /// It is the same as `StreamExt::next`, without the import. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<Page<T>>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<T> Stream for Pages<T> {
    type Item = Result<Page<T>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let pending = match &mut this.pending {
            Some(pending) => pending,
            None => match &this.next {
                Some(call) => this.pending.insert(SyncWrapper::new((this.fetch)(call.clone()))),
                None => return Poll::Ready(None),
            },
        };
        let result = ready!(pending.get_mut().as_mut().poll(cx));
        this.pending = None;
        let call = this.next.take();
        let page = match result {
            Ok(page) => page,
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        if let Some(call) = call {
            if !page.items.is_empty() && repeat::same_payload(&this.last, page.body()) {
                return Poll::Ready(Some(Err(this.walk.repeated(&call))));
            }
            this.next = this.walk.next(call, &page);
            this.last = page.body().clone();
        }
        Poll::Ready(Some(Ok(page)))
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("next", &self.next).finish_non_exhaustive()
    }
}

/// The items of a list, which are requested page by page, as a [`Stream`].
///
/// ```no_run
/// # use coze_api::{Items, Result};
/// # async fn example<T: std::fmt::Debug>(mut items: Items<T>) -> Result<()> {
/// use futures_util::TryStreamExt as _;
///
/// while let Some(item) = items.try_next().await? {
///     println!("{item:?}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// Returned by `items()` of list operations. A page is requested when the items of the one before
/// have been returned, so a program that stops early requests no more than it needs. Set the size
/// of the pages with the request's own parameter, such as `page_size`.
///
/// If a page fails, the items before it have been returned; the error is the last item of the
/// stream.
#[doc(alias = "auto_paging")]
#[doc(alias = "iterator")]
#[must_use = "a stream does nothing unless it is polled"]
pub struct Items<T> {
    pages: Pages<T>,
    ready: std::vec::IntoIter<T>,
}

impl<T> Items<T> {
    pub(crate) fn new(pages: Pages<T>) -> Self {
        Self { pages, ready: Vec::new().into_iter() }
    }

    /// Returns the next item, or `None` after the last.
    ///
    /// It is the same as `StreamExt::next`, without the import. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<T>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

// Nothing in it is pinned: the items are handed out by value.
impl<T> Unpin for Items<T> {}

impl<T> Stream for Items<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(item) = this.ready.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut this.pages).poll_next(cx)) {
                Some(Ok(page)) => this.ready = page.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pages", &self.pages).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
