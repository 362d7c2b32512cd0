//! What is accepted of strangers: far more than any feature film needs, far less than what hurts.

/// Bytes of a file.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// Cues of a file.
pub const MAX_CUES: usize = 200_000;
/// Bytes (UTF-8) of one cue's text.
pub const MAX_CUE_BYTES: usize = 64 << 10;
/// Bytes (UTF-8) of all text; TTML can show the same text in many cues.
pub const MAX_TEXT_BYTES: usize = 48 << 20;
/// Spans of all cues together.
pub const MAX_SPANS: usize = 500_000;
/// Spans of one cue; what follows takes the style of the last one.
pub const MAX_CUE_SPANS: usize = 1_000;
/// Elements or tags open within each other.
pub const MAX_DEPTH: usize = 64;
/// Latest moment of a cue in milliseconds, some 278 years: wall-clock times fit, and nanoseconds fit 64 bits.
pub const MAX_TIME_MS: u64 = 1 << 43;
/// Bytes of a voice's name or a cue's identifier; the rest is cut off.
pub const MAX_NAME_BYTES: usize = 256;
