//! What is to be written to one socket. Bounded: whoever reads too slowly is sent away, and delays
//! nobody else.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use axum::body::Bytes;
use domain::OrderId;
use futures_util::task::AtomicWaker;
use smallvec::SmallVec;

use crate::latency::Stamp;
use crate::protocol::Close;

/// Most bytes that wait for one socket: some hundred changes of orders, a minute of a busy board.
const BYTES_MAX: usize = 256 * 1024;
/// Most messages that wait for one socket.
const MESSAGES_MAX: usize = 1_024;
/// Room that a queue takes once more than one message waits, and gives back when none does: most
/// sockets wait most of the time.
const ROOM: usize = 16;

/// Messages waiting for one socket, in order. Filled by many, emptied by one.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    waiter: AtomicWaker,
}

/// Most of the time nothing waits, and then one message at most.
type Queue = SmallVec<[Message; 1]>;

#[derive(Debug, Default)]
struct State {
    queue: Queue,
    bytes: usize,
    end: End,
    /// Something has happened since the last look.
    is_stirred: bool,
}

/// Whether and how the connection is to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    /// Soon: what is under way may still be answered.
    Leaving(Close),
    /// After what waits.
    Closing(Close),
}

#[derive(Debug)]
struct Message {
    bytes: Bytes,
    /// What this is the newest of: a later one takes its turn.
    newest: Option<Newest>,
    /// Of news: when the first that they tell was appended.
    oldest: Option<Stamp>,
}

/// News to one socket, as one message.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) bytes: Bytes,
    /// When the first that they tell was appended, if anything was.
    pub(crate) oldest: Option<Stamp>,
}

/// Of what only the newest is worth telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Newest {
    /// Where an order is.
    PlaceOf(OrderId),
    /// Where all riders are.
    Riders,
}

/// What is to be done next.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Messages to write as one frame.
    pub(crate) messages: SmallVec<[Bytes; 1]>,
    /// When the oldest of the news among them was appended.
    pub(crate) oldest: Option<Stamp>,
    /// Something else waits already.
    pub(crate) has_more: bool,
    /// The connection is asked to end when it can.
    pub(crate) leave: Option<Close>,
    /// Nothing comes after them, and the socket is closed.
    pub(crate) close: Option<Close>,
}

impl Letter {
    /// One that no append caused.
    pub(crate) fn aside(bytes: Bytes) -> Letter {
        Letter { bytes, oldest: None }
    }
}

impl Outbox {
    /// Adds a message.
    pub(crate) fn push(&self, bytes: Bytes) {
        self.add(Message { bytes, newest: None, oldest: None });
    }

    /// Adds news.
    pub(crate) fn push_news(&self, Letter { bytes, oldest }: Letter) {
        self.add(Message { bytes, newest: None, oldest });
    }

    /// Adds a message in place of an older one of the same that still waits.
    pub(crate) fn push_newest(&self, of: Newest, bytes: Bytes) {
        let mut state = self.lock();
        let waiting = state.queue.iter_mut().rev().find(|it| it.newest == Some(of));
        if let Some(waiting) = waiting {
            let before = std::mem::replace(&mut waiting.bytes, bytes);
            let after = waiting.bytes.len();
            state.bytes = state.bytes + after - before.len();
            return;
        }
        drop(state);
        self.add(Message { bytes, newest: Some(of), oldest: None });
    }

    /// Lets what waits be written, then ends the connection. The first reason counts.
    pub(crate) fn close(&self, close: Close) {
        let mut state = self.lock();
        if !state.is_closing() {
            state.end = End::Closing(close);
        }
        self.stir(state);
    }

    /// Asks the connection to end when nothing is under way any more. Whoever empties this sees
    /// to it.
    pub(crate) fn leave(&self, close: Close) {
        let mut state = self.lock();
        if state.end == End::Open {
            state.end = End::Leaving(close);
        }
        self.stir(state);
    }

    /// Whether the connection is to end, now or soon.
    pub(crate) fn is_leaving(&self) -> bool {
        self.lock().end != End::Open
    }

    /// Whether the connection is to end.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing().is_some()
    }

    /// Why the connection is to end, if it is.
    pub(crate) fn closing(&self) -> Option<Close> {
        match self.lock().end {
            End::Open | End::Leaving(_) => None,
            End::Closing(close) => Some(close),
        }
    }

    /// Bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Waits until something is to be done since anything was taken. For one waiter.
    pub(crate) async fn filled(&self) {
        poll_fn(|context| {
            self.waiter.register(context.waker());
            // Only then, or what comes in between would wake nobody.
            if self.lock().is_stirred { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Takes messages of about `bytes_max`, one at least.
    pub(crate) fn take(&self, bytes_max: usize) -> Batch {
        let mut state = self.lock();
        state.is_stirred = false;
        let mut bytes = 0;
        let mut count = 0;
        while bytes < bytes_max && count < state.queue.len() {
            bytes += state.queue[count].bytes.len();
            count += 1;
        }
        let rest: Queue = state.queue.drain(count..).collect();
        let taken = std::mem::replace(&mut state.queue, rest);
        state.bytes -= bytes;
        let (end, has_more) = (state.end, !state.queue.is_empty());
        drop(state);

        let mut batch = Batch { has_more, ..Batch::default() };
        match end {
            End::Open => (),
            End::Leaving(close) => batch.leave = Some(close),
            End::Closing(close) => batch.close = (!has_more).then_some(close),
        }
        batch.messages.reserve_exact(taken.len());
        for message in taken {
            batch.messages.push(message.bytes);
            // They wait in the order in which they came.
            batch.oldest = batch.oldest.or(message.oldest);
        }
        batch
    }

    fn add(&self, message: Message) {
        let mut state = self.lock();
        if state.is_closing() {
            return;
        }
        // Judged by what already waits, so that one large snapshot always finds room.
        if state.bytes >= BYTES_MAX || state.queue.len() >= MESSAGES_MAX {
            state.queue = Queue::new();
            state.bytes = 0;
            state.end = End::Closing(Close::SLOW);
            metrics::counter!("hub_outbox_overflows_total").increment(1);
        } else {
            state.bytes += message.bytes.len();
            if state.queue.len() == state.queue.inline_size() {
                state.queue.reserve_exact(ROOM);
            }
            state.queue.push(message);
        }
        self.stir(state);
    }

    /// Wakes whoever waits, once for all that happens until they look.
    fn stir(&self, mut state: MutexGuard<'_, State>) {
        let was_stirred = std::mem::replace(&mut state.is_stirred, true);
        drop(state);
        if !was_stirred {
            self.waiter.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that holds it can panic half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_closing(&self) -> bool {
        matches!(self.end, End::Closing(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    fn message(length: usize) -> Bytes {
        vec![b'x'; length].into()
    }

    #[test]
    fn a_slow_reader_costs_bounded_memory_and_is_sent_away() {
        let outbox = Outbox::default();
        for _ in 0..10_000 {
            outbox.push(message(1_000));
            assert!(outbox.lock().bytes <= BYTES_MAX + 1_000);
        }
        let batch = outbox.take(usize::MAX);
        assert_eq!((batch.messages.len(), batch.close), (0, Some(Close::SLOW)));
    }

    #[test]
    fn a_message_of_any_size_finds_room_in_an_empty_outbox() {
        let outbox = Outbox::default();
        outbox.push(message(2 * BYTES_MAX));
        assert!(!outbox.is_closing());
        assert_eq!(outbox.take(1).messages.len(), 1);
    }

    #[test]
    fn what_waits_is_written_before_the_end() {
        let outbox = Outbox::default();
        outbox.push(message(10));
        outbox.push(message(10));
        outbox.close(Close::SHUTDOWN);
        outbox.push(message(10));
        let first = outbox.take(1);
        assert_eq!((first.messages.len(), first.close), (1, None));
        let last = outbox.take(1);
        assert_eq!((last.messages.len(), last.close), (1, Some(Close::SHUTDOWN)));
    }

    #[test]
    fn whoever_leaves_is_still_told_what_was_under_way() {
        let outbox = Outbox::default();
        outbox.leave(Close::SHUTDOWN);
        outbox.push(message(10));
        let batch = outbox.take(100);
        assert_eq!((batch.messages.len(), batch.leave), (1, Some(Close::SHUTDOWN)));
        assert_eq!(batch.close, None);
        outbox.close(Close::SLOW);
        outbox.leave(Close::RECONNECT);
        assert_eq!(outbox.take(100).close, Some(Close::SLOW));
    }

    #[test]
    fn of_places_the_newest_takes_the_turn_of_the_one_before() {
        let outbox = Outbox::default();
        let [one, other] = [1, 2].map(|dice| Newest::PlaceOf(OrderId::new(Timestamp(1), 0, dice)));
        outbox.push_newest(one, message(1));
        outbox.push_newest(other, message(2));
        outbox.push_newest(one, message(3));
        let lengths: Vec<usize> = outbox.take(100).messages.iter().map(Bytes::len).collect();
        assert_eq!(lengths, [3, 2]);
        assert_eq!(outbox.lock().bytes, 0);
    }

    #[test]
    fn news_know_their_age_and_pay_nothing_for_it() {
        assert_eq!(size_of::<Message>(), size_of::<(Bytes, Option<Newest>)>());
        let outbox = Outbox::default();
        let stamps = [9, 1].map(|seconds| Stamp::of_age(std::time::Duration::from_secs(seconds)));
        outbox.push(message(1));
        for stamp in stamps {
            outbox.push_news(Letter { bytes: message(1), oldest: Some(stamp) });
        }
        let batch = outbox.take(usize::MAX);
        assert_eq!((batch.messages.len(), batch.oldest), (3, Some(stamps[0])));
    }
}
