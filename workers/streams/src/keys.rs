//! Names of keys. The only file that knows how one is spelt.
//!
//! Everything of a partition shares a hash tag, so it lives in one slot and one script can reach
//! all of it.

use std::fmt::Display;

use domain::{CustomerId, OrderId, RiderId, StoreId};

use crate::Cell;

/// What all partitions share: how many there are, and how they are named.
pub(crate) const META: &str = "meta";

/// Changes when partitions are named differently: data under other names would not be found.
pub(crate) const TAGS_VERSION: u16 = 1;

/// Changes when stored data can no longer be read by an older program.
pub(crate) const SCHEMA_VERSION: u16 = 1;

/// Most partitions there can be: an order's id has 12 bits for its own.
pub(crate) const PARTITIONS_MAX: u16 = 1 << 12;

/// Field of a board that is no order: where in the feed its store had news last.
pub(crate) const BOARD_CHANGED: &str = "*";

/// Slots of a Redis Cluster.
pub(crate) const SLOTS: u16 = 16_384;

/// Names keys for a number of partitions that never changes.
#[derive(Debug)]
pub(crate) struct Keys {
    tags: Vec<String>,
    slots: Vec<u16>,
}

impl Keys {
    /// Finds a hash tag for each partition.
    pub(crate) fn new(partitions: u16) -> Keys {
        let tags: Vec<String> = (0..partitions).map(|it| tag(it, partitions)).collect();
        let slots = tags.iter().map(|tag| slot(tag)).collect();
        Keys { tags, slots }
    }

    /// How many partitions there are.
    pub(crate) fn partitions(&self) -> u16 {
        self.tags.len() as u16
    }

    /// The slot in which everything of a partition lies.
    pub(crate) fn slot(&self, partition: u16) -> u16 {
        self.slots[usize::from(partition)]
    }

    /// `kind:{t}`: a key of which a partition has one.
    pub(crate) fn of(&self, kind: &str, partition: u16) -> String {
        format!("{kind}:{{{}}}", self.tags[usize::from(partition)])
    }

    /// `kind:{t}:rest`: a key of which a partition has many.
    pub(crate) fn of_one(&self, kind: &str, partition: u16, rest: impl Display) -> String {
        format!("{kind}:{{{}}}:{rest}", self.tags[usize::from(partition)])
    }

    /// Written for nothing but to know who has what was written before.
    pub(crate) fn confirmed(&self, partition: u16) -> String {
        self.of("confirmed", partition)
    }

    /// All news of a partition.
    pub(crate) fn feed(&self, partition: u16) -> String {
        self.of("feed", partition)
    }

    /// Counts the entries of a feed.
    pub(crate) fn sequence(&self, partition: u16) -> String {
        self.of("sequence", partition)
    }

    /// The epoch of a feed, and the history of the data that it belongs to.
    pub(crate) fn epoch(&self, partition: u16) -> String {
        self.of("epoch", partition)
    }

    /// Jobs on offer, by pick-up.
    pub(crate) fn jobs(&self, partition: u16) -> String {
        self.of("jobs", partition)
    }

    /// Jobs on offer, by drop-off.
    pub(crate) fn drops(&self, partition: u16) -> String {
        self.of("drops", partition)
    }

    /// Orders with a deadline, by it.
    pub(crate) fn due(&self, partition: u16) -> String {
        self.of("due", partition)
    }

    /// Ids of a partition's orders; their order is that of time.
    pub(crate) fn orders(&self, partition: u16) -> String {
        self.of("orders", partition)
    }

    /// Stores, by where they are.
    pub(crate) fn stores(&self, partition: u16) -> String {
        self.of("stores", partition)
    }

    /// Orders that are owed something or need a person, by the instant since which they do.
    pub(crate) fn stuck(&self, partition: u16) -> String {
        self.of("stuck", partition)
    }

    /// Entries that nobody could work on.
    pub(crate) fn dead(&self, partition: u16) -> String {
        self.of("dead", partition)
    }

    /// What happened to an order, event by event.
    pub(crate) fn log(&self, id: OrderId) -> String {
        self.of_one("log", id.partition(), id)
    }

    /// What the keys of a partition's logs begin with; the id of the order follows.
    pub(crate) fn logs(&self, partition: u16) -> String {
        self.of_one("log", partition, "")
    }

    /// The tickets of a store, each with the place in the feed of its last change.
    pub(crate) fn board(&self, store: &StoreId) -> String {
        self.of_one("board", self.partition_of(store.as_str()), store)
    }

    /// Ids of a store's orders; their order is that of time.
    pub(crate) fn orders_of_store(&self, store: &StoreId) -> String {
        self.of_one("orders", self.partition_of(store.as_str()), store)
    }

    /// A store as its owner describes it.
    pub(crate) fn store(&self, store: &StoreId) -> String {
        self.of_one("store", self.partition_of(store.as_str()), store)
    }

    /// Counts the orders of a store.
    pub(crate) fn number(&self, store: &StoreId) -> String {
        self.of_one("number", self.partition_of(store.as_str()), store)
    }

    /// Ids of a customer's orders; their order is that of time.
    pub(crate) fn placed(&self, customer: &CustomerId) -> String {
        self.of_one("placed", self.partition_of(customer.as_str()), customer)
    }

    /// Ids of a customer's orders that have not ended, and for a while of some that have.
    pub(crate) fn open(&self, customer: &CustomerId) -> String {
        self.of_one("open", self.partition_of(customer.as_str()), customer)
    }

    /// What an idempotency key of a customer stands for.
    pub(crate) fn once(&self, customer: &CustomerId, key: &str) -> String {
        let partition = self.partition_of(customer.as_str());
        self.of_one("once", partition, format_args!("{customer}:{key}"))
    }

    /// Where a store and its orders live.
    pub(crate) fn partition_of_store(&self, store: &StoreId) -> u16 {
        self.partition_of(store.as_str())
    }

    /// Where what is kept for a customer lives.
    pub(crate) fn home_of_customer(&self, customer: &CustomerId) -> u16 {
        self.partition_of(customer.as_str())
    }

    /// Where what is kept for a rider lives.
    pub(crate) fn home_of_rider(&self, rider: &RiderId) -> u16 {
        self.partition_of(rider.as_str())
    }

    /// Where it is kept who is in a cell of the map.
    pub(crate) fn partition_of_cell(&self, cell: Cell) -> u16 {
        self.partition_of(&cell.to_string())
    }

    /// FNV-1a with a last stir, because its low bits are those of the input. Fixed for ever.
    fn partition_of(&self, id: &str) -> u16 {
        let fnv = id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let stirred = (fnv ^ (fnv >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        ((stirred >> 33) % self.tags.len() as u64) as u16
    }
}

/// The shortest name whose slot lies in the partition's own share of all slots, so that a cluster
/// of any number of equal nodes gets about equally many partitions each.
fn tag(partition: u16, partitions: u16) -> String {
    (0..u32::MAX)
        .map(|tries| format!("p{partition}{}", letters(tries)))
        .find(|tag| share(slot(tag), partitions) == u32::from(partition))
        .expect("four billion names hit every slot")
}

/// "", "a" … "z", "aa" …
fn letters(mut number: u32) -> String {
    let mut letters = String::new();
    while number > 0 {
        number -= 1;
        letters.insert(0, char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    letters
}

/// Into which of so many equal shares of all slots this one falls.
fn share(slot: u16, shares: u16) -> u32 {
    u32::from(slot) * u32::from(shares) / u32::from(SLOTS)
}

/// The slot of a hash tag, or of a key that has none.
pub(crate) fn slot(tag: &str) -> u16 {
    crc16(tag.as_bytes()) % SLOTS
}

/// CRC-16/XMODEM, by which a Redis Cluster places keys.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| match crc & 0x8000 {
            0 => crc << 1,
            _ => (crc << 1) ^ 0x1021,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_redis() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(slot("foo"), 12_182);
    }

    #[test]
    fn every_partition_has_its_share_of_the_slots() {
        for partitions in [1, 3, 8, 64, 500] {
            for (partition, tag) in Keys::new(partitions).tags.iter().enumerate() {
                assert_eq!(share(slot(tag), partitions), partition as u32, "{tag}");
            }
        }
    }

    /// Data is found by these names: if this fails, `TAGS_VERSION` must change.
    #[test]
    fn names_never_change() {
        let keys = Keys::new(8);
        let tags: Vec<&str> = keys.tags.iter().map(String::as_str).collect();
        assert_eq!(tags, ["p0c", "p1da", "p2d", "p3aa", "p4da", "p5", "p6aa", "p7a"]);
        let stores = ["s1", "s2", "s3", "kitchen"];
        assert_eq!(stores.map(|id| keys.partition_of(id)), [2, 6, 7, 0]);
    }

    #[test]
    fn ids_spread_evenly() {
        let keys = Keys::new(8);
        let mut counts = [0; 8];
        (0..8_000).for_each(|n| counts[usize::from(keys.partition_of(&format!("s{n}")))] += 1);
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }
}
