//! What an entry of a feed is to those who listen: publications, each with the whole new view.

use domain::{Order, Store, Timestamp};
use serde::Serialize;
use streams::{CustomerNews, Entry, Error, Kind};

use crate::identity::Identity;
use crate::protocol::{Publication, payload};
use crate::topics::Topic;
use crate::view::{
    AlertView, Eyes, Instant, JobView, OrderStatusView, OrderView, ProgressView, StoreView,
    TicketView,
};

/// An entry, decoded.
#[derive(Debug)]
pub(crate) enum News {
    Order(Box<Order>),
    Store(Box<Store>),
    Customer(Box<CustomerNews>),
    /// The rider's job; the order's own entry is another one.
    Rider(Box<Order>),
}

/// Somebody has no part in it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stranger;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Body<'a> {
    #[serde(rename_all = "camelCase")]
    Order {
        order: Box<OrderView>,
        event: &'a str,
        server_time: Instant,
    },
    #[serde(rename_all = "camelCase")]
    Progress {
        progress: Box<ProgressView>,
        server_time: Instant,
    },
    #[serde(rename_all = "camelCase")]
    Ticket {
        ticket: Box<TicketView>,
        event: &'a str,
        server_time: Instant,
    },
    Store {
        store: Box<StoreView>,
    },
    OrderStatus(OrderStatusView),
    Alert(AlertView),
    #[serde(rename_all = "camelCase")]
    Job {
        job: Box<JobView>,
        event: &'a str,
        server_time: Instant,
    },
}

impl News {
    /// Decodes an entry.
    ///
    /// # Errors
    /// If its body is not what its kind says.
    pub(crate) fn decode(entry: &Entry) -> Result<News, Error> {
        Ok(match entry.kind {
            Kind::Order => News::Order(Box::new(entry.decode_order()?)),
            Kind::Rider => News::Rider(Box::new(entry.decode_order()?)),
            Kind::Store => News::Store(Box::new(entry.decode_store()?)),
            Kind::Customer => News::Customer(Box::new(entry.decode_news()?)),
            Kind::Unreadable => {
                return Err(Error::Broken(format!("the entry at {}", entry.position)));
            }
        })
    }

    /// The order, if this is what became of one.
    pub(crate) fn order(&self) -> Option<&Order> {
        match self {
            News::Order(order) => Some(order),
            News::Store(_) | News::Customer(_) | News::Rider(_) => None,
        }
    }

    /// In whose eyes `identity`, who listens to `topic`, sees this. `None` where all see the same.
    ///
    /// # Errors
    /// If this is none of their business any more.
    pub(crate) fn eyes(
        &self,
        topic: &Topic,
        identity: &Identity,
    ) -> Result<Option<Eyes>, Stranger> {
        match (topic, self) {
            (Topic::Order(_), News::Order(order)) => identity.eyes(order).map(Some).ok_or(Stranger),
            _ => Ok(None),
        }
    }

    /// What listeners of `topic` are told of this. Only the last publication has the place in the
    /// feed: whoever has it has all of them.
    pub(crate) fn publications(
        &self,
        topic: &Topic,
        eyes: Option<Eyes>,
        entry: &Entry,
    ) -> Vec<Publication> {
        let event = entry.events.rsplit(',').next().unwrap_or_default();
        let server_time = Instant(entry.at);
        let bodies = match (topic, self) {
            (Topic::Order(_), News::Order(order)) => match eyes {
                Some(Eyes::Party(audience)) => {
                    let order = Box::new(OrderView::of(order, audience));
                    vec![Body::Order { order, event, server_time }]
                }
                Some(Eyes::Guest) => {
                    let progress = Box::new(ProgressView::of(order));
                    vec![Body::Progress { progress, server_time }]
                }
                None => vec![],
            },
            // No store sees an order whose payment is not approved.
            (Topic::Store(_), News::Order(order)) if order.placed_at.is_none() => vec![],
            (Topic::Store(_), News::Order(order)) => {
                let ticket = Box::new(TicketView::of(order));
                vec![Body::Ticket { ticket, event, server_time }]
            }
            (Topic::Store(_), News::Store(store)) => {
                vec![Body::Store { store: Box::new(StoreView::from(store.as_ref().clone())) }]
            }
            (Topic::Customer(_), News::Customer(news)) => {
                let alerts = news.alerts.iter().map(|it| Body::Alert(AlertView::from(it)));
                let status = Body::OrderStatus(OrderStatusView::from(&news.status));
                std::iter::once(status).chain(alerts).collect()
            }
            (Topic::Rider(id), News::Rider(order)) => {
                let job = Box::new(JobView::of(order, id, None));
                vec![Body::Job { job, event, server_time }]
            }
            _ => vec![],
        };
        let last = bodies.len().saturating_sub(1);
        let publication = |(index, body): (usize, Body<'_>)| {
            let offset = if index == last { entry.position.sequence } else { 0 };
            Publication { data: payload(&body), offset }
        };
        bodies.into_iter().enumerate().map(publication).collect()
    }
}

/// Whether somebody who follows an order that is under way may know where its rider is. The store
/// has done its part, and the rider knows. Guests are left behind when it is not far from the door.
pub(crate) fn may_see_rider(identity: &Identity, is_far_from_door: bool) -> bool {
    match identity {
        Identity::Customer(_) | Identity::Operator(_) => true,
        Identity::Guest(_) => is_far_from_door,
        Identity::Store { .. } | Identity::Rider(_) => false,
    }
}

/// Whether somebody who follows a topic is told what is said beside its news. What a guest is told
/// was made for guests.
pub(crate) fn may_hear_aside(identity: &Identity) -> bool {
    !matches!(identity, Identity::Guest(_))
}

/// What a reply to `connect` says beside the protocol's own.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Welcome {
    pub(crate) server_time: Instant,
    pub(crate) role: &'static str,
}

impl Welcome {
    pub(crate) fn to(identity: &Identity, now: Timestamp) -> Welcome {
        Welcome { server_time: Instant(now), role: identity.role() }
    }
}
