//! What is offered of several sources, by hand.

use isobmff::testing::{ENG, SourceTrack};

use super::super::*;
use crate::route::Version;
use crate::synthetic::{Made, aac, package, pictures, video};

fn film(sound: SourceTrack) -> Made {
    package(vec![video().with_samples(pictures(200, 50)), sound])
}

fn presented(sources: &[Made]) -> Presentation<'_> {
    let members = sources.iter().map(|made| Member {
        asset: &made.asset,
        home: Home { path: "x.mp4/".to_owned(), edition: Version(1).into() },
        chosen: None,
        labels: Labels::default(),
    });
    let members: Vec<_> = members.collect();
    Presentation::new(&members, &Set::default(), None).unwrap()
}

fn names(presentation: &Presentation<'_>) -> Vec<(String, String)> {
    presentation.audio.iter().map(|rendition| (rendition.id.clone(), rendition.name.clone())).collect()
}

/// The files of a ladder carry one sound.
#[test]
fn sound_that_several_files_with_pictures_have_is_offered_once() {
    let ladder = [film(aac(376)), film(aac(376))];
    assert_eq!(names(&presented(&ladder)), [("1-a2".to_owned(), "Audio".to_owned())]);
}

/// Files of sound alone are there for a reason, even if nothing tells their languages.
#[test]
fn files_of_sound_alone_are_choices() {
    let sources = [
        package(vec![video().with_samples(pictures(200, 50))]),
        package(vec![aac(376)]),
        package(vec![aac(376)]),
    ];
    let expected =
        [("2-a2", "Audio 1"), ("3-a2", "Audio 2")].map(|(id, name)| (id.to_owned(), name.to_owned()));
    assert_eq!(names(&presented(&sources)), expected);
}

/// Unless they differ in quality alone.
#[test]
fn files_of_sound_alone_in_two_qualities_are_one_choice() {
    let english = |size: u32| {
        let mut track = aac(376);
        track.language = ENG;
        track.samples.iter_mut().for_each(|sample| sample.size = size);
        package(vec![track])
    };
    let sources = [english(200), english(400)];
    let presentation = presented(&sources);
    assert_eq!(audio::choices(&presentation.audio).len(), 1);
    assert_eq!(audio::families(&presentation.audio)[0].len(), 2);
}
