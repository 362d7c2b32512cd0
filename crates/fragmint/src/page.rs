//! The player page: its own files are part of the program, the players are read from where npm put them.

use std::path::{Path, PathBuf};

use bytes::Bytes;

/// Name, type and content of the page's own files.
const FILES: &[(&str, &str, &str)] = &[
    ("index.html", "text/html; charset=utf-8", include_str!("../web/index.html")),
    ("style.css", "text/css; charset=utf-8", include_str!("../web/style.css")),
    ("app.js", SCRIPT, include_str!("../web/app.js")),
    ("assets.js", SCRIPT, include_str!("../web/assets.js")),
    ("controls.js", SCRIPT, include_str!("../web/controls.js")),
    ("facts.js", SCRIPT, include_str!("../web/facts.js")),
    ("menus.js", SCRIPT, include_str!("../web/menus.js")),
    ("players.js", SCRIPT, include_str!("../web/players.js")),
    ("players/captions.js", SCRIPT, include_str!("../web/players/captions.js")),
    ("players/dashjs.js", SCRIPT, include_str!("../web/players/dashjs.js")),
    ("players/hlsjs.js", SCRIPT, include_str!("../web/players/hlsjs.js")),
    ("players/native.js", SCRIPT, include_str!("../web/players/native.js")),
    ("players/shaka.js", SCRIPT, include_str!("../web/players/shaka.js")),
    ("players/videojs.js", SCRIPT, include_str!("../web/players/videojs.js")),
    ("players/words.js", SCRIPT, include_str!("../web/players/words.js")),
    ("previews.js", SCRIPT, include_str!("../web/previews.js")),
    ("stats.js", SCRIPT, include_str!("../web/stats.js")),
    ("tracks.js", SCRIPT, include_str!("../web/tracks.js")),
    ("util.js", SCRIPT, include_str!("../web/util.js")),
];
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Names under which the page asks for players, and where npm installs them.
const PLAYERS: &[(&str, &str)] = &[
    ("hls.min.js", "hls.js/dist/hls.min.js"),
    ("dash.all.min.js", "dashjs/dist/modern/umd/dash.all.min.js"),
    ("shaka-player.compiled.js", "shaka-player/dist/shaka-player.compiled.js"),
    ("video.min.js", "video.js/dist/video.min.js"),
];

/// One of the page's own files: type and content.
pub(crate) fn file(name: &str) -> Option<(&'static str, &'static str)> {
    FILES.iter().find(|(known, ..)| *known == name).map(|&(_, kind, content)| (kind, content))
}

/// The first folder that holds a player.
pub(crate) fn find_players(wanted: Option<&Path>) -> Option<PathBuf> {
    let usual = ["crates/fragmint/web/node_modules", "web/node_modules"].map(PathBuf::from);
    let folders = wanted.map_or_else(|| usual.to_vec(), |folder| vec![folder.to_owned()]);
    folders.into_iter().find(|folder| PLAYERS.iter().any(|(_, path)| folder.join(path).is_file()))
}

/// A player's script.
pub(crate) async fn player(folder: &Path, name: &str) -> Option<(&'static str, Bytes)> {
    let (_, path) = PLAYERS.iter().find(|(known, _)| *known == name)?;
    let bytes = tokio::fs::read(folder.join(path)).await.ok()?;
    Some((SCRIPT, bytes.into()))
}
