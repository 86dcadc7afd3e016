//! A service that nobody here knows of follows the orders.

use futures_util::future::join_all;
use tokio_util::task::AbortOnDropHandle;

use crate::World;
use crate::coupons::{coupons, hand_out_coupons};
use crate::world::{Customer, eventually};

impl World {
    async fn is_delivered_to(&self, customer: &Customer) {
        let order = customer.orders("tok_ok").await;
        self.until_state(order, domain::State::Placed).await;
        self.kitchen.cooks(order).await;
        self.rider.claims(order).await;
        self.rider.picks(order).await;
        self.rider.confirms(order).await;
    }

    fn start_coupons(&self) -> AbortOnDropHandle<()> {
        let (streams, url) = (self.streams.clone(), self.redis.url().to_owned());
        AbortOnDropHandle::new(tokio::spawn(async move {
            hand_out_coupons(&streams, &url).await.unwrap();
        }))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_second_delivery_earns_a_coupon_once() {
    let world = World::new().await;
    let redis = redis::Client::open(world.redis.url()).unwrap();
    let redis = redis.get_connection_manager().await.unwrap();
    let has = async |customer: &Customer, number| {
        eventually("coupons", async || {
            (coupons(&mut redis.clone(), &customer.id).await.unwrap() == number).then_some(())
        })
        .await;
    };
    world.rider.comes_online().await;
    // Deliveries from before there were coupons count as well, as far as the feeds reach.
    world.is_delivered_to(&world.mina).await;
    let [first, second] = [world.start_coupons(), world.start_coupons()];
    let other = world.customer(1);
    for customer in [&other, &world.mina, &world.mina] {
        world.is_delivered_to(customer).await;
    }
    has(&world.mina, 1).await;
    world.is_delivered_to(&world.mina).await;
    has(&world.mina, 2).await;
    assert_eq!(coupons(&mut redis.clone(), &other.id).await.unwrap(), 0);

    // Everything is heard again by a service that starts over, and nothing changes.
    drop((first, second));
    let mut again = redis.clone();
    let feeds: Vec<String> =
        redis::cmd("KEYS").arg("feed:*").query_async(&mut again).await.unwrap();
    for feed in feeds {
        let mut command = redis::cmd("XGROUP");
        command.arg("SETID").arg(feed).arg("coupons").arg("0");
        command.exec_async(&mut again).await.unwrap();
    }
    let _third = world.start_coupons();
    world.is_delivered_to(&other).await;
    has(&other, 1).await;
    let is_heard = async |partition| {
        let next = world.streams.first_needed("coupons", partition).await.unwrap();
        next > world.streams.feed_top(partition).await.unwrap()
    };
    eventually("all to be heard", async || {
        let heard = join_all((0..world.streams.partitions()).map(&is_heard)).await;
        heard.into_iter().all(|it| it).then_some(())
    })
    .await;
    has(&world.mina, 2).await;
    world.ends().await;
}
