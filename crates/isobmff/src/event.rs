//! Event messages: timed metadata between the fragments of a file (`emsg`, ISO/IEC 23009-1 §5.10.3.3).

use crate::read::{BoxRef, Reader};
use crate::write::BoxWriter;
use crate::{Error, Timescale};

/// Longest message that is kept.
pub const MAX_MESSAGE_BYTES: usize = 64 << 10;
/// Longest scheme and longest value that are kept.
pub const MAX_NAME_BYTES: usize = 1 << 10;
/// Longest box that can be kept: its fields are 36 bytes at most, with both ends of strings and a long header.
pub(crate) const MAX_EMSG_BYTES: u64 = (MAX_MESSAGE_BYTES + 2 * MAX_NAME_BYTES + 64) as u64;

/// A duration that nobody knows.
const UNKNOWN_DURATION: u32 = u32::MAX;
const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// What an event is, whatever says when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBody {
    /// `scheme_id_uri`: who understands the message; never empty, without control characters.
    pub scheme: String,
    /// `value`: what the scheme makes of it; without control characters.
    pub value: String,
    /// `id`: of two with the same scheme and value, the same number means the same message.
    pub id: u32,
    /// The message.
    pub message: Vec<u8>,
}

/// An `emsg` box that has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventMessage {
    /// What it says.
    pub body: EventBody,
    /// Ticks per second of its times.
    pub timescale: Timescale,
    /// When it starts, in ticks.
    pub start: EventStart,
    /// How long it lasts, in ticks; `None` if unknown.
    pub duration: Option<u32>,
}

/// What the start of an event counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventStart {
    /// The earliest presentation time of the segment that the box stands in (version 0).
    Segment(u32),
    /// The start of the presentation (version 1).
    Presentation(u64),
}

/// An event of a movie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovieEvent {
    /// What it says.
    pub body: EventBody,
    /// When it starts, in nanoseconds.
    pub start_nanos: i64,
    /// The track whose composition times the start is one of; `None`: it is a time of the presentation.
    pub track: Option<u32>,
    /// How long it lasts, in nanoseconds; `None` if unknown.
    pub duration_nanos: Option<u64>,
}

/// An event as it is written: times in ticks of the track whose segment it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimedEvent<'a> {
    /// As in [`EventBody`].
    pub scheme: &'a str,
    /// As in [`EventBody`].
    pub value: &'a str,
    /// As in [`EventBody`].
    pub id: u32,
    /// As in [`EventBody`].
    pub message: &'a [u8],
    /// When it starts on the presentation timeline.
    pub start: u64,
    /// How long it lasts; `None` if unknown, or longer than the field can say.
    pub duration: Option<u32>,
}

impl EventMessage {
    /// Reads an `emsg` box of version 0 or 1 (§5.10.3.3.3).
    pub fn parse(emsg: &BoxRef<'_>) -> Result<Self, Error> {
        let mut fields = emsg.reader();
        let (version, _) = fields.full_box()?;
        let mut names = None;
        if version == 0 {
            names = Some((string(emsg, &mut fields)?, string(emsg, &mut fields)?));
        }
        let timescale = Timescale::new(fields.u32()?).ok_or(emsg.invalid("its time scale is zero"))?;
        let start = match version {
            0 => EventStart::Segment(fields.u32()?),
            1 => EventStart::Presentation(fields.u64()?),
            _ => return Err(emsg.invalid("its version is neither 0 nor 1")),
        };
        let (duration, id) = (fields.u32()?, fields.u32()?);
        let (scheme, value) = match names {
            Some(names) => names,
            None => (string(emsg, &mut fields)?, string(emsg, &mut fields)?),
        };
        let message = fields.rest();
        if scheme.is_empty() {
            return Err(emsg.invalid("it names no scheme"));
        }
        if message.len() > MAX_MESSAGE_BYTES {
            return Err(emsg.invalid("its message is too long"));
        }
        let body = EventBody { scheme, value, id, message: message.to_vec() };
        let duration = Some(duration).filter(|&duration| duration != UNKNOWN_DURATION);
        Ok(Self { body, timescale, start, duration })
    }

    /// How long it lasts, in nanoseconds.
    pub(crate) fn duration_nanos(&self) -> Option<u64> {
        let nanos = ticks_to_nanos(self.duration?.into(), self.timescale)?;
        u64::try_from(nanos).ok()
    }
}

/// A time in nanoseconds, to the nearest; `None` beyond some centuries.
pub(crate) fn ticks_to_nanos(ticks: i128, timescale: Timescale) -> Option<i64> {
    let scale = i128::from(timescale.get());
    let doubled = ticks.checked_mul(2 * NANOS_PER_SECOND)?.checked_add(scale)?;
    i64::try_from(doubled.div_euclid(2 * scale)).ok()
}

/// The next UTF-8 string, which ends with a zero. What no XML document may contain is refused: manifests name
/// schemes.
fn string(emsg: &BoxRef<'_>, fields: &mut Reader<'_>) -> Result<String, Error> {
    let end = fields.rest().iter().take(MAX_NAME_BYTES + 1).position(|&byte| byte == 0);
    let text = fields.take(end.ok_or_else(|| emsg.invalid("a string has no end, or is too long"))?)?;
    fields.skip(1)?;
    let text = std::str::from_utf8(text).map_err(|_| emsg.invalid("a string is not UTF-8"))?;
    if text.contains(|c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')) {
        return Err(emsg.invalid("a string has control characters"));
    }
    Ok(text.to_owned())
}

impl TimedEvent<'_> {
    /// Bytes of the box.
    pub fn bytes(&self) -> u64 {
        let Self { scheme, value, message, .. } = self;
        // Header, version and flags, then 4 + 8 + 4 + 4 bytes of numbers; each string ends with a zero.
        12 + 20 + (scheme.len() + 1 + value.len() + 1 + message.len()) as u64
    }

    /// Writes an `emsg` of version 1, the only one of CMAF (ISO/IEC 23000-19 §7.4.5): its time stays true
    /// whatever segment it comes in.
    pub(crate) fn write(&self, w: &mut BoxWriter, timescale: Timescale) {
        w.open_full(b"emsg", 1, 0, |w| {
            w.u32(timescale.get());
            w.u64(self.start);
            w.u32(self.duration.unwrap_or(UNKNOWN_DURATION));
            w.u32(self.id);
            for text in [self.scheme, self.value] {
                w.raw(text.as_bytes());
                w.raw(&[0]);
            }
            w.raw(self.message);
        });
    }
}

#[cfg(test)]
mod tests;
