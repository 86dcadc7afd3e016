//! The places of connections that are not sockets: so many, and no one address has most of them.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use metrics::Gauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Terms;
use crate::proxies::{self, Network};
use crate::shares::Shares;
use crate::socket::count_refusal;

/// Most connections that are not sockets at once; the next ones wait to be taken.
const PLACES: usize = 8_192;
/// Most of one address, unless it is a proxy that is known: whoever has more leaves too little to
/// everybody else.
const ADDRESS_MAX: usize = PLACES / 2;

/// All places.
pub(super) struct Places {
    free: Arc<Semaphore>,
    by_address: Shares<IpAddr>,
    address_max: usize,
    trusted: Vec<Network>,
    taken: Gauge,
}

/// Somebody's place. All clones are the same one, free again when the last is dropped.
#[derive(Clone)]
pub(crate) struct Place(Arc<Mutex<Option<Taken>>>);

struct Taken {
    places: Arc<Places>,
    address: Option<IpAddr>,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    /// Free places, to be had on `terms`.
    pub(super) fn new(terms: &Terms) -> Arc<Places> {
        Arc::new(Places {
            free: Arc::new(Semaphore::new(PLACES)),
            by_address: Shares::default(),
            address_max: terms.address_max.min(ADDRESS_MAX),
            trusted: terms.trusted.clone(),
            taken: metrics::gauge!("hub_http_connections", "whom" => terms.whom),
        })
    }

    /// Waits until there is a place.
    pub(super) async fn free(&self) -> OwnedSemaphorePermit {
        self.free.clone().acquire_owned().await.expect("nobody closes it")
    }

    /// Gives a free place to somebody at `address`. Nothing if they have too many.
    pub(super) fn take(
        self: &Arc<Places>,
        permit: OwnedSemaphorePermit,
        address: IpAddr,
    ) -> Option<Place> {
        let address = address.to_canonical();
        let is_trusted = self.trusted.iter().any(|it| it.contains(address));
        let address = (!is_trusted).then(|| proxies::household(address));
        if let Some(address) = address
            && !self.by_address.take(address, self.address_max)
        {
            count_refusal("address");
            return None;
        }
        self.taken.increment(1.0);
        let taken = Taken { places: self.clone(), address, _permit: permit };
        Some(Place(Arc::new(Mutex::new(Some(taken)))))
    }

    /// Whether most of them are taken.
    pub(super) fn is_crowded(&self) -> bool {
        self.free.available_permits() < PLACES / 2
    }
}

impl Place {
    /// Gives it up early: this connection has a seat among the sockets.
    pub(crate) fn give_up(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(address) = &self.address {
            self.places.by_address.give_back(address);
        }
        self.places.taken.decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    fn places(change: impl FnOnce(&mut Config)) -> Arc<Places> {
        let mut config = Config::new("redis://nowhere", 8, "");
        change(&mut config);
        Places::new(&Terms::of(&config, "apps"))
    }

    #[tokio::test]
    async fn one_address_has_so_many_places_and_a_known_proxy_any_number() {
        let places = places(|config| {
            config.connections_per_address_max = Some(2);
            config.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        });
        let take = async |address: &str| places.take(places.free().await, address.parse().unwrap());
        let first = take("1.1.1.1").await.unwrap();
        let second = take("1.1.1.1").await.unwrap();
        assert!(take("1.1.1.1").await.is_none() && take("::ffff:1.1.1.1").await.is_none());
        assert!(take("2.2.2.2").await.is_some());
        first.clone().give_up();
        let third = take("1.1.1.1").await.unwrap();
        drop((first, second, third));
        assert_eq!(places.free.available_permits(), PLACES);

        let proxied: Vec<_> = [take("10.1.1.1").await, take("10.1.1.1").await]
            .into_iter()
            .chain([take("10.1.1.1").await])
            .collect();
        assert!(proxied.iter().all(Option::is_some));
    }

    #[tokio::test]
    async fn no_address_has_most_of_them() {
        let places = places(|_| ());
        let address = "1.1.1.1".parse().unwrap();
        let mut taken = Vec::new();
        while let Some(place) = places.take(places.free().await, address) {
            taken.push(place);
        }
        assert_eq!(taken.len(), ADDRESS_MAX);
        assert!(places.take(places.free().await, "2.2.2.2".parse().unwrap()).is_some());
    }
}
