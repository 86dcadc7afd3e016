//! What can be done to a redis-server beside killing it. Speaks to it directly: what harms the
//! data must not go through those whose business they are.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, ensure};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, FromRedisValue};
use streams::PrivateRedis;
use tokio::time::{Instant, sleep};

use crate::ground::Ground;
use crate::link::{Harm, Link};
use crate::loss::{self, Loss};
use crate::records::now;
use crate::stage::{Stage, local};

/// How long it may take to answer, also when it was held.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// How long the writers are held at most while the replica gets the last of it: until the old one
/// is gone, however busy the machine is.
const CATCH_UP_MAX_MS: u64 = 60_000;
/// How long a replica may take to copy what there is, on a busy machine.
const COPIED_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks how far a replica has come.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How long a replica lags before it takes over.
const LAGS_FOR: Duration = Duration::from_millis(500);
/// How old the file on the disk is at most.
const SYNCED_EVERY: Duration = Duration::from_millis(900);
/// How old the file is at most that is not on the disk yet, in ms: while the disk is busy with what
/// came before, one that syncs once a second answers before it has written, for two seconds as its
/// clock of whole seconds counts them.
const WRITTEN_WITHIN_MS: u64 = 3_000;

pub(crate) async fn connect(url: &str) -> anyhow::Result<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(ANSWER_MAX))
        .set_response_timeout(Some(ANSWER_MAX));
    let client = redis::Client::open(url)?;
    client.get_multiplexed_async_connection_with_config(&config).await.context("reaching redis")
}

pub(crate) async fn ask<T: FromRedisValue>(
    connection: &mut MultiplexedConnection,
    command: &[&str],
) -> anyhow::Result<T> {
    let mut sent = redis::Cmd::new();
    sent.arg(command);
    sent.query_async(connection).await.with_context(|| format!("sending {}", command.join(" ")))
}

/// All keys that begin like this.
pub(crate) async fn keys(
    connection: &mut MultiplexedConnection,
    kind: &str,
) -> anyhow::Result<Vec<String>> {
    let (mut found, mut cursor) = (Vec::new(), "0".to_owned());
    loop {
        let scan = ["SCAN", &cursor, "MATCH", &format!("{kind}:*"), "COUNT", "1000"];
        let (next, batch): (String, Vec<String>) = ask(connection, &scan).await?;
        found.extend(batch);
        cursor = next;
        if cursor == "0" {
            found.sort();
            found.dedup();
            return Ok(found);
        }
    }
}

pub(crate) async fn process_id(url: &str) -> anyhow::Result<u32> {
    let info: String = ask(&mut connect(url).await?, &["INFO", "server"]).await?;
    let id = info.lines().find_map(|line| line.strip_prefix("process_id:"));
    id.and_then(|it| it.trim().parse().ok()).context("redis says what it is")
}

/// Lets it run out of memory for a while.
pub(crate) async fn out_of_memory(url: &str, span: Duration) -> anyhow::Result<()> {
    let mut redis = connect(url).await?;
    let full = ["CONFIG", "SET", "maxmemory", "1mb", "maxmemory-policy", "noeviction"];
    ask::<()>(&mut redis, &full).await?;
    sleep(span).await;
    ask(&mut redis, &["CONFIG", "SET", "maxmemory", "0"]).await
}

/// A replica takes over. Its copy comes through a link that is late; before the old one ends,
/// writers are held until the replica has everything, as `FAILOVER` does it. Or they are not, as
/// when a node is lost: what the replica lacks then, nobody has.
pub(crate) async fn fail_over(stage: &Stage, lag: Duration, waits: bool) -> anyhow::Result<()> {
    let mut primary = stage.one().await?;
    let (replica, copying) = copy_of(&primary).await?;
    copying.harm(Harm { delay: lag, ..Harm::default() });
    let mut redis = connect(primary.url()).await?;
    if waits {
        let pause = CATCH_UP_MAX_MS.to_string();
        ask::<()>(&mut redis, &["CLIENT", "PAUSE", &pause, "WRITE"]).await?;
        replica.catch_up(&primary).await;
    } else {
        // For long enough to have something to lose.
        sleep(lag * 2).await;
        copying.cut();
    }
    succeed(stage, &mut primary, replica).await.map(drop)
}

/// The replica that always is there takes over, whatever it lacks; another copies from it then. What
/// it lacks was seen at most, for nothing is acknowledged without it.
pub(crate) async fn fail_over_at_once(stage: &Stage, lag: Duration) -> anyhow::Result<()> {
    let mut primary = stage.one().await?;
    let mut kept = stage.replica.lock().await;
    let (replica, copying) = kept.take().context("a replica")?;
    let from = now();
    has_come_so_far(&replica, &primary).await?;
    copying.harm(Harm { delay: lag, ..Harm::default() });
    // For long enough that it lacks something.
    sleep(LAGS_FOR + lag * 2).await;
    // Or it would come back for the rest of it.
    drop(copying);
    let to = now();
    let epochs = succeed(stage, &mut primary, replica).await?;
    let loss = Loss { from, to, over: now(), epochs, takes_acknowledged: false };
    loss::lock(&stage.losses).push(loss);
    *kept = Some(copy_of(&primary).await?);
    Ok(())
}

/// Waits until a replica has what its primary had when this began.
async fn has_come_so_far(replica: &PrivateRedis, primary: &PrivateRedis) -> anyhow::Result<()> {
    let state = async |url: &str| {
        let state: String = ask(&mut connect(url).await?, &["INFO", "replication"]).await?;
        let offset = state.lines().find_map(|it| it.strip_prefix("master_repl_offset:"));
        let offset = offset.and_then(|it| it.trim().parse::<u64>().ok());
        let is_up = state.contains("master_link_status:up");
        Ok::<_, anyhow::Error>((is_up, offset.context("redis says how far it is")?))
    };
    let (_, there) = state(primary.url()).await?;
    let give_up_at = Instant::now() + COPIED_WITHIN;
    loop {
        // A primary that was started anew counts anew: what is copied of another says nothing.
        let (is_up, here) = state(replica.url()).await?;
        if is_up && here >= there {
            return Ok(());
        }
        ensure!(Instant::now() < give_up_at, "a replica stays behind: {here} of {there}");
        sleep(LOOK_EVERY).await;
    }
}

/// Notes that the epochs of all feeds there end. Returns all that have ended so far: a hub that
/// is slow to begin anew may still be in one before the last.
pub(crate) async fn end_epochs(stage: &Stage, url: &str) -> anyhow::Result<BTreeSet<String>> {
    let mut redis = connect(url).await?;
    let mut ending = Vec::new();
    for key in keys(&mut redis, "epoch").await? {
        let stored: Option<String> = ask(&mut redis, &["GET", &key]).await?;
        ending.extend(stored.and_then(|it| Some(it.split_once(' ')?.0.to_owned())));
    }
    let mut ended = loss::lock(&stage.ended_epochs);
    ended.extend(ending);
    Ok(ended.clone())
}

/// A replica that has everything, and the way on which it copies.
pub(crate) async fn copy_of(primary: &PrivateRedis) -> anyhow::Result<(PrivateRedis, Link)> {
    let replica = PrivateRedis::start(None).await.context("starting a replica")?;
    let copying = Link::to(vec![local(primary.port())]).await?;
    replica.follow(copying.address().port()).await;
    // The first copy is long; only what comes after it is waited for with writers held.
    let give_up_at = Instant::now() + COPIED_WITHIN;
    while !is_up(replica.url()).await {
        ensure!(Instant::now() < give_up_at, "a replica never has a first copy");
        sleep(LOOK_EVERY).await;
    }
    Ok((replica, copying))
}

/// The replica is Redis from now on. Returns the epochs of feeds that are over.
async fn succeed(
    stage: &Stage,
    primary: &mut PrivateRedis,
    replica: PrivateRedis,
) -> anyhow::Result<BTreeSet<String>> {
    replica.promote().await;
    let old = std::mem::replace(primary, replica);
    stage.redis_moved(primary.port());
    let epochs = end_epochs(stage, old.url()).await?;
    // It would go on and take writes for whoever still finds it.
    let id = process_id(old.url()).await?;
    crate::process::signal(id, "KILL").await?;
    stage.retired.lock().await.push(old);
    Ok(epochs)
}

/// The server ends, killed or asked to, and starts again on its data. One that was killed may have
/// answered what it had not written yet.
pub(crate) async fn restart(stage: &Stage, kill: bool) -> anyhow::Result<()> {
    let mut redis = stage.one().await?;
    let epochs = end_epochs(stage, redis.url()).await?;
    let to = now();
    redis.restart(kill).await;
    if kill && stage.ground != Ground::Always {
        note_loss(stage, to - WRITTEN_WITHIN_MS, to, epochs);
    }
    Ok(())
}

/// The machine loses its power, and Redis starts on what was on the disk: what it had some moments
/// ago, if it puts its file there once a second; all that it has answered, if it does so before.
pub(crate) async fn lose_power(stage: &Stage) -> anyhow::Result<()> {
    let mut redis = stage.one().await?;
    if stage.ground == Ground::Always {
        // Nothing more is answered, and what was half written stays half written.
        end_epochs(stage, redis.url()).await?;
        crate::process::signal(process_id(redis.url()).await?, "STOP").await?;
        let on_disk = redis.back_up().await?;
        redis.restart_on(&on_disk).await;
        return Ok(());
    }
    let from = now() - WRITTEN_WITHIN_MS;
    let on_disk = redis.back_up().await?;
    sleep(SYNCED_EVERY).await;
    let epochs = end_epochs(stage, redis.url()).await?;
    let to = now();
    crate::process::signal(process_id(redis.url()).await?, "KILL").await?;
    note_loss(stage, from, to, epochs);
    redis.restart_on(&on_disk).await;
    Ok(())
}

/// What a server on one disk had answered and not written is gone, acknowledged or not.
fn note_loss(stage: &Stage, from: u64, to: u64, epochs: BTreeSet<String>) {
    let loss = Loss { from, to, over: now(), epochs, takes_acknowledged: true };
    loss::lock(&stage.losses).push(loss);
}

async fn is_up(url: &str) -> bool {
    let state = async {
        let mut redis = connect(url).await?;
        ask::<String>(&mut redis, &["INFO", "replication"]).await
    };
    state.await.is_ok_and(|it| it.contains("master_link_status:up"))
}
