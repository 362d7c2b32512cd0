//! Oracle: TTML1, TTML2 and the profiles, followed by hand.

use super::*;
use crate::ttml::OPEN_END;
use crate::{Alignment, Color, LineAlignment, LinePosition, Placement, Ruby, Span, Style, Writing};

/// A document with this head and body, and these attributes of the root.
fn document(root: &str, head: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><tt xmlns=\"http://www.w3.org/ns/ttml\" xmlns:tts=\"http://www.w3.org/ns/ttml#styling\" \
         xmlns:ttp=\"http://www.w3.org/ns/ttml#parameter\" xmlns:ttm=\"http://www.w3.org/ns/ttml#metadata\" {root}>\
         <head>{head}</head><body>{body}</body></tt>"
    )
}

fn cues(text: &str) -> Vec<(u64, u64, String)> {
    read(text).unwrap().cues.iter().map(|cue| (cue.start, cue.end, cue.plain_text())).collect()
}

fn body(body: &str) -> Vec<(u64, u64, String)> {
    cues(&document("", "", body))
}

fn cue(start: u64, end: u64, text: &str) -> (u64, u64, String) {
    (start, end, text.to_owned())
}

fn span(text: &str, style: Style) -> Span {
    Span { text: text.to_owned(), style }
}

#[test]
fn times_nest_and_parents_cut_their_children() {
    assert_eq!(
        cues(&document("", "", "<div begin='10s' end='20s'><p begin='1s' end='2s'>a</p><p begin='8s' dur='5s'>b</p><p begin='1s' end='9s' dur='2s'>c</p></div>").replace("<body>", "<body begin='100s'>")),
        [cue(111_000, 112_000, "a"), cue(111_000, 113_000, "c"), cue(118_000, 120_000, "b")]
    );
    assert_eq!(body("<div><p begin='1s'>a</p></div>"), [cue(1_000, OPEN_END, "a")]);
    assert_eq!(body("<div end='5s'><p begin='1s'>a</p></div>"), [cue(1_000, 5_000, "a")]);
    assert_eq!(
        body("<div><p begin='x' end='5s'>a</p><p begin='1s' end='y'>b</p><p begin='3s' end='2s'>c</p></div>"),
        []
    );
}

#[test]
fn in_a_sequence_each_begins_where_the_last_one_ended() {
    let sequence = "<div timeContainer='seq' begin='10s'><p dur='1s'>a</p><p begin='1s' dur='2s'>b</p><p end='3s'>c</p></div>";
    assert_eq!(
        body(sequence),
        [cue(10_000, 11_000, "a"), cue(12_000, 14_000, "b"), cue(14_000, 17_000, "c")]
    );
    let implied = "<div timeContainer='seq'><div><p end='2s'>a</p><p end='1s'>b</p></div><div><p end='1s'>c</p></div></div>";
    assert_eq!(body(implied), [cue(0, 2_000, "a"), cue(0, 1_000, "b"), cue(2_000, 3_000, "c")]);
    let spans = "<div><p timeContainer='seq'><span dur='1s'>a</span> <span dur='1s'>b</span></p></div>";
    assert_eq!(body(spans), [cue(0, 1_000, "a"), cue(1_000, 2_000, "b")]);
    assert_eq!(body("<div timeContainer='seq'><p>a</p><p dur='1s'>never</p></div>"), [cue(0, OPEN_END, "a")]);
}

/// The durations that W3C's own test of time expressions states in its texts.
#[test]
fn w3c_time_expressions() {
    let durations =
        ["1.2s", "1.2m", "1.2h", "24f", "120t", "01:02:03", "01:02:03.235", "01:02:03:20", "100:00:00.1"];
    let wanted = [1_200, 72_000, 4_320_000, 1_001, 2_000, 3_723_000, 3_723_235, 3_723_834, 360_000_100];
    for (dur, wanted) in durations.into_iter().zip(wanted) {
        let root = "ttp:frameRate='24' ttp:frameRateMultiplier='1000 1001' ttp:tickRate='60'";
        assert_eq!(
            cues(&document(root, "", &format!("<div><p dur='{dur}'>x</p></div>"))),
            [cue(0, wanted, "x")]
        );
    }
}

/// As W3C's test of sequences: text right in a sequence has no duration, yet its paragraphs take their time.
#[test]
fn text_in_a_sequence_takes_no_time() {
    let text = "<div timeContainer='seq' dur='40s'><div timeContainer='seq'>\
        <p begin='00:00:05:00' dur='5s' timeContainer='seq'>never</p><p begin='5s' dur='5s' timeContainer='seq'>never</p></div>\
        <div timeContainer='seq' dur='20s'><p begin='5s' dur='5s'>a</p><p begin='5s' dur='5s'>b</p></div></div>";
    assert_eq!(body(text), [cue(25_000, 30_000, "a"), cue(35_000, 40_000, "b")]);
}

/// As W3C's test of the times of regions.
#[test]
fn a_region_shows_only_while_it_is_there() {
    let head = "<layout><region xml:id='r' begin='10s' end='20s' tts:position='center bottom 10%' tts:extent='60% 20%'/></layout>";
    let text = "<div region='r'><p begin='5s' end='15s'>a</p><p begin='12s' end='18s'>b</p><p>c</p><p begin='1s' end='9s'>d</p></div>";
    let captions = read(&document("", head, text)).unwrap();
    let times = captions.cues.iter().map(|cue| (cue.start, cue.end, cue.plain_text())).collect::<Vec<_>>();
    assert_eq!(times, [cue(10_000, 15_000, "a"), cue(10_000, 20_000, "c"), cue(12_000, 18_000, "b")]);
    // A tenth of the 80 % that it leaves free are below it.
    assert_eq!(captions.cues[0].placement.line, Some(LinePosition::Percent(7_200)));
}

#[test]
fn parts_with_times_of_their_own_make_cues_of_their_own() {
    assert_eq!(
        body("<div><p><span begin='1s' end='2s'>a</span><br/><span begin='2s' end='3s'>b</span></p></div>"),
        [cue(1_000, 2_000, "a"), cue(2_000, 3_000, "b")]
    );
    assert_eq!(
        body(
            "<div><p begin='10s' end='20s'>One <span begin='2s'>two <span begin='3s' end='4s'>three</span></span></p></div>"
        ),
        [
            cue(10_000, 12_000, "One"),
            cue(12_000, 15_000, "One two"),
            cue(15_000, 16_000, "One two three"),
            cue(16_000, 20_000, "One two")
        ]
    );
}

#[test]
fn frames_and_ticks_are_of_the_root() {
    let rates = "ttp:timeBase='smpte' ttp:frameRate='24' ttp:frameRateMultiplier='1000 1001'";
    assert_eq!(
        cues(&document(rates, "", "<div><p begin='00:00:01:00' end='00:00:02:12'>a</p></div>")),
        // 24 and 60 frames at 24000/1001 a second.
        [cue(1_001, 2_503, "a")]
    );
    let ticks = "ttp:tickRate='10000000'";
    assert_eq!(
        cues(&document(ticks, "", "<div><p begin='15000000t' end='25004000t'>a</p></div>")),
        [cue(1_500, 2_500, "a")]
    );
}

#[test]
fn white_space_is_as_the_document_wants_it() {
    let text = "\n  One \t<span> two</span><br/>\n   three  \n";
    assert_eq!(body(&format!("<div><p end='1s'>{text}</p></div>")), [cue(0, 1_000, "One two\nthree")]);
    assert_eq!(
        body("<div><p end='1s' xml:space='preserve'> a  b<br/> c </p></div>"),
        [cue(0, 1_000, " a  b\n c ")]
    );
    assert_eq!(
        body("<div><p end='1s'>a &lt;b&gt; &amp;&#39;&#xe9;<![CDATA[ <c> ]]></p></div>"),
        [cue(0, 1_000, "a <b> &'é <c>")]
    );
    assert_eq!(body("<div><p end='1s'> <br/> \n </p></div>"), []);
}

#[test]
fn styles_come_by_reference_inline_and_from_the_region() {
    let head = "<styling><style xml:id='s1' style='s2' tts:fontStyle='italic'/><style xml:id='s2' tts:color='#ffff00' tts:backgroundColor='rgba(0,0,0,128)'/></styling>\
        <layout><region xml:id='r' style='s2'><style tts:textDecoration='underline'/></region></layout>";
    let text = "<div style='missing'><p end='1s' region='r'>a<span style='s1'>b<span tts:fontWeight='bold' tts:color='white'>c</span></span></p></div>";
    let captions = read(&document("", head, text)).unwrap();
    let yellow = Style { underline: true, color: Some(Color([255, 255, 0, 255])), ..Style::default() };
    let italic = Style { italic: true, background: Some(Color([0, 0, 0, 128])), ..yellow.clone() };
    let bold = Style { bold: true, color: Some(Color([255; 4])), ..italic.clone() };
    assert_eq!(captions.cues[0].text, [span("a", yellow), span("b", italic), span("c", bold)]);
}

#[test]
fn what_is_not_shown_is_not_read() {
    assert_eq!(
        body(
            "<metadata><ttm:title>x</ttm:title></metadata><div><p end='1s'><metadata>m</metadata><ttm:desc>d</ttm:desc>a\
              <span tts:display='none'>b</span><span tts:visibility='hidden'>c</span><set tts:color='red'>z</set><f:x xmlns:f='f'>e</f:x></p>\
              <q>x</q>outside</div>"
        ),
        [cue(0, 1_000, "a")]
    );
}

#[test]
fn regions_place_their_paragraphs() {
    let head = "<layout><region xml:id='top' tts:origin='10% 10%' tts:extent='80% 20%' tts:textAlign='center'/>\
        <region xml:id='pixels'><style tts:origin='64px 360px'/><style tts:extent='256px 96px'/><style tts:displayAlign='after'/></region>\
        <region xml:id='v' tts:origin='80% 10%' tts:extent='10% 80%' tts:writingMode='tbrl'/></layout>";
    let text = "<div region='top'><p end='1s'>a</p><p end='1s' region='pixels' tts:textAlign='left'>b</p><p end='1s' region='v'>c</p><p end='1s' region='none'>d</p></div><div><p end='1s'>e</p></div>";
    let captions = read(&document("tts:extent='640px 480px'", head, text)).unwrap();
    let placements = captions.cues.iter().map(|cue| cue.placement).collect::<Vec<_>>();
    assert_eq!(
        (placements[0].line, placements[0].line_alignment),
        (Some(LinePosition::Percent(1_000)), LineAlignment::Start)
    );
    assert_eq!((placements[0].position, placements[0].size), (Some(5_000), Some(8_000)));
    assert_eq!(placements[0].alignment, Alignment::Center);
    // 360 + 96 of 480 pixels are 95 %; 64 of 640 are 10 %.
    assert_eq!(
        (placements[1].line, placements[1].line_alignment),
        (Some(LinePosition::Percent(9_500)), LineAlignment::End)
    );
    assert_eq!((placements[1].position, placements[1].size), (Some(1_000), Some(4_000)));
    assert_eq!(placements[1].alignment, Alignment::Left);
    assert_eq!(placements[2].writing, Writing::VerticalFromRight);
    assert_eq!(placements[3], placements[0]);
    assert_eq!(placements[4], Placement::default());
}

#[test]
fn languages_as_locales_write_them() {
    let text = document("xml:lang='pt_BR'", "", "<div><p end='1s'>x</p></div>");
    assert_eq!(read(&text).unwrap().language.as_deref(), Some("pt-BR"));
}

#[test]
fn languages_voices_and_ruby() {
    let head = "<metadata><ttm:agent xml:id='ann' type='character'><ttm:name type='alias'> Ann &amp;\n Bob </ttm:name></ttm:agent></metadata>";
    let text = "<div><p xml:id='p1' end='1s' ttm:agent='ann'>Hi <span xml:lang='fr'>oui</span><span xml:lang='en'>!</span></p>\
        <p begin='1s' end='2s'><span tts:ruby='container'> <span tts:ruby='base'>漢</span><span tts:ruby='delimiter'>(</span><span tts:ruby='text'>kan</span> </span></p></div>";
    let captions = read(&document("xml:lang='en'", head, text)).unwrap();
    assert_eq!(captions.language.as_deref(), Some("en"));
    assert_eq!(captions.cues[0].id.as_deref(), Some("p1"));
    let ann = Style { voice: Some("Ann & Bob".into()), ..Style::default() };
    let french = Style { language: Some("fr".into()), ..ann.clone() };
    assert_eq!(captions.cues[0].text, [span("Hi ", ann.clone()), span("oui", french), span("!", ann)]);
    let ruby = |ruby| Style { ruby, ..Style::default() };
    assert_eq!(captions.cues[1].text, [span("漢", ruby(Ruby::Base)), span("kan", ruby(Ruby::Text))]);
}

/// As EBU Tech 3380 has it in its annex: its prefixes, its cells, its styles on spans.
#[test]
fn ebu_tt_d() {
    let text = "<?xml version='1.0' encoding='UTF-8'?>
<tt:tt ttp:timeBase='media' ttp:cellResolution='50 30' xml:lang='de' xmlns:tt='http://www.w3.org/ns/ttml' xmlns:ttp='http://www.w3.org/ns/ttml#parameter' xmlns:tts='http://www.w3.org/ns/ttml#styling' xmlns:ebuttm='urn:ebu:tt:metadata'>
  <tt:head><tt:metadata><ebuttm:documentMetadata><ebuttm:conformsToStandard>urn:ebu:tt:distribution:2018-04</ebuttm:conformsToStandard></ebuttm:documentMetadata></tt:metadata>
    <tt:styling><tt:style xml:id='defaultStyle' tts:fontFamily='Verdana,Arial' tts:fontSize='160%' tts:lineHeight='125%'/>
      <tt:style xml:id='textWhite' tts:color='#ffffff' tts:backgroundColor='#000000c2'/><tt:style xml:id='textCenter' tts:textAlign='center'/></tt:styling>
    <tt:layout><tt:region xml:id='bottom' tts:origin='10% 10%' tts:extent='80% 80%' tts:displayAlign='after'/></tt:layout></tt:head>
  <tt:body><tt:div style='defaultStyle'>
    <tt:p xml:id='sub1' region='bottom' style='textCenter' begin='00:00:00.000' end='00:00:02.500'>
      <tt:span style='textWhite'>Guten Abend,</tt:span><tt:br/>
      <tt:span style='textWhite'>grüß Gott!</tt:span></tt:p>
  </tt:div></tt:body></tt:tt>";
    let captions = read(text).unwrap();
    let white =
        Style { color: Some(Color([255; 4])), background: Some(Color([0, 0, 0, 0xc2])), ..Style::default() };
    assert_eq!(captions.cues[0].plain_text(), "Guten Abend,\ngrüß Gott!");
    assert_eq!(captions.cues[0].text[0], span("Guten Abend,", white));
    assert_eq!((captions.cues[0].start, captions.cues[0].end), (0, 2_500));
    assert_eq!(captions.cues[0].placement, Placement::default());
    assert_eq!(captions.language.as_deref(), Some("de"));
}

/// The drafts of 2006 and no namespace at all; paragraphs right in the body.
#[test]
fn documents_of_old() {
    for (year, style) in [("2006/04", "style"), ("2006/10", "style"), ("2006/10", "styling")] {
        let text = format!(
            "<tt xmlns='http://www.w3.org/{year}/ttaf1' xmlns:tts='http://www.w3.org/{year}/ttaf1#{style}' xml:lang='en'>\
             <body><div><p begin='00:00:01.20' end='00:00:02.4' tts:color='red'>a<br/>b</p></div></body></tt>"
        );
        let captions = read(&text).unwrap();
        assert_eq!(cues(&text), [cue(1_200, 2_400, "a\nb")]);
        assert_eq!(captions.cues[0].text[0].style.color, Some(Color([255, 0, 0, 255])));
    }
    let bare = "<!DOCTYPE tt>\n<tt><body><p begin='1' dur='1' tts:fontStyle='italic'>R&D</p></body></tt>";
    assert_eq!(cues(bare), [cue(1_000, 2_000, "R&D")]);
    assert!(read(bare).unwrap().cues[0].text[0].style.italic);
}

#[test]
fn overlapping_cues_of_all_scripts_stay_whole() {
    let text = "<div><p begin='1s' end='9s'>שלום עולם</p><p begin='2s' end='8s'>こんにちは</p><p begin='2s' end='3s'>مرحبا &amp; नमस्ते</p></div>";
    assert_eq!(
        body(text),
        [cue(1_000, 9_000, "שלום עולם"), cue(2_000, 8_000, "こんにちは"), cue(2_000, 3_000, "مرحبا & नमस्ते")]
    );
}

/// The reason for which a document is refused, and the line.
fn refusal(text: &str) -> (u64, String) {
    match read(text).unwrap_err() {
        Error::Invalid { line, reason, .. } => (line, reason),
        other => panic!("{other}"),
    }
}

#[test]
fn lengths_without_measure_do_no_harm() {
    for (property, value) in
        [("position", "999999999px"), ("origin", "-999999999px"), ("position", "right 999999999px")]
    {
        let region = format!(
            "<layout><region xml:id='r' tts:{property}='{value} {value}' tts:extent='999999999px -999999999px'/></layout>"
        );
        let text =
            document("tts:extent='1px 4294967295px'", &region, "<div><p region='r' end='1s'>a</p></div>");
        assert_eq!(cues(&text), [cue(0, 1_000, "a")]);
    }
}

#[test]
fn what_is_no_ttml_is_refused_with_its_line() {
    assert_eq!(refusal("<html>\n</html>"), (1, "its root element is not tt of TTML".into()));
    assert_eq!(refusal("").1, "it ends before its root element does");
    assert_eq!(refusal("<tt>\n<body>\n").1, "it ends before its root element does");
    assert_eq!(refusal("<tt>\n<body>\n</div></tt>").0, 3);
    assert_eq!(
        refusal("<tt>\n\n<body><div><p>&nbsp;</p></div></body></tt>"),
        (3, "the entity &nbsp; is not defined".into())
    );
    assert_eq!(refusal("<tt><body begin='&x;'/></tt>").0, 1);
    assert_eq!(refusal("<tt xmlns='http://example.org/'/>").0, 1);
}

#[test]
fn entities_are_not_expanded() {
    let bomb = "<!DOCTYPE tt [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]><tt><body><div><p end='1s'>&b;</p></div></body></tt>";
    assert_eq!(refusal(bomb).1, "document type definitions are not read");
    let outside =
        "<!DOCTYPE tt SYSTEM \"file:///etc/passwd\"><tt><body><div><p end='1s'>&x;</p></div></body></tt>";
    assert_eq!(refusal(outside).1, "the entity &x; is not defined");
}

#[test]
fn images_are_no_text() {
    let image = "<div><p begin='1s' end='2s' smpte:backgroundImage='#a' xmlns:smpte='http://www.smpte-ra.org/schemas/2052-1/2010/smpte-tt'/></div>";
    assert_eq!(refusal(&document("", "", image)).1, "it shows images, not text");
    let inside = "<div begin='1s' end='2s'><image src='a.png' type='image/png'/></div>";
    assert_eq!(refusal(&document("", "", inside)).1, "it shows images, not text");
    assert_eq!(body(&format!("{image}<div><p end='1s'>text</p></div>")), [cue(0, 1_000, "text")]);
}

#[test]
fn too_much_is_refused() {
    let limit = |text: &str| match read(text).unwrap_err() {
        Error::Limit { what, .. } => what,
        other => panic!("{other}"),
    };
    assert_eq!(limit(&document("", "", &"<div>".repeat(1_000))), "elements within each other");
    assert_eq!(
        limit(&document("", "", &format!("<div><p>{}</p></div>", "x".repeat(70_000)))),
        "bytes in a cue"
    );
    assert_eq!(
        limit(&document("", "", &format!("<div>{}</div>", "<p end='1s'>x</p>".repeat(200_001)))),
        "cues"
    );
    let styled = (0..1_100).map(|n| format!("<span begin='{n}s'>y</span>")).collect::<Vec<_>>().concat();
    assert_eq!(
        limit(&document("", "", &format!("<div><p>{styled}</p></div>"))),
        "changes within a paragraph"
    );
    // Each paragraph shows its long text in many cues.
    let timed = (0..400).map(|n| format!("<span begin='{n}s'>x</span>")).collect::<Vec<_>>().concat();
    let paragraph = format!("<p end='1000s'>{}{timed}</p>", "x".repeat(60_000));
    assert_eq!(limit(&document("", "", &format!("<div>{}</div>", paragraph.repeat(10)))), "bytes of text");
}

#[test]
fn attributes_and_names_without_end_take_linear_time() {
    let started = std::time::Instant::now();
    let attributes = (0..200_000).map(|n| format!("a{n}='x' ")).collect::<Vec<_>>().concat();
    assert_eq!(body(&format!("<div><p end='1s' {attributes}>x</p></div>")), [cue(0, 1_000, "x")]);
    let empty = format!("<div>{}</div>", "<p/>".repeat(200_000));
    assert_eq!(body(&empty), []);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
