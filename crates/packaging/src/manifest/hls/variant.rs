//! `EXT-X-STREAM-INF` (§4.4.6.2): what a player may switch between by itself.

use std::fmt::Write;

use isobmff::codec::{VideoCodec, VideoRange};

use super::renditions::{CLOSED_CAPTIONS, SUBTITLES};
use super::ts::{MuxedVariant, rates_in};
use crate::manifest::decimal::Thousandths;
use crate::picture::Picture;
use crate::presentation::audio::{AudioGroup, default_of};
use crate::presentation::{IMSC1_CODECS, Presentation, Rendition};
use crate::route::PlaylistForm;
use crate::set::CaptionForm;

/// What all variants have in common.
pub(super) struct Context<'c, 'a> {
    pub(super) presentation: &'c Presentation<'a>,
    pub(super) target: u64,
    /// Which playlists of pictures and sound it names.
    pub(super) media: PlaylistForm,
}

/// One variant.
pub(super) struct Variant<'v, 'a> {
    rendition: &'v Rendition<'a>,
    peak: u64,
    average: u64,
    codecs: Vec<String>,
    supplemental: Option<String>,
    picture: Option<(&'v VideoCodec, &'v Picture)>,
    audio_group: Option<&'v str>,
    score: Option<u32>,
    /// Its playlist, if that is not the rendition's own.
    url: Option<String>,
}

impl<'v, 'a> Variant<'v, 'a> {
    /// Pictures with the sound of a group.
    pub(super) fn new(
        rendition: &'v Rendition<'a>,
        group: Option<&'v AudioGroup<'v, 'a>>,
        (target, media): (u64, PlaylistForm),
    ) -> Self {
        let own = rates_in(rendition.track, media, target);
        let sound = group.map_or((0, 0), |group| rates(group, (target, media)));
        let picture = rendition.video();
        let (own_codecs, supplemental) = video_codecs(rendition);
        Self {
            rendition,
            // The peak of a variant is the sum of the peaks of what plays together (§4.4.6.2).
            peak: own.peak + sound.0,
            average: own.average + sound.1,
            codecs: own_codecs.into_iter().chain(group.into_iter().flat_map(AudioGroup::codecs)).collect(),
            // Nothing in MPEG-TS says what a supplemental codec needs.
            supplemental: supplemental.filter(|_| media != PlaylistForm::Ts),
            picture,
            audio_group: group.map(|group| group.id.as_str()),
            score: None,
            url: None,
        }
    }

    /// Sound alone: what of a group plays unasked.
    pub(super) fn sound(group: &'v AudioGroup<'v, 'a>, form: (u64, PlaylistForm)) -> Option<Self> {
        let (peak, average) = rates(group, form);
        Some(Self {
            rendition: group.members.get(default_of(&group.members))?,
            peak,
            average,
            codecs: group.codecs(),
            supplemental: None,
            picture: None,
            audio_group: Some(group.id.as_str()),
            score: None,
            url: None,
        })
    }

    /// The same with the sound inside; of the group only what is beside it is added to its rate.
    pub(super) fn muxed(self, muxed: &MuxedVariant) -> Self {
        Self {
            peak: muxed.rates.peak + muxed.beside.0,
            average: muxed.rates.average + muxed.beside.1,
            url: Some(muxed.url.clone()),
            ..self
        }
    }

    pub(super) fn with_score(self, score: Option<u32>) -> Self {
        Self { score, ..self }
    }

    /// Whether it names its group.
    pub(super) fn in_group(self, names_group: bool) -> Self {
        Self { audio_group: self.audio_group.filter(|_| names_group), ..self }
    }
}

/// `CODECS` of pictures and `SUPPLEMENTAL-CODECS`, as the init segment that HLS refers to has them.
pub(super) fn video_codecs(rendition: &Rendition<'_>) -> (Option<String>, Option<String>) {
    let track = rendition.track;
    let of = rendition.video().map(|(video, _)| video).zip(track.format(track.hls_form()));
    let supplemental = of.and_then(|(video, format)| {
        let found = video.supplemental_as(format)?;
        Some(format!("{}/{}", found.codecs, found.brand))
    });
    (of.map(|(video, format)| video.codecs_as(format)), supplemental)
}

/// The largest peak and average of a group.
fn rates(group: &AudioGroup<'_, '_>, (target, media): (u64, PlaylistForm)) -> (u64, u64) {
    let rates = group.members.iter().map(|member| rates_in(member.track, media, target));
    rates.fold((0, 0), |(peak, average), rates| (rates.peak.max(peak), rates.average.max(average)))
}

impl Context<'_, '_> {
    /// The tag and the playlist's URI.
    pub(super) fn write(&self, out: &mut String, variant: &Variant<'_, '_>) {
        let has_text = !self.presentation.text.is_empty();
        let mut codecs = variant.codecs.clone();
        // WebVTT need not be named; what is in MP4 must (authoring specification 5.10).
        if has_text && self.presentation.hls_captions != CaptionForm::WebVtt {
            codecs.push(IMSC1_CODECS.to_owned());
        }
        let _ = write!(
            out,
            "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}\"",
            variant.peak.max(1),
            variant.average.max(1),
            codecs.join(",")
        );
        if let Some(score) = variant.score {
            let _ = write!(out, ",SCORE={score}");
        }
        if let Some(supplemental) = &variant.supplemental {
            let _ = write!(out, ",SUPPLEMENTAL-CODECS=\"{supplemental}\"");
        }
        if let Some((video, picture)) = variant.picture {
            write_picture(out, video, picture);
        }
        if let Some(group) = variant.audio_group {
            let _ = write!(out, ",AUDIO=\"{group}\"");
        }
        if has_text {
            let _ = write!(out, ",SUBTITLES=\"{SUBTITLES}\"");
        }
        if variant.picture.is_some() {
            let is_none = self.presentation.closed_captions.is_empty();
            let captions = if is_none { "NONE".to_owned() } else { format!("\"{CLOSED_CAPTIONS}\"") };
            let _ = write!(out, ",CLOSED-CAPTIONS={captions}");
        }
        let own = || variant.rendition.playlist_url(self.target, self.media);
        let _ = writeln!(out, "\n{}", variant.url.clone().unwrap_or_else(own));
    }
}

fn write_picture(out: &mut String, video: &VideoCodec, picture: &Picture) {
    write_resolution(out, picture);
    if let Some((numerator, denominator)) = picture.frame_rate {
        let _ = write!(out, ",FRAME-RATE={}", Thousandths(numerator, denominator));
    }
    write_range(out, video);
}

pub(super) fn write_resolution(out: &mut String, picture: &Picture) {
    let _ = write!(out, ",RESOLUTION={}x{}", picture.displayed.0, picture.displayed.1);
}

pub(super) fn write_range(out: &mut String, video: &VideoCodec) {
    let range = match video.video_range() {
        VideoRange::Sdr => "SDR",
        VideoRange::Hlg => "HLG",
        VideoRange::Pq => "PQ",
    };
    let _ = write!(out, ",VIDEO-RANGE={range}");
}
