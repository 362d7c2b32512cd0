//! Oracles: the syntax tables of ANSI/SCTE 128-1 §8.1, CTA-708-E §5 and §6, and the two video standards' §7.3,
//! laid out by hand.

use super::*;
use crate::sample::testing::Random;
use ClosedCaptionChannel::{Cc, Service};

const FIELD_1: u8 = 0xfc;
const FIELD_2: u8 = 0xfd;
const PACKET_DATA: u8 = 0xfe;
const PACKET_START: u8 = 0xff;

/// An SEI message with `cc_data()` of these triplets.
fn message(triplets: &[[u8; 3]]) -> Vec<u8> {
    let mut payload = b"\xb5\0\x31GA94\x03".to_vec();
    payload.extend([0xc0 | u8::try_from(triplets.len()).unwrap(), 0xff]);
    payload.extend(triplets.as_flattened());
    payload.push(0xff);
    let mut message = vec![4];
    message.extend(vec![0xff; payload.len() / 255]);
    message.push(u8::try_from(payload.len() % 255).unwrap());
    message.extend(payload);
    message
}

/// Emulation prevention as ISO/IEC 14496-10 §7.4.1 has encoders do it.
fn nal(header: &[u8], messages: &[u8]) -> Vec<u8> {
    let mut nal = header.to_vec();
    let mut zeros = 0;
    for &byte in messages.iter().chain(&[0x80]) {
        if zeros >= 2 && byte <= 3 {
            nal.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        nal.push(byte);
    }
    nal
}

fn sample(nals: &[Vec<u8>]) -> Vec<u8> {
    nals.iter().flat_map(|nal| [&u32::try_from(nal.len()).unwrap().to_be_bytes()[..], nal].concat()).collect()
}

/// A picture with captions between an access unit delimiter and a slice.
fn picture(triplets: &[[u8; 3]]) -> Vec<u8> {
    sample(&[vec![0x09, 0xf0], nal(&[0x06], &message(triplets)), vec![0x65, 0x88, 0x84]])
}

fn found(pictures: &[Vec<u8>]) -> Vec<ClosedCaptionChannel> {
    closed_captions(VideoCoding::Avc, 4, pictures.iter().map(Vec::as_slice))
}

#[test]
fn letters_make_a_channel_and_padding_does_not() {
    let load = [FIELD_1, 0x94, 0x20];
    let row = [FIELD_1, 0x94, 0x70];
    let letters = [FIELD_1, 0xc8, 0xe9];
    let padding =
        [[FIELD_1, 0x80, 0x80], [FIELD_2, 0x80, 0x80], [PACKET_DATA, 0, 0], [PACKET_START & !4, 0, 0]];
    assert_eq!(found(&[picture(&padding), picture(&[[FIELD_1, 0, 0]])]), []);
    assert_eq!(found(&[picture(&[load]), picture(&[row])]), []);
    assert_eq!(found(&[picture(&[load]), picture(&[row]), picture(&[letters])]), [Cc(1)]);
}

/// The second channel's codes have bit 3 set; field 2 has 0x15 where field 1 has 0x14.
#[test]
fn channels_of_both_fields_are_told_apart() {
    let second = [[FIELD_1, 0x1c, 0x20], [FIELD_1, 0x1c, 0xd0], [FIELD_1, 0xc8, 0xe9]];
    let third = [[FIELD_2, 0x15, 0x20], [FIELD_2, 0x94, 0x70], [FIELD_2, 0xc8, 0xe9]];
    let fourth = [[FIELD_2, 0x9d, 0x20], [FIELD_2, 0x1c, 0xd0], [FIELD_2, 0xc8, 0xe9]];
    assert_eq!(found(&[picture(&second)]), [Cc(2)]);
    assert_eq!(found(&[picture(&third)]), [Cc(3)]);
    assert_eq!(found(&[picture(&fourth), picture(&second)]), [Cc(2), Cc(4)]);
}

/// Packet of 4 pairs: header 0x04; service 1 with 2 bytes, extended service 9 with 1 byte, then nothing (0).
#[test]
fn service_blocks_name_their_services() {
    let first = [[PACKET_START, 0x04, 0x22], [PACKET_DATA, b'H', b'i']];
    let second = [[PACKET_DATA, 0xe1, 0x09], [PACKET_DATA, b'!', 0x00]];
    assert_eq!(found(&[picture(&first), picture(&second)]), [Service(1), Service(9)]);
    assert_eq!(found(&[picture(&first)]), [], "the packet is not whole");
    assert_eq!(found(&[picture(&second)]), [], "it has no start");
    let invalid = [PACKET_DATA & !4, 0, 0];
    assert_eq!(found(&[picture(&first), picture(&[invalid]), picture(&second)]), []);
}

/// A size code of 0 is 128 bytes: 64 pairs over several pictures. Service 6 has the most a block may: 31 bytes.
#[test]
fn the_longest_packet_is_put_together() {
    let mut packet = vec![0x40, 0xdf];
    packet.resize(128, 0);
    let mut triplets = packet.as_chunks().0.iter().map(|[a, b]| [PACKET_DATA, *a, *b]).collect::<Vec<_>>();
    triplets[0][0] = PACKET_START;
    let pictures = triplets.chunks(20).map(picture).collect::<Vec<_>>();
    assert_eq!(found(&pictures), [Service(6)]);
    assert_eq!(found(&pictures[..3]), []);
}

#[test]
fn hevc_has_its_own_messages() {
    let captions = message(&[[FIELD_1, 0x94, 0x20], [FIELD_1, 0x94, 0x70], [FIELD_1, 0xc8, 0xe9]]);
    let find = |coding, header: &[u8]| {
        closed_captions(coding, 4, [sample(&[nal(header, &captions)]).as_slice()].into_iter())
    };
    assert_eq!(find(VideoCoding::Hevc, &[39 << 1, 1]), [Cc(1)]);
    assert_eq!(find(VideoCoding::Hevc, &[40 << 1, 1]), [Cc(1)]);
    assert_eq!(find(VideoCoding::Hevc, &[38 << 1, 1]), []);
    assert_eq!(find(VideoCoding::Avc, &[39 << 1, 1]), []);
}

/// Other messages before: type 5 of 300 bytes, whose size is 0xff and 45; user data of another provider.
#[test]
fn other_messages_are_passed_over() {
    let mut messages = vec![5, 0xff, 45];
    messages.extend([0x55; 300]);
    messages.extend([4, 8, 0xb5, 0, 0x3c, 0, 1, 4, 1, 0]);
    messages.extend(message(&[[FIELD_1, 0x94, 0x20], [FIELD_1, 0x94, 0x70], [FIELD_1, 0xc8, 0xe9]]));
    assert_eq!(found(&[sample(&[nal(&[0x06], &messages)])]), [Cc(1)]);
}

#[test]
fn lengths_of_two_bytes_are_read() {
    let captions = message(&[[FIELD_1, 0x94, 0x20], [FIELD_1, 0x94, 0x70], [FIELD_1, 0xc8, 0xe9]]);
    let nal = nal(&[0x06], &captions);
    let sample = [&u16::try_from(nal.len()).unwrap().to_be_bytes()[..], &nal].concat();
    assert_eq!(closed_captions(VideoCoding::Avc, 2, [sample.as_slice()].into_iter()), [Cc(1)]);
}

#[test]
fn damaged_pictures_do_no_harm() {
    let good = picture(&[
        [FIELD_1, 0x94, 0x20],
        [FIELD_1, 0xc8, 0xe9],
        [PACKET_START, 0x02, 0x22],
        [PACKET_DATA, b'H', b'i'],
    ]);
    let (mut random, mut still) = (Random(0xcc), 0);
    for _ in 0..20_000 {
        let damaged = [random.damaged(&good), random.damaged(&good)];
        for length_size in [0, 1, 4, 255] {
            let pictures = damaged.iter().map(Vec::as_slice);
            still += usize::from(!closed_captions(VideoCoding::Avc, length_size, pictures).is_empty());
        }
    }
    assert!(still > 5_000, "{still}");
}
