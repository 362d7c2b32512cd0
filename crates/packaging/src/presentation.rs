//! What a viewer is offered: the tracks of one or several sources, put in relation.
//!
//! ```text
//! Member: a source, where its children are, what the owner says  --Presentation::new--> renditions
//! renditions --video::sets, audio::groups--> what a player switches between --> manifests, `inspect`
//! ```
//!
//! A single file is the presentation of one member. Manifests decide nothing of this; they write it down.

pub mod audio;
pub mod images;
mod names;
mod notes;
mod part;
mod rendition;
pub mod video;

use std::num::NonZeroU32;

use isobmff::Timescale;

use crate::route::{Edition, TrackKind, Version, Window, encoded};
use crate::set::{CaptionForm, ClosedCaptions, Labels, Set, SetTrack};
use crate::text::MILLISECONDS;
use crate::{Asset, Error, smooth};

pub use self::images::ImageTrack;
pub(crate) use self::names::{attribute_text, numbered};
pub(crate) use self::rendition::MAX_TARGET_SECS;
pub use self::rendition::Rendition;

/// The `codecs` parameter of IMSC1 text (W3C "TTML Profiles for Internet Media Subtitles and Captions").
pub(crate) const IMSC1_CODECS: &str = "stpp.ttml.im1t";

/// A source of a presentation.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// How it is packaged.
    pub asset: &'a Asset,
    /// Where its children are.
    pub home: Home,
    /// Which of its tracks are used, with what the owner says of each; `None`: all.
    pub chosen: Option<Vec<SetTrack>>,
    /// What the owner says of its sound and text.
    pub labels: Labels,
}

/// Where the children of a source are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// Path of the source relative to the manifest, percent-encoded, with `/` at the end; empty if it is the
    /// manifest's own.
    pub path: String,
    /// Which edition of it.
    pub edition: Edition,
}

/// Longest presentation whose captions' URLs can say its end: eleven days.
const MAX_END_MILLIS: u32 = 1_000_000_000;

/// What a viewer is offered.
#[derive(Debug, Clone)]
pub struct Presentation<'a> {
    /// Pictures, in the members' order.
    pub video: Vec<Rendition<'a>>,
    /// Sound, in the members' order.
    pub audio: Vec<Rendition<'a>>,
    /// All sound of the members, what others have as well too: what goes into one stream with pictures is of
    /// their own source.
    pub sound_beside: Vec<Rendition<'a>>,
    /// Captions, in the members' order.
    pub text: Vec<Rendition<'a>>,
    /// Captions inside the pictures.
    pub closed_captions: Vec<ClosedCaptions>,
    /// Pictures whose key frames are offered for trick play: all that have some. Who empties the list leaves it
    /// out of manifests.
    pub trick_play: Vec<Rendition<'a>>,
    /// Preview pictures.
    pub images: Option<ImageTrack>,
    /// Form of captions in HLS: WebVTT or TTML in MP4.
    pub hls_captions: CaptionForm,
    /// Form of captions in DASH.
    pub dash_captions: CaptionForm,
    /// Whether a viewer's filter has been applied: what is left is what was asked for, be it captions alone.
    pub is_filtered: bool,
    /// Whether HLS offers sound without the pictures as a variant of its own.
    pub has_audio_only_variant: bool,
    /// What fragments of Smooth Streaming depend on.
    pub(crate) smooth_version: Version,
    /// The part that is offered, in whole segments; `None`: all.
    pub window: Option<Window>,
}

impl Home {
    /// The children of the object `key`, as a manifest of `asset` names them that stands so many path elements
    /// below it. Both are decoded paths.
    pub fn relative((asset, below): (&str, usize), key: &str, edition: Edition) -> Self {
        if asset == key {
            return Self { path: "../".repeat(below), edition };
        }
        let common = asset.split('/').zip(key.split('/')).take_while(|(a, b)| a == b).count();
        let up = "../".repeat(asset.split('/').count() - common + below);
        let rest: Vec<_> = key.split('/').skip(common).collect();
        let rest = encoded(&rest.join("/"));
        // A first element with a colon would be read as a scheme (RFC 3986 §4.2).
        let here = if up.is_empty() { "./" } else { "" };
        let here = if rest.split('/').next().is_some_and(|first| first.contains(':')) { here } else { "" };
        Self { path: format!("{here}{up}{rest}/"), edition }
    }
}

impl<'a> Presentation<'a> {
    /// A single source that is its own presentation.
    pub fn of(asset: &'a Asset, edition: Edition) -> Result<Self, Error> {
        let home = Home { path: String::new(), edition };
        let member = Member { asset, home, chosen: None, labels: Labels::default() };
        Self::new(&[member], &Set::default(), None)
    }

    /// Puts the tracks of all members in relation. An error if there is none to offer.
    pub fn new(members: &[Member<'a>], set: &Set, images: Option<ImageTrack>) -> Result<Self, Error> {
        let mut all = Vec::new();
        for (number, member) in members.iter().enumerate() {
            let prefix = if members.len() > 1 { format!("{}-", number + 1) } else { String::new() };
            all.extend(rendition::of_member(member, (number, &prefix)));
        }
        if all.is_empty() {
            return Err(Error::NoTrack("the set chooses no track that its sources have".to_owned()));
        }
        let of =
            |kind: TrackKind| all.iter().filter(|r| r.track.name.kind == kind).cloned().collect::<Vec<_>>();
        let (video, sound_beside) = (of(TrackKind::Video), of(TrackKind::Audio));
        let (mut audio, mut text) =
            (audio::distinct(sound_beside.clone()), distinct_text(of(TrackKind::Text)));
        names::give_audio(&mut audio);
        names::give_text(&mut text);
        let mut made = Self {
            trick_play: video.iter().filter(|r| !r.track.key_frames.is_empty()).cloned().collect(),
            closed_captions: closed_captions(members, set),
            video,
            audio,
            sound_beside,
            text,
            images,
            hls_captions: set.hls_captions.unwrap_or(CaptionForm::WebVtt),
            dash_captions: set.dash_captions.unwrap_or(CaptionForm::Stpp),
            is_filtered: false,
            has_audio_only_variant: false,
            smooth_version: Version(0),
            window: None,
        };
        made.settle_ends();
        smooth::give(&mut made);
        Ok(made)
    }

    /// Previews and files of captions end where pictures and sound do.
    fn settle_ends(&mut self) {
        let (end, scale) = self.end();
        let millis = (u128::from(end) * 1000).div_ceil(u128::from(scale.get()));
        if let Some(images) = &mut self.images {
            images.end_millis = u64::try_from(millis).unwrap_or(u64::MAX);
        }
        let has_media = self.has_media();
        let end = u32::try_from(millis).ok().filter(|&millis| has_media && millis < MAX_END_MILLIS);
        for rendition in self.text.iter_mut().filter(|rendition| rendition.is_file) {
            rendition.home.edition.end_millis = end.and_then(NonZeroU32::new);
        }
    }

    /// Leaves out what is nothing without the pictures that have been left out, and gives trick play their order.
    pub(crate) fn follow_pictures(&mut self) {
        let place =
            |id: &str| self.video.iter().find(|rendition| rendition.id == id).map(|found| found.place);
        self.trick_play
            .retain_mut(|rendition| place(&rendition.id).map(|place| rendition.place = place).is_some());
        if self.video.is_empty() {
            self.closed_captions.clear();
        }
    }

    /// Whether there is more than captions.
    pub fn has_media(&self) -> bool {
        !self.video.is_empty() || !self.audio.is_empty()
    }

    /// All renditions.
    pub fn renditions(&self) -> impl Iterator<Item = &Rendition<'a>> {
        self.video.iter().chain(&self.audio).chain(&self.text)
    }

    /// What plays where nothing is chosen: the pictures of the first variant and the default sound.
    pub fn unasked(&self) -> Vec<&Rendition<'a>> {
        let sound: Vec<_> = self.audio.iter().collect();
        let default = sound.get(audio::default_of(&sound)).copied();
        video::variants(&self.video).into_iter().take(1).chain(default).collect()
    }

    /// `EXT-X-TARGETDURATION` of all playlists.
    pub fn target_duration_secs(&self) -> u64 {
        self.renditions().map(Rendition::target_duration_secs).max().unwrap_or(1)
    }

    /// The end of the longest rendition of pictures or sound, or else of captions: ticks and their scale.
    pub fn end(&self) -> (u64, Timescale) {
        let end = |rendition: &Rendition<'_>| (rendition.track.segmentation.end(), rendition.track.timescale);
        let later = |a: (u64, Timescale), b: (u64, Timescale)| {
            let a_is_later =
                u128::from(a.0) * u128::from(b.1.get()) >= u128::from(b.0) * u128::from(a.1.get());
            if a_is_later { a } else { b }
        };
        let media = self.video.iter().chain(&self.audio).map(end).reduce(later);
        media.or_else(|| self.text.iter().map(end).reduce(later)).unwrap_or((0, MILLISECONDS))
    }
}

/// Leaves out captions that another file with pictures has as well, as [`audio::distinct`] does sound.
fn distinct_text(all: Vec<Rendition<'_>>) -> Vec<Rendition<'_>> {
    let mut out: Vec<Rendition<'_>> = Vec::new();
    for rendition in all {
        let is_same = |known: &Rendition<'_>| {
            known.has_pictures
                && known.member != rendition.member
                && known.labels == rendition.labels
                && known.is_forced() == rendition.is_forced()
        };
        if !rendition.has_pictures || !out.iter().any(is_same) {
            out.push(rendition);
        }
    }
    out
}

/// What the owner says, or else what was seen in the pictures.
fn closed_captions(members: &[Member<'_>], set: &Set) -> Vec<ClosedCaptions> {
    if !set.closed_captions.is_empty() {
        return set.closed_captions.clone();
    }
    let mut seen: Vec<_> = members.iter().flat_map(|member| &member.asset.closed_captions).copied().collect();
    seen.sort_unstable();
    seen.dedup();
    seen.into_iter().map(|channel| ClosedCaptions { channel, labels: Labels::default() }).collect()
}

#[cfg(test)]
mod tests;
