//! CEA-708 closed captions (ANSI/CTA-708-E): which services a stream of caption channel packets carries.

/// Most bytes of a packet, its header included (§5.1: a size code of 0).
const MAX_PACKET: usize = 128;

/// Caption channel packets, put together from pairs of bytes.
#[derive(Debug, Default)]
pub(crate) struct Packets {
    /// The bytes of the packet that is being received, header included.
    bytes: Vec<u8>,
    /// Bit `n` for service `n`.
    services: u64,
}

impl Packets {
    /// The first two bytes of a packet.
    pub(crate) fn start(&mut self, pair: [u8; 2]) {
        self.end();
        self.bytes.extend(pair);
        self.end_if_whole();
    }

    /// The next two bytes of the packet.
    pub(crate) fn go_on(&mut self, pair: [u8; 2]) {
        if !self.bytes.is_empty() {
            self.bytes.extend(pair);
            self.end_if_whole();
        }
    }

    /// Nothing more comes of this packet; one that is not whole is dropped, since its end may be another's.
    pub(crate) fn end(&mut self) {
        self.bytes.clear();
    }

    /// The services found, in order of their numbers.
    pub(crate) fn services(&self) -> impl Iterator<Item = u8> {
        let found = self.services;
        (1..64).filter(move |number| found >> number & 1 == 1)
    }

    /// The header's lowest six bits say how many pairs a packet has (§5.1).
    fn end_if_whole(&mut self) {
        let Some(header) = self.bytes.first() else { return };
        let size = match header & 0x3f {
            0 => MAX_PACKET,
            pairs => usize::from(pairs) * 2,
        };
        if let Some(content) = self.bytes.get(1..size) {
            self.services |= services_in(content);
            self.end();
        }
    }
}

/// The services with a block in this packet (§6.2): three bits of number, five of size; number 7 means that a
/// byte with a number of up to 63 follows. Number 0 fills what is left.
fn services_in(mut content: &[u8]) -> u64 {
    let mut services = 0;
    while let Some((header, rest)) = content.split_first() {
        let size = usize::from(header & 0x1f);
        let (number, rest) = match (header >> 5, rest) {
            (0, _) => break,
            (7, [extended, rest @ ..]) if size > 0 => (extended & 0x3f, rest),
            (number, rest) => (number, rest),
        };
        let Some(rest) = rest.get(size..) else { break };
        if size > 0 && number > 0 {
            services |= 1 << number;
        }
        content = rest;
    }
    services
}
