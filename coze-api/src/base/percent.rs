//! Percent-encoding of the parts of URLs.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All characters except those that URLs do not reserve: letters, digits, `-`, `.`, `_` and `~`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a segment of a path, or the name or value of a query parameter.
pub(crate) fn encode(text: &str) -> impl Display + '_ {
    utf8_percent_encode(text, ENCODED)
}
