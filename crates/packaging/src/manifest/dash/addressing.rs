//! How segments are named (ISO/IEC 23009-1 §5.3.9): by time or number with a timeline, by number and one
//! duration, or as ranges of one file that its index tells.

use std::io;

use quick_xml::events::{BytesStart, Event};

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
            nominal_duration(&times(rendition)).map(|_| ()).map_err(irregular)
        }),
        Addressing::File => {
            let mut media = presentation.video.iter().chain(&presentation.audio);
            media.try_for_each(|rendition| TrackFile::new(rendition.track).map(|_| ()))
        }
    }
}

fn times(rendition: &Rendition<'_>) -> Timeline {
    rendition.segments().iter().map(|segment| (segment.start, segment.end)).collect()
}

/// The duration of which segments are multiples: none starts more than half of it away from its place, which
/// is as exact as this way of addressing says (§5.3.9.5.3). Else the number of the first that does, from 1.
fn nominal_duration(times: &Timeline) -> Result<u64, usize> {
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return Ok(1) };
    let before = times.len() as u64 - 1;
    let all = last.0 - first.0;
    let nominal = (all + before / 2).checked_div(before).unwrap_or(last.1 - last.0).max(1);
    let is_off = |(place, (start, _)): (u64, &(u64, u64))| {
        (start - first.0).abs_diff(place.saturating_mul(nominal)) * 2 > nominal
    };
    match (0u64..).zip(times).position(is_off) {
        Some(place) => Err(place + 1),
        None => Ok(nominal),
    }
}

/// Where the segments of a rendition are.
pub(super) fn write_addressing(
    xml: &mut Xml,
    rendition: &Rendition<'_>,
    (kind, addressing): (SetKind, Addressing),
) -> io::Result<()> {
    match addressing {
        Addressing::File => write_base(xml, rendition),
        _ => write_template(xml, rendition, (kind, addressing)),
    }
}

/// The same URLs as in HLS, or numbers in their place.
fn write_template(
    xml: &mut Xml,
    rendition: &Rendition<'_>,
    (kind, addressing): (SetKind, Addressing),
) -> io::Result<()> {
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
            attributes.push(("duration", nominal_duration(&times).unwrap_or(1).to_string()));
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
        nominal_duration(&starts.iter().copied().zip(ends).collect())
    }

    /// Sound on a grid of 6 s: within a frame of its lines.
    #[test]
    fn nearly_regular_is_regular() {
        assert_eq!(nominal(&[0, 288_768, 576_512, 864_256], 1_000_000), Ok(288_085));
        assert_eq!(nominal(&[0, 600], 700), Ok(600));
        assert_eq!(nominal(&[0], 700), Ok(700));
    }

    /// A grid line without a segment: the third stands where the fourth should.
    #[test]
    fn what_lacks_a_segment_is_not() {
        assert_eq!(nominal(&[0, 600, 1800, 2400, 3000, 3600], 4200), Ok(720));
        assert_eq!(nominal(&[0, 600, 2400, 3000], 3600), Err(2));
    }
}
