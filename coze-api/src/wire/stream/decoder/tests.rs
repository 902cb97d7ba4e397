use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// The parts of a frame: name, data, and the last ID.
type Parts = (String, Option<String>, String);

fn parts(frame: &Frame) -> Parts {
    let data = frame.has_data().then(|| frame.text());
    (frame.event().to_owned(), data, frame.id().into_owned())
}

fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Parts> {
    let mut decoder = Decoder::new(None);
    let mut frames = Vec::new();
    for chunk in chunks {
        decoder.feed(Bytes::copy_from_slice(chunk));
        while let Some(frame) = decoder.next().expect("no frame is too long") {
            frames.push(parts(frame));
        }
    }
    frames
}

/// Decodes the text whole and byte by byte, which must be the same.
fn frames(text: impl AsRef<[u8]>) -> Vec<(String, Option<String>)> {
    let text = text.as_ref();
    let whole = decode([text]);
    assert_eq!(decode(text.chunks(1)), whole, "cut after every byte");
    whole.into_iter().map(|(event, data, _)| (event, data)).collect()
}

fn frame(event: &str, data: &str) -> (String, Option<String>) {
    (event.to_owned(), Some(data.to_owned()))
}

#[test]
fn the_examples_of_the_standard() {
    let stocks = frames("data: YHOO\ndata: +2\ndata: 10\n\n");
    assert_eq!(stocks, [frame("message", "YHOO\n+2\n10")]);

    let blocks = frames(
        ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event",
    );
    assert_eq!(blocks, [frame("message", "first event"), frame("message", "second event")]);

    let empty = frames("data\n\ndata\ndata\n\ndata:");
    assert_eq!(empty, [frame("message", ""), frame("message", "\n")]);

    assert_eq!(
        frames("data:test\n\ndata: test\n\n"),
        [frame("message", "test"), frame("message", "test")]
    );
}

#[test]
fn every_end_of_line_counts_once() {
    for end in ["\n", "\r", "\r\n"] {
        let text = format!("event: a{end}data: 1{end}{end}data: 2{end}{end}{end}data: 3{end}{end}");
        let expected = [frame("a", "1"), frame("message", "2"), frame("message", "3")];
        assert_eq!(frames(text), expected, "{end:?}");
    }
    assert_eq!(frames("data: 1\r\ndata: 2\rdata: 3\n\r"), [frame("message", "1\n2\n3")]);
}

#[test]
fn a_frame_is_there_as_soon_as_its_end_is() {
    let mut decoder = Decoder::new(None);
    decoder.feed("data: 1\r\n\r".into());
    assert!(decoder.next().expect("short").is_some(), "the CR ends it, whatever follows");
    assert!(decoder.next().expect("short").is_none());
    decoder.feed("\ndata: 2\n\n".into());
    let frame = decoder.next().expect("short").expect("another frame");
    assert_eq!(frame.text(), "2", "the LF is not an empty line of its own");
}

#[test]
fn the_bytes_of_frames_are_kept_as_they_arrived() {
    for end in ["\n", "\r", "\r\n"] {
        let text = [
            "\u{feff}: hello",
            "",
            "event:a",
            "x: y",
            "data:1",
            "data",
            "",
            "",
            "retry: 5",
            "",
            "id: 7",
            "data: \u{4f60}",
            "",
            "data: cut",
        ]
        .join(end);
        for size in 1..text.len() {
            let mut decoder = Decoder::new(None).keep_everything();
            let mut raw = Vec::new();
            for chunk in text.as_bytes().chunks(size) {
                decoder.feed(Bytes::copy_from_slice(chunk));
                while let Some(frame) = decoder.next().expect("short") {
                    raw.push(String::from_utf8(frame.raw().to_vec()).expect("UTF-8"));
                }
            }
            assert!(decoder.finish(), "a last frame");
            let last = decoder.next().expect("short").expect("the last frame");
            raw.push(String::from_utf8(last.raw().to_vec()).expect("UTF-8"));
            assert_eq!((raw.concat(), raw.len()), (text.clone(), 3), "{end:?} {size}");
        }
    }
    let mut decoder = Decoder::new(None);
    decoder.feed("data: 1\n\n".into());
    assert!(decoder.next().expect("short").expect("a frame").raw().is_empty());
}

#[test]
fn kept_bytes_have_a_limit() {
    let mut decoder = Decoder::new(None).keep_everything();
    decoder.set_limit(8);
    for _ in 0..10 {
        decoder.feed(": abc\n\n".into());
        assert!(decoder.next().expect("short").is_none());
    }
    decoder.feed("data: 1\n\n".into());
    let raw = decoder.next().expect("short").expect("a frame").raw().to_vec();
    assert!(raw.ends_with(b"data: 1\n\n") && raw.len() <= 16, "{raw:?}");
}

#[test]
fn only_the_first_byte_order_mark_is_one() {
    let mark = '\u{feff}';
    assert_eq!(frames(format!("{mark}data: 1\n\n")), [frame("message", "1")]);
    assert_eq!(frames(format!("{mark}\ndata: 1\n\n")), [frame("message", "1")]);
    assert_eq!(frames(format!("{mark}{mark}data: 1\n\ndata: 2\n\n")), [frame("message", "2")]);
    assert_eq!(frames(format!("data: 1\n{mark}data: 2\n\n")), [frame("message", "1")]);
}

#[test]
fn names_are_exact_and_values_lose_one_space() {
    let text = "Event: a\nevents: b\ndata:  two\nDATA: x\n data: x\ndata : x\n: data: x\nfoo\n\n";
    assert_eq!(frames(text), [frame("message", " two")]);
    assert_eq!(frames("data:\tx\ndata::\n\n"), [frame("message", "\tx\n:")]);
    assert_eq!(frames("event: a\nevent: b\nevent:\ndata: x\n\n"), [frame("message", "x")]);
    assert_eq!(frames("event: a\nevent: b\ndata: x\n\n"), [frame("b", "x")]);
}

#[test]
fn a_name_without_data_is_handed_out_and_forgotten() {
    assert_eq!(
        frames("event: done\n\ndata: x\n\n"),
        [("done".to_owned(), None), frame("message", "x")]
    );
    assert_eq!(frames("event:\n\nid: 1\n\n: x\n\nretry: 1\n\n"), []);
}

#[test]
fn an_id_lasts_until_another_comes() {
    let text = "id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\nid: 3\0\ndata: d\n\nid\ndata: e\n\nid: 4\n";
    for chunks in [text.len(), 1, 7] {
        let ids: Vec<_> =
            decode(text.as_bytes().chunks(chunks)).into_iter().map(|parts| parts.2).collect();
        assert_eq!(ids, ["1", "1", "2", "2", ""]);
    }
}

#[test]
fn retry_takes_digits_only() {
    let mut decoder = Decoder::new(None);
    for (text, expected) in [
        ("retry: 1500\n", Some(1500)),
        ("retry: 1.5\n", Some(1500)),
        ("retry: +7\nretry:\nretry:  7\nretry: 7s\n", Some(1500)),
        ("retry: 99999999999999999999999\n", Some(1500)),
        ("retry:20\n", Some(20)),
    ] {
        decoder.feed(text.into());
        assert!(decoder.next().expect("short").is_none());
        assert_eq!(decoder.retry(), expected.map(Duration::from_millis), "{text}");
    }
}

#[test]
fn what_is_not_utf8_is_replaced() {
    let text = b"event: \xff\ndata: a\xe4\xbd\ndata: \xe4\xbd\xa0\n\n";
    assert_eq!(frames(text), [frame("\u{fffd}", "a\u{fffd}\n\u{4f60}")]);
}

#[test]
fn a_frame_has_a_limit_wherever_it_is_cut() {
    // The longest: a name, and a line that together reach the limit.
    let fits = "event: e\ndata: 0123456789\n\n";
    let long = "event: e\ndata: 01234567890\n\n";
    let lines = "data: 01\n".repeat(6);
    for size in [1, 3, 7, 100] {
        let run = |text: &str| {
            let mut decoder = Decoder::new(None);
            decoder.set_limit(17);
            let mut count = 0;
            for chunk in text.as_bytes().chunks(size) {
                decoder.feed(Bytes::copy_from_slice(chunk));
                while decoder.next()?.is_some() {
                    count += 1;
                }
            }
            Ok(count)
        };
        assert_eq!(run(&fits.repeat(9)), Ok(9), "frames count by themselves");
        assert_eq!(run(long), Err(TooLong(17)));
        assert_eq!(run(&lines), Err(TooLong(17)), "lines count together");
        assert_eq!(run(&": 0123456789\n".repeat(99)), Ok(0), "comments are not kept");
        assert_eq!(run("data-without-end-of-line"), Err(TooLong(17)));
    }
    assert_eq!(TooLong(17).to_string(), "an event is longer than 17 bytes");
}

#[test]
fn nothing_is_copied_that_lies_in_one_chunk() {
    let chunk = Bytes::from_static(b"event: a\ndata: {\"content\": 1}\n\n");
    let mut decoder = Decoder::new(None);
    decoder.feed(chunk.clone());
    let frame = decoder.next().expect("short").expect("a frame");
    assert!(chunk.as_ptr_range().contains(&frame.data().as_ptr()));
    assert!(chunk.as_ptr_range().contains(&frame.event().as_ptr()));
}

#[test]
fn large_buffers_are_given_back() {
    let mut decoder = Decoder::new(None);
    let data = format!("data: {}\n\n", "x".repeat(8 * KEPT_CAPACITY));
    for chunk in data.as_bytes().chunks(1000) {
        decoder.feed(Bytes::copy_from_slice(chunk));
        let _ = decoder.next().expect("short enough");
    }
    assert!(decoder.next().expect("short enough").is_none());
    assert!(decoder.line.capacity() <= KEPT_CAPACITY);
    assert!(decoder.frame.len() == 0 && decoder.frame.capacity() <= 3 * KEPT_CAPACITY);
}

/// A line of a stream, as it is to be written.
#[derive(Clone, Debug)]
struct Written {
    event: Option<String>,
    data: Option<String>,
    id: Option<String>,
    noise: Vec<String>,
    spaces: Vec<bool>,
    ends: Vec<u8>,
}

impl Written {
    /// Writes the frame in one of the legal ways.
    fn write(&self, out: &mut Vec<u8>) {
        let mut lines: Vec<String> = Vec::new();
        let mut spaces = self.spaces.iter().cycle();
        let mut field = |name: &str, value: &str| {
            let spaced = *spaces.next().expect("endless") || value.starts_with(' ');
            match (value, spaced) {
                ("", true) => name.to_owned(),
                (_, true) => format!("{name}: {value}"),
                (_, false) => format!("{name}:{value}"),
            }
        };
        lines.extend(self.event.iter().map(|event| field("event", event)));
        lines.extend(self.id.iter().map(|id| field("id", id)));
        if let Some(data) = &self.data {
            lines.extend(data.split('\n').map(|line| field("data", line)));
        }
        for (i, noise) in self.noise.iter().enumerate() {
            lines.insert((i * 7) % (lines.len() + 1), noise.clone());
        }
        lines.push(String::new());
        let mut ends = self.ends.iter().cycle();
        for line in lines {
            out.extend_from_slice(line.as_bytes());
            out.extend_from_slice(match ends.next().expect("endless") {
                0 => b"\r\n",
                // Behind a CR this would not end another line.
                1 if out.last() != Some(&b'\r') => b"\n",
                _ => b"\r",
            });
        }
    }
}

fn written() -> impl Strategy<Value = Written> {
    let name = "[a-z.]{1,12}";
    let data = "[ :a-z0-9{}\"\u{e9}\u{4f60}\u{1f600}\n]{0,40}";
    let noise = prop_oneof![
        "[:][ a-z\u{4f60}]{0,10}",
        "retry: [0-9]{1,4}",
        "[a-c]{1,3}: x",
        Just("datum".to_owned()),
    ];
    (
        proptest::option::of(name),
        proptest::option::weighted(0.9, data),
        proptest::option::of("[a-z0-9]{0,5}"),
        vec(noise, 0..3),
        vec(any::<bool>(), 1..5),
        vec(0_u8..3, 1..6),
    )
        .prop_map(|(event, data, id, noise, spaces, ends)| Written {
            event,
            data,
            id,
            noise,
            spaces,
            ends,
        })
}

proptest! {
    #[test]
    fn any_events_written_in_any_way_and_cut_anywhere_decode_to_themselves(
        list in vec(written(), 0..8),
        mark in any::<bool>(),
        cuts in vec(1_usize..40, 1..20),
    ) {
        let mut text = if mark { BOM.to_vec() } else { Vec::new() };
        let mut expected = Vec::new();
        let mut last_id = String::new();
        for one in &list {
            one.write(&mut text);
            if let Some(id) = &one.id {
                last_id.clone_from(id);
            }
            if one.event.is_some() || one.data.is_some() {
                let event = one.event.clone().unwrap_or_else(|| "message".to_owned());
                expected.push((event, one.data.clone(), last_id.clone()));
            }
        }
        let mut chunks = Vec::new();
        let mut rest = &text[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, more) = rest.split_at(rest.len().min(*cut));
            chunks.push(chunk);
            rest = more;
        }
        prop_assert_eq!(decode(chunks), expected.clone());
        prop_assert_eq!(decode([&text[..]]), expected);
    }

    #[test]
    fn any_bytes_decode_the_same_wherever_they_are_cut(
        text in vec(prop_oneof![
            Just(b'\n'), Just(b'\r'), Just(b':'), Just(b' '), Just(b'd'), Just(0xef), any::<u8>(),
        ], 0..200),
        cut in 1_usize..50,
    ) {
        prop_assert_eq!(decode(text.chunks(cut)), decode([&text[..]]));
    }
}
