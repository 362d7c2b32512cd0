//! Pictures and sound of one presentation interval in one stream.

use super::plan::TsPlan;
use crate::Error;
use crate::index::{Page, PagedSample, Sound};
use crate::plan::SegmentPlan;
use crate::route::TrackPath;

/// The sound that goes with a segment of pictures, in ticks of the sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// From when on it is heard; `None`: the priming before time 0 as well.
    from: Option<u64>,
    /// Until when.
    to: u64,
}

/// Most pages of sound that one segment of pictures may need.
const MAX_PAGES: u64 = 8;

impl Span {
    /// The sound of a track beside the segment of pictures that starts at exactly this time: what begins while
    /// its pictures are shown, and with the last segment all the rest. `None` if the page has no such segment or
    /// track.
    pub fn new(pictures: &Page, start: u64, sound: TrackPath) -> Option<Self> {
        let page = pictures.of_media()?;
        let (segment, _) = page.samples_of(start)?;
        let facts = page.facts();
        let beside = facts.sound.iter().find(|beside| beside.number == sound.name.number)?;
        let restated = |ticks: u64| restated(ticks, facts.timescale, beside);
        let is_last = segment.end >= facts.end;
        Some(Self {
            from: (segment.number > 0).then(|| restated(segment.start)),
            to: if is_last { beside.end.max(restated(segment.end)) } else { restated(segment.end) },
        })
    }

    /// A time in each page of sound that may hold some of it, in order; `None` if those are too many.
    pub fn pages(&self, sound: TrackPath) -> Option<Vec<u64>> {
        let locator = sound.locator;
        let (first, last) = (locator.page(self.from.unwrap_or(0)), locator.page(self.to.saturating_sub(1)));
        (last.saturating_sub(first) < MAX_PAGES)
            .then(|| (first..=last).map(|page| page.saturating_mul(locator.span)).collect())
    }

    /// Whether sound on this page begins only behind the start: what is heard first is on the page before.
    pub fn begins_before(&self, page: &Page) -> bool {
        let first = page.of_media().and_then(|page| page.all().next());
        self.from.is_some_and(|from| first.is_none_or(|(segment, _)| segment.start > from))
    }

    /// Presentation times of samples that belong to it.
    fn has(&self, presented: i64) -> bool {
        let from = self.from.map_or(i64::MIN, u64::cast_signed);
        (from..self.to.cast_signed()).contains(&presented)
    }
}

/// The first tick of the sound at or after a time of the pictures.
fn restated(ticks: u64, scale: u32, sound: &Sound) -> u64 {
    let exact = u128::from(ticks) * u128::from(sound.timescale);
    u64::try_from(exact.div_ceil(u128::from(scale.max(1)))).unwrap_or(u64::MAX)
}

impl TsPlan {
    /// The segment of pictures that starts at exactly this time, with this sound, which lies on these pages;
    /// `None` if there is no such segment.
    pub fn muxed(
        (pictures, start): (&Page, u64),
        span: &Span,
        sound: &[&Page],
    ) -> Result<Option<Self>, Error> {
        let page = pictures.of_media();
        let Some((page, (segment, samples))) = page.and_then(|page| Some((page, page.samples_of(start)?)))
        else {
            return Ok(None);
        };
        let mut streams = vec![page.facts().stream(segment.decode_time, &samples)?];
        let mut media = vec![page.read_of(&samples)];
        for page in sound.iter().filter_map(|page| page.of_media()) {
            let Some((decode_time, samples)) = page.heard(span) else { continue };
            let mut stream = page.facts().stream(decode_time, &samples)?;
            append(&mut media, page.read_of(&samples));
            match streams.get_mut(1) {
                Some(open) => open.units.append(&mut stream.units),
                None => streams.push(stream),
            }
        }
        page.add_tags(segment, &mut streams, &mut media);
        Self::of_streams(streams, media).map(Some)
    }
}

impl crate::index::MediaPage {
    /// The samples of a span, and the decoding time of the first of them.
    fn heard(&self, span: &Span) -> Option<(u64, Vec<PagedSample>)> {
        let media_time = i64::from(self.facts().media_time);
        let (mut first, mut out) = (None, Vec::new());
        for (segment, samples) in self.all() {
            let mut decode_time = segment.decode_time;
            for paged in samples {
                let offset = i64::from(paged.sample.composition_offset);
                let presented = decode_time.cast_signed().saturating_add(offset) - media_time;
                if span.has(presented) {
                    first.get_or_insert(decode_time);
                    out.push(paged);
                }
                decode_time = decode_time.saturating_add(paged.sample.duration.into());
            }
        }
        first.map(|first| (first, out))
    }
}

/// What lies in the same object is read together.
pub(super) fn append(media: &mut Vec<SegmentPlan>, more: SegmentPlan) {
    match media.last_mut() {
        Some(last) if last.media == more.media => {
            last.content_length += more.content_length;
            last.pieces.extend(more.pieces);
        }
        _ => media.push(more),
    }
}
