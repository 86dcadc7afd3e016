//! Whether a store answers: one that leaves several orders in a row unanswered is paused. Orders
//! come here late, twice and in any order, so they are told apart by id and ordered by instant.

use std::sync::LazyLock;
use std::time::Duration;

use domain::{OrderId, PausedBy, Store, StoreId, Timestamp};
use redis::Script;

use crate::feed::{Kind, telling};
use crate::stores::decode;
use crate::{Error, Streams};

/// So many unanswered orders in a row are one too many.
const UNANSWERED_MAX: usize = 3;
/// How long they are remembered; who opens on Saturdays only answers to the one before.
const REMEMBERED: Duration = Duration::from_secs(30 * 86_400);
/// How often a pause is tried again because the store changed meanwhile.
const TRIES_MAX: u32 = 16;

static UNANSWERED: LazyLock<Script> =
    LazyLock::new(|| telling(include_str!("scripts/unanswered.lua")));
static ANSWERED: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/answered.lua")));

impl Streams {
    /// Notes that an order was called off at `at` because its store did not answer. Says whether
    /// that was one too many in a row; then the store is paused, and the feed told of it.
    ///
    /// # Errors
    /// If Redis fails; safe to send again.
    pub async fn note_unanswered(
        &self,
        id: &StoreId,
        order: OrderId,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let partition = self.partition_of_store(id);
        let keys = self.keys();
        for _ in 0..TRIES_MAX {
            let Some(read) = self.store_json(id).await? else { return Ok(false) };
            let store = decode(&read)?;
            let paused = match store.paused {
                true => read.clone(),
                false => {
                    let paused_by = Some(PausedBy::Silence);
                    serde_json::to_string(&Store { paused: true, paused_by, ..store })
                        .map_err(Error::decoding("a store"))?
                }
            };
            let mut call = UNANSWERED.prepare_invoke();
            call.key(self.unanswered_key(id));
            call.key(keys.feed(partition)).key(keys.sequence(partition));
            call.key(keys.epoch(partition)).key(keys.store(id)).key(keys.board(id));
            call.arg(order.to_string()).arg(at.0).arg(UNANSWERED_MAX).arg(REMEMBERED.as_secs());
            call.arg(Kind::Store.name()).arg(id.as_str()).arg(read).arg(paused);
            let outcome: String =
                self.run(partition, &call).await.map_err(Error::writing("a store"))?;
            match outcome.as_str() {
                "changed" => (),
                outcome => return Ok(outcome == "paused"),
            }
        }
        Err(Error::Contended(TRIES_MAX))
    }

    /// Notes that a store answered an order at `at`.
    ///
    /// # Errors
    /// If Redis fails; safe to send again.
    pub async fn note_answered(&self, id: &StoreId, at: Timestamp) -> Result<(), Error> {
        let mut call = ANSWERED.prepare_invoke();
        call.key(self.unanswered_key(id)).arg(at.0).arg(REMEMBERED.as_secs());
        let partition = self.partition_of_store(id);
        self.run(partition, &call).await.map_err(Error::writing("a store's answers"))
    }

    fn unanswered_key(&self, id: &StoreId) -> String {
        self.keys().of_one("unanswered", self.partition_of_store(id), id)
    }
}
