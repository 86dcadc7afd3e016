//! The one way in which an order changes: one script, one slot, all or nothing.

use std::sync::LazyLock;
use std::time::Duration;

use domain::{
    DeliveryState, Order, OrderId, PaymentState, Point, Recorded, RiderId, deadline, evolve, fold,
    react,
};
use redis::{Script, ScriptInvocation};

use crate::feed::telling;
use crate::stuck::is_stuck;
use crate::{Error, Streams, crash_point, sabotaged};

/// How long the log of an order is kept after its last event.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3_600);

/// How long an order stands in lists. Longer than anything may be owed to it.
pub(crate) const LISTED: Duration = Duration::from_secs(60 * 24 * 3_600);

const _: () = assert!(KEPT.as_secs() < LISTED.as_secs());

static APPEND: LazyLock<Script> = LazyLock::new(|| telling(include_str!("scripts/append.lua")));

/// What became of an append.
#[derive(Debug)]
pub(crate) enum Appended {
    /// It stands, and this is the order after it.
    Done(Box<Order>),
    /// Somebody else was first; nothing has changed.
    Conflict,
}

impl Streams {
    /// Appends what was decided for `before`, which is `None` for an order that begins with it.
    pub(crate) async fn append(
        &self,
        id: OrderId,
        before: Option<&Order>,
        recorded: &[Recorded],
    ) -> Result<Appended, Error> {
        self.append_in("", id, before, recorded).await
    }

    /// Begins an order, if its feed is in this epoch still: what was claimed for it before may be
    /// forgotten in another.
    pub(crate) async fn append_first(
        &self,
        epoch: &str,
        id: OrderId,
        recorded: &[Recorded],
    ) -> Result<Appended, Error> {
        self.append_in(epoch, id, None, recorded).await
    }

    async fn append_in(
        &self,
        epoch: &str,
        id: OrderId,
        before: Option<&Order>,
        recorded: &[Recorded],
    ) -> Result<Appended, Error> {
        let after = match before {
            Some(before) => Some(recorded.iter().fold(before.clone(), evolve)),
            None => fold(id, recorded),
        };
        let after =
            after.ok_or_else(|| Error::Broken(format!("order {id} begins without request")))?;
        let read = before.map_or(0, |it| it.version);
        let version = sabotaged!("version-check", self.version_by_now(id, read).await, read);
        let call = self.append_call(epoch, version, before, &after, recorded)?;
        let answer = crash_point!("append.sent", self.commit(id.partition(), &call)).await;
        #[cfg(feature = "sabotage")]
        let answer = self.resend(answer, before, &after, recorded).await;
        let (is_done, _): (bool, u64) = answer.map_err(Error::writing("an order"))?;
        crash_point!("append.done");
        match is_done {
            true => {
                tell(id, recorded, after.version);
                Ok(Appended::Done(Box::new(after)))
            }
            false => Ok(Appended::Conflict),
        }
    }

    /// The call that appends what was decided for `before`, if the order has this version by then,
    /// and the feed is in this epoch, if any is named.
    pub(crate) fn append_call(
        &self,
        epoch: &str,
        version: u64,
        before: Option<&Order>,
        after: &Order,
        recorded: &[Recorded],
    ) -> Result<ScriptInvocation<'static>, Error> {
        let encoding = "an order";
        let keys = self.keys();
        let partition = after.id.partition();
        let rider = holder(after);
        let previous_rider = before.and_then(holder).filter(|it| rider != Some(it));
        let names: Vec<&str> = recorded.iter().map(|it| it.event.name()).collect();
        let mut call = APPEND.prepare_invoke();
        call.key(keys.log(after.id)).key(keys.feed(partition)).key(keys.sequence(partition));
        call.key(keys.board(&after.shop.id));
        call.key(keys.jobs(partition)).key(keys.drops(partition)).key(keys.due(partition));
        call.key(keys.orders(partition)).key(keys.orders_of_store(&after.shop.id));
        call.key(keys.stuck(partition)).key(keys.epoch(partition));
        call.arg(version).arg(after.id.to_string());
        call.arg(after.shop.id.as_str()).arg(after.customer.as_str());
        call.arg(rider.map_or("", RiderId::as_str));
        call.arg(previous_rider.map_or("", RiderId::as_str));
        call.arg(after.version).arg(names.join(","));
        call.arg(serde_json::to_vec(after).map_err(Error::decoding(encoding))?);
        call.arg(after.is_on_board()).arg(before.is_some_and(Order::is_on_board));
        for coordinate in offered(after)? {
            call.arg(coordinate);
        }
        call.arg(text(deadline(after).map(|it| it.at.0)));
        call.arg(text(is_settled(after).then_some(KEPT.as_secs())));
        let listed_from = OrderId::new(after.id.made_at().before(LISTED), 0, 0);
        call.arg(listed_from.to_string());
        let stuck_since = recorded.last().filter(|_| is_stuck(after)).map(|it| it.at.0);
        call.arg(text(stuck_since));
        let last_command = before.filter(|it| it.version == version).map(|it| it.last_command);
        call.arg(last_command.map_or_else(|| epoch.to_owned(), |it| it.to_string()));
        call.arg(telemetry::traceparent().unwrap_or_default());
        for recorded in recorded {
            call.arg(serde_json::to_vec(recorded).map_err(Error::decoding(encoding))?);
        }
        Ok(call)
    }
}

/// Writes down who changed an order because of what, in ids: by these the way of an order is found
/// again in the logs of all programs.
fn tell(id: OrderId, recorded: &[Recorded], version: u64) {
    let Some(first) = recorded.first() else { return };
    let names: Vec<&str> = recorded.iter().map(|it| it.event.name()).collect();
    tracing::info!(
        order.id = %id,
        version,
        events = names.join(","),
        command.id = %first.command,
        cause.id = first.cause.map(tracing::field::display),
        "an order changed"
    );
}

/// Who holds the job, or did to its end. A withdrawn one still names a rider, who holds it no more.
fn holder(order: &Order) -> Option<&RiderId> {
    order.delivery.rider.as_ref().filter(|_| order.delivery.state != DeliveryState::Withdrawn)
}

/// Where the job of an order can be found, if it is on offer: pick-up and drop-off, or four blanks.
fn offered(order: &Order) -> Result<[String; 4], Error> {
    if !order.is_job_on_offer() {
        return Ok(Default::default());
    }
    let (pickup, drop) = (order.shop.position, order.address.position);
    // Or the script would fail half way.
    if ![pickup, drop].into_iter().all(Point::is_valid) {
        return Err(Error::Broken(format!("order {} is nowhere on the map", order.id)));
    }
    Ok([pickup.lng, pickup.lat, drop.lng, drop.lat].map(|it| it.to_string()))
}

/// Whether nothing more can happen to an order.
fn is_settled(order: &Order) -> bool {
    use PaymentState::*;
    let is_paid_out = matches!(order.payment.state, Approved | Declined | Refunded);
    let is_waiting = deadline(order).is_some() || react(order).is_some() || order.is_on_board();
    order.state.is_ended() && is_paid_out && !is_waiting
}

fn text(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |it| it.to_string())
}

#[cfg(all(test, feature = "private-redis"))]
mod against_model;
#[cfg(all(test, feature = "private-redis"))]
mod steps;
#[cfg(all(test, feature = "private-redis"))]
mod taken_over;
