//! Event messages of all fragments, each once.

use std::collections::BTreeSet;

use crate::event::ticks_to_nanos;
use crate::read::BoxRef;
use crate::{EventMessage, EventStart, MovieEvent, Timescale};

/// Most events of a source.
pub const MAX_EVENTS: usize = 4096;
/// Most bytes of all their boxes together.
pub const MAX_EVENT_BYTES: usize = 1 << 20;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// The earliest composition time of a fragment, in nanoseconds, and the track that has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Earliest {
    pub(super) nanos: i64,
    pub(super) track: u32,
}

impl Earliest {
    /// The time of a track, and what was known so far.
    pub(super) fn or(ticks: i64, (track, timescale): (u32, Timescale), known: Option<Self>) -> Option<Self> {
        let own = ticks_to_nanos(ticks.into(), timescale).map(|nanos| Self { nanos, track });
        [known, own].into_iter().flatten().min_by_key(|earliest| earliest.nanos)
    }
}

/// Events that are being collected.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// Those whose fragment has not come yet.
    waiting: Vec<EventMessage>,
    found: Vec<MovieEvent>,
    seen: BTreeSet<(String, String, u32, i64)>,
    bytes: usize,
}

impl Events {
    /// Takes the next `emsg` of the file. One that cannot be read is none.
    pub(super) fn take(&mut self, emsg: &BoxRef<'_>) {
        let Ok(message) = EventMessage::parse(emsg) else { return };
        match message.start {
            EventStart::Presentation(ticks) => {
                let start = ticks_to_nanos(ticks.into(), message.timescale);
                if self.has_room(&message)
                    && let Some(start) = start
                {
                    self.push(message, start, None);
                }
            }
            EventStart::Segment(_) if self.has_room(&message) => {
                self.bytes += bytes(&message);
                self.waiting.push(message);
            }
            EventStart::Segment(_) => {}
        }
    }

    /// The fragment that the last events stand in front of.
    pub(super) fn begin_fragment(&mut self, earliest: Option<Earliest>) {
        for message in std::mem::take(&mut self.waiting) {
            self.bytes -= bytes(&message);
            let EventStart::Segment(ticks) = message.start else { continue };
            let delta = ticks_to_nanos(ticks.into(), message.timescale);
            let Some((earliest, delta)) = earliest.zip(delta) else { continue };
            if let Some(start) = earliest.nanos.checked_add(delta) {
                self.push(message, start, Some(earliest.track));
            }
        }
    }

    /// Whether there are events whose times depend on the next fragment.
    pub(super) fn wait(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// All events, so many seconds earlier than found.
    pub(super) fn finish(self, earlier_secs: i64) -> Vec<MovieEvent> {
        let earlier_nanos = earlier_secs.saturating_mul(NANOS_PER_SECOND);
        let moved = |event: MovieEvent| {
            let start_nanos = event.start_nanos.saturating_sub(earlier_nanos);
            MovieEvent { start_nanos, ..event }
        };
        self.found.into_iter().map(moved).collect()
    }

    fn has_room(&self, message: &EventMessage) -> bool {
        self.found.len() + self.waiting.len() < MAX_EVENTS && self.bytes + bytes(message) <= MAX_EVENT_BYTES
    }

    fn push(&mut self, message: EventMessage, start_nanos: i64, track: Option<u32>) {
        let body = &message.body;
        // Live recordings repeat events in every segment that they last through.
        if self.seen.insert((body.scheme.clone(), body.value.clone(), body.id, start_nanos)) {
            self.bytes += bytes(&message);
            let duration_nanos = message.duration_nanos();
            self.found.push(MovieEvent { body: message.body, start_nanos, track, duration_nanos });
        }
    }
}

fn bytes(message: &EventMessage) -> usize {
    const FIELDS: usize = 34;
    FIELDS + message.body.scheme.len() + message.body.value.len() + message.body.message.len()
}

#[cfg(test)]
mod tests;
