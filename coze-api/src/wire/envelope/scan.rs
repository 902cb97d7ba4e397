//! Finds an error in a JSON body of any length while it passes by, in constant memory.

use memchr::memchr2;

use super::{Refusal, Reply, json};
use crate::base::decode;
use crate::base::error::Error;

/// The number of bytes that are kept of a string.
const STRING: usize = 4 * 1024;

/// The number of bytes that are kept of a member, after its strings were cut.
const MEMBER: usize = 16 * 1024;

/// The number of bytes that are kept of all members.
const KEPT: usize = 64 * 1024;

/// The members of a JSON object that passes by in pieces, without those that are too long.
///
/// An error may be longer than what is read before a download is returned. Its code may be its last
/// member, and only the end of the body shows that it is one object.
#[derive(Default)]
pub(crate) struct EnvelopeScan {
    /// The members that are complete, each with a comma after it.
    kept: Vec<u8>,
    /// The beginning of the current member.
    member: Vec<u8>,
    /// The current member is longer than its beginning.
    overflow: bool,
    /// The number of open lists and objects.
    depth: usize,
    /// Inside a string: the number of its bytes that are kept, or more than [`STRING`] if others
    /// were not.
    string: Option<usize>,
    /// The last byte was a backslash that escapes the next.
    escaped: bool,
    /// The object has ended.
    ended: bool,
}

impl EnvelopeScan {
    /// Begins with the beginning of a body. Returns `None` if that is not an object.
    pub(crate) fn of(start: &[u8]) -> Option<Self> {
        let start = decode::trim_start(start);
        let mut scan = Self::default();
        (start.first() == Some(&b'{') && scan.feed(start)).then_some(scan)
    }

    /// Takes the next piece. Returns `false` once more than one object has arrived.
    pub(crate) fn feed(&mut self, mut piece: &[u8]) -> bool {
        while let Some((&byte, rest)) = piece.split_first() {
            if self.ended {
                return piece.trim_ascii().is_empty();
            }
            piece = match self.string {
                None => {
                    self.feed_token(byte);
                    rest
                }
                Some(length) if self.escaped => {
                    self.escaped = false;
                    if length <= STRING {
                        self.keep(&[byte]);
                    }
                    rest
                }
                Some(length) => self.feed_string(piece, length),
            };
        }
        true
    }

    fn feed_token(&mut self, byte: u8) {
        match byte {
            b'{' | b'[' => {
                self.depth += 1;
                if self.depth == 1 {
                    return;
                }
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.ended = true;
                    return self.end_member();
                }
            }
            b',' if self.depth == 1 => return self.end_member(),
            b'"' => self.string = Some(0),
            _ => {}
        }
        self.keep(&[byte]);
    }

    /// Takes a string up to its end or its next escape, and returns the rest of the piece.
    fn feed_string<'a>(&mut self, piece: &'a [u8], length: usize) -> &'a [u8] {
        let end = memchr2(b'"', b'\\', piece).unwrap_or(piece.len());
        let room = STRING.saturating_sub(length);
        self.keep(&piece[..end.min(room)]);
        let length = length.saturating_add(end);
        self.string = Some(length);
        match piece.get(end) {
            Some(b'"') => {
                self.keep(b"\"");
                self.string = None;
            }
            Some(_) => {
                self.escaped = true;
                if length < STRING {
                    self.keep(b"\\");
                }
                self.string = Some(length + 1);
            }
            None => {}
        }
        piece.get(end + 1..).unwrap_or_default()
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.overflow |= self.member.len() + bytes.len() > MEMBER;
        if !self.overflow {
            self.member.extend_from_slice(bytes);
        }
    }

    fn end_member(&mut self) {
        if !self.overflow && self.kept.len() + self.member.len() < KEPT {
            self.kept.append(&mut self.member);
            self.kept.push(b',');
        }
        self.member.clear();
        self.overflow = false;
    }

    /// Returns the error that the body reports, if it is one object with the code of an error.
    pub(crate) fn error(mut self, reply: &Reply) -> Option<Error> {
        if !self.ended {
            return None;
        }
        self.kept.pop();
        let body = [b"{", &*self.kept, b"}"].concat();
        let value = json(&body)?;
        let refusal = Refusal::find(&value)?;
        Some(Reply { body: body.into(), ..reply.clone() }.refuse(refusal))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The error in a body that arrives in pieces of `size` bytes.
    fn error(body: &[u8], size: usize) -> Option<Error> {
        // The first piece is long enough for a byte order mark and a brace.
        let (start, rest) = body.split_at(size.max(5).min(body.len()));
        let mut scan = EnvelopeScan::of(start)?;
        rest.chunks(size).all(|piece| scan.feed(piece)).then(|| scan.error(&Reply::none()))?
    }

    #[test]
    fn an_error_of_any_length_is_found() {
        let long = "a \"quoted\\\" {[,]} 扣子\n".repeat(50_000);
        let short: String = long.chars().take(1000).collect();
        let bodies = [
            json!({"code": 4200, "msg": short, "data": null, "trace": long}),
            json!({"trace": {"deep": [long, {"x": long}]}, "msg": short, "code": "4200"}),
            json!({"a": vec![1; 100_000], "error": {"code": 4200, "message": short, "x": long}}),
        ];
        for body in bodies {
            for text in [body.to_string(), format!("\u{feff} {body:#}\r\n ")] {
                for size in [1, 7, 4096, 1 << 20] {
                    let error = error(text.as_bytes(), size).expect("an error");
                    assert_eq!((error.code(), error.msg()), (Some(4200), Some(&*short)), "{size}");
                }
            }
        }
    }

    #[test]
    fn a_long_message_is_cut() {
        for filler in ["x", "\\u6263", "\\n", "扣", "\\\\"] {
            for shift in 0..6 {
                let msg = "x".repeat(shift) + &filler.repeat(30_000);
                let body = format!(r#"{{"msg":"{msg}","code":4200}}"#);
                let error = error(body.as_bytes(), 4096).expect("an error");
                assert_eq!(error.code(), Some(4200));
                let kept = error.msg().map_or(0, |msg| msg.trim_end_matches('\u{fffd}').len());
                assert!((600..=STRING + 1).contains(&kept), "{filler} {shift}: {kept}");
            }
        }
    }

    #[test]
    fn other_bodies_are_files() {
        let long = "x".repeat(100_000);
        let error_json = json!({"code": 4200, "msg": long}).to_string();
        for body in [
            json!({"code": 0, "msg": long}).to_string(),
            json!({"id": 7, "list": [{"code": 4200, "msg": long}]}).to_string(),
            format!("[{error_json}]"),
            format!("{error_json}\n{error_json}"),
            error_json[..error_json.len() - 1].to_owned(),
            format!("{{{long}}}"),
        ] {
            for size in [5, 4096] {
                assert!(error(body.as_bytes(), size).is_none(), "{}", &body[..40]);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn pieces_do_not_matter(text in r#"[{}\[\]",:\\ a1é]{0,80}"#, size in 1_usize..9) {
            let body = format!(r#"{{"code":4200,"x":{text}}}"#);
            let valid = serde_json::from_str::<Value>(&body).is_ok();
            let code = |size| error(body.as_bytes(), size).map(|error| error.code());
            proptest::prop_assert_eq!(code(size), code(1 << 20));
            proptest::prop_assert!(!valid || code(size).is_some());
        }
    }
}
