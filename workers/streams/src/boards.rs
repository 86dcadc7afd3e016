//! A store's board: the tickets it has to do with now.

use std::sync::LazyLock;

use domain::{Order, StoreId, Timestamp};
use redis::Script;

use crate::clock::order_ids;
use crate::feed::telling;
use crate::keys::BOARD_CHANGED;
use crate::orders::read_order;
use crate::{Error, Position, Streams};

static BOARD: LazyLock<Script> = LazyLock::new(|| telling(include_str!("scripts/board.lua")));

/// All tickets of a store at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// The orders on it, the oldest first.
    pub orders: Vec<Order>,
    /// Of the last news of the store: everything up to there is in it.
    pub position: Position,
    /// When it was read, by the clock of Redis.
    pub now: Timestamp,
}

impl Streams {
    /// Reads a board, as it was at one moment.
    ///
    /// # Errors
    /// If Redis fails, or what is stored cannot be read.
    pub async fn board(&self, store: &StoreId) -> Result<Board, Error> {
        let partition = self.partition_of_store(store);
        let mut call = BOARD.prepare_invoke();
        call.key(self.keys().board(store)).arg(self.keys().logs(partition)).arg(BOARD_CHANGED);
        let (now, sequence, ids, logs): (u64, u64, Vec<String>, Vec<Vec<String>>) =
            self.run(partition, &call).await.map_err(Error::reading("a board"))?;
        let mut orders = Vec::with_capacity(ids.len());
        for (id, log) in order_ids(ids)?.into_iter().zip(logs) {
            // A log that has expired since leaves its ticket behind.
            orders.extend(read_order(id, &log));
        }
        orders.sort_unstable_by_key(|order| order.id);
        let position = Position { partition, sequence };
        Ok(Board { orders, position, now: Timestamp(now) })
    }

    /// The place in the feed of a store's last news, of an order or of the store itself; 0 if
    /// there was none.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn board_position(&self, store: &StoreId) -> Result<Position, Error> {
        let partition = self.partition_of_store(store);
        let mut command = redis::cmd("HGET");
        command.arg(self.keys().board(store)).arg(BOARD_CHANGED);
        let sequence: Option<u64> =
            self.ask(partition, &command).await.map_err(Error::reading("a board"))?;
        Ok(Position { partition, sequence: sequence.unwrap_or(0) })
    }
}
