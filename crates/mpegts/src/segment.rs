//! A segment: which packets it has, in what order, and when.

mod metadata;

pub use self::metadata::LONGEST_TAG;
use crate::annexb;
use crate::clock::{Arrival, PCR_DISTANCE};
use crate::codec::Codec;
use crate::error::Error;
use crate::packet::{Adaptation, BODY_BYTES, PACKET_BYTES, PidWriter};
use crate::pes::{LONGEST, Stamps};
use crate::psi;

/// Frames of sound share a PES packet up to so many bytes: with its header 32 whole packets.
const SOUND_BYTES: u64 = 32 * BODY_BYTES - 14;
/// And up to so many ticks: 0.3 s.
const SOUND_TICKS: i64 = 27_000;
/// How far frames may be from where those before them end: two roundings to a tick, and one of the source's.
pub(crate) const MOST_DRIFT: u64 = 4;
/// The first picture of a segment arrives within this time at most, so that no clock is needed before it.
const FIRST_ARRIVAL: i64 = PCR_DISTANCE;

/// A sample on the way into a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessUnit {
    /// Bytes of the sample.
    pub bytes: u32,
    /// When it is presented, in 90 kHz. Any number: fields hold it modulo 2^33.
    pub pts: i64,
    /// When it is decoded, in 90 kHz.
    pub dts: i64,
    /// Whether decoding can start here.
    pub is_sync: bool,
}

/// A stream of a segment.
#[derive(Debug, Clone)]
pub struct Stream {
    /// What it is.
    pub codec: Codec,
    /// Its samples, in decoding order.
    pub units: Vec<AccessUnit>,
}

/// A segment whose length is known.
#[derive(Debug)]
pub struct Segment {
    streams: Vec<Stream>,
    /// In the order in which they are sent.
    packets: Vec<Pes>,
    transport_packets: u64,
}

/// A PES packet.
#[derive(Debug)]
struct Pes {
    stream: usize,
    /// The first of its samples, and how many there are.
    first: usize,
    units: usize,
    stamps: Stamps,
    /// Most bytes of it, its header included.
    bytes: u64,
    field: Adaptation,
    /// While it arrives; its clock references lie inside. `None`: it carries none.
    arrival: Option<Arrival>,
    /// A clock reference in place of stuffing in its last packet.
    last_clock: Option<i64>,
    /// How many packets have bytes of it.
    filled: u64,
    /// Whether the references inside take packets of their own, because it has too few.
    has_bare_clocks: bool,
}

impl Segment {
    /// Plans a segment of these streams; the first carries the clock.
    pub fn plan(streams: Vec<Stream>) -> Result<Self, Error> {
        let mut packets = Vec::new();
        for (number, stream) in streams.iter().enumerate() {
            if stream.codec.is_video() {
                packets.extend(pictures(number, stream));
            } else if stream.codec == Codec::TimedId3 {
                packets.append(&mut metadata::tags(number, stream)?);
            } else {
                packets.append(&mut sound(number, stream)?);
            }
        }
        // Stable, so the first stream goes first and each stays in its own order where times do not rise.
        packets.sort_by_key(|pes| pes.stamps.dts);
        pace(&mut packets, &streams);
        let transport_packets = packets.iter().map(Pes::transport_packets).sum::<u64>() + psi::PACKETS;
        Ok(Self { streams, packets, transport_packets })
    }

    /// Bytes of the segment.
    pub fn content_length(&self) -> u64 {
        self.transport_packets * PACKET_BYTES
    }

    /// The segment. `media`: the samples of the first stream one behind the other, then those of the next.
    pub fn write(&self, media: &[u8]) -> Result<Vec<u8>, Error> {
        let samples = self.split(media)?;
        let mut out = Vec::with_capacity(usize::try_from(self.content_length()).unwrap_or(0));
        psi::write(self.streams.iter().map(|stream| &stream.codec), &mut out);
        let mut pids: Vec<_> = (psi::FIRST_PID..).take(self.streams.len()).map(PidWriter::new).collect();
        let mut bytes = Vec::new();
        for pes in &self.packets {
            let own = (self.streams.get(pes.stream), samples.get(pes.stream), pids.get_mut(pes.stream));
            let (Some(stream), Some(samples), Some(pid)) = own else { continue };
            pes.payload(stream, samples, &mut bytes)?;
            pes.write(&bytes, pid, &mut out);
        }
        Ok(out)
    }

    /// The samples of each stream.
    fn split<'m>(&self, media: &'m [u8]) -> Result<Vec<Vec<&'m [u8]>>, Error> {
        let all = self.streams.iter().flat_map(|stream| &stream.units);
        let planned = all.map(|unit| u64::from(unit.bytes)).sum::<u64>();
        let other = Error::MediaLength { got: media.len() as u64, planned };
        if media.len() as u64 != planned {
            return Err(other);
        }
        let mut rest = media;
        let mut take = |unit: &AccessUnit| {
            let at = usize::try_from(unit.bytes).ok()?;
            let (sample, later) = rest.split_at_checked(at)?;
            rest = later;
            Some(sample)
        };
        let samples = self.streams.iter().map(|stream| stream.units.iter().map(&mut take).collect());
        samples.collect::<Option<_>>().ok_or(other)
    }
}

/// One PES packet for each picture.
fn pictures(number: usize, stream: &Stream) -> impl Iterator<Item = Pes> + '_ {
    let mut before = None;
    stream.units.iter().enumerate().map(move |(first, unit)| {
        // Decoding times rise, also those that one tick of 90 kHz cannot tell apart.
        let dts = before.map_or(unit.dts, |before: i64| unit.dts.max(before.saturating_add(1)));
        before = Some(dts);
        let stamps = Stamps { pts: unit.pts.max(dts), dts };
        let bytes = annexb::stream_bytes(&stream.codec, unit.bytes, unit.is_sync).unwrap_or(0);
        let field = Adaptation { is_random_access: unit.is_sync, ..Adaptation::default() };
        Pes { units: 1, field, ..Pes::new((number, first), stamps, bytes) }
    })
}

/// PES packets of several frames each.
fn sound(number: usize, stream: &Stream) -> Result<Vec<Pes>, Error> {
    let mut sizes = Vec::with_capacity(stream.units.len());
    for (at, unit) in stream.units.iter().enumerate() {
        let long = Error::LongFrame { unit: at, bytes: unit.bytes.into() };
        sizes.push(stream.codec.frame_bytes(unit.bytes).filter(|&bytes| bytes <= LONGEST).ok_or(long)?);
    }
    let mut out = Vec::new();
    let mut first = 0;
    while let (Some(units), Some(sizes)) = (stream.units.get(first..), sizes.get(first..))
        && let Some(unit) = units.first()
    {
        let (count, bytes) = sound_packet(&stream.codec, units, sizes);
        let pts =
            out.last().map_or(unit.pts, |before: &Pes| unit.pts.max(before.stamps.pts.saturating_add(1)));
        let stamps = Stamps { pts, dts: pts };
        out.push(Pes { units: count, ..Pes::new((number, first), stamps, bytes) });
        first += count;
    }
    Ok(out)
}

/// How many of these frames go into one PES packet, and their bytes: of all ways that use half of the room at
/// least, the one that leaves the least stuffing for what it carries.
fn sound_packet(codec: &Codec, units: &[AccessUnit], sizes: &[u64]) -> (usize, u64) {
    let start = units.first().map_or(0, |unit| unit.pts);
    let mut bytes = 0;
    let mut ways = Vec::new();
    for (count, (unit, size)) in units.iter().zip(sizes).enumerate() {
        let ticks = unit.pts.saturating_sub(start);
        let is_late = codec.frames_ticks(count).is_some_and(|due| ticks.abs_diff(due) > MOST_DRIFT);
        if count > 0 && (!(0..SOUND_TICKS).contains(&ticks) || bytes + size > SOUND_BYTES || is_late) {
            break;
        }
        bytes += size;
        ways.push((count + 1, bytes));
    }
    let stuffing = |bytes: u64| {
        let whole = bytes + Stamps { pts: 0, dts: 0 }.header_bytes();
        whole.next_multiple_of(BODY_BYTES) - bytes
    };
    let half = ways.len() / 2;
    let best = ways.into_iter().skip(half).reduce(|best, way| {
        let is_better = stuffing(way.1) * best.1 <= stuffing(best.1) * way.1;
        if is_better { way } else { best }
    });
    best.unwrap_or((1, 0))
}

/// Marks the first packet of each stream, and gives the first stream clock references.
fn pace(packets: &mut [Pes], streams: &[Stream]) {
    let mut seen = vec![false; streams.len()];
    let (mut last_clock, mut before): (Option<i64>, Option<i64>) = (None, None);
    let second = packets.iter().filter(|pes| pes.stream == 0).nth(1).map(|pes| pes.stamps.dts);
    for pes in packets {
        if let Some(seen) = seen.get_mut(pes.stream) {
            pes.field.is_discontinuous = !std::mem::replace(seen, true);
        }
        if pes.stream == 0 {
            let dts = pes.stamps.dts;
            let usual = second.map_or(FIRST_ARRIVAL, |second| second.saturating_sub(dts));
            let first = dts.saturating_sub(usual.clamp(0, FIRST_ARRIVAL));
            let arrival = Arrival::new(before.unwrap_or(first), dts);
            let free = pes.free_clock(arrival).filter(|_| last_clock.is_some());
            // When there is a chance for the next reference.
            let inner = (arrival.inner_references() > 0).then(|| arrival.inner(1));
            let next = free.or(inner).unwrap_or_else(|| arrival.end());
            let is_due = last_clock.is_none_or(|last| next.saturating_sub(last) > PCR_DISTANCE);
            if is_due {
                pes.field.clock = Some(arrival.start);
                last_clock = Some(arrival.start);
            } else if free.is_some() {
                pes.last_clock = free;
                last_clock = free;
            }
            if arrival.inner_references() > 0 {
                last_clock = Some(arrival.inner(arrival.inner_references()));
            }
            pes.arrival = Some(arrival);
            before = Some(dts);
        }
        pes.settle();
    }
}

impl Pes {
    fn new((stream, first): (usize, usize), stamps: Stamps, bytes: u64) -> Self {
        Self {
            stream,
            first,
            units: 0,
            stamps,
            bytes: bytes + stamps.header_bytes(),
            field: Adaptation::default(),
            arrival: None,
            last_clock: None,
            filled: 0,
            has_bare_clocks: false,
        }
    }

    fn inner_references(&self) -> u64 {
        self.arrival.map_or(0, Arrival::inner_references)
    }

    /// The time of a reference that would stand where its last packet is stuffed: it takes no bytes.
    fn free_clock(&self, arrival: Arrival) -> Option<i64> {
        let bytes = self.bytes + self.field.bytes();
        let packets = bytes.div_ceil(BODY_BYTES);
        let is_free = arrival.inner_references() == 0 && packets > 1 && packets * BODY_BYTES >= bytes + 8;
        is_free.then(|| arrival.part(packets - 1, packets))
    }

    /// Counts its packets.
    fn settle(&mut self) {
        let inner = self.inner_references();
        let with_inner = (self.bytes + self.field.bytes() + 8 * inner).div_ceil(BODY_BYTES);
        self.has_bare_clocks = with_inner <= inner;
        self.filled = if self.has_bare_clocks {
            (self.bytes + self.field.bytes()).div_ceil(BODY_BYTES)
        } else {
            with_inner
        };
    }

    fn transport_packets(&self) -> u64 {
        self.filled + if self.has_bare_clocks { self.inner_references() } else { 0 }
    }

    /// Header and samples.
    fn payload(&self, stream: &Stream, samples: &[&[u8]], out: &mut Vec<u8>) -> Result<(), Error> {
        out.clear();
        let own = samples.iter().zip(&stream.units).enumerate().skip(self.first).take(self.units);
        let mut body = Vec::new();
        for (unit, (sample, facts)) in own {
            if stream.codec.is_video() {
                let written = annexb::write(&stream.codec, sample, facts.is_sync, &mut body);
                written.map_err(|at| Error::NalLength { unit, at })?;
            } else {
                stream.codec.write_frame(sample, &mut body);
            }
        }
        self.stamps.write_header(stream.codec.stream_id(), body.len() as u64, out);
        out.append(&mut body);
        Ok(())
    }

    /// Appends exactly the packets that were planned. What is shorter than planned leaves stuffing at the end.
    fn write(&self, bytes: &[u8], pid: &mut PidWriter, out: &mut Vec<u8>) {
        let mut rest = bytes;
        for number in 0..self.filled {
            let field = if number == 0 { self.field } else { self.field_inside(number) };
            // Each packet to come needs a byte.
            let to_come = usize::try_from(self.filled - number - 1).unwrap_or(0);
            let room = usize::try_from(BODY_BYTES - field.bytes()).unwrap_or(0);
            let (own, later) = rest.split_at(rest.len().saturating_sub(to_come).min(room));
            pid.write(number == 0, field, own, out);
            rest = later;
        }
        let bare = if self.has_bare_clocks { self.inner_references() } else { 0 };
        for number in 1..=bare {
            let clock = self.arrival.map(|arrival| arrival.inner(number));
            pid.write(false, Adaptation { clock, ..Adaptation::default() }, &[], out);
        }
    }

    /// The field of a packet behind the first: the references are spread evenly.
    fn field_inside(&self, packet: u64) -> Adaptation {
        let inner = self.inner_references();
        if self.has_bare_clocks || inner == 0 {
            let clock = self.last_clock.filter(|_| packet + 1 == self.filled);
            return Adaptation { clock, ..Adaptation::default() };
        }
        // Reference `n` of `inner` is in packet `n * filled / (inner + 1)`.
        let number = (packet * (inner + 1)).div_ceil(self.filled);
        let is_there = number <= inner && number * self.filled / (inner + 1) == packet;
        let clock = self.arrival.filter(|_| is_there).map(|arrival| arrival.inner(number));
        Adaptation { clock, ..Adaptation::default() }
    }
}
