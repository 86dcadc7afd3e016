//! WebSocket frames as a lean client reads and writes them, and the news in them. Knows nothing of
//! what else a server says.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// Before the number of a message, whatever else the message says.
pub(crate) const MARK: &str = "news-";
/// Digits of that number, so that it can be written in place.
pub(crate) const DIGITS: usize = 10;

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
/// Lengths that say that the length follows, in two bytes or in eight.
const TWO_BYTES: u8 = 126;
const EIGHT_BYTES: u8 = 127;

static MARKS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARK));

/// What a server speaks beside its news.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tongue {
    /// What it asks from time to time, in a frame or on a line of one, and what it wants to hear.
    pub(crate) ping: &'static [u8],
    pub(crate) pong: &'static [u8],
    /// Whether it is spoken to in text.
    pub(crate) is_text: bool,
}

/// What was in some bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// So many bytes are whole frames.
    pub(crate) used: usize,
    /// What is to be answered.
    pub(crate) answer: Option<Vec<u8>>,
    /// The server has said goodbye.
    pub(crate) is_over: bool,
}

impl Tongue {
    /// Goes through the whole frames of what was read, and calls `words` with what each says.
    pub(crate) fn hear(self, bytes: &[u8], mut words: impl FnMut(&[u8])) -> Heard {
        let mut heard = Heard::default();
        while let Some((opcode, payload, length)) = frame(&bytes[heard.used..]) {
            heard.used += length;
            match opcode {
                CLOSE => heard.is_over = true,
                PING => heard.answer = Some(masked(PONG, payload)),
                PONG => (),
                _ if self.asks(payload) => heard.answer = Some(self.say(self.pong)),
                _ => (),
            }
            words(payload);
        }
        heard
    }

    /// What is said, as a frame.
    pub(crate) fn say(self, words: &[u8]) -> Vec<u8> {
        masked(if self.is_text { TEXT } else { BINARY }, words)
    }

    /// Among news it stands on a line of its own, behind some or before some.
    fn asks(self, payload: &[u8]) -> bool {
        let is_line = |end: Option<&u8>| matches!(end, None | Some(b'\r' | b'\n'));
        let is_first = payload.starts_with(self.ping) && is_line(payload.get(self.ping.len()));
        let tail = payload.strip_suffix(self.ping);
        !self.ping.is_empty() && (is_first || tail.is_some_and(|it| it.ends_with(b"\n")))
    }
}

/// The numbers of the messages in some words.
pub(crate) fn numbers(words: &[u8]) -> impl Iterator<Item = u32> {
    MARKS.find_iter(words).filter_map(|at| {
        let digits = words.get(at + MARK.len()..at + MARK.len() + DIGITS)?;
        str::from_utf8(digits).ok()?.parse().ok()
    })
}

/// The first frame, if it is there as a whole: opcode, payload, and how long it is altogether.
pub(crate) fn frame(bytes: &[u8]) -> Option<(u8, &[u8], usize)> {
    let (&[first, second], rest) = bytes.split_first_chunk::<2>()?;
    let (length, head) = match second & !MASKED {
        TWO_BYTES => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), 4),
        EIGHT_BYTES => (u64::from_be_bytes(*rest.first_chunk()?) as usize, 10),
        short => (usize::from(short), 2),
    };
    let payload = bytes.get(head..head + length)?;
    Some((first & 0x0f, payload, head + length))
}

/// A frame as a server writes it.
pub(crate) fn unmasked(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![FINAL | TEXT];
    put_length(&mut frame, payload.len(), 0);
    frame.extend_from_slice(payload);
    frame
}

/// A frame as a client has to write it. A mask of zeros changes nothing.
fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![FINAL | opcode];
    put_length(&mut frame, payload.len(), MASKED);
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

fn put_length(frame: &mut Vec<u8>, length: usize, mask: u8) {
    match u16::try_from(length) {
        Ok(short @ ..126) => frame.push(mask | short as u8),
        Ok(length) => {
            frame.push(mask | TWO_BYTES);
            frame.extend_from_slice(&length.to_be_bytes());
        }
        Err(_) => {
            frame.push(mask | EIGHT_BYTES);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// Writes a number in the place of another.
pub(crate) fn put_digits(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HUB: Tongue = Tongue { ping: b"{}", pong: b"{}", is_text: true };

    fn news(bytes: &[u8]) -> (Vec<u32>, Heard) {
        let mut found = Vec::new();
        let heard = HUB.hear(bytes, |words| found.extend(numbers(words)));
        (found, heard)
    }

    #[test]
    fn every_message_of_a_frame_is_heard_and_half_a_frame_waits() {
        let whole = unmasked(b"{\"name\":\"news-0000000007\"}\n{\"name\":\"news-0000000008\"}");
        let half = unmasked(&[b'x'; 70_000]);
        let (numbers, heard) = news(&[&whole, &half[..69_000]].concat());
        assert_eq!((numbers, heard.used, heard.answer), (vec![7, 8], whole.len(), None));
    }

    #[test]
    fn a_ping_is_answered_wherever_it_stands() {
        let lines: [&[u8]; 4] = [b"{}", b"{}\n{\"a\":1}", b"{\"a\":1}\n{}", b"{\"a\":{}}"];
        let answers = lines.map(|line| news(&unmasked(line)).1.answer.is_some());
        assert_eq!(answers, [true, true, true, false]);
    }

    #[test]
    fn numbers_are_written_in_place() {
        let mut place = *b"news-xxxxxxxxxx!";
        put_digits(&mut place[5..15], 1_234);
        assert_eq!(&place, b"news-0000001234!");
    }
}
