//! What riders see, whatever happened in whatever order: the jobs that are near them, and nothing
//! else.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{CancelReason, Command, DeliveryState, Order, OrderId, Point, RiderId};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::line::Line;
use crate::scene::{Scene, now, seen};

const EVENINGS: u64 = 8;
const STEPS: usize = 60;
/// After about so many steps everything comes to rest, and everybody is asked what they see.
const RESTS_EVERY: u32 = 8;
const RIDERS: usize = 4;
const JOBS: usize = 6;
const RADII_METERS: [u32; 3] = [1_000, 2_500, 6_000];
/// How far a job that is seen may be beyond the radius.
const LEAVE_FACTOR: f64 = 1.1;
/// How long a screen may take to become right.
const PATIENCE: Duration = Duration::from_secs(60);

/// Store and home of a job.
fn ends(job: usize) -> (Point, Point) {
    let east = 0.025 * (job % 3) as f64;
    let north = 0.030 * (job / 3) as f64;
    let store = Point { lat: 37.53 + north, lng: 126.88 + east };
    (store, Point { lat: store.lat + 0.011, lng: store.lng - 0.008 })
}

/// Somewhere that is clearly near or clearly far: what lies on an edge may be seen or not, by
/// where somebody came from.
fn somewhere(dice: &mut StdRng) -> Point {
    loop {
        let point =
            Point { lat: dice.random_range(37.50..37.60), lng: dice.random_range(126.85..126.96) };
        let is_clear = |meters: f64| {
            let is_on_edge = |radius: &u32| {
                let radius = f64::from(*radius);
                (radius * 0.99..radius * LEAVE_FACTOR * 1.01).contains(&meters)
            };
            !RADII_METERS.iter().any(is_on_edge) && !(1_490.0..1_510.0).contains(&meters)
        };
        let all_clear = (0..JOBS).map(ends).all(|(store, home)| {
            is_clear(point.distance_meters(store)) && is_clear(point.distance_meters(home))
        });
        if all_clear {
            return point;
        }
    }
}

/// A rider, and what their screen shows.
struct Rider {
    id: RiderId,
    line: Option<Line>,
    hub: usize,
    point: Point,
    radius_meters: u32,
    /// By order: version, and whether the button is there.
    screen: BTreeMap<String, (u64, bool)>,
}

impl Rider {
    async fn connects(&mut self, scene: &Scene, hub: usize) {
        self.hub = hub;
        self.line = Some(scene.rider(hub, self.id.as_str()).await);
        self.subscribes().await;
    }

    async fn subscribes(&mut self) {
        let Some(line) = &mut self.line else { return };
        line.ask("unsubscribe", json!({"channel": "nearby"})).await;
        // What was told before has been told.
        line.everything().await;
        let look = json!({"channel": "nearby", "data":
            {"lat": self.point.lat, "lng": self.point.lng, "radiusMeters": self.radius_meters}});
        let reply = line.ask("subscribe", look).await;
        let jobs = reply["subscribe"]["data"]["jobs"].as_array().expect("a snapshot").clone();
        self.screen.clear();
        jobs.iter().for_each(|job| self.show(job));
    }

    /// Goes somewhere: by word to their own hub, or by another that heard of it.
    async fn moves(&mut self, scene: &Scene, point: Point) {
        self.point = point;
        let is_told_here = self.id.as_str().ends_with(['0', '2']);
        match &mut self.line {
            Some(line) if is_told_here => {
                line.calls("nearby.move", json!({"lat": point.lat, "lng": point.lng})).await;
            }
            _ => {
                let fix = streams::Fix { point, heading: None, at: now() };
                scene.streams.publish_fix(&self.id, fix).await.expect("Redis answers");
                // No two positions of the same instant.
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    }

    async fn reads(&mut self) {
        let Some(line) = &mut self.line else { return };
        for message in line.everything().await {
            let news = &message["push"]["pub"]["data"];
            match news["type"].as_str() {
                Some("job") => self.show(&news["job"]),
                Some("jobGone") => {
                    let id = news["orderId"].as_str().expect("an id");
                    assert!(self.screen.remove(id).is_some(), "never shown: {news}");
                }
                _ => (),
            }
        }
    }

    fn show(&mut self, job: &Value) {
        let shown = (job["version"].as_u64().expect("a version"), job["claimable"] == true);
        self.screen.insert(job["orderId"].as_str().expect("an id").to_owned(), shown);
    }

    /// What they should see, from nothing but the orders as they are.
    fn expects(&self, orders: &[Order]) -> BTreeMap<String, (u64, bool)> {
        let is_near = |order: &&Order| {
            [order.shop.position, order.address.position]
                .iter()
                .any(|end| self.point.distance_meters(*end) <= f64::from(self.radius_meters))
        };
        let seen = |order: &Order| {
            let meters = self.point.distance_meters(order.shop.position).round() as u32;
            let is_inside = order.ring_meters().is_some_and(|ring| meters <= ring);
            let has_released = order.delivery.released.iter().any(|(rider, _)| *rider == self.id);
            (order.id.to_string(), (order.version, is_inside && !has_released))
        };
        let on_offer = orders.iter().filter(|order| order.is_job_on_offer());
        on_offer.filter(is_near).map(seen).collect()
    }
}

struct Evening<'a> {
    scene: &'a Scene,
    dice: StdRng,
    riders: Vec<Rider>,
    jobs: Vec<OrderId>,
}

impl Evening<'_> {
    async fn begin(scene: &Scene, seed: u64) -> Evening<'_> {
        let mut dice = StdRng::seed_from_u64(seed);
        let mut jobs = Vec::new();
        for job in 0..JOBS {
            let store = format!("s-{job}");
            let id = scene.placed_at(&store, ends(job).1).await;
            scene.cooks_at(&store, id, 0).await;
            jobs.push(id);
        }
        let mut riders = Vec::new();
        for index in 0..RIDERS {
            let id = scene.goes_online(&format!("r-{seed}-{index}")).await;
            let radius_meters = RADII_METERS[dice.random_range(0..RADII_METERS.len())];
            let point = somewhere(&mut dice);
            let screen = BTreeMap::new();
            let mut rider = Rider { id, line: None, hub: 0, point, radius_meters, screen };
            rider.connects(scene, index % 2).await;
            riders.push(rider);
        }
        Evening { scene, dice, riders, jobs }
    }

    async fn order(&self, id: OrderId) -> Order {
        self.scene.streams.load(id).await.expect("Redis answers").expect("it is there").order
    }

    async fn step(&mut self) {
        let index = self.dice.random_range(0..RIDERS);
        let scene = self.scene;
        match self.dice.random_range(0..10) {
            0..4 => {
                let point = somewhere(&mut self.dice);
                self.riders[index].moves(scene, point).await;
            }
            // Drops, and comes back to either hub now or later.
            4 => self.riders[index].line = None,
            5 => {
                let hub = self.dice.random_range(0..2);
                self.riders[index].connects(scene, hub).await;
            }
            6 => self.riders[index].subscribes().await,
            _ => self.job_goes_on(index).await,
        }
    }

    async fn job_goes_on(&mut self, rider: usize) {
        let job = self.dice.random_range(0..JOBS);
        let (id, store) = (self.jobs[job], format!("s-{job}"));
        let by = self.riders[rider].id.clone();
        let order = self.order(id).await;
        let is_lucky = self.dice.random_range(0..3) > 0;
        let command = match (order.delivery.state, is_lucky) {
            (DeliveryState::None, _) if !order.state.is_ended() => {
                Command::StartCook { by: order.shop.id }
            }
            (DeliveryState::Announced, true) => Command::FinishCook { by: order.shop.id },
            (DeliveryState::Open, true)
                if !order.delivery.released.iter().any(|(who, _)| *who == by) =>
            {
                Command::Claim { by, from: seen(order.shop.position) }
            }
            (DeliveryState::Claimed, true) => {
                let by = order.delivery.rider.expect("somebody has it");
                Command::Release { by, reason: "flat tire".to_owned() }
            }
            (DeliveryState::Announced | DeliveryState::Open, false) => {
                let reason = CancelReason::StoreOther;
                Command::CancelByStore { by: order.shop.id, reason }
            }
            (DeliveryState::Withdrawn, _) => {
                // Another one in its place.
                let next = self.scene.placed_at(&store, ends(job).1).await;
                self.scene.cooks_at(&store, next, 0).await;
                self.jobs[job] = next;
                return;
            }
            _ => return,
        };
        self.scene.does(id, command).await;
    }

    /// Waits until every screen is right.
    async fn rests(&mut self, seed: u64, step: usize) {
        let mut orders = Vec::new();
        for id in &self.jobs {
            orders.push(self.order(*id).await);
        }
        let give_up_at = tokio::time::Instant::now() + PATIENCE;
        for rider in &mut self.riders {
            if rider.line.is_none() {
                continue;
            }
            let expected = rider.expects(&orders);
            loop {
                rider.reads().await;
                if rider.screen == expected {
                    break;
                }
                assert!(
                    tokio::time::Instant::now() < give_up_at,
                    "evening {seed}, step {step}: {} of hub {} sees {:?} and not {expected:?}",
                    rider.id,
                    rider.hub,
                    rider.screen,
                );
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_shows_what_is_near_whatever_happened_before() {
    let scene = Scene::with_patient_hubs(2).await;
    for job in 0..JOBS {
        scene.opens_store(&format!("s-{job}"), ends(job).0).await;
    }
    for seed in 0..EVENINGS {
        let mut evening = Evening::begin(&scene, seed).await;
        for step in 0..STEPS {
            evening.step().await;
            if evening.dice.random_ratio(1, RESTS_EVERY) {
                evening.rests(seed, step).await;
            }
        }
        evening.rests(seed, STEPS).await;
        // And it stays so.
        tokio::time::sleep(Duration::from_millis(500)).await;
        evening.rests(seed, STEPS + 1).await;
        for (job, id) in evening.jobs.iter().enumerate() {
            let order = evening.order(*id).await;
            if !order.state.is_ended() {
                let by = format!("s-{job}").parse().expect("this is an id");
                let reason = CancelReason::StoreOther;
                scene.does(*id, Command::CancelByStore { by, reason }).await;
            }
        }
    }
}
