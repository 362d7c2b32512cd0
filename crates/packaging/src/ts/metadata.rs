//! Timed metadata in MPEG-TS: events that are ID3 tags ("Timed Metadata for HTTP Live Streaming").

use bytes::Bytes;
use mpegts::{AccessUnit, Codec, LONGEST_TAG, Stream};

use super::muxed::append;
use crate::event::PagedEvent;
use crate::index::{MediaPage, PagedSegment, TrackFacts};
use crate::plan::{Piece, SegmentPlan};

/// Schemes whose messages are ID3 tags: AOM's "Carriage of ID3 Timed Metadata in CMAF" §2.2, and Apple's before it.
const SCHEMES: [&str; 2] = ["https://aomedia.org/emsg/ID3", "https://developer.apple.com/streaming/emsg-id3"];

impl PagedEvent {
    /// Whether MPEG-TS can carry it: an ID3 tag of a length that a PES packet can say.
    pub(crate) fn is_timed_id3(&self) -> bool {
        let is_tag = SCHEMES.contains(&self.scheme.scheme.as_str());
        is_tag && (1..=LONGEST_TAG).contains(&(self.message.len() as u64))
    }
}

impl TrackFacts {
    /// The stream of those events that are tags; `None` if no segment of the source has such a stream.
    pub(super) fn tags(&self, events: &[PagedEvent]) -> Option<Stream> {
        let unit = |event: &PagedEvent| {
            let time = self.clock(event.start.cast_signed());
            let bytes = u32::try_from(event.message.len()).unwrap_or(u32::MAX);
            AccessUnit { bytes, pts: time, dts: time, is_sync: true }
        };
        let units = || events.iter().filter(|event| event.is_timed_id3()).map(unit).collect();
        self.has_timed_id3.then(|| Stream { codec: Codec::TimedId3, units: units() })
    }
}

impl MediaPage {
    /// Adds the tags of a segment behind its other streams and their media.
    pub(super) fn add_tags(
        &self,
        segment: &PagedSegment,
        streams: &mut Vec<Stream>,
        media: &mut Vec<SegmentPlan>,
    ) {
        let events = self.events(segment);
        streams.extend(self.facts().tags(events));
        let tags = events.iter().filter(|event| event.is_timed_id3());
        let pieces: Vec<_> = tags.map(|event| Piece::Made(Bytes::copy_from_slice(&event.message))).collect();
        if !pieces.is_empty() {
            append(media, SegmentPlan::of_pieces(pieces, self.place().clone()));
        }
    }
}
