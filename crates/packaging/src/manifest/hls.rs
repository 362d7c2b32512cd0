//! HLS playlists (RFC 8216bis). Attributes stand in one order, so that equal presentations give equal bytes.

mod bytes;
mod extras;
mod iframes;
mod media;
mod programme;
mod rebased;
mod renditions;
mod ts;
mod variant;

use std::fmt::Write;

use self::iframes::write_iframe_variants;
use self::renditions::{write_audio, write_closed_captions, write_subtitles};
use self::variant::{Context, Variant};
use crate::Error;
use crate::presentation::video::{scores, variants};
use crate::presentation::{ImageTrack, Presentation, Rendition, audio};
use crate::route::{Addressing, Container, Images, Options, PlaylistForm};
use crate::set::CaptionChannel;

pub use self::bytes::bytes;
pub use self::extras::with_extras;
pub(crate) use self::iframes::KeyFrameRates;
pub use self::iframes::{FMP4_KEY_FRAMES, KeyFrameForm, iframes};
pub use self::media::media;
pub use self::programme::{programme, programme_multivariant};
pub use self::rebased::rebased;
pub use self::ts::{TS_KEY_FRAMES, muxed_media, not_in_ts, ts_media};

/// `EXT-X-MAP` in a playlist that is not of I-frames only needs 6 (§8).
const PLAYLIST_VERSION: u32 = 6;
/// Services of CEA-708 need 7 (§8).
const SERVICES_VERSION: u32 = 7;

/// The multivariant playlist. An error if the container that the options ask for can carry nothing of it.
pub fn multivariant(presentation: &Presentation<'_>, options: &Options) -> Result<String, Error> {
    let is_file = options.segments == Some(Addressing::File);
    match options.container {
        Container::Fmp4 if is_file => Ok(render(presentation, PlaylistForm::Bytes, None)),
        Container::Fmp4 => Ok(render(presentation, PlaylistForm::Index, None)),
        Container::Ts => {
            let carried = ts::carried(presentation)?;
            Ok(render(&carried, PlaylistForm::Ts, Some(&ts::Inside::new(&carried))))
        }
        Container::Demuxed => Ok(render(&ts::carried(presentation)?, PlaylistForm::Ts, None)),
    }
}

/// `media`: the playlists of pictures and sound that it names.
fn render(
    presentation: &Presentation<'_>,
    media: PlaylistForm,
    inside: Option<&ts::Inside<'_, '_>>,
) -> String {
    let captions = &presentation.closed_captions;
    let has_services = captions.iter().any(|it| matches!(it.channel, CaptionChannel::Service(_)));
    let version = if has_services { SERVICES_VERSION } else { PLAYLIST_VERSION };
    let mut out = format!("#EXTM3U\n#EXT-X-VERSION:{version}\n");
    if presentation.renditions().all(|rendition| !rendition.track.segmentation.has_leading_pictures) {
        out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
    }
    let target = presentation.target_duration_secs();
    let form = (target, media);
    let families = audio::families(&presentation.audio);
    let pictures = variants(&presentation.video);
    // A lone sound track without pictures is the variant itself.
    let names_groups = !pictures.is_empty() || presentation.audio.len() > 1;
    for group in families
        .iter()
        .flatten()
        .filter(|group| names_groups && !inside.is_some_and(|inside| inside.has_all(group)))
    {
        write_audio(&mut out, group, form, inside.and_then(|inside| inside.place(group)));
    }
    write_subtitles(&mut out, presentation, form);
    write_closed_captions(&mut out, &presentation.closed_captions);

    let context = Context { presentation, target, media };
    let scores = scores(&pictures);
    let sound_alone = presentation.has_audio_only_variant && !pictures.is_empty();
    // Where variants have scores all have one (§4.4.6.2), and sound alone the lowest.
    let score = |at: usize| Some(scores.as_ref()?.get(at)? + u32::from(sound_alone));
    if families.is_empty() {
        for (at, picture) in pictures.iter().enumerate() {
            context.write(&mut out, &Variant::new(picture, None, form).with_score(score(at)));
        }
    }
    // Variants of one kind of sound stand together: the first of each is where a player may start.
    for qualities in &families {
        for (at, picture) in pictures.iter().enumerate() {
            let group = qualities.get(rank(&pictures, at) * qualities.len() / pictures.len());
            let variant = Variant::new(picture, group, form).with_score(score(at));
            let muxed = inside.zip(group).and_then(|(inside, group)| inside.variant(picture, group, target));
            match muxed {
                Some(muxed) => context.write(&mut out, &variant.muxed(&muxed).in_group(muxed.names_group)),
                None => context.write(&mut out, &variant),
            }
        }
        let alone = if pictures.is_empty() { qualities.len() } else { usize::from(sound_alone) };
        for group in qualities.iter().take(alone) {
            let names_group = names_groups && !inside.is_some_and(|inside| inside.has_all(group));
            let lowest = scores.as_ref().map(|_| 1);
            if let Some(variant) = Variant::sound(group, form) {
                context.write(&mut out, &variant.in_group(names_group).with_score(lowest));
            }
        }
    }
    let key_frames = if media == PlaylistForm::Ts { TS_KEY_FRAMES } else { FMP4_KEY_FRAMES };
    write_iframe_variants(&mut out, presentation, key_frames);
    presentation.images.iter().for_each(|images| write_images(&mut out, images));
    out
}

/// How many of the variants have a lower bit rate: sound of low quality goes with pictures of low quality.
fn rank(pictures: &[&Rendition<'_>], at: usize) -> usize {
    let average = |rendition: &&Rendition<'_>| rendition.average;
    let own = pictures.get(at).map(average);
    pictures.iter().filter(|other| Some(average(other)) < own).count()
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

fn yes_no(is: bool) -> &'static str {
    if is { "YES" } else { "NO" }
}
