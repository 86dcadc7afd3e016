//! A subscriber service of one's own: every second delivery earns its customer a coupon.
//!
//! The recipe, for whoever wants to follow orders without touching those who do already:
//!
//! 1. Open an [`Inbox`] under a group name of one's own: it gets every entry that the feeds keep.
//! 2. Ask the state and not the event: entries come late, twice, and in any order.
//! 3. Record so that twice is the same as once. Here that is a set of delivered orders, whose size
//!    says how many coupons there are.
//! 4. Acknowledge after recording, never before.
//!
//! Feeds keep what any group has yet to read: a service that retires takes its group along
//! (`XGROUP DESTROY`).

use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use domain::{CustomerId, State};
use redis::aio::ConnectionManager;
use streams::{Delivery, Inbox, Streams};

/// A delivery in so many earns a coupon.
const DELIVERIES_PER_COUPON: u64 = 2;
/// Entries taken at once.
const BATCH: usize = 16;
/// Far longer than recording takes, or two of us would work on the same.
const RECLAIM: Duration = Duration::from_secs(30);

/// Hands out coupons until it is stopped.
#[derive(Parser)]
struct Arguments {
    /// Where Redis is.
    #[arg(
        long,
        env = "REDIS_URL",
        default_value = "redis://127.0.0.1:6379",
        hide_env_values = true
    )]
    redis_url: String,
    /// How many feeds there are.
    #[arg(long, env = "PARTITIONS", default_value_t = 8)]
    partitions: u16,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { redis_url, partitions } = Arguments::parse();
    let streams = Streams::open(&redis_url, partitions).await.context("opening the streams")?;
    hand_out_coupons(&streams, &redis_url).await
}

/// Follows all orders, for ever.
pub(crate) async fn hand_out_coupons(streams: &Streams, redis_url: &str) -> anyhow::Result<()> {
    let client = redis::Client::open(redis_url).context("reading the address")?;
    let redis = client.get_connection_manager().await.context("connecting")?;
    let consumer = uuid::Uuid::now_v7().to_string();
    let mut inbox = Inbox::open(streams, "coupons", consumer, RECLAIM).await?;
    let acknowledger = inbox.acknowledger();
    loop {
        for delivery in inbox.next(BATCH).await {
            match see_to(&delivery, redis.clone()).await {
                Ok(()) => acknowledger.ack(&delivery).await.unwrap_or_else(|it| eprintln!("{it}")),
                // Not acknowledged: it comes again.
                Err(error) => eprintln!("could not see to {}: {error:#}", delivery.entry.position),
            }
        }
    }
}

async fn see_to(delivery: &Delivery, mut redis: ConnectionManager) -> anyhow::Result<()> {
    let Some(customer) = &delivery.entry.customer else { return Ok(()) };
    match delivery.entry.decode_order() {
        Ok(order) if order.state == State::Delivered => {
            let mut record = redis::cmd("SADD");
            record.arg(key(customer)).arg(order.id.to_string());
            let is_new = record.query_async(&mut redis).await.context("recording a delivery")?;
            if is_new {
                println!("{customer} has {} coupons", coupons(&mut redis, customer).await?);
            }
            Ok(())
        }
        // Not there yet, or no order at all.
        _ => Ok(()),
    }
}

/// How many coupons a customer has earned.
pub(crate) async fn coupons(
    redis: &mut ConnectionManager,
    customer: &CustomerId,
) -> anyhow::Result<u64> {
    let deliveries: u64 = redis::cmd("SCARD").arg(key(customer)).query_async(redis).await?;
    Ok(deliveries / DELIVERIES_PER_COUPON)
}

/// The one key of this service: orders of a customer that were delivered.
fn key(customer: &CustomerId) -> String {
    format!("coupons:{customer}")
}
