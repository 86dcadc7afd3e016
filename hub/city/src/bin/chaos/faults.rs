//! Makes a plan come true, and sees to it that everything is well again afterwards.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use anyhow::{Context, bail};
use futures_util::FutureExt;
use futures_util::future::try_join_all;
use tokio::time::{Instant, sleep, sleep_until};

use crate::ground::Ground;
use crate::link::Harm;
use crate::loss::{self, Absence};
use crate::plan::{Fault, Plan, Program, Trouble, Way};
use crate::process::{Process, signal};
use crate::provider::Mood;
use crate::records::now;
use crate::stage::{Place, Stage};
use crate::{cluster, entries, redis_server};

/// How long a program is gone that was killed.
const GONE_FOR: Duration = Duration::from_millis(700);
/// How long it is waited for a program to get where it is to crash.
const CRASHES_WITHIN: Duration = Duration::from_secs(8);

/// How long, and how often, something is tried that another fault is in the way of.
const TRIES_FOR: Duration = Duration::from_secs(60);
const TRIES_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Lets everything go wrong when it is time, and returns when all of it is over.
pub(crate) async fn happen(plan: &Plan, stage: &Stage) -> anyhow::Result<()> {
    let started = Instant::now();
    let happening = plan.faults.iter().map(async |(at, fault)| {
        sleep_until(started + *at).await;
        // A server that does not obey is no reason to end here: other seeds come after this one.
        let happened = AssertUnwindSafe(happens(fault.clone(), stage)).catch_unwind().await;
        let happened = happened.unwrap_or_else(|_| bail!("it panicked"));
        happened.with_context(|| format!("making {fault:?} happen"))
    });
    try_join_all(happening).await.map(drop)
}

async fn happens(fault: Fault, stage: &Stage) -> anyhow::Result<()> {
    match fault {
        Fault::Kill(program) => replace(stage, program, &[], Some(GONE_FOR)).await,
        Fault::Crash(program, point, times) => crash(stage, program, point, times).await,
        Fault::Hold(program, span) => hold(stage, program, span).await,
        Fault::Clock(program, seconds) => {
            let clock = crate::clock::turned(seconds)?;
            replace(stage, program, &clock, Some(Duration::ZERO)).await
        }
        Fault::NoWorkers(span) => no_workers(stage, span).await,
        Fault::RollingRestart => rolling_restart(stage).await,
        Fault::RestartRedis { kill } => redis_server::restart(stage, kill).await,
        Fault::HoldRedis(span) => {
            let redis = stage.one().await?;
            let id = redis_server::process_id(redis.url()).await?;
            signal(id, "STOP").await?;
            sleep(span).await;
            signal(id, "CONT").await
        }
        Fault::PowerLoss => redis_server::lose_power(stage).await,
        Fault::Failover { lag, .. } if stage.ground == Ground::Replica => {
            redis_server::fail_over_at_once(stage, lag).await
        }
        Fault::Failover { lag, waits } => redis_server::fail_over(stage, lag, waits).await,
        Fault::KillNode(shard) => cluster::kill_node(stage, shard).await,
        Fault::TakeOver(shard) => cluster::take_over(stage, shard).await,
        Fault::Reshard => cluster::reshard(stage).await,
        Fault::OutOfMemory(span) => {
            let redis = stage.one().await?;
            redis_server::out_of_memory(redis.url(), span).await
        }
        Fault::DeliverAgain(entries) => {
            in_its_turn(async || entries::deliver_again(&stage.redis_urls().await, entries).await)
                .await
        }
        Fault::Thief(count) => {
            in_its_turn(async || entries::steal(&stage.redis_urls().await, count).await).await
        }
        Fault::Poison => {
            in_its_turn(async || entries::poison(&stage.redis_urls().await).await).await?;
            stage.poisoned.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(())
        }
        Fault::Trouble(way, trouble, span) => trouble_on(stage, way, trouble, span).await,
        Fault::Provider(mood, span) => {
            stage.provider.feels(mood);
            sleep(span).await;
            stage.provider.feels(Mood::Well);
            Ok(())
        }
    }
}

/// Tries until something else that goes wrong at the same time is not in the way any more.
async fn in_its_turn(happens: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let give_up_at = Instant::now() + TRIES_FOR;
    loop {
        match happens().await {
            Err(_) if Instant::now() < give_up_at => sleep(TRIES_AGAIN_AFTER).await,
            outcome => return outcome,
        }
    }
}

fn place(stage: &Stage, program: Program) -> anyhow::Result<&Place> {
    stage.place(program).context("there is such a program")
}

/// Starts a program anew, with some settings on top: killed and gone for so long, or else asked
/// to stop and replaced at once.
async fn replace(
    stage: &Stage,
    program: Program,
    more: &[(&'static str, String)],
    gone_for: Option<Duration>,
) -> anyhow::Result<()> {
    let place = place(stage, program)?;
    {
        let mut process = place.process.lock().await;
        // Whoever is asked to stop is sent nobody any more, as a cluster does it.
        stage.open_doors().await;
        if let Some(mut process) = process.take() {
            match gone_for {
                Some(_) => process.kill().await,
                None => process.stop().await?,
            }
        }
        sleep(gone_for.unwrap_or_default()).await;
        *process = Some(Process::start(&place.recipe, more).await?);
    }
    stage.open_doors().await;
    Ok(())
}

/// Has a program crash in the middle of something. One that does not get there in time is killed.
async fn crash(stage: &Stage, program: Program, point: &str, times: u32) -> anyhow::Result<()> {
    let crash_at = [("CRASH_AT", format!("{point}:{times}"))];
    // It may get there before it has said that it has started.
    if replace(stage, program, &crash_at, Some(GONE_FOR)).await.is_ok()
        && let Some(process) = place(stage, program)?.process.lock().await.as_mut()
    {
        process.ends(CRASHES_WITHIN).await;
    }
    replace(stage, program, &[], Some(GONE_FOR)).await
}

async fn hold(stage: &Stage, program: Program, span: Duration) -> anyhow::Result<()> {
    let process = place(stage, program)?.process.lock().await;
    let Some(process) = process.as_ref() else { return Ok(()) };
    process.hold(true).await?;
    sleep(span).await;
    process.hold(false).await
}

async fn no_workers(stage: &Stage, span: Duration) -> anyhow::Result<()> {
    let from = now();
    let places = || stage.places().iter().filter(|it| matches!(it.program, Program::Workers(_)));
    for place in places() {
        if let Some(mut process) = place.process.lock().await.take() {
            process.kill().await;
        }
    }
    sleep(span).await;
    loss::lock(&stage.absences).push(Absence { from, to: now() });
    for place in places() {
        let mut process = place.process.lock().await;
        // Another fault may have brought it back.
        if process.is_none() {
            *process = Some(Process::start(&place.recipe, &[]).await?);
        }
    }
    Ok(())
}

async fn rolling_restart(stage: &Stage) -> anyhow::Result<()> {
    for place in stage.places() {
        replace(stage, place.program, &[], None).await?;
    }
    Ok(())
}

async fn trouble_on(
    stage: &Stage,
    way: Way,
    trouble: Trouble,
    span: Duration,
) -> anyhow::Result<()> {
    let link = stage.way(way).context("there is such a way")?;
    let harm = match trouble {
        Trouble::Cut => {
            link.cut();
            return Ok(());
        }
        Trouble::Stops | Trouble::HalfOpen => {
            Harm { stops_out: true, stops_back: true, ..Harm::default() }
        }
        Trouble::StopsOut => Harm { stops_out: true, ..Harm::default() },
        Trouble::StopsBack => Harm { stops_back: true, ..Harm::default() },
        Trouble::Slow(delay) => Harm { delay, ..Harm::default() },
    };
    link.harm(harm);
    sleep(span).await;
    if trouble == Trouble::HalfOpen {
        link.cut();
    }
    link.harm(Harm::default());
    Ok(())
}
