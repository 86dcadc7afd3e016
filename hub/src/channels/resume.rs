//! What somebody missed who comes back: from the memory of this hub, or by a proof that it was
//! nothing. Otherwise they are shown the whole picture.

use super::{Channels, News, unavailable};
use crate::feed::{Past, Place};
use crate::identity::Identity;
use crate::protocol::{Publication, Refused};
use crate::topics::Topic;

impl Channels {
    /// What of `topic` was missed since a place, if this can be proved.
    pub(super) async fn missed(
        &self,
        identity: &Identity,
        topic: &Topic,
        partition: u16,
        since: &Place,
    ) -> Result<Option<Vec<Publication>>, Refused> {
        let (missed, outcome) = match self.feed.past(topic, partition, since) {
            Past::Foreign => (None, "foreign"),
            Past::Forgotten => {
                let is_still = self.is_still(identity, topic, since.sequence).await?;
                (is_still.then(Vec::new), if is_still { "proved" } else { "forgotten" })
            }
            Past::Known(entries) => {
                self.may_still_follow(identity, topic, partition).await?;
                let mut publications = Vec::new();
                for entry in entries {
                    let news = News::decode(&entry).map_err(unavailable)?;
                    // A part that came and went: nothing of the time between is theirs.
                    if let Ok(audience) = news.audience(topic, identity) {
                        publications.extend(news.publications(topic, audience, &entry));
                    }
                }
                (Some(publications), "remembered")
            }
        };
        metrics::counter!("hub_resumes_total", "outcome" => outcome).increment(1);
        Ok(missed)
    }

    /// Refuses those who have no part in an order any more. Asks the memory before Redis.
    async fn may_still_follow(
        &self,
        identity: &Identity,
        topic: &Topic,
        partition: u16,
    ) -> Result<(), Refused> {
        let Topic::Order(id) = topic else { return Ok(()) };
        let order = match self.feed.latest(topic, partition) {
            Some(entry) => entry.decode_order().map_err(unavailable)?,
            None => {
                let loaded = self.streams.load(*id).await.map_err(unavailable)?;
                loaded.ok_or(Refused::PERMISSION_DENIED)?.order
            }
        };
        identity.audience(&order).ok_or(Refused::PERMISSION_DENIED)?;
        self.whereabouts.hear(&order);
        Ok(())
    }

    /// Whether nothing has happened to `topic` after `sequence`, which one small read proves.
    async fn is_still(
        &self,
        identity: &Identity,
        topic: &Topic,
        sequence: u64,
    ) -> Result<bool, Refused> {
        let changed = match topic {
            Topic::Order(id) => {
                let loaded = self.streams.load(*id).await.map_err(unavailable)?;
                let loaded = loaded.ok_or(Refused::PERMISSION_DENIED)?;
                identity.audience(&loaded.order).ok_or(Refused::PERMISSION_DENIED)?;
                self.whereabouts.hear(&loaded.order);
                loaded.position.sequence
            }
            // A board does not remember changes of the store itself, so it proves too little.
            Topic::Store(_) => return Ok(false),
            Topic::Customer(id) => {
                self.streams.customer_position(id).await.map_err(unavailable)?.sequence
            }
            Topic::Rider(id) => {
                self.streams.rider_position(id).await.map_err(unavailable)?.sequence
            }
        };
        Ok(changed <= sequence)
    }
}
