//! Messages from hub to hub. What they say is for hubs to know.
//!
//! Each arrives at most once. One is lost if its receiver loses its connection just then; the
//! sender is told of a hub that is not there, and of a Redis that does not answer.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::pubsub::{Heard, PubSub};
use crate::{Error, Streams};

/// One run of one hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HubId(Uuid);

impl HubId {
    /// An id that no other hub has.
    pub fn random() -> HubId {
        HubId(Uuid::new_v4())
    }
}

impl From<Uuid> for HubId {
    fn from(id: Uuid) -> HubId {
        HubId(id)
    }
}

impl fmt::Display for HubId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for HubId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<HubId, uuid::Error> {
        text.parse().map(HubId)
    }
}

/// Where other hubs reach this one. Dropping it closes it.
pub struct Mailbox(PubSub);

impl Mailbox {
    /// Opens the mailbox of `hub`: whatever comes is given to `take`, which must not block.
    pub fn open(
        streams: &Streams,
        hub: HubId,
        take: impl Fn(Vec<u8>) + Send + Sync + 'static,
    ) -> Mailbox {
        let messages = PubSub::open(streams, "mailbox", move |heard| {
            if let Heard::Message(_, message) = heard {
                take(message);
            }
            true
        });
        messages.join(streams.home_of_hub(hub), streams.mailbox(hub));
        Mailbox(messages)
    }

    /// Whether, as far as is known, others reach us.
    pub fn is_open(&self) -> bool {
        self.0.is_current()
    }
}

impl Streams {
    /// Sends a message to `hub`. `false` if there is none, or nobody can reach it now.
    ///
    /// # Errors
    /// If Redis fails; nobody knows then whether the message arrives.
    pub async fn send_to_hub(&self, hub: HubId, message: &[u8]) -> Result<bool, Error> {
        let mut command = redis::cmd("SPUBLISH");
        command.arg(self.mailbox(hub)).arg(message);
        let receivers: i64 =
            self.ask(self.home_of_hub(hub), &command).await.map_err(Error::writing("a message"))?;
        Ok(receivers > 0)
    }

    fn mailbox(&self, hub: HubId) -> String {
        self.keys().of_one("mailbox", self.home_of_hub(hub), hub)
    }

    /// Anywhere, so that not all hubs burden the same node.
    fn home_of_hub(&self, HubId(id): HubId) -> u16 {
        (id.as_u128() % u128::from(self.partitions())) as u16
    }
}
