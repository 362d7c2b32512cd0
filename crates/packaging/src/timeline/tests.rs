//! Edit lists, priming, reordering and holes, each worked out by hand.

use isobmff::testing::{SourceTrack, avc1};
use isobmff::{Edit, Movie, testing::SourceMovie};

use super::*;
use crate::Policy;
use crate::synthetic::{
    AAC, MadeTrack, a2, aac, assert_well_formed, decode, durations, numbered, opus_track, package,
    package_with, parsed, pictures, present, refusal, reordered, samples, sources, v1, video,
};

/// Display order of I P B B.
const IPBB: [u32; 4] = [0, 3, 1, 2];

fn offsets(track: &MadeTrack) -> Vec<i64> {
    let delay = i64::from(track.timeline.media_time);
    samples(track).iter().map(|s| s.presentation_time + delay - s.decode_time).collect()
}

fn drop_priming() -> Policy {
    Policy { priming: Priming::Drop, ..Policy::default() }
}

/// Displayed are pictures 0 3 1 2, decoded one after the other: the third is decoded at 1024 and shown
/// at 512, so one picture of delay is all that is needed, though the source has two.
const IPBB_TIMES: [i64; 8] = [0, 1536, 512, 1024, 2048, 3584, 2560, 3072];
const IPBB_OFFSETS: [i64; 8] = [512, 1536, 0, 0, 512, 1536, 0, 0];

#[test]
fn reordering_takes_the_least_delay() {
    let track = video().with_samples(reordered(2, &IPBB, 1024)).with_edits(&[(320, Some(1024))]);
    let asset = package(vec![track]);
    let track = v1(&asset);
    assert_eq!(track.timeline.media_time, 512);
    assert_eq!(decode(&samples(track)), [0, 512, 1024, 1536, 2048, 2560, 3072, 3584]);
    assert_eq!(present(&samples(track)), IPBB_TIMES);
    assert_eq!(offsets(track), IPBB_OFFSETS);
}

#[test]
fn negative_offsets_come_out_as_positive_ones() {
    let asset = package(vec![video().with_samples(reordered(2, &IPBB, 0))]);
    assert_eq!(v1(&asset).timeline.media_time, 512);
    assert_eq!(present(&samples(v1(&asset))), IPBB_TIMES);
    assert_eq!(offsets(v1(&asset)), IPBB_OFFSETS);
}

/// 3840 samples of pre-skip are 80 ms, 1024 ticks of pictures: more than the 512 of the reordering.
#[test]
fn pictures_take_over_a_longer_delay_of_the_sound() {
    let track = video().with_samples(reordered(2, &IPBB, 1024)).with_edits(&[(320, Some(1024))]);
    let asset = package(vec![track, opus_track(20, 3840).with_edits(&[(320, Some(3840))])]);
    assert_eq!(a2(&asset).timeline.media_time, 3840);
    assert_eq!(v1(&asset).timeline.media_time, 1024);
    assert_eq!(present(&samples(v1(&asset))), IPBB_TIMES);
    assert_eq!(offsets(v1(&asset)), IPBB_OFFSETS.map(|offset| offset + 512));
}

/// 1024 / 48000 s are 273.07 ticks of 1/12800 s; less would leave pictures behind the sound.
#[test]
fn the_delay_of_the_sound_is_rounded_up() {
    let asset =
        package(vec![video().with_samples(pictures(10, 5)), aac(20).with_edits(&[(400, Some(1024))])]);
    assert_eq!(v1(&asset).timeline.media_time, 274);
}

/// One whole frame of priming is kept. 400 ms are 19200 samples, so the edit ends at 20224 of the media:
/// frame 19 (19456 to 20480) is the last.
#[test]
fn aac_priming_of_one_frame() {
    let asset = package(vec![aac(30).with_edits(&[(400, Some(1024))])]);
    let track = a2(&asset);
    let found = samples(track);
    assert_eq!(track.timeline.media_time, 1024);
    assert_eq!(sources(&found), (0..20).map(Some).collect::<Vec<_>>());
    assert_eq!(decode(&found), (0..20).map(|i| i * 1024).collect::<Vec<_>>());
    assert_eq!(present(&found), (-1..19).map(|i| i * 1024).collect::<Vec<_>>());
}

/// 2112 samples are frames 0 and 1 and 64 samples of frame 2. Frame 1 primes frame 2; frame 0 goes:
/// 2112 - 1024 = 1088.
#[test]
fn aac_priming_of_two_frames_and_a_bit() {
    let asset = package(vec![aac(30).with_edits(&[(400, Some(2112))])]);
    let found = samples(a2(&asset));
    assert_eq!(a2(&asset).timeline.media_time, 1088);
    assert_eq!(sources(&found)[..3], [Some(1), Some(2), Some(3)]);
    assert_eq!(present(&found)[..3], [-1088, -64, 960]);
    assert_eq!(decode(&found)[..3], [0, 1024, 2048]);
}

/// Without priming no whole frame is left before 0; of 2112, 64 samples of frame 2 are.
#[test]
fn priming_is_dropped_if_asked() {
    for (media_time, first, delay) in [(1024, 1, 0), (2112, 2, 64)] {
        let track = aac(30).with_edits(&[(400, Some(media_time))]);
        let asset = package_with(drop_priming(), 1000, vec![track]).unwrap();
        let found = samples(a2(&asset));
        assert_eq!(a2(&asset).timeline.media_time, delay);
        assert_eq!(sources(&found)[0], Some(first));
        assert_eq!((decode(&found)[0], present(&found)[0]), (0, -i64::from(delay)));
    }
}

/// 80 ms are 3840 samples. The edit begins at 4800, so what begins at 960 is early enough: packet 1.
#[test]
fn opus_keeps_80_ms_of_preroll() {
    let asset = package(vec![opus_track(40, 312).with_edits(&[(400, Some(4800))])]);
    let found = samples(a2(&asset));
    assert_eq!(a2(&asset).timeline.media_time, 3840);
    assert_eq!(sources(&found)[0], Some(1));
    assert_eq!(present(&found)[..2], [-3840, -2880]);
}

/// The usual pre-skip: the first packet, cut by 312 samples. It stands in the edit, so `dOps` says none.
#[test]
fn opus_pre_skip_is_in_the_edit_alone() {
    let asset = package(vec![opus_track(40, 312).with_edits(&[(400, Some(312))])]);
    let track = a2(&asset);
    assert_eq!((track.timeline.media_time, present(&samples(track))[0]), (312, -312));
    let init = track.init(crate::route::InitForm::Source).unwrap();
    let dops = init.windows(4).position(|name| name == b"dOps").unwrap();
    // Version 0, two channels, PreSkip.
    assert_eq!(init[dops + 4..dops + 8], [0, 2, 0, 0]);
}

/// The edit shows 5000 samples from 1024 on: frame 5 begins at 5120 and is cut by the end at 6024, frame 6
/// begins at 6144.
#[test]
fn sound_ends_with_the_frame_that_the_edit_cuts() {
    let asset =
        package_with(Policy::default(), 48_000, vec![aac(30).with_edits(&[(5000, Some(1024))])]).unwrap();
    assert_eq!(sources(&samples(a2(&asset))).last(), Some(&Some(5)));
}

/// Ends after display 1 and after display 2 of the second group: what is decoded before the last picture
/// shown stays, for others may depend on it (here the P picture, display 3).
#[test]
fn pictures_end_with_the_last_one_shown() {
    for (shown, last) in [(6u32, 6), (7, 7), (5, 4), (4, 3)] {
        let ends = (u64::from(shown) * 40, Some(1024));
        let asset = package(vec![video().with_samples(reordered(3, &IPBB, 1024)).with_edits(&[ends])]);
        let found = sources(&samples(v1(&asset)));
        assert_eq!(found, (0..=last).map(Some).collect::<Vec<_>>(), "{shown}");
    }
}

/// Pictures begin at 1 s, 12800 ticks: the first one is shown from 0 on, until the second at its time.
#[test]
fn late_pictures_hold_the_first_one() {
    let track = video().with_samples(pictures(10, 5)).with_edits(&[(1000, None), (400, Some(0))]);
    let asset = package(vec![track, aac(90)]);
    let found = samples(v1(&asset));
    assert_eq!(v1(&asset).timeline.media_time, 0);
    assert_eq!(present(&found)[..3], [0, 13_312, 13_824]);
    assert_eq!(decode(&found)[..3], [0, 13_312, 13_824]);
    assert_eq!(durations(&found)[..3], [13_312, 512, 512]);
}

/// True times are 12800, 14336, 13312, 13824; decoding of the second follows 512 ticks after 12800.
#[test]
fn late_reordered_pictures() {
    let edits = [(1000, None), (160, Some(1024))];
    let track = video().with_samples(reordered(1, &IPBB, 1024)).with_edits(&edits);
    let asset = package(vec![track, aac(90)]);
    let found = samples(v1(&asset));
    assert_eq!(present(&found), [0, 14_336, 13_312, 13_824]);
    assert_eq!(decode(&found), [0, 13_312, 13_824, 14_336]);
    assert_eq!(v1(&asset).timeline.media_time, 512);
}

#[test]
fn pictures_late_by_one_tick_are_held_as_well() {
    let track = video().with_samples(pictures(10, 5)).with_edits(&[(1, None), (5120, Some(0))]);
    let asset = package_with(Policy::default(), 12_800, vec![track, aac(20)]).unwrap();
    let found = samples(v1(&asset));
    assert_eq!(present(&found)[..3], [0, 513, 1025]);
    assert_eq!(durations(&found)[..2], [513, 512]);
}

/// 978 ms are 46944 samples, 45.84 frames: 46 silent ones, of which 46 × 1024 - 46944 = 160 samples lie
/// before 0.
#[test]
fn late_sound_follows_silence() {
    let track = aac(20).with_edits(&[(978, None), (400, Some(0))]);
    let asset = package(vec![video().with_samples(pictures(50, 50)), track]);
    let found = samples(a2(&asset));
    assert_eq!(a2(&asset).timeline.media_time, 160);
    assert_eq!(sources(&found)[..46], [None; 46]);
    assert_eq!(sources(&found)[46..48], [Some(0), Some(1)]);
    assert_eq!(decode(&found), (0..65).map(|i| i * 1024).collect::<Vec<_>>());
    assert_eq!(present(&found)[..2], [-160, 864]);
    assert_eq!(present(&found)[46], 46_944);
    assert!(durations(&found).iter().all(|&d| d == AAC));
}

/// The first frame shown begins at 46944; the frame that primes it begins at 45920, 44.84 frames after 0:
/// 45 silent ones, 45 × 1024 - 45920 = 160.
#[test]
fn late_sound_with_priming() {
    let track = aac(20).with_edits(&[(978, None), (300, Some(1024))]);
    let asset = package(vec![video().with_samples(pictures(50, 50)), track]);
    let found = samples(a2(&asset));
    assert_eq!(a2(&asset).timeline.media_time, 160);
    assert_eq!(sources(&found).iter().take_while(|source| source.is_none()).count(), 45);
    assert_eq!((sources(&found)[45], present(&found)[45]), (Some(0), 45_920));
    assert_eq!((sources(&found)[46], present(&found)[46]), (Some(1), 46_944));
}

/// A late start by a whole number of frames leaves nothing before 0: 10 frames are 10240 samples.
#[test]
fn silence_of_whole_frames() {
    let track = aac(20).with_edits(&[(10_240, None), (10_240, Some(0))]);
    let asset = package_with(Policy::default(), 48_000, vec![video().with_samples(pictures(9, 9)), track]);
    let asset = asset.unwrap();
    let found = samples(a2(&asset));
    assert_eq!(a2(&asset).timeline.media_time, 0);
    assert_eq!(sources(&found)[9..11], [None, Some(0)]);
    assert_eq!(present(&found)[..2], [0, 1024]);
}

const NO_SILENCE: Media =
    Media::Audio(Sound { preroll_frames: 0, preroll_millis: 0, silence: None, always_sync: true });

/// Where no silent frame can be made, decoding and presentation begin at the true time.
#[test]
fn late_sound_without_a_silent_frame() {
    let track = parsed(aac(3).with_edits(&[(978, None), (60, Some(0))]));
    let movie = Timescale::new(1000).unwrap();
    let survey = Survey::new(&track, NO_SILENCE, (movie, None), u64::MAX).unwrap();
    let mut timeline = Timeline::new(&survey, 0, 0, Priming::Keep).unwrap();
    timeline.allow_delay(0).unwrap();
    let found: Vec<_> = timeline.walk(&track.table).map(Result::unwrap).collect();
    assert_well_formed(&timeline, &found);
    assert_eq!(decode(&found), [46_944, 47_968, 48_992]);
    assert_eq!(present(&found), [46_944, 47_968, 48_992]);
    assert_eq!(timeline.media_time, 0);
}

/// The third frame lasts 4096 ticks by the table and 1024 by its sound: three frames are missing.
#[test]
fn a_hole_is_filled_with_silent_frames() {
    let mut track = aac(0);
    track.samples = numbered(vec![1024, 1024, 4096, 1024, 1024, 1024, 1024, 1024, 1024]);
    let asset = package(vec![track]);
    let found = samples(a2(&asset));
    let expected = [Some(0), Some(1), Some(2), None, None, None, Some(3)];
    assert_eq!(sources(&found)[..7], expected);
    assert_eq!(present(&found), (0..12).map(|i| i * 1024).collect::<Vec<_>>());
    assert!(durations(&found).iter().all(|&d| d == AAC));
}

/// The third frame lasts 5000 ticks: 3976 more than its sound, three frames and 904 ticks.
#[test]
fn frames_beside_a_hole_keep_their_times() {
    let mut track = aac(0);
    track.samples = numbered(vec![1024, 1024, 5000, 1024, 1024, 1024, 1024, 1024, 1024]);
    let asset = package(vec![track]);
    let found = samples(a2(&asset));
    let times: Vec<_> =
        sources(&found).into_iter().zip(present(&found)).filter_map(|(s, t)| Some((s?, t))).collect();
    assert_eq!(times[..5], [(0, 0), (1, 1024), (2, 2048), (3, 7048), (4, 8072)]);
    assert_eq!(found.iter().filter(|s| s.offset.is_none()).count(), 3);
}

/// 1023 ticks are too few for a frame.
#[test]
fn a_hole_shorter_than_a_frame_stays() {
    let mut track = aac(0);
    track.samples = numbered(vec![1024, 2047, 1024, 1024, 1024, 1024]);
    let asset = package(vec![track]);
    let found = samples(a2(&asset));
    assert_eq!(sources(&found), (0..6).map(Some).collect::<Vec<_>>());
    assert_eq!(present(&found)[..3], [0, 1024, 3071]);
}

/// One group of eight pictures, one picture of delay; the edit begins at display 4 (2048 + 512 ticks).
/// Displays 0 to 3 end before it and get ticks 0 to 3. Display 4 follows at tick 4 and ends at its true
/// end, 512, where display 5 begins. Decoding goes tick by tick until it has caught up: the fifth sample
/// is due at 4 × 512 - 2048 = 0, the sixth at 512.
#[test]
fn a_cut_inside_a_group_squeezes_what_comes_before() {
    const DISPLAY: [u32; 8] = [0, 3, 1, 2, 6, 4, 5, 7];
    let track = video().with_samples(reordered(1, &DISPLAY, 512)).with_edits(&[(160, Some(2560))]);
    let asset = package(vec![track, aac(20)]);
    let found = samples(v1(&asset));
    assert_eq!(sources(&found), (0..8).map(Some).collect::<Vec<_>>());
    assert_eq!(present(&found), [0, 3, 1, 2, 1024, 4, 512, 1536]);
    assert_eq!(decode(&found), [0, 1, 2, 3, 4, 512, 1024, 1536]);
    assert_eq!(v1(&asset).timeline.media_time, 512);
}

/// As before, with the edit in the second of two groups: nothing of the first is kept.
#[test]
fn a_cut_starts_at_the_sync_sample_before_it() {
    let track = video().with_samples(pictures(20, 5)).with_edits(&[(400, Some(7 * 512))]);
    let asset = package(vec![track, aac(20)]);
    let found = samples(v1(&asset));
    assert_eq!(sources(&found)[..4], [Some(5), Some(6), Some(7), Some(8)]);
    assert!(found[0].is_sync);
    assert_eq!(present(&found)[..4], [0, 1, 2, 512]);
    assert_eq!(durations(&found)[..4], [1, 1, 510, 512]);
}

/// The edit begins 200 ticks into the third picture of a group: 2 × 512 + 200 = 1224. Two pictures get
/// a tick each, the third shows until its true end, 3 × 512 - 1224 = 312.
#[test]
fn a_picture_that_a_cut_inside_a_group_halves_keeps_its_end() {
    let track = video().with_samples(pictures(10, 10)).with_edits(&[(240, Some(1224))]);
    let asset = package(vec![track, aac(20)]);
    let found = samples(v1(&asset));
    assert_eq!(present(&found)[..5], [0, 1, 2, 312, 824]);
    assert_eq!(decode(&found)[..5], [0, 1, 2, 312, 824]);
    assert_eq!(durations(&found)[..4], [1, 1, 310, 512]);
    assert_eq!(present(&samples(a2(&asset)))[0], 0);
}

/// 400 ms of pictures, 200 ms of nothing, then pictures 25 on at 600 ms, 7680 ticks: the last picture
/// before the gap is shown until then.
#[test]
fn two_edits_with_a_gap_in_pictures() {
    let edits = [(400, Some(0)), (200, None), (400, Some(12_800))];
    let asset = package(vec![video().with_samples(pictures(50, 25)).with_edits(&edits)]);
    let found = samples(v1(&asset));
    let expected: Vec<_> = (0..10).chain(25..35).map(Some).collect();
    assert_eq!(sources(&found), expected);
    assert_eq!(present(&found)[9..12], [4608, 7680, 8192]);
    assert_eq!(durations(&found)[8..11], [512, 3072, 512]);
}

/// 400 ms are 19200 samples: frame 18 (18432 to 19456) is the last. At 28800 comes frame 50, without the
/// one before it, which would sound. Between are 9344 samples: nine silent frames and a bit.
#[test]
fn two_edits_with_a_gap_in_sound() {
    let edits = [(400, Some(0)), (200, None), (400, Some(51_200))];
    let asset = package(vec![aac(90).with_edits(&edits)]);
    let found = samples(a2(&asset));
    let is_silent = |at: usize| found[at].offset.is_none();
    assert_eq!(
        (0..found.len()).filter(|&at| is_silent(at)).collect::<Vec<_>>(),
        (19..28).collect::<Vec<_>>()
    );
    assert_eq!((sources(&found)[18], present(&found)[18]), (Some(18), 18_432));
    assert_eq!((sources(&found)[28], present(&found)[28]), (Some(50), 28_800));
}

/// 200 ms are 9600 samples, so frame 9 (9216 to 10240) is cut short by frame 30, which the second edit
/// begins with. Nothing is delayed for it.
#[test]
fn adjacent_edits_in_sound_follow_at_once() {
    let edits = [(200, Some(0)), (200, Some(30_720))];
    let asset = package(vec![aac(50).with_edits(&edits)]);
    let found = samples(a2(&asset));
    assert_eq!((sources(&found)[9], present(&found)[9], durations(&found)[9]), (Some(9), 9216, 384));
    assert_eq!((sources(&found)[10], present(&found)[10], durations(&found)[10]), (Some(30), 9600, 1024));
    assert_eq!(a2(&asset).timeline.media_time, 0);
}

/// Edits without a seam between them are one: 2 × 200 ms of pictures.
#[test]
fn adjacent_edits_are_one() {
    let edits = [(200, Some(0)), (200, Some(2560))];
    let asset = package(vec![video().with_samples(pictures(50, 25)).with_edits(&edits)]);
    let found = samples(v1(&asset));
    assert_eq!(sources(&found), (0..10).map(Some).collect::<Vec<_>>());
    assert_eq!(present(&found), (0..10).map(|i| i * 512).collect::<Vec<_>>());
}

/// 500 ms are 6400 ticks; the second picture is due 512 later.
#[test]
fn nothing_but_an_empty_edit_is_a_delay() {
    let track = video().with_samples(pictures(5, 5)).with_edits(&[(500, None)]);
    let asset = package(vec![track, aac(50)]);
    assert_eq!(present(&samples(v1(&asset)))[..2], [0, 6912]);
}

#[test]
fn an_edit_beyond_the_media_shows_nothing() {
    let track = video().with_samples(pictures(5, 5)).with_edits(&[(500, Some(1 << 40))]);
    assert_eq!(refusal(track), Error::NothingShown.to_string());
}

#[test]
fn another_rate_is_refused() {
    for rate in [0, 0x8000, 0x2_0000, -0x1_0000] {
        let mut track = video().with_samples(pictures(5, 5)).with_edits(&[(40, None), (160, Some(0))]);
        track.edits[1].rate = rate;
        assert_eq!(refusal(track), Error::EditRate { number: 2, rate }.to_string());
    }
}

#[test]
fn the_limit_of_media_edits() {
    let of = |count: usize| {
        let edits: Vec<_> = (0..count).map(|i| (40, Some(if i % 2 == 0 { 0 } else { 2560 }))).collect();
        video().with_samples(pictures(10, 1)).with_edits(&edits)
    };
    assert!(package(vec![of(64), aac(200)]).left_out.is_empty());
    assert_eq!(refusal(of(65)), Error::TooManyEdits(65).to_string());
}

#[test]
fn one_track_has_one_sample_description() {
    let mut track = video().with_samples(pictures(5, 5));
    track.samples[3].description = 2;
    track.entries.push(track.entries[0].clone());
    assert_eq!(package(vec![track.clone()]).tracks.len(), 1);
    track.entries[1] = avc1((1280, 720), &[]);
    assert_eq!(refusal(track.clone()), Error::SeveralDescriptions { sample: 3 }.to_string());
    track.entries.pop();
    assert_eq!(refusal(track), Error::SeveralDescriptions { sample: 3 }.to_string());
}

#[test]
fn decoding_must_be_able_to_start() {
    let mut track = video().with_samples(pictures(5, 5));
    track.samples[0].is_sync = false;
    assert_eq!(refusal(track), Error::NoSyncSample.to_string());
}

#[test]
fn sound_needs_no_list_of_sync_samples() {
    let mut track = aac(5);
    track.samples.iter_mut().for_each(|sample| sample.is_sync = false);
    let asset = package(vec![track]);
    assert_eq!(sources(&samples(a2(&asset))).len(), 5);
    assert!(samples(a2(&asset)).iter().all(|s| s.is_sync));
}

/// Nothing can be decoded before picture 2, at 1024; it is held from 0 on.
#[test]
fn pictures_before_the_first_sync_sample_go() {
    let mut track = video().with_samples(pictures(6, 6));
    track.samples[0].is_sync = false;
    track.samples[2].is_sync = true;
    let asset = package(vec![track, aac(20)]);
    let found = samples(v1(&asset));
    assert_eq!(sources(&found), [Some(2), Some(3), Some(4), Some(5)]);
    assert_eq!(present(&found), [0, 1536, 2048, 2560]);
}

/// Pictures begin at 1 s and sound at 1.5 s: both come 1 s earlier. 500 ms of sound are 24000 samples,
/// 24 silent frames with 24 × 1024 - 24000 = 576 before 0.
#[test]
fn a_presentation_begins_at_zero() {
    let picture = video().with_samples(pictures(50, 25)).with_edits(&[(1000, None), (2000, Some(0))]);
    let sound = aac(20).with_edits(&[(1500, None), (400, Some(0))]);
    let asset = package(vec![picture, sound]);
    assert_eq!(present(&samples(v1(&asset)))[..2], [0, 512]);
    let found = samples(a2(&asset));
    assert_eq!(a2(&asset).timeline.media_time, 576);
    assert_eq!((sources(&found)[23], sources(&found)[24]), (None, Some(0)));
    assert_eq!(present(&found)[24], 24_000);
}

/// No edit list, first composition at 1024: all comes earlier by that.
#[test]
fn a_delay_that_no_edit_hides_goes_too() {
    let asset = package(vec![video().with_samples(reordered(2, &IPBB, 1024))]);
    assert_eq!(present(&samples(v1(&asset))), IPBB_TIMES);
    assert_eq!(v1(&asset).timeline.media_time, 512);
}

/// 10000 / 15 = 666.7, 10000 / 30 = 333.3, 10000 / 1000 = 10: the next whole factors give 10005, 10020
/// and 10000 ticks a second. From 10000 on nothing changes.
#[test]
fn coarse_time_scales_of_pictures_are_refined() {
    for (source, packaged, factor) in
        [(15, 10_005, 667), (30, 10_020, 334), (1000, 10_000, 10), (10_000, 10_000, 1), (90_000, 90_000, 1)]
    {
        let mut track = SourceTrack::new(1, *b"vide", source, avc1((640, 360), &[]));
        track.samples = numbered(vec![3; 5]);
        let asset = package(vec![track]);
        assert_eq!(v1(&asset).timeline.timescale.get(), packaged);
        let expected: Vec<_> = (0..5).map(|i| i * 3 * factor).collect();
        assert_eq!(present(&samples(v1(&asset))), expected, "{source}");
        assert_eq!(decode(&samples(v1(&asset))), expected, "{source}");
    }
}

/// Sound keeps its scale, however coarse.
#[test]
fn time_scales_of_sound_stay() {
    let mut track = aac(0);
    track.timescale = 8000;
    track.samples = numbered(vec![1024; 5]);
    assert_eq!(a2(&package(vec![track])).timeline.timescale.get(), 8000);
}

/// Two pictures at tick 512: the second is decoded a tick later, hence a delay of one tick for all.
#[test]
fn pictures_of_no_duration_are_decoded_a_tick_apart() {
    let track = video().with_samples(numbered(vec![512, 0, 512, 512]));
    let asset = package(vec![track]);
    let found = samples(v1(&asset));
    assert_eq!(present(&found), [0, 512, 512, 1024]);
    assert_eq!(decode(&found), [0, 512, 513, 1024]);
    assert_eq!(v1(&asset).timeline.media_time, 1);
}

#[test]
fn a_walk_goes_on_from_any_place() {
    let edits = [(400, None), (400, Some(1024)), (200, None), (400, Some(51_200))];
    let mut track = aac(90);
    track.samples[60].duration = 9000;
    let asset = package(vec![video().with_samples(pictures(50, 25)), track.with_edits(&edits)]);
    for track in &asset.tracks {
        let whole = samples(track);
        for stop in 0..whole.len() {
            let mut walk = track.timeline.walk(&track.table);
            assert_eq!(walk.by_ref().take(stop).count(), stop);
            let place = walk.place().unwrap();
            let rest: Vec<_> = track.timeline.walk_from(&track.table, place).map(Result::unwrap).collect();
            assert_eq!(rest, whole[stop..]);
        }
    }
}

/// An edit list of a few bytes asks for 2^40 samples of silence, 265 days.
#[test]
fn silence_has_a_limit() {
    let track = aac(20).with_edits(&[(1 << 40, None), (4000, Some(0))]);
    let asset = package_with(Policy::default(), 48_000, vec![video().with_samples(pictures(9, 9)), track]);
    let reason = &asset.unwrap().asset.left_out[0].reason;
    assert_eq!(*reason, Error::TooLarge { sample: 0, what: "the silence before the start" }.to_string());
}

#[test]
fn samples_beyond_the_file_are_noticed() {
    let source = SourceMovie { timescale: 1000, tracks: vec![aac(3)] };
    let movie = Movie::parse(&source.moov(), 0).unwrap();
    let track = movie.tracks[0].as_ref().unwrap();
    let survey = |bytes| Survey::new(track, NO_SILENCE, (movie.timescale, None), bytes).map(|_| ());
    let end = source.file_bytes();
    assert_eq!(survey(end), Ok(()));
    assert_eq!(survey(end - 1), Err(Error::BeyondFile { sample: 2, end, file_bytes: end - 1 }));
}

/// An edit of duration 0 lasts to the end of the media (§8.6.6.1).
#[test]
fn an_open_edit_shows_all_that_follows() {
    let asset = package(vec![aac(30).with_edits(&[(0, Some(1024))])]);
    assert_eq!(sources(&samples(a2(&asset))), (0..30).map(Some).collect::<Vec<_>>());
    assert_eq!(a2(&asset).source_edits, [Edit { duration: 0, media_time: Some(1024), rate: 0x1_0000 }]);
}
