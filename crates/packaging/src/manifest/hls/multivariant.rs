//! The multivariant playlist: groups of renditions, then variants, then what is shown while seeking.

use std::fmt::Write;

use super::PLAYLIST_VERSION;
use super::iframes::{FMP4_KEY_FRAMES, write_iframe_variants};
use super::renditions::{write_audio, write_closed_captions, write_subtitles};
use super::ts::{Inside, TS_KEY_FRAMES};
use super::variant::{Context, Variant};
use crate::presentation::audio::{AudioGroup, families};
use crate::presentation::video::{scores, variants};
use crate::presentation::{ImageTrack, Presentation, Rendition};
use crate::route::{Images, PlaylistForm};
use crate::set::CaptionChannel;

/// Services of CEA-708 need 7 (§8).
const SERVICES_VERSION: u32 = 7;

/// The playlist. `media`: the playlists of pictures and sound that it names; `inside`: what of the sound is inside the
/// pictures' MPEG-TS.
pub(super) fn render(
    presentation: &Presentation<'_>,
    media: PlaylistForm,
    inside: Option<&Inside<'_, '_>>,
) -> String {
    Multivariant::new(presentation, media, inside).render()
}

/// A presentation as its variants are written.
struct Multivariant<'m, 'a> {
    context: Context<'m, 'a>,
    inside: Option<&'m Inside<'m, 'a>>,
    pictures: Vec<&'m Rendition<'a>>,
    /// Kinds of sound, each in one or several qualities.
    families: Vec<Vec<AudioGroup<'m, 'a>>>,
    scores: Option<Vec<u32>>,
}

impl<'m, 'a> Multivariant<'m, 'a> {
    fn new(
        presentation: &'m Presentation<'a>,
        media: PlaylistForm,
        inside: Option<&'m Inside<'m, 'a>>,
    ) -> Self {
        let pictures = variants(&presentation.video);
        let target = presentation.target_duration_secs();
        Self {
            context: Context { presentation, target, media },
            inside,
            families: families(&presentation.audio),
            scores: scores(&pictures),
            pictures,
        }
    }

    fn render(&self) -> String {
        let mut out = self.header();
        self.write_groups(&mut out);
        if self.families.is_empty() {
            self.write_silent_variants(&mut out);
        }
        // Variants of one kind of sound stand together: the first of each is where a player may start.
        for qualities in &self.families {
            self.write_variants_with(&mut out, qualities);
            self.write_sound_alone(&mut out, qualities);
        }
        let Context { presentation, media, .. } = self.context;
        let key_frames = if media == PlaylistForm::Ts { TS_KEY_FRAMES } else { FMP4_KEY_FRAMES };
        write_iframe_variants(&mut out, presentation, key_frames);
        presentation.images.iter().for_each(|images| write_images(&mut out, images));
        out
    }

    fn header(&self) -> String {
        let presentation = self.context.presentation;
        let captions = &presentation.closed_captions;
        let has_services = captions.iter().any(|it| matches!(it.channel, CaptionChannel::Service(_)));
        let version = if has_services { SERVICES_VERSION } else { PLAYLIST_VERSION };
        let mut out = format!("#EXTM3U\n#EXT-X-VERSION:{version}\n");
        if presentation.renditions().all(|rendition| !rendition.track.segmentation.has_leading_pictures) {
            out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
        }
        out
    }

    fn write_groups(&self, out: &mut String) {
        for group in self.families.iter().flatten().filter(|group| self.names(group)) {
            write_audio(out, group, self.form(), self.inside.and_then(|inside| inside.place(group)));
        }
        write_subtitles(out, self.context.presentation, self.form());
        write_closed_captions(out, &self.context.presentation.closed_captions);
    }

    fn write_silent_variants(&self, out: &mut String) {
        for (at, picture) in self.pictures.iter().enumerate() {
            self.context.write(out, &Variant::new(picture, None, self.form()).with_score(self.score(at)));
        }
    }

    /// Pictures with one kind of sound.
    fn write_variants_with(&self, out: &mut String, qualities: &[AudioGroup<'m, 'a>]) {
        for (at, picture) in self.pictures.iter().enumerate() {
            let group = qualities.get(self.rank(at) * qualities.len() / self.pictures.len());
            let variant = Variant::new(picture, group, self.form()).with_score(self.score(at));
            let target = self.context.target;
            let muxed =
                self.inside.zip(group).and_then(|(inside, group)| inside.variant(picture, group, target));
            match muxed {
                Some(muxed) => self.context.write(out, &variant.muxed(&muxed).in_group(muxed.names_group)),
                None => self.context.write(out, &variant),
            }
        }
    }

    fn write_sound_alone(&self, out: &mut String, qualities: &[AudioGroup<'m, 'a>]) {
        let alone =
            if self.pictures.is_empty() { qualities.len() } else { usize::from(self.offers_sound_alone()) };
        let lowest = self.scores.as_ref().map(|_| 1);
        for group in qualities.iter().take(alone) {
            if let Some(variant) = Variant::sound(group, self.form()) {
                self.context.write(out, &variant.in_group(self.names(group)).with_score(lowest));
            }
        }
    }

    fn form(&self) -> (u64, PlaylistForm) {
        (self.context.target, self.context.media)
    }

    /// Whether a group is named: a lone sound track without pictures is the variant itself, and what is inside the
    /// pictures needs none.
    fn names(&self, group: &AudioGroup<'_, '_>) -> bool {
        let is_choice = !self.pictures.is_empty() || self.context.presentation.audio.len() > 1;
        is_choice && !self.inside.is_some_and(|inside| inside.has_all(group))
    }

    /// Whether sound is offered beside the variants with pictures.
    fn offers_sound_alone(&self) -> bool {
        self.context.presentation.has_audio_only_variant && !self.pictures.is_empty()
    }

    /// Where variants have scores all have one (§4.4.6.2), and sound alone the lowest.
    fn score(&self, at: usize) -> Option<u32> {
        Some(self.scores.as_ref()?.get(at)? + u32::from(self.offers_sound_alone()))
    }

    /// How many of the variants have a lower bit rate: sound of low quality goes with pictures of low quality.
    fn rank(&self, at: usize) -> usize {
        let average = |rendition: &&Rendition<'_>| rendition.average;
        let own = self.pictures.get(at).map(average);
        self.pictures.iter().filter(|other| Some(average(other)) < own).count()
    }
}

/// `EXT-X-IMAGE-STREAM-INF` ("HLS image playlists" of Roku and others): previews while seeking.
fn write_images(out: &mut String, images: &ImageTrack) {
    let (width, height) = images.tile_size();
    let _ = writeln!(
        out,
        "#EXT-X-IMAGE-STREAM-INF:BANDWIDTH={},RESOLUTION={width}x{height},CODECS=\"jpeg\",URI=\"{}\"",
        images.bandwidth(),
        images.url(Images::Playlist),
    );
}
