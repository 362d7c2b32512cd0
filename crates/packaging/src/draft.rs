//! From a movie to drafts of its packaged tracks: each track alone, then all in relation.

mod text;

use bytes::Bytes;
use isobmff::codec::{AudioCodec, AudioFamily, Codec, describe, silent_frame};
use isobmff::{
    Edit, Error as SourceError, FourCc, Movie, MovieEvent, NON_SYNC_FLAGS, SYNC_FLAGS, SampleEntry,
    SampleTable, Timescale, Track, TrackFault,
};

use crate::Date;
use crate::asset::{LeftOut, TrackCodec};
use crate::event::{EventClock, PagedEvent};
use crate::language;
use crate::picture::Picture;
use crate::route::{TrackKind, TrackName};
use crate::segmentation::Cuts;
use crate::set::Labels;
use crate::timeline::{Media, Silence, Sound, Survey, Timeline};
use crate::{Clip, Error, Policy};

pub(crate) use self::text::TextDraft;

/// A track whose segments are known, but not yet their sizes.
pub(crate) struct Draft {
    pub(crate) name: TrackName,
    pub(crate) handler: FourCc,
    pub(crate) codec: TrackCodec,
    pub(crate) labels: Labels,
    pub(crate) is_enabled: bool,
    pub(crate) iso_language: [u8; 3],
    pub(crate) source_edits: Vec<Edit>,
    pub(crate) entry: SampleEntry,
    /// One silent frame, if the codec has one; empty otherwise.
    pub(crate) silence: Bytes,
    pub(crate) timeline: Timeline,
    pub(crate) table: SampleTable,
    pub(crate) cuts: Cuts,
    /// Those that its segments carry, in order of time.
    pub(crate) events: Vec<PagedEvent>,
}

/// All tracks of a movie, and what is left out.
pub(crate) struct Drafts {
    /// Pictures and sound, in file order.
    pub(crate) media: Vec<Draft>,
    /// Captions, in file order.
    pub(crate) text: Vec<TextDraft>,
    pub(crate) left_out: Vec<LeftOut>,
    /// What was taken from all presentation times, in microseconds.
    pub(crate) start_micros: i64,
    /// When the movie was made, if it says so.
    pub(crate) created: Option<Date>,
}

/// Works out how a movie is packaged: at least one track. `file_bytes` is the length of the whole file.
pub(crate) fn drafts(movie: &Movie, file_bytes: u64, policy: Policy) -> Result<Drafts, Error> {
    if movie.is_fragmented {
        return Err(Error::Fragmented);
    }
    let mut left_out = Vec::new();
    let mut candidates = Vec::new();
    let scale = (movie.timescale, policy.clip);
    let mut nothing_shown = false;
    for track in &movie.tracks {
        if track.as_ref().is_ok_and(|track| is_text(track.handler)) {
            continue;
        }
        match Candidate::new(track, scale, file_bytes) {
            Ok(candidate) => candidates.push(candidate),
            Err(reason) => {
                nothing_shown |= reason == Error::NothingShown;
                left_out.push(left_out_of(track, &reason));
            }
        }
    }
    if candidates.is_empty() && nothing_shown && policy.clip.is_some() {
        return Err(Error::EmptyClip);
    }
    let origin = Origin::of(&candidates, policy.start_micros.or(policy.clip.map(|_| 0)));
    let mut drafts: Vec<Draft> = Vec::new();
    // Sound first: pictures take over the media time of the first sound track.
    candidates.sort_by_key(|candidate| candidate.name.kind == TrackKind::Video);
    for candidate in candidates {
        let track = candidate.track;
        match candidate.finish(origin, drafts.first(), policy) {
            Ok(draft) => drafts.push(draft),
            Err(reason) => left_out.push(left_out_of_track(track, &reason)),
        }
    }
    let place =
        |name: TrackName| movie.tracks.iter().position(|t| t.as_ref().is_ok_and(|t| t.id == name.number));
    drafts.sort_by_key(|draft| place(draft.name));
    carry_events(&mut drafts, &movie.events, (origin, policy.clip))?;
    let text = text_drafts(movie, &mut left_out, |track| TextDraft::new(track, scale, (file_bytes, origin)));
    if drafts.is_empty() && text.is_empty() {
        return Err(Error::NoTrack(reasons(&left_out)));
    }
    let start_micros = Origin::in_scale(origin, MICROSECONDS)?;
    Ok(Drafts { media: drafts, text, left_out, start_micros, created: Date::of_movie(movie.creation_time) })
}

/// The captions that are packaged; all of them together are bounded.
fn text_drafts(
    movie: &Movie,
    left_out: &mut Vec<LeftOut>,
    draft: impl Fn(&Track) -> Result<TextDraft, Error>,
) -> Vec<TextDraft> {
    let mut text = Vec::new();
    let mut bytes_left = text::MAX_BYTES_OF_ALL;
    let chapters: Vec<_> = movie.tracks.iter().flatten().flat_map(|track| track.chapters.clone()).collect();
    for track in movie.tracks.iter().flatten().filter(|track| is_text(track.handler)) {
        if chapters.contains(&track.id) {
            left_out.push(left_out_of_track(track, &Error::Chapters));
            continue;
        }
        match draft(track).and_then(|draft| draft.within(&mut bytes_left)) {
            Ok(draft) => text.push(draft),
            Err(reason) => left_out.push(left_out_of_track(track, &reason)),
        }
    }
    text
}

/// Gives the events to the first video track, or else to the first of sound.
fn carry_events(
    drafts: &mut [Draft],
    events: &[MovieEvent],
    (origin, clip): (Option<Origin>, Option<Clip>),
) -> Result<(), Error> {
    let is_video = |draft: &Draft| draft.name.kind == TrackKind::Video;
    let place = drafts.iter().position(is_video).unwrap_or(0);
    let Some(carrier) = drafts.get(place).filter(|_| !events.is_empty()) else { return Ok(()) };
    let timescale = carrier.timeline.timescale;
    let begin = clip.and_then(|clip| MICROSECONDS.rescale(clip.from_micros, timescale)).unwrap_or(0);
    let origin = Origin::in_scale(origin, timescale)?.saturating_add(begin);
    let clock = EventClock { timescale, origin, end: carrier.cuts.end() };
    let placed = clock.place(events, |number| {
        let draft = drafts.iter().find(|draft| draft.name.number == number)?;
        let source = draft.timeline.timescale;
        Some((source, draft.timeline.shift()))
    });
    if let Some(carrier) = drafts.get_mut(place) {
        carrier.events = placed;
    }
    Ok(())
}

/// Whether a track is captions (ISO/IEC 14496-30; `sbtl` and `clcp`: QuickTime File Format).
fn is_text(handler: FourCc) -> bool {
    matches!(&handler.0, b"text" | b"sbtl" | b"subt" | b"clcp" | b"subp")
}

fn left_out_of_track(track: &Track, reason: &Error) -> LeftOut {
    LeftOut { number: Some(track.id), handler: Some(track.handler), reason: reason.to_string() }
}

fn left_out_of(track: &Result<Track, TrackFault>, reason: &Error) -> LeftOut {
    let (number, handler) = match track {
        Ok(track) => (Some(track.id), Some(track.handler)),
        Err(fault) => (fault.id, fault.handler),
    };
    LeftOut { number, handler, reason: reason.to_string() }
}

fn reasons(left_out: &[LeftOut]) -> String {
    const MOST: usize = 8;
    if left_out.is_empty() {
        return "the movie has no tracks".to_owned();
    }
    left_out.iter().take(MOST).map(ToString::to_string).collect::<Vec<_>>().join("; ")
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
    fn new(
        track: &'a Result<Track, TrackFault>,
        movie: (Timescale, Option<Clip>),
        file_bytes: u64,
    ) -> Result<Self, Error> {
        let track = track.as_ref().map_err(|fault| fault.error.clone())?;
        match &track.handler.0 {
            b"vide" | b"soun" => {}
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

    fn finish(self, origin: Option<Origin>, sound: Option<&Draft>, policy: Policy) -> Result<Draft, Error> {
        let scale = self.survey.timescale;
        let origin = Origin::in_scale(origin, scale)?;
        let least_media_time = sound
            .map(|sound| (i64::from(sound.timeline.media_time), sound.timeline.timescale))
            .and_then(|(ticks, from)| u32::try_from(from.rescale_up(ticks, scale)?).ok())
            .unwrap_or(0);
        let mut timeline = Timeline::new(&self.survey, origin, least_media_time, policy.priming)?;
        let flags = match self.name.kind {
            TrackKind::Video => NON_SYNC_FLAGS,
            TrackKind::Audio | TrackKind::Text => SYNC_FLAGS,
        };
        let cuts = Cuts::new(&mut timeline, &self.track.table, policy, flags)?;
        let codec = match self.codec {
            Codec::Audio(audio) => TrackCodec::Audio(audio),
            Codec::Video(video) => {
                let picture = Picture::new(&video, self.track, &self.survey, &cuts);
                TrackCodec::Video(video, picture)
            }
            Codec::Text(format) => return Err(Error::Text(format)),
        };
        Ok(Draft {
            name: self.name,
            handler: self.track.handler,
            codec,
            labels: Labels::of_track(self.track),
            is_enabled: self.track.is_enabled,
            iso_language: language::iso_letters(&self.track.language),
            source_edits: self.track.edits.clone(),
            entry: self.entry.clone(),
            silence: self.silence,
            timeline,
            table: self.track.table.clone(),
            cuts,
            events: Vec::new(),
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
    /// What is taken from times of another scale.
    fn in_scale(origin: Option<Self>, scale: Timescale) -> Result<i64, Error> {
        let too_large = Error::TooLarge { sample: 0, what: "the start" };
        origin.map_or(Ok(0), |origin| origin.scale.rescale(origin.ticks, scale).ok_or(too_large))
    }

    /// The earliest start of all, also of the sources that these tracks play together with.
    fn of(candidates: &[Candidate<'_>], given_micros: Option<i64>) -> Option<Self> {
        let own = candidates.iter().map(|c| Self { ticks: c.survey.starts_at, scale: c.survey.timescale });
        let given = given_micros.map(|ticks| Self { ticks, scale: MICROSECONDS });
        let is_earlier = |a: &Self, b: &Self| {
            i128::from(a.ticks) * i128::from(b.scale.get()) <= i128::from(b.ticks) * i128::from(a.scale.get())
        };
        let first = own.chain(given).reduce(|a, b| if is_earlier(&a, &b) { a } else { b });
        first.filter(|first| first.ticks != 0)
    }
}

const MICROSECONDS: Timescale = const { Timescale::new(1_000_000).expect("1000000 is not zero") };
