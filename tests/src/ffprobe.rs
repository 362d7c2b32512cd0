//! ffprobe's view of a file.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a missing or failing ffprobe fails the test"
)]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// One packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Position in the file.
    pub pos: u64,
    /// Bytes.
    pub size: usize,
    /// Presentation time in ticks of the track.
    pub pts: i64,
    /// Decoding time in ticks of the track.
    pub dts: i64,
    /// Duration in ticks of the track.
    pub duration: i64,
    /// Whether it is a key frame.
    pub is_key: bool,
    /// Whether the edit list hides it (`AV_PKT_FLAG_DISCARD`).
    pub is_hidden: bool,
    /// SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
}

/// One track.
#[derive(Debug, Clone)]
pub struct Stream {
    /// `track_ID`.
    pub number: u32,
    /// Ticks per second.
    pub timescale: u32,
    /// The packets in file order of the track.
    pub packets: Vec<Packet>,
}

/// Whether ffprobe applies the edit list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditList {
    /// Times as presented.
    Apply,
    /// All packets, with the times of the sample tables.
    Ignore,
}

/// All tracks of a file with all packets.
pub fn streams(path: &Path, edits: EditList) -> Vec<Stream> {
    let mut command = Command::new("ffprobe");
    command.args([
        "-v",
        "error",
        "-show_packets",
        "-show_streams",
        "-show_data_hash",
        "sha256",
        "-of",
        "json",
    ]);
    if edits == EditList::Ignore {
        command.args(["-ignore_editlist", "1"]);
    }
    let output = command.arg(path).output().unwrap();
    assert!(
        output.status.success(),
        "ffprobe {}: {}",
        path.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report["streams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stream| read_stream(stream, &report["packets"]))
        .collect()
}

fn read_stream(stream: &Value, packets: &Value) -> Stream {
    let id = stream["id"].as_str().unwrap().trim_start_matches("0x");
    let time_base = stream["time_base"].as_str().unwrap();
    let own = packets.as_array().unwrap().iter().filter(|packet| packet["stream_index"] == stream["index"]);
    Stream {
        number: u32::from_str_radix(id, 16).unwrap(),
        timescale: time_base.strip_prefix("1/").unwrap().parse().unwrap(),
        packets: own.map(read_packet).collect(),
    }
}

fn read_packet(packet: &Value) -> Packet {
    let number = |name: &str| packet[name].as_i64().unwrap_or(i64::MIN);
    let flags = packet["flags"].as_str().unwrap();
    let hash = packet["data_hash"].as_str().unwrap_or_default();
    Packet {
        pos: packet["pos"].as_str().and_then(|pos| pos.parse().ok()).unwrap_or(u64::MAX),
        size: packet["size"].as_str().and_then(|size| size.parse().ok()).unwrap_or(0),
        pts: number("pts"),
        dts: number("dts"),
        duration: number("duration"),
        is_key: flags.starts_with('K'),
        is_hidden: flags.contains('D'),
        hash: hash.trim_start_matches("SHA256:").to_ascii_lowercase(),
    }
}

/// Whether the first pictures carry CEA-608 or CEA-708.
pub fn has_closed_captions(path: &Path) -> bool {
    let mut command = Command::new("ffprobe");
    command.args([
        "-v",
        "error",
        "-select_streams",
        "v:0",
        "-read_intervals",
        "%+#10",
        "-show_frames",
        "-of",
        "json",
    ]);
    let output = command.arg(path).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let frames = report["frames"].as_array().unwrap();
    assert!(!frames.is_empty());
    frames.iter().any(|frame| frame["side_data_list"].to_string().contains("ATSC A53"))
}
