//! Oracle: what people mean by such names, by hand.

use proptest::prelude::*;

use super::read;
use crate::route::TrackKind;
use crate::set::{Error, Labels, Role, Set, SetTrack, TrackChoice};

fn set(names: &[&str]) -> Set {
    read("f", names).unwrap()
}

/// The sources, in order: name, `audio` if only the sound is used, language, roles.
fn sources(names: &[&str]) -> Vec<String> {
    let rows = set(names).sources.into_iter().map(|source| {
        let (kind, labels) = match source.tracks.as_deref() {
            None => ("", source.labels),
            Some([SetTrack { choice: TrackChoice::Kind(TrackKind::Audio), labels }]) => {
                (" audio", labels.clone())
            }
            Some([SetTrack { choice: TrackChoice::Kind(TrackKind::Text), labels }]) => {
                (" text", labels.clone())
            }
            Some(other) => panic!("{other:?}"),
        };
        let language = labels.language.map(|tag| format!(" {tag}")).unwrap_or_default();
        let roles: String = labels.roles.iter().flat_map(|role| [" ", role.word()]).collect();
        let key = source.key.strip_prefix("f/").unwrap().to_owned();
        format!("{key}{kind}{language}{roles}")
    });
    rows.collect()
}

/// The captions beside `film_1080p.mp4` and `film_720p.mp4`: language, roles, `forced`.
fn captions(name: &str) -> String {
    let set = set(&["film_1080p.mp4", "film_720p.mp4", name]);
    let [captions] = set.captions.as_slice() else { panic!("{name}: {:?}", set.captions) };
    assert_eq!(captions.key, format!("f/{name}"));
    let labels = &captions.labels;
    let language = labels.language.clone().unwrap_or_else(|| "-".into());
    let roles: String = labels.roles.iter().flat_map(|role| [" ", role.word()]).collect();
    let forced = if labels.is_forced == Some(true) { " forced" } else { "" };
    format!("{language}{roles}{forced}")
}

#[test]
fn ladders() {
    let rows: [(&[&str], &[&str]); 9] = [
        (
            &["name_480.mp4", "name_1080p.mp4", "name_720p.mp4", "name-360.mp4"],
            &["name_1080p.mp4", "name_720p.mp4", "name_480.mp4", "name-360.mp4"],
        ),
        (
            &["name_1280x720_3000k.mp4", "name_1920x1080_5000k.mp4", "name_1920x1080_8M.mp4"],
            &["name_1920x1080_8M.mp4", "name_1920x1080_5000k.mp4", "name_1280x720_3000k.mp4"],
        ),
        (
            &["name_hls_3000.mp4", "name_hls_900.mp4", "name_hls_6000.mp4"],
            &["name_hls_6000.mp4", "name_hls_3000.mp4", "name_hls_900.mp4"],
        ),
        (
            &[
                "video_Ott_Hls_Ts_Avc_Aac_16x9_640x360p_30Hz_0.6Mbps.mp4",
                "video_Ott_Hls_Ts_Avc_Aac_16x9_1280x720p_30Hz_5.0Mbps.mp4",
            ],
            &[
                "video_Ott_Hls_Ts_Avc_Aac_16x9_1280x720p_30Hz_5.0Mbps.mp4",
                "video_Ott_Hls_Ts_Avc_Aac_16x9_640x360p_30Hz_0.6Mbps.mp4",
            ],
        ),
        (&["b.mp4", "a.mp4", "c_720p.mp4"], &["c_720p.mp4", "a.mp4", "b.mp4"]),
        (&["film.mp4", "film_4k.mp4", "film_1080p60.MOV"], &["film_4k.mp4", "film_1080p60.MOV", "film.mp4"]),
        (&["only.mp4"], &["only.mp4"]),
        // Other files, hidden ones, and those that no URL can name.
        (&["a.mp4", "._a.mp4", ".hidden.mp4", "a.json", "b\\c.mp4", "x/y.mp4", "a.mp4"], &["a.mp4"]),
        (&["film_99999999999999999999.mp4", "film_1.mp4"], &["film_1.mp4", "film_99999999999999999999.mp4"]),
    ];
    for (names, expected) in rows {
        assert_eq!(sources(names), expected);
    }
}

#[test]
fn sound() {
    let film = "film_1080p.mp4";
    let rows = [
        ("film_audio_fr.mp4", "film_audio_fr.mp4 audio fr"),
        ("film_fr_audio.mp4", "film_fr_audio.mp4 audio fr"),
        ("film_audio.mp4", "film_audio.mp4 audio"),
        ("film_audio_128k_stereo_deu.mp4", "film_audio_128k_stereo_deu.mp4 audio de"),
        ("film.fr.m4a", "film.fr.m4a audio fr"),
        ("film.m4a", "film.m4a audio"),
        ("film_audio_en_description.mp4", "film_audio_en_description.mp4 audio en description"),
        ("film_audio_en_ad.mp4", "film_audio_en_ad.mp4 audio en description"),
        ("film_en_dvs.mp4", "film_en_dvs.mp4 audio en description"),
        ("film_ad.mp4", "film_ad.mp4"),
        ("film_en_ad.m4a", "film_en_ad.m4a audio en description"),
        ("film_audio_en_commentary.mp4", "film_audio_en_commentary.mp4 audio en commentary"),
        ("film_fr.mp4", "film_fr.mp4 fr"),
        ("film_fr_dub.mp4", "film_fr_dub.mp4 fr dub"),
        ("film_audio_pt-BR.mp4", "film_audio_pt-BR.mp4 audio pt-BR"),
        ("film_audio_es_419.mp4", "film_audio_es_419.mp4 audio es-419"),
        ("film_audio_zh-Hant-TW.mp4", "film_audio_zh-Hant-TW.mp4 audio zh-Hant-TW"),
        ("film_audio_french.mp4", "film_audio_french.mp4 audio fr"),
        ("film_audio_xyz.mp4", "film_audio_xyz.mp4"),
    ];
    for (name, expected) in rows {
        let found = sources(&[film, name]);
        assert_eq!(found.len(), 2, "{name}");
        assert!(found.contains(&expected.to_owned()), "{name}: {found:?}");
    }
    let found = sources(&["film_audio_en.mp4", "film_audio_fr.mp4", "film_720p.mp4"]);
    assert_eq!(found, ["film_720p.mp4", "film_audio_en.mp4 audio en", "film_audio_fr.mp4 audio fr"]);
}

/// Smooth Streaming's and CMAF's endings say what a file holds.
#[test]
fn tracks_in_files_of_their_own() {
    let names = ["film_720.cmfv", "film_1080.cmfv", "film_fr.cmfa", "film.en.cmft", "film.fr.forced.CMFT"];
    let expected = [
        "film_1080.cmfv",
        "film_720.cmfv",
        "film_fr.cmfa audio fr",
        "film.en.cmft text en",
        "film.fr.forced.CMFT text fr forced-subtitle",
    ];
    assert_eq!(sources(&names), expected);
    let names = ["dune-600.ismv", "dune-2400.ismv", "dune.isma", "dune_de.ismt"];
    assert_eq!(
        sources(&names),
        ["dune-2400.ismv", "dune-600.ismv", "dune.isma audio", "dune_de.ismt text de"]
    );
    assert_eq!(sources(&["film_en.ismt"]), ["film_en.ismt text en"]);
}

/// What says how large or how coded pictures are is no language, although Sindhi, Divehi and Tsonga have the codes
/// `sd`, `dv` and `ts`: the last is in the names that `MediaConvert` gives by its system presets.
#[test]
fn qualities_of_pictures_are_no_languages() {
    let rows: [(&[&str], &[&str]); 7] = [
        (&["film_hi.mp4", "film_lo.mp4"], &["film_hi.mp4", "film_lo.mp4"]),
        (&["film_en.mp4", "film_hi.mp4"], &["film_en.mp4 en", "film_hi.mp4 hi"]),
        (&["film_hd.mp4", "film_sd.mp4"], &["film_hd.mp4", "film_sd.mp4"]),
        (
            &["film_en_SD.mp4", "film_en_HD.mp4", "film.mp4"],
            &["film.mp4", "film_en_HD.mp4 en", "film_en_SD.mp4 en"],
        ),
        (&["film_dv.mp4", "film_hdr10.mp4"], &["film_dv.mp4", "film_hdr10.mp4"]),
        (
            &["video_Ott_Hls_Ts_Avc_Aac_16x9_640x360p_30Hz_0.6Mbps.mp4", "video_audio_fr.mp4"],
            &["video_Ott_Hls_Ts_Avc_Aac_16x9_640x360p_30Hz_0.6Mbps.mp4", "video_audio_fr.mp4 audio fr"],
        ),
        (&["film_720p.mp4", "film_audio_sd.mp4"], &["film_720p.mp4", "film_audio_sd.mp4 audio sd"]),
    ];
    for (names, expected) in rows {
        assert_eq!(sources(names), expected);
    }
}

#[test]
fn titles_are_no_languages() {
    assert_eq!(sources(&["lost_in_la.mp4"]), ["lost_in_la.mp4"]);
    assert_eq!(
        sources(&["lost_in_la_720p.mp4", "lost_in_la_1080p.mp4"]),
        ["lost_in_la_1080p.mp4", "lost_in_la_720p.mp4"]
    );
    assert_eq!(sources(&["lost_in_la.mp4", "other.mp4"]), ["lost_in_la.mp4", "other.mp4"]);
    assert_eq!(
        sources(&["it_1080p.mp4", "it_720p.mp4", "it_fr.mp4"]),
        ["it_1080p.mp4", "it_720p.mp4", "it_fr.mp4 fr"]
    );
    let set = set(&["lost_in_la_720p.mp4", "lost_in_la.vtt", "lost_in_la.es.vtt"]);
    let languages: Vec<_> = set.captions.iter().map(|c| c.labels.language.as_deref()).collect();
    assert_eq!(languages, [None, Some("es")]);
}

#[test]
fn caption_files() {
    let rows = [
        ("film.en.vtt", "en"),
        ("film_en.srt", "en"),
        ("film-en.srt", "en"),
        ("film.eng.srt", "en"),
        ("film_fre.ttml", "fr"),
        ("film.pt-BR.srt", "pt-BR"),
        ("film.pt-br.srt", "pt-BR"),
        ("film.pt_BR.srt", "pt-BR"),
        ("film.zh-Hans.vtt", "zh-Hans"),
        ("film.english.vtt", "en"),
        ("film.fil.vtt", "fil"),
        ("film.en.sdh.vtt", "en caption"),
        ("film.en.cc.vtt", "en caption"),
        ("film.en.hi.vtt", "en caption"),
        ("film.hi.vtt", "hi"),
        ("film.fr.forced.vtt", "fr forced-subtitle forced"),
        ("film.forced.fr.vtt", "fr forced-subtitle forced"),
        // As Plex and Jellyfin want them named.
        ("film.en.default.srt", "en"),
        ("film.default.eng.forced.srt", "en forced-subtitle forced"),
        ("film.en.foreign.srt", "en forced-subtitle forced"),
        ("film_captions_en.vtt", "en"),
        ("film_1080p_captions_en.vtt", "en"),
        ("film_subtitles.vtt", "-"),
        ("film.vtt", "-"),
        ("film_1080p.vtt", "-"),
        ("en.vtt", "en"),
        ("film.xx.vtt", "-"),
        ("film.qqq.vtt", "-"),
        ("film.en.DFXP", "en"),
        ("film.en.itt", "en"),
    ];
    for (name, expected) in rows {
        assert_eq!(captions(name), expected, "{name}");
    }
}

/// What the names of sound and of other pictures say at their end is not the title of the captions beside them.
#[test]
fn captions_named_as_sound_is() {
    let rows: [&[&str]; 6] = [
        &["film_1080.mp4", "film_720.mp4", "film_en.m4a", "film_fr.m4a", "film_en.vtt", "film_fr.vtt"],
        &["film.mp4", "film.en.m4a", "film.fr.m4a", "film.en.vtt", "film.fr.vtt"],
        &["film.mp4", "film_en.mp4", "film_fr.mp4", "film_en.srt", "film_fr.srt"],
        &["film.mp4", "film_audio_en.mp4", "film_audio_fr.mp4", "film_audio_en.vtt", "film_audio_fr.vtt"],
        &["film_en_720.mp4", "film_fr_720.mp4", "film_en_720.vtt", "film_fr_720.vtt"],
        &["film_720.cmfv", "film.en.cmfa", "film.en.cmft", "film.fr.cmft"],
    ];
    let languages = |labels: Vec<Labels>| -> Vec<_> { labels.into_iter().map(|l| l.language).collect() };
    for names in rows {
        let set = set(names);
        let texts = set.sources.into_iter().filter_map(|source| source.tracks?.pop());
        let texts = texts.filter(|track| track.choice.kind() == TrackKind::Text).map(|track| track.labels);
        let captions = set.captions.into_iter().map(|captions| captions.labels).chain(texts).collect();
        assert_eq!(languages(captions), [Some("en".to_owned()), Some("fr".to_owned())], "{names:?}");
    }
    let set = set(&["alien_it.mp4", "other.mp4", "alien_it.vtt"]);
    assert_eq!(set.captions[0].labels.language, None);
}

#[test]
fn one_of_several_forms_of_the_same_captions() {
    let names =
        ["film.mp4", "film.en.srt", "film.en.vtt", "film.fr.srt", "film.fr.ttml", "film.xml", "film.scc"];
    let keys: Vec<_> = set(&names).captions.into_iter().map(|captions| captions.key).collect();
    assert_eq!(keys, ["f/film.en.vtt", "f/film.fr.ttml"]);
}

#[test]
fn folders() {
    let key = |folder: &str| read(folder, &["a.mp4"]).unwrap().sources[0].key.clone();
    assert_eq!(key("films/dune"), "films/dune/a.mp4");
    assert_eq!(key("films/dune/"), "films/dune/a.mp4");
    assert_eq!(key(""), "a.mp4");
    assert_eq!(set(&["a.mp4", "a_forced.en.vtt"]).captions[0].labels.roles, [Role::ForcedSubtitle]);
}

#[test]
fn folders_that_are_no_set() {
    let refusal = |names: &[String]| match read("films/", names) {
        Err(error @ Error::Name { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal(&[]), "folder \"films/\": there is no MP4 file in it");
    assert_eq!(refusal(&["a.vtt".into()]), "folder \"films/\": there is no MP4 file in it");
    let many: Vec<_> = (0..65).map(|n| format!("{n}.mp4")).collect();
    assert!(refusal(&many).contains("65 MP4 files"));
    let many: Vec<_> = (0..65).map(|n| format!("{n}.vtt")).chain(["a.mp4".into()]).collect();
    assert!(refusal(&many).contains("65 caption files"));
}

proptest! {
    /// A store may list a folder in any order.
    #[test]
    fn the_order_of_the_listing_does_not_matter(names in prop::collection::vec("[a-b]{0,2}(_(fr|audio|ad|hi|[0-9]{1,4}p?|[A-Z]{2})){0,4}\\.(mp4|cmft|vtt|srt|m4a)", 1..8), by in 0usize..8) {
        let mut turned = names.clone();
        turned.rotate_left(by % names.len());
        prop_assert_eq!(read("f", &turned), read("f", &names));
        turned.reverse();
        prop_assert_eq!(read("f", &turned), read("f", &names));
    }
}
