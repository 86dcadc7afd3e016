//! Orders that need a person, or are owed something.

use domain::{Actor, Command, Effect};

use crate::world::*;

#[tokio::test]
async fn an_order_is_stuck_as_long_as_it_is_owed_something_or_needs_a_person() {
    let world = World::new().await;
    let stuck = async || world.streams.stuck(10).await.unwrap();
    let order = world.mina_orders("k").await;
    let found = stuck().await;
    assert_eq!((found[0].order.id, found[0].owed), (order.id, Some(Effect::Charge)));
    assert_eq!(found[0].since, order.requested_at);

    world.happen(order.id, [approve(), accept()]).await;
    assert_eq!(stuck().await, []);
    let problem = Command::ReportProblem { by: Actor::Customer(mina()), reason: "r".into() };
    let helped = world.happen(order.id, [problem.clone(), problem]).await;
    let found = stuck().await;
    assert_eq!((found.len(), found[0].owed, &found[0].order), (1, None, &helped));
    let first = helped.steps.iter().find(|it| it.event == "ProblemReported").unwrap();
    assert_eq!(found[0].since, first.at, "a second problem makes it no younger");

    world.happen(order.id, [cancel()]).await;
    assert_eq!(stuck().await[0].owed, Some(Effect::Refund));
    let failed = Command::RecordRefundFailure { reason: "r".into() };
    world.happen(order.id, [failed]).await;
    assert_eq!(stuck().await[0].owed, Some(Effect::Refund), "its next try is still to come");
    world.happen(order.id, [Command::RecordRefund { refund: "f".into() }]).await;
    assert_eq!(stuck().await, []);
}

#[tokio::test]
async fn the_longest_stuck_order_comes_first() {
    let world = World::new().await;
    let mut placed = Vec::new();
    for n in 0..3 {
        placed.push(world.mina_orders(&format!("k-{n}")).await.id);
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let found = world.streams.stuck(2).await.unwrap();
    let ids: Vec<_> = found.iter().map(|it| it.order.id).collect();
    assert_eq!(ids, placed[..2]);
}
