//! A job as many riders are told of it: what is the same for all of them is written once.

use std::cell::OnceCell;
use std::io::Write;

use axum::body::Bytes;
use domain::Order;

use super::mail::{Mail, NearbyNews, news};
use crate::protocol::Encoding;
use crate::view::{Offer, Terms};

/// Before what differs from rider to rider. Neither can stand inside a text: there, quotes have a
/// backslash before them.
const CLAIMABLE: &str = r#""claimable":"#;
const DISTANCE: &str = r#""distanceMeters":"#;
/// As the piece is written that is then cut out, and how long the two figures are in it.
const SAMPLE: Terms = Terms { claimable: false, distance_meters: 0 };
const SAMPLE_LENGTHS: [usize; 2] = ["false".len(), "0".len()];
/// Longest number of 32 bits.
const DIGITS_MAX: usize = 10;

/// News of a job on offer.
#[derive(Debug)]
pub(super) struct Bulletin {
    offer: Offer,
    line: OnceCell<Option<Line>>,
}

/// A message in JSON without what differs.
#[derive(Debug)]
struct Line {
    head: Vec<u8>,
    middle: Vec<u8>,
    tail: Vec<u8>,
}

impl Bulletin {
    pub(super) fn of(job: &Order) -> Bulletin {
        Bulletin { offer: Offer::of(job), line: OnceCell::new() }
    }

    /// To one rider.
    pub(super) fn write_to(&self, mail: &mut Mail, encoding: Encoding, terms: Terms) {
        // In Protobuf a message begins with its length, which differs too.
        let line = match encoding {
            Encoding::Json => {
                self.line.get_or_init(|| Line::cut(&self.write(encoding, SAMPLE))).as_ref()
            }
            _ => None,
        };
        match line {
            Some(line) => line.write_to(mail, terms),
            None => mail.add(encoding, &[&self.write(encoding, terms)]),
        }
    }

    fn write(&self, encoding: Encoding, terms: Terms) -> Bytes {
        news(encoding, &NearbyNews::Job { job: self.offer.on(terms) })
    }
}

impl Line {
    fn cut(sample: &[u8]) -> Option<Line> {
        let text = str::from_utf8(sample).ok()?;
        let first = text.find(CLAIMABLE)? + CLAIMABLE.len();
        let second = text.find(DISTANCE)? + DISTANCE.len();
        let [claimable, distance] = SAMPLE_LENGTHS;
        let piece = |from, to| text.get(from..to).map(|it| it.as_bytes().to_vec());
        Some(Line {
            head: piece(0, first)?,
            middle: piece(first + claimable, second)?,
            tail: piece(second + distance, text.len())?,
        })
    }

    fn write_to(&self, mail: &mut Mail, terms: Terms) {
        let claimable: &[u8] = if terms.claimable { b"true" } else { b"false" };
        let mut digits = [0; DIGITS_MAX];
        let mut room = &mut digits[..];
        // There is room for every number.
        let _ = write!(room, "{}", terms.distance_meters);
        let unused = room.len();
        let distance = &digits[..DIGITS_MAX - unused];
        let parts = [&self.head, claimable, &self.middle, distance, &self.tail];
        mail.add(Encoding::Json, &parts);
    }
}
