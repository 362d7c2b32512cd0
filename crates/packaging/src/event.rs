//! Timed metadata of fragmented sources (`emsg`), on the presentation timeline of the track that carries it.

use std::collections::BTreeSet;

use isobmff::{MovieEvent, TimedEvent, Timescale};
use serde::{Deserialize, Serialize};

/// Most schemes of a source that are kept, in order of time: manifests list them all.
const MAX_SCHEMES: usize = 64;
const NANOSECONDS: Timescale = const { Timescale::new(1_000_000_000).expect("it is not zero") };

/// Who understands events.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventScheme {
    /// `scheme_id_uri`.
    pub scheme: String,
    /// What the scheme makes of it; may be empty.
    pub value: String,
}

/// An event of a segment; times in ticks of its track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PagedEvent {
    pub(crate) scheme: EventScheme,
    pub(crate) id: u32,
    /// When it starts on the presentation timeline.
    pub(crate) start: u64,
    /// `None` if unknown.
    pub(crate) duration: Option<u32>,
    pub(crate) message: Vec<u8>,
}

/// How times of a movie become times of the presentation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventClock {
    /// Time scale of the track that carries the events.
    pub(crate) timescale: Timescale,
    /// What is taken from times of the movie's own presentation, in its ticks.
    pub(crate) origin: i64,
    /// When the presentation ends, in its ticks.
    pub(crate) end: u64,
}

impl EventClock {
    /// The events that start within the presentation, in order of time, each once. `shift` gives the time scale of
    /// a track of the movie, and what is added to its composition times, in its ticks.
    pub(crate) fn place(
        self,
        events: &[MovieEvent],
        shift: impl Fn(u32) -> Option<(Timescale, i64)>,
    ) -> Vec<PagedEvent> {
        let mut out: Vec<_> = events.iter().filter_map(|event| self.placed(event, &shift)).collect();
        out.sort_by_key(|event| event.start);
        let mut schemes = BTreeSet::new();
        let mut seen = BTreeSet::new();
        out.retain(|event| {
            let is_known = schemes.contains(&event.scheme);
            if !is_known && schemes.len() == MAX_SCHEMES {
                return false;
            }
            schemes.insert(event.scheme.clone());
            seen.insert((event.scheme.clone(), event.id, event.start))
        });
        out
    }

    fn placed(
        self,
        event: &MovieEvent,
        shift: &impl Fn(u32) -> Option<(Timescale, i64)>,
    ) -> Option<PagedEvent> {
        let ticks = match event.track.and_then(shift) {
            Some((scale, shift)) => {
                let composed = NANOSECONDS.rescale(event.start_nanos, scale)?;
                scale.rescale(composed.checked_add(shift)?, self.timescale)?
            }
            None => NANOSECONDS.rescale(event.start_nanos, self.timescale)?.checked_sub(self.origin)?,
        };
        let start = u64::try_from(ticks).ok().filter(|&start| start < self.end)?;
        // The largest number says that it is unknown.
        let duration = event.duration_nanos.and_then(|nanos| i64::try_from(nanos).ok());
        let duration = duration.and_then(|nanos| NANOSECONDS.rescale(nanos, self.timescale));
        let duration = duration.and_then(|ticks| u32::try_from(ticks).ok()).filter(|&ticks| ticks < u32::MAX);
        let scheme = EventScheme { scheme: event.body.scheme.clone(), value: event.body.value.clone() };
        Some(PagedEvent { scheme, id: event.body.id, start, duration, message: event.body.message.clone() })
    }
}

impl PagedEvent {
    /// As it is written.
    pub(crate) fn timed(&self) -> TimedEvent<'_> {
        TimedEvent {
            scheme: &self.scheme.scheme,
            value: &self.scheme.value,
            id: self.id,
            message: &self.message,
            start: self.start,
            duration: self.duration,
        }
    }
}

/// Bytes of these events in a segment.
pub(crate) fn event_bytes(events: &[PagedEvent]) -> u64 {
    events.iter().map(|event| event.timed().bytes()).sum()
}

/// The events of a segment that ends at `end`, of all in order of time. Before the first segment of a track may
/// be a time that belongs to none: its events are those of the first.
pub(crate) fn events_of(events: &[PagedEvent], (is_first, start, end): (bool, u64, u64)) -> &[PagedEvent] {
    let from = if is_first { 0 } else { events.partition_point(|event| event.start < start) };
    let to = events.partition_point(|event| event.start < end);
    events.get(from..to).unwrap_or_default()
}

/// The schemes of events, each once.
pub(crate) fn schemes_of(events: &[PagedEvent]) -> Vec<EventScheme> {
    let all: BTreeSet<_> = events.iter().map(|event| &event.scheme).collect();
    all.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests;
