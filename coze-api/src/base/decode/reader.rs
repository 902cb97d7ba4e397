//! Reads JSON in its usual form straight into a value, without serde.
//!
//! It knows only what nearly all responses consist of, and gives up at anything else: a value that
//! must be converted, half of a surrogate pair, a syntax error. The text is then read again through
//! `serde_json`, which converts values and describes errors. So this reader needs neither, and it
//! is compiled once instead of once per type.

use std::borrow::Cow;

use serde_json::Value;

use super::input::{Decode, Decoded, Failed, Input, List, Null, Object};

/// The number of nested values that are read here. `serde_json` has a slightly higher limit.
const DEPTH: u32 = 120;

/// A position in a JSON text.
pub(super) struct Reader<'a> {
    text: &'a str,
    position: usize,
    depth: u32,
    /// The value at the position has been read by its target.
    is_read: bool,
}

/// Reads a whole text into `target`.
pub(super) fn read(target: &mut dyn Decode, text: &str) -> Decoded {
    let mut reader = Reader::new(text);
    reader.value(&mut |input| target.decode(input))?;
    reader.end()
}

/// Reads a whole text, which is an object, into `target`.
pub(super) fn read_members(target: &mut dyn Object, text: &str) -> Decoded {
    let mut reader = Reader::new(text);
    reader.space();
    reader.object(target)?;
    reader.end()
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, position: 0, depth: 0, is_read: false }
    }

    /// Returns the byte at the position.
    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    /// Moves over a byte, which must be `expected`.
    #[inline]
    fn expect(&mut self, expected: u8) -> Decoded {
        if self.byte() != Some(expected) {
            return Err(Failed);
        }
        self.position += 1;
        Ok(())
    }

    fn word(&mut self, word: &str) -> Decoded {
        let rest = self.text.as_bytes().get(self.position..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(Failed);
        }
        self.position += word.len();
        Ok(())
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.position += 1;
        }
    }

    fn end(&mut self) -> Decoded {
        self.space();
        if self.byte().is_none() { Ok(()) } else { Err(Failed) }
    }

    /// Passes a value to `read`, and skips it if `read` does not read it.
    fn value(&mut self, read: &mut dyn FnMut(&mut dyn Input) -> Decoded) -> Decoded {
        self.space();
        if self.byte() == Some(b'n') {
            self.word("null")?;
            return read(&mut Null::default());
        }
        self.is_read = false;
        read(self)?;
        if self.is_read { Ok(()) } else { self.skip() }
    }

    /// Reads the items between two brackets with `item`, separated by commas.
    fn items(&mut self, close: u8, item: &mut dyn FnMut(&mut Self) -> Decoded) -> Decoded {
        self.position += 1;
        self.depth += 1;
        self.space();
        if self.depth > DEPTH {
            return Err(Failed);
        }
        if self.byte() == Some(close) {
            self.position += 1;
        } else {
            loop {
                item(self)?;
                self.space();
                let byte = self.byte();
                self.position += 1;
                match byte {
                    Some(b',') => self.space(),
                    Some(byte) if byte == close => break,
                    _ => return Err(Failed),
                }
            }
        }
        self.depth -= 1;
        self.is_read = true;
        Ok(())
    }

    /// Reads the name of a member and the colon after it.
    #[inline]
    fn name(&mut self) -> Result<Cow<'a, str>, Failed> {
        let name = self.string()?;
        self.space();
        self.expect(b':')?;
        Ok(name)
    }

    /// Moves over a value. It accepts no text that `serde_json` refuses.
    fn skip(&mut self) -> Decoded {
        self.space();
        match self.byte() {
            Some(b'"') => self.string().map(drop),
            Some(b'{') => self.items(b'}', &mut |reader| {
                reader.name()?;
                reader.skip()
            }),
            Some(b'[') => self.items(b']', &mut Self::skip),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => self.number().map(drop),
        }
    }

    /// Reads a string, borrowed from the text unless it contains escapes.
    #[inline]
    fn string(&mut self) -> Result<Cow<'a, str>, Failed> {
        self.expect(b'"')?;
        let start = self.position;
        self.plain();
        if self.byte() == Some(b'"') {
            let text = self.text.get(start..self.position).ok_or(Failed)?;
            self.position += 1;
            return Ok(Cow::Borrowed(text));
        }
        self.escaped(start).map(Cow::Owned)
    }

    /// Moves to the next byte that is not plain text of a string: a quote, a backslash, a control
    /// character, or the end.
    #[inline]
    fn plain(&mut self) {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGH: u64 = 0x8080_8080_8080_8080;
        let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
        let bytes = self.text.as_bytes();
        // Eight bytes at a time. A carry can mark a byte too many, but only after the first.
        while let Some(chunk) = bytes.get(self.position..).and_then(<[u8]>::first_chunk) {
            let word = u64::from_le_bytes(*chunk);
            let quote = has_zero(word ^ (ONES * u64::from(b'"')));
            let backslash = has_zero(word ^ (ONES * u64::from(b'\\')));
            let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
            let found = quote | backslash | control;
            if found != 0 {
                self.position += (found.trailing_zeros() / 8) as usize;
                return;
            }
            self.position += 8;
        }
        while let Some(byte) = self.byte() {
            if matches!(byte, b'"' | b'\\' | ..0x20) {
                return;
            }
            self.position += 1;
        }
    }

    /// Reads the rest of a string with escapes, which begins at `start`.
    #[cold]
    fn escaped(&mut self, start: usize) -> Result<String, Failed> {
        let mut text = String::new();
        let mut plain = start;
        loop {
            text.push_str(self.text.get(plain..self.position).ok_or(Failed)?);
            let byte = self.byte();
            self.position += 1;
            match byte {
                Some(b'"') => return Ok(text),
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(Failed),
            }
            plain = self.position;
            self.plain();
        }
    }

    /// Reads an escape after its backslash.
    fn escape(&mut self) -> Result<char, Failed> {
        let byte = self.byte().ok_or(Failed)?;
        self.position += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(Failed),
        })
    }

    /// Reads an escape after `\u`, with its second half if it has one.
    fn unicode(&mut self) -> Result<char, Failed> {
        let first = self.hex()?;
        if !(0xD800..0xDC00).contains(&first) {
            // Fails for a second half without a first.
            return char::from_u32(first).ok_or(Failed);
        }
        self.word("\\u")?;
        match self.hex()? {
            second @ 0xDC00..0xE000 => {
                let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                char::from_u32(code).ok_or(Failed)
            }
            _ => Err(Failed),
        }
    }

    fn hex(&mut self) -> Result<u32, Failed> {
        let digits = self.text.get(self.position..self.position + 4).ok_or(Failed)?;
        self.position += 4;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| is_hex).ok_or(Failed)
    }

    fn digits(&mut self) -> Decoded {
        let start = self.position;
        while let Some(b'0'..=b'9') = self.byte() {
            self.position += 1;
        }
        if self.position > start { Ok(()) } else { Err(Failed) }
    }

    /// Reads an integer as text, without a fraction or exponent.
    fn integer(&mut self) -> Result<&'a str, Failed> {
        let start = self.position;
        if self.byte() == Some(b'-') {
            self.position += 1;
        }
        match self.byte() {
            Some(b'0') => self.position += 1,
            _ => self.digits()?,
        }
        if let Some(b'0'..=b'9') = self.byte() {
            return Err(Failed);
        }
        self.text.get(start..self.position).ok_or(Failed)
    }

    /// Reads a number as text.
    fn number(&mut self) -> Result<&'a str, Failed> {
        let start = self.position;
        self.integer()?;
        if self.byte() == Some(b'.') {
            self.position += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.position += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.position += 1;
            }
            self.digits()?;
        }
        self.text.get(start..self.position).ok_or(Failed)
    }

    /// Reads an integer that is a whole value: not the beginning of a float, and not `-0`, which
    /// is one to `serde_json`.
    fn whole_integer(&mut self) -> Result<i64, Failed> {
        let text = self.integer()?;
        let is_float = matches!(self.byte(), Some(b'.' | b'e' | b'E')) || text == "-0";
        text.parse().ok().filter(|_| !is_float).ok_or(Failed)
    }
}

impl Input for Reader<'_> {
    fn text(&mut self, set: &mut dyn FnMut(Cow<'_, str>)) -> Decoded {
        self.is_read = true;
        if self.byte() == Some(b'"') {
            set(self.string()?);
        } else {
            // Some servers send IDs without quotes.
            set(self.whole_integer()?.to_string().into());
        }
        Ok(())
    }

    fn boolean(&mut self, value: &mut bool) -> Decoded {
        self.is_read = true;
        *value = self.byte() == Some(b't');
        self.word(if *value { "true" } else { "false" })
    }

    fn int32(&mut self, value: &mut i32) -> Decoded {
        let mut wide = 0;
        self.int64(&mut wide)?;
        *value = wide.try_into().map_err(|_| Failed)?;
        Ok(())
    }

    fn int64(&mut self, value: &mut i64) -> Decoded {
        self.is_read = true;
        *value = if self.byte() == Some(b'"') {
            // Quoted in the usual form.
            let text = self.string()?;
            let integer = text.parse::<i64>().map_err(|_| Failed)?;
            if text.starts_with('+') {
                return Err(Failed);
            }
            integer
        } else {
            self.whole_integer()?
        };
        Ok(())
    }

    fn double(&mut self, value: &mut f64) -> Decoded {
        self.is_read = true;
        *value = serde_json::from_str(self.number()?).map_err(|_| Failed)?;
        Ok(())
    }

    fn json(&mut self, value: &mut Value) -> Decoded {
        let start = self.position;
        self.skip()?;
        self.is_read = true;
        let text = self.text.get(start..self.position).ok_or(Failed)?;
        *value = serde_json::from_str(text).map_err(|_| Failed)?;
        Ok(())
    }

    fn option(&mut self, value: &mut dyn Decode) -> Result<bool, Failed> {
        // The value is not `null`, which was found out before.
        value.decode(self).map(|()| true)
    }

    fn list(&mut self, list: &mut dyn List) -> Decoded {
        if self.byte() != Some(b'[') {
            return Err(Failed);
        }
        list.clear();
        self.items(b']', &mut |reader| reader.value(&mut |element| list.add(element)))
    }

    fn object(&mut self, object: &mut dyn Object) -> Decoded {
        if self.byte() != Some(b'{') {
            return Err(Failed);
        }
        object.clear();
        self.items(b'}', &mut |reader| {
            let name = reader.name()?;
            reader.value(&mut |value| object.set(&name, value))
        })
    }

    fn is_read(&self) -> bool {
        self.is_read
    }
}
