//! How segments are named (ISO/IEC 23009-1 §5.3.9): by time or number with a timeline, by number and one
//! duration, or as ranges of one file that its index tells.

use std::io;

use isobmff::Timescale;
use quick_xml::events::{BytesStart, Event};

use super::form::Form;
use super::set::SetKind;
use super::xml::{Xml, element, text_element};
use crate::Error;
use crate::presentation::{Presentation, Rendition};
use crate::route::{Addressing, Child};
use crate::track_file::TrackFile;

/// Start and end of each segment, in ticks; each starts where the one before ends.
pub(super) type Timeline = Vec<(u64, u64)>;

/// Whether every rendition can be addressed so; the reason if not.
pub(super) fn check(presentation: &Presentation<'_>, addressing: Addressing) -> Result<(), Error> {
    match addressing {
        Addressing::Time | Addressing::Number => Ok(()),
        Addressing::Duration => presentation.renditions().try_for_each(|rendition| {
            let irregular = |number: usize| {
                let id = &rendition.id;
                let reason = format!(
                    "segments/duration needs segments of one duration: segment {number} of {id} starts more than \
                     half a segment away from where it should; segments/number has a timeline"
                );
                Error::NotOffered(reason)
            };
            nominal_duration(&times(rendition), rendition.time_offset(), duration_in(presentation.duration(), rendition.track.timescale)).map(|_| ()).map_err(irregular)
        }),
        Addressing::File if presentation.window.is_some() => Err(Error::NotOffered(
            "segments/file offers whole tracks: take a clip, or start and end with another way of addressing"
                .to_owned(),
        )),
        Addressing::File => {
            let mut media = presentation.video.iter().chain(&presentation.audio);
            media.try_for_each(|rendition| TrackFile::new(rendition.track).map(|_| ()))
        }
    }
}

fn times(rendition: &Rendition<'_>) -> Timeline {
    rendition.segments().iter().map(|segment| (segment.start, segment.end)).collect()
}

/// One duration of which the segments are multiples: none starts more than half of it away from its place,
/// which is as exact as this way of addressing is meant to be (§5.3.9.5.3), and so many of them as there are
/// reach the presentation's duration, in ticks: players divide. `base` is the media time of its start. Else the number of the first that does not, from 1.
fn nominal_duration(times: &Timeline, base: u64, duration: u64) -> Result<u64, usize> {
    let Some(last) = times.last() else { return Ok(1) };
    let count = times.len() as u64;
    let usual = (last.0.saturating_sub(base) + (count - 1) / 2).checked_div(count - 1).unwrap_or(0);
    let all = duration.max(last.1.saturating_sub(base));
    let nominal = usual.max(all.div_ceil(count)).max(1);
    let is_off = |(place, (start, _)): (u64, &(u64, u64))| {
        start.abs_diff(base.saturating_add(place.saturating_mul(nominal))) * 2 > nominal
    };
    match (0u64..).zip(times).position(is_off) {
        Some(place) => Err(place + 1),
        None if nominal.saturating_mul(count - 1) >= all => Err(times.len()),
        None => Ok(nominal),
    }
}

/// A presentation's duration in ticks of another time scale, rounded up beyond what a quotient of decimals may be off.
pub(super) fn duration_in((duration, scale): (u64, Timescale), own: Timescale) -> u64 {
    let own = u128::from(own.get());
    let exact = u128::from(duration) * own;
    let is_whole_seconds = exact % (u128::from(scale.get()) * own) == 0;
    let ticks = exact.div_ceil(u128::from(scale.get())) + u128::from(!is_whole_seconds) * 2;
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

/// Where the segments of a rendition are.
pub(super) fn write_addressing(
    xml: &mut Xml,
    rendition: &Rendition<'_>,
    (kind, form): (SetKind, &Form),
) -> io::Result<()> {
    match form.addressing {
        Addressing::File => write_base(xml, rendition),
        _ => write_template(xml, rendition, (kind, form)),
    }
}

/// The same URLs as in HLS, or numbers in their place.
fn write_template(
    xml: &mut Xml,
    rendition: &Rendition<'_>,
    (kind, form): (SetKind, &Form),
) -> io::Result<()> {
    let addressing = form.addressing;
    // A `$` of the source's path would be read as a part of the template (§5.3.9.4.4).
    let escaped = rendition.base_url().replace('$', "$$");
    let name = if addressing == Addressing::Time { "$Time$" } else { "n$Number$" };
    let mut attributes = vec![
        ("timescale", rendition.track.timescale.get().to_string()),
        ("initialization", format!("{escaped}{}", Child::Init(kind.init()))),
        ("media", format!("{escaped}{name}{}", kind.segment_ending())),
    ];
    if rendition.time_offset() > 0 {
        attributes.push(("presentationTimeOffset", rendition.time_offset().to_string()));
    }
    let times = times(rendition);
    if addressing != Addressing::Time {
        let first = times.first().map_or(0, |(start, _)| *start);
        let before = rendition.track.segmentation.segments.partition_point(|segment| segment.start < first);
        attributes.push(("startNumber", (before + 1).to_string()));
        if addressing == Addressing::Duration {
            let duration = form.duration_in(rendition.track.timescale);
            let nominal = nominal_duration(&times, rendition.time_offset(), duration);
            attributes.push(("duration", nominal.unwrap_or(1).to_string()));
            // The last one may be joined to the one before, so the number is no quotient.
            attributes.push(("endNumber", (before + times.len()).to_string()));
            return element(xml, "SegmentTemplate", &attributes, |_| Ok(()));
        }
    }
    element(xml, "SegmentTemplate", &attributes, |xml| {
        element(xml, "SegmentTimeline", &[], |xml| write_timeline(xml, &times))
    })
}

/// Runs of equal durations as one `S` each.
pub(super) fn write_timeline(xml: &mut Xml, times: &Timeline) -> io::Result<()> {
    let mut rest = times.as_slice();
    while let Some((start, end)) = rest.first() {
        let length = end - start;
        let run = rest.iter().take_while(|(start, end)| end - start == length).count();
        let mut tag = BytesStart::new("S");
        if rest.len() == times.len() {
            tag.push_attribute(("t", start.to_string().as_str()));
        }
        tag.push_attribute(("d", length.to_string().as_str()));
        if run > 1 {
            tag.push_attribute(("r", (run - 1).to_string().as_str()));
        }
        xml.write_event(Event::Empty(tag))?;
        rest = rest.get(run..).unwrap_or_default();
    }
    Ok(())
}

/// One file and where its index is (§5.3.9.2).
fn write_base(xml: &mut Xml, rendition: &Rendition<'_>) -> io::Result<()> {
    let Ok(file) = TrackFile::new(rendition.track) else { return Ok(()) };
    text_element(xml, "BaseURL", &rendition.url(Child::File))?;
    let range = |range: std::ops::Range<u64>| format!("{}-{}", range.start, range.end - 1);
    let attributes = [
        ("timescale", rendition.track.timescale.get().to_string()),
        ("indexRange", range(file.index_range())),
        ("indexRangeExact", "true".to_owned()),
    ];
    element(xml, "SegmentBase", &attributes, |xml| {
        element(xml, "Initialization", &[("range", range(file.init_range()))], |_| Ok(()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nominal(starts: &[u64], end: u64) -> Result<u64, usize> {
        let ends = starts.iter().skip(1).copied().chain([end]);
        nominal_duration(&starts.iter().copied().zip(ends).collect(), 0, end)
    }

    /// Sound on a grid of 6 s: within a frame of its lines.
    #[test]
    fn nearly_regular_is_regular() {
        assert_eq!(nominal(&[0, 288_768, 576_512, 864_256], 1_000_000), Ok(288_085));
        assert_eq!(nominal(&[0, 600], 700), Ok(600));
        assert_eq!(nominal(&[0], 700), Ok(700));
        // The last is a little longer than the others: 1804 in three.
        assert_eq!(nominal(&[0, 600, 1200], 1804), Ok(602));
    }

    /// A grid line without a segment: the third stands where the fourth should.
    #[test]
    fn what_lacks_a_segment_is_not() {
        assert_eq!(nominal(&[0, 600, 1800, 2400, 3000, 3600], 4200), Ok(720));
        assert_eq!(nominal(&[0, 600, 4200, 4800], 5400), Err(2));
        // Sound that ends long before the pictures: they would ask for more of it.
        assert_eq!(nominal_duration(&vec![(0, 600), (600, 1200)], 0, 6000), Err(2));
    }
}
