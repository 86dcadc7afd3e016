//! What can be done to the entries of feeds behind the backs of those who work on them.

use crate::redis_server::{ask, connect, keys};

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

/// Appends an entry that nobody can read, as a program with a fault would.
pub(crate) async fn poison(urls: &[String]) -> anyhow::Result<()> {
    const SCRIPT: &str = "local at = redis.call('INCR', KEYS[2]) \
        return redis.call('XADD', KEYS[1], at .. '-0', 'k', 'order', 'o', 'nobody', 'b', '{')";
    for url in urls {
        let mut redis = connect(url).await?;
        for feed in keys(&mut redis, "feed").await? {
            let sequence = feed.replacen("feed", "sequence", 1);
            let appended = ask::<()>(&mut redis, &["EVAL", SCRIPT, "2", &feed, &sequence]).await;
            if appended.is_ok() {
                return Ok(());
            }
        }
    }
    anyhow::bail!("there is no feed that takes it")
}
