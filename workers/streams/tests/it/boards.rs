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
    assert_eq!(world.streams.board(&kitchen()).await.unwrap().position.sequence, 0);
    let order = world.mina_orders("k").await;
    assert_eq!(on_board(&world).await, [], "nobody has paid");
    for command in happy_path() {
        let order = world.happen(order.id, [command]).await;
        let expected: &[_] = match order.is_on_board() {
            true => &[(order.id, order.state)],
            false => &[],
        };
        assert_eq!(on_board(&world).await, expected);
        let last_change = world.streams.order_position(order.id).await.unwrap();
        let board_change = world.streams.board_position(&kitchen()).await.unwrap();
        // Leaving is a change of the board; what comes after is none.
        assert_eq!(board_change == last_change, order.state != State::Delivered);
    }
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
