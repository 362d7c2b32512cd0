//! What adaptation sets of all kinds have in common.

use std::io;

use quick_xml::events::{BytesStart, Event};

use super::xml::{Xml, descriptor, element};
use crate::presentation::Rendition;
use crate::route::{InitForm, TrackKind};
use crate::set::{CaptionForm, Role};

const ROLE: &str = "urn:mpeg:dash:role:2011";
const AUDIO_PURPOSE: &str = "urn:tva:metadata:cs:AudioPurposeCS:2007";

/// What a set holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetKind {
    Video,
    Audio,
    Text(CaptionForm),
}

impl SetKind {
    fn content_type(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Text(_) => "text",
        }
    }

    fn mime_type(self) -> &'static str {
        match self {
            Self::Video => "video/mp4",
            Self::Audio => "audio/mp4",
            Self::Text(CaptionForm::WebVtt) => "text/vtt",
            Self::Text(CaptionForm::Wvtt | CaptionForm::Stpp) => "application/mp4",
        }
    }

    /// The forms that URLs name.
    fn init(self) -> InitForm {
        match self {
            Self::Video | Self::Audio => InitForm::Source,
            Self::Text(CaptionForm::Wvtt) => InitForm::Wvtt,
            Self::Text(CaptionForm::WebVtt | CaptionForm::Stpp) => InitForm::Stpp,
        }
    }

    fn segment_ending(self) -> &'static str {
        match self {
            Self::Video | Self::Audio => ".m4s",
            Self::Text(form) => crate::route::segment_ending(form),
        }
    }
}

/// The attributes of a set.
pub(super) fn begin_set(id: usize, kind: SetKind, members: &[&Rendition<'_>]) -> Vec<(&'static str, String)> {
    let mut out = vec![
        ("id", id.to_string()),
        ("contentType", kind.content_type().to_owned()),
        ("mimeType", kind.mime_type().to_owned()),
    ];
    if kind != SetKind::Text(CaptionForm::WebVtt) {
        let sap = members.iter().map(|rendition| rendition.track.segmentation.sap_type()).max().unwrap_or(1);
        out.push(("segmentAlignment", "true".to_owned()));
        out.push(("startWithSAP", sap.to_string()));
    }
    out
}

/// `Accessibility`, for people who see or hear little.
pub(super) fn write_accessibility(xml: &mut Xml, rendition: &Rendition<'_>) -> io::Result<()> {
    // The list of the DVB and DASH-IF guidelines: 1 describes pictures, 2 is for those who hear little.
    if rendition.has_role(Role::Description) {
        descriptor(xml, "Accessibility", AUDIO_PURPOSE, "1")?;
    }
    if rendition.has_role(Role::Caption) || rendition.has_role(Role::EnhancedAudioIntelligibility) {
        descriptor(xml, "Accessibility", AUDIO_PURPOSE, "2")?;
    }
    Ok(())
}

/// `Role`: `main` for what plays unasked, `alternate` for others that could play in its place, and what is
/// known beside it.
pub(super) fn write_roles(xml: &mut Xml, rendition: &Rendition<'_>, is_main: bool) -> io::Result<()> {
    let is_text = rendition.track.name.kind == TrackKind::Text;
    if is_main || !is_text {
        descriptor(xml, "Role", ROLE, if is_main { "main" } else { "alternate" })?;
    }
    let more = rendition.labels.roles.iter().filter(|role| !matches!(role, Role::Main | Role::Alternate));
    more.into_iter().try_for_each(|role| descriptor(xml, "Role", ROLE, role.word()))
}

/// The attributes of a representation.
pub(super) fn representation(
    rendition: &Rendition<'_>,
    codecs: String,
    target: u64,
) -> Vec<(&'static str, String)> {
    vec![
        ("id", rendition.id.clone()),
        ("codecs", codecs),
        ("bandwidth", rendition.track.bit_rates(target).sustained.max(1).to_string()),
    ]
}

/// The same URLs as in HLS.
pub(super) fn write_template(xml: &mut Xml, rendition: &Rendition<'_>, kind: SetKind) -> io::Result<()> {
    let base = rendition.base_url();
    // A `$` of the source's path would be read as a part of the template (ISO/IEC 23009-1 §5.3.9.4.4).
    let escaped = base.replace('$', "$$");
    let attributes = [
        ("timescale", rendition.track.timescale.get().to_string()),
        ("initialization", format!("{escaped}{}", crate::route::Child::Init(kind.init()))),
        ("media", format!("{escaped}$Time${}", kind.segment_ending())),
    ];
    element(xml, "SegmentTemplate", &attributes, |xml| {
        let times: Timeline = rendition.segments().iter().map(|s| (s.start, s.end)).collect();
        element(xml, "SegmentTimeline", &[], |xml| write_timeline(xml, &times))
    })
}

/// Start and end of each segment, in ticks; each starts where the one before ends.
pub(super) type Timeline = Vec<(u64, u64)>;

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
