//! Lists of orders, newest first, page by page.

use domain::{CustomerId, Order, OrderId, State, StoreId};
use futures_util::future::try_join_all;

use crate::clock::order_ids;
use crate::{Error, Streams};

/// Most orders read at once while a page is filled.
const CHUNK: usize = 100;

/// Most orders looked at for one page: a rare state in a long list ends the page early.
const LOOKED_AT_MAX: usize = 1_000;

/// Of a customer's newest orders, how many are looked at whether they are open: the list of those
/// that are is in another slot than the orders, and after a failover may know too much.
const NEWEST_MAX: usize = 50;

/// Most open orders of one customer. Nobody waits for so many dinners.
const OPEN_MAX: usize = 1_000;

/// Some orders of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Newest first. Fewer than asked for does not mean that there are no more.
    pub orders: Vec<Order>,
    /// After which order the next page begins, if there may be more.
    pub next: Option<OrderId>,
}

/// A list of ids in one partition.
struct List {
    partition: u16,
    key: String,
}

impl Streams {
    /// A customer's orders.
    ///
    /// # Errors
    /// If Redis fails, or what is stored cannot be read.
    pub async fn orders_of_customer(
        &self,
        customer: &CustomerId,
        state: Option<State>,
        after: Option<OrderId>,
        limit: usize,
    ) -> Result<Page, Error> {
        let partition = self.home_of_customer(customer);
        let list = List { partition, key: self.keys().placed(customer) };
        self.page(&[list], state, after, limit).await
    }

    /// All orders of a customer that have not ended, newest first. One read more than as many
    /// newest orders cost, however many there have been.
    ///
    /// # Errors
    /// If Redis fails, or what is stored cannot be read.
    pub async fn open_orders_of_customer(
        &self,
        customer: &CustomerId,
    ) -> Result<Vec<Order>, Error> {
        let (placed, open) = (self.keys().placed(customer), self.keys().open(customer));
        let mut pipe = redis::pipe();
        for (key, most) in [(placed, NEWEST_MAX), (open, OPEN_MAX)] {
            pipe.cmd("ZRANGE").arg(key).arg("+").arg("-").arg("BYLEX").arg("REV");
            pipe.arg("LIMIT").arg(0).arg(most);
        }
        let home = self.home_of_customer(customer);
        let read = self.ask_all(home, &pipe).await;
        let (newest, open): (Vec<String>, Vec<String>) =
            read.map_err(Error::reading("a list of orders"))?;
        let mut ids = order_ids([newest, open].concat())?;
        ids.sort_unstable_by(|a, b| b.cmp(a));
        ids.dedup();
        let mut orders = self.load_orders(&ids).await?;
        orders.retain(|order| !order.state.is_ended());
        Ok(orders)
    }

    /// A store's orders.
    ///
    /// # Errors
    /// If Redis fails, or what is stored cannot be read.
    pub async fn orders_of_store(
        &self,
        store: &StoreId,
        state: Option<State>,
        after: Option<OrderId>,
        limit: usize,
    ) -> Result<Page, Error> {
        let partition = self.partition_of_store(store);
        let list = List { partition, key: self.keys().orders_of_store(store) };
        self.page(&[list], state, after, limit).await
    }

    /// Everybody's orders, for operators.
    ///
    /// # Errors
    /// If Redis fails, or what is stored cannot be read.
    pub async fn orders_of_everybody(
        &self,
        state: Option<State>,
        after: Option<OrderId>,
        limit: usize,
    ) -> Result<Page, Error> {
        let list = |partition| List { partition, key: self.keys().orders(partition) };
        let lists: Vec<List> = (0..self.partitions()).map(list).collect();
        self.page(&lists, state, after, limit).await
    }

    async fn page(
        &self,
        lists: &[List],
        state: Option<State>,
        mut after: Option<OrderId>,
        limit: usize,
    ) -> Result<Page, Error> {
        let mut orders = Vec::new();
        // Without a filter one more than asked for says whether there is another page.
        let chunk = match state {
            None => limit.saturating_add(1).min(CHUNK),
            Some(_) => CHUNK,
        };
        for _ in 0..LOOKED_AT_MAX.div_ceil(chunk) {
            let ids = self.newest(lists, after, chunk).await?;
            for order in self.load_orders(&ids).await? {
                if orders.len() == limit {
                    return Ok(Page { next: after, orders });
                }
                after = Some(order.id);
                orders.extend(Some(order).filter(|it| state.is_none_or(|state| it.state == state)));
            }
            if ids.len() < chunk {
                return Ok(Page { orders, next: None });
            }
            // Further than the last order that was found: the log of an old one may be gone.
            after = ids.last().copied();
        }
        Ok(Page { orders, next: after })
    }

    /// The newest ids of several lists, as of one.
    async fn newest(
        &self,
        lists: &[List],
        after: Option<OrderId>,
        count: usize,
    ) -> Result<Vec<OrderId>, Error> {
        let below = after.map_or_else(|| "+".to_owned(), |id| format!("({id}"));
        let below = below.as_str();
        let read = |list: &List| {
            // Ids begin with the time, so their alphabet is the order of time.
            let mut command = redis::cmd("ZRANGE");
            command.arg(&list.key).arg(below).arg("-").arg("BYLEX").arg("REV");
            command.arg("LIMIT").arg(0).arg(count);
            let partition = list.partition;
            async move {
                let ids = self.ask(partition, &command).await;
                order_ids(ids.map_err(Error::reading("a list of orders"))?)
            }
        };
        let mut ids = try_join_all(lists.iter().map(read)).await?.concat();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        ids.truncate(count);
        Ok(ids)
    }
}
