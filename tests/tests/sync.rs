//! How far sound and picture are apart in real players, measured to the sample.
//!
//! `sync/make.sh` makes sources whose pictures carry their number and whose sound can be found by correlation;
//! `sync/measure.mjs` plays them in Chromium, and asks ffmpeg, and says how much later or earlier than in the
//! source the sound comes. Some sources here, all of them with `make sync`.

use std::path::Path;
use std::process::Command;

use tests::serve;

const SOURCES: &str = "priming-2112,late-audio,cut";
const PLAYERS: &str = "ffmpeg,hlsjs,dashjs,shaka-hls,videojs";

#[test]
fn sound_and_picture_stay_together() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("sync");
    let folder = here.parent().unwrap().parent().unwrap().join("target/sync");
    let made = Command::new("bash").arg(here.join("make.sh")).arg(&folder).status().unwrap();
    assert!(made.success(), "the sources could not be made");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let address = runtime.block_on(serve(&folder));
    let mut measure = Command::new("node");
    measure.arg(here.join("measure.mjs")).arg("--sources").arg(&folder);
    measure.args(["--base", &format!("http://{address}"), "--files", SOURCES, "--players", PLAYERS]);
    let output = measure.output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
}
