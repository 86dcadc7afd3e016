//! Stores: as their owners describe them, and where they are.

use std::sync::LazyLock;

use domain::{PausedBy, Point, Store, StoreId};
use futures_util::future::try_join_all;
use redis::Script;

use crate::feed::{Kind, telling};
use crate::{Error, Position, Streams};

/// How often a change is tried again because the store changed meanwhile.
const TRIES_MAX: u32 = 16;

static PUT_STORE: LazyLock<Script> =
    LazyLock::new(|| telling(include_str!("scripts/put_store.lua")));

impl Streams {
    /// Keeps a store, in place of what was known of it, and tells the feed.
    ///
    /// # Errors
    /// If it is nowhere on the map, or Redis fails.
    pub async fn put_store(&self, store: &Store) -> Result<Position, Error> {
        let sequence = self.replace_store(store, None).await?;
        let partition = self.partition_of_store(&store.id);
        Ok(Position { partition, sequence: sequence.unwrap_or(0) })
    }

    /// Reads a store.
    ///
    /// # Errors
    /// If Redis fails, or what is stored cannot be read.
    pub async fn store(&self, id: &StoreId) -> Result<Option<Store>, Error> {
        self.store_json(id).await?.as_deref().map(decode).transpose()
    }

    /// The stores within the radius, nearest first.
    ///
    /// # Errors
    /// If Redis fails, or what is stored cannot be read.
    pub async fn stores_near(
        &self,
        from: Point,
        radius_meters: u32,
        limit: usize,
    ) -> Result<Vec<Store>, Error> {
        // Redis takes no COUNT of 0.
        if limit == 0 {
            return Ok(vec![]);
        }
        let search = |partition| async move {
            let mut command = redis::cmd("GEOSEARCH");
            command.arg(self.keys().stores(partition)).arg("FROMLONLAT").arg(from.lng);
            command.arg(from.lat).arg("BYRADIUS").arg(radius_meters).arg("m");
            command.arg("ASC").arg("COUNT").arg(limit).arg("WITHDIST");
            let near: Vec<(String, f64)> =
                self.ask(partition, &command).await.map_err(Error::reading("stores"))?;
            Ok::<_, Error>(near)
        };
        let mut near = try_join_all((0..self.partitions()).map(search)).await?.concat();
        near.sort_by(|(_, a), (_, b)| a.total_cmp(b));
        near.truncate(limit);
        let read = |(id, _): (String, f64)| async move {
            let broken = |_| Error::Broken(format!("{id:?} is no id of a store"));
            self.store(&id.parse().map_err(broken)?).await
        };
        Ok(try_join_all(near.into_iter().map(read)).await?.into_iter().flatten().collect())
    }

    /// Lets a store take a break, which `by` wants, or go on. `None` if there is no such store.
    ///
    /// # Errors
    /// If Redis fails, or what is stored cannot be read.
    pub async fn set_paused(
        &self,
        id: &StoreId,
        by: Option<PausedBy>,
    ) -> Result<Option<Store>, Error> {
        for _ in 0..TRIES_MAX {
            let Some(json) = self.store_json(id).await? else { return Ok(None) };
            let store = decode(&json)?;
            if store.paused == by.is_some() {
                return Ok(Some(store));
            }
            let store = Store { paused: by.is_some(), paused_by: by, ..store };
            if self.replace_store(&store, Some(&json)).await?.is_some() {
                return Ok(Some(store));
            }
        }
        Err(Error::Contended(TRIES_MAX))
    }

    pub(crate) async fn store_json(&self, id: &StoreId) -> Result<Option<String>, Error> {
        let mut command = redis::cmd("GET");
        command.arg(self.keys().store(id));
        let partition = self.partition_of_store(id);
        self.ask(partition, &command).await.map_err(Error::reading("a store"))
    }

    /// Keeps a store, if what is kept is still as `expected`. Returns the place in the feed.
    async fn replace_store(
        &self,
        store: &Store,
        expected: Option<&str>,
    ) -> Result<Option<u64>, Error> {
        if !store.position.is_valid() {
            return Err(Error::Broken(format!("store {} is nowhere on the map", store.id)));
        }
        let partition = self.partition_of_store(&store.id);
        let keys = self.keys();
        let mut call = PUT_STORE.prepare_invoke();
        call.key(keys.feed(partition)).key(keys.sequence(partition)).key(keys.epoch(partition));
        call.key(keys.store(&store.id)).key(keys.stores(partition)).key(keys.board(&store.id));
        call.arg(Kind::Store.name()).arg(store.id.as_str());
        call.arg(serde_json::to_vec(store).map_err(Error::decoding("a store"))?);
        call.arg(store.position.lng).arg(store.position.lat).arg(expected.unwrap_or_default());
        self.commit(partition, &call).await.map_err(Error::writing("a store"))
    }
}

pub(crate) fn decode(json: &str) -> Result<Store, Error> {
    serde_json::from_str(json).map_err(Error::decoding("a store"))
}
