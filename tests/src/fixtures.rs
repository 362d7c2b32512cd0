//! The files that tests package: small ones made by `fixtures/make.sh`, and a folder of real ones if
//! `FRAGMINT_CORPUS` names it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken set of fixtures fails the test that asks for it"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use origin::source::DirectorySource;

/// Fixtures that nothing can be packaged of, on purpose.
pub const UNPLAYABLE: [&str; 6] = [
    "encrypted-fragmented.mp4",
    "encrypted.mp4",
    "mpeg4.mp4",
    "no-moov.mp4",
    "truncated.mp4",
    "zero-box.mp4",
];

/// One file and the folder that a source serves it from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixture {
    /// The folder.
    pub root: PathBuf,
    /// Path below the folder, with `/`: the asset's name in URLs.
    pub key: String,
    /// Whether it comes from `FRAGMINT_CORPUS`: nothing is known of it.
    pub is_foreign: bool,
}

impl Fixture {
    /// Where the file is.
    pub fn path(&self) -> PathBuf {
        self.root.join(&self.key)
    }

    /// A source that serves the folder.
    pub fn source(&self) -> DirectorySource {
        DirectorySource::new(&self.root)
    }

    /// Whether the file's name begins so.
    pub fn is(&self, prefix: &str) -> bool {
        !self.is_foreign && self.key.starts_with(prefix)
    }

    /// The whole file; never ask this of `huge/`.
    pub fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.path()).unwrap()
    }
}

/// The made fixtures, in order of name.
pub fn made() -> &'static [Fixture] {
    static MADE: OnceLock<Vec<Fixture>> = OnceLock::new();
    MADE.get_or_init(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = here.parent().unwrap().join("target/fixtures");
        let script = here.join("fixtures/make.sh");
        let status = Command::new("bash").arg(&script).arg(&folder).status().unwrap();
        assert!(status.success(), "{} failed", script.display());
        below(&folder, false)
    })
}

/// The made fixtures that can be played.
pub fn playable() -> impl Iterator<Item = &'static Fixture> {
    made().iter().filter(|fixture| !UNPLAYABLE.contains(&fixture.key.as_str()))
}

/// One made fixture.
pub fn named(key: &str) -> &'static Fixture {
    made().iter().find(|fixture| fixture.key == key).unwrap_or_else(|| panic!("there is no fixture {key}"))
}

/// The files of `FRAGMINT_CORPUS`; none if it is not set.
pub fn corpus() -> Vec<Fixture> {
    std::env::var_os("FRAGMINT_CORPUS").map(|folder| below(Path::new(&folder), true)).unwrap_or_default()
}

/// All MP4 files of a folder, in order of name.
fn below(root: &Path, is_foreign: bool) -> Vec<Fixture> {
    let mut out = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.unwrap().path();
            let key = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && !key.starts_with('.') {
                folders.push(path);
            } else if packaging::route::is_source_name(&key) {
                out.push(Fixture { root: root.to_owned(), key, is_foreign });
            }
        }
    }
    out.sort_by(|a, b| a.key.cmp(&b.key));
    out
}
