//! Transport streams, taken apart by `mpeg2ts`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a transport stream that cannot be read fails the test"
)]

use std::collections::HashMap;

use mpeg2ts::pes::{PesPacketReader, ReadPesPacket};
use mpeg2ts::ts::{ReadTsPacket, TsPacket, TsPacketReader, TsPayload};

/// Longest distance of two clock references, in ticks of 90 kHz (ISO/IEC 13818-1 §2.7.2).
const PCR_DISTANCE: i64 = 9_000;

/// `stream_id` of pictures.
pub const PICTURES: u8 = 0xe0;

/// A PES packet.
#[derive(Debug)]
pub struct Pes {
    /// `stream_id`.
    pub stream_id: u8,
    /// In ticks of 90 kHz.
    pub pts: i64,
    /// In ticks of 90 kHz; PTS where none is said.
    pub dts: i64,
    /// What it carries.
    pub data: Vec<u8>,
}

/// The PES packets of a segment, in which tables come first, counters have no gap, and clock references are near.
pub fn segment(bytes: &[u8]) -> Vec<Pes> {
    assert_eq!(bytes.len() % 188, 0);
    let mut reader = TsPacketReader::new(bytes);
    let packets: Vec<_> = std::iter::from_fn(|| reader.read_ts_packet().unwrap()).collect();
    assert!(matches!(packets[0].payload, Some(TsPayload::Pat(_))), "the PAT is first");
    assert!(matches!(packets[1].payload, Some(TsPayload::Pmt(_))), "then the PMT");
    check_counters(&packets);
    check_clock(&packets);
    let mut reader = PesPacketReader::new(TsPacketReader::new(bytes));
    std::iter::from_fn(|| reader.read_pes_packet().unwrap())
        .map(|pes| {
            let pts = ticks(pes.header.pts.unwrap().as_u64());
            let dts = pes.header.dts.map_or(pts, |dts| ticks(dts.as_u64()));
            Pes { stream_id: pes.header.stream_id.as_u8(), pts, dts, data: pes.data }
        })
        .collect()
}

/// §2.4.3.3: they rise by one with each payload. Segments begin with the indicator, as they do not know each other.
fn check_counters(packets: &[TsPacket]) {
    let mut counters: HashMap<u16, u8> = HashMap::new();
    for packet in packets {
        let (pid, counter) = (packet.header.pid.as_u16(), packet.header.continuity_counter.as_u8());
        match counters.insert(pid, counter) {
            None => assert!(packet.adaptation_field.as_ref().unwrap().discontinuity_indicator),
            Some(last) => assert_eq!(counter, (last + u8::from(packet.payload.is_some())) & 15),
        }
    }
}

/// §2.7.2: the first packet of media has a reference, no two are further apart than allowed, they rise, and none is
/// behind the decoding time of what follows it.
fn check_clock(packets: &[TsPacket]) {
    let mut last: Option<i64> = None;
    let mut decoded = 0;
    for packet in packets {
        let clock = packet.adaptation_field.as_ref().and_then(|field| field.pcr);
        if let Some(clock) = clock.map(|clock| ticks(clock.as_u64() / 300)) {
            let gap = last.map_or(1, |last| clock - last);
            assert!((0..=PCR_DISTANCE).contains(&gap), "{gap} ticks between two references");
            last = Some(clock);
        }
        if let Some(TsPayload::Pes(pes)) = &packet.payload {
            let due = ticks(pes.header.dts.or(pes.header.pts).unwrap().as_u64());
            assert!(last.is_none_or(|last| last <= due), "a reference behind a decoding time");
            decoded = if pes.header.stream_id.as_u8() == PICTURES { due } else { decoded };
        }
    }
    // Pictures arrive 0.1 s before they are decoded at the latest, as long as they last.
    assert!(last.is_some_and(|last| decoded - last <= 3 * PCR_DISTANCE), "the clock ends early");
}

/// Times of 33 bits; tests stay far below the wrap.
fn ticks(time: u64) -> i64 {
    i64::try_from(time).unwrap()
}

/// The NAL units of a byte stream (ISO/IEC 14496-10 Annex B).
pub fn nal_units(stream: &[u8]) -> Vec<&[u8]> {
    let codes: Vec<_> = stream.windows(3).enumerate().filter(|(_, code)| *code == [0, 0, 1]).collect();
    let ends = codes.iter().skip(1).map(|(at, _)| *at).chain([stream.len()]);
    let unit = |((at, _), end): (&(usize, &[u8]), usize)| {
        let unit = &stream[at + 3..end];
        // `zero_byte` of the next start code.
        let zeros = unit.iter().rev().take_while(|byte| **byte == 0).count();
        &unit[..unit.len() - zeros]
    };
    codes.iter().zip(ends).map(unit).collect()
}
