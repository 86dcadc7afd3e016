//! What a store sees.

use domain::{CancelReason, Command, OrderId, State};

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
    for paused in [true, false] {
        world.streams.set_paused(&kitchen(), paused).await.unwrap();
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
