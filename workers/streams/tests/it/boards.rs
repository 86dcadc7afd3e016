//! What a store sees.

use domain::{Actor, CancelReason, Command, Order, OrderId, PausedBy, State};

use crate::world::*;

async fn on_board(world: &World) -> Vec<(OrderId, State)> {
    let board = world.streams.board(&kitchen()).await.unwrap();
    let position = world.streams.board_position(&kitchen()).await.unwrap();
    assert_eq!(board.position, position);
    board.orders.into_iter().map(|it| (it.id, it.state)).collect()
}

#[tokio::test]
async fn a_ticket_is_on_the_board_from_payment_to_pick_up() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    assert_eq!(on_board(&world).await, [], "nobody has paid");
    for command in happy_path() {
        let order = world.happen(order.id, [command]).await;
        let expected: &[_] = match order.is_on_board() {
            true => &[(order.id, order.state)],
            false => &[],
        };
        assert_eq!(on_board(&world).await, expected);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_missing_and_takes_nothing_else_with_it() {
    let world = World::new().await;
    let mut orders = Vec::new();
    for key in ["one", "other"] {
        let order = world.mina_orders(key).await;
        // To be cooked, with its job on offer, and somebody asked for help.
        let problem = Command::ReportProblem {
            by: Actor::Store(kitchen()),
            reason: "the oven is broken".to_owned(),
        };
        let steps = happy_path().into_iter().take(4).chain([problem]);
        orders.push(world.happen(order.id, steps).await);
    }
    let (broken, whole) = (orders[0].id, orders[1].id);
    let client = redis::Client::open(world.redis.url()).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let mut find = redis::cmd("KEYS");
    let [log]: [String; 1] = find
        .arg(format!("log:*:{broken}"))
        .query_async::<Vec<String>>(&mut redis)
        .await
        .unwrap()
        .try_into()
        .unwrap();
    let mut push = redis::cmd("RPUSH");
    push.arg(&log).arg("99 {\"event\":\"OfALaterProgram\"}");
    push.query_async::<()>(&mut redis).await.unwrap();

    let ids = |orders: &[Order]| orders.iter().map(|it| it.id).collect::<Vec<_>>();
    assert!(world.streams.load(broken).await.is_err(), "nobody goes on from what they cannot read");
    assert_eq!(ids(&world.streams.board(&kitchen()).await.unwrap().orders), [whole]);
    let page = world.streams.orders_of_everybody(None, None, 10).await.unwrap();
    assert_eq!(ids(&page.orders), [whole]);
    let near = world.streams.jobs_near(orders[1].shop.position, 1_000).await.unwrap();
    assert_eq!(ids(&near), [whole]);
    let stuck: Vec<Order> =
        world.streams.stuck(10).await.unwrap().into_iter().map(|it| it.order).collect();
    assert_eq!(ids(&stuck), [whole]);

    // Once it can be read again it is where it was.
    let mut pop = redis::cmd("RPOP");
    pop.arg(&log).query_async::<()>(&mut redis).await.unwrap();
    assert_eq!(ids(&world.streams.board(&kitchen()).await.unwrap().orders), [broken, whole]);
}

#[tokio::test]
async fn a_board_knows_of_the_last_news_of_its_store_whatever_they_were() {
    let world = World::new().await;
    let news = async || {
        let position = world.streams.board_position(&kitchen()).await.unwrap();
        assert_eq!(position, world.streams.feed_top(position.partition).await.unwrap());
        position
    };
    let mut last = news().await;
    let mut is_later = async |what: &str| {
        let next = news().await;
        assert!(next > last, "{what}");
        last = next;
    };
    let order = world.mina_orders("k").await;
    for command in happy_path() {
        let what = format!("{command:?}");
        world.happen(order.id, [command]).await;
        is_later(&what).await;
    }
    for by in [Some(PausedBy::Store), None] {
        world.streams.set_paused(&kitchen(), by).await.unwrap();
        is_later("a break").await;
    }
    for key in ["1", "2", "3"] {
        let unanswered = world.mina_orders(key).await;
        let at = unanswered.id.made_at();
        world.streams.note_unanswered(&kitchen(), unanswered.id, at).await.unwrap();
        is_later("an order that nobody answers").await;
    }
    assert_eq!(world.streams.board(&kitchen()).await.unwrap().position, last);
}

#[tokio::test]
async fn a_ticket_called_off_stays_until_the_store_knows() {
    let world = World::new().await;
    let order = world.mina_orders("k").await;
    world.happen(order.id, [approve(), cancel()]).await;
    assert_eq!(on_board(&world).await, [(order.id, State::Canceled)]);
    world.happen(order.id, [Command::Acknowledge { by: kitchen() }]).await;
    assert_eq!(on_board(&world).await, []);
}

#[tokio::test]
async fn a_ticket_that_the_store_called_off_goes_at_once() {
    let world = World::new().await;
    let (first, second) = (world.mina_orders("1").await, world.mina_orders("2").await);
    world.happen(first.id, [approve(), accept()]).await;
    world.happen(second.id, [approve()]).await;
    assert_eq!(
        on_board(&world).await,
        [(first.id, State::Accepted), (second.id, State::Placed)],
        "the oldest first"
    );
    let reason = CancelReason::StoreSoldOut;
    world.happen(first.id, [Command::CancelByStore { by: kitchen(), reason }]).await;
    assert_eq!(on_board(&world).await, [(second.id, State::Placed)]);
}
