//! What one connection follows. A channel is followed once at most, and what is asked about one
//! is answered in order, however long a snapshot takes.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Job;
use crate::channels::{Channel, Opened, Subscription};
use crate::identity::Identity;
use crate::protocol::{Refused, Reply, Subscribe};
use crate::topics::Listener;

/// Most channels that one connection follows.
const CHANNELS_MAX: usize = 50;
/// Most commands that wait for one snapshot.
const WAITING_MAX: usize = 16;

/// The channels of one connection.
#[derive(Debug, Default)]
pub(super) struct Subscriptions(Vec<Slot>);

#[derive(Debug)]
struct Slot {
    channel: String,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The snapshot is being read; what was asked meanwhile waits.
    Opening(Box<Opening>),
    Open(Subscription),
}

#[derive(Debug)]
struct Opening {
    id: u32,
    identity: Arc<Identity>,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
enum Waiting {
    Subscribe(u32, Box<Subscribe>),
    Unsubscribe(u32),
}

/// What the session does about it, in this order.
#[derive(Debug)]
pub(super) enum Answer {
    Reply(u32, Reply),
    Start(Job),
    /// The reply is out: lets the news follow.
    Open {
        listener: Arc<Listener>,
        above: u64,
        channel: String,
    },
}

impl Answer {
    fn refuse(id: u32, refused: Refused) -> Answer {
        Answer::Reply(id, Reply::Error(refused))
    }
}

impl Subscriptions {
    /// Somebody wants to follow a channel.
    pub(super) fn subscribe(
        &mut self,
        id: u32,
        request: Box<Subscribe>,
        identity: &Arc<Identity>,
    ) -> Vec<Answer> {
        let channel = match Channel::parse(&request.channel) {
            Ok(_) if request.kind != 0 => return vec![Answer::refuse(id, Refused::NOT_AVAILABLE)],
            Ok(channel) => channel,
            Err(refused) => return vec![Answer::refuse(id, refused)],
        };
        // Those that ended by themselves are forgotten when somebody looks.
        self.0.retain(|slot| !slot.is_ended());
        let is_full = self.0.len() >= CHANNELS_MAX;
        match self.0.iter_mut().find(|slot| slot.channel == request.channel) {
            Some(Slot { state: State::Opening(opening), .. }) => {
                let is_leaving = matches!(opening.waiting.back(), Some(Waiting::Unsubscribe(_)));
                match is_leaving && opening.waiting.len() < WAITING_MAX {
                    true => opening.waiting.push_back(Waiting::Subscribe(id, request)),
                    false => return vec![Answer::refuse(id, Refused::ALREADY_SUBSCRIBED)],
                }
                vec![]
            }
            Some(_) => vec![Answer::refuse(id, Refused::ALREADY_SUBSCRIBED)],
            None if is_full => vec![Answer::refuse(id, Refused::LIMIT_EXCEEDED)],
            None => {
                let opening = Opening { id, identity: identity.clone(), waiting: VecDeque::new() };
                let state = State::Opening(Box::new(opening));
                // Most connections follow one thing or two.
                self.0.reserve_exact(1);
                self.0.push(Slot { channel: request.channel.clone(), state });
                let identity = identity.clone();
                vec![Answer::Start(Job::Open { channel, request, identity })]
            }
        }
    }

    /// Somebody does not want to follow a channel any more. Never refused: clients take that as a
    /// broken connection.
    pub(super) fn unsubscribe(&mut self, id: u32, channel: &str) -> Vec<Answer> {
        let at = self.0.iter().position(|slot| slot.channel == channel);
        if let Some(at) = at {
            match &mut self.0[at].state {
                State::Opening(opening) if opening.waiting.len() < WAITING_MAX => {
                    opening.waiting.push_back(Waiting::Unsubscribe(id));
                    return vec![];
                }
                State::Opening(_) => return vec![Answer::refuse(id, Refused::TOO_MANY_REQUESTS)],
                State::Open(_) => drop(self.0.swap_remove(at)),
            }
        }
        vec![Answer::Reply(id, Reply::Unsubscribe)]
    }

    /// The snapshot of a channel has been read, or refused.
    pub(super) fn opened(
        &mut self,
        channel: &str,
        result: Result<Box<Opened>, Refused>,
    ) -> Vec<Answer> {
        let Some(at) = self.0.iter().position(|slot| slot.channel == channel) else {
            return vec![];
        };
        let Slot { channel, state: State::Opening(opening) } = self.0.swap_remove(at) else {
            return vec![];
        };
        let Opening { id, identity, waiting } = *opening;
        let mut answers = Vec::new();
        match result {
            Err(refused) => answers.push(Answer::refuse(id, refused)),
            Ok(opened) => {
                let Opened { reply, subscription, above } = *opened;
                let listener = subscription.listener.clone();
                answers.push(Answer::Reply(id, Reply::Subscribe(reply)));
                answers.push(Answer::Open { listener, above, channel: channel.clone() });
                self.0.push(Slot { channel: channel.clone(), state: State::Open(subscription) });
            }
        }
        self.resume(&channel, waiting, &identity, &mut answers);
        answers
    }

    /// The subscription to `channel`, if it stands.
    pub(super) fn get(&self, channel: &str) -> Option<&Subscription> {
        self.0.iter().find_map(|slot| match &slot.state {
            State::Open(subscription) if slot.channel == channel => Some(subscription),
            _ => None,
        })
    }

    /// Does what waited for a snapshot, up to the next snapshot.
    fn resume(
        &mut self,
        channel: &str,
        mut waiting: VecDeque<Waiting>,
        identity: &Arc<Identity>,
        answers: &mut Vec<Answer>,
    ) {
        while let Some(next) = waiting.pop_front() {
            match next {
                Waiting::Unsubscribe(id) => answers.extend(self.unsubscribe(id, channel)),
                Waiting::Subscribe(id, request) => {
                    answers.extend(self.subscribe(id, request, identity));
                    let slot = self.0.iter_mut().find(|slot| slot.channel == channel);
                    if let Some(Slot { state: State::Opening(opening), .. }) = slot {
                        opening.waiting = waiting;
                        return;
                    }
                }
            }
        }
    }
}

impl Slot {
    fn is_ended(&self) -> bool {
        matches!(&self.state, State::Open(subscription) if subscription.listener.is_ended())
    }
}
