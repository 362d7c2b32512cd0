//! `EXT-X-MEDIA` (§4.4.6.1): what a viewer may choose beside the pictures.

use std::fmt::Write;

use isobmff::codec::AudioCodec;

use super::yes_no;
use crate::presentation::audio::{AudioGroup, default_of};
use crate::presentation::{Presentation, Rendition, attribute_text, numbered};
use crate::route::PlaylistForm;
use crate::set::{CaptionChannel, CaptionForm, ClosedCaptions, Role};

/// The group of all captions.
pub(super) const SUBTITLES: &str = "subs";
/// The group of captions inside the pictures.
pub(super) const CLOSED_CAPTIONS: &str = "cc";

/// Sound of one group.
pub(super) fn write_audio(
    out: &mut String,
    group: &AudioGroup<'_, '_>,
    (target, media): (u64, PlaylistForm),
    inside: Option<usize>,
) {
    let default = default_of(&group.members);
    for (index, rendition) in group.members.iter().enumerate() {
        let earlier = group.members.get(..index).unwrap_or_default();
        let _ = write!(out, "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{}\"", group.id);
        write_language(out, rendition);
        let is_default = index == default;
        let _ = write!(
            out,
            ",NAME=\"{}\",DEFAULT={},AUTOSELECT={}",
            rendition.name,
            yes_no(is_default),
            yes_no(is_default || may_be_chosen(rendition, earlier, group.members.get(default).copied())),
        );
        write_characteristics(out, rendition);
        let _ = write!(out, ",CHANNELS=\"{}\"", rendition.audio_codec().map_or_else(String::new, channels));
        // What is inside the pictures' stream has no playlist (§4.4.6.2.1).
        if inside != Some(index) {
            let _ = write!(out, ",URI=\"{}\"", rendition.playlist_url(target, media));
        }
        out.push('\n');
    }
}

/// Captions, in one group.
pub(super) fn write_subtitles(
    out: &mut String,
    presentation: &Presentation<'_>,
    (target, media): (u64, PlaylistForm),
) {
    let form = match (media, presentation.hls_captions) {
        (PlaylistForm::Ts, _) => PlaylistForm::Ts,
        (_, CaptionForm::WebVtt) => PlaylistForm::Index,
        (_, CaptionForm::Wvtt | CaptionForm::Stpp) => PlaylistForm::Imsc1,
    };
    let said_default = |rendition: &Rendition<'_>| rendition.labels.is_default == Some(true);
    let default = presentation.text.iter().position(said_default);
    for (index, rendition) in presentation.text.iter().enumerate() {
        let earlier: Vec<_> = presentation.text.iter().take(index).collect();
        let is_default = Some(index) == default;
        let unasked = default.and_then(|default| presentation.text.get(default));
        let _ = write!(out, "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"{SUBTITLES}\"");
        write_language(out, rendition);
        let _ = write!(
            out,
            ",NAME=\"{}\",DEFAULT={},AUTOSELECT={},FORCED={}",
            rendition.name,
            yes_no(is_default),
            // Players choose forced captions by themselves or nobody sees them (authoring specification 5.11).
            yes_no(is_default || rendition.is_forced() || may_be_chosen(rendition, &earlier, unasked)),
            yes_no(rendition.is_forced()),
        );
        write_characteristics(out, rendition);
        let _ = writeln!(out, ",URI=\"{}\"", rendition.playlist_url(target, form));
    }
}

/// Captions inside the pictures, in one group.
pub(super) fn write_closed_captions(out: &mut String, all: &[ClosedCaptions]) {
    let plain: Vec<_> = all.iter().map(closed_caption_name).collect();
    let names = numbered(&plain, |_, _| true);
    let default = all.iter().position(|captions| captions.labels.is_default == Some(true));
    for (index, (ClosedCaptions { channel, labels }, name)) in all.iter().zip(names).enumerate() {
        let instream = instream_id(*channel);
        let _ = write!(out, "#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"{CLOSED_CAPTIONS}\"");
        if let Some(language) = &labels.language {
            let _ = write!(out, ",LANGUAGE=\"{language}\"");
        }
        let is_default = Some(index) == default;
        let mut others = all.iter().take(index).chain(default.and_then(|default| all.get(default)));
        let is_chosen = is_default || others.all(|other| other.labels.language != labels.language);
        let _ =
            write!(out, ",NAME=\"{name}\",DEFAULT={},AUTOSELECT={}", yes_no(is_default), yes_no(is_chosen));
        let _ = writeln!(out, ",INSTREAM-ID=\"{instream}\"");
    }
}

fn closed_caption_name(captions: &ClosedCaptions) -> String {
    let label = captions.labels.label.as_ref().map(|label| attribute_text(label));
    label.filter(|label| !label.is_empty()).unwrap_or_else(|| instream_id(captions.channel))
}

fn instream_id(channel: CaptionChannel) -> String {
    match channel {
        CaptionChannel::Cc(number) => format!("CC{number}"),
        CaptionChannel::Service(number) => format!("SERVICE{number}"),
    }
}

fn write_language(out: &mut String, rendition: &Rendition<'_>) {
    if let Some(language) = &rendition.labels.language {
        let _ = write!(out, ",LANGUAGE=\"{language}\"");
    }
}

/// Members that a player may choose by itself differ in language, characteristics or FORCED (§4.4.6.1.1); a
/// commentary is chosen by nobody but a viewer.
fn may_be_chosen(
    rendition: &Rendition<'_>,
    earlier: &[&Rendition<'_>],
    default: Option<&Rendition<'_>>,
) -> bool {
    let is_same = |other: &&Rendition<'_>| {
        other.labels.language == rendition.labels.language
            && characteristics(other) == characteristics(rendition)
            && other.is_forced() == rendition.is_forced()
    };
    !rendition.has_role(Role::Commentary) && !earlier.iter().any(is_same) && !default.iter().any(is_same)
}

fn write_characteristics(out: &mut String, rendition: &Rendition<'_>) {
    let all = characteristics(rendition);
    if !all.is_empty() {
        let _ = write!(out, ",CHARACTERISTICS=\"{}\"", all.join(","));
    }
}

/// `CHARACTERISTICS` (§4.4.6.1; Apple's "HLS authoring specification", Accessibility).
fn characteristics(rendition: &Rendition<'_>) -> Vec<&'static str> {
    let of = [
        (Role::Description, "public.accessibility.describes-video"),
        (Role::EnhancedAudioIntelligibility, "public.accessibility.enhances-speech-intelligibility"),
        (Role::Caption, "public.accessibility.transcribes-spoken-dialog"),
        (Role::Caption, "public.accessibility.describes-music-and-sound"),
        (Role::EasyReader, "public.easy-to-read"),
    ];
    of.into_iter().filter(|(role, _)| rendition.has_role(*role)).map(|(_, name)| name).collect()
}

/// `CHANNELS`: a count, and how spatial audio is coded.
fn channels(codec: &AudioCodec) -> String {
    match codec.joc_complexity {
        Some(complexity) => format!("{complexity}/JOC"),
        None if codec.ac4_ims => format!("{}/IMSA", codec.channels),
        None => codec.channels.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::set::Labels;

    /// RFC 8216bis §4.4.6.1.1: members of a group have different names.
    #[test]
    fn closed_captions_with_one_label() {
        let captions = |channel, label: Option<&str>| {
            let labels = Labels { label: label.map(str::to_owned), ..Labels::default() };
            ClosedCaptions { channel, labels }
        };
        let all = [
            captions(CaptionChannel::Cc(1), Some("English")),
            captions(CaptionChannel::Cc(3), Some("\"English\"")),
            captions(CaptionChannel::Service(2), Some("CC2")),
            captions(CaptionChannel::Cc(2), None),
        ];
        let mut out = String::new();
        write_closed_captions(&mut out, &all);
        let names: Vec<_> =
            out.lines().map(|line| line.split("NAME=").nth(1).unwrap().split(',').next().unwrap()).collect();
        assert_eq!(names, ["\"English 1\"", "\"English 2\"", "\"CC2 1\"", "\"CC2 2\""]);
    }

    /// RFC 8216bis §4.4.6.1.1: one default at most, and what players choose by themselves differs.
    #[test]
    fn closed_captions_that_players_choose() {
        let captions = |channel, language: Option<&str>, is_default| {
            let language = language.map(str::to_owned);
            ClosedCaptions { channel, labels: Labels { language, is_default, ..Labels::default() } }
        };
        let chosen = |all: &[ClosedCaptions]| {
            let mut out = String::new();
            write_closed_captions(&mut out, all);
            let is = |line: &str, attribute: &str| line.contains(&format!("{attribute}=YES"));
            out.lines().map(|line| (is(line, "DEFAULT"), is(line, "AUTOSELECT"))).collect::<Vec<_>>()
        };
        let [cc1, cc2, service] = [CaptionChannel::Cc(1), CaptionChannel::Cc(3), CaptionChannel::Service(1)];
        let seen = [captions(cc1, None, None), captions(service, None, None)];
        assert_eq!(chosen(&seen), [(false, true), (false, false)]);
        let two = [captions(cc1, Some("en"), Some(true)), captions(cc2, Some("es"), Some(true))];
        assert_eq!(chosen(&two), [(true, true), (false, true)]);
        let last = [
            captions(cc1, Some("en"), None),
            captions(cc2, Some("es"), None),
            captions(service, Some("en"), Some(true)),
        ];
        assert_eq!(chosen(&last), [(false, false), (false, true), (true, true)]);
    }
}
