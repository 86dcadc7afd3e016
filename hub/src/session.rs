//! One connection, as a machine without a socket: commands go in, replies go to the outbox, and
//! what takes time is handed out as jobs whose outcome comes back later.
//!
//! Knows the rules of the protocol; what a channel shows and what a command does are not known
//! here, nor how anything is written.

mod allowance;
mod drive;
mod handshake;
mod outbox;
mod subscriptions;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::Timestamp;
use streams::HubId;
use uuid::Uuid;

use crate::channels::{Channel, Opened};
use crate::identity::{Identity, Keys, TokenError, Verified};
use crate::keys::LEARNED_MAX;
use crate::locations;
use crate::nearby::{self, Look};
use crate::protocol::{
    Close, Command, Encoding, Payload, Refused, Reply, Request, Rpc, SessionKey, Subscribe,
};
use allowance::Allowance;
use handshake::{require, require_known_delta};
use subscriptions::{Answer, Subscriptions};

pub(crate) use drive::{FRAME_BYTES, Line, Link, drive};
pub(crate) use outbox::{Letter, Newest, Outbox};

/// How long a connection may take to say who it is. Whoever is slower is asked to come again.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// Between two pings; below the patience of every proxy we know.
const PING_EVERY: Duration = Duration::from_secs(25);
/// How long a pong may take.
const PONG_MAX: Duration = Duration::from_secs(10);
/// How long a connection that leaves may wait for its commands: an order waits for its payment
/// for less.
const LEAVING_MAX: Duration = Duration::from_secs(4);
/// Commands that may be under way at once.
const CALLS_MAX: usize = 16;

// Or nobody would hear that the key of their token could not be had.
const _: () = assert!(LEARNED_MAX.as_secs() < CONNECT_MAX.as_secs());
// Or a pong to the last ping would be taken for one to the next.
const _: () = assert!(PONG_MAX.as_secs() < PING_EVERY.as_secs() / 2);

/// Commands that say where a rider is: many, small, and counted apart from the others.
const MOVES: [&str; 2] = [locations::METHOD, NEARBY_MOVE];

/// The one command that is for the session itself.
const NEARBY_MOVE: &str = "nearby.move";

/// This moment, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) instant: Instant,
    pub(crate) time: Timestamp,
}

/// Where commands of a client without a socket are to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address {
    pub(crate) session: SessionKey,
    pub(crate) node: HubId,
}

/// Something that takes time, to be done beside the session.
#[derive(Debug)]
pub(crate) enum Job {
    Open { channel: Channel, request: Box<Subscribe>, identity: Arc<Identity> },
    Call { id: u32, method: String, data: Option<Payload>, identity: Arc<Identity> },
    Verify { id: u32, token: String },
}

/// What came of a job.
#[derive(Debug)]
pub(crate) enum Done {
    Opened { channel: String, result: Result<Box<Opened>, Refused> },
    Called { id: u32, reply: Reply },
    Verified { id: u32, checked: Result<Verified, TokenError> },
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Session {
    outbox: Arc<Outbox>,
    encoding: Encoding,
    address: Option<Box<Address>>,
    client: Uuid,
    phase: Phase,
    heart: Heart,
    stay: Stay,
    subscriptions: Subscriptions,
    calls: usize,
    commands: Allowance,
    moves: Allowance,
    jobs: Vec<Job>,
}

#[derive(Debug)]
enum Phase {
    /// Has not said who it is.
    New { until: Instant },
    /// Has said it with a key that has yet to be heard of.
    Judged { until: Instant },
    /// Was told that it cannot connect, and has to leave.
    Refused { until: Instant },
    /// Is known.
    Connected { identity: Arc<Identity>, until: Instant },
}

/// What is owed to a silent connection.
#[derive(Clone, Copy, Debug)]
enum Heart {
    Ping { at: Instant },
    Pong { until: Instant, next: Instant },
}

/// How long a connection stays.
#[derive(Clone, Copy, Debug)]
enum Stay {
    /// As long as it likes, if there is no instant.
    Until(Option<Instant>),
    /// It takes no commands any more, and goes when those under way are answered.
    Leaving { close: Close, until: Instant },
}

impl Session {
    /// A connection that stays until `old_at`, if that is ever.
    pub(crate) fn new(
        outbox: Arc<Outbox>,
        encoding: Encoding,
        old_at: Option<Instant>,
        now: Now,
    ) -> Session {
        let until = now.instant + CONNECT_MAX;
        Session {
            outbox,
            encoding,
            address: None,
            client: Uuid::new_v4(),
            phase: Phase::New { until },
            heart: Heart::Ping { at: until },
            stay: Stay::Until(old_at),
            subscriptions: Subscriptions::default(),
            calls: 0,
            commands: Allowance::of_commands(now.instant),
            moves: Allowance::of_moves(now.instant),
            jobs: Vec::new(),
        }
    }

    /// The same for a client that sends its commands there.
    pub(crate) fn reached_at(self, address: Address) -> Session {
        Session { address: Some(Box::new(address)), ..self }
    }

    /// Takes a frame.
    pub(crate) fn receive(&mut self, frame: &[u8], keys: &Keys, now: Now) {
        for command in self.encoding.commands(frame) {
            let result = match command {
                Ok(command) => self.obey(command, keys, now),
                Err(_) => Err(Close::BAD_REQUEST),
            };
            if let Err(close) = result {
                self.outbox.close(close);
            }
            if self.outbox.is_closing() {
                return;
            }
        }
    }

    /// Takes the outcome of a job.
    pub(crate) fn finish(&mut self, done: Done, now: Now) {
        match done {
            Done::Opened { channel, result } => {
                let answers = self.subscriptions.opened(&channel, result);
                self.answer_all(answers);
            }
            Done::Called { id, reply } => {
                self.calls -= 1;
                self.reply(id, &reply);
                self.go_if_done();
            }
            Done::Verified { id, checked } => {
                let result = match &self.phase {
                    Phase::Connected { .. } => {
                        self.calls -= 1;
                        self.extend(id, checked, now)
                    }
                    Phase::Judged { .. } => self.admit(id, checked, now),
                    Phase::New { .. } | Phase::Refused { .. } => Ok(()),
                };
                if let Err(close) = result {
                    self.outbox.close(close);
                }
                self.go_if_done();
            }
        }
    }

    /// Takes no more commands, and ends the connection with `close` once those that are under way
    /// are answered.
    pub(crate) fn leave(&mut self, close: Close, now: Now) {
        if let Stay::Until(_) = self.stay {
            self.stay = Stay::Leaving { close, until: now.instant + LEAVING_MAX };
            self.go_if_done();
        }
    }

    /// What is to be done beside the session since this was last asked.
    pub(crate) fn take_jobs(&mut self) -> Vec<Job> {
        std::mem::take(&mut self.jobs)
    }

    /// When [`Session::tick`] has something to do.
    pub(crate) fn deadline(&self) -> Instant {
        let alive = match (&self.phase, self.heart) {
            (Phase::New { until } | Phase::Judged { until } | Phase::Refused { until }, _) => {
                *until
            }
            (Phase::Connected { until, .. }, Heart::Ping { at }) => at.min(*until),
            (Phase::Connected { until, .. }, Heart::Pong { until: pong, .. }) => pong.min(*until),
        };
        match self.stay {
            Stay::Until(None) => alive,
            Stay::Until(Some(until)) | Stay::Leaving { until, .. } => alive.min(until),
        }
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, now: Now) {
        match self.stay {
            Stay::Until(Some(old_at)) if now.instant >= old_at => self.leave(Close::RECONNECT, now),
            Stay::Leaving { close, until } if now.instant >= until => self.outbox.close(close),
            Stay::Until(_) | Stay::Leaving { .. } => (),
        }
        match (&self.phase, self.heart) {
            (Phase::New { until } | Phase::Judged { until } | Phase::Refused { until }, _)
                if now.instant >= *until =>
            {
                self.outbox.close(Close::RECONNECT);
            }
            (Phase::Connected { until, .. }, _) if now.instant >= *until => {
                self.outbox.close(Close::EXPIRED);
            }
            (Phase::Connected { .. }, Heart::Pong { until, .. }) if now.instant >= until => {
                self.outbox.close(Close::NO_PONG);
            }
            (Phase::Connected { .. }, Heart::Ping { at }) if now.instant >= at => {
                self.outbox.push(self.encoding.ping());
                let [until, next] = [PONG_MAX, PING_EVERY].map(|span| now.instant + span);
                self.heart = Heart::Pong { until, next };
            }
            _ => (),
        }
    }

    fn obey(&mut self, command: Command, keys: &Keys, now: Now) -> Result<(), Close> {
        let Command { id, request } = command;
        let (identity, request) = match (&self.phase, request) {
            (Phase::New { .. }, Some(Request::Connect(connect))) if id != 0 => {
                return self.connect(id, &connect, keys, now);
            }
            (Phase::New { .. } | Phase::Judged { .. } | Phase::Refused { .. }, _) => {
                return Err(Close::BAD_REQUEST);
            }
            (Phase::Connected { .. }, Some(Request::Send)) => return Err(Close::NOT_AVAILABLE),
            (Phase::Connected { .. }, _) if id == 0 => return self.pong(),
            (Phase::Connected { .. }, None) => return Err(Close::BAD_REQUEST),
            // Not answered, and so not taken: it is sent again to the next hub.
            (Phase::Connected { .. }, Some(_)) if self.is_leaving() => return Ok(()),
            (Phase::Connected { identity, .. }, Some(request)) => (identity.clone(), request),
        };
        let is_move = matches!(&request, Request::Rpc(rpc) if MOVES.contains(&rpc.method.as_str()));
        let allowance = if is_move { &mut self.moves } else { &mut self.commands };
        if !allowance.take(now.instant) {
            if allowance.is_flooded() {
                return Err(Close::FLOODING);
            }
            metrics::counter!("hub_refusals_total", "reason" => "pace").increment(1);
            self.reply(id, &Reply::Error(Refused::TOO_MANY_REQUESTS));
            return Ok(());
        }
        self.act(id, request, identity, keys, now)
    }

    fn act(
        &mut self,
        id: u32,
        request: Request,
        identity: Arc<Identity>,
        keys: &Keys,
        now: Now,
    ) -> Result<(), Close> {
        match request {
            Request::Connect(_) => return Err(Close::BAD_REQUEST),
            Request::Subscribe(request) => {
                require(&request.channel)?;
                require_known_delta(&request)?;
                let answers = self.subscriptions.subscribe(id, request, &identity);
                self.answer_all(answers);
            }
            Request::Unsubscribe(request) => {
                require(&request.channel)?;
                let answers = self.subscriptions.unsubscribe(id, &request.channel);
                self.answer_all(answers);
            }
            Request::Rpc(rpc) => self.call(id, rpc, identity),
            Request::Refresh(token) => self.refresh(id, &token, keys, now)?,
            Request::Publish(request) | Request::Presence(request) | Request::History(request) => {
                require(&request.channel)?;
                self.reply(id, &Reply::Error(Refused::NOT_AVAILABLE));
            }
            Request::SubRefresh(request) => self.sub_refresh(id, &request)?,
            Request::Send => return Err(Close::NOT_AVAILABLE),
        }
        Ok(())
    }

    fn is_leaving(&self) -> bool {
        matches!(self.stay, Stay::Leaving { .. })
    }

    fn go_if_done(&self) {
        if let Stay::Leaving { close, .. } = self.stay
            && self.calls == 0
        {
            self.outbox.close(close);
        }
    }

    fn pong(&mut self) -> Result<(), Close> {
        match self.heart {
            Heart::Pong { next, .. } => {
                self.heart = Heart::Ping { at: next };
                Ok(())
            }
            Heart::Ping { .. } => Err(Close::BAD_REQUEST),
        }
    }

    fn call(&mut self, id: u32, rpc: Rpc, identity: Arc<Identity>) {
        if rpc.method == NEARBY_MOVE {
            let reply = self.look(rpc.data.as_ref());
            self.reply(id, &reply);
        } else if self.calls >= CALLS_MAX {
            self.reply(id, &Reply::Error(Refused::TOO_MANY_REQUESTS));
        } else {
            self.calls += 1;
            self.jobs.push(Job::Call { id, method: rpc.method, data: rpc.data, identity });
        }
    }

    /// A rider who looks at the jobs around says from where.
    fn look(&mut self, data: Option<&Payload>) -> Reply {
        let Some(look) = Look::parse(data) else {
            return Reply::Error(Refused::BAD_REQUEST);
        };
        match self.subscriptions.get(nearby::CHANNEL).is_some_and(|it| it.look(look)) {
            true => Reply::Rpc(None),
            false => Reply::Error(Refused::of(103, "subscribe to nearby first")),
        }
    }

    fn answer_all(&mut self, answers: Vec<Answer>) {
        for answer in answers {
            match answer {
                Answer::Reply(id, reply) => self.reply(id, &reply),
                Answer::Start(job) => self.jobs.push(job),
                Answer::Open { listener, above, channel } => {
                    if let Err(trouble) = listener.open(above) {
                        let end = trouble.as_end();
                        self.outbox.push(self.encoding.unsubscribe(&channel, end));
                        // What the client now believes, and so do we.
                        listener.end(&channel, end);
                    }
                }
            }
        }
    }

    fn reply(&self, id: u32, reply: &Reply) {
        self.outbox.push(self.encoding.reply(id, reply));
    }
}
