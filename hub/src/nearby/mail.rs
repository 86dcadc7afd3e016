//! What waits to be told to one rider: news that come together are one message.

use axum::body::Bytes;
use domain::OrderId;
use serde::Serialize;

use super::CHANNEL;
use crate::latency::Stamp;
use crate::protocol::{Encoding, Publication, payload};
use crate::session::Letter;
use crate::view::Offered;

/// News of about so many bytes are told before there are more: a frame of a busy socket.
const BYTES_MAX: usize = 32 * 1024;

/// As many as there is room for once a second one comes.
const RUN: usize = 8;

/// News of one rider, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Mail {
    bytes: Vec<u8>,
    /// When the first of them was appended that was.
    oldest: Option<Stamp>,
}

/// Why a job is not shown any more.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Gone {
    Taken,
    Canceled,
    OutOfRange,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(super) enum NearbyNews<'a> {
    Job {
        job: Offered<'a>,
    },
    #[serde(rename_all = "camelCase")]
    JobGone {
        order_id: OrderId,
        reason: Gone,
    },
}

/// As one message.
pub(super) fn news(encoding: Encoding, told: &NearbyNews<'_>) -> Bytes {
    encoding.news(CHANNEL, &[Publication { data: payload(told), offset: 0 }])
}

impl Mail {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= BYTES_MAX
    }

    /// Adds a message in parts.
    pub(super) fn add(&mut self, encoding: Encoding, parts: &[&[u8]]) {
        let between: &[u8] = if self.is_empty() { b"" } else { encoding.between() };
        let length = between.len() + parts.iter().map(|part| part.len()).sum::<usize>();
        if self.is_empty() {
            // Most are alone, and then there is nothing to give back.
            self.bytes.reserve_exact(length);
        } else if self.bytes.capacity() - self.bytes.len() < length {
            // Where two are, there are more.
            self.bytes.reserve(length * RUN);
        }
        self.bytes.extend_from_slice(between);
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
    }

    /// What was added last was appended then.
    pub(super) fn stamp(&mut self, stamp: Option<Stamp>) {
        self.oldest = self.oldest.or(stamp);
    }

    /// Takes everything that waits.
    pub(super) fn take(&mut self) -> Letter {
        let Mail { bytes, oldest, .. } = std::mem::take(self);
        Letter { bytes: bytes.into(), oldest }
    }
}
