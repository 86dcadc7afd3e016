//! Besieges the product while its hubs come and go, without a cluster: real hubs and workers behind a
//! real proxy, `siege` at the gate, thousands of sockets, and trade all the while.
//!
//! At the end what every socket was told is compared with the feeds in Redis.

mod cluster;
mod crowd;
mod ingress;
mod pod;
mod report;
mod times;
mod trade;
mod verdict;

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use city::besiegers::besiege;
use city::client::{Badge, Client};
use clap::{Parser, ValueEnum};
use serde::Deserialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::cluster::Cluster;
use crate::crowd::{Listener, Topic};
use crate::report::{Report, Row};
use crate::times::Times;
use crate::trade::{STORES, Trade};

/// How many times faster than in a cluster hubs come and go, so that all of it fits into a siege.
const FACTOR: f64 = 10.0;
/// The same in a hurry.
const FACTOR_QUICK: f64 = 20.0;
/// Of the sockets, one in so many is a tablet; the others are customers'.
const TABLET_EVERY: usize = 3;
/// How many orders they see who besiege.
const ORDERS_SEEN: usize = 10;

/// Rolls, scales and kills hubs behind a proxy while they are besieged, and says who noticed.
///
/// Needs the programs `hub`, `workers` and this one, built for release, haproxy and siege: `make siege`
/// sees to all of that. Fails if anybody missed anything, and if a request failed in a phase in
/// which none has to.
#[derive(Debug, Parser)]
#[command(name = "siege")]
struct Settings {
    /// What happens during the siege; everything by default, one after the other.
    #[arg(value_enum)]
    phases: Vec<Phase>,
    /// How many people have a socket.
    #[arg(long, default_value_t = 3_000)]
    sockets: usize,
    /// How many people besiege.
    #[arg(long, default_value_t = 200)]
    besiegers: usize,
    /// How long each siege lasts, in seconds.
    #[arg(long, default_value_t = 40)]
    seconds: u64,
    /// A tenth of the people, a quarter of the time: to see that it works.
    #[arg(long)]
    quick: bool,
    /// Writes the table, in Markdown, to this file as well.
    #[arg(long)]
    report: Option<PathBuf>,
}

/// What happens during a siege.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Phase {
    /// Nothing.
    Calm,
    /// Every hub is replaced, one after the other.
    Roll,
    /// Three hubs become five, and three again.
    Scale,
    /// A hub is killed; what it took with it is lost to whoever asked.
    Kill,
    /// The same, and the proxy asks another hub where it may: requests that only read.
    KillAgain,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Settings::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("siege: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// How much of everything there is.
#[derive(Clone, Copy, Debug)]
struct Scale {
    sockets: usize,
    besiegers: usize,
    time: Duration,
    /// How many times faster than in a cluster hubs come and go.
    factor: f64,
}

impl Scale {
    fn of(settings: &Settings) -> Scale {
        let Settings { sockets, besiegers, seconds, quick, .. } = *settings;
        let (people, time, factor) = if quick { (10, 4, FACTOR_QUICK) } else { (1, 1, FACTOR) };
        Scale {
            sockets: sockets / people,
            besiegers: besiegers / people,
            time: Duration::from_secs(seconds) / time,
            factor,
        }
    }
}

/// Everything that is there when it begins.
struct Scene {
    cluster: Cluster,
    trade: Arc<Trade>,
    crowd: Vec<Listener>,
    /// How far the feeds were when everybody listened.
    tops: Vec<u64>,
    /// Of the customer whose orders are asked for.
    token: String,
}

impl Scene {
    async fn begin(scale: Scale) -> anyhow::Result<Scene> {
        let cluster = Cluster::begin(Times::divided_by(scale.factor)).await?;
        let visitor = Client::new(&format!("http://{}", cluster.ingress.once), "");
        let trade = Arc::new(Trade::open(&visitor).await?);
        let badge = Badge { role: "customer", sub: "c-siege".to_owned(), store_id: None };
        let customer = visitor.sign_in(badge.clone()).await?;
        for _ in 0..ORDERS_SEEN {
            trade.place(&customer, 0).await?;
        }
        let Token { token } = visitor.post("/dev/tokens", &badge).await?;
        let tablets = scale.sockets / TABLET_EVERY;
        let orders = trade.begin(scale.sockets - tablets).await?;
        let customers = orders.into_iter().map(|it| Ok(Topic::Order(it.id, it.customer)));
        let tablets = (0..tablets).map(|it| Ok(Topic::Store(trade::store_id(it % STORES)?)));
        let topics = customers.chain(tablets).collect::<anyhow::Result<_>>()?;
        let crowd = crowd::gather(&visitor, topics).await?;
        let tops = verdict::tops(&cluster.streams).await?;
        Ok(Scene { cluster, trade, crowd, tops, token })
    }

    /// One siege, and what happens meanwhile.
    async fn play(&mut self, phase: Phase, scale: Scale) -> anyhow::Result<Row> {
        let gate = match phase {
            Phase::KillAgain => self.cluster.ingress.again,
            Phase::Calm | Phase::Roll | Phase::Scale | Phase::Kill => self.cluster.ingress.once,
        };
        let tally = |it: &AtomicUsize| it.load(Ordering::Relaxed);
        let (done, again) = (tally(&self.trade.tally.done), tally(&self.trade.tally.again));
        let from = Instant::now();
        let besieging = besiege(gate, &self.token, scale.besiegers, scale.time);
        let (found, happened) = tokio::join!(besieging, happen(phase, &mut self.cluster));
        happened.with_context(|| phase.title())?;
        Ok(Row {
            phase,
            found: found?,
            returns: crowd::returns(&self.crowd, from, Instant::now()),
            done: tally(&self.trade.tally.done) - done,
            again: tally(&self.trade.tally.again) - again,
        })
    }
}

async fn happen(phase: Phase, cluster: &mut Cluster) -> anyhow::Result<()> {
    match phase {
        Phase::Calm => Ok(()),
        Phase::Roll => cluster.roll().await,
        Phase::Scale => cluster.scale().await,
        Phase::Kill | Phase::KillAgain => cluster.kill().await,
    }
}

async fn run(settings: &Settings) -> anyhow::Result<bool> {
    let phases = match settings.phases.as_slice() {
        [] => Phase::value_variants(),
        some => some,
    };
    let scale = Scale::of(settings);
    let mut scene = Scene::begin(scale).await?;
    let stop = CancellationToken::new();
    let mut trading = scene.trade.clone().run(stop.clone());
    let mut report = Report::new(scale);
    for phase in phases {
        report.add(scene.play(*phase, scale).await?);
        let unwell = trading.try_join_next();
        ensure!(unwell.is_none(), "the trade ended: {unwell:?}");
    }
    stop.cancel();
    while let Some(traded) = trading.join_next().await {
        traded??;
    }
    let streams = &scene.cluster.streams;
    let verdict = verdict::judge(streams, &scene.crowd, &scene.tops).await?;
    let lost = scene.trade.lost(streams).await?;
    let text = report.text(&verdict, lost);
    writeln!(stdout(), "\n{text}").context("printing")?;
    if let Some(path) = &settings.report {
        std::fs::write(path, &text).context("writing the report")?;
    }
    Ok(report.is_good() && verdict.is_good() && lost == 0)
}
