//! What can be done to the entries of feeds behind the backs of those who work on them.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::redis_server::{ask, connect, keys};
use crate::stage::Stage;

/// How long, and how often, it is tried to append what is to be.
const TRIES_FOR: Duration = Duration::from_secs(30);
const TRIES_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Who works on feeds.
const GROUPS: [&str; 4] = ["payment", "store", "rider", "customer"];

/// Hands the last entries of all feeds to all groups once more.
pub(crate) async fn deliver_again(urls: &[String], entries: u64) -> anyhow::Result<()> {
    for url in urls {
        let mut redis = connect(url).await?;
        for feed in keys(&mut redis, "feed").await? {
            let count = entries.to_string();
            // A replica does not say, nor does a node from which the feed has just gone.
            let last = ask(&mut redis, &["XREVRANGE", &feed, "+", "-", "COUNT", &count]).await;
            let last: Vec<(String, redis::Value)> = last.unwrap_or_default();
            let Some((id, _)) = last.last() else { continue };
            for group in GROUPS {
                // A group that is not there yet will be given everything anyway.
                let _ = ask::<()>(&mut redis, &["XGROUP", "SETID", &feed, group, id]).await;
            }
        }
    }
    Ok(())
}

/// Takes the next entries of all feeds from every group, and does nothing about them.
pub(crate) async fn steal(urls: &[String], entries: u64) -> anyhow::Result<()> {
    let count = entries.to_string();
    for url in urls {
        let mut redis = connect(url).await?;
        for feed in keys(&mut redis, "feed").await? {
            for group in GROUPS {
                let read = ["XREADGROUP", "GROUP", group, "thief", "COUNT", &count, "BLOCK", "200"];
                let read = [&read[..], &["STREAMS", &feed, ">"]].concat();
                // As above.
                let _ = ask::<redis::Value>(&mut redis, &read).await;
            }
        }
    }
    Ok(())
}

/// Appends an entry that nobody can read, as a program with a fault would. If something else goes
/// wrong at the same time, as soon as it is over.
pub(crate) async fn poison(stage: &Stage) -> anyhow::Result<()> {
    let give_up_at = Instant::now() + TRIES_FOR;
    loop {
        match append_poison(&stage.redis_urls().await).await {
            Ok(true) => return Ok(()),
            outcome if Instant::now() > give_up_at => {
                anyhow::ensure!(outcome?, "there is no feed");
            }
            Ok(false) | Err(_) => sleep(TRIES_AGAIN_AFTER).await,
        }
    }
}

/// Whether there was a feed for it.
async fn append_poison(urls: &[String]) -> anyhow::Result<bool> {
    const SCRIPT: &str = "local at = redis.call('INCR', KEYS[2]) \
        return redis.call('XADD', KEYS[1], at .. '-0', 'k', 'order', 'o', 'nobody', 'b', '{')";
    for url in urls {
        let mut redis = connect(url).await?;
        for feed in keys(&mut redis, "feed").await? {
            let sequence = feed.replacen("feed", "sequence", 1);
            let appended = ask::<()>(&mut redis, &["EVAL", SCRIPT, "2", &feed, &sequence]).await;
            if appended.is_ok() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// How many such entries there are: one that was appended may have been lost.
pub(crate) async fn poisonous(urls: &[String]) -> anyhow::Result<u64> {
    let mut count = 0;
    for url in urls {
        let mut redis = connect(url).await?;
        for feed in keys(&mut redis, "feed").await? {
            // A node of a cluster says where the feed is that it only copies.
            let entries = ask(&mut redis, &["XRANGE", &feed, "-", "+"]).await;
            let entries: Vec<(String, Vec<String>)> = entries.unwrap_or_default();
            let is_poison = |fields: &[String]| fields.iter().any(|it| it == "nobody");
            count += entries.iter().filter(|(_, fields)| is_poison(fields)).count() as u64;
        }
    }
    Ok(count)
}
