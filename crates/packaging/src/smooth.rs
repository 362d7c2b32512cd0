//! Smooth Streaming ([MS-SSTR]): the same segments under other names, and in fragments without an edit list.
//!
//! ```text
//! Presentation --streams--> streams, quality levels, chunks --manifest::smooth--> client manifest
//! bit rate, stream name and time --find--> Fragment --Page::smooth_plan--> SegmentPlan
//! ```
//!
//! All times are in units of 100 ns. They are rounded from exact times, each for itself, so nothing drifts. As
//! there is no edit list, presentation times are right by themselves: frames that only prime the decoder are
//! left out, and composition offsets are signed, also that of a frame of sound that is heard in part.

mod chunks;
mod names;
mod plan;

use isobmff::codec::{SmoothCodec, describe_smooth};
use isobmff::{SmoothPlace, Timescale};

pub use self::chunks::Chunk;
pub(crate) use self::names::{SmoothName, give};
use crate::presentation::{Presentation, Rendition};
use crate::route::{SmoothFragment, TrackKind, Version};
use crate::{Error, TrackCodec};

/// Ticks per second of all times, the protocol's own.
pub(crate) const TEN_MEGAHERTZ: Timescale =
    const { Timescale::new(10_000_000).expect("10000000 is not zero") };

/// What a client switches between, or a choice of sound or captions.
#[derive(Debug)]
pub struct SmoothStream<'r, 'a> {
    /// What it holds.
    pub kind: TrackKind,
    /// Its name in URLs.
    pub name: &'r str,
    /// From the lowest bit rate unless the presentation has another order; never empty.
    pub levels: Vec<SmoothLevel<'r, 'a>>,
    /// Its fragments; never empty.
    pub chunks: Vec<Chunk>,
}

/// One quality of a stream.
#[derive(Debug)]
pub struct SmoothLevel<'r, 'a> {
    /// The rendition.
    pub rendition: &'r Rendition<'a>,
    /// Unique in the stream, in bits per second.
    pub bit_rate: u32,
    /// How clients are told of its codec.
    pub codec: SmoothCodec,
}

/// A fragment that a URL names.
#[derive(Debug)]
pub struct Fragment<'r, 'a> {
    /// What it is of.
    pub rendition: &'r Rendition<'a>,
    /// Start of the rendition's segment, in ticks of its own.
    pub segment_start: u64,
    pub(crate) place: SmoothPlace,
}

/// The streams of a presentation; an error if there is neither picture nor sound in them.
pub fn streams<'r, 'a>(presentation: &'r Presentation<'a>) -> Result<Vec<SmoothStream<'r, 'a>>, Error> {
    let mut out: Vec<SmoothStream<'r, 'a>> = Vec::new();
    for rendition in presentation.renditions() {
        let Ok(codec) = codec_of(rendition) else { continue };
        let SmoothName { stream, bit_rate } = &rendition.smooth;
        let level = SmoothLevel { rendition, bit_rate: *bit_rate, codec };
        if let Some(known) = out.iter_mut().find(|known| known.name == stream) {
            known.levels.push(level);
            continue;
        }
        let (kind, chunks) = (rendition.track.name.kind, chunks::of(rendition));
        out.push(SmoothStream { kind, name: stream, levels: vec![level], chunks });
    }
    if out.iter().all(|stream| stream.kind == TrackKind::Text) {
        let mut reasons = left_out(presentation);
        reasons.push("captions alone make no Smooth Streaming presentation".to_owned());
        return Err(Error::NoTrack(reasons.join("; ")));
    }
    Ok(out)
}

/// Renditions that Smooth Streaming cannot carry, and why, for people.
pub fn left_out(presentation: &Presentation<'_>) -> Vec<String> {
    let reason = |rendition: &Rendition<'_>| {
        codec_of(rendition).err().map(|reason| format!("{}: {reason}", rendition.id))
    };
    presentation.renditions().filter_map(reason).collect()
}

/// The version that URLs of fragments carry: that of all sources, and of what the URLs name.
pub fn version(presentation: &Presentation<'_>) -> Version {
    presentation.smooth_version
}

/// The fragment that a URL names; `None` if there is none.
pub fn find<'r, 'a>(presentation: &'r Presentation<'a>, named: &SmoothFragment) -> Option<Fragment<'r, 'a>> {
    let is_of_stream = |rendition: &&Rendition<'_>| rendition.smooth.stream == named.stream;
    let rendition =
        presentation.renditions().find(|r| is_of_stream(r) && r.smooth.bit_rate == named.bit_rate)?;
    codec_of(rendition).ok()?;
    let number = |rendition: &Rendition<'_>| chunks::number(rendition, named.start);
    // Where time scales differ, the fragments of a stream are named by those of one rendition.
    let others = || presentation.renditions().filter(is_of_stream).find_map(number);
    let number = number(rendition).or_else(others)?;
    let (segment_start, own) = chunks::numbered(rendition, number)?;
    Some(Fragment {
        rendition,
        segment_start,
        place: SmoothPlace {
            sequence_number: u32::try_from(number).ok()?.saturating_add(1),
            time: named.start,
            duration: own.end().saturating_sub(named.start),
        },
    })
}

/// How clients are told of a codec; captions are TTML whatever they were.
fn codec_of(rendition: &Rendition<'_>) -> Result<SmoothCodec, &'static str> {
    match (&rendition.track.codec, &rendition.track.entry) {
        (TrackCodec::Text(_), _) => {
            Ok(SmoothCodec { four_cc: "TTML", private_data: Vec::new(), audio_tag: None })
        }
        (TrackCodec::Video(..) | TrackCodec::Audio(_), Some(entry)) => describe_smooth(entry),
        (TrackCodec::Video(..) | TrackCodec::Audio(_), None) => Err("it has no sample entry"),
    }
}

#[cfg(test)]
mod tests;
