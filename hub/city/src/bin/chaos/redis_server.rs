//! What can be done to a redis-server beside killing it. Speaks to it directly: what harms the
//! data must not go through those whose business they are.

use std::time::Duration;

use anyhow::Context;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, FromRedisValue};
use streams::PrivateRedis;
use tokio::time::sleep;

use crate::ground::Ground;
use crate::link::{Harm, Link};
use crate::loss::{self, Loss};
use crate::records::now;
use crate::stage::{Stage, local};

/// How long it may take to answer, also when it was held.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// How long the writers are held while the replica gets the last of it.
const CATCH_UP_MAX_MS: u64 = 5_000;
/// How long a replica lags before it takes over.
const LAGS_FOR: Duration = Duration::from_millis(500);
/// For how long before a replica takes over it may lack what others have seen, in ms.
const LAG_MAX_MS: u64 = 2_000;
/// How old the file on the disk is at most.
const SYNCED_EVERY: Duration = Duration::from_millis(900);

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
    succeed(stage, &mut primary, replica).await
}

/// The replica that always is there takes over, whatever it lacks; another copies from it then. What
/// it lacks was seen at most, for nothing is acknowledged without it.
pub(crate) async fn fail_over_at_once(stage: &Stage, lag: Duration) -> anyhow::Result<()> {
    let mut primary = stage.one().await?;
    let mut kept = stage.replica.lock().await;
    let (replica, copying) = kept.take().context("a replica")?;
    copying.harm(Harm { delay: lag, ..Harm::default() });
    // For long enough that it lacks something.
    sleep(LAGS_FOR + lag * 2).await;
    let from = now() - LAG_MAX_MS;
    copying.cut();
    loss::lock(&stage.losses).push(Loss { from, to: now(), takes_acknowledged: false });
    succeed(stage, &mut primary, replica).await?;
    *kept = Some(copy_of(&primary).await?);
    Ok(())
}

/// A replica that has everything, and the way on which it copies.
pub(crate) async fn copy_of(primary: &PrivateRedis) -> anyhow::Result<(PrivateRedis, Link)> {
    let replica = PrivateRedis::start(None).await.context("starting a replica")?;
    let copying = Link::to(vec![local(primary.port())]).await?;
    replica.follow(copying.address().port()).await;
    // The first copy is long; only what comes after it is waited for with writers held.
    while !is_up(replica.url()).await {
        sleep(Duration::from_millis(20)).await;
    }
    Ok((replica, copying))
}

/// The replica is Redis from now on.
async fn succeed(
    stage: &Stage,
    primary: &mut PrivateRedis,
    replica: PrivateRedis,
) -> anyhow::Result<()> {
    replica.promote().await;
    let old = std::mem::replace(primary, replica);
    stage.redis_moved(primary.port());
    // It would go on and take writes for whoever still finds it.
    let id = process_id(old.url()).await?;
    crate::process::signal(id, "KILL").await?;
    stage.retired.lock().await.push(old);
    Ok(())
}

/// The machine loses its power, and Redis starts on what was on the disk: what it had some moments
/// ago, if it puts its file there once a second; all that it has answered, if it does so before.
pub(crate) async fn lose_power(stage: &Stage) -> anyhow::Result<()> {
    let mut redis = stage.one().await?;
    if stage.ground == Ground::Always {
        // Nothing more is answered, and what was half written stays half written.
        crate::process::signal(process_id(redis.url()).await?, "STOP").await?;
        let on_disk = redis.back_up().await?;
        redis.restart_on(&on_disk).await;
        return Ok(());
    }
    let from = now();
    let on_disk = redis.back_up().await?;
    sleep(SYNCED_EVERY).await;
    crate::process::signal(process_id(redis.url()).await?, "KILL").await?;
    loss::lock(&stage.losses).push(Loss { from, to: now(), takes_acknowledged: true });
    redis.restart_on(&on_disk).await;
    Ok(())
}

async fn is_up(url: &str) -> bool {
    let state = async {
        let mut redis = connect(url).await?;
        ask::<String>(&mut redis, &["INFO", "replication"]).await
    };
    state.await.is_ok_and(|it| it.contains("master_link_status:up"))
}
