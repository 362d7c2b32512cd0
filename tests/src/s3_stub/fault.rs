//! What the server can be told to do wrong.

use std::collections::VecDeque;
use std::time::Duration;

use super::request::Request;

/// One wrong-doing. Positions in a body are cut down to its last byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An error in place of the answer.
    Refuse(u16, &'static str),
    /// An error whose body ends in the middle of its XML.
    TruncatedXml(u16),
    /// Nothing for a while, then the answer.
    SlowFirstByte(Duration),
    /// The connection is reset before a byte is sent.
    ResetBefore,
    /// What was asked for is done, and the connection is reset before a byte is sent.
    AnswerLost,
    /// The connection is reset after this many bytes of the body.
    ResetAfter(usize),
    /// The connection is closed after this many bytes of the body.
    CutAfter(usize),
    /// After this many bytes of the body nothing comes for a while, and then the connection is closed.
    StallAfter(usize, Duration),
    /// `Content-Length` is one more than it should be, and the connection is closed after the body.
    LongContentLength,
    /// `Content-Length` is one less than it should be, the body is not.
    ShortContentLength,
    /// A range of the same length elsewhere, said and sent.
    OtherRange,
    /// The right range is said, and a byte less sent and said in `Content-Length`.
    ShortRange,
    /// The right bytes with the tag of another object.
    WrongEtag,
    /// Another object's bytes and tag.
    OtherObject,
    /// The whole object with status 200, although a range was asked for.
    Whole,
    /// 206 without a body or `Content-Range`.
    Empty,
    /// Bytes that are not HTTP.
    Garbage,
}

impl Fault {
    /// S3's request to come back later.
    pub const SLOW_DOWN: Self = Self::Refuse(503, "SlowDown");
    /// S3's own failure.
    pub const INTERNAL_ERROR: Self = Self::Refuse(500, "InternalError");
    /// As if the object had been replaced.
    pub const REPLACED: Self = Self::Refuse(412, "PreconditionFailed");

    /// Whether it can be done to this request at all.
    pub(super) fn concerns(&self, request: &Request) -> bool {
        match self {
            Self::Refuse(..)
            | Self::TruncatedXml(_)
            | Self::SlowFirstByte(_)
            | Self::ResetBefore
            | Self::AnswerLost
            | Self::Garbage => true,
            _ => request.method == "GET" && !request.key.is_empty(),
        }
    }
}

/// Faults by chance, the same ones for the same seed and order of requests.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Where chance begins.
    pub seed: u64,
    /// Of a thousand requests, so many fail.
    pub per_mille: u64,
    /// How they may.
    pub faults: Vec<Fault>,
}

impl Schedule {
    /// Knuth's linear congruential generator (TAOCP 3.3.4, MMIX); the low bits are poor.
    fn random(&mut self) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.seed >> 33
    }
}

/// What is to go wrong.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) next: VecDeque<Fault>,
    pub(super) schedule: Option<Schedule>,
}

impl Script {
    /// What goes wrong with this request.
    pub(super) fn fault(&mut self, request: &Request) -> Option<Fault> {
        if self.next.front().is_some_and(|fault| fault.concerns(request)) {
            return self.next.pop_front();
        }
        let schedule = self.schedule.as_mut()?;
        if schedule.random() % 1000 >= schedule.per_mille {
            return None;
        }
        let choice = schedule.random();
        let possible: Vec<_> = schedule.faults.iter().filter(|fault| fault.concerns(request)).collect();
        let at = usize::try_from(choice).unwrap_or_default() % possible.len().max(1);
        possible.get(at).map(|fault| (*fault).clone())
    }
}
