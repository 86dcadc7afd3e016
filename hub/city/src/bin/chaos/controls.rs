//! Negative controls: a part of the machine is taken out, and the judge has to notice. A judge who
//! finds nothing then has found nothing in all other seeds either.

use std::path::Path;
use std::time::Duration;

use crate::ground::Ground;
use crate::plan::{Fault, HUBS, Plan, Program, Trouble, WORKERS, Way};
use crate::provider::Mood;
use crate::run;

/// How many seeds a control has to be found out in one of.
const SEEDS_MAX: u64 = 4;

/// Something that is not there: a part that is taken out, or more time. What goes wrong beside that, and who has to notice.
struct Control {
    without: &'static str,
    is_part: bool,
    faults: fn() -> Vec<(Duration, Fault)>,
    promises: &'static [&'static str],
}

const CONTROLS: [Control; 6] = [
    part("deduplication", nothing, &["P1 a key is one order"]),
    part(
        "version-check",
        nothing,
        &["P4 one rider holds a job", "P5 a cancel and a cook never both win"],
    ),
    part("one-key", charges_twice, &["P2 nobody is charged twice"]),
    part("memory-of-place", lost_connections, &["P6 a watcher sees everything once, in order"]),
    part("single-sending", lost_answers, &["P1 a key is one order"]),
    // Redis copies without waiting: what was acknowledged and not copied is lost with its node.
    // No fault of ours, and never to be hidden.
    Control {
        without: "a replica that has everything",
        is_part: false,
        faults: late_replica,
        promises: &["P1 what was acknowledged stands", "P2 nobody is charged twice"],
    },
];

const fn part(
    without: &'static str,
    faults: fn() -> Vec<(Duration, Fault)>,
    promises: &'static [&'static str],
) -> Control {
    Control { without, is_part: true, faults, promises }
}

/// Runs all of them; whether each was noticed.
pub(crate) async fn all(seed: u64, logs: &Path) -> anyhow::Result<bool> {
    let mut all_noticed = true;
    println!("| without | noticed as | in seed |\n|---|---|---|");
    for control in &CONTROLS {
        let noticed = notice(control, seed, logs).await?;
        let (promise, seed) = match noticed {
            Some((promise, seed)) => (promise, seed.to_string()),
            None => ("NOBODY NOTICED", "-".to_owned()),
        };
        println!("| {} | {promise} | {seed} |", control.without);
        all_noticed &= noticed.is_some();
    }
    Ok(all_noticed)
}

async fn notice(
    control: &Control,
    seed: u64,
    logs: &Path,
) -> anyhow::Result<Option<(&'static str, u64)>> {
    for seed in seed..seed + SEEDS_MAX {
        let without = control.is_part.then_some(control.without);
        let plan = Plan { seed, ground: Ground::EverySecond, faults: (control.faults)(), without };
        let folder = logs.join(format!("without-{}-{seed}", control.without.replace(' ', "-")));
        let outcome = run::run(&plan, &folder).await?;
        let broken = outcome.violations.iter().map(|it| it.promise);
        if let Some(promise) = broken.into_iter().find(|it| control.promises.contains(it)) {
            return Ok(Some((promise, seed)));
        }
    }
    Ok(None)
}

fn nothing() -> Vec<(Duration, Fault)> {
    Vec::new()
}

/// Entries come again while the first charge is still under way.
fn charges_twice() -> Vec<(Duration, Fault)> {
    let slow = (Duration::from_secs(1), Fault::Provider(Mood::Slow, Duration::from_secs(12)));
    let again = (2..13).map(|at| (Duration::from_secs(at), Fault::DeliverAgain(60)));
    std::iter::once(slow).chain(again).collect()
}

/// What passes while nobody listens.
fn lost_connections() -> Vec<(Duration, Fault)> {
    let cut = |at: u64, hub| {
        let way = Way::Redis(Program::Hub(hub));
        (Duration::from_secs(at), Fault::Trouble(way, Trouble::HalfOpen, Duration::from_secs(1)))
    };
    (2..13).map(|at| cut(at, at as usize % HUBS)).collect()
}

/// A replica takes over that is half a second behind.
fn late_replica() -> Vec<(Duration, Fault)> {
    let lag = Duration::from_millis(500);
    vec![(Duration::from_secs(8), Fault::Failover { lag, waits: false })]
}

/// What was done, and nobody was told.
fn lost_answers() -> Vec<(Duration, Fault)> {
    let lost = |at: u64, program| {
        let span = Duration::from_millis(2_600);
        (Duration::from_secs(at), Fault::Trouble(Way::Redis(program), Trouble::StopsBack, span))
    };
    let hubs = (0..HUBS).map(|hub| lost(3 + 4 * hub as u64, Program::Hub(hub)));
    let workers = (0..WORKERS).map(|index| lost(2 + 5 * index as u64, Program::Workers(index)));
    hubs.chain(workers).collect()
}
