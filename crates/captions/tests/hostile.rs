//! Files that were damaged or made to harm: each reads or is refused, soon, and what it says can be written.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::time::{Duration, Instant};

use captions::{Captions, Error, srt, ttml, webvtt};

const WEBVTT: &str = "WEBVTT - x\nLanguage: en\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\nSTYLE\n::cue(.a) { color: red }\n\n\
REGION\nid:r width:40% lines:3 regionanchor:0%,100% viewportanchor:10%,90%\n\nNOTE x\n\n\
1\n00:00:01.000 --> 00:00:04.000 region:r line:10%,end position:20%,line-left size:50% align:left vertical:rl\n\
<v Ann>Hello <c.yellow.bg_blue.a>big <i>wide</i></c> &amp; <b>good</b> world</v>\n<ruby>漢<rt>kan</rt></ruby> <lang he>שלום</lang>\n\n\
00:03.000 --> 00:05.000\nSecond <00:04.000>cue\n\n100:00:00.000 --> 100:00:01.000\nمرحبا\n";

const SRT: &str = "1\n00:00:01,000 --> 00:00:04,000 X1:10 Y1:20\n{\\an8}{\\pos(10,20)}<font color=\"#ffff00\">Hello</font> <i>world</i> &amp;\n{\\i1}x{\\i0}\n\n\
2\n00:00:03,5 --> 00:00:05.25\nDeuxième été\n\n42\n\n3\n0:00:06 -> 0:00:07\nこんにちは\n";

const TTML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\" xmlns:tts=\"http://www.w3.org/ns/ttml#styling\" xmlns:ttp=\"http://www.w3.org/ns/ttml#parameter\" xmlns:ttm=\"http://www.w3.org/ns/ttml#metadata\" xml:lang=\"en\" ttp:frameRate=\"25\" ttp:tickRate=\"1000\" tts:extent=\"640px 480px\">\n\
<head><metadata><ttm:agent xml:id=\"a\"><ttm:name>Ann</ttm:name></ttm:agent></metadata><styling><style xml:id=\"s\" style=\"t\" tts:color=\"#ff0000\"/><style xml:id=\"t\" tts:fontStyle=\"italic\"/></styling>\n\
<layout><region xml:id=\"r\" tts:origin=\"10% 80%\" tts:extent=\"64px 48px\" tts:position=\"center bottom 5%\" tts:displayAlign=\"after\"><style tts:textAlign=\"left\"/></region></layout></head>\n\
<body timeContainer=\"seq\"><div begin=\"1s\"><p region=\"r\" style=\"s\" begin=\"00:00:01.5\" end=\"00:00:02:10\" xml:space=\"preserve\">a <span ttm:agent=\"a\" begin=\"100t\" dur=\"5f\">b&amp;&#233;</span><br/><![CDATA[c]]></p></div>\n\
<div><p><span tts:ruby=\"container\"><span tts:ruby=\"base\">漢</span><span tts:ruby=\"text\">kan</span></span></p></div></body></tt>\n";

/// Pieces of all the grammars, and what breaks readers.
const TOKENS: [&str; 44] = [
    "-->",
    "\n\n",
    "\r",
    "<",
    ">",
    "&",
    "&#x110000;",
    "&#0;",
    "&lt",
    "<i>",
    "</i>",
    "<c.x.y.z>",
    "<v ",
    "<rt>",
    "</ruby>",
    "{\\an",
    "}",
    "WEBVTT",
    "STYLE\n",
    "REGION\n",
    "NOTE",
    "::cue{color:",
    "99999999999999999999",
    "-1",
    "00:00:00.000",
    "18446744073709551615:00:00.000",
    "\u{0}",
    "\u{feff}",
    "\u{ffff}",
    "\u{202e}",
    "<p begin=\"1s\">",
    "</p>",
    "<span>",
    "</tt>",
    "<!DOCTYPE tt [<!ENTITY a 'b'>]>",
    "<![CDATA[",
    "<!--",
    "<?x?>",
    " xmlns:x=\"y\"",
    "100%",
    "begin=\"-5s\"",
    "dur=\"1e9s\"",
    "timeContainer=\"seq\"",
    "style=\"s t s t\"",
];

/// Marsaglia's xorshift: the same faults in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % limit.max(1)
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        start..start + self.below((length - start).min(64) + 1)
    }

    fn damage(&mut self, bytes: &mut Vec<u8>) {
        let range = self.range(bytes.len());
        match self.below(7) {
            0 if !bytes.is_empty() => {
                let at = self.below(bytes.len());
                bytes[at] ^= 1 << self.below(8);
            }
            1 => drop(bytes.drain(range)),
            2 => {
                let copy = bytes[range.clone()].repeat(1 + self.below(40));
                bytes.splice(range, copy);
            }
            3 => bytes.truncate(range.start),
            4 => {
                let at = self.below(bytes.len() + 1);
                let moved = bytes[range].to_vec();
                bytes.splice(at..at, moved);
            }
            _ => {
                let token = TOKENS[self.below(TOKENS.len())].repeat(1 + self.below(3));
                bytes.splice(range.start..range.start, token.bytes());
            }
        }
    }
}

/// Longest time for a small file, in a build without optimization on a busy machine.
const PATIENCE: Duration = Duration::from_secs(2);

fn endure(seed: &str, name: &str, read: fn(&str) -> Result<Captions, Error>) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut understood, mut refused) = (0, 0);
    for _ in 0..1_000 {
        let mut bytes = seed.as_bytes().to_vec();
        for _ in 0..=random.below(6) {
            random.damage(&mut bytes);
        }
        let started = Instant::now();
        let whole = captions::read(&bytes, name);
        let text = String::from_utf8_lossy(&bytes);
        for result in [whole, read(&text)] {
            match result {
                Ok(captions) => {
                    understood += 1;
                    check(&captions);
                }
                Err(error) => {
                    refused += 1;
                    assert!((10..400).contains(&error.to_string().len()), "{error}");
                }
            }
        }
        assert!(started.elapsed() < PATIENCE, "{text}");
    }
    assert!(understood > 100 && refused > 0, "{understood} understood, {refused} refused");
}

/// What holds for all captions that are read, and for what is made of them.
fn check(captions: &Captions) {
    assert!(captions.cues.is_sorted_by_key(|cue| cue.start));
    for cue in &captions.cues {
        assert!(cue.start < cue.end && !cue.plain_text().trim().is_empty(), "{cue:?}");
        assert!(!cue.plain_text().contains(|c: char| c.is_control() && c != '\n'), "{cue:?}");
        let first_and_last = [
            cue.plain_text().split('\n').next().unwrap().to_owned(),
            cue.plain_text().rsplit('\n').next().unwrap().to_owned(),
        ];
        assert!(first_and_last.iter().all(|line| !line.trim().is_empty()), "{cue:?}");
    }
    let times =
        |captions: &Captions| captions.cues.iter().map(|cue| (cue.start, cue.end)).collect::<Vec<_>>();
    let file = webvtt::read(&webvtt::write(&captions.cues, "")).unwrap();
    assert_eq!(times(&file), times(captions));
    let document =
        ttml::read(&ttml::write(&captions.cues, 0..u64::MAX, captions.language.as_deref())).unwrap();
    assert_eq!(times(&document), times(captions));
}

#[test]
fn a_thousand_damaged_webvtt_files() {
    endure(WEBVTT, "a.vtt", webvtt::read);
}

#[test]
fn a_thousand_damaged_srt_files() {
    endure(SRT, "a.srt", srt::read);
}

#[test]
fn a_thousand_damaged_ttml_files() {
    endure(TTML, "a.ttml", ttml::read);
}

/// The seeds themselves are whole.
#[test]
fn undamaged_files_read() {
    assert_eq!(webvtt::read(WEBVTT).unwrap().cues.len(), 3);
    assert_eq!(srt::read(SRT).unwrap().cues.len(), 3);
    assert_eq!(ttml::read(TTML).unwrap().cues.len(), 4);
}

/// Sixteen mebibytes of what is worst for each reader: time that grows with the square would take hours.
#[test]
fn the_largest_files_end_soon() {
    let fill = |start: &str, piece: &str| start.to_owned() + &piece.repeat((15 << 20) / piece.len());
    let webvtt = "WEBVTT\n\n00:00.000 --> 00:01.000\n";
    for text in [
        fill(webvtt, "<"),
        fill(webvtt, "<i>"),
        fill(webvtt, "&"),
        fill("WEBVTT\n\n", "00:00.000 --> 00:01.000 line:\n<<<<<<<\n\n"),
        fill("WEBVTT\n\nSTYLE\n", "::cue(.a){color:red}"),
        fill("WEBVTT\n\nSTYLE\n", "/*"),
        fill("00:00:00,000 --> 00:00:01,000\n", "1\n"),
        fill("00:00:00,000 --> 00:00:01,000\n", "{\\i1}\n<i>"),
        fill("", "1\n\n\n\n00:00:00,000 --> 00:00:01,000\n"),
        fill("<tt ", "a='b' "),
        fill("<tt><body><div><p>", "&amp;"),
        fill("<tt><head><styling>", "<style id='a' style='a a a a a a a a'/>"),
        fill("<tt><body><div>", "<p end='1s'><span begin='1s'/><br/></p>"),
        fill("<tt><body><div>", "<x "),
        fill("<tt><!--", "-"),
        fill("<?xml version='1.0' encoding='", "x"),
    ] {
        let started = Instant::now();
        let result = captions::read(text.as_bytes(), "a.vtt");
        let took = started.elapsed();
        assert!(
            took < Duration::from_secs(30),
            "{took:?} for {:?}: {:?}",
            &text[..60],
            result.map(|c| c.cues.len())
        );
    }
}
