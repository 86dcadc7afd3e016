//! Connections that break between any two events of an order, a thousand times, at either of two
//! hubs: whoever follows sees all of it, once, in order, and what everybody else sees.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{Command, OrderId, RiderId};
use futures_util::future::join_all;
use rand::rngs::Xoshiro256PlusPlus as Dice;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::events::Stream;
use crate::line::Line;
use crate::scene::{SHOP, Scene, parsed, seen, token};

/// How many connections break in all.
const DROPS: usize = 1_000;
/// Orders that are followed at the same time.
const ORDERS_AT_ONCE: u64 = 6;
/// Longest time between two events, and that a connection lasts.
const EVENT_MAX_MS: u64 = 60;
const CONNECTION_MAX_MS: u64 = 90;
/// How long a connection that does not break may take to tell all, on a busy machine. Less than a
/// line waits, so that it is told who missed what.
const PATIENCE: Duration = Duration::from_secs(50);

/// What each kind of view shows of each version of an order: the same to all.
type Views = Arc<Mutex<HashMap<(String, String, u64), Value>>>;

/// Somebody who follows a channel over connections that break.
struct Watcher {
    who: &'static str,
    token: String,
    channel: String,
    has_library: bool,
    dice: Dice,
    views: Views,
    place: Option<(String, u64)>,
    /// The newest version of each order that was seen.
    versions: HashMap<String, u64>,
    /// The versions of the order that counts, as they came.
    seen: Vec<u64>,
    order: String,
}

impl Watcher {
    /// Is there from the beginning.
    async fn begin(&mut self, hubs: [SocketAddr; 2]) {
        self.connect(hubs, PATIENCE, |it| it.place.is_some()).await;
        assert!(self.place.is_some(), "cannot begin: {self:?}");
    }

    /// Follows until all has happened and the version that is last has come. Returns how often
    /// the connection broke.
    async fn follow(&mut self, hubs: [SocketAddr; 2], last: watch::Receiver<Option<u64>>) -> usize {
        let mut drops = 0;
        loop {
            let is_over = *last.borrow();
            match is_over {
                Some(last) => {
                    self.connect(hubs, PATIENCE, |it| it.has(last)).await;
                    assert!(self.has(last), "never saw version {last}: {self:?}");
                    return drops;
                }
                None => {
                    let lasts = self.dice.random_range(0..CONNECTION_MAX_MS);
                    self.connect(hubs, Duration::from_millis(lasts), |_| false).await;
                    drops += 1;
                }
            }
        }
    }

    /// Follows over one connection, as long as it lasts, or until it is enough.
    async fn connect(
        &mut self,
        hubs: [SocketAddr; 2],
        lasts: Duration,
        is_enough: impl Fn(&Watcher) -> bool,
    ) {
        let hub = hubs[self.dice.random_range(0..2)];
        let _ = match self.has_library {
            true => timeout(lasts, self.by_socket(hub, is_enough)).await,
            false => timeout(lasts, self.by_stream(hub, is_enough)).await,
        };
    }

    fn has(&self, version: u64) -> bool {
        self.seen.last() == Some(&version)
    }

    async fn by_socket(&mut self, hub: SocketAddr, is_enough: impl Fn(&Watcher) -> bool) {
        let Some(mut line) = Line::try_connect(hub, &self.token).await else { return };
        let request = match &self.place {
            None => json!({"channel": self.channel}),
            Some((epoch, offset)) => json!({
                "channel": self.channel, "recover": true, "epoch": epoch, "offset": offset,
            }),
        };
        let reply = line.ask("subscribe", request).await;
        let reply = &reply["subscribe"];
        match &self.place {
            None => {
                let epoch = reply["epoch"].as_str().expect("a place").to_owned();
                self.place = Some((epoch, reply["offset"].as_u64().unwrap_or(0)));
                self.start(&reply["data"]);
            }
            Some(_) => assert_eq!(reply["recovered"], true, "{}: {reply}", self.who),
        }
        for publication in reply["publications"].as_array().into_iter().flatten() {
            self.hear(&publication["data"], publication["offset"].as_u64());
        }
        while !is_enough(self) {
            let publication = line.publication(&self.channel).await;
            self.hear(&publication["data"], publication["offset"].as_u64());
        }
    }

    async fn by_stream(&mut self, hub: SocketAddr, is_enough: impl Fn(&Watcher) -> bool) {
        let last = self.place.as_ref().map(|(epoch, offset)| format!("{epoch}:{offset}"));
        let stream = Stream::try_open(hub, &self.channel, &self.token, last.as_deref()).await;
        let Some(mut stream) = stream else { return };
        while !is_enough(self) {
            let event = stream.event().await;
            let data: Value = serde_json::from_str(&event.data).expect("data are JSON");
            let place = event.id.rsplit_once(':');
            let place =
                place.map(|(epoch, offset)| (epoch.to_owned(), offset.parse().expect("one")));
            if event.kind == "snapshot" {
                assert_eq!(self.place, None, "{}: {event:?}", self.who);
                self.place = place;
                self.start(&data);
            } else {
                self.hear(&data, place.map(|(_, offset)| offset));
            }
        }
    }

    /// A picture to begin with.
    fn start(&mut self, data: &Value) {
        if data["order"].is_object() {
            self.see("order", &data["order"]);
        }
        for ticket in data["tickets"].as_array().into_iter().flatten() {
            self.see("ticket", ticket);
        }
        for job in data["jobs"].as_array().into_iter().flatten() {
            self.see("job at a distance", job);
        }
    }

    fn hear(&mut self, data: &Value, offset: Option<u64>) {
        if let (Some((_, place)), Some(offset)) = (&mut self.place, offset) {
            assert!(*place < offset, "{} was told {offset} after {place}", self.who);
            *place = offset;
        }
        let kind = data["type"].as_str().expect("news have a type").to_owned();
        if data[&kind]["version"].is_u64() {
            self.see(&kind, &data[&kind]);
        }
    }

    fn see(&mut self, kind: &str, view: &Value) {
        let id = view["id"].as_str().or(view["orderId"].as_str()).expect("an order").to_owned();
        let version = view["version"].as_u64().expect("a version");
        let known = self.versions.get(&id).copied().unwrap_or(0);
        // News for a rider are made by somebody who comes a moment later than the order.
        if version <= known {
            assert!(kind == "job", "{} saw version {version} after {known}", self.who);
            return;
        }
        self.versions.insert(id.clone(), version);
        if id == self.order {
            self.seen.push(version);
        }
        let mut views = self.views.lock().expect("nobody panics with it");
        let seen = views.entry((format!("{} {kind}", self.who), id, version));
        let first = seen.or_insert_with(|| view.clone());
        assert_eq!(first, view, "one version, two views");
    }
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher")
            .field("who", &self.who)
            .field("channel", &self.channel)
            .field("place", &self.place)
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}

/// What happens to an order that goes well, step by step.
fn steps(rider: &RiderId) -> Vec<Command> {
    let (store, by) = (|| parsed("s-1"), || rider.clone());
    vec![
        Command::ReceiveTicket { by: store() },
        Command::Accept { by: store(), cook_minutes: 15 },
        Command::StartCook { by: store() },
        Command::FinishCook { by: store() },
        Command::Claim { by: by(), from: seen(SHOP) },
        Command::Pick { by: by(), from: None },
        Command::Confirm { by: by() },
    ]
}

/// One order, followed by all whom it concerns. Returns how many connections broke.
async fn order(scene: &Scene, seed: u64, views: Views) -> usize {
    let mut dice = Dice::seed_from_u64(seed);
    let hubs = [scene.hub(0), scene.hub(1)];
    let id = scene.placed().await;
    let rider: RiderId = parsed(&format!("r-{seed}"));
    let mut versions = vec![version(scene, id).await];
    let (over, is_over) = watch::channel(None);
    let watcher = |who, sub: &str, channel: String, has_library| Watcher {
        who,
        token: token(who, sub, 600),
        channel,
        has_library,
        dice: Dice::seed_from_u64(seed ^ dice.random::<u64>()),
        views: views.clone(),
        place: None,
        versions: HashMap::new(),
        seen: vec![],
        order: id.to_string(),
    };
    let (of_order, of_store) = (format!("order:{id}"), "store:s-1".to_owned());
    let mut watcher = watcher;
    let mut watchers = [
        watcher("customer", "mina", of_order.clone(), true),
        watcher("customer", "mina", of_order.clone(), false),
        watcher("store", "cook", of_store.clone(), true),
        watcher("store", "cook", of_order.clone(), false),
        watcher("operator", "o-1", of_order, true),
        watcher("operator", "o-1", of_store, false),
        watcher("rider", rider.as_str(), format!("rider:{rider}"), true),
        watcher("rider", rider.as_str(), format!("rider:{rider}"), false),
    ];
    let mut dice = Dice::seed_from_u64(seed);
    let advance = async {
        for command in steps(&rider) {
            sleep(Duration::from_millis(dice.random_range(0..EVENT_MAX_MS))).await;
            let order = scene.does(id, command).await;
            versions.push(order.version);
            let told = scene.streams.tell_rider(&rider, &order, "RiderAssigned").await;
            told.expect("Redis answers");
        }
        over.send_replace(versions.last().copied());
    };
    join_all(watchers.iter_mut().map(|it| it.begin(hubs))).await;
    let follow = watchers.iter_mut().map(|it| it.follow(hubs, is_over.clone()));
    let (drops, ()) = tokio::join!(join_all(follow), advance);
    for watcher in &watchers {
        let from = versions.iter().position(|it| Some(it) == watcher.seen.first());
        let expected = &versions[from.expect("it began with a version that was")..];
        assert_eq!(watcher.seen, expected, "{watcher:?}");
    }
    drops.iter().sum()
}

async fn version(scene: &Scene, id: OrderId) -> u64 {
    scene.streams.load(id).await.expect("Redis answers").expect("it was placed").order.version
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_broken_connections_hide_nothing_and_repeat_nothing() {
    let seed = rand::random::<u32>();
    eprintln!("seed {seed}");
    let mut scene = Scene::with_hubs(0).await;
    for _ in 0..2 {
        // Of a connection that broke the hub hears a little later.
        scene.add_hub_with(|config| config.connections_per_user_max = 10_000).await;
    }
    let views = Views::default();
    let drops = AtomicUsize::new(0);
    let follow = |of: u64| {
        let (scene, views, drops) = (&scene, &views, &drops);
        async move {
            for round in 0.. {
                if drops.load(Ordering::Relaxed) >= DROPS {
                    return;
                }
                let seed = u64::from(seed) + (of << 40) + (round << 48);
                drops.fetch_add(order(scene, seed, views.clone()).await, Ordering::Relaxed);
            }
        }
    };
    join_all((0..ORDERS_AT_ONCE).map(follow)).await;
}
