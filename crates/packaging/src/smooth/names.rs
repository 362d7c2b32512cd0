//! What URLs of fragments say: a stream's name and a bit rate, both unique, and the same whatever a manifest
//! leaves out.

use crate::presentation::{Presentation, Rendition, audio, video};
use crate::route::Version;

/// How URLs name a rendition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SmoothName {
    /// The stream that it is a quality of.
    pub(crate) stream: String,
    /// Bits per second.
    pub(crate) bit_rate: u32,
}

/// Highest bit rate that URLs can say.
const MAX_BIT_RATE: u32 = 999_999_999;

/// Names all renditions of a presentation, and gives it the version that goes with the names.
pub(crate) fn give(presentation: &mut Presentation<'_>) {
    let sets = video::sets(&presentation.video).into_iter().map(|set| set.members);
    let video = grouped(&presentation.video, &sets.flat_map(one_timeline).collect::<Vec<_>>());
    let choices = audio::choices(&presentation.audio).into_iter();
    let audio = grouped(&presentation.audio, &choices.flat_map(one_timeline).collect::<Vec<_>>());
    let text = (0..presentation.text.len()).map(|number| vec![number]).collect();
    name(&mut presentation.video, "video", video);
    name(&mut presentation.audio, "audio", audio);
    name(&mut presentation.text, "text", text);
    presentation.smooth_version = version(presentation);
}

/// Renditions of one stream have the same fragments, as one list says: qualities of sound may be cut otherwise.
fn one_timeline<'r, 'a>(members: Vec<&'r Rendition<'a>>) -> Vec<Vec<&'r Rendition<'a>>> {
    let mut out: Vec<Vec<&Rendition<'a>>> = Vec::new();
    for member in members {
        let fits = |stream: &&mut Vec<&Rendition<'a>>| {
            stream.first().is_some_and(|first| has_same_starts(first, member))
        };
        match out.iter_mut().find(fits) {
            Some(stream) => stream.push(member),
            None => out.push(vec![member]),
        }
    }
    out
}

/// Whether two renditions have as many fragments, which start within a millisecond of each other.
fn has_same_starts(one: &Rendition<'_>, other: &Rendition<'_>) -> bool {
    const MILLISECOND: u64 = 10_000;
    let (one, other) = (super::chunks::of(one), super::chunks::of(other));
    let is_near = |(a, b): (&super::Chunk, &super::Chunk)| a.start.abs_diff(b.start) <= MILLISECOND;
    one.len() == other.len() && one.iter().zip(&other).all(is_near)
}

/// Places of renditions instead of themselves.
fn grouped<'a>(all: &[Rendition<'a>], groups: &[Vec<&Rendition<'a>>]) -> Vec<Vec<usize>> {
    let place = |wanted: &&Rendition<'a>| all.iter().position(|rendition| rendition.id == wanted.id);
    groups.iter().map(|group| group.iter().filter_map(place).collect()).collect()
}

/// `video`, `video_2`, and for each quality a bit rate of its own.
fn name(renditions: &mut [Rendition<'_>], kind: &str, streams: Vec<Vec<usize>>) {
    for (number, stream) in (1..).zip(streams) {
        let name = if number == 1 { kind.to_owned() } else { format!("{kind}_{number}") };
        let mut known: Vec<u32> = Vec::new();
        for place in stream {
            let Some(rendition) = renditions.get_mut(place) else { continue };
            let rate = rendition.sustained.saturating_add(durations_rate(rendition));
            let rate = u32::try_from(rate).unwrap_or(u32::MAX).clamp(1, MAX_BIT_RATE);
            let is_free = |rate: &u32| !known.contains(rate);
            let bit_rate = (rate..=MAX_BIT_RATE).chain((1..rate).rev()).find(is_free).unwrap_or(rate);
            known.push(bit_rate);
            rendition.smooth = SmoothName { stream: name.clone(), bit_rate };
        }
    }
}

/// What it costs that each sample says how long it lasts, in bits per second: in units of 100 ns frames are unequal.
fn durations_rate(rendition: &Rendition<'_>) -> u64 {
    const BITS: u64 = 32;
    let segmentation = &rendition.track.segmentation;
    let ticks = u64::from(rendition.track.timescale.get());
    let bits = segmentation.samples().saturating_mul(BITS).saturating_mul(ticks);
    bits.div_ceil(segmentation.end().max(1))
}

fn version(presentation: &Presentation<'_>) -> Version {
    let lines = presentation.renditions().map(|rendition| {
        let SmoothName { stream, bit_rate } = &rendition.smooth;
        format!("{stream} {bit_rate} {} {}\n", rendition.edition(), rendition.track.path())
    });
    Version::of_smooth(&lines.collect::<String>())
}
