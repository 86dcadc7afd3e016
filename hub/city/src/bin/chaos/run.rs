//! One seed, from the opening of the stores to the verdict.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::clients::Town;
use crate::judge::{Case, judge};
use crate::plan::{LOAD, Plan};
use crate::records::{News, Records};
use crate::report::Outcome;
use crate::stage::Stage;
use crate::truth::{self, Truth};
use crate::{evidence, faults, loss, records};

/// How long nothing at all may happen, once nothing goes wrong any more, before everything has come
/// to rest: more than the longest deadline, and the longest time in hand of a worker that died. A
/// busy machine takes longer for each step, and takes the next one all the same.
const STILL_MAX: Duration = Duration::from_secs(60);
/// How long it may go on all the same: what never comes to rest is found out by then.
const REST_MAX: Duration = Duration::from_secs(600);
/// How long no watcher may hear the last of it, while some have not.
const SILENT_MAX: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Lets the plan happen to a stage of its own, and judges what came of it.
pub(crate) async fn run(plan: &Plan, folder: &Path) -> anyhow::Result<Outcome> {
    let stage = Arc::new(Stage::set(plan, folder).await?);
    let outcome = dinner(plan, &stage, folder).await?;
    stage.clear().await?;
    Ok(outcome)
}

/// Lets the plan happen to a town for one dinner, and judges what came of it.
pub(crate) async fn dinner(
    plan: &Plan,
    stage: &Arc<Stage>,
    folder: &Path,
) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let records = Records::default();
    let mut town = Town::open(&stage.base_url(), plan.seed, &records).await?;
    let ((), happened) = tokio::join!(sleep(LOAD), faults::happen(plan, stage));
    happened?;
    let well_at = Instant::now();
    town.take_last_orders().await;
    let truth = rest(stage).await?;
    let rested = well_at.elapsed();
    all_have_heard(&records, &truth).await;
    town.close().await;
    let truth = truth::read(&stage.redis_urls().await).await?;
    let poisoned = stage.poisoned.load(Ordering::Relaxed);
    let ledger = stage.provider.ledger();
    let mut book = records.book();
    let losses = std::mem::take(&mut *loss::lock(&stage.losses));
    let absences = std::mem::take(&mut *loss::lock(&stage.absences));
    let lost = loss::forget(&mut book, &losses, &truth);
    let case = Case {
        plan,
        book: &book,
        truth: &truth,
        ledger: &ledger,
        poisoned,
        losses: &losses,
        absences: &absences,
    };
    let violations = judge(&case);
    evidence::write(&case, &violations, folder)?;
    let mut outcome = Outcome::new(&book, &truth, violations, rested, started.elapsed());
    outcome.lost = lost;
    Ok(outcome)
}

/// Waits until nothing more is going to happen; what does not come to rest is for the judge.
async fn rest(stage: &Stage) -> anyhow::Result<Truth> {
    let began = Instant::now();
    let (mut known, mut since) = (None, began);
    loop {
        let truth = truth::read(&stage.redis_urls().await).await?;
        let is_over = truth.stories.values().all(|it| it.is_over());
        let is_at_rest = is_over && truth.waiting.is_empty() && truth.due.is_empty();
        let happened = truth.stories.values().map(|it| it.version()).sum::<u64>();
        let now = Some((happened, truth.waiting.clone(), truth.due.len()));
        if known != now {
            (known, since) = (now, Instant::now());
        }
        let is_enough = since.elapsed() > STILL_MAX || began.elapsed() > REST_MAX;
        if is_at_rest || is_enough {
            return Ok(truth);
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Waits until all who follow an order have heard the last of it, or have had the time to.
async fn all_have_heard(records: &Records, truth: &Truth) {
    let (mut known, mut since) = (usize::MAX, Instant::now());
    loop {
        let waiting = {
            let book = records.book();
            book.watches.iter().filter(|watch| !has_heard(watch, truth)).count()
        };
        if waiting < known {
            (known, since) = (waiting, Instant::now());
        }
        if waiting == 0 || since.elapsed() > SILENT_MAX {
            return;
        }
        sleep(LOOK_EVERY).await;
    }
}

fn has_heard(watch: &records::Watch, truth: &Truth) -> bool {
    let story = watch.channel.strip_prefix("order:").and_then(|id| truth.stories.get(id));
    let Some(story) = story.filter(|it| watch.lasts && it.customer == watch.who.id) else {
        return true;
    };
    let last = format!("\"version\":{},", story.version());
    watch.heard.iter().rev().any(|(_, news)| match news {
        News::Snapshot { text, .. } | News::Publication { text, .. } => text.contains(&last),
        News::Resumed => false,
    })
}
