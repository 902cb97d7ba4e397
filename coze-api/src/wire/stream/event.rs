//! Events whose data is any type.

use serde::de::DeserializeOwned;

use super::frame::Role;
use super::{Frame, StreamEvent};
use crate::base::error::Result;

/// An event of a stream whose data is a type of yours.
///
/// Returned by the streams of [`RawCall::stream_of`](crate::RawCall::stream_of).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Event<T> {
    /// The name of the event; `message` if the server gave none.
    pub name: String,
    /// The id of the event, or of an earlier one if it has none. It is empty if no event had one.
    pub id: String,
    /// The data. `None` in an event `done` without data of that type, such as `[DONE]`.
    pub data: Option<T>,
}

impl<T: DeserializeOwned> StreamEvent for Event<T> {
    const ENDS: &'static [&'static str] = &["done"];

    fn decode(frame: &Frame) -> Result<Self> {
        let (name, id) = (frame.event().to_owned(), frame.id().into_owned());
        let data = match frame.json() {
            Ok(data) => Some(data),
            Err(_) if Role::of(frame.name()) == Role::Done => None,
            Err(error) => return Err(error),
        };
        Ok(Self { name, id, data })
    }
}
