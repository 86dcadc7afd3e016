//! Names of things. Each kind of id is a type of its own, so that none is taken for another.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

/// Longest id of a store or person: it becomes part of keys and channel names.
const ID_BYTES_MAX: usize = 64;

/// Text that cannot be an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to 64 letters, digits, '-', '_' or '.'")]
pub struct InvalidId;

/// Defines an id given from outside: short text of harmless characters, cheap to clone.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "Arc<str>", into = "Arc<str>")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<Arc<str>> for $name {
            type Error = InvalidId;

            fn try_from(text: Arc<str>) -> Result<Self, InvalidId> {
                let is_harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
                match text.len() {
                    1..=ID_BYTES_MAX if text.bytes().all(is_harmless) => Ok(Self(text)),
                    _ => Err(InvalidId),
                }
            }
        }

        impl From<$name> for Arc<str> {
            fn from(id: $name) -> Arc<str> {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Arc::<str>::from(text).try_into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A store.
    StoreId
}
text_id! {
    /// A customer.
    CustomerId
}
text_id! {
    /// A rider.
    RiderId
}
text_id! {
    /// An operator.
    OperatorId
}

/// An order: a UUIDv7 whose 12 `rand_a` bits hold the partition, so the id alone finds its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Uuid", into = "Uuid")]
pub struct OrderId(Uuid);

impl OrderId {
    /// Makes the id of an order placed `at`, in `partition`, told apart by `dice`.
    ///
    /// # Panics
    /// If `partition` does not fit in 12 bits.
    pub fn new(at: Timestamp, partition: u16, dice: u64) -> OrderId {
        assert!(partition < 1 << 12, "a partition has 12 bits");
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&at.0.to_be_bytes()[2..]);
        bytes[6..8].copy_from_slice(&(0x7000 | partition).to_be_bytes());
        bytes[8..].copy_from_slice(&dice.to_be_bytes());
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        OrderId(Uuid::from_bytes(bytes))
    }

    /// The partition in which this order lives.
    pub fn partition(self) -> u16 {
        let bytes = self.0.as_bytes();
        u16::from_be_bytes([bytes[6], bytes[7]]) & 0x0fff
    }

    /// When the id was made.
    pub fn made_at(self) -> Timestamp {
        let mut millis = [0; 8];
        millis[2..].copy_from_slice(&self.0.as_bytes()[..6]);
        Timestamp(u64::from_be_bytes(millis))
    }

    /// The id as a UUID.
    pub fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl TryFrom<Uuid> for OrderId {
    type Error = InvalidId;

    fn try_from(uuid: Uuid) -> Result<Self, InvalidId> {
        match uuid.get_version_num() {
            7 => Ok(OrderId(uuid)),
            _ => Err(InvalidId),
        }
    }
}

impl From<OrderId> for Uuid {
    fn from(id: OrderId) -> Uuid {
        id.0
    }
}

impl FromStr for OrderId {
    type Err = InvalidId;

    /// Takes the canonical spelling only, so that one order has one name in URLs and channels.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let uuid = Uuid::try_parse(text).map_err(|_| InvalidId)?;
        let mut canonical = Uuid::encode_buffer();
        if uuid.hyphenated().encode_lower(&mut canonical) != text {
            return Err(InvalidId);
        }
        uuid.try_into()
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// One command, however often it is sent. A repeated command is recognised by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandId(pub Uuid);

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_id_carries_its_partition_and_its_time() {
        for partition in [0, 1, 7, 4095] {
            let id = OrderId::new(Timestamp(1_760_000_000_123), partition, u64::MAX);
            assert_eq!(id.partition(), partition);
            assert_eq!(id.made_at(), Timestamp(1_760_000_000_123));
            assert_eq!(id.as_uuid().get_version_num(), 7);
            assert_eq!(id.as_uuid().get_variant(), uuid::Variant::RFC4122);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn only_the_canonical_spelling_is_an_order_id() {
        let id = OrderId::new(Timestamp(1), 3, 0xabcdef).to_string();
        assert_eq!(id.to_uppercase().parse::<OrderId>(), Err(InvalidId));
        assert_eq!(id.replace('-', "").parse::<OrderId>(), Err(InvalidId));
        assert_eq!(Uuid::nil().to_string().parse::<OrderId>(), Err(InvalidId));
    }

    #[test]
    fn ids_that_could_break_a_key_are_refused() {
        for text in ["", "a b", "{p0}", "a:b", "a/b", "가게", &"x".repeat(65)] {
            assert_eq!(text.parse::<StoreId>(), Err(InvalidId), "{text}");
        }
        assert!("s-1_A.b".parse::<StoreId>().is_ok());
    }
}
