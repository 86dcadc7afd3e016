//! What riders are told, against a model that knows no cells and compares everybody with
//! everything.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Actor, Address, CommandId, DeliveryState, Event, PaymentMethod, Recorded, Request, Rules, Shop,
    fold,
};
use proptest::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::bulletin::Bulletin;
use super::mail::Mail;
use super::sphere::Place;
use super::watcher::MOVE_METERS;
use super::*;
use crate::channels::Subject;
use crate::identity::Identity;
use crate::protocol::{Encoding, Publication};
use crate::session::Outbox;
use crate::view::Terms;

const RIDERS: usize = 4;
const JOBS: usize = 6;
const STALE: Duration = Duration::from_secs(60);
const START: Timestamp = Timestamp(1_760_000_000_000);
const RADII_METERS: [u32; 5] = [500, 1_500, 3_000, 5_000, 10_000];

#[derive(Clone, Debug)]
enum Step {
    /// Someone comes, and looks from where they are.
    Listen {
        rider: usize,
        radius: usize,
        at: Point,
    },
    Leave {
        rider: usize,
    },
    /// The phone says where it is; the hub looks with the next tick.
    Report {
        rider: usize,
        at: Point,
        late: Duration,
    },
    Look {
        rider: usize,
        radius: Option<usize>,
        at: Point,
    },
    /// A job is announced, opened, offered further away, or not on offer any more.
    Job {
        job: usize,
        state: DeliveryState,
        ring: usize,
    },
    Wait {
        seconds: u64,
    },
}

/// Within the largest ring of each other or not, at a cell's edge or not.
fn point() -> impl Strategy<Value = Point> {
    let near =
        (0..40_u32, 0..40_u32).prop_map(|(y, x)| (f64::from(y) * 0.003, f64::from(x) * 0.003));
    let far = (0.0..0.12, 0.0..0.15);
    prop_oneof![3 => near, 1 => far].prop_map(|(y, x)| Point { lat: 37.5 + y, lng: 126.85 + x })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    use DeliveryState::*;
    let rider = || 0..RIDERS;
    let radius = || 0..RADII_METERS.len();
    let state = prop_oneof![
        2 => Just(Announced), 4 => Just(Open), 2 => Just(Claimed), 1 => Just(Withdrawn)
    ];
    let late = prop_oneof![4 => Just(0), 1 => 1..200_u64].prop_map(Duration::from_secs);
    let step = prop_oneof![
        3 => (rider(), radius(), point())
            .prop_map(|(rider, radius, at)| Step::Listen { rider, radius, at }),
        1 => rider().prop_map(|rider| Step::Leave { rider }),
        4 => (rider(), point(), late).prop_map(|(rider, at, late)| Step::Report { rider, at, late }),
        3 => (rider(), prop::option::of(radius()), point())
            .prop_map(|(rider, radius, at)| Step::Look { rider, radius, at }),
        8 => (0..JOBS, state, 0..Rules::RINGS_METERS.len())
            .prop_map(|(job, state, ring)| Step::Job { job, state, ring }),
        1 => (0..50_u64).prop_map(|seconds| Step::Wait { seconds }),
    ];
    prop::collection::vec(step, 20..80)
}

/// A rider as the model has them, and the screen that they have.
struct Screen {
    id: u64,
    outbox: Arc<Outbox>,
    shown: BTreeMap<String, bool>,
    expected: BTreeMap<OrderId, bool>,
    point: Point,
    looked_from: Point,
    radius_meters: u32,
    seen_at: Timestamp,
    reported_at: Timestamp,
}

struct Model {
    now: Timestamp,
    jobs: BTreeMap<OrderId, Order>,
    screens: Vec<Option<Screen>>,
}

/// What waits, message by message.
fn lines(outbox: &Outbox) -> Vec<String> {
    let messages = Encoding::Json.join(&mut outbox.take(usize::MAX).messages);
    String::from_utf8_lossy(&messages).lines().map(str::to_owned).collect()
}

fn rider(index: usize) -> RiderId {
    format!("r-{index}").parse().unwrap()
}

fn shop(job: usize) -> Point {
    Point { lat: 37.51 + 0.018 * job as f64, lng: 126.87 + 0.02 * job as f64 }
}

fn order(job: usize, state: DeliveryState, ring: usize, version: u64) -> Order {
    let home = Point { lat: shop(job).lat + 0.012, lng: shop(job).lng - 0.009 };
    let request = Request {
        number: 1,
        customer: "c-1".parse().unwrap(),
        shop: Shop { id: "s-1".parse().unwrap(), name: "n".into(), position: shop(job) },
        items: vec![],
        total_won: 1,
        address: Address { text: "t".into(), position: home },
        note: String::new(),
        payment: PaymentMethod { method: "card".into(), token: "t".into() },
        check_at: START,
        fee_won: 1,
        meters: 1,
        pickup_millis: 1,
        ride_millis: 1,
    };
    let recorded = Recorded {
        at: START,
        by: Actor::System,
        command: CommandId(Uuid::nil()),
        cause: None,
        event: Event::OrderRequested(Box::new(request)),
    };
    let mut order = fold(OrderId::new(START, 0, job as u64), [&recorded]).unwrap();
    order.delivery.state = state;
    order.delivery.ring = ring;
    order.version = version;
    order
}

impl Screen {
    fn is_fresh(&self, now: Timestamp) -> bool {
        now.since(self.seen_at) <= STALE
    }

    fn is_claimable(&self, job: &Order) -> bool {
        let meters = self.point.distance_meters(job.shop.position).round() as u32;
        job.ring_meters().is_some_and(|ring| meters <= ring)
    }

    /// What is expected of one job, whatever was before.
    fn compare(&mut self, job: &Order, is_fresh: bool) {
        let is_seen = self.expected.contains_key(&job.id);
        let factor = if is_seen { LEAVE_FACTOR } else { 1.0 };
        let is_near = [job.shop.position, job.address.position]
            .iter()
            .any(|end| self.point.distance_meters(*end) <= f64::from(self.radius_meters) * factor);
        match is_near {
            true if is_seen || is_fresh => {
                self.expected.insert(job.id, self.is_claimable(job));
            }
            true => (),
            false => {
                self.expected.remove(&job.id);
            }
        }
    }

    fn turn(&mut self, model: &Model, at: Point, radius: Option<usize>, when: Timestamp) {
        let radius_meters = radius.map_or(self.radius_meters, |it| RADII_METERS[it]);
        let was_fresh = self.is_fresh(model.now);
        let is_far = self.looked_from.distance_meters(at) >= MOVE_METERS
            || radius_meters != self.radius_meters;
        (self.point, self.radius_meters) = (at, radius_meters);
        self.seen_at = self.seen_at.max(when);
        if is_far {
            self.looked_from = at;
        }
        if is_far || !was_fresh {
            let is_fresh = self.is_fresh(model.now);
            model.jobs.values().for_each(|job| self.compare(job, is_fresh));
        }
    }

    /// Reads what was told since.
    fn read(&mut self) {
        for line in lines(&self.outbox) {
            let message: Value = serde_json::from_str(&line).unwrap();
            let news = &message["push"]["pub"]["data"];
            match news["type"].as_str() {
                Some("job") => self.show(&news["job"]),
                Some("jobGone") => {
                    let id = news["orderId"].as_str().unwrap();
                    assert!(self.shown.remove(id).is_some(), "never shown: {news}");
                }
                _ => panic!("{message}"),
            }
        }
    }

    fn show(&mut self, job: &Value) {
        let id = job["orderId"].as_str().unwrap().to_owned();
        self.shown.insert(id, job["claimable"].as_bool().unwrap());
    }
}

impl Model {
    fn step(&mut self, state: &mut State, step: &Step, version: u64) {
        match step {
            Step::Listen { rider: index, radius, at } => {
                self.leave(state, *index);
                self.screens[*index] = Some(self.listen(state, *index, *radius, *at));
            }
            Step::Leave { rider } => self.leave(state, *rider),
            Step::Report { rider: index, at, late } => {
                let when = self.now.before(*late);
                state.moved_to(&rider(*index), *at, when);
                assert!(!state.tick(self.now, usize::MAX));
                self.amend(*index, |model, screen| {
                    if when > screen.reported_at {
                        screen.reported_at = when;
                        screen.turn(model, *at, None, when);
                    }
                });
            }
            Step::Look { rider, radius, at } => {
                let Some(id) = self.screens[*rider].as_ref().map(|it| it.id) else { return };
                let radius_meters = radius.map(|it| RADII_METERS[it]);
                state.turn(id, Look { point: *at, radius_meters }, self.now, self.now);
                self.amend(*rider, |model, it| it.turn(model, *at, *radius, model.now));
            }
            Step::Job { job, state: delivery, ring } => {
                let order = order(*job, *delivery, *ring, version);
                if !order.is_job_on_offer() && !self.jobs.contains_key(&order.id) {
                    return;
                }
                state.take(order.clone(), self.now, None);
                for screen in self.screens.iter_mut().flatten() {
                    match order.is_job_on_offer() {
                        true => screen.compare(&order, screen.is_fresh(self.now)),
                        false => drop(screen.expected.remove(&order.id)),
                    }
                }
                match order.is_job_on_offer() {
                    true => self.jobs.insert(order.id, order),
                    false => self.jobs.remove(&order.id),
                };
            }
            Step::Wait { seconds } => self.now = self.now + Duration::from_secs(*seconds),
        }
        // No two reports of the same instant.
        self.now = self.now + Duration::from_millis(1);
    }

    fn listen(&self, state: &mut State, index: usize, radius: usize, point: Point) -> Screen {
        let outbox = Arc::<Outbox>::default();
        let identity = Arc::new(Identity::Rider(rider(index)));
        let listener = Listener::new(identity, Encoding::Json, Subject::Nearby, outbox.clone());
        listener.open(0).unwrap();
        let radius_meters = RADII_METERS[radius];
        let watcher = Watcher::new(rider(index), point, radius_meters, listener, self.now);
        let (id, jobs) = state.add(watcher, self.now);
        let mut screen = Screen {
            id,
            outbox,
            shown: BTreeMap::new(),
            expected: BTreeMap::new(),
            point,
            looked_from: point,
            radius_meters,
            seen_at: self.now,
            reported_at: Timestamp(0),
        };
        let distances: Vec<_> = jobs.iter().map(|job| job.distance_meters).collect();
        assert!(distances.is_sorted(), "{distances:?}");
        jobs.iter().for_each(|job| screen.show(&serde_json::to_value(job).unwrap()));
        self.jobs.values().for_each(|job| screen.compare(job, true));
        screen
    }

    fn leave(&mut self, state: &mut State, index: usize) {
        if let Some(screen) = self.screens[index].take() {
            state.remove(screen.id);
        }
    }

    fn amend(&mut self, index: usize, change: impl FnOnce(&Model, &mut Screen)) {
        if let Some(mut screen) = self.screens[index].take() {
            change(self, &mut screen);
            self.screens[index] = Some(screen);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_screen_is_what_comparing_everybody_with_everything_gives(
        steps in steps(),
        together in 1..6_usize,
    ) {
        let mut state = State::new(STALE);
        let screens = (0..RIDERS).map(|_| None).collect();
        let mut model = Model { now: START, jobs: BTreeMap::new(), screens };
        for (version, step) in steps.iter().enumerate() {
            model.step(&mut state, step, version as u64 + 2);
            if version % together > 0 {
                continue;
            }
            state.deliver();
            for (index, screen) in model.screens.iter_mut().enumerate() {
                let Some(screen) = screen else { continue };
                screen.read();
                let expected: BTreeMap<String, bool> =
                    screen.expected.iter().map(|(id, is)| (id.to_string(), *is)).collect();
                prop_assert_eq!(&screen.shown, &expected, "rider {} after {:?}", index, step);
            }
        }
        for index in 0..RIDERS {
            model.leave(&mut state, index);
        }
        prop_assert!(state.riders.is_empty() && state.watchers.is_empty());
        prop_assert!(state.moved.is_empty());
    }
}

#[test]
fn a_job_is_compared_with_those_who_may_see_it_and_not_with_everybody() {
    let mut state = State::new(STALE);
    let outbox = Arc::<Outbox>::default();
    let identity = Arc::new(Identity::Rider(rider(0)));
    let listener = Listener::new(identity, Encoding::Json, Subject::Nearby, outbox);
    let mut near = BTreeSet::new();
    let job = order(2, DeliveryState::Open, 0, 2);
    for n in 0..10_000_usize {
        // All over a city of 60 by 60 km.
        let point = Point {
            lat: 37.3 + 0.54 * (n % 100) as f64 / 100.0,
            lng: 126.6 + 0.68 * (n / 100) as f64 / 100.0,
        };
        let watcher = Watcher::new(rider(n), point, 3_000, listener.clone(), START);
        let (id, _) = state.add(watcher, START);
        let ends = [job.shop.position, job.address.position];
        if ends.iter().any(|end| point.distance_meters(*end) <= 3_000.0) {
            near.insert(id);
        }
    }
    let compared: BTreeSet<u64> = state.watchers_around(&job).into_iter().collect();
    assert!(near.is_subset(&compared));
    assert!(compared.len() < near.len() * 4, "{} for {}", compared.len(), near.len());
}

#[test]
fn who_is_silent_is_offered_nothing_and_sees_what_is_there_on_coming_back() {
    let mut state = State::new(STALE);
    let mut model =
        Model { now: START, jobs: BTreeMap::new(), screens: (0..RIDERS).map(|_| None).collect() };
    let at = shop(0);
    let wait = Step::Wait { seconds: 61 };
    let open = |job| Step::Job { job, state: DeliveryState::Open, ring: 0 };
    for (version, step) in
        [Step::Listen { rider: 0, radius: 2, at }, open(0), wait, open(1)].iter().enumerate()
    {
        model.step(&mut state, step, version as u64 + 2);
    }
    let told = |model: &mut Model, state: &mut State| {
        state.deliver();
        lines(&model.screens[0].as_ref().unwrap().outbox)
    };
    assert_eq!(told(&mut model, &mut state).len(), 1, "of the job before the silence");
    let back = Step::Report { rider: 0, at, late: Duration::ZERO };
    model.step(&mut state, &back, 9);
    let told = told(&mut model, &mut state);
    assert_eq!(told.len(), 1, "of the one that came meanwhile");
    assert!(told[0].contains(r#""type":"job""#));
}

#[test]
fn in_a_crowded_town_a_rider_sees_the_nearest_and_the_others_when_those_are_gone() {
    let mut state = State::new(STALE);
    let mut model = Model { now: START, jobs: BTreeMap::new(), screens: vec![None] };
    // All at one store, but for the first, which is nearer.
    let of = |dice: u64, state| {
        let mut order = order(usize::from(dice > 0), state, 0, 2);
        order.id = OrderId::new(START, 0, dice);
        order
    };
    let jobs = JOBS_MAX as u64 + 50;
    for dice in 0..jobs {
        state.take(of(dice, DeliveryState::Open), START, None);
    }
    let mut screen = model.listen(&mut state, 0, 3, shop(0));
    assert_eq!(screen.shown.len(), JOBS_MAX);
    assert!(screen.shown.contains_key(&of(0, DeliveryState::Open).id.to_string()));

    let taken: Vec<String> = screen.shown.keys().take(JOBS_MAX / 2 + 1).cloned().collect();
    for id in taken {
        let mut order = of(1, DeliveryState::Claimed);
        order.id = id.parse().unwrap();
        state.take(order, START, None);
    }
    state.deliver();
    screen.read();
    assert_eq!(screen.shown.len(), JOBS_MAX / 2 - 1);
    assert!(!state.tick(START, usize::MAX));
    state.deliver();
    screen.read();
    assert_eq!(screen.shown.len(), jobs as usize - JOBS_MAX / 2 - 1, "all that are left");
    model.leave(&mut state, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_nearest_jobs_are_those_that_comparing_all_of_them_gives(
        places in prop::collection::vec((point(), point()), 0..120),
        from in point(),
        radius_meters in 300.0..6_000.0,
        max in 1..40_usize,
    ) {
        let mut jobs = Jobs::default();
        let mut expected = Vec::new();
        for (dice, (pickup, dropoff)) in places.into_iter().enumerate() {
            let mut job = order(0, DeliveryState::Open, 0, 2);
            job.id = OrderId::new(START, 0, dice as u64);
            (job.shop.position, job.address.position) = (pickup, dropoff);
            // What is equally far away to a hair has no order but by the same measure.
            let meters_to = |end| Place::of(from).meters_to(Place::of(end));
            let meters = meters_to(pickup);
            if meters <= radius_meters || meters_to(dropoff) <= radius_meters {
                expected.push((meters, job.id));
            }
            jobs.put(Arc::new(job.into()));
        }
        expected.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let nearest = jobs.nearest(from, radius_meters, max);
        prop_assert_eq!(nearest.is_cut, expected.len() > max);
        let nearest: Vec<OrderId> = nearest.jobs.iter().map(|job| job.id).collect();
        let expected: Vec<OrderId> = expected.into_iter().take(max).map(|(_, id)| id).collect();
        prop_assert_eq!(nearest, expected);
    }
}

#[test]
fn what_is_told_to_many_is_what_is_shown_to_one() {
    for state in [DeliveryState::Announced, DeliveryState::Open] {
        let mut job = order(0, state, 0, 2);
        job.cook_due_at = Some(START);
        job.delivery.opened_at = Some(START);
        job.delivery.released.push((rider(1), START + STALE));
        for (rider, at) in [(rider(0), shop(0)), (rider(0), shop(3)), (rider(1), shop(0))] {
            let shown = JobView::offered(&job, &rider, at, START);
            let terms = Terms::of(&job, &rider, at.distance_meters(job.shop.position), START);
            let shown = serde_json::to_string(&shown).unwrap();
            let data = format!(r#"{{"type":"job","job":{shown}}}"#);
            let data = serde_json::from_str(&data).unwrap();
            let publications = [Publication { data, offset: 0 }];
            for encoding in [Encoding::Json, Encoding::Protobuf] {
                let alone = encoding.news(CHANNEL, &publications);
                let (bulletin, mut mail) = (Bulletin::of(&job), Mail::default());
                bulletin.write_to(&mut mail, encoding, terms);
                assert_eq!(mail.take().bytes, alone);
                for _ in 0..2 {
                    bulletin.write_to(&mut mail, encoding, terms);
                }
                assert_eq!(mail.take().bytes, encoding.join(&mut [alone.clone(), alone]));
            }
        }
    }
}
