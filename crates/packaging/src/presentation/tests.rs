//! Oracles: the rules of RFC 8216bis §4.4.6 and of ladders as encoders make them, written out by hand.

use isobmff::testing::{ENG, SourceTrack, mp4a};

use super::*;
use crate::index::Index;
use crate::route::{Options, TrackName, Version};
use crate::set::{Role, SetTrack, TrackChoice};
use crate::synthetic::{Made, aac, package, pictures, video};
use crate::{Policy, SourceObject};

const EDITION: u64 = 0x0123_4567_89ab_cdef;

fn sized(mut track: SourceTrack, size: u32) -> SourceTrack {
    track.samples.iter_mut().for_each(|sample| sample.size = size);
    track
}

/// 8 s of pictures in groups of `gop`, so large each, and English sound of so many bytes a frame.
fn rendition(gop: usize, picture: u32, frame: u32) -> Made {
    let mut sound = sized(aac(375), frame);
    sound.language = ENG;
    package(vec![sized(video().with_samples(pictures(200, gop)), picture), sound])
}

fn sound(frame: u32) -> Made {
    let mut track = sized(aac(375), frame);
    track.language = ENG;
    package(vec![track])
}

fn member<'a>(made: &'a Made, path: &str) -> Member<'a> {
    let home = Home { path: path.to_owned(), edition: Version(EDITION).into() };
    Member { asset: &made.asset, home, chosen: None, labels: Labels::default() }
}

fn presented<'a>(members: &[Member<'a>]) -> Presentation<'a> {
    Presentation::new(members, &Set::default(), None).unwrap()
}

fn ids(renditions: &[&Rendition<'_>]) -> Vec<String> {
    renditions.iter().map(|rendition| rendition.id.clone()).collect()
}

/// Oracle: RFC 3986 §5.2, by hand.
#[test]
fn relative_paths() {
    let path = |asset: &str, key: &str| Home::relative((asset, 0), key, Version(0).into()).path;
    assert_eq!(path("films/a.mp4", "films/a.mp4"), "");
    assert_eq!(path("films/set.json", "films/a.mp4"), "../a.mp4/");
    assert_eq!(path("films/dune", "films/dune/a b.mp4"), "a%20b.mp4/");
    assert_eq!(path("films/x/set.json", "other/a.mp4"), "../../../other/a.mp4/");
    assert_eq!(path("films/dune", "films/dune/a:b.mp4"), "./a:b.mp4/");
    assert_eq!(path("films/a.json", "films/a.json.mp4"), "../a.json.mp4/");
}

#[test]
fn the_same_sound_of_three_files_is_offered_once() {
    let (high, low) = (rendition(50, 4000, 200), rendition(50, 1000, 200));
    let all = presented(&[member(&high, "h/"), member(&low, "l/")]);
    assert_eq!(ids(&all.audio.iter().collect::<Vec<_>>()), ["1-a2"]);
    assert_eq!(ids(&video::sets(&all.video)[0].members), ["2-v1", "1-v1"]);
}

/// 300 and 100 bytes a frame are two qualities: the better one goes with the larger pictures.
#[test]
fn qualities_of_sound_go_with_those_of_pictures() {
    let (high, low) = (rendition(50, 4000, 300), rendition(50, 1000, 100));
    let all = presented(&[member(&high, "h/"), member(&low, "l/")]);
    let families = audio::families(&all.audio);
    let of_tier: Vec<_> = families[0].iter().map(|group| ids(&group.members)).collect();
    assert_eq!(of_tier, [["2-a2"], ["1-a2"]]);
    let text = crate::manifest::hls::multivariant(&all, &Options::default()).unwrap();
    let pairs: Vec<_> = text
        .lines()
        .zip(text.lines().skip(1))
        .filter(|(line, _)| line.starts_with("#EXT-X-STREAM-INF:"))
        .map(|(line, uri)| (line.contains("AUDIO=\"mp4a.40.2-2ch-2\""), uri.starts_with("h/")))
        .collect();
    // Both are below 2 Mbit/s, so the larger one is where players start.
    assert_eq!(pairs, [(true, true), (false, false)]);
}

#[test]
fn pictures_that_are_cut_otherwise_are_another_set() {
    // Groups of 2 s are cut at 6 s, groups of 2.5 s at 7.5 s.
    let (a, b) = (rendition(50, 1000, 200), rendition(62, 2000, 200));
    let all = presented(&[member(&a, "a/"), member(&b, "b/")]);
    assert_eq!(video::sets(&all.video).len(), 2);
    let cut = video::Difference::Cut { segment: 1, starts: (Some(6_000_000), Some(7_440_000)) };
    assert_eq!(video::difference(&all.video[0], &all.video[1]), Some(cut));
    assert!(all.notes().iter().any(|note| note.contains("1-v1 and 2-v1 are not aligned: segment 1")));
}

#[test]
fn owners_have_the_last_word() {
    let (film, comment) = (rendition(50, 1000, 200), sound(205));
    let mut other = member(&comment, "c/");
    other.labels = Labels { roles: vec![Role::Commentary], is_default: Some(true), ..Labels::default() };
    let all = presented(&[member(&film, ""), other]);
    assert_eq!(
        all.audio.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(),
        ["English", "English (commentary)"]
    );
    let members: Vec<_> = all.audio.iter().collect();
    assert_eq!(audio::default_of(&members), 1);
    assert_eq!(audio::default_of(&members[..1]), 0);
}

/// A commentary is chosen by nobody but a viewer, even where it stands first.
#[test]
fn extras_do_not_play_unasked() {
    let (film, comment) = (rendition(50, 1000, 200), sound(205));
    let mut other = member(&comment, "c/");
    other.labels.roles = vec![Role::Commentary];
    let all = presented(&[other, member(&film, "")]);
    assert_eq!(audio::default_of(&all.audio.iter().collect::<Vec<_>>()), 1);
    let text = crate::manifest::hls::multivariant(&all, &Options::default()).unwrap();
    let line = text.lines().find(|line| line.contains("commentary")).unwrap();
    assert!(line.contains("DEFAULT=NO,AUTOSELECT=NO"), "{line}");
}

#[test]
fn what_is_said_of_one_track_counts_more_than_of_all() {
    let made = rendition(50, 1000, 200);
    let said = |choice, label: &str| SetTrack {
        choice,
        labels: Labels { label: Some(label.to_owned()), ..Labels::default() },
    };
    let a2 = TrackName { kind: TrackKind::Audio, number: 2 };
    let mut only = member(&made, "");
    only.chosen =
        Some(vec![said(TrackChoice::Kind(TrackKind::Audio), "all"), said(TrackChoice::Name(a2), "one")]);
    let all = presented(&[only]);
    assert!(all.video.is_empty());
    assert_eq!(all.audio[0].name, "one");
    let mut none = member(&made, "");
    none.chosen = Some(vec![said(TrackChoice::Nth(TrackKind::Audio, 2), "x")]);
    assert!(Presentation::new(&[none], &Set::default(), None).is_err());
}

/// RFC 8216bis §4.4.6.1.1: groups have the same members. French is there in one layout only.
#[test]
fn groups_have_the_same_members() {
    let (film, french) = (rendition(50, 1000, 200), sound(205));
    let mut mono = sized(aac(375), 100);
    (mono.language, mono.entries) = (ENG, vec![mp4a(48_000, 0x1188)]);
    let mono = package(vec![mono]);
    let mut other = member(&french, "fr/");
    other.labels.language = Some("fr".to_owned());
    let all = presented(&[member(&film, ""), other, member(&mono, "mono/")]);
    let groups = audio::families(&all.audio);
    let members: Vec<_> = groups.iter().flatten().map(|group| ids(&group.members)).collect();
    assert_eq!(members, [["1-a2", "2-a2"], ["3-a2", "2-a2"]]);
    let text = crate::manifest::hls::multivariant(&all, &Options::default()).unwrap();
    let french: Vec<_> = text.lines().filter(|line| line.contains("LANGUAGE=\"fr\"")).collect();
    assert!(french.len() == 2 && french.iter().all(|line| line.contains("CHANNELS=\"2\"")), "{french:?}");
}

fn captions(labels: Labels) -> (Asset, Labels) {
    let found = captions::read(b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n", "a.vtt").unwrap();
    let object = SourceObject { bytes: 1, etag: "e".to_owned(), revision: None };
    (Index::of_captions(found, "WebVTT", object, Policy::default()).unwrap().head.asset, labels)
}

/// RFC 8216bis §4.4.6.1.1: what players choose among by themselves differs in language, FORCED or CHARACTERISTICS,
/// and what plays unasked is one of those.
#[test]
fn captions_that_players_choose_by_themselves() {
    let english = |is_default, roles: &[Role]| {
        captions(Labels {
            language: Some("en".to_owned()),
            is_default: Some(is_default),
            roles: roles.to_vec(),
            ..Labels::default()
        })
    };
    let film = rendition(50, 1000, 200);
    let files = [english(false, &[]), english(true, &[]), english(false, &[Role::Caption])];
    let mut members = vec![member(&film, "")];
    members.extend(files.iter().map(|(asset, labels)| {
        let home = Home { path: "c/".to_owned(), edition: Version(EDITION).into() };
        Member { asset, home, chosen: None, labels: labels.clone() }
    }));
    let text = crate::manifest::hls::multivariant(&presented(&members), &Options::default()).unwrap();
    let chosen: Vec<_> = text
        .lines()
        .filter(|line| line.contains("TYPE=SUBTITLES"))
        .map(|line| (line.contains("DEFAULT=YES"), line.contains("AUTOSELECT=YES")))
        .collect();
    assert_eq!(chosen, [(false, false), (true, true), (false, true)]);
}

/// nginx-vod's mapping may say `default` of several captions. What is main in DASH is what is the default in HLS, of
/// which there is one (RFC 8216bis §4.4.6.1.1).
#[test]
fn one_of_two_defaults_is_the_main_one() {
    let labels = |language: &str| Labels {
        language: Some(language.to_owned()),
        is_default: Some(true),
        ..Labels::default()
    };
    let (film, files) = (rendition(50, 1000, 200), [captions(labels("en")), captions(labels("fr"))]);
    let mut members = vec![member(&film, "")];
    members.extend(files.iter().map(|(asset, labels)| {
        let home = Home { path: "c/".to_owned(), edition: Version(EDITION).into() };
        Member { asset, home, chosen: None, labels: labels.clone() }
    }));
    let text = crate::manifest::dash::mpd(&presented(&members), &Options::default()).unwrap();
    let sets = text.split("<AdaptationSet").filter(|set| set.contains("contentType=\"text\""));
    let is_main: Vec<_> = sets.map(|set| set.contains("value=\"main\"")).collect();
    assert_eq!(is_main, [true, false], "{text}");
}

/// A name that a file gives stands in an XML document too, which has no place for some characters (XML 1.0 §2.2).
#[test]
fn names_are_text_of_xml() {
    let (film, files) = (rendition(50, 1000, 200), captions(Labels::default()));
    let mut sound = member(&film, "");
    sound.labels.label = Some("a\u{ffff}b\u{fffe}\u{1}c".to_owned());
    let home = Home { path: "c/".to_owned(), edition: Version(EDITION).into() };
    let labels = Labels { label: Some("\u{ffff}".to_owned()), ..Labels::default() };
    let all = presented(&[sound, Member { asset: &files.0, home, chosen: None, labels }]);
    assert_eq!((all.audio[0].name.as_str(), all.text[0].name.as_str()), ("abc", "Subtitles"));
}

/// Files of sound alone are there for a reason, even if nothing tells their languages.
#[test]
fn files_of_sound_alone_are_choices() {
    let (film, one, other) = (rendition(50, 1000, 200), sound(200), sound(200));
    let all = presented(&[member(&one, "a/"), member(&other, "b/")]);
    assert_eq!(all.audio.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["English 1", "English 2"]);
    let all = presented(&[member(&film, "f/"), member(&one, "a/")]);
    assert_eq!(ids(&all.audio.iter().collect::<Vec<_>>()), ["1-a2"]);
}

/// Unless they differ in quality alone.
#[test]
fn files_of_sound_alone_in_two_qualities_are_one_choice() {
    let (low, high) = (sound(200), sound(400));
    let all = presented(&[member(&low, "a/"), member(&high, "b/")]);
    assert_eq!(audio::choices(&all.audio).len(), 1);
    assert_eq!(audio::families(&all.audio)[0].len(), 2);
}
