//! How large a description of a set may be.

/// Longest file that is read, in bytes.
pub(super) const FILE_BYTES: usize = 1 << 20;
/// Sources of a set.
pub(super) const SOURCES: usize = 64;
/// Caption files of a set; also caption channels in the pictures.
pub(super) const CAPTIONS: usize = 64;
/// Clips of a programme, and sources of all of them.
pub(super) const CLIPS: usize = 64;
pub(super) const CLIP_SOURCES: usize = 128;
/// Cues of a programme, and pieces of session data.
pub(super) const CUES: usize = 512;
/// Longest message of SCTE 35 in bytes, whose length has 12 bits, and longest text of session data.
pub(super) const VALUE_BYTES: usize = 4098;
/// Tracks that are chosen of one source.
pub(super) const TRACKS: usize = 64;
/// Thumbnail files that are named one by one.
pub(super) const THUMBNAILS: usize = 4096;
/// Values of a JSON file, and elements of a SMIL file.
pub(super) const NODES: usize = 20_000;
/// Values within values, and elements within elements.
pub(super) const DEPTH: usize = 16;
/// Longest name for viewers, in characters.
pub(super) const LABEL_CHARS: usize = 128;
