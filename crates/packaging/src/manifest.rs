//! Manifests: an asset as text. No HTTP here, and no decision about times: those come from the asset.

pub mod dash;
mod decimal;
pub mod hls;

use isobmff::codec::AudioCodec;

use crate::{PackagedTrack, TrackCodec};

/// Name of an audio track for a viewer, unique among the others: its language and channels, with a number
/// where that is not enough.
fn audio_names(tracks: &[&PackagedTrack]) -> Vec<String> {
    let plain: Vec<String> = tracks.iter().map(|track| plain_name(track)).collect();
    plain
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let before = plain.iter().take(index).filter(|other| *other == name).count();
            let is_alone = plain.iter().filter(|other| *other == name).count() == 1;
            if is_alone { name.clone() } else { format!("{name} {}", before + 1) }
        })
        .collect()
}

fn plain_name(track: &PackagedTrack) -> String {
    track.language.clone().unwrap_or_else(|| "Audio".to_owned())
}

/// Audio tracks that a player may choose between with one decoder: same codec, same channels.
fn audio_groups<'a>(tracks: &[&'a PackagedTrack]) -> Vec<(&'a AudioCodec, Vec<&'a PackagedTrack>)> {
    let mut groups: Vec<(&AudioCodec, Vec<&PackagedTrack>)> = Vec::new();
    for &track in tracks {
        let TrackCodec::Audio(codec) = &track.codec else { continue };
        let same = |other: &AudioCodec| {
            other.codecs == codec.codecs
                && other.channels == codec.channels
                && other.joc_complexity == codec.joc_complexity
        };
        match groups.iter_mut().find(|(other, _)| same(other)) {
            Some((_, members)) => members.push(track),
            None => groups.push((codec, vec![track])),
        }
    }
    groups
}

#[cfg(test)]
mod tests;
