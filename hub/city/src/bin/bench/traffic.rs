//! News to a server and from it to its sockets, and what that takes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::peers::{Contender, Plan, Spent};
use crate::swarm::Swarm;

/// How long is listened before it is looked whether that was all.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// After so long without any news, those that are missing are lost.
const QUIET_MAX: Duration = Duration::from_secs(3);

/// A server, its sockets, and how many messages there were.
pub(crate) struct Traffic {
    pub(crate) contender: Contender,
    pub(crate) swarm: Swarm,
    topics: usize,
    next: u32,
}

/// How it went.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stretch {
    /// Deliveries that should have been, and that were.
    pub(crate) expected: usize,
    pub(crate) heard: usize,
    /// Until the last delivery.
    pub(crate) seconds: f64,
    /// How long each message took to the last of its sockets, in microseconds, the shortest first.
    pub(crate) micros: Vec<u32>,
    pub(crate) spent: Spent,
}

impl Stretch {
    /// The time that so many of a thousand messages do not exceed, in milliseconds.
    pub(crate) fn millis(&self, permille: usize) -> f64 {
        let last = self.micros.len().saturating_sub(1);
        let at = last.min(self.micros.len() * permille / 1_000);
        self.micros.get(at).map_or(f64::NAN, |micros| f64::from(*micros) / 1e3)
    }

    pub(crate) fn lost(&self) -> usize {
        self.expected - self.heard.min(self.expected)
    }

    /// Deliveries a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.heard as f64 / self.seconds
    }

    /// Of the time that some processors spent, what each delivery took, in microseconds.
    pub(crate) fn micros_each(&self, seconds: f64) -> f64 {
        seconds * 1e6 / self.heard as f64
    }
}

impl Traffic {
    /// The sockets of the plan are there and subscribed.
    pub(crate) async fn begin(contender: Contender, plan: Plan) -> anyhow::Result<Traffic> {
        let swarm = contender.gather(plan.sockets).await?;
        Ok(Traffic { contender, swarm, topics: plan.topics(), next: 0 })
    }

    /// Tells each topic in turn, at a steady rate, so many messages in all.
    pub(crate) fn at_rate(&mut self, per_second: f64, count: usize) -> anyhow::Result<Stretch> {
        let Traffic { contender, swarm, topics, next } = self;
        let first = *next;
        *next += count as u32;
        let sent: Vec<AtomicU64> = (0..count).map(|_| AtomicU64::new(0)).collect();
        let mut micros = Vec::with_capacity(count);
        let before = contender.spent()?;
        let (clock, topics) = (swarm.clock, *topics);
        let press = &mut contender.press;
        let is_sent = AtomicBool::new(false);
        let started = Instant::now();
        let mut last = started;
        thread::scope(|scope| {
            let sending = scope.spawn(|| {
                let sending = press.run(topics, first, per_second, clock, &sent);
                is_sent.store(true, Ordering::Release);
                sending
            });
            while micros.len() < count {
                let heard = micros.len();
                swarm.listen(LOOK_EVERY, |number, now| {
                    if let Some(sent) = sent.get(number.wrapping_sub(first) as usize) {
                        let took = now.saturating_sub(sent.load(Ordering::Relaxed));
                        micros.push((took / 1_000) as u32);
                    }
                })?;
                if micros.len() > heard || !is_sent.load(Ordering::Acquire) {
                    last = Instant::now();
                } else if last.elapsed() > QUIET_MAX {
                    break;
                }
            }
            sending.join().unwrap_or_else(|_| Err(anyhow::anyhow!("sending broke off")))
        })?;
        let spent = contender.spent()? - before;
        micros.sort_unstable();
        Ok(Stretch {
            expected: count,
            heard: micros.len(),
            seconds: last.duration_since(started).as_secs_f64(),
            micros,
            spent,
        })
    }

    /// Tells the one topic that everybody follows, with so many messages under way at any time: a
    /// message is when the last socket has it.
    pub(crate) fn in_flight(&mut self, many: usize, span: Duration) -> anyhow::Result<Stretch> {
        let Traffic { contender, swarm, next, .. } = self;
        let first = *next;
        let sockets = swarm.len();
        let mut sent: Vec<u64> = Vec::new();
        let mut missing: Vec<usize> = Vec::new();
        let (mut heard, mut done) = (0, 0);
        let mut micros: Vec<u32> = Vec::new();
        let before = contender.spent()?;
        let started = Instant::now();
        let mut last = started;
        loop {
            let is_time = started.elapsed() < span;
            if !is_time && done == sent.len() {
                break;
            }
            if is_time && sent.len() - done < many {
                while sent.len() - done < many {
                    contender.press.print(0, first + sent.len() as u32);
                    sent.push(swarm.clock.elapsed().as_nanos() as u64);
                    missing.push(sockets);
                }
                contender.press.send()?;
            }
            let heard_before = heard;
            swarm.listen(LOOK_EVERY, |number, now| {
                let index = number.wrapping_sub(first) as usize;
                let Some(missing) = missing.get_mut(index).filter(|it| **it > 0) else { return };
                heard += 1;
                *missing -= 1;
                if *missing == 0 {
                    done += 1;
                    micros.push((now.saturating_sub(sent[index]) / 1_000) as u32);
                }
            })?;
            if heard > heard_before {
                last = Instant::now();
            } else if last.elapsed() > QUIET_MAX {
                break;
            }
        }
        *next += sent.len() as u32;
        let spent = contender.spent()? - before;
        micros.sort_unstable();
        Ok(Stretch {
            expected: sent.len() * sockets,
            heard,
            seconds: last.duration_since(started).as_secs_f64(),
            micros,
            spent,
        })
    }
}
