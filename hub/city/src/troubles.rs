//! Trouble on purpose: what a visitor may do to the neighbourhood to see that nothing is lost.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

use crate::client::Client;

/// What can be done to the neighbourhood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Trouble {
    /// The hub leaves and another takes its place; everybody's socket breaks.
    HubRestart,
    /// Nothing is heard of the stage's rider, who rides on.
    RiderSilent,
    /// The stage's store gets its orders and does not answer.
    StoreDeaf,
    /// Everything on the stage's stove takes longer.
    CookLate,
    /// Every rider goes for the same job in the same moment.
    Race,
    /// Everybody is hungry at once.
    Rush,
}

/// The troubles of one city. Cloned handles are the same ones.
#[derive(Debug, Clone, Default)]
pub struct Troubles {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Until when each lasts; one that is over may still stand here.
    until: watch::Sender<BTreeMap<Trouble, Instant>>,
    restart: Notify,
    hub: OnceLock<Client>,
}

impl Troubles {
    /// Says where the hub is, for troubles that are made by using it.
    pub fn reach(&self, visitor: Client) {
        // The address stays the same for good, so the first one is as good as any.
        let _ = self.shared.hub.set(visitor);
    }

    /// The hub as seen by somebody who has not signed in; `None` until it runs.
    pub fn visitor(&self) -> Option<&Client> {
        self.shared.hub.get()
    }

    /// Begins a trouble, or makes it last that long from now.
    pub fn begin(&self, trouble: Trouble, lasts: Duration) {
        self.shared.until.send_modify(|until| {
            until.insert(trouble, Instant::now() + lasts);
        });
        if trouble == Trouble::HubRestart {
            self.shared.restart.notify_one();
        }
    }

    /// Whether it lasts at this moment.
    pub fn is_on(&self, trouble: Trouble) -> bool {
        is_on(&self.shared.until.borrow(), trouble)
    }

    /// Everything that lasts at this moment.
    pub fn ongoing(&self) -> Vec<Trouble> {
        let until = self.shared.until.borrow();
        until.keys().copied().filter(|trouble| is_on(&until, *trouble)).collect()
    }

    /// Waits until it begins; not at all if it has.
    pub async fn until_on(&self, trouble: Trouble) {
        // Can't fail: this handle holds the sender.
        let _ = self.shared.until.subscribe().wait_for(|until| is_on(until, trouble)).await;
    }

    /// Waits until it is over; not at all if it is not on.
    pub async fn until_over(&self, trouble: Trouble) {
        loop {
            let end = self.shared.until.borrow().get(&trouble).copied();
            match end.filter(|end| *end > Instant::now()) {
                Some(end) => sleep_until(end).await,
                None => return,
            }
        }
    }

    /// Waits until somebody wants the hub to be restarted; each wish is heard once.
    pub async fn restart_wanted(&self) {
        self.shared.restart.notified().await;
    }
}

fn is_on(until: &BTreeMap<Trouble, Instant>, trouble: Trouble) -> bool {
    until.get(&trouble).is_some_and(|end| *end > Instant::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_trouble_is_over_by_itself() {
        let troubles = Troubles::default();
        troubles.begin(Trouble::RiderSilent, Duration::from_secs(25));
        troubles.until_on(Trouble::RiderSilent).await;
        assert_eq!(troubles.ongoing(), [Trouble::RiderSilent]);
        troubles.until_over(Trouble::RiderSilent).await;
        assert!(!troubles.is_on(Trouble::RiderSilent));
        assert!(troubles.ongoing().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_trouble_that_begins_again_lasts_longer() {
        let troubles = Troubles::default();
        let began = Instant::now();
        troubles.begin(Trouble::Rush, Duration::from_secs(10));
        let waiting = tokio::spawn({
            let troubles = troubles.clone();
            async move { troubles.until_over(Trouble::Rush).await }
        });
        tokio::time::sleep(Duration::from_secs(5)).await;
        troubles.begin(Trouble::Rush, Duration::from_secs(10));
        waiting.await.unwrap();
        assert!(began.elapsed() >= Duration::from_secs(15));
    }
}
