//! What adaptation sets of all kinds have in common.

use std::collections::BTreeSet;
use std::io;

use super::form::Form;
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
    pub(super) fn init(self) -> InitForm {
        match self {
            Self::Video | Self::Audio => InitForm::Source,
            Self::Text(CaptionForm::Wvtt) => InitForm::Wvtt,
            Self::Text(CaptionForm::WebVtt | CaptionForm::Stpp) => InitForm::Stpp,
        }
    }

    pub(super) fn segment_ending(self) -> &'static str {
        match self {
            Self::Video | Self::Audio => ".m4s",
            Self::Text(form) => crate::route::segment_ending(form),
        }
    }
}

/// The attributes of a set.
pub(super) fn begin_set(
    id: usize,
    kind: SetKind,
    members: &[&Rendition<'_>],
    form: &Form,
) -> Vec<(&'static str, String)> {
    let mut out = vec![
        ("id", id.to_string()),
        ("contentType", kind.content_type().to_owned()),
        ("mimeType", kind.mime_type().to_owned()),
    ];
    if kind != SetKind::Text(CaptionForm::WebVtt) {
        let sap = members.iter().map(|rendition| rendition.track.segmentation.sap_type()).max().unwrap_or(1);
        let [alignment, starts] = form.alignment();
        out.push((alignment, "true".to_owned()));
        out.push((starts, sap.to_string()));
    }
    out
}

/// `InbandEventStream` of each scheme whose events come in segments of a member (ISO/IEC 23009-1 §5.10.3.2).
pub(super) fn write_event_streams(xml: &mut Xml, members: &[&Rendition<'_>]) -> io::Result<()> {
    let all: BTreeSet<_> = members.iter().flat_map(|member| &member.track.event_schemes).collect();
    all.into_iter().try_for_each(|events| {
        let mut attributes = vec![("schemeIdUri", events.scheme.clone())];
        if !events.value.is_empty() {
            attributes.push(("value", events.value.clone()));
        }
        element(xml, "InbandEventStream", &attributes, |_| Ok(()))
    })
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
    form: &Form,
) -> Vec<(&'static str, String)> {
    vec![
        ("id", rendition.id.clone()),
        ("codecs", codecs),
        ("bandwidth", rendition.track.bit_rates(form.target).sustained.max(1).to_string()),
    ]
}
