//! What goes wrong, and when: decided by a seed and by nothing else.

use std::fmt;
use std::time::Duration;

use clap::ValueEnum;
use rand::rngs::Xoshiro256PlusPlus as Dice;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::ground::Ground;
use crate::provider::Mood;

/// How many there are of each program.
pub(crate) const HUBS: usize = 2;
pub(crate) const WORKERS: usize = 2;
/// Primaries of a cluster.
const SHARDS: usize = 3;

/// For how long customers order and things go wrong.
pub(crate) const LOAD: Duration = Duration::from_secs(14);
/// How many faults there are.
const FAULTS: std::ops::RangeInclusive<usize> = 4..=7;

/// All that goes wrong with one seed.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) ground: Ground,
    pub(crate) faults: Vec<(Duration, Fault)>,
    /// A part of the machine that is taken out.
    pub(crate) without: Option<&'static str>,
}

/// One of our programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Hub(usize),
    Workers(usize),
}

/// A way between two programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// From all apps to all hubs.
    Apps,
    /// From a program to Redis.
    Redis(Program),
    /// From all workers to the provider.
    Provider,
}

/// What is wrong with a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// All connections are reset.
    Cut,
    /// Nothing passes, and then it does.
    Stops,
    /// The same, one way only.
    StopsOut,
    StopsBack,
    /// Nothing passes, and then the connections are reset: the other end had long gone.
    HalfOpen,
    /// Everything is late.
    Slow(Duration),
}

/// Something that goes wrong. What lasts is over after the duration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    /// A program is killed, and started again a little later.
    Kill(Program),
    /// A program is killed in the middle of something: the n-th time that it gets to a place.
    Crash(Program, &'static str, u32),
    /// A program is held and goes on as if nothing had been.
    Hold(Program, Duration),
    /// A program starts again with its clock turned by so many seconds.
    Clock(Program, i64),
    /// No workers for a while.
    NoWorkers(Duration),
    /// Every program is replaced in good order, one after the other.
    RollingRestart,
    /// Redis ends, killed or asked to, and is started again on the same data.
    RestartRedis { kill: bool },
    /// Redis is held and goes on.
    HoldRedis(Duration),
    /// The machine of Redis loses its power: what was not on the disk is gone.
    PowerLoss,
    /// A replica takes over; writers wait until it has everything, or they do not.
    Failover { lag: Duration, waits: bool },
    /// A primary of the cluster is killed, and comes back after its replica has taken over.
    KillNode(usize),
    /// A replica of the cluster takes over, at once and without asking anybody.
    TakeOver(usize),
    /// Everything there is moves to the next node of the cluster, while it is used.
    Reshard,
    /// Redis takes no writes for want of memory.
    OutOfMemory(Duration),
    /// All groups are handed the last entries of all feeds once more.
    DeliverAgain(u64),
    /// Somebody takes the next entries of every group and never works on them: they come late, after
    /// others of the same orders.
    Thief(u64),
    /// An entry appears in a feed that nobody can read.
    Poison,
    /// Something is wrong with a way.
    Trouble(Way, Trouble, Duration),
    /// The provider is not itself.
    Provider(Mood, Duration),
}

/// A kind of fault, as one asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Kill,
    Crash,
    Hold,
    Clock,
    NoWorkers,
    Rolling,
    RestartRedis,
    HoldRedis,
    PowerLoss,
    Failover,
    KillNode,
    TakeOver,
    Reshard,
    OutOfMemory,
    DeliverAgain,
    Thief,
    Poison,
    Trouble,
    Provider,
}

/// Where a program can be told to crash.
pub(crate) const CRASH_POINTS_OF_WORKERS: [&str; 5] =
    ["inbox.read", "settle.performed", "append.sent", "append.done", "entry.done"];
const CRASH_POINTS_OF_HUBS: [&str; 2] = ["append.sent", "append.done"];

impl Plan {
    /// What the seed decides, of these kinds of faults; the ground, too, if nobody says which.
    pub(crate) fn of(seed: u64, kinds: &[Kind], ground: Option<Ground>) -> Plan {
        let mut dice = Dice::seed_from_u64(seed);
        let ground = ground.unwrap_or(Ground::of(seed));
        let kinds: Vec<Kind> = kinds.iter().copied().filter(|it| ground.knows(*it)).collect();
        let count = if kinds.is_empty() { 0 } else { dice.random_range(FAULTS) };
        let mut faults: Vec<(Duration, Fault)> = (0..count)
            .filter_map(|_| {
                let at = Duration::from_millis(dice.random_range(1_000..LOAD.as_millis() as u64));
                kinds.choose(&mut dice).copied().map(|kind| (at, fault(kind, ground, &mut dice)))
            })
            .collect();
        faults.sort_by_key(|(at, _)| *at);
        // Two at a time would leave nobody to take over.
        let mut rolls = 0;
        faults.retain(|(_, fault)| {
            rolls += u32::from(*fault == Fault::RollingRestart);
            *fault != Fault::RollingRestart || rolls == 1
        });
        Plan { seed, ground, faults, without: None }
    }
}

fn fault(kind: Kind, ground: Ground, dice: &mut Dice) -> Fault {
    match kind {
        Kind::Kill => Fault::Kill(program(dice)),
        Kind::Crash => match program(dice) {
            hub @ Program::Hub(_) => {
                let point = CRASH_POINTS_OF_HUBS.choose(dice).copied().unwrap_or("append.done");
                Fault::Crash(hub, point, dice.random_range(1..12))
            }
            Program::Workers(index) => {
                let point = CRASH_POINTS_OF_WORKERS.choose(dice).copied().unwrap_or("inbox.read");
                Fault::Crash(Program::Workers(index), point, dice.random_range(1..12))
            }
        },
        // A worker for longer than others wait before they take over what it has in hand.
        Kind::Hold => match program(dice) {
            hub @ Program::Hub(_) => Fault::Hold(hub, seconds(dice, 1..6)),
            workers @ Program::Workers(_) => Fault::Hold(workers, seconds(dice, 2..15)),
        },
        Kind::Clock => {
            let hour = if dice.random_bool(0.5) { 3_600 } else { -3_600 };
            Fault::Clock(program(dice), hour)
        }
        Kind::NoWorkers => Fault::NoWorkers(seconds(dice, 1..6)),
        Kind::Rolling => Fault::RollingRestart,
        Kind::RestartRedis => Fault::RestartRedis { kill: dice.random_bool(0.7) },
        Kind::HoldRedis => Fault::HoldRedis(seconds(dice, 1..6)),
        Kind::PowerLoss => Fault::PowerLoss,
        // Where replicas are waited for, nobody has to wait when one takes over.
        Kind::Failover => {
            let waits = ground != Ground::Replica;
            Fault::Failover { lag: millis(dice, &[0, 2, 20]), waits }
        }
        Kind::KillNode => Fault::KillNode(dice.random_range(0..SHARDS)),
        Kind::TakeOver => Fault::TakeOver(dice.random_range(0..SHARDS)),
        Kind::Reshard => Fault::Reshard,
        Kind::OutOfMemory => Fault::OutOfMemory(seconds(dice, 1..4)),
        Kind::DeliverAgain => Fault::DeliverAgain(dice.random_range(10..200)),
        Kind::Thief => Fault::Thief(dice.random_range(1..20)),
        Kind::Poison => Fault::Poison,
        Kind::Trouble => {
            let way = match dice.random_range(0..5) {
                0 => Way::Apps,
                1 => Way::Provider,
                // Nodes of a cluster are found by their own addresses.
                _ if ground == Ground::Cluster => Way::Apps,
                _ => Way::Redis(program(dice)),
            };
            let trouble = match dice.random_range(0..6) {
                0 => Trouble::Cut,
                1 => Trouble::Stops,
                2 => Trouble::StopsOut,
                3 => Trouble::StopsBack,
                4 => Trouble::HalfOpen,
                _ => Trouble::Slow(millis(dice, &[20, 100, 400])),
            };
            Fault::Trouble(way, trouble, seconds(dice, 1..7))
        }
        Kind::Provider => {
            let moods = [Mood::Fails, Mood::Slow, Mood::Mute, Mood::Down];
            let mood = moods.choose(dice).copied().unwrap_or(Mood::Down);
            Fault::Provider(mood, seconds(dice, 1..5))
        }
    }
}

fn program(dice: &mut Dice) -> Program {
    match dice.random_range(0..HUBS + WORKERS) {
        index if index < HUBS => Program::Hub(index),
        index => Program::Workers(index - HUBS),
    }
}

fn seconds(dice: &mut Dice, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(dice.random_range(range.start * 1_000..range.end * 1_000))
}

fn millis(dice: &mut Dice, some: &[u64]) -> Duration {
    Duration::from_millis(some.choose(dice).copied().unwrap_or(0))
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} on {:?}", self.seed, self.ground)?;
        for (at, fault) in &self.faults {
            writeln!(f, "  at {:6.3} s  {fault:?}", at.as_secs_f64())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_everything() {
        let of = |seed| Plan::of(seed, Kind::value_variants(), None).faults;
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
        assert!((0..100).all(|seed| (1..=*FAULTS.end()).contains(&of(seed).len())));
    }
}
