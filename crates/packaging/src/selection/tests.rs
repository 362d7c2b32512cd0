//! Oracle: what AWS says of `StreamSelection` ("at or above", "at or below"), and the order of three sources by hand.

use super::*;
use crate::manifest::hls::multivariant;
use crate::presentation::{Home, Member, Presentation, video};
use crate::route::{Options, Version};
use crate::set::{Labels, Set};
use crate::synthetic::{Made, aac, package, pictures, video as video_track};

/// 8 s of pictures, so many bytes each, 25 a second: 1,000 bytes are 200 kbit/s and a little more.
fn pictures_of(bytes: u32) -> Made {
    let mut track = video_track().with_samples(pictures(200, 50));
    track.samples.iter_mut().for_each(|sample| sample.size = bytes);
    package(vec![track, aac(375)])
}

/// The presentation of a middle, a high and a low quality.
fn presented(made: &[Made]) -> Presentation<'_> {
    let members: Vec<_> = made
        .iter()
        .enumerate()
        .map(|(number, made)| {
            let home = Home { path: format!("{number}/"), edition: Version(7).into() };
            Member { asset: &made.asset, home, chosen: None, labels: Labels::default() }
        })
        .collect();
    Presentation::new(&members, &Set::default(), None).unwrap()
}

fn made() -> [Made; 3] {
    [4000, 20_000, 1000].map(pictures_of)
}

fn ids<'a>(renditions: impl IntoIterator<Item = &'a Rendition<'a>>) -> Vec<&'a str> {
    renditions.into_iter().map(|rendition| rendition.id.as_str()).collect()
}

#[test]
fn orders() {
    let made = made();
    let rows = [
        // 0.8 Mbit/s is nearest below 2 Mbit/s.
        (None, ["1-v1", "3-v1", "2-v1"], ["3-v1", "1-v1", "2-v1"]),
        (Some("ORIGINAL"), ["1-v1", "2-v1", "3-v1"], ["1-v1", "2-v1", "3-v1"]),
        (Some("VIDEO_BITRATE_ASCENDING"), ["3-v1", "1-v1", "2-v1"], ["3-v1", "1-v1", "2-v1"]),
        (Some("VIDEO_BITRATE_DESCENDING"), ["2-v1", "1-v1", "3-v1"], ["2-v1", "1-v1", "3-v1"]),
    ];
    for (word, hls, dash) in rows {
        let mut all = presented(&made);
        let stream_order = word.map(|word| StreamOrder::parse(word).unwrap());
        Selection { stream_order, ..Selection::default() }.apply(&mut all).unwrap();
        assert_eq!(ids(video::variants(&all.video)), hls, "{word:?}");
        assert_eq!(ids(video::sets(&all.video)[0].members.iter().copied()), dash, "{word:?}");
        let text = multivariant(&all, &Options::default()).unwrap();
        let uris: Vec<_> =
            text.lines().filter(|line| !line.starts_with('#')).map(|line| &line[..1]).collect();
        let places = hls.map(|id| (id[..1].parse::<u32>().unwrap() - 1).to_string());
        assert_eq!(uris, places, "{word:?}");
    }
}

#[test]
fn bounds_are_inclusive() {
    let made = made();
    let rates: Vec<u64> = presented(&made).video.iter().map(|rendition| rendition.average).collect();
    let left = |min: Option<u64>, max: Option<u64>| {
        let mut all = presented(&made);
        let selection = Selection {
            min_video_bits_per_second: min,
            max_video_bits_per_second: max,
            ..Selection::default()
        };
        selection.apply(&mut all).map(|()| ids(&all.video).join(" ")).map_err(|error| error.to_string())
    };
    assert_eq!(left(None, None).unwrap(), "1-v1 2-v1 3-v1");
    assert_eq!(left(Some(rates[0]), None).unwrap(), "1-v1 2-v1");
    assert_eq!(left(Some(rates[0] + 1), None).unwrap(), "2-v1");
    assert_eq!(left(None, Some(rates[0])).unwrap(), "1-v1 3-v1");
    assert_eq!(left(None, Some(rates[0] - 1)).unwrap(), "3-v1");
    assert_eq!(left(Some(1), Some(2)).unwrap_err(), "no pictures have 1 to 2 bits per second");
    assert_eq!(left(Some(1 << 30), None).unwrap_err(), "no pictures have 1073741824 to any bits per second");
}

/// Bounds are of pictures: what has none is left as it is.
#[test]
fn sound_alone_has_no_bounds() {
    let made = [package(vec![aac(375)])];
    let mut all = presented(&made);
    let selection = Selection { min_video_bits_per_second: Some(1 << 30), ..Selection::default() };
    assert_eq!(selection.apply(&mut all), Ok(()));
    assert_eq!(all.audio.len(), 1);
}

#[test]
fn a_set_says_more_than_the_operator() {
    let of_set = Selection {
        min_video_bits_per_second: Some(5),
        stream_order: Some(StreamOrder::Original),
        audio_only_variant: Some(false),
        ..Selection::default()
    };
    let of_operator = Selection {
        min_video_bits_per_second: Some(1),
        max_video_bits_per_second: Some(9),
        stream_order: Some(StreamOrder::VideoBitrateDescending),
        audio_only_variant: Some(true),
    };
    let both = Selection { max_video_bits_per_second: Some(9), ..of_set };
    assert_eq!(of_set.or(of_operator), both);
    assert!(both.is_sound());
    assert!(!Selection { max_video_bits_per_second: Some(4), ..both }.is_sound());
}

#[test]
fn renditions_by_their_ids() {
    let made = made();
    let left = |text: &str| {
        let mut all = presented(&made);
        let wanted: Vec<_> = text.split(',').map(|id| RenditionId::parse(id).unwrap()).collect();
        retain(&mut all, &wanted).map(|()| ids(all.renditions()).join(" ")).map_err(|id| id.to_string())
    };
    assert_eq!(left("2-v1").unwrap(), "2-v1");
    assert_eq!(left("3-v1,1-v1,1-a2").unwrap(), "1-v1 3-v1 1-a2");
    assert_eq!(left("1-v1,4-v1").unwrap_err(), "4-v1");
    assert_eq!(left("v1").unwrap_err(), "v1");
    let mut all = presented(&made);
    assert_eq!(retain(&mut all, &[]), Ok(()));
    assert_eq!(all.renditions().count(), 4);
}
