//! What somebody missed who comes back: from the memory of this hub, or by a proof that it was
//! nothing. Otherwise they are shown the whole picture.

use std::sync::Arc;

use streams::{Entry, FeedState};

use super::{Channels, News};
use crate::feed::{Past, Place};
use crate::identity::Identity;
use crate::protocol::{Publication, Refused};
use crate::topics::Topic;

impl Channels {
    /// What of `topic` was missed between a place and `until`, if this can be proved.
    pub(super) async fn missed(
        &self,
        identity: &Identity,
        topic: &Topic,
        partition: u16,
        since: &Place,
        until: u64,
    ) -> Result<Option<Vec<Publication>>, Refused> {
        let remembered = match self.feed.past(topic, partition, since, until) {
            Past::Known(entries) => remembered(&entries),
            Past::Forgotten => None,
            Past::Ahead if self.is_reached(partition, since).await? => {
                if let Topic::Order(_) = topic {
                    // Whose it is may have changed with what has yet to be read here.
                    self.picture(identity, topic).await?;
                }
                count("ahead");
                return Ok(Some(vec![]));
            }
            Past::Ahead | Past::Foreign => {
                count("foreign");
                return Ok(None);
            }
        };
        let Some(remembered) = remembered else {
            let is_still = self.is_still(identity, topic, since.sequence).await?;
            count(if is_still { "proved" } else { "forgotten" });
            return Ok(is_still.then(Vec::new));
        };
        self.may_still_follow(identity, topic, partition).await?;
        let mut publications = Vec::new();
        for (entry, news) in remembered {
            // A part that came and went: nothing of the time between is theirs.
            if let Ok(eyes) = news.eyes(topic, identity) {
                publications.extend(news.publications(topic, eyes, &entry));
            }
        }
        count("remembered");
        Ok(Some(publications))
    }

    /// Refuses those who have no part in an order any more. Asks the memory before Redis.
    async fn may_still_follow(
        &self,
        identity: &Identity,
        topic: &Topic,
        partition: u16,
    ) -> Result<(), Refused> {
        let Topic::Order(_) = topic else { return Ok(()) };
        let latest = self.feed.latest(topic, partition);
        let order = match latest.and_then(|entry| entry.decode_order().ok()) {
            Some(order) => order,
            None => return self.picture(identity, topic).await.map(drop),
        };
        identity.eyes(&order).ok_or(Refused::PERMISSION_DENIED)?;
        self.whereabouts.hear(&order);
        Ok(())
    }

    /// Whether a feed has come as far as `place`, although this hub has not, which one small read
    /// proves.
    async fn is_reached(&self, partition: u16, place: &Place) -> Result<bool, Refused> {
        let FeedState { epoch, top } = self.reads.feed_state(partition).await?;
        Ok(*epoch == *place.epoch && place.sequence <= top.sequence)
    }

    /// Whether nothing has happened to `topic` after `sequence`, which one small read proves.
    async fn is_still(
        &self,
        identity: &Identity,
        topic: &Topic,
        sequence: u64,
    ) -> Result<bool, Refused> {
        let changed = match topic {
            // Whose it is has to be known as well.
            Topic::Order(_) => self.picture(identity, topic).await?.sequence,
            _ => self.reads.position(topic).await?,
        };
        Ok(changed <= sequence)
    }
}

/// What entries say; nothing if one of them cannot be read.
fn remembered(entries: &[Arc<Entry>]) -> Option<Vec<(Arc<Entry>, News)>> {
    entries.iter().map(|entry| Some((entry.clone(), News::decode(entry).ok()?))).collect()
}

fn count(outcome: &'static str) {
    metrics::counter!("hub_resumes_total", "outcome" => outcome).increment(1);
}
