//! A source as it is packaged: its tracks, and what is left out.

use bytes::Bytes;
use isobmff::codec::{AudioCodec, AudioFamily, Codec, VideoCodec, describe, silent_frame};
use isobmff::{
    Edit, Error as SourceError, FourCc, InitKind, InitTrack, Movie, NON_SYNC_FLAGS, SYNC_FLAGS, SampleEntry,
    SampleTable, Timescale, Track, TrackFault, UNITY_MATRIX, write_init,
};

use crate::bitrate::BitRates;
use crate::language;
use crate::picture::Picture;
use crate::route::{InitForm, TrackKind, TrackName};
use crate::segmentation::Segmentation;
use crate::timeline::{Media, Silence, Sound, Survey, Timeline};
use crate::{Error, Policy};

/// Everything that requests for a source need, but the media.
#[derive(Debug)]
pub struct Asset {
    /// Tracks that are packaged, in file order; at least one.
    pub tracks: Vec<PackagedTrack>,
    /// Tracks that are not, with the reason.
    pub left_out: Vec<LeftOut>,
}

/// A track that is not packaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// `track_ID`, if it could be read.
    pub number: Option<u32>,
    /// The handler, if it could be read.
    pub handler: Option<FourCc>,
    /// Why.
    pub reason: Error,
}

/// One packaged track.
#[derive(Debug)]
pub struct PackagedTrack {
    /// How URLs name it.
    pub name: TrackName,
    /// The codec.
    pub codec: TrackCodec,
    /// BCP 47 tag of its language, if known.
    pub language: Option<String>,
    /// How samples map to the output.
    pub timeline: Timeline,
    /// Where segments begin.
    pub segmentation: Segmentation,
    /// The source's edit list, for people; the timeline has honoured it.
    pub source_edits: Vec<Edit>,
    pub(crate) table: SampleTable,
    /// One silent frame, if the codec has one; empty otherwise.
    pub(crate) silence: Bytes,
    iso_language: [u8; 3],
    entry: SampleEntry,
}

/// The codec of a packaged track.
#[derive(Debug, Clone)]
pub enum TrackCodec {
    /// Pictures.
    Video(VideoCodec, Picture),
    /// Sound.
    Audio(AudioCodec),
}

impl Asset {
    /// Works out how a source is packaged. `file_bytes` is the length of the whole file.
    pub fn new(movie: &Movie, file_bytes: u64, policy: Policy) -> Result<Self, Error> {
        if movie.is_fragmented {
            return Err(Error::Fragmented);
        }
        let mut left_out = Vec::new();
        let mut candidates = Vec::new();
        for track in &movie.tracks {
            match Candidate::new(track, movie.timescale, file_bytes) {
                Ok(candidate) => candidates.push(candidate),
                Err(reason) => left_out.push(LeftOut::new(track, reason)),
            }
        }
        let origin = Origin::of(&candidates);
        let mut tracks: Vec<PackagedTrack> = Vec::new();
        // Sound first: pictures take over the media time of the first sound track.
        candidates.sort_by_key(|candidate| candidate.name.kind == TrackKind::Video);
        for candidate in candidates {
            let track = candidate.track;
            match candidate.finish(origin, tracks.first(), policy) {
                Ok(done) => tracks.push(done),
                Err(reason) => {
                    left_out.push(LeftOut { number: Some(track.id), handler: Some(track.handler), reason });
                }
            }
        }
        let place =
            |name: TrackName| movie.tracks.iter().position(|t| t.as_ref().is_ok_and(|t| t.id == name.number));
        tracks.sort_by_key(|track| place(track.name));
        if tracks.is_empty() {
            return Err(Error::NoTrack(reasons(&left_out)));
        }
        Ok(Self { tracks, left_out })
    }

    /// The track of this name.
    pub fn track(&self, name: TrackName) -> Option<&PackagedTrack> {
        self.tracks.iter().find(|track| track.name == name)
    }

    /// The packaged video tracks.
    pub fn video(&self) -> impl Iterator<Item = &PackagedTrack> {
        self.tracks.iter().filter(|track| track.name.kind == TrackKind::Video)
    }

    /// The packaged audio tracks.
    pub fn audio(&self) -> impl Iterator<Item = &PackagedTrack> {
        self.tracks.iter().filter(|track| track.name.kind == TrackKind::Audio)
    }

    /// `EXT-X-TARGETDURATION` of all playlists: the longest segment, rounded to the nearest second
    /// (RFC 8216bis §4.4.3.1; equal in all playlists, §6.2.4).
    pub fn target_duration_secs(&self) -> u64 {
        let rounded = |track: &PackagedTrack| {
            let ticks = u64::from(track.timeline.timescale.get());
            let longest = track.segmentation.segments.iter().map(|s| s.duration).max().unwrap_or(0);
            // A printed EXTINF may be a microsecond longer than its segment.
            let micros = u128::from(longest) * 1_000_000 / u128::from(ticks) + 2;
            u64::try_from((micros + 500_000) / 1_000_000).unwrap_or(u64::MAX)
        };
        self.tracks.iter().map(rounded).max().unwrap_or(1).max(1)
    }

    /// The latest presented end of all tracks: ticks and their scale.
    pub fn end(&self) -> (u64, Timescale) {
        let end = |track: &PackagedTrack| (track.segmentation.end(), track.timeline.timescale);
        let later = |a: (u64, Timescale), b: (u64, Timescale)| {
            let a_is_later =
                u128::from(a.0) * u128::from(b.1.get()) >= u128::from(b.0) * u128::from(a.1.get());
            if a_is_later { a } else { b }
        };
        let milliseconds = const { Timescale::new(1000).expect("1000 is not zero") };
        self.tracks.iter().map(end).reduce(later).unwrap_or((0, milliseconds))
    }
}

impl LeftOut {
    fn new(track: &Result<Track, TrackFault>, reason: Error) -> Self {
        let (number, handler) = match track {
            Ok(track) => (Some(track.id), Some(track.handler)),
            Err(fault) => (fault.id, fault.handler),
        };
        Self { number, handler, reason }
    }
}

fn reasons(left_out: &[LeftOut]) -> String {
    const MOST: usize = 8;
    if left_out.is_empty() {
        return "the movie has no tracks".to_owned();
    }
    let one = |track: &LeftOut| match track.number {
        Some(number) => format!("track {number}: {}", track.reason),
        None => track.reason.to_string(),
    };
    left_out.iter().take(MOST).map(one).collect::<Vec<_>>().join("; ")
}

impl PackagedTrack {
    /// Bit rates in a playlist with this target duration.
    pub fn bit_rates(&self, target_duration_secs: u64) -> BitRates {
        BitRates::new(&self.segmentation.segments, self.timeline.timescale, target_duration_secs)
    }

    /// The format of the sample entry in an init segment of this form; `None` if there is no such form.
    pub fn format(&self, form: InitForm) -> Option<FourCc> {
        match (&self.codec, form) {
            (TrackCodec::Video(video, _), InitForm::OutOfBand) => video.out_of_band_format,
            (TrackCodec::Audio(_), InitForm::OutOfBand) => None,
            (_, InitForm::Source) => Some(self.entry.format),
        }
    }

    /// The form that HLS refers to: Apple asks for `avc1` and `hvc1` rather than `avc3` and `hev1`
    /// (HLS authoring specification 1.10), and its players show nothing for `hev1`.
    pub fn hls_form(&self) -> InitForm {
        match self.format(InitForm::OutOfBand) {
            Some(_) => InitForm::OutOfBand,
            None => InitForm::Source,
        }
    }

    /// The init segment; `None` if there is no such form.
    pub fn init(&self, form: InitForm) -> Option<Vec<u8>> {
        let format = self.format(form)?;
        let (kind, is_cmaf) = match &self.codec {
            TrackCodec::Video(_, picture) => (
                InitKind::Video { size: picture.presented, matrix: picture.matrix },
                picture.matrix == UNITY_MATRIX,
            ),
            TrackCodec::Audio(_) => (InitKind::Audio, true),
        };
        // CMAF wants pictures that need no rotation (ISO/IEC 23000-19 §7.5.4); players that honour the
        // matrix show them upright, so it stays and the brand goes.
        let brands: &[FourCc] = if is_cmaf { &[FourCc(*b"cmfc")] } else { &[] };
        let entry = self.entry.to_output(Some(format).filter(|&format| format != self.entry.format));
        Some(write_init(&InitTrack {
            kind,
            timescale: self.timeline.timescale,
            media_time: self.timeline.media_time,
            entry: &entry,
            language: self.iso_language,
            language_tag: self.language.as_deref(),
            defaults: self.segmentation.defaults,
            brands,
        }))
    }
}

/// A track that may be packaged, before the tracks have been put in relation.
struct Candidate<'a> {
    name: TrackName,
    track: &'a Track,
    entry: &'a SampleEntry,
    codec: Codec,
    silence: Bytes,
    survey: Survey,
}

impl<'a> Candidate<'a> {
    fn new(track: &'a Result<Track, TrackFault>, movie: Timescale, file_bytes: u64) -> Result<Self, Error> {
        let track = track.as_ref().map_err(|fault| fault.error.clone())?;
        match &track.handler.0 {
            b"vide" | b"soun" => {}
            b"text" | b"sbtl" | b"subt" | b"clcp" => return Err(Error::Text(track.handler)),
            _ => return Err(Error::NotMedia(track.handler)),
        }
        // The first sample tells which entry counts; the survey refuses a track that uses two.
        let number = match track.table.samples().next() {
            Some(sample) => sample?.description,
            None => return Err(Error::Empty),
        };
        let entry = used_entry(track, number)?;
        let codec = describe(entry)?;
        let (kind, media, silence) = match &codec {
            Codec::Video(_) => (TrackKind::Video, Media::Video, Bytes::new()),
            Codec::Audio(audio) => {
                let (sound, silence) = sound(entry, audio, track);
                (TrackKind::Audio, Media::Audio(sound), silence)
            }
            Codec::Text(format) => return Err(Error::Text(*format)),
        };
        Ok(Self {
            name: TrackName { kind, number: track.id },
            track,
            entry,
            codec,
            silence,
            survey: Survey::new(track, media, movie, file_bytes)?,
        })
    }

    fn finish(
        self,
        origin: Option<Origin>,
        sound: Option<&PackagedTrack>,
        policy: Policy,
    ) -> Result<PackagedTrack, Error> {
        let scale = self.survey.timescale;
        let origin = match origin {
            Some(origin) => origin
                .scale
                .rescale(origin.ticks, scale)
                .ok_or(Error::TooLarge { sample: 0, what: "the start" })?,
            None => 0,
        };
        let least_media_time = sound
            .map(|sound| (i64::from(sound.timeline.media_time), sound.timeline.timescale))
            .and_then(|(ticks, from)| u32::try_from(from.rescale_up(ticks, scale)?).ok())
            .unwrap_or(0);
        let mut timeline = Timeline::new(&self.survey, origin, least_media_time, policy.priming)?;
        let flags = match self.name.kind {
            TrackKind::Video => NON_SYNC_FLAGS,
            TrackKind::Audio => SYNC_FLAGS,
        };
        let segmentation = Segmentation::new(&mut timeline, &self.track.table, policy, flags)?;
        let codec = match self.codec {
            Codec::Audio(audio) => TrackCodec::Audio(audio),
            Codec::Video(video) => {
                let picture = Picture::new(&video, self.track, &self.survey, &segmentation);
                TrackCodec::Video(video, picture)
            }
            Codec::Text(format) => return Err(Error::Text(format)),
        };
        Ok(PackagedTrack {
            name: self.name,
            codec,
            language: language::tag(&self.track.language),
            timeline,
            segmentation,
            source_edits: self.track.edits.clone(),
            table: self.track.table.clone(),
            silence: self.silence,
            iso_language: language::iso_letters(&self.track.language),
            entry: self.entry.clone(),
        })
    }
}

fn used_entry(track: &Track, number: u32) -> Result<&SampleEntry, Error> {
    let index = number.checked_sub(1).and_then(|index| usize::try_from(index).ok());
    match index.and_then(|index| track.entries.get(index)) {
        Some(Ok(entry)) => Ok(entry),
        Some(Err(error)) => Err(error.clone().into()),
        None => Err(SourceError::Invalid {
            kind: FourCc(*b"stsc"),
            offset: track.offset,
            reason: "it names a sample entry that is not there",
        }
        .into()),
    }
}

/// What the timeline needs of an audio codec, and the bytes of a silent frame.
fn sound(entry: &SampleEntry, audio: &AudioCodec, track: &Track) -> (Sound, Bytes) {
    let opus_frame = audio.samples_per_frame.is_none().then(|| {
        let first = track.table.samples().next().and_then(Result::ok).map_or(0, |s| s.duration);
        let scale = const { Timescale::new(48_000).expect("48000 is not zero") };
        track.timescale.rescale(first.into(), scale).and_then(|ticks| u32::try_from(ticks).ok())
    });
    let opus_frame = opus_frame.flatten();
    let frame_samples = audio.samples_per_frame.or(opus_frame);
    let silence = frame_samples.and_then(|_| silent_frame(entry, audio, opus_frame)).unwrap_or_default();
    let rate = if opus_frame.is_some() { 48_000 } else { audio.sample_rate };
    let frame = frame_samples.filter(|_| !silence.is_empty()).and_then(|frame_samples| {
        Some(Silence { frame_samples, sample_rate: rate, bytes: u32::try_from(silence.len()).ok()? })
    });
    let sound = Sound {
        preroll_frames: audio.preroll_frames,
        preroll_millis: audio.preroll_ms,
        silence: frame,
        always_sync: is_always_sync(audio.family),
    };
    (sound, silence)
}

/// Whether every frame can be decoded on its own, whatever `stss` says: some writers list the first
/// frame alone.
fn is_always_sync(family: AudioFamily) -> bool {
    !matches!(family, AudioFamily::Usac | AudioFamily::MpegH | AudioFamily::Ac4)
}

/// What is taken from all presentation times: the start of the earliest track, unless that is 0.
#[derive(Clone, Copy)]
struct Origin {
    ticks: i64,
    scale: Timescale,
}

impl Origin {
    fn of(candidates: &[Candidate<'_>]) -> Option<Self> {
        let starts = candidates.iter().map(|c| Self { ticks: c.survey.starts_at, scale: c.survey.timescale });
        let is_earlier = |a: &Self, b: &Self| {
            i128::from(a.ticks) * i128::from(b.scale.get()) <= i128::from(b.ticks) * i128::from(a.scale.get())
        };
        starts.reduce(|a, b| if is_earlier(&a, &b) { a } else { b }).filter(|first| first.ticks != 0)
    }
}
