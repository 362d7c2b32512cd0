//! Why a track or a file cannot be packaged.

use isobmff::FourCc;

/// What stands in the way, for a person. A fault of one track leaves that track out and no other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file does not say what it should, or says something unsupported.
    #[error(transparent)]
    Source(#[from] isobmff::Error),
    /// The movie was passed on without the samples of its fragments.
    #[error("the file is fragmented (`mvex`), and its fragments have not been read")]
    Fragmented,
    /// Text in a form that cannot be read.
    #[error("text of the format `{0}` is not packaged")]
    Text(FourCc),
    /// Captions that cannot be read.
    #[error(transparent)]
    Captions(#[from] captions::Error),
    /// Text that names the parts of a film.
    #[error("the track holds chapters")]
    Chapters,
    /// Nothing but captions, in a format that needs more.
    #[error("captions alone make no HLS presentation: put them in a set with pictures or sound")]
    TextAlone,
    /// The samples of a text track were not all read.
    #[error("the text lies in more pieces than are read")]
    Scattered,
    /// Nothing a player shows.
    #[error("a `{0}` track is neither video nor audio")]
    NotMedia(FourCc),
    /// The index is not of one piece.
    #[error("a segment is on no page of the index")]
    MissingSegment,
    /// The track has no samples at all.
    #[error("the track has no samples")]
    Empty,
    /// The edit list leaves nothing.
    #[error("the edit list shows no sample")]
    NothingShown,
    /// The clip leaves nothing of any track.
    #[error("the clip is empty")]
    EmptyClip,
    /// Decoding can start nowhere.
    #[error("the track has no sync sample to start from")]
    NoSyncSample,
    /// An edit at another speed.
    #[error("edit {number} has the rate {}/65536; only rate 1 can be packaged without changing the media", .rate)]
    EditRate {
        /// Which edit, from 1.
        number: usize,
        /// 16.16 fixed point.
        rate: i32,
    },
    /// More cuts than are honoured.
    #[error("the edit list has {0} media edits; up to {max} are honoured", max = crate::timeline::MAX_MEDIA_EDITS)]
    TooManyEdits(usize),
    /// The samples switch between different sample entries.
    #[error("sample {sample} switches to another sample description; one track needs one")]
    SeveralDescriptions {
        /// Number of the first sample of the second description, from 0.
        sample: u32,
    },
    /// The file is cut, or its tables lie.
    #[error(
        "sample {sample} ends at byte {end}, the file has {file_bytes}: it is cut short or its tables are wrong"
    )]
    BeyondFile {
        /// Number of the sample, from 0.
        sample: u32,
        /// First byte after the sample.
        end: u64,
        /// Length of the file.
        file_bytes: u64,
    },
    /// Times or sizes that the output format cannot hold.
    #[error("sample {sample}: {what} does not fit its field")]
    TooLarge {
        /// Number of the sample, from 0.
        sample: u32,
        /// Which value.
        what: &'static str,
    },
    /// What the path asks for cannot be had of this content.
    #[error("{0}")]
    NotOffered(String),
    /// A track that MPEG-TS cannot carry.
    #[error("MPEG-TS cannot carry the track: {0}")]
    NoTransport(String),
    /// Media that is not what a transport stream needs.
    #[error(transparent)]
    Transport(#[from] mpegts::Error),
    /// The operator's bounds leave no pictures.
    #[error("no pictures have {low} to {} bits per second", .high.map_or("any".to_owned(), |high| high.to_string()))]
    OutOfBounds {
        /// The least that is offered.
        low: u64,
        /// The most that is offered; `None`: any number.
        high: Option<u64>,
    },
    /// No track is left.
    #[error("no track can be packaged: {0}")]
    NoTrack(String),
}
