//! Parses and formats faults.

use std::fmt::Display;
use std::time::Duration;

use super::{EventFault, Fault, FaultError, MAX_PADDING, Point};
use crate::connection::Cut;

/// Sizes and durations are written in the largest unit that divides them.
const SIZES: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

pub(super) fn read(text: &str) -> Result<Fault, FaultError> {
    let mut fault = Fault::default();
    let directives = text.split(';').map(str::trim).filter(|text| !text.is_empty());
    for directive in directives {
        let (name, value) = match directive.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (directive, None),
        };
        set(&mut fault, name, value)
            .map_err(|why| FaultError(format!("the fault `{directive}` is wrong: {why}")))?;
    }
    if fault == Fault::default() {
        return Err(FaultError("a fault has at least one directive".to_owned()));
    }
    Ok(fault)
}

fn set(fault: &mut Fault, name: &str, value: Option<&str>) -> Result<(), String> {
    match name {
        "status" => fault.replacement.status = Some(status(value)?),
        "code" => fault.replacement.code = Some(number(value)?),
        "html" => fault.replacement.html = nothing(value)?,
        "retry-after" => fault.replacement.retry_after = Some(number(value)?),
        "expired-token" => fault.replacement.expired_token = nothing(value)?,
        "latency" => fault.latency = Some(duration(needed(value)?)?),
        "reset" => fault.cut = Some((Cut::Reset, value.map(point).transpose()?)),
        "close" => fault.cut = Some((Cut::Close, value.map(point).transpose()?)),
        "hang" => fault.cut = Some((Cut::Hang, value.map(point).transpose()?)),
        "truncate" => {
            fault.truncate = Some(value.map_or(Ok(Point::Percent(50)), point)?);
        }
        "dribble" => fault.dribble = Some(pieces(value.unwrap_or("1"))?),
        "huge" => fault.huge = Some(padding(needed(value)?)?),
        "empty" => fault.empty = nothing(value)?,
        "events" => fault.events = Some(events(needed(value)?)?),
        "operation" => fault.scope.operation = Some(needed(value)?.to_owned()),
        "skip" => fault.scope.skip = number(value)?,
        "times" => fault.scope.times = Some(number(value)?),
        "chance" => fault.scope.chance = Some(number(value)?),
        _ => return Err("there is no such directive".to_owned()),
    }
    Ok(())
}

fn needed(value: Option<&str>) -> Result<&str, String> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| "it needs a value".to_owned())
}

fn nothing(value: Option<&str>) -> Result<bool, String> {
    value.map_or(Ok(true), |_| Err("it takes no value".to_owned()))
}

fn number<T: std::str::FromStr<Err: Display>>(value: Option<&str>) -> Result<T, String> {
    needed(value)?.parse().map_err(|error: T::Err| error.to_string())
}

fn status(value: Option<&str>) -> Result<u16, String> {
    let status = number(value)?;
    // An informational status would have to be followed by a final one.
    if (200..=999).contains(&status) { Ok(status) } else { Err("no such status".to_owned()) }
}

fn point(text: &str) -> Result<Point, String> {
    match text.strip_suffix('%') {
        Some(percent) => number(Some(percent)).map(|percent: u8| Point::Percent(percent.min(100))),
        None => size(text).map(Point::Bytes),
    }
}

fn size(text: &str) -> Result<u64, String> {
    for (unit, factor) in SIZES {
        if let Some(count) = text.strip_suffix(unit) {
            let count: u64 = number(Some(count.trim_end()))?;
            return count.checked_mul(factor).ok_or_else(|| "it is too large".to_owned());
        }
    }
    number(Some(text))
}

const EVENTS: [(&str, EventFault); 3] = [
    ("none", EventFault::None),
    ("error", EventFault::Error),
    ("error-completed", EventFault::ErrorThenCompleted),
];

fn events(text: &str) -> Result<EventFault, String> {
    let known = EVENTS.iter().find(|(name, _)| *name == text);
    known.map(|(_, fault)| *fault).ok_or_else(|| "write none, error or error-completed".to_owned())
}

fn padding(text: &str) -> Result<u64, String> {
    let bytes = size(text)?;
    if bytes <= MAX_PADDING { Ok(bytes) } else { Err("at most 1GiB is possible".to_owned()) }
}

fn duration(text: &str) -> Result<Duration, String> {
    if let Some(count) = text.strip_suffix("ms") {
        return number(Some(count)).map(Duration::from_millis);
    }
    let seconds = text.strip_suffix('s').ok_or("a duration ends in `ms` or `s`")?;
    number(Some(seconds)).map(Duration::from_secs)
}

fn pieces(text: &str) -> Result<(usize, Duration), String> {
    let (bytes, pause) = match text.split_once('/') {
        Some((bytes, pause)) => (bytes, duration(pause)?),
        None => (text, Duration::ZERO),
    };
    match number(Some(bytes))? {
        0 => Err("a piece has at least one byte".to_owned()),
        bytes => Ok((bytes, pause)),
    }
}

pub(super) fn write(fault: &Fault) -> String {
    let mut all = Vec::new();
    let mut put = |name: &str, value: Option<String>| {
        all.extend(value.map(|value| format!("{name}={value}")));
    };
    let replacement = &fault.replacement;
    put("status", replacement.status.map(|status| status.to_string()));
    put("code", replacement.code.map(|code| code.to_string()));
    put("retry-after", replacement.retry_after.map(|seconds| seconds.to_string()));
    put("latency", fault.latency.map(written_duration));
    put("truncate", fault.truncate.map(written_point));
    put(
        "dribble",
        fault.dribble.map(|(bytes, pause)| match pause {
            Duration::ZERO => bytes.to_string(),
            pause => format!("{bytes}/{}", written_duration(pause)),
        }),
    );
    put("huge", fault.huge.map(written_size));
    let events = EVENTS.iter().find(|(_, known)| fault.events == Some(*known));
    put("events", events.map(|(name, _)| (*name).to_owned()));
    put("operation", fault.scope.operation.clone());
    put("skip", Some(fault.scope.skip).filter(|skip| *skip > 0).map(|skip| skip.to_string()));
    put("times", fault.scope.times.map(|times| times.to_string()));
    put("chance", fault.scope.chance.map(|chance| chance.to_string()));
    if let Some((cut, point)) = fault.cut {
        let name = match cut {
            Cut::Reset => "reset",
            Cut::Close => "close",
            Cut::Hang => "hang",
        };
        let value = point.map(|point| format!("={}", written_point(point)));
        all.push(format!("{name}{}", value.unwrap_or_default()));
    }
    let flags = [
        (replacement.html, "html"),
        (replacement.expired_token, "expired-token"),
        (fault.empty, "empty"),
    ];
    let flags = flags.into_iter().filter(|(on, _)| *on);
    all.extend(flags.map(|(_, name)| name.to_owned()));
    all.join(";")
}

fn written_point(point: Point) -> String {
    match point {
        Point::Bytes(bytes) => written_size(bytes),
        Point::Percent(percent) => format!("{percent}%"),
    }
}

fn written_size(bytes: u64) -> String {
    let unit = SIZES.into_iter().find(|(_, factor)| bytes > 0 && bytes.is_multiple_of(*factor));
    unit.map_or_else(|| bytes.to_string(), |(unit, factor)| format!("{}{unit}", bytes / factor))
}

fn written_duration(duration: Duration) -> String {
    format!("{}ms", duration.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directive_is_parsed_and_formatted() {
        let texts = [
            "status=503",
            "code=4013",
            "retry-after=2",
            "latency=250ms",
            "truncate=50%",
            "dribble=1",
            "dribble=7/20ms",
            "huge=16MiB",
            "status=500;operation=bots.*;skip=1;times=3;chance=0.25",
            "reset",
            "reset=100",
            "close=50%",
            "hang=1KiB",
            "html",
            "expired-token",
            "empty",
            "events=none",
            "events=error",
            "events=error-completed;operation=chat.create",
        ];
        for text in texts {
            let fault: Fault = text.parse().unwrap();
            assert_eq!(fault.to_string(), text);
        }
        let fault: Fault = " latency = 2s ; truncate ; dribble ".parse().unwrap();
        assert_eq!(fault.to_string(), "latency=2000ms;truncate=50%;dribble=1");
    }

    #[test]
    fn errors_name_the_invalid_directive() {
        let wrong = [
            ("", "a fault has at least one directive"),
            ("boom", "the fault `boom` is wrong: there is no such directive"),
            ("status=abc", "the fault `status=abc` is wrong: invalid digit found in string"),
            ("status=100", "the fault `status=100` is wrong: no such status"),
            ("latency=5", "the fault `latency=5` is wrong: a duration ends in `ms` or `s`"),
            ("html=1", "the fault `html=1` is wrong: it takes no value"),
            ("huge", "the fault `huge` is wrong: it needs a value"),
            ("huge=1025MiB", "the fault `huge=1025MiB` is wrong: at most 1GiB is possible"),
            ("dribble=0", "the fault `dribble=0` is wrong: a piece has at least one byte"),
        ];
        for (text, message) in wrong {
            assert_eq!(text.parse::<Fault>().unwrap_err().to_string(), message);
        }
    }
}
