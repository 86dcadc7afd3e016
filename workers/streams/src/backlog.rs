//! What waits in a feed for the groups that work on it: what an autoscaler goes by.

use redis::streams::StreamInfoGroupsReply;

use crate::{Error, Streams};

/// What one group still has to do in one feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Who: `payment`, `store`, or a subscriber of somebody's own.
    pub group: String,
    /// Entries that nobody of the group has been given. Counted by their places, which have no
    /// gaps: the lag that Redis itself tells is nothing at times, and reads as zero then.
    pub unread: u64,
    /// Entries that somebody was given and has not finished.
    pub unfinished: u64,
}

impl Streams {
    /// What waits in the feed of a partition, by group; nothing where no group has begun. Costs one
    /// round trip.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn backlogs(&self, partition: u16) -> Result<Vec<Backlog>, Error> {
        let feed = self.keys().feed(partition);
        let mut pipe = redis::pipe();
        pipe.cmd("GET").arg(self.keys().sequence(partition));
        pipe.cmd("XINFO").arg("GROUPS").arg(&feed);
        type Found = (Option<u64>, StreamInfoGroupsReply);
        let found: Result<Found, _> = self.ask_all(partition, &pipe).await;
        let (top, groups) = match found {
            Ok((top, groups)) => (top.unwrap_or(0), groups.groups),
            // There is no feed before there are orders.
            Err(error) if error.to_string().contains("no such key") => {
                return Ok(vec![]);
            }
            Err(error) => return Err(Error::reading("what waits in a feed")(error)),
        };
        let backlog = |group: redis::streams::StreamInfoGroup| {
            let reached = group.last_delivered_id.split('-').next().unwrap_or_default();
            let reached = reached.parse().unwrap_or(0);
            Backlog {
                group: group.name,
                unread: top.saturating_sub(reached),
                unfinished: group.pending as u64,
            }
        };
        Ok(groups.into_iter().map(backlog).collect())
    }
}
