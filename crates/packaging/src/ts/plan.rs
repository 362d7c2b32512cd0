//! Plans of segments: of pictures, of sound as packed audio, of one key frame.

use isobmff::Timescale;
use mpegts::{AccessUnit, Codec, Packed, Segment, Stream, TICKS_PER_SECOND};

use super::TIME_ZERO;
use super::codec::packed_form;
use crate::Error;
use crate::event::PagedEvent;
use crate::index::{MediaPage, Page, PagedSample, PagedSegment, TrackFacts};
use crate::plan::{SegmentPlan, media_pieces};
use crate::route::PackedForm;

/// A segment of a known length, and what must be read to make it.
#[derive(Debug)]
pub struct TsPlan {
    media: Vec<SegmentPlan>,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Transport(Segment),
    Packed(Packed),
}

impl TsPlan {
    pub(super) fn of_streams(streams: Vec<Stream>, media: Vec<SegmentPlan>) -> Result<Self, Error> {
        Ok(Self { media, shape: Shape::Transport(Segment::plan(streams)?) })
    }

    /// Bytes of the body.
    pub fn content_length(&self) -> u64 {
        match &self.shape {
            Shape::Transport(segment) => segment.content_length(),
            Shape::Packed(packed) => packed.content_length(),
        }
    }

    /// What must be read: the samples, in the order in which [`Self::body`] takes them.
    pub fn media(&self) -> &[SegmentPlan] {
        &self.media
    }

    /// The body. `media`: the bytes of all that [`Self::media`] names, one behind the other.
    pub fn body(&self, media: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(match &self.shape {
            Shape::Transport(segment) => segment.write(media)?,
            Shape::Packed(packed) => packed.write(media)?,
        })
    }
}

/// Pictures and sound.
impl Page {
    /// The segment of pictures or sound that starts at exactly this time, as MPEG-TS; `None` if there is none.
    pub fn ts(&self, start: u64) -> Result<Option<TsPlan>, Error> {
        let Some((page, (segment, samples))) = self.found(start) else { return Ok(None) };
        let mut streams = vec![page.facts().stream(segment.decode_time, &samples)?];
        let mut media = vec![page.read_of(&samples)];
        page.add_tags(&segment, &mut streams, &mut media);
        TsPlan::of_streams(streams, media).map(Some)
    }

    /// The segment of sound that starts at exactly this time, as packed audio; `None` if there is none, or it
    /// is of another form.
    pub fn packed(&self, start: u64, form: PackedForm) -> Result<Option<TsPlan>, Error> {
        let Some((page, (segment, samples))) = self.found(start) else { return Ok(None) };
        let codec = page.facts().transport_codec()?;
        if packed_form(codec) != Some(form) {
            return Ok(None);
        }
        let units = page.facts().access_units(segment.decode_time, &samples);
        let shape = Shape::Packed(Packed::plan(codec.clone(), &units)?);
        Ok(Some(TsPlan { media: vec![page.read_of(&samples)], shape }))
    }

    /// The key frame that is presented at exactly this time, alone; `None` if no segment of this page has it.
    pub fn ts_key_frame(&self, start: u64) -> Result<Option<TsPlan>, Error> {
        let found = self.of_media().and_then(|page| Some((page, page.key_frame(start)?)));
        let Some((page, found)) = found else { return Ok(None) };
        let bytes = found.key_frame.bytes;
        let sample = PagedSample { sample: found.key_frame.sample(0), offset: found.offset };
        let stream = Stream {
            codec: page.facts().transport_codec()?.clone(),
            units: vec![key_frame_unit(page.facts().clock(start.cast_signed()), bytes)],
        };
        TsPlan::of_streams(vec![stream], vec![page.read_of(&[sample])]).map(Some)
    }

    fn found(&self, start: u64) -> Option<(&MediaPage, (PagedSegment, Vec<PagedSample>))> {
        let page = self.of_media()?;
        let (segment, samples) = page.samples_of(start)?;
        Some((page, (*segment, samples)))
    }
}

/// A key frame alone: it is decoded when it is presented.
pub(super) fn key_frame_unit(time: i64, bytes: u32) -> AccessUnit {
    AccessUnit { bytes, pts: time, dts: time, is_sync: true }
}

impl MediaPage {
    /// What must be read of these samples.
    pub(super) fn read_of(&self, samples: &[PagedSample]) -> SegmentPlan {
        SegmentPlan::of_pieces(media_pieces(self.facts(), samples), self.place().clone())
    }
}

impl TrackFacts {
    pub(super) fn transport_codec(&self) -> Result<&Codec, Error> {
        self.transport.as_ref().map_err(|reason| Error::NoTransport(reason.clone()))
    }

    /// A presentation time of the track in 90 kHz, to the nearest tick.
    pub(super) fn clock(&self, presented: i64) -> i64 {
        let scales = Timescale::new(self.timescale).zip(Timescale::new(TICKS_PER_SECOND));
        let ticks = scales.and_then(|(own, clock)| own.rescale(presented, clock)).unwrap_or(0);
        ticks.saturating_add(TIME_ZERO)
    }

    /// The times of samples that begin at this decoding time.
    pub(super) fn access_units(&self, decode_time: u64, samples: &[PagedSample]) -> Vec<AccessUnit> {
        let mut decoded = decode_time.cast_signed().saturating_sub(self.media_time.into());
        let unit = |paged: &PagedSample| {
            let sample = paged.sample;
            let presented = decoded.saturating_add(sample.composition_offset.into());
            let (pts, dts) = (self.clock(presented), self.clock(decoded));
            decoded = decoded.saturating_add(sample.duration.into());
            AccessUnit { bytes: sample.size, pts, dts, is_sync: sample.is_sync }
        };
        samples.iter().map(unit).collect()
    }

    pub(super) fn stream(&self, decode_time: u64, samples: &[PagedSample]) -> Result<Stream, Error> {
        let units = self.access_units(decode_time, samples);
        Ok(Stream { codec: self.transport_codec()?.clone(), units })
    }
}

/// Whether a segment of sound as packed audio has all its frames at their times.
pub(crate) fn is_isochronous(facts: &TrackFacts, decode_time: u64, samples: &[PagedSample]) -> bool {
    let units = facts.access_units(decode_time, samples);
    facts.transport_codec().is_ok_and(|codec| Packed::is_exact(codec, &units))
}

/// Packets of a segment alone in MPEG-TS: what its bit rate there follows from. 0: it cannot be carried.
pub(crate) fn segment_packets(
    facts: &TrackFacts,
    decode_time: u64,
    (samples, events): (&[PagedSample], &[PagedEvent]),
) -> u64 {
    let streams = |stream| std::iter::once(stream).chain(facts.tags(events)).collect();
    let segment = facts.stream(decode_time, samples).and_then(|stream| Ok(Segment::plan(streams(stream))?));
    segment.map_or(0, |segment| segment.content_length() / mpegts::PACKET_BYTES)
}
