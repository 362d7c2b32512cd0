//! Oracle: ffmpeg converts the same files; times and text must agree.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a panic is how a test fails"
)]

use std::io::Write;
use std::process::{Command, Stdio};

use captions::{Captions, srt, ttml, webvtt};

const SRT: &str = "1\n00:00:01,000 --> 00:00:02,500\nOne & <i>two</i>\n\n2\n00:00:02,000 --> 00:00:04,000\n- Où êtes-vous ?\n- <b>Ici</b>, <font color=\"#ffff00\">là</font>\n\n\
3\n01:00:05,123 --> 01:00:06,456\nשלום עולם\nمرحبا بالعالم\n\n4\n01:00:07,000 --> 01:00:08,000\nこんにちは世界\n你好，世界 – 안녕하세요\n\n\
5\n10:00:00,000 --> 10:00:01,999\n{\\an8}Top line\n\n6\n10:00:02,000 --> 10:00:03,000\n42\n";

/// What ffmpeg makes of a file.
fn convert(input: &str, from: &str, to: &str) -> String {
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error", "-f", from, "-i", "pipe:0", "-f", to, "pipe:1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg is needed for the tests");
    // Small enough for a pipe, so that no thread has to read meanwhile.
    ffmpeg.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = ffmpeg.wait_with_output().unwrap();
    assert!(output.status.success(), "ffmpeg failed on {from} to {to}");
    String::from_utf8(output.stdout).unwrap()
}

fn told(captions: &Captions) -> Vec<(u64, u64, String)> {
    captions.cues.iter().map(|cue| (cue.start, cue.end, cue.plain_text())).collect()
}

/// Times and text of the cues of a plain SubRip file, read without the crate.
fn plain_srt(file: &str) -> Vec<(u64, u64, String)> {
    let millis = |time: &str| {
        let numbers =
            time.split([':', ',']).map(|part| part.trim().parse::<u64>().unwrap()).collect::<Vec<_>>();
        ((numbers[0] * 60 + numbers[1]) * 60 + numbers[2]) * 1_000 + numbers[3]
    };
    file.trim()
        .split("\n\n")
        .map(|block| {
            let mut lines = block.lines().skip(1);
            let (start, end) = lines.next().unwrap().split_once(" --> ").unwrap();
            (millis(start), millis(end), lines.collect::<Vec<_>>().join("\n"))
        })
        .collect()
}

fn without_tags(text: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for character in text.chars() {
        match character {
            '<' => inside = true,
            '>' if inside => inside = false,
            other if !inside => plain.push(other),
            _ => {}
        }
    }
    plain.replace("{\\an8}", "")
}

#[test]
fn srt_reads_as_ffmpeg_reads_it() {
    let ours = srt::read(SRT).unwrap();
    let by_hand = plain_srt(SRT)
        .into_iter()
        .map(|(start, end, text)| (start, end, without_tags(&text)))
        .collect::<Vec<_>>();
    assert_eq!(told(&ours), by_hand);
    // The reader of WebVTT reads what ffmpeg made of the file, and that of TTML what it made of it there.
    assert_eq!(told(&webvtt::read(&convert(SRT, "srt", "webvtt")).unwrap()), by_hand);
    let from_ttml = ttml::read(&convert(SRT, "srt", "ttml")).unwrap();
    assert_eq!(told(&from_ttml), by_hand);
}

#[test]
fn ffmpeg_reads_the_webvtt_that_is_written() {
    let ours = srt::read(SRT).unwrap();
    let back = convert(&webvtt::write(&ours.cues, ""), "webvtt", "srt");
    let back = plain_srt(&back)
        .into_iter()
        .map(|(start, end, text)| (start, end, without_tags(&text)))
        .collect::<Vec<_>>();
    assert_eq!(back, told(&ours));
}
