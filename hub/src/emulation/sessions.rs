//! The connections of this hub that take commands by request, and the way to those of others.

use std::sync::Arc;

use axum::body::Bytes;
use dashmap::DashMap;
use streams::{Error, HubId, Mailbox, Streams};
use tokio::sync::mpsc;

use crate::protocol::{Close, EmulationRequest, SessionKey};
use crate::session::{Address, Outbox};

/// Frames that may wait for one session, which takes them as they come unless its client does not
/// read: a page that opens everything it shows sends fewer.
const FRAMES_WAITING_MAX: usize = 16;

/// Who takes commands by request.
pub(crate) struct Sessions {
    hub: HubId,
    streams: Streams,
    here: Arc<Here>,
    mailbox: Mailbox,
}

/// The connections of this hub.
#[derive(Default)]
struct Here(DashMap<SessionKey, Way>);

/// How commands get to a session.
#[derive(Clone)]
struct Way {
    frames: mpsc::Sender<Bytes>,
    outbox: Arc<Outbox>,
}

/// Why commands did not get anywhere.
#[derive(Debug)]
pub(super) enum Undelivered {
    /// That hub is gone, or nobody can reach it.
    NoSuchHub,
    /// The connection is gone.
    NoSuchSession,
    /// Nobody knows whether they did.
    Redis(Error),
}

/// Where the commands of one session arrive. They do until it is dropped.
pub(super) struct Inbox {
    key: SessionKey,
    here: Arc<Here>,
    way: Way,
    frames: mpsc::Receiver<Bytes>,
}

impl Sessions {
    /// From now on other hubs can reach `hub`.
    pub(crate) fn start(hub: HubId, streams: Streams) -> Sessions {
        let here = Arc::<Here>::default();
        let mailbox = Mailbox::open(&streams, hub, {
            let here = here.clone();
            move |message| {
                if let Some((key, frame)) = SessionKey::split(message.into()) {
                    // Of one that is gone its client has heard by the end of its stream.
                    let _ = here.put(key, frame);
                }
            }
        });
        Sessions { hub, streams, here, mailbox }
    }

    /// Whether other hubs reach this one.
    pub(crate) fn are_reachable(&self) -> bool {
        self.mailbox.is_open()
    }

    /// Begins a session that is told what is in `outbox`.
    pub(super) fn begin(&self, outbox: Arc<Outbox>) -> (Address, Inbox) {
        let (sender, frames) = mpsc::channel(FRAMES_WAITING_MAX);
        let (key, way) = (SessionKey::random(), Way { frames: sender, outbox });
        self.here.0.insert(key, way.clone());
        let address = Address { session: key, node: self.hub };
        (address, Inbox { key, here: self.here.clone(), way, frames })
    }

    /// Brings commands to their session, at this hub or at another.
    pub(super) async fn deliver(&self, request: EmulationRequest) -> Result<(), Undelivered> {
        let EmulationRequest { node, session, data } = request;
        let hub: HubId = node.parse().map_err(|_| Undelivered::NoSuchHub)?;
        let key = SessionKey::parse(&session).ok_or(Undelivered::NoSuchSession)?;
        if hub == self.hub {
            return self.here.put(key, data);
        }
        match self.streams.send_to_hub(hub, &key.join(&data)).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Undelivered::NoSuchHub),
            Err(error) => Err(Undelivered::Redis(error)),
        }
    }
}

impl Here {
    fn put(&self, key: SessionKey, frame: Bytes) -> Result<(), Undelivered> {
        // Let go of the map first: a session that ends waits for it.
        let way = self.0.get(&key).map(|way| way.value().clone());
        way.ok_or(Undelivered::NoSuchSession)?.put(frame);
        Ok(())
    }
}

impl Way {
    /// Never drops a command in silence: whoever sends more than is taken is sent away.
    fn put(&self, frame: Bytes) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.frames.try_send(frame) {
            self.outbox.close(Close::FLOODING);
        }
    }
}

impl Inbox {
    /// Adds a frame.
    pub(super) fn put(&self, frame: Bytes) {
        self.way.put(frame);
    }

    /// Waits for the next frame. Safe to cancel.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        self.frames.recv().await
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.here.0.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sends_more_than_is_taken_is_sent_away_and_costs_bounded_memory() {
        let here = Here::default();
        let (sender, mut frames) = mpsc::channel(FRAMES_WAITING_MAX);
        let (key, outbox) = (SessionKey::random(), Arc::<Outbox>::default());
        here.0.insert(key, Way { frames: sender, outbox: outbox.clone() });
        for _ in 0..FRAMES_WAITING_MAX {
            assert!(here.put(key, Bytes::new()).is_ok());
        }
        assert!(!outbox.is_closing());
        assert!(here.put(key, Bytes::new()).is_ok());
        assert_eq!(outbox.take(1).close, Some(Close::FLOODING));
        assert_eq!(std::iter::from_fn(|| frames.try_recv().ok()).count(), FRAMES_WAITING_MAX);
    }
}
