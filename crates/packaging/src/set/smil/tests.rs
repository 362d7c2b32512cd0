//! Oracle: the documents of the three programs, by hand.

use super::read;
use crate::route::{TrackKind, TrackName};
use crate::set::{Labels, Role, Set, SetCaptions, SetSource, SetTrack, TrackChoice};

fn source(key: &str) -> SetSource {
    SetSource { key: key.into(), ..SetSource::default() }
}

fn chosen(key: &str, tracks: Vec<(TrackChoice, Labels)>) -> SetSource {
    let tracks = tracks.into_iter().map(|(choice, labels)| SetTrack { choice, labels }).collect();
    SetSource { tracks: Some(tracks), ..source(key) }
}

fn labels(language: &str, label: &str) -> Labels {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Labels { language: some(language), label: some(label), ..Labels::default() }
}

fn captions(key: &str, labels: Labels) -> SetCaptions {
    SetCaptions { key: key.into(), labels }
}

fn id(kind: TrackKind, number: u32) -> TrackChoice {
    TrackChoice::Name(TrackName { kind, number })
}

const VIDEO: TrackChoice = TrackChoice::Kind(TrackKind::Video);
const AUDIO: TrackChoice = TrackChoice::Kind(TrackKind::Audio);
const TEXT: TrackChoice = TrackChoice::Kind(TrackKind::Text);

/// The elements of the MediaPackage user guide, "Requirements for .smil manifests".
#[test]
fn media_package() {
    let text = r#"<?xml version="1.0" encoding="utf-8"?>
<smil>
    <body>
        <alias value="Example"/>
        <switch>
            <video name="example_360.mp4" systemLanguage="eng,fra,spa" audioName="English,French,Spanish" includeAudio="true,false,true"/>
            <video name="example_480.mp4" systemLanguage="eng" audioName="English 2" includeAudio="false"/>
            <video name="example_720.mp4" systemLanguage="eng" audioName="English 2"/>
            <video name="example_1080.mp4"/>
            <textstream src="example_subs_eng.srt" systemLanguage="eng" subtitleName="English" includeAudio="false"/>
            <textstream src="subs/example_fra.srt" language="fra" subtitleName="French" subtitleDefault="true"/>
        </switch>
    </body>
</smil>"#;
    let nth = |place| TrackChoice::Nth(TrackKind::Audio, place);
    let expected = Set {
        sources: vec![
            chosen(
                "vod/example_360.mp4",
                vec![
                    (VIDEO, Labels::default()),
                    (nth(1), labels("en", "English")),
                    (nth(3), labels("es", "Spanish")),
                ],
            ),
            chosen("vod/example_480.mp4", vec![(VIDEO, Labels::default())]),
            SetSource { labels: labels("en", "English 2"), ..source("vod/example_720.mp4") },
            source("vod/example_1080.mp4"),
        ],
        captions: vec![
            captions("vod/example_subs_eng.srt", labels("en", "English")),
            captions("vod/subs/example_fra.srt", Labels { is_default: Some(true), ..labels("fr", "French") }),
        ],
        ..Set::default()
    };
    assert_eq!(read(text.as_bytes(), "vod/example.smil"), Ok(expected));
}

/// Wowza's "Understanding SMIL file syntax", with a second language and a rendition of sound alone.
#[test]
fn wowza() {
    let text = r#"<smil title="">
  <head><meta name="x" content="y"/></head>
  <body>
    <switch>
      <video height="1080" title="1080p" src="mp4:sample_1080p.mp4" system-language="eng" width="1920">
        <param name="videoBitrate" value="4500000" valuetype="data"></param>
        <param name="audioBitrate" value="128000" valuetype="data"></param>
      </video>
      <video title="720p" height="720" src="MP4:sample_720p.mp4" systemLanguage="eng" width="1280">
        <param name="videoOnly" value="TRUE" valuetype="data"/>
      </video>
      <video src="mp4:sample_1080p.mp4"><param name="audioOnly" value="true" valuetype="data"/></video>
      <audio src="mp4:sample_fra.m4a" system-language="fra">
        <param name="cupertinoTag" value="EXT-X-MEDIA" valuetype="data"/>
        <param name="cupertinoTag.NAME" value="Fran&#231;ais &amp; plus" valuetype="data"/>
        <param name="cupertinoTag.DEFAULT" value="NO" valuetype="data"/>
      </audio>
      <textstream src="sample_eng.vtt" title="English" system-language="eng">
        <param name="isWowzaCaptionStream" value="true" valuetype="data"/>
      </textstream>
    </switch>
  </body>
</smil>"#;
    let expected = Set {
        sources: vec![
            SetSource { labels: labels("en", ""), ..source("sample_1080p.mp4") },
            chosen("sample_720p.mp4", vec![(VIDEO, Labels::default())]),
            chosen(
                "sample_fra.m4a",
                vec![(AUDIO, Labels { is_default: Some(false), ..labels("fr", "Français & plus") })],
            ),
        ],
        captions: vec![captions("sample_eng.vtt", labels("en", "English"))],
        ..Set::default()
    };
    assert_eq!(read(text.as_bytes(), "sample.smil"), Ok(expected));
}

/// A server manifest: `trackID` names the track, and files are named once for each.
#[test]
fn server_manifest() {
    let text = r#"<?xml version="1.0" encoding="utf-8"?>
<!--Created with Unified Streaming Platform(version=1.8.3)-->
<smil xmlns="http://www.w3.org/2001/SMIL20/Language">
  <head><meta name="clientManifestRelativePath" content="film.ismc"/></head>
  <body><switch>
    <audio src="film_400k.mp4" systemBitrate="64000" systemLanguage="en">
      <param name="trackID" value="2" valuetype="data"/>
      <param name="trackName" value="audio_eng" valuetype="data"/>
    </audio>
    <audio src="description.m4a" systemBitrate="194000" systemLanguage="eng">
      <param name="trackName" value="aac_eng_audio_description"/>
      <param name="accessibility" value="description"/>
      <param name="role" value="alternate"/>
    </audio>
    <textstream src="film_text.mp4" systemBitrate="1000" systemLanguage="pt_br">
      <param name="trackID" value="3" valuetype="data"/>
    </textstream>
    <textstream src="english.vtt" systemBitrate="0">
      <param name="textDisplayName" value="English" valuetype="data"/>
    </textstream>
    <video src="film_400k.mp4" systemBitrate="400000"><param name="trackID" value="1" valuetype="data"/></video>
    <video src="film_800k.mp4" systemBitrate="800000"><param name="trackID" value="1" valuetype="data"/></video>
  </switch></body>
</smil>"#;
    let expected = Set {
        sources: vec![
            chosen(
                "a/film_400k.mp4",
                vec![
                    (id(TrackKind::Audio, 2), labels("en", "")),
                    (id(TrackKind::Video, 1), Labels::default()),
                ],
            ),
            chosen(
                "a/description.m4a",
                vec![(AUDIO, Labels { roles: vec![Role::Description, Role::Alternate], ..labels("en", "") })],
            ),
            chosen("a/film_text.mp4", vec![(id(TrackKind::Text, 3), labels("pt-BR", ""))]),
            chosen("a/film_800k.mp4", vec![(id(TrackKind::Video, 1), Labels::default())]),
        ],
        captions: vec![captions("a/english.vtt", labels("", "English"))],
        ..Set::default()
    };
    assert_eq!(read(text.as_bytes(), "a/film.ism"), Ok(expected));
}

/// As the recommendation of SMIL 2.0 begins its documents.
#[test]
fn a_document_type_that_declares_nothing() {
    let text = "<!DOCTYPE smil PUBLIC \"-//W3C//DTD SMIL 2.0//EN\" \"http://www.w3.org/2001/SMIL20/SMIL20.dtd\">
<smil><body><switch><video src=\"dune.ismv\"/><textstream src=\"dune_en.ismt\" systemLanguage=\"en\"/></switch></body></smil>";
    let keys: Vec<_> =
        read(text.as_bytes(), "a/film.ism").unwrap().sources.into_iter().map(|s| s.key).collect();
    assert_eq!(keys, ["a/dune.ismv", "a/dune_en.ismt"]);
}

#[test]
fn what_is_named_alone_leaves_the_whole() {
    let text = r#"<smil><body><switch>
        <video src="a.mp4" systemLanguage="de"/><audio src="a.mp4" systemLanguage="fr"/>
        </switch></body></smil>"#;
    let set = read(text.as_bytes(), "a.smil").unwrap();
    let expected = vec![(VIDEO, labels("de", "")), (TEXT, labels("de", "")), (AUDIO, labels("fr", ""))];
    assert_eq!(set.sources, [chosen("a.mp4", expected)]);
}

/// XML 1.0 §2.2: processors take UTF-8 and UTF-16, which begins with a byte order mark.
#[test]
fn sixteen_bits() {
    let text = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n<smil><body><switch><video src='é.mp4'/>\
        </switch></body></smil>";
    let marked = || std::iter::once(0xfeff).chain(text.encode_utf16());
    let little: Vec<u8> = marked().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = marked().flat_map(u16::to_be_bytes).collect();
    for bytes in [text.as_bytes(), &little, &big] {
        assert_eq!(read(bytes, "a.smil").map(|set| set.sources), Ok(vec![source("é.mp4")]));
    }
    let wrong = [little.as_slice(), &[0x3c, 0]].concat();
    assert!(read(&wrong, "a.smil").unwrap_err().to_string().starts_with("SMIL, line 2, column "));
}

/// Elements on line 3, and the refusal.
const ELEMENTS: &[(&str, &str)] = &[
    (r#"<video src="a.mkv"/>"#, r#"<video src>: "a.mkv" does not name an MP4 file"#),
    ("<video/>", "<video src>: the attribute is missing"),
    (r#"<video src=""/>"#, "<video src>: the path is empty"),
    (r#"<video src="mp4:"/>"#, "<video src>: the path is empty"),
    (r#"<video src="flv:a.flv"/>"#, "does not name an MP4 file"),
    (r#"<video src="http://host/a.mp4"/>"#, "is a URL"),
    (r#"<video src="../../../a.mp4"/>"#, "climbs above the root"),
    (
        r#"<video name="a.mp4" systemLanguage="English"/>"#,
        r#"<video systemLanguage>: "English" is no language code"#,
    ),
    (r#"<video src="a.mp4" includeAudio="maybe"/>"#, r#"<video includeAudio>: "maybe" is found where"#),
    (r#"<video src="a.mp4" clipBegin="5s"/>"#, "<video clipBegin>: files are played whole"),
    (r#"<video src="a.mp4" clip-end="5s"/>"#, "<video clipEnd>: files are played whole"),
    (
        r#"<audio src="a.mp4"><param name="trackID" value="0"/></audio>"#,
        r#"<audio trackID>: "0" is no number of a track"#,
    ),
    (
        r#"<audio src="a.mp4"><param name="trackID" value="x"/></audio>"#,
        r#"<audio trackID>: "x" is no number"#,
    ),
    (r#"<audio src="a.mp4"><param name="role" value="best"/></audio>"#, r#"<audio role>: "best" is no role"#),
    (r#"<audio src="a.mp4"/><audio src="a.mp4"/>"#, "<audio src>: this track of the file was named before"),
    (r#"<video src="a.mp4"/><video src="a.mp4"/>"#, "<video src>: the file was named before"),
    (r#"<textstream src="a.sub"/>"#, "<textstream src>: \"a.sub\" does not name a caption file"),
    (r#"<textstream src="a.srt"/><textstream src="a.srt"/>"#, "<textstream src>: the file was named before"),
    (
        r#"<textstream src="a.srt" subtitleDefault="1"/><textstream src="b.srt" subtitleDefault="1"/>"#,
        "other captions are the default already",
    ),
    (r#"<par><video src="a.mp4"/></par>"#, "<par>: the element is not supported in <switch>"),
    (r#"<video src="a.mp4"><area/></video>"#, "<area>: the element is not supported in <video>"),
    (r#"<video src="a.mp4" src="b.mp4"/>"#, "duplicated attribute"),
    (r#"<video src="&file;.mp4"/>"#, "unrecognized entity `file`"),
    ("<video src=a.mp4/>", "attribute value must be enclosed"),
    ("<video src=\"a.mp4\">", "expected `</video>`, but `</switch>` was found"),
];

#[test]
fn refusals_name_line_and_element() {
    for (elements, expected) in ELEMENTS {
        let text = format!("<smil>\n<body><switch>\n{elements}\n</switch></body></smil>");
        let found = read(text.as_bytes(), "a/b.smil").unwrap_err().to_string();
        let line = if expected.starts_with("expected") { 4 } else { 3 };
        assert!(found.starts_with(&format!("SMIL, line {line}, column ")), "{elements}: {found}");
        assert!(found.contains(expected), "{elements}: {found}");
    }
}

fn numbered(count: usize, write: impl Fn(usize) -> String) -> String {
    (0..count).map(write).collect()
}

#[test]
fn what_is_no_set() {
    let entities = r#"<!DOCTYPE smil [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><smil><body/></smil>"#;
    let deep = "<smil>".repeat(100_000);
    let nested = format!("<smil><head>{}", "<a>".repeat(100_000));
    let many = format!("<smil><head>{}</head></smil>", "<a/>".repeat(30_000));
    let sources = numbered(65, |n| format!("<video src=\"{n}.mp4\"/>"));
    let sources = format!("<smil><body>{sources}</body></smil>");
    let texts = numbered(65, |n| format!("<textstream src=\"{n}.vtt\"/>"));
    let texts = format!("<smil><body>{texts}</body></smil>");
    let attributes = numbered(65, |n| format!(" a{n}=\"\""));
    let attributes = format!("<smil><body><video{attributes}/></body></smil>");
    let rows = [
        ("", "there is no <smil>"),
        ("text", "there is no <smil>"),
        ("<tt/>", "\"tt\" is found where <smil> belongs"),
        ("<smil/>", "no MP4 file is named"),
        ("<smil/><smil/>", "\"smil\" is found where <smil> belongs"),
        ("<smil><body><video src='a.mp4'/>", "<body> is not closed"),
        ("<smil><body><textstream src='a.vtt'/></body></smil>", "no MP4 file is named"),
        ("<smil><seq/></smil>", "<seq>: the element is not supported in <smil>"),
        (entities, "line 1, column 1: a document type with declarations is not taken"),
        (&deep, "<smil>: the element is not supported in <smil>"),
        (&nested, "nested more than 16 deep"),
        (&many, "more than 20000 elements"),
        (&sources, "more than 64 files"),
        (&texts, "more than 64 caption files"),
        (&attributes, "more than 64 attributes"),
    ];
    for (text, expected) in rows {
        let found = read(text.as_bytes(), "a/b.smil").unwrap_err().to_string();
        assert!(found.starts_with("SMIL, line 1, column "), "{text:.60}: {found}");
        assert!(found.contains(expected), "{text:.60}: {found}");
    }
    let utf16: Vec<u8> = "<smil/>".encode_utf16().flat_map(u16::to_le_bytes).chain([0xff]).collect();
    assert!(read(&utf16, "a.smil").is_err());
    assert_eq!(read(b"<smil>\n\xff", "a.smil").unwrap_err().to_string(), "SMIL, line 2, column 1: not UTF-8");
    assert!(read(&vec![b' '; (1 << 20) + 1], "a.smil").unwrap_err().to_string().contains("1048577 bytes"));
}
