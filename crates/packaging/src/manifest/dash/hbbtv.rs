//! The profile of televisions: DVB-DASH (ETSI TS 103 285 §4, §5, §6), and `HbbTV` 1.5 (ETSI TS 102 796 V1.2.1
//! Annex E) where the content keeps to what that knows.
//!
//! What it asks of content is looked at; what does not keep to it is refused with the reason.

use isobmff::codec::{AudioCodec, AudioFamily, VideoCodec, VideoFamily};

use crate::Error;
use crate::picture::Picture;
use crate::presentation::{Presentation, Rendition};
use crate::route::Addressing;

const DVB: &str = "urn:dvb:dash:profile:dvb-dash:2014";
const HBBTV: &str = "urn:hbbtv:dash:profile:isoff-live:2012";
/// How the profile says channel configurations of AAC (TS 103 285 §6.3).
pub(super) const AAC_CHANNELS: &str = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011";

/// Longest and shortest segment in milliseconds (TS 103 285 §4.5); the last may be shorter.
const LONGEST_MILLIS: u64 = 15_000;
const SHORTEST_MILLIS: u64 = 960;
/// Most representations of a set, and most sets of a period (TS 103 285 §4.5).
const MOST_REPRESENTATIONS: usize = 16;

/// The profiles' names, of content that [`check`] has found right.
pub(super) fn profiles(presentation: &Presentation<'_>) -> Vec<&'static str> {
    let is_known = |rendition: &Rendition<'_>| {
        rendition.video().is_none_or(|(video, picture)| is_of_2012(video, picture))
    };
    let sound = |rendition: &Rendition<'_>| {
        let family = rendition.audio_codec().map(|codec| codec.family);
        matches!(family, None | Some(AudioFamily::Aac | AudioFamily::Ac3 | AudioFamily::Eac3))
    };
    let is_of_2012 = presentation.video.iter().all(is_known) && presentation.audio.iter().all(sound);
    if is_of_2012 { vec![DVB, HBBTV] } else { vec![DVB] }
}

/// AVC of up to 1080 lines at 25 or 50 pictures a second (TS 102 796 V1.2.1 §7.3.1).
fn is_of_2012(video: &VideoCodec, picture: &Picture) -> bool {
    let is_rate = picture.frame_rate.is_some_and(|(n, d)| d == 1 && (n == 25 || n == 50));
    video.family == VideoFamily::Avc && is_rate && video.coded_width <= 1920 && video.coded_height <= 1088
}

/// Why the content cannot have the profile.
pub(super) fn check(presentation: &Presentation<'_>, addressing: Addressing) -> Result<(), Error> {
    let refused = |id: &str, reason: &str| {
        Error::NotOffered(format!("{id} does not keep to the profile of HbbTV and DVB: {reason}"))
    };
    if !matches!(addressing, Addressing::Time | Addressing::Number) {
        return Err(refused("the addressing", "it wants segments by time or number"));
    }
    if presentation.video.len() > MOST_REPRESENTATIONS || presentation.audio.len() > MOST_REPRESENTATIONS {
        return Err(refused("the presentation", "it has more than 16 renditions of one kind"));
    }
    for rendition in presentation.video.iter().chain(&presentation.audio) {
        let codec = match (rendition.video(), rendition.audio_codec()) {
            (Some((video, picture)), _) => fault_of_pictures(rendition, video, picture),
            (None, Some(audio)) => fault_of_sound(audio),
            (None, None) => None,
        };
        if let Some(reason) = codec.or_else(|| fault_of_segments(rendition)) {
            return Err(refused(&rendition.id, &reason));
        }
    }
    Ok(())
}

/// TS 103 285 §5.1 and §5.2.
fn fault_of_pictures(rendition: &Rendition<'_>, video: &VideoCodec, picture: &Picture) -> Option<String> {
    let field = |place: usize| video.codecs.split('.').nth(place).unwrap_or_default();
    let is_known = match video.family {
        // Main and High; Baseline that is Main as well says so in its constraints.
        VideoFamily::Avc => {
            let hex = |from: usize| field(1).get(from..from + 2).and_then(|h| u8::from_str_radix(h, 16).ok());
            match hex(0) {
                Some(77 | 100) => true,
                Some(66) => hex(2).is_some_and(|constraints| constraints & 0x40 != 0),
                _ => false,
            }
        }
        VideoFamily::Hevc => matches!(field(1), "1" | "2"),
        VideoFamily::Av1 | VideoFamily::Vp9 | VideoFamily::Vvc => false,
    };
    if !is_known {
        return Some(format!("{} is none of AVC Main and High, HEVC Main and Main 10", video.codecs));
    }
    if picture.frame_rate.is_none() {
        return Some("its frame rate is not known".to_owned());
    }
    let is_entered = rendition.track.segmentation.sap_type() <= 2;
    (!is_entered).then(|| "a segment begins with pictures that may need the one before".to_owned())
}

/// TS 103 285 §6: HE-AAC with what it contains, the Dolby and DTS codecs, MPEG-H.
fn fault_of_sound(audio: &AudioCodec) -> Option<String> {
    let is_known = matches!(
        audio.family,
        AudioFamily::Aac
            | AudioFamily::Ac3
            | AudioFamily::Eac3
            | AudioFamily::Ac4
            | AudioFamily::Dts
            | AudioFamily::MpegH
    );
    (!is_known).then(|| format!("{} is no codec of it", audio.codecs))
}

fn fault_of_segments(rendition: &Rendition<'_>) -> Option<String> {
    let segments = rendition.segments();
    let ticks = u64::from(rendition.track.timescale.get());
    let millis = |ticks_long: u64| ticks_long.saturating_mul(1000) / ticks;
    let (_, all_but_last) = segments.split_last()?;
    if segments.iter().any(|segment| millis(segment.duration) > LONGEST_MILLIS) {
        return Some("a segment lasts longer than 15 s".to_owned());
    }
    let is_short = all_but_last.iter().any(|segment| millis(segment.duration) < SHORTEST_MILLIS);
    is_short.then(|| "a segment lasts less than 0.96 s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::dash;
    use crate::route::{Options, Version};
    use crate::synthetic::{Made, aac, every, opus_track, package, package_with, pictures, reordered, video};

    fn mpd(made: &Made, segments: Option<Addressing>) -> Result<String, String> {
        let presentation = Presentation::of(&made.asset, Version(1).into()).unwrap();
        let options = Options { is_hbbtv: true, segments, ..Options::default() };
        dash::mpd(&presentation, &options).map_err(|error| error.to_string())
    }

    /// AVC High at 25 pictures a second and AAC-LC, in segments of 6 s: what televisions of 2012 know.
    #[test]
    fn what_keeps_to_both_profiles() {
        let made = package(vec![video().with_samples(pictures(350, 50)), aac(600)]);
        let text = mpd(&made, None).unwrap();
        let said = format!("profiles=\"urn:mpeg:dash:profile:isoff-live:2011,{DVB},{HBBTV}\"");
        assert!(text.contains(&said), "{text}");
        assert!(text.contains("maxWidth=\"640\" maxHeight=\"360\" maxFrameRate=\"25\""), "{text}");
        assert!(text.contains(&format!("schemeIdUri=\"{AAC_CHANNELS}\" value=\"2\"")), "{text}");
        assert!(!text.contains("trickmode"));
        assert!(mpd(&made, Some(Addressing::Number)).unwrap().contains("$Number$"));
    }

    #[test]
    fn what_does_not_is_refused_with_the_reason() {
        let plain = || video().with_samples(pictures(350, 50));
        let refused = |made: &Made, segments| mpd(made, segments).unwrap_err();
        let made = package(vec![plain(), opus_track(600, 312)]);
        let reason = refused(&made, None);
        assert!(reason.starts_with("a2 does not keep") && reason.ends_with("is no codec of it"), "{reason}");
        let made = package(vec![plain(), aac(600)]);
        assert!(refused(&made, Some(Addressing::File)).contains("by time or number"));
        let made = package(vec![video().with_samples(pictures(500, 450)), aac(900)]);
        assert!(refused(&made, None).contains("a segment lasts longer than 15 s"));
        let short = package_with(every(500), 1000, vec![video().with_samples(pictures(350, 5))]).unwrap();
        assert!(refused(&short, None).contains("a segment lasts less than 0.96 s"));
        let open =
            reordered(10, &[2, 0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19], 1024);
        let open = package_with(every(1000), 1000, vec![video().with_samples(open)]).unwrap();
        assert!(refused(&open, None).contains("may need the one before"));
    }
}
