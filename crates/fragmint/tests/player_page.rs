//! The page of `fragmint serve` in a real browser, with the players it offers: the menus are filled and lead to
//! what they say, and the seek bar shows previews.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tests::fixtures;

/// In two browsers side by side: most of the time they wait for what plays.
const PLAYERS: [&[&str]; 2] = [&["hlsjs", "dashjs", "shaka-hls"], &["shaka-dash", "videojs"]];
const PATHS: [&str; 3] =
    ["presentation/", "presentation/film_,180p,90p,.mp4.urlset", "presentation/film_90p.mp4"];

/// `fragmint serve`, until it is dropped.
struct Server {
    child: Child,
    base: String,
}

impl Server {
    fn start(folder: &Path, players: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fragmint"));
        command.arg("serve").arg(folder).args(["--listen", "127.0.0.1:0"]).arg("--players").arg(players);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        // It writes a line for each request: somebody has to take them.
        std::thread::spawn(move || lines.for_each(drop));
        let address = first.split_once("http://").unwrap().1.split('/').next().unwrap();
        Self { child, base: format!("http://{address}") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn viewers_choose_and_see_previews() {
    let fixture = fixtures::named("presentation/film_180p.mp4");
    let browser = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
    let server = Server::start(&fixture.root, &browser.join("node_modules"));
    let script = browser.join("player-page.mjs");
    let use_page = |players: &[&str], paths: &[&str]| {
        let of =
            |player: &&str| ((*player).to_owned(), Value::Object(captions(player).into_iter().collect()));
        let captions: serde_json::Map<_, _> = players.iter().map(of).collect();
        let order = json!({
            "base": server.base, "asset": "presentation/set.json", "players": players, "paths": paths, "captions": captions,
        });
        let mut results = run(&script, &order);
        let page = results.pop().unwrap();
        assert_eq!(results.len(), players.len());
        players.iter().zip(&results).for_each(|(player, result)| page_serves_player(player, result));
        page
    };
    let first = || use_page(PLAYERS[0], &[]);
    let second = || page_takes_any_asset(&use_page(PLAYERS[1], &PATHS));
    let results = std::thread::scope(|scope| {
        let (first, second) = (scope.spawn(|| drop(first())), scope.spawn(second));
        (first.join(), second.join())
    });
    // Players look at the clock: what fails beside the other has a second chance alone.
    results.0.unwrap_or_else(|_| drop(first()));
    results.1.unwrap_or_else(|_| second());
}

fn page_serves_player(player: &str, result: &Value) {
    assert_eq!((&result["error"], &result["outside"]), (&Value::Null, &json!([])), "{player}");
    menus_lead_where_they_say(player, result);
    previews_are_on_the_seek_bar(player, result);
    let reset =
        ["quality", "audio", "text"].map(|kind| without_result(result["reset"][kind].as_str().unwrap()));
    assert_eq!(reset, ["Automatic", "English (en)", "Off"], "{player}");
    // The browser's own menu of captions, which only hls.js leaves to the browser.
    let followed = if player == "hlsjs" { json!("Français (fr)") } else { Value::Null };
    assert_eq!(result["followed"], followed, "{player}");
}

fn run(script: &Path, order: &Value) -> Vec<Value> {
    let mut command = Command::new("node");
    command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(order.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What the menu offers for the captions of `presentation/set.json`, and a part of what they say. HLS does not
/// tell a player the channel, Video.js does not tell roles.
fn captions(player: &str) -> Vec<(String, Value)> {
    let english = if player == "videojs" { "English (en)" } else { "English (en) · captions" };
    let inside = match player {
        "hlsjs" => "Inside (en) · closed captions",
        "videojs" => "Inside (en) · captions",
        _ => "English (en) · closed captions CC1",
    };
    [(english, "in English"), ("Français (fr)", "en français"), (inside, "INSIDE")]
        .map(|(label, words)| (label.to_owned(), words.into()))
        .into()
}

fn menus_lead_where_they_say(player: &str, result: &Value) {
    let offered = |kind: &str| {
        let labels = result["menus"][kind].as_array().unwrap().iter();
        labels.map(|label| label.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut expected = vec!["Off".to_owned()];
    expected.extend(captions(player).into_iter().map(|(label, _)| label));
    assert_eq!(offered("text"), expected, "{player}");
    let french = if player.contains("dash") { "Français (fr) · dubbed" } else { "Français (fr)" };
    assert_eq!(offered("audio"), ["English (en)", french], "{player}");
    let quality = offered("quality");
    assert!(quality[0].starts_with("Automatic"), "{player}: {quality:?}");
    assert!(
        quality[1].starts_with("320×180 · ") && quality[2].starts_with("160×90 · "),
        "{player}: {quality:?}"
    );
    assert_eq!(quality.len(), 3, "{player}");

    for (kind, choices) in [("text", 4), ("audio", 2), ("quality", 3)] {
        let made = result[kind].as_array().unwrap();
        assert_eq!(made.len(), choices, "{player}");
        // What is chosen is what the player says of itself. Automatic says what it has come to.
        let name = |choice: &Value, of: &str| without_result(choice[of].as_str().unwrap());
        let wrong = made.iter().find(|choice| name(choice, "label") != name(choice, "chosen"));
        assert_eq!(wrong, None, "{player}");
    }
    for (choice, (_, words)) in result["text"].as_array().unwrap().iter().skip(1).zip(captions(player)) {
        let drawn = choice["drawn"].as_str().unwrap();
        assert!(drawn.contains(words.as_str().unwrap()), "{player}: {choice}");
    }
    assert_eq!(result["text"][0]["drawn"], "", "{player}");
    assert_eq!(result["audio"][0]["sources"], json!(["film_audio_fr.mp4"]), "{player}");
    assert_eq!(result["audio"][1]["sources"], json!(["film_180p.mp4"]), "{player}");
    assert_eq!(
        (&result["quality"][0]["width"], &result["quality"][1]["width"]),
        (&json!(160), &json!(320)),
        "{player}"
    );
}

/// "Automatic" without what it has come to.
fn without_result(label: &str) -> String {
    if label.starts_with("Automatic") { "Automatic" } else { label }.to_owned()
}

/// Tiles of 96x54 for a second each, four on a sheet: the fourth is at the end of the first sheet.
fn previews_are_on_the_seek_bar(player: &str, result: &Value) {
    let preview = |time: &str, sheet: &str, place: &str| {
        let transform = format!("scale(1.5) translate({place})");
        json!({"visible": true, "time": time, "sheet": sheet, "width": 192, "transform": transform, "gone": true})
    };
    let expected = [preview("0:03", "1.jpg", "-96px, -54px"), preview("0:04", "2.jpg", "0px, 0px")];
    assert_eq!(result["previews"], json!(expected), "{player}");
    // Some players go on playing once they have what they need.
    let keyboard = &result["keyboard"];
    assert!((5.0..5.5).contains(&keyboard["moved"].as_f64().unwrap()), "{player}: {keyboard}");
    assert_eq!(keyboard["preview"], true, "{player}");
}

fn page_takes_any_asset(page: &Value) {
    assert_eq!((&page["error"], &page["outside"]), (&Value::Null, &json!([])));
    let listed = page["listed"].as_array().unwrap();
    for path in ["ladder/", "presentation/", "presentation/set.json", "presentation/film_180p.mp4"] {
        assert!(listed.contains(&path.into()), "{path} is not in {listed:?}");
    }
    let typed: serde_json::Map<_, _> =
        PATHS.map(|path| (path.to_owned(), "plays".into())).into_iter().collect();
    assert_eq!(page["typed"], Value::Object(typed));
    assert_eq!((&page["overflow"], &page["unlabelled"]), (&json!(0), &json!([])));
}
