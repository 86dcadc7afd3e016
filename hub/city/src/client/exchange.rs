//! What passes between the keeper of a socket and the hub: questions out, replies and news in.

use super::keeper::{Channel, Keeper, Waiting};
use super::link::{Ending, Link};
use super::socket::Ask;
use super::wire::{
    self, Command, Farewell, Publication, Push, Recover, Reply, Rpc, Subscribe, Subscribed,
    Unsubscribe,
};
use super::{Error, News, Payload};

/// Questions whose asker gave up are forgotten when there are more than this.
const WAITING_MAX: usize = 256;
/// Unsubscribed by the hub with a code from here on means: come back.
const RESUBSCRIBE_FROM: u16 = 2500;

impl Keeper {
    /// Passes on what a handle asks.
    pub(super) async fn carry(&mut self, ask: Ask, link: &mut Link) -> Result<(), Ending> {
        match ask {
            Ask::Subscribe { channel, data, subscription, news, answer } => {
                if let Some(known) = self.channels.get(&channel) {
                    if !known.news.is_closed() {
                        let _ = answer.send(Err(Error::AlreadySubscribed));
                        return Ok(());
                    }
                    self.leave(&channel, link).await?;
                }
                let place = None;
                self.channels.insert(channel.clone(), Channel { subscription, data, news, place });
                self.subscribe(channel.clone(), Waiting::Subscriber(channel, answer), link).await
            }
            Ask::Forget { channel, subscription } => {
                if self.is_current(&channel, subscription) {
                    self.leave(&channel, link).await?;
                }
                Ok(())
            }
            Ask::Rpc { method, data, answer } => {
                let id = self.expect(Waiting::Asker(answer), link);
                let rpc = Some(Rpc { method: &method, data: &data });
                link.send(wire::frame(&Command { id, rpc, ..Command::default() })).await
            }
        }
    }

    fn expect(&mut self, who: Waiting, link: &mut Link) -> u32 {
        if self.waiting.len() > WAITING_MAX {
            self.waiting.retain(|_, who| match who {
                Waiting::Asker(answer) | Waiting::Subscriber(_, answer) => !answer.is_closed(),
                Waiting::Subscription(_) => true,
            });
        }
        let id = link.next_id();
        self.waiting.insert(id, who);
        id
    }

    /// Brings a subscription back to where it was.
    pub(super) async fn resubscribe(
        &mut self,
        channel: String,
        link: &mut Link,
    ) -> Result<(), Ending> {
        self.subscribe(channel.clone(), Waiting::Subscription(channel), link).await
    }

    async fn subscribe(
        &mut self,
        channel: String,
        who: Waiting,
        link: &mut Link,
    ) -> Result<(), Ending> {
        let id = self.expect(who, link);
        let Some(known) = self.channels.get(&channel) else {
            return Ok(());
        };
        let recover = known.place.as_ref().map(|(epoch, offset)| Recover {
            recover: true,
            epoch,
            offset: *offset,
        });
        let (channel, data) = (channel.as_str(), &*known.data);
        let subscribe =
            Some(Subscribe { channel, data, positioned: true, recoverable: true, recover });
        link.send(wire::frame(&Command { id, subscribe, ..Command::default() })).await
    }

    /// Forgets a channel and tells the hub.
    async fn leave(&mut self, channel: &str, link: &mut Link) -> Result<(), Ending> {
        self.channels.remove(channel);
        let (id, unsubscribe) = (link.next_id(), Some(Unsubscribe { channel }));
        link.send(wire::frame(&Command { id, unsubscribe, ..Command::default() })).await
    }

    /// Takes in a reply or a push.
    pub(super) async fn hear(&mut self, reply: Reply, link: &mut Link) -> Result<(), Ending> {
        match reply.push {
            Some(push) => self.hear_push(push, link).await,
            None => self.hear_reply(reply, link).await,
        }
    }

    async fn hear_push(&mut self, push: Push, link: &mut Link) -> Result<(), Ending> {
        if let Some(farewell) = push.disconnect {
            return Err(Ending::Farewell(farewell));
        }
        if let Some(Farewell { code, .. }) = push.unsubscribe {
            if code >= RESUBSCRIBE_FROM && self.channels.contains_key(&push.channel) {
                return self.resubscribe(push.channel, link).await;
            }
            self.channels.remove(&push.channel);
        }
        match push.publication {
            Some(publication) => self.publish(&push.channel, publication, link).await,
            None => Ok(()),
        }
    }

    async fn hear_reply(&mut self, reply: Reply, link: &mut Link) -> Result<(), Ending> {
        let outcome = match reply.error {
            Some(error) => Err(Error::replied(error)),
            None => Ok(()),
        };
        match self.waiting.remove(&reply.id) {
            // The reply to an unsubscribe, or to a question that was forgotten.
            None => {}
            Some(Waiting::Asker(answer)) => {
                let data = reply.rpc.unwrap_or_default().data;
                // Whoever gave up waiting needs no answer; here and below.
                let _ = answer.send(outcome.map(|()| Payload::new(data)));
            }
            Some(Waiting::Subscriber(channel, answer)) => {
                let subscribed = reply.subscribe.unwrap_or_default();
                match outcome {
                    Ok(()) => self.settle_at(&channel, &subscribed),
                    Err(_) => drop(self.channels.remove(&channel)),
                }
                let _ =
                    answer.send(outcome.map(|()| Payload::of(subscribed.epoch, subscribed.data)));
            }
            Some(Waiting::Subscription(channel)) => match outcome {
                Ok(()) => {
                    let subscribed = reply.subscribe.unwrap_or_default();
                    return self.go_on(&channel, subscribed, link).await;
                }
                // A fresh connection, after a while, asks again.
                Err(error) if error.is_temporary() => return Err(Ending::Broken),
                Err(_) => drop(self.channels.remove(&channel)),
            },
        }
        Ok(())
    }

    /// Remembers the place from which a subscription can go on.
    fn settle_at(&mut self, channel: &str, at: &Subscribed) {
        if let Some(known) = self.channels.get_mut(channel) {
            known.place = at.recoverable.then(|| (at.epoch.clone(), at.offset));
        }
    }

    /// Tells a reader how their subscription came back.
    async fn go_on(
        &mut self,
        channel: &str,
        at: Subscribed,
        link: &mut Link,
    ) -> Result<(), Ending> {
        self.settle_at(channel, &at);
        if !at.recovered {
            let snapshot = News::Snapshot(Payload::of(at.epoch, at.data));
            return self.deliver(channel, snapshot, link).await;
        }
        let missed = at.publications.len();
        self.deliver(channel, News::Resumed { missed }, link).await?;
        for publication in at.publications {
            self.publish(channel, publication, link).await?;
        }
        Ok(())
    }

    async fn publish(
        &mut self,
        channel: &str,
        publication: Publication,
        link: &mut Link,
    ) -> Result<(), Ending> {
        let offset = publication.offset;
        if let Some(Channel { place: Some((_, known)), .. }) = self.channels.get_mut(channel) {
            *known = offset.max(*known);
        }
        let data = Payload::new(Some(publication.data));
        self.deliver(channel, News::Publication { offset, data }, link).await
    }

    /// Hands news to their reader, and gives up on one who is gone or too far behind: waiting for
    /// one reader would hold up all others of this socket.
    async fn deliver(&mut self, channel: &str, news: News, link: &mut Link) -> Result<(), Ending> {
        match self.channels.get(channel) {
            Some(known) if known.news.try_send(news).is_err() => self.leave(channel, link).await,
            Some(_) | None => Ok(()),
        }
    }
}
