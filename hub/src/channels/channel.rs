//! What can be subscribed to, and by which name.

use crate::protocol::Refused;
use crate::topics::Topic;
use crate::{counters, nearby};

/// Longest name of a channel: the protocol's own limit.
const NAME_BYTES_MAX: usize = 255;

/// Something that can be subscribed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    /// News from a feed: they have positions, and can be resumed.
    Topic(Topic),
    /// The jobs around a rider.
    Nearby,
    /// The numbers for operators.
    Ops,
}

impl Channel {
    /// What it tells of.
    pub(crate) fn subject(&self) -> Subject {
        match self {
            Channel::Topic(Topic::Order(_)) => Subject::Order,
            Channel::Topic(Topic::Store(_)) => Subject::Store,
            Channel::Topic(Topic::Customer(_)) => Subject::Customer,
            Channel::Topic(Topic::Rider(_)) => Subject::Rider,
            Channel::Nearby => Subject::Nearby,
            Channel::Ops => Subject::Ops,
        }
    }

    /// The channel of this name.
    ///
    /// # Errors
    /// If it is no name, or nothing has it.
    pub(crate) fn parse(name: &str) -> Result<Channel, Refused> {
        if name.len() > NAME_BYTES_MAX || !name.is_ascii() {
            return Err(Refused::BAD_REQUEST);
        }
        let bad = |_| Refused::BAD_REQUEST;
        match name.split_once(':') {
            Some(("order", id)) => Ok(Channel::Topic(Topic::Order(id.parse().map_err(bad)?))),
            Some(("store", id)) => Ok(Channel::Topic(Topic::Store(id.parse().map_err(bad)?))),
            Some(("customer", id)) => Ok(Channel::Topic(Topic::Customer(id.parse().map_err(bad)?))),
            Some(("rider", id)) => Ok(Channel::Topic(Topic::Rider(id.parse().map_err(bad)?))),
            None if name == nearby::CHANNEL => Ok(Channel::Nearby),
            None if name == counters::CHANNEL => Ok(Channel::Ops),
            // What there is not is not told from what is somebody else's.
            Some(_) | None => Err(Refused::PERMISSION_DENIED),
        }
    }
}

/// What a subscription is to, without whose: for those who count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Order,
    Store,
    Customer,
    Rider,
    Nearby,
    Ops,
}

impl Subject {
    /// As metrics call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Subject::Order => "order",
            Subject::Store => "store",
            Subject::Customer => "customer",
            Subject::Rider => "rider",
            Subject::Nearby => nearby::CHANNEL,
            Subject::Ops => counters::CHANNEL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_strictly() {
        let id = domain::OrderId::new(domain::Timestamp(1), 3, 9);
        let order = Channel::Topic(Topic::Order(id));
        assert_eq!(Channel::parse(&format!("order:{id}")), Ok(order));
        assert_eq!(Channel::parse("nearby"), Ok(Channel::Nearby));
        assert_eq!(Channel::parse("store:a:b"), Err(Refused::BAD_REQUEST));
        assert_eq!(Channel::parse("order:1"), Err(Refused::BAD_REQUEST));
        assert_eq!(Channel::parse("가게"), Err(Refused::BAD_REQUEST));
        assert_eq!(Channel::parse("chat:1"), Err(Refused::PERMISSION_DENIED));
        assert_eq!(Channel::parse(&"x".repeat(256)), Err(Refused::BAD_REQUEST));
    }
}
