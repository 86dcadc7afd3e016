//! Notices that a rider is about to arrive, when they report that they are near a door to which
//! they bring food.
//!
//! That it happened is an event of the order, so the customer is told once, by the workers, and
//! whoever was away finds it. A hub that ends before it is recorded loses nothing: the next report
//! is seconds away.

use dashmap::DashMap;
use domain::{Command, CommandId, OrderId, Point, RiderId, Rules, Trace};
use streams::{Error, ExecuteError};
use uuid::Uuid;

use crate::Hub;

/// Doors that are remembered before all are forgotten, and read again one by one.
const DOORS_MAX: usize = 10_000;

/// Where the jobs of riders who report here end. Spares them a look at each order with every
/// report: a door does not move.
#[derive(Debug, Default)]
pub(crate) struct Doors(DashMap<OrderId, Door>);

#[derive(Clone, Copy, Debug)]
enum Door {
    /// Nobody has come near it yet.
    Awaits(Point),
    /// All is said.
    Reached,
}

/// Notices it if this rider, who is at `from` and holds `jobs`, is about to arrive anywhere.
pub(crate) async fn notice(hub: &Hub, rider: &RiderId, from: Point, jobs: &[OrderId]) {
    for id in jobs {
        if let Err(error) = look(hub, rider, *id, from).await {
            let error = format!("{:#}", anyhow::Error::new(error));
            tracing::debug!(error, order.id = %id, "left an approach to the next report");
        }
    }
}

async fn look(hub: &Hub, rider: &RiderId, id: OrderId, from: Point) -> Result<(), ExecuteError> {
    let Some(Door::Awaits(door)) = find(hub, id).await? else { return Ok(()) };
    if from.distance_meters(door) > f64::from(Rules::APPROACH_METERS) {
        return Ok(());
    }
    let command = Command::NoticeApproach { rider: rider.clone(), from };
    let trace = Trace::of(CommandId(Uuid::now_v7()));
    let order = hub.streams().execute(id, trace, &command, &hub.rules()).await?;
    if order.delivery.approached || order.state.is_ended() {
        hub.doors().0.insert(id, Door::Reached);
    }
    Ok(())
}

async fn find(hub: &Hub, id: OrderId) -> Result<Option<Door>, Error> {
    let doors = &hub.doors().0;
    if let Some(door) = doors.get(&id) {
        return Ok(Some(*door));
    }
    let Some(loaded) = hub.streams().load(id).await? else { return Ok(None) };
    let door = match loaded.order.delivery.approached {
        true => Door::Reached,
        false => Door::Awaits(loaded.order.address.position),
    };
    if doors.len() >= DOORS_MAX {
        doors.clear();
    }
    doors.insert(id, door);
    Ok(Some(door))
}
