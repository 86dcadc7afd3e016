//! Dinner after dinner on one stage that is never restarted: whatever grows without end shows.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::ground::Ground;
use crate::plan::{Kind, Plan};
use crate::run;
use crate::stage::Stage;
use crate::truth::Truth;

/// Dinners before anything is measured: memories that are bounded fill up first.
const WARM_UP: usize = 5;
/// What goes wrong beside: nothing that would start a program anew.
const KINDS: [Kind; 4] = [Kind::Trouble, Kind::Provider, Kind::HoldRedis, Kind::DeliverAgain];
/// How much more memory there may be in the end: an allocator keeps what it was once given.
const MEMORY_RATIO_MAX: f64 = 1.25;
const MEMORY_MORE_MAX_KIB: u64 = 8 * 1024;
/// How many more descriptors: connections that were lost and not yet found out.
const DESCRIPTORS_MORE_MAX: u64 = 16;

/// What a stage at rest takes.
#[derive(Clone, Debug, Default)]
struct Burden {
    /// Name, memory in KiB, and descriptors, of each program.
    programs: Vec<(String, u64, u64)>,
    waiting: u64,
    due: usize,
    dead: usize,
}

/// Soaks for so long; whether everything held and came back to where it began.
pub(crate) async fn soak(seed: u64, span: Duration, logs: &Path) -> anyhow::Result<bool> {
    let folder = logs.join(format!("soak-{seed}"));
    let ground = Some(Ground::EverySecond);
    let stage = Arc::new(Stage::set(&Plan::of(seed, &[], ground), &folder).await?);
    let end = Instant::now() + span;
    let (mut first, mut last, mut all_held) = (None, Burden::default(), true);
    for dinner in 0.. {
        let plan = Plan::of(seed + dinner as u64, &KINDS, ground);
        let outcome = run::dinner(&plan, &stage, &folder).await?;
        print!("dinner {dinner}, {outcome}");
        all_held &= outcome.violations.is_empty();
        last = measure(&stage, &crate::truth::read(&stage.redis_urls().await).await?).await?;
        print!("{}", last.line());
        if dinner >= WARM_UP {
            first.get_or_insert_with(|| last.clone());
        }
        if Instant::now() > end && first.is_some() {
            break;
        }
    }
    stage.clear().await?;
    let first = first.unwrap_or_default();
    println!("\nafter {WARM_UP} dinners:\n{}in the end:\n{}", first.line(), last.line());
    Ok(all_held && last.is_back_at(&first))
}

async fn measure(stage: &Stage, truth: &Truth) -> anyhow::Result<Burden> {
    let mut burden = Burden {
        waiting: truth.waiting.iter().map(|(_, count)| count).sum(),
        due: truth.due.len(),
        dead: truth.dead.len(),
        ..Burden::default()
    };
    for place in stage.places() {
        let process = place.process.lock().await;
        let Some(id) = process.as_ref().and_then(|it| it.id()) else { continue };
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        let memory = line.trim().trim_end_matches(" kB").parse().unwrap_or(0);
        let descriptors = std::fs::read_dir(format!("/proc/{id}/fd"))?.count() as u64;
        burden.programs.push((place.recipe.name.clone(), memory, descriptors));
    }
    Ok(burden)
}

impl Burden {
    fn line(&self) -> String {
        let mut line = String::new();
        for (name, memory, descriptors) in &self.programs {
            // Writing to text cannot fail.
            let _ = write!(line, "  {name}: {} MiB, {descriptors} open;", memory / 1024);
        }
        let Burden { waiting, due, dead, .. } = self;
        let _ = writeln!(line, " {waiting} waiting, {due} due, {dead} dead");
        line
    }

    fn is_back_at(&self, first: &Burden) -> bool {
        let pairs = self.programs.iter().zip(&first.programs);
        let is_light = pairs.into_iter().all(|((_, memory, open), (_, before, open_before))| {
            let memory_max = (*before as f64 * MEMORY_RATIO_MAX) as u64 + MEMORY_MORE_MAX_KIB;
            *memory <= memory_max && *open <= open_before + DESCRIPTORS_MORE_MAX
        });
        is_light && (self.waiting, self.due, self.dead) == (0, 0, 0)
    }
}
