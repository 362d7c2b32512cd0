//! Media playlists of byte ranges of one file (RFC 8216bis §4.4.4.2).

use std::fmt::Write;

use super::PLAYLIST_VERSION;
use super::media::write_date;
use crate::manifest::decimal::{Seconds, micros_up};
use crate::route::{Child, Playlist};
use crate::track_file::TrackFile;
use crate::{Asset, Error, PackagedTrack};

/// The media playlist of one track of an asset as byte ranges of its file.
pub fn bytes(asset: &Asset, track: &PackagedTrack, playlist: Playlist) -> Result<String, Error> {
    let file = TrackFile::new(track)?;
    let shared = playlist.target_secs.map(|target| u64::from(target.get()));
    let target = shared.unwrap_or_else(|| asset.target_duration_secs()).max(track.target_duration_secs());
    let mut out = format!(
        "#EXTM3U\n#EXT-X-VERSION:{PLAYLIST_VERSION}\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-PLAYLIST-TYPE:VOD\n\
         #EXT-X-MAP:URI=\"{}\",BYTERANGE=\"{}@0\"\n",
        Child::File,
        file.init_range().end
    );
    let (mut clock, mut printed) = (0, 0);
    let segments = &track.segmentation.segments;
    let within = playlist.window.map_or(0..segments.len(), |window| window.of(segments, track.timescale));
    let first = segments.get(within.clone()).and_then(<[_]>::first);
    write_date(&mut out, playlist, first.map(|first| (first.start, track.timescale)));
    let listed = segments.iter().zip(file.segment_ranges());
    for (segment, range) in listed.skip(within.start).take(within.len()) {
        clock += segment.duration;
        let end = micros_up(clock, track.timescale);
        let (duration, length) = (Seconds(end - printed), range.end - range.start);
        let _ =
            writeln!(out, "#EXTINF:{duration},\n#EXT-X-BYTERANGE:{length}@{}\n{}", range.start, Child::File);
        printed = end;
    }
    out.push_str("#EXT-X-ENDLIST\n");
    Ok(out)
}
