//! Several hubs: one that has far more than its share sends some on, and nobody misses anything.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::line::Line;
use crate::process::Process;
use crate::scene::{Scene, token};
use crate::world::soon;

const STORE: &str = "store:s-1";
const HUBS: &str = "hub_hubs";
const SENT_ON: &str = "hub_sent_on_total";
const SOCKETS: &str = "hub_connections{kind=\"websocket\"}";
/// More than two beats of a hub.
const A_WHILE: Duration = Duration::from_secs(8);
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// Somebody who follows a store, wherever they are sent.
struct Follower {
    line: Line,
    epoch: Value,
    /// The place in the feed of the last news.
    reached: u64,
    tickets: Vec<String>,
    moves: usize,
}

impl Follower {
    async fn at(hub: SocketAddr) -> Follower {
        let mut line = Line::connect(hub, &token("store", "cook", 600)).await;
        let reply = line.ask("subscribe", json!({"channel": STORE})).await["subscribe"].clone();
        let reached = reply["offset"].as_u64().expect("a place");
        let epoch = reply["epoch"].clone();
        Follower { line, epoch, reached, tickets: Vec::new(), moves: 0 }
    }

    fn hears(&mut self, publication: &Value) {
        let offset = publication["offset"].as_u64().expect("a place");
        assert!(offset > self.reached, "told twice");
        self.reached = offset;
        let ticket = &publication["data"]["ticket"]["orderId"];
        self.tickets.push(ticket.as_str().expect("an id").to_owned());
    }

    /// Follows, at `next` if it is sent away, until it has heard of so many tickets as there were
    /// in the end.
    async fn follows(
        mut self,
        next: SocketAddr,
        mut total: watch::Receiver<Option<usize>>,
    ) -> Follower {
        loop {
            if *total.borrow_and_update() == Some(self.tickets.len()) {
                return self;
            }
            let message = tokio::select! {
                message = self.line.next() => message,
                changed = total.changed() => {
                    changed.expect("somebody counts");
                    continue;
                }
            };
            match message {
                Ok(message) if message["push"]["pub"].is_object() => {
                    self.hears(&message["push"]["pub"].clone());
                }
                Ok(_) => (),
                Err(code) => {
                    assert_eq!(code, 3_011, "after {} moves", self.moves);
                    self.comes_back(next).await;
                }
            }
        }
    }

    async fn comes_back(&mut self, hub: SocketAddr) {
        self.moves += 1;
        self.line = Line::connect(hub, &token("store", "cook", 600)).await;
        let again = json!({"channel": STORE, "recover": true,
            "epoch": self.epoch, "offset": self.reached});
        let reply = self.line.ask("subscribe", again).await["subscribe"].clone();
        assert_eq!(reply["recovered"], true, "{reply}");
        for publication in reply["publications"].as_array().unwrap_or(&vec![]) {
            self.hears(publication);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_hub_takes_over_its_share_and_nobody_misses_anything() {
    let scene = Scene::with_hubs(0).await;
    let many = [("CONNECTIONS_PER_USER_MAX", "1000")];
    let old = Process::start(scene.redis.url(), &many).await;
    let mut followers = Vec::new();
    for _ in 0..10 {
        followers.extend(join_all((0..30).map(|_| Follower::at(old.address))).await);
    }
    let new = Process::start(scene.redis.url(), &many).await;
    let (told, total) = watch::channel(None);
    let following = followers.into_iter().map(|it| it.follows(new.address, total.clone()));
    let following = tokio::spawn(join_all(following.map(tokio::spawn)));

    let mut tickets = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    let mut sent_on = (0, 0);
    loop {
        assert!(Instant::now() < deadline, "it goes on and on: {sent_on:?}");
        // A few changes among all those who move; so many fit on a board.
        for _ in 0..4 {
            if tickets.len() < 60 {
                tickets.push(scene.placed().await.to_string());
            }
            sleep(A_WHILE / 4).await;
        }
        let before = std::mem::replace(&mut sent_on, (old.metric(SENT_ON).await, 0));
        sent_on.1 = new.metric(SENT_ON).await;
        // Near the average of 150, and no more for a while.
        if before == sent_on && sent_on.0 >= 300 - 187 {
            break;
        }
    }
    // Never below the average, and nobody was sent back.
    assert!(sent_on.0 <= 150 && sent_on.1 == 0, "{sent_on:?}");
    assert_eq!(old.metric(SOCKETS).await, 300 - sent_on.0);
    assert_eq!(new.metric(SOCKETS).await, sent_on.0);

    tickets.push(scene.placed().await.to_string());
    told.send(Some(tickets.len())).expect("they listen");
    let followers = soon("everybody has heard of every ticket", following).await;
    let followers = followers.expect("nobody missed anything");
    for follower in followers {
        let follower = follower.expect("nobody missed anything");
        assert_eq!(follower.tickets, tickets);
        assert!(follower.moves <= 1, "sent on {} times", follower.moves);
    }
}

#[tokio::test]
async fn hubs_that_are_dead_or_leave_do_not_count() {
    let scene = Scene::with_hubs(0).await;
    let start = async |settings| Process::start(scene.redis.url(), settings).await;
    let staying = start(&[]).await;
    let dying = start(&[]).await;
    let leaving = start(&[("DRAIN_SECONDS", "60")]).await;
    staying.until(HUBS, |hubs| hubs == 3).await;
    dying.kill().await;
    staying.until(HUBS, |hubs| hubs == 2).await;
    // It has somebody to say goodbye to, one after the other.
    let token = token("customer", "mina", 600);
    let _lines = join_all((0..20).map(|_| Line::connect(leaving.address, &token))).await;
    leaving.asks_to_stop().await;
    staying.until(HUBS, |hubs| hubs == 1).await;
    assert!(leaving.metric(SOCKETS).await > 0, "it is still here");
}

#[tokio::test]
async fn without_redis_nobody_is_sent_on() {
    let scene = Scene::with_hubs(0).await;
    let many = [("CONNECTIONS_PER_USER_MAX", "1000")];
    let full = Process::start(scene.redis.url(), &many).await;
    let _empty = Process::start(scene.redis.url(), &many).await;
    full.until(HUBS, |hubs| hubs == 2).await;
    scene.silences_redis(2 * A_WHILE).await;
    let token = token("customer", "mina", 600);
    let _lines = join_all((0..160).map(|_| Line::connect(full.address, &token))).await;
    sleep(A_WHILE).await;
    assert_eq!((full.metric(SENT_ON).await, full.metric(SOCKETS).await), (0, 160));
    full.until(SENT_ON, |sent_on| sent_on > 0).await;
}
