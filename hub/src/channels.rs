//! The channels of the product: who may follow what, what they are shown first, and what they have
//! missed. The only place that knows both an order and a channel; frames are not known here.

mod channel;
mod news;
mod reads;
mod resume;
mod snapshot;

use std::borrow::Cow;
use std::sync::Arc;

use domain::RiderId;
use futures_util::future::try_join_all;
use streams::{Error, Streams};

use crate::arrivals::Arrivals;
use crate::counters::{Counters, CountersListing};
use crate::feed::{Feed, Place};
use crate::fleet::Fleet;
use crate::identity::Identity;
use crate::nearby::{Look, Nearby, NearbyListing};
use crate::presence::Presence;
use crate::protocol::{Refused, Subscribe, Subscribed, payload};
use crate::topics::{Listener, Listing, Topic, Topics, Whereabouts};

pub(crate) use channel::{Channel, Subject};
pub(crate) use news::{News, Welcome, may_hear_aside, may_see_rider};
pub(crate) use reads::Reads;

use snapshot::Picture;

/// Everything that a subscription needs. One for the whole hub.
#[derive(Clone)]
pub(crate) struct Channels {
    pub(crate) streams: Streams,
    pub(crate) reads: Reads,
    pub(crate) feed: Arc<Feed>,
    pub(crate) topics: Topics,
    pub(crate) nearby: Nearby,
    pub(crate) counters: Arc<Counters>,
    pub(crate) whereabouts: Whereabouts,
    pub(crate) presence: Presence,
    pub(crate) fleet: Fleet,
    pub(crate) arrivals: Arrivals,
}

/// A subscription that stands: its news wait until the reply is on its way.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) reply: Subscribed,
    pub(crate) subscription: Subscription,
    /// Up to where in its feed the reply tells everything.
    pub(crate) above: u64,
}

/// Keeps the news coming. Over when dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) listener: Arc<Listener>,
    source: Source,
}

#[derive(Debug)]
#[expect(dead_code, reason = "most are only held to be dropped")]
enum Source {
    Topic(Listing, Option<Followed>),
    Nearby(NearbyListing, Followed),
    Ops(CountersListing),
    /// In tests of the session.
    #[cfg(test)]
    Nothing,
}

/// Has other hubs tell what they hear of a rider.
struct Followed {
    whereabouts: Whereabouts,
    presence: Presence,
    rider: RiderId,
}

impl Followed {
    fn new(channels: &Channels, rider: RiderId) -> Followed {
        let Channels { whereabouts, presence, .. } = channels.clone();
        presence.attend(&rider);
        whereabouts.rider_looks(&rider);
        Followed { whereabouts, presence, rider }
    }
}

impl std::fmt::Debug for Followed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Followed").field(&self.rider).finish()
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.whereabouts.rider_looked(&self.rider);
        self.presence.neglect(&self.rider);
    }
}

impl Subscription {
    /// The rider looks from elsewhere. `false` if this is no look at the jobs around.
    pub(crate) fn look(&self, look: Look) -> bool {
        match &self.source {
            Source::Nearby(listing, _) => {
                listing.look(look);
                true
            }
            _ => false,
        }
    }

    #[cfg(test)]
    pub(crate) fn of_nothing(listener: Arc<Listener>) -> Subscription {
        Subscription { listener, source: Source::Nothing }
    }
}

impl Channels {
    /// Whether this hub has heard of everything that had happened when it was asked. Waits for it
    /// for a moment.
    ///
    /// # Errors
    /// If Redis fails.
    pub(crate) async fn is_current(&self) -> Result<bool, Error> {
        let hear = |partition| async move {
            let top = self.streams.feed_top(partition).await?;
            Ok::<_, Error>(self.feed.is_told(partition, top.sequence).await)
        };
        let heard = try_join_all((0..self.streams.partitions()).map(hear)).await?;
        Ok(heard.into_iter().all(|is_told| is_told))
    }

    /// Subscribes: first the news are collected, then what was missed or what is there is read.
    ///
    /// # Errors
    /// What the client is told if it may not, or cannot now.
    pub(crate) async fn open(
        &self,
        channel: Channel,
        request: &Subscribe,
        listener: Arc<Listener>,
    ) -> Result<Opened, Refused> {
        match channel {
            Channel::Topic(topic) => self.open_topic(topic, request, listener).await,
            Channel::Nearby => self.open_nearby(request, listener).await,
            Channel::Ops => self.open_ops(listener),
        }
    }

    async fn open_topic(
        &self,
        topic: Topic,
        request: &Subscribe,
        listener: Arc<Listener>,
    ) -> Result<Opened, Refused> {
        let identity = listener.identity.clone();
        if !may_follow(&identity, &topic) {
            return Err(Refused::PERMISSION_DENIED);
        }
        // Subscribe, then read; never the other way round.
        let partition = topic.partition(&self.streams);
        if partition >= self.streams.partitions() {
            return Err(Refused::PERMISSION_DENIED);
        }
        let listing = self.topics.listen(topic.clone(), listener.clone());
        let reached = self.feed.reached(partition);
        let followed = match &topic {
            Topic::Rider(rider) => Some(Followed::new(self, rider.clone())),
            Topic::Order(_) | Topic::Store(_) | Topic::Customer(_) => None,
        };
        let subscription = Subscription { listener, source: Source::Topic(listing, followed) };
        let reply = Subscribed {
            recoverable: true,
            positioned: true,
            epoch: Cow::Owned(reached.epoch.to_string()),
            was_recovering: request.recover,
            ..Subscribed::default()
        };

        if request.recover {
            let since = Place { epoch: request.epoch.as_str().into(), sequence: request.offset };
            let missed =
                self.missed(&identity, &topic, partition, &since, reached.sequence).await?;
            if let Some(publications) = missed {
                match &topic {
                    Topic::Rider(rider) => self.presence.owe(rider),
                    Topic::Store(store) => self.arrivals.owe(store),
                    Topic::Order(_) | Topic::Customer(_) => (),
                }
                let offset = request.offset;
                let reply = Subscribed { recovered: true, publications, offset, ..reply };
                // They may know more than this hub; that is not told again.
                let above = reached.sequence.max(offset);
                return Ok(Opened { reply, subscription, above });
            }
            if request.insists_on_recovery() {
                return Err(Refused::UNRECOVERABLE);
            }
        }
        let Picture { snapshot, sequence } = self.picture(&identity, &topic).await?;
        let offset = reached.sequence.max(sequence);
        let reply = Subscribed { data: Some(payload(&snapshot)), offset, ..reply };
        Ok(Opened { reply, subscription, above: offset })
    }

    async fn open_nearby(
        &self,
        request: &Subscribe,
        listener: Arc<Listener>,
    ) -> Result<Opened, Refused> {
        let Identity::Rider(rider) = listener.identity.as_ref() else {
            return Err(Refused::PERMISSION_DENIED);
        };
        let look = Look::parse(request.data.as_ref()).ok_or(Refused::BAD_REQUEST)?;
        let rider = rider.clone();
        // Followed before it is asked whether they are online, so that going offline is noticed.
        let followed = Followed::new(self, rider.clone());
        if !self.reads.rider(&rider).await?.online {
            return Err(Refused::of(103, "go online first"));
        }
        let (listing, jobs, radius_meters) = self.nearby.listen(rider, look, listener.clone());
        let data = Some(payload(&snapshot::Snapshot::Nearby { jobs, radius_meters }));
        let reply = Subscribed { data, was_recovering: request.recover, ..Subscribed::default() };
        let source = Source::Nearby(listing, followed);
        Ok(Opened { reply, subscription: Subscription { listener, source }, above: 0 })
    }

    fn open_ops(&self, listener: Arc<Listener>) -> Result<Opened, Refused> {
        let Identity::Operator(_) = listener.identity.as_ref() else {
            return Err(Refused::PERMISSION_DENIED);
        };
        let listing = self.counters.listen(listener.clone());
        let counters = self.counters.view(&self.topics, &self.nearby);
        let riders = self.fleet.map();
        let data = Some(payload(&snapshot::Snapshot::Ops { counters, riders }));
        let reply = Subscribed { data, ..Subscribed::default() };
        let subscription = Subscription { listener, source: Source::Ops(listing) };
        Ok(Opened { reply, subscription, above: 0 })
    }
}

/// Whether somebody may follow `topic` at all. Of an order, only the order itself says it.
fn may_follow(identity: &Identity, topic: &Topic) -> bool {
    match (topic, identity) {
        (Topic::Order(_), _) => true,
        (Topic::Store(store), Identity::Store { id, .. }) => id == store,
        (Topic::Store(_), Identity::Operator(_)) => true,
        (Topic::Customer(customer), Identity::Customer(id)) => id == customer,
        (Topic::Rider(rider), Identity::Rider(id)) => id == rider,
        _ => false,
    }
}

/// What a client is told when it is not its fault: to try again.
fn unavailable(error: streams::Error) -> Refused {
    let error = &error as &dyn std::error::Error;
    tracing::warn!(error, "a subscription could not be answered");
    Refused::INTERNAL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_follows_only_what_is_theirs() {
        let customer = |id: &str| Identity::Customer(id.parse().unwrap());
        let rider = |id: &str| Identity::Rider(id.parse().unwrap());
        let store = |id: &str| Identity::Store { id: id.parse().unwrap(), user: "u".into() };
        let operator = Identity::Operator("o".parse().unwrap());
        let everybody = [
            customer("a"),
            customer("b"),
            rider("a"),
            rider("b"),
            store("a"),
            store("b"),
            operator,
        ];
        let topics = [
            (Topic::Customer("a".parse().unwrap()), vec![0]),
            (Topic::Rider("a".parse().unwrap()), vec![2]),
            (Topic::Store("a".parse().unwrap()), vec![4, 6]),
        ];
        for (topic, allowed) in topics {
            for (index, identity) in everybody.iter().enumerate() {
                let expected = allowed.contains(&index);
                assert_eq!(may_follow(identity, &topic), expected, "{identity:?} {topic:?}");
            }
        }
    }
}
