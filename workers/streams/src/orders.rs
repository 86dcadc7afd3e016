//! Orders: read, and changed by commands.

use domain::{Command, Order, OrderId, Point, Recorded, Rules, Timestamp, Trace, decide, fold};
use futures_util::future::try_join_all;

use crate::append::Appended;
use crate::clock::{order_ids, timestamp};
use crate::{Error, ExecuteError, Position, Streams};

/// How often a command is decided anew because somebody else was first. Each time somebody was,
/// so it takes that many others at once to lose.
const TRIES_MAX: u32 = 16;

/// Logs read in one round trip.
const LOGS_AT_ONCE: usize = 100;

/// An order and how it came to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// As it is.
    pub order: Order,
    /// Everything that happened to it.
    pub log: Vec<Recorded>,
    /// Of each event, the sequence in the feed of the append that brought it.
    pub sequences: Vec<u64>,
    /// Of its last change, in the feed.
    pub position: Position,
    /// When it was read, by the clock of Redis.
    pub now: Timestamp,
}

impl Streams {
    /// Reads an order, in one round trip.
    ///
    /// # Errors
    /// If Redis fails, or what is stored cannot be read.
    pub async fn load(&self, id: OrderId) -> Result<Option<Loaded>, Error> {
        let mut pipe = redis::pipe();
        pipe.cmd("TIME").cmd("LRANGE").arg(self.keys().log(id)).arg(0).arg(-1);
        let (time, log): (_, Vec<String>) =
            self.ask_all(id.partition(), &pipe).await.map_err(Error::reading("an order"))?;
        read_log(id, &log, timestamp(time))
    }

    /// Carries out a command: loads the order, lets the domain decide and appends what it says.
    ///
    /// Sent again with the same `trace.command` it changes nothing: what is already in the log is
    /// answered with the order as it is.
    ///
    /// # Errors
    /// [`ExecuteError::Refused`] with the true state. After [`Error::Write`] nobody knows whether
    /// it was carried out; send it again.
    pub async fn execute(
        &self,
        id: OrderId,
        trace: Trace,
        command: &Command,
        rules: &Rules,
    ) -> Result<Order, ExecuteError> {
        for _ in 0..TRIES_MAX {
            let loaded = self.load(id).await?.ok_or(ExecuteError::NotFound)?;
            let is_done = loaded.log.iter().any(|it| it.command == trace.command);
            let events = match decide(&loaded.order, command, loaded.now, rules) {
                _ if is_done => vec![],
                Ok(events) => events,
                Err(refusal) => {
                    let order = Box::new(loaded.order);
                    return Err(ExecuteError::Refused { refusal, order });
                }
            };
            if events.is_empty() {
                match self.confirm_order(&loaded.order).await? {
                    true => return Ok(loaded.order),
                    false => continue,
                }
            }
            let record = |event| Recorded {
                at: loaded.now,
                by: command.actor(),
                command: trace.command,
                cause: trace.cause,
                event,
            };
            let recorded: Vec<Recorded> = events.into_iter().map(record).collect();
            match self.append(id, Some(&loaded.order), &recorded).await? {
                Appended::Done(order) => return Ok(*order),
                Appended::Conflict => (),
            }
        }
        Err(Error::Contended(TRIES_MAX).into())
    }

    /// The place in the feed of an order's last change; 0 if there is no such order.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn order_position(&self, id: OrderId) -> Result<Position, Error> {
        let mut command = redis::cmd("LINDEX");
        command.arg(self.keys().log(id)).arg(-1);
        let partition = id.partition();
        let last: Option<String> =
            self.ask(partition, &command).await.map_err(Error::reading("an order"))?;
        let sequence = match &last {
            Some(element) => split(id, element)?.0,
            None => 0,
        };
        Ok(Position { partition, sequence })
    }

    /// Orders whose job is on offer, with pick-up or drop-off within the radius. In no order.
    ///
    /// # Errors
    /// If Redis fails, or what is stored cannot be read.
    pub async fn jobs_near(&self, from: Point, radius_meters: u32) -> Result<Vec<Order>, Error> {
        let search = |partition| async move {
            let mut pipe = redis::pipe();
            for key in [self.keys().jobs(partition), self.keys().drops(partition)] {
                pipe.cmd("GEOSEARCH").arg(key).arg("FROMLONLAT").arg(from.lng).arg(from.lat);
                pipe.arg("BYRADIUS").arg(radius_meters).arg("m");
            }
            let near: (Vec<String>, Vec<String>) =
                self.ask_all(partition, &pipe).await.map_err(Error::reading("jobs"))?;
            order_ids([near.0, near.1].concat())
        };
        let mut ids = try_join_all((0..self.partitions()).map(search)).await?.concat();
        ids.sort_unstable();
        ids.dedup();
        let mut orders = self.load_orders(&ids).await?;
        orders.retain(Order::is_job_on_offer);
        Ok(orders)
    }

    /// Reads many orders; those that are not there are left out.
    pub(crate) async fn load_orders(&self, ids: &[OrderId]) -> Result<Vec<Order>, Error> {
        let mut places: Vec<usize> = (0..ids.len()).collect();
        places.sort_by_key(|place| ids[*place].partition());
        let of_one_partition = places.chunk_by(|a, b| ids[*a].partition() == ids[*b].partition());
        let calls = of_one_partition.flat_map(|places| places.chunks(LOGS_AT_ONCE)).map(|places| {
            let ids: Vec<OrderId> = places.iter().map(|place| ids[*place]).collect();
            async move {
                let orders = self.load_neighbours(&ids).await?;
                Ok::<_, Error>(places.iter().copied().zip(orders))
            }
        });
        let mut orders: Vec<(usize, Option<Order>)> =
            try_join_all(calls).await?.into_iter().flatten().collect();
        orders.sort_unstable_by_key(|(place, _)| *place);
        Ok(orders.into_iter().filter_map(|(_, order)| order).collect())
    }

    /// Reads orders of one partition in one round trip.
    async fn load_neighbours(&self, ids: &[OrderId]) -> Result<Vec<Option<Order>>, Error> {
        let Some(first) = ids.first() else { return Ok(vec![]) };
        let mut pipe = redis::pipe();
        for id in ids {
            pipe.cmd("LRANGE").arg(self.keys().log(*id)).arg(0).arg(-1);
        }
        let logs: Vec<Vec<String>> =
            self.ask_all(first.partition(), &pipe).await.map_err(Error::reading("orders"))?;
        let read = |(id, log): (&OrderId, Vec<String>)| read_order(*id, &log);
        Ok(ids.iter().zip(logs).map(read).collect())
    }
}

/// Reads the elements of a log as that of one among many; `None` if there are none.
///
/// Neither if they cannot be read: a board without one ticket is better than none, and the others
/// on it have nothing to do with it.
pub(crate) fn read_order(id: OrderId, elements: &[String]) -> Option<Order> {
    match read_log(id, elements, Timestamp(0)) {
        Ok(loaded) => loaded.map(|loaded| loaded.order),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(order.id = %id, error, "an order cannot be read and is left out");
            None
        }
    }
}

pub(crate) fn read_log(
    id: OrderId,
    elements: &[String],
    now: Timestamp,
) -> Result<Option<Loaded>, Error> {
    let mut position = Position { partition: id.partition(), sequence: 0 };
    let mut log = Vec::with_capacity(elements.len());
    let mut sequences = Vec::with_capacity(elements.len());
    for element in elements {
        let (sequence, json) = split(id, element)?;
        position.sequence = sequence;
        sequences.push(sequence);
        log.push(serde_json::from_str(json).map_err(Error::decoding("an event"))?);
    }
    if log.is_empty() {
        return Ok(None);
    }
    match fold(id, &log) {
        Some(order) => Ok(Some(Loaded { order, log, sequences, position, now })),
        None => Err(Error::Broken(format!("the log of order {id} begins without a request"))),
    }
}

/// Splits an element of a log into the place of its append in the feed, and the event.
fn split(id: OrderId, element: &str) -> Result<(u64, &str), Error> {
    let parts = element.split_once(' ');
    parts
        .and_then(|(sequence, json)| Some((sequence.parse().ok()?, json)))
        .ok_or_else(|| Error::Broken(format!("the log of order {id} is not as we write it")))
}
