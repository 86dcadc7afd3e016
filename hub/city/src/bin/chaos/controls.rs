//! Negative controls: a part of the machine is taken out, and the judge has to notice. A judge who
//! finds nothing then has found nothing in all other seeds either. Nor has one who finds the same
//! with the part in its place: that has found out something else.

use std::path::Path;
use std::time::Duration;

use crate::ground::Ground;
use crate::plan::{Fault, HUBS, Plan, Program, Trouble, WORKERS, Way};
use crate::provider::Mood;
use crate::report::Outcome;
use crate::run;

/// How many seeds a control has to be found out in one of.
const SEEDS_MAX: u64 = 4;

/// Something that is not there: a part that is taken out, or more time.
struct Control {
    without: &'static str,
    is_part: bool,
    /// What goes wrong beside that, and what when it is there.
    faults: fn() -> Vec<(Duration, Fault)>,
    faults_with: fn() -> Vec<(Duration, Fault)>,
    /// Who has to notice.
    promises: &'static [&'static str],
}

const CONTROLS: [Control; 6] = [
    part("deduplication", nothing, &["P1 a key is one order"]),
    part(
        "version-check",
        late_answers,
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
        faults: || late_replica(false),
        faults_with: || late_replica(true),
        promises: &["P1 what was acknowledged stands", "P2 nobody is charged twice"],
    },
];

const fn part(
    without: &'static str,
    faults: fn() -> Vec<(Duration, Fault)>,
    promises: &'static [&'static str],
) -> Control {
    Control { without, is_part: true, faults, faults_with: faults, promises }
}

/// Runs all of them; whether each was noticed, and nothing where nothing was missing.
pub(crate) async fn all(seed: u64, logs: &Path) -> anyhow::Result<bool> {
    let mut all_right = true;
    println!("| without | noticed as | in seed | with it |\n|---|---|---|---|");
    for control in &CONTROLS {
        let Some((promise, seed)) = notice(control, seed, logs).await? else {
            println!("| {} | NOBODY NOTICED | - | - |", control.without);
            all_right = false;
            continue;
        };
        let whole = control.run(seed, true, logs).await?;
        let holds = whole.violations.is_empty();
        let word = if holds { "all holds" } else { "BROKEN, TOO" };
        println!("| {} | {promise} | {seed} | {word} |", control.without);
        if !holds {
            print!("{whole}");
        }
        all_right &= holds;
    }
    Ok(all_right)
}

/// The first seed in which a promise is broken that has to be, and which.
async fn notice(
    control: &Control,
    seed: u64,
    logs: &Path,
) -> anyhow::Result<Option<(&'static str, u64)>> {
    for seed in seed..seed + SEEDS_MAX {
        let outcome = control.run(seed, false, logs).await?;
        let broken = outcome.violations.iter().map(|it| it.promise);
        if let Some(promise) = broken.into_iter().find(|it| control.promises.contains(it)) {
            return Ok(Some((promise, seed)));
        }
    }
    Ok(None)
}

impl Control {
    async fn run(&self, seed: u64, is_whole: bool, logs: &Path) -> anyhow::Result<Outcome> {
        let (faults, how) = match is_whole {
            true => ((self.faults_with)(), "with"),
            false => ((self.faults)(), "without"),
        };
        let without = (self.is_part && !is_whole).then_some(self.without);
        let plan = Plan { seed, ground: Ground::EverySecond, faults, without };
        let folder = logs.join(format!("{how}-{}-{seed}", self.without.replace(' ', "-")));
        run::run(&plan, &folder).await
    }
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

/// A replica takes over that is half a second behind, and is waited for or not.
fn late_replica(waits: bool) -> Vec<(Duration, Fault)> {
    let lag = Duration::from_millis(500);
    vec![(Duration::from_secs(8), Fault::Failover { lag, waits })]
}

/// Whoever decides has read some time ago what that is about.
fn late_answers() -> Vec<(Duration, Fault)> {
    programs().map(late).collect()
}

/// What was done, and nobody was told: connections end again and again while answers are under way.
fn lost_answers() -> Vec<(Duration, Fault)> {
    let cuts = programs().enumerate().flat_map(|(place, program)| {
        (0..8).map(move |turn| {
            let at = Duration::from_millis(2_000 + 1_300 * turn + 300 * place as u64);
            (at, Fault::Trouble(Way::Redis(program), Trouble::Cut, Duration::ZERO))
        })
    });
    late_answers().into_iter().chain(cuts).collect()
}

/// Redis is far away for as long as anything happens.
fn late(program: Program) -> (Duration, Fault) {
    let (delay, span) = (Duration::from_millis(100), Duration::from_secs(12));
    (Duration::from_secs(1), Fault::Trouble(Way::Redis(program), Trouble::Slow(delay), span))
}

fn programs() -> impl Iterator<Item = Program> {
    (0..HUBS).map(Program::Hub).chain((0..WORKERS).map(Program::Workers))
}
