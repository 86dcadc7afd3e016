//! Where riders are, by area.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::Point;
use streams::{Cell, Place};

use crate::world::{AT_STORE, World, eventually, id};

const STALE: Duration = Duration::from_secs(60);
/// In the next cell to the east.
const ACROSS: Point = Point { lat: 37.5540, lng: 126.9500 };

fn place(rider: &str, point: Point, left: Option<Cell>) -> Place {
    Place { rider: id(rider), point, left }
}

async fn seen(world: &World, cells: &[Cell], stale: Duration) -> BTreeSet<String> {
    let riders = world.streams.riders_in(cells, stale).await.unwrap();
    riders.into_iter().map(|(rider, _)| rider.to_string()).collect()
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[tokio::test]
async fn riders_are_found_where_they_were_last_heard_of() {
    let world = World::new().await;
    let (here, there) = (Cell::of(AT_STORE), Cell::of(ACROSS));
    assert_ne!(here, there);
    let places =
        [place("r-1", AT_STORE, None), place("r-2", AT_STORE, None), place("r-3", ACROSS, None)];
    world.streams.note_places(&places, STALE).await.unwrap();
    assert_eq!(seen(&world, &[here], STALE).await, names(["r-1", "r-2"]));
    let cells: BTreeSet<Cell> =
        world.streams.cells_with_riders(STALE).await.unwrap().into_iter().collect();
    assert_eq!(cells, [here, there].into());

    world.streams.note_places(&[place("r-2", ACROSS, Some(here))], STALE).await.unwrap();
    assert_eq!(seen(&world, &[here], STALE).await, names(["r-1"]));
    world.streams.forget_place(&id("r-1"), AT_STORE, STALE).await.unwrap();
    let all: Vec<Cell> = Cell::around(AT_STORE, 7_000.0).collect();
    let riders = world.streams.riders_in(&all, STALE).await.unwrap();
    assert_eq!(riders.len(), 2, "each once: {riders:?}");
    assert!(riders.iter().all(|(_, point)| point.distance_meters(ACROSS) < 1.0), "{riders:?}");
}

#[tokio::test]
async fn who_is_not_heard_of_again_is_forgotten_and_leaves_nothing_behind() {
    let world = World::new().await;
    let stale = Duration::from_millis(400);
    let before: usize = world.raw(&["DBSIZE"]).await;
    world.streams.note_places(&[place("r-1", AT_STORE, None)], stale).await.unwrap();
    let cells = [Cell::of(AT_STORE)];
    eventually("the rider is forgotten", async || {
        seen(&world, &cells, stale).await.is_empty().then_some(())
    })
    .await;
    eventually("the keys are gone", async || {
        (world.raw::<usize>(&["DBSIZE"]).await == before).then_some(())
    })
    .await;
}
