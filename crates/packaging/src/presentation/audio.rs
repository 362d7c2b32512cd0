//! Sound: what is one choice to a viewer, and what a player may switch between with one decoder.

use isobmff::codec::AudioCodec;

use super::Rendition;
use crate::TrackCodec;
use crate::set::Role;

/// Two renditions of one choice whose bit rates differ by less than this are the same sound: the files of a
/// ladder each carry it.
const SAME_PERCENT: u64 = 12;

/// Sound of one codec and channel layout, in one quality for each choice.
#[derive(Debug)]
pub struct AudioGroup<'r, 'a> {
    /// Name in manifests.
    pub id: String,
    /// The codec of the first member.
    pub codec: &'r AudioCodec,
    /// One for each choice; never empty.
    pub members: Vec<&'r Rendition<'a>>,
}

impl Rendition<'_> {
    /// The codec, if this is sound.
    pub fn audio_codec(&self) -> Option<&AudioCodec> {
        match &self.track.codec {
            TrackCodec::Audio(codec) => Some(codec),
            TrackCodec::Video(..) | TrackCodec::Text(_) => None,
        }
    }

    /// Whether two renditions of sound say the same, so that a viewer has no choice between them. Two tracks
    /// of one file are there for a reason, even if nothing tells them apart, and so are two files of sound alone of
    /// one quality.
    pub(crate) fn is_same_choice(&self, other: &Self) -> bool {
        let is_of_a_ladder = self.has_pictures || other.has_pictures || !self.is_same_quality(other);
        is_of_a_ladder && self.member != other.member && self.says_the_same(other)
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.labels.language == other.labels.language
            && self.labels.label == other.labels.label
            && self.labels.roles == other.labels.roles
    }

    fn is_same_quality(&self, other: &Self) -> bool {
        let (a, b) = (self.average, other.average);
        a.abs_diff(b) * 100 <= a.max(b) * SAME_PERCENT
    }
}

/// Whether one decoder plays both: same codec, same channels.
pub(crate) fn is_same_group(a: &Rendition<'_>, b: &Rendition<'_>) -> bool {
    let (Some(a), Some(b)) = (a.audio_codec(), b.audio_codec()) else { return false };
    a.codecs == b.codecs && a.channels == b.channels && a.joc_complexity == b.joc_complexity
}

/// Leaves out sound that another file has as well: the files of a ladder often carry the same.
pub(super) fn distinct(all: Vec<Rendition<'_>>) -> Vec<Rendition<'_>> {
    let mut out: Vec<Rendition<'_>> = Vec::new();
    for rendition in all {
        let is_known = out.iter().any(|known| {
            known.is_same_choice(&rendition)
                && is_same_group(known, &rendition)
                && known.is_same_quality(&rendition)
        });
        if !is_known {
            out.push(rendition);
        }
    }
    out
}

/// Choices in the members' order, each with its qualities, from the lowest.
pub fn choices<'r, 'a>(all: &'r [Rendition<'a>]) -> Vec<Vec<&'r Rendition<'a>>> {
    let mut out: Vec<Vec<&Rendition<'a>>> = Vec::new();
    for rendition in all {
        let belongs = |choice: &&mut Vec<&Rendition<'a>>| {
            choice.iter().all(|known| is_same_group(known, rendition) && known.is_same_choice(rendition))
        };
        match out.iter_mut().find(belongs) {
            Some(choice) => choice.push(rendition),
            None => out.push(vec![rendition]),
        }
    }
    for choice in &mut out {
        choice.sort_by_key(|rendition| rendition.average);
    }
    out
}

/// Groups of sound for HLS: for each codec and layout those of every quality, from the lowest; none is empty.
/// A choice with fewer qualities is in several groups (RFC 8216bis §4.4.6.1: groups have the same members).
pub fn families<'r, 'a>(all: &'r [Rendition<'a>]) -> Vec<Vec<AudioGroup<'r, 'a>>> {
    let choices = choices(all);
    let mut families: Vec<Vec<&Vec<&'r Rendition<'a>>>> = Vec::new();
    for choice in &choices {
        let Some(first) = choice.first() else { continue };
        let belongs = |family: &&mut Vec<&Vec<&'r Rendition<'a>>>| {
            family.first().and_then(|other| other.first()).is_some_and(|other| is_same_group(other, first))
        };
        match families.iter_mut().find(belongs) {
            Some(family) => family.push(choice),
            None => families.push(vec![choice]),
        }
    }
    let tiers = families.iter().map(|family| tiers(family)).filter(|groups| !groups.is_empty());
    let mut out: Vec<Vec<AudioGroup<'r, 'a>>> = tiers.collect();
    for group in out.iter_mut().flatten() {
        for choice in &choices {
            group.fill(choice);
        }
    }
    out
}

impl<'r, 'a> AudioGroup<'r, 'a> {
    /// Adds the best of a choice that the group's codec and layout lack: French in stereo where only English
    /// has more channels.
    fn fill(&mut self, choice: &[&'r Rendition<'a>]) {
        let Some(best) = choice.last() else { return };
        let is_there = |member: &&Rendition<'_>| member.name == best.name || member.says_the_same(best);
        if !self.members.iter().any(is_there) {
            self.members.push(best);
        }
    }

    /// What the `CODECS` of a variant must name: the formats of all members (RFC 8216bis §4.4.6.2).
    pub fn codecs(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for codec in self.members.iter().filter_map(|member| member.audio_codec()) {
            if !out.contains(&codec.hls_codecs) {
                out.push(codec.hls_codecs.clone());
            }
        }
        out
    }
}

fn tiers<'r, 'a>(family: &[&Vec<&'r Rendition<'a>>]) -> Vec<AudioGroup<'r, 'a>> {
    let count = family.iter().map(|choice| choice.len()).max().unwrap_or(0);
    let tier = |tier: usize| {
        let members: Vec<_> =
            family.iter().filter_map(|choice| choice.get(tier * choice.len() / count).copied()).collect();
        let codec = members.first()?.audio_codec()?;
        let joc = if codec.joc_complexity.is_some() { "-joc" } else { "" };
        let quality = if count > 1 { format!("-{}", tier + 1) } else { String::new() };
        let id = format!("{}-{}ch{joc}{quality}", codec.hls_codecs.to_ascii_lowercase(), codec.channels);
        Some(AudioGroup { id, codec, members })
    };
    (0..count).filter_map(tier).collect()
}

/// Which of several renditions for one purpose plays unasked: what the owner says; else the first that the
/// file marks, and that is no extra.
pub(crate) fn default_of(renditions: &[&Rendition<'_>]) -> usize {
    let is_extra = |rendition: &Rendition<'_>| {
        let extras =
            [Role::Description, Role::Commentary, Role::EnhancedAudioIntelligibility, Role::Supplementary];
        extras.into_iter().any(|role| rendition.has_role(role))
    };
    let said = renditions.iter().position(|rendition| rendition.labels.is_default == Some(true));
    let may = |rendition: &Rendition<'_>| rendition.labels.is_default != Some(false) && !is_extra(rendition);
    let marked = renditions.iter().position(|rendition| may(rendition) && rendition.track.is_enabled);
    said.or(marked).or_else(|| renditions.iter().position(|rendition| may(rendition))).unwrap_or(0)
}
