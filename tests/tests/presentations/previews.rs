//! Pictures for the seek bar: three ways to say where a tile is, and what ffprobe says of the sheets.

use std::process::Command;

use http::StatusCode;
use roxmltree::Document;
use tests::{fixtures, offer};

use crate::{END, FILM, Shelf, attributes};

const MASTER: &str = "/feature/set.json/master.m3u8";
const MPD: &str = "/feature/set.json/manifest.mpd";
/// As made: `tile=3x2` of pictures of 96x54, one a second.
const GRID: (u64, u64) = (3, 2);
const TILE: (u64, u64) = (96, 54);

/// What ffprobe says of a picture's size.
fn size(name: &str) -> (u64, u64) {
    let path = fixtures::named(FILM).root.join("feature/sheets").join(name);
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0"]).arg(path);
    let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let (width, height) = text.trim().split_once(',').unwrap();
    (width.parse().unwrap(), height.parse().unwrap())
}

/// Start in milliseconds, sheet and corner of each tile.
type Tiles = Vec<(u64, String, (u64, u64))>;

fn by_dash(text: &str) -> Tiles {
    let document = Document::parse(text).unwrap();
    let mut set = offer::elements(document.root(), "AdaptationSet").into_iter();
    let set = set.find(|set| set.attribute("contentType") == Some("image")).unwrap();
    assert_eq!(set.attribute("mimeType"), Some("image/jpeg"));
    let representation = offer::elements(set, "Representation")[0];
    let number =
        |node: roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse::<u64>().unwrap();
    let sheet = (number(representation, "width"), number(representation, "height"));
    assert_eq!(sheet, (GRID.0 * TILE.0, GRID.1 * TILE.1));
    let property = offer::elements(representation, "EssentialProperty")[0];
    assert_eq!(property.attribute("schemeIdUri"), Some("http://dashif.org/guidelines/thumbnail_tile"));
    let (columns, rows) = property.attribute("value").unwrap().split_once('x').unwrap();
    let (columns, rows): (u64, u64) = (columns.parse().unwrap(), rows.parse().unwrap());
    let template = offer::elements(set, "SegmentTemplate")[0];
    let millis = number(template, "duration") * 1000 / number(template, "timescale");
    let step = millis / (columns * rows);
    let tile = |at: u64| {
        let (sheet_number, place) = (at / (columns * rows), at % (columns * rows));
        let number = number(template, "startNumber") + sheet_number;
        let url = template.attribute("media").unwrap().replace("$Number$", &number.to_string());
        let corner = (place % columns * (sheet.0 / columns), place / columns * (sheet.1 / rows));
        (at * step, offer::resolve(MPD, &url), corner)
    };
    (0..END.div_ceil(step)).map(tile).collect()
}

fn by_image_playlist(text: &str, path: &str) -> Tiles {
    assert!(text.lines().any(|line| line == "#EXT-X-IMAGES-ONLY"));
    let mut out = Tiles::new();
    let (mut clock, mut length, mut layout, mut step) = (0, 0, (0, 0), 0);
    let pair = |text: &str| {
        let (a, b) = text.split_once('x').unwrap();
        (a.parse::<u64>().unwrap(), b.parse::<u64>().unwrap())
    };
    let mut tile = (0, 0);
    for line in text.lines() {
        if let Some(value) = line.strip_prefix("#EXTINF:") {
            length = millis(value.trim_end_matches(','));
        } else if line.starts_with("#EXT-X-TILES:") {
            let found = attributes(line);
            (tile, layout, step) =
                (pair(&found["RESOLUTION"]), pair(&found["LAYOUT"]), millis(&found["DURATION"]));
            assert_eq!(tile, TILE);
        } else if !line.starts_with('#') && !line.is_empty() {
            for place in 0..length.div_ceil(step) {
                let corner = (place % layout.0 * tile.0, place / layout.0 * tile.1);
                out.push((clock + place * step, offer::resolve(path, line), corner));
            }
            clock += length;
        }
    }
    assert_eq!(clock, END);
    out
}

fn millis(decimal: &str) -> u64 {
    tests::download::micros(decimal) / 1000
}

fn by_web_vtt(text: &str, path: &str) -> Tiles {
    let cues = tests::cues::of_web_vtt(text);
    assert_eq!(cues.last().unwrap().end, END);
    assert!(cues.windows(2).all(|pair| pair[0].end == pair[1].start));
    let tile = |cue: &tests::cues::Cue| {
        let (file, place) = cue.text.split_once("#xywh=").unwrap();
        let numbers: Vec<u64> = place.split(',').map(|number| number.parse().unwrap()).collect();
        assert_eq!((numbers[2], numbers[3]), TILE);
        (cue.start, offer::resolve(path, file), (numbers[0], numbers[1]))
    };
    cues.iter().map(tile).collect()
}

#[test]
fn all_say_the_same_of_the_sheets() {
    for name in ["sheet-01.jpg", "sheet-02.jpg"] {
        assert_eq!(size(name), (GRID.0 * TILE.0, GRID.1 * TILE.1));
    }
    let client = Shelf::new().client();
    let master = client.text(MASTER);
    let line = master.lines().find(|line| line.starts_with("#EXT-X-IMAGE-STREAM-INF:")).unwrap();
    let found = attributes(line);
    assert_eq!((found["RESOLUTION"].as_str(), found["CODECS"].as_str()), ("96x54", "jpeg"));
    let playlist = offer::resolve(MASTER, &found["URI"]);
    let vtt = playlist.replace("images.m3u8", "images.vtt");

    let expected: Vec<_> = (0..10).map(|at| (at * 1000, (at % 6 % 3 * 96, at % 6 / 3 * 54))).collect();
    let dash = by_dash(&client.text(MPD));
    assert_eq!(dash.iter().map(|(time, _, corner)| (*time, *corner)).collect::<Vec<_>>(), expected);
    assert_eq!(by_image_playlist(&client.text(&playlist), &playlist), dash);
    assert_eq!(by_web_vtt(&client.text(&vtt), &vtt), dash);

    let root = fixtures::named(FILM).root.join("feature/sheets");
    for (at, (_, path, _)) in dash.iter().enumerate() {
        let name = format!("sheet-0{}.jpg", at / 6 + 1);
        assert!(client.body(path) == std::fs::read(root.join(&name)).unwrap(), "{path} is {name}");
    }
    let beyond = dash[0].1.replace("/1.jpg", "/3.jpg");
    assert_eq!(client.get(&beyond).status(), StatusCode::NOT_FOUND);
    let changed = Shelf::new().with("feature/sheets/sheet-02.jpg", client.body(&dash[0].1)).client();
    assert_eq!(changed.get(&dash[0].1).status(), StatusCode::GONE, "other pictures, other URLs");
}
