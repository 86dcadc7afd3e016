//! A session without a socket: frames in, frames out.

mod commands;

use serde_json::{Value, json};

use super::handshake::GRACE;
use super::*;
use crate::Config;
use crate::channels::{Subject, Subscription};
use crate::keys::{Claims, Role};
use crate::protocol::{Subscribed, Unsubscribed};
use crate::topics::Listener;

/// Longer than any test that is not about it.
const AGE: Duration = Duration::from_secs(100_000);
const SECRET: &str = "a secret that nobody would ever guess";

/// A session, its outbox, and a clock that only moves when told.
struct Bench {
    session: Session,
    outbox: Arc<Outbox>,
    keys: Keys,
    now: Now,
}

impl Bench {
    fn new() -> Bench {
        let outbox = Arc::<Outbox>::default();
        let now = Now { instant: Instant::now(), time: crate::clock::now() };
        let old_at = Some(now.instant + AGE);
        let session = Session::new(outbox.clone(), Encoding::Json, old_at, now);
        let keys = Keys::of(&Config::new("redis://nowhere", 8, SECRET)).unwrap();
        Bench { session, outbox, keys, now }
    }

    fn connected() -> Bench {
        let mut bench = Bench::new();
        let token = bench.token("c-1", 3_600);
        bench.sends(json!({"id": 1, "connect": {"token": token}}));
        assert_eq!(bench.hears()[0]["connect"]["pong"], true);
        bench
    }

    fn token(&self, sub: &str, seconds: i64) -> String {
        let claims = Claims {
            sub: sub.to_owned(),
            role: Role::Customer,
            store_id: None,
            exp: self.now.time.0 as f64 / 1_000.0 + seconds as f64,
        };
        self.keys.sign(&claims).unwrap()
    }

    fn sends(&mut self, command: Value) {
        self.sends_text(&command.to_string());
    }

    fn sends_text(&mut self, frame: &str) {
        self.session.receive(frame.as_bytes(), &self.keys, self.now);
    }

    fn waits(&mut self, span: Duration) {
        self.now.instant += span;
        self.now.time = self.now.time + span;
        self.session.tick(self.now);
    }

    fn hears(&self) -> Vec<Value> {
        let messages = self.outbox.take(usize::MAX).messages;
        messages.iter().map(|it| serde_json::from_slice(it).unwrap()).collect()
    }

    fn close(&self) -> Option<u16> {
        self.outbox.take(usize::MAX).close.map(|close| close.code)
    }

    fn subscribes(&mut self, id: u32, channel: &str) {
        self.sends(json!({"id": id, "subscribe": {"channel": channel}}));
    }

    fn unsubscribes(&mut self, id: u32, channel: &str) {
        self.sends(json!({"id": id, "unsubscribe": {"channel": channel}}));
    }

    /// The snapshot of `channel` is there.
    fn opens(&mut self, channel: &str) -> Arc<Listener> {
        let identity = self.session.subscriptions_identity();
        let listener = Listener::new(identity, Encoding::Json, Subject::Order, self.outbox.clone());
        let subscription = Subscription::of_nothing(listener.clone());
        let reply = Subscribed { offset: 7, ..Subscribed::default() };
        let opened = Box::new(Opened { reply, subscription, above: 7 });
        self.session
            .finish(Done::Opened { channel: channel.to_owned(), result: Ok(opened) }, self.now);
        listener
    }
}

impl Session {
    fn subscriptions_identity(&self) -> Arc<Identity> {
        match &self.phase {
            Phase::Connected { identity, .. } => identity.clone(),
            _ => panic!("not connected"),
        }
    }
}

fn ids(replies: &[Value]) -> Vec<u64> {
    replies.iter().map(|it| it["id"].as_u64().unwrap_or(0)).collect()
}

const CHANNEL: &str = "customer:c-1";

#[test]
fn whoever_does_not_connect_first_is_sent_away() {
    for frame in ["{}", r#"{"id":1,"rpc":{}}"#, r#"{"connect":{"token":"t"}}"#, "nonsense", ""] {
        let mut bench = Bench::new();
        bench.sends_text(frame);
        assert_eq!(bench.close(), Some(3501), "{frame}");
    }
}

#[test]
fn a_token_decides_who_may_connect() {
    let mut bench = Bench::new();
    bench.sends(json!({"id": 1, "connect": {"token": "made up"}}));
    assert_eq!(bench.close(), Some(3500));

    let mut bench = Bench::new();
    bench.sends(json!({"id": 1, "connect": {}}));
    assert_eq!(bench.close(), Some(3501));

    let mut bench = Bench::new();
    let token = bench.token("c-1", -60);
    bench.sends(json!({"id": 1, "connect": {"token": token}}));
    assert_eq!(bench.hears()[0]["error"]["code"], 109);
    bench.subscribes(2, CHANNEL);
    assert_eq!(bench.close(), Some(3501));
}

#[test]
fn a_second_connect_ends_the_connection() {
    let mut bench = Bench::connected();
    let token = bench.token("c-1", 60);
    bench.sends(json!({"id": 2, "connect": {"token": token}}));
    assert_eq!(bench.close(), Some(3501));
}

#[test]
fn a_slow_start_may_be_tried_again() {
    let mut bench = Bench::new();
    bench.waits(CONNECT_MAX);
    assert_eq!(bench.close(), Some(3011));
}

#[test]
fn a_ping_wants_a_pong() {
    let mut bench = Bench::connected();
    bench.waits(PING_EVERY);
    assert_eq!(bench.hears(), [json!({})]);
    bench.sends(json!({}));
    bench.waits(PONG_MAX);
    assert_eq!(bench.close(), None);
    bench.waits(PING_EVERY);
    assert_eq!(bench.hears(), [json!({})]);
    bench.waits(PONG_MAX);
    assert_eq!(bench.close(), Some(3012));
}

#[test]
fn a_pong_that_nobody_asked_for_ends_the_connection() {
    let mut bench = Bench::connected();
    bench.sends(json!({}));
    assert_eq!(bench.close(), Some(3501));
}

#[test]
fn a_token_that_runs_out_has_to_be_renewed() {
    let mut bench = Bench::connected();
    let token = bench.token("c-1", 7_200);
    bench.sends(json!({"id": 2, "refresh": {"token": token}}));
    assert_eq!(bench.hears()[0]["refresh"]["expires"], true);
    // Any deadline before the end of the new token is about pings.
    let end = Duration::from_secs(7_200) + GRACE;
    bench.session.heart = Heart::Ping { at: bench.now.instant + end * 2 };
    bench.waits(Duration::from_secs(7_200));
    assert_eq!(bench.close(), None);
    bench.waits(GRACE);
    assert_eq!(bench.close(), Some(3005));
}

#[test]
fn a_connection_never_changes_hands() {
    let mut bench = Bench::connected();
    let token = bench.token("c-2", 60);
    bench.sends(json!({"id": 2, "refresh": {"token": token}}));
    assert_eq!(bench.close(), Some(3500));
}

#[test]
fn news_never_come_before_the_reply() {
    let mut bench = Bench::connected();
    bench.subscribes(2, CHANNEL);
    assert_eq!(bench.session.take_jobs().len(), 1);
    assert!(bench.hears().is_empty());
    let listener = bench.opens(CHANNEL);
    listener.tell(8, r#"{"push":{}}"#.into(), None);
    assert_eq!(ids(&bench.hears()), [2, 0]);
}

#[test]
fn a_channel_is_followed_once() {
    let mut bench = Bench::connected();
    bench.subscribes(2, CHANNEL);
    bench.subscribes(3, CHANNEL);
    assert_eq!(bench.hears()[0]["error"]["code"], 105);
    bench.opens(CHANNEL);
    bench.hears();
    bench.subscribes(4, CHANNEL);
    assert_eq!(bench.hears()[0]["error"]["code"], 105);
    bench.unsubscribes(5, CHANNEL);
    bench.subscribes(6, CHANNEL);
    assert_eq!(bench.hears(), [json!({"id": 5, "unsubscribe": {}})]);
    bench.opens(CHANNEL);
    assert_eq!(ids(&bench.hears()), [6]);
}

#[test]
fn who_leaves_and_comes_back_while_a_snapshot_is_read_is_answered_in_order() {
    let mut bench = Bench::connected();
    bench.subscribes(2, CHANNEL);
    bench.unsubscribes(3, CHANNEL);
    bench.subscribes(4, CHANNEL);
    bench.subscribes(5, CHANNEL);
    bench.unsubscribes(6, CHANNEL);
    assert_eq!(ids(&bench.hears()), [5]);
    let first = bench.opens(CHANNEL);
    assert_eq!(ids(&bench.hears()), [2, 3]);
    let second = bench.opens(CHANNEL);
    assert_eq!(ids(&bench.hears()), [4, 6]);
    for listener in [first, second] {
        assert_eq!(Arc::strong_count(&listener), 1, "still subscribed");
    }
}

#[test]
fn a_subscription_that_was_ended_can_be_had_again() {
    let mut bench = Bench::connected();
    bench.subscribes(2, CHANNEL);
    let listener = bench.opens(CHANNEL);
    bench.hears();
    listener.end(CHANNEL, Unsubscribed::INSUFFICIENT_STATE);
    assert_eq!(bench.hears()[0]["push"]["unsubscribe"]["code"], 2500);
    bench.subscribes(3, CHANNEL);
    bench.opens(CHANNEL);
    assert_eq!(ids(&bench.hears()), [3]);
}

#[test]
fn whoever_has_stayed_for_long_is_sent_to_the_next_hub() {
    let mut bench = Bench::connected();
    bench.session.stay = Stay::Until(Some(bench.now.instant + Duration::from_secs(5)));
    assert_eq!(bench.session.deadline(), bench.now.instant + Duration::from_secs(5));
    bench.waits(Duration::from_secs(4));
    assert_eq!(bench.close(), None);
    bench.waits(Duration::from_secs(1));
    assert_eq!(bench.close(), Some(3011));
}

#[test]
fn whoever_leaves_is_answered_first_and_asks_for_nothing_more() {
    let mut bench = Bench::connected();
    bench.sends(json!({"id": 2, "rpc": {"method": "orders.place"}}));
    assert_eq!(bench.session.take_jobs().len(), 1);
    bench.session.leave(Close::SHUTDOWN, bench.now);
    bench.sends(json!({"id": 3, "rpc": {"method": "orders.place"}}));
    assert!(bench.session.take_jobs().is_empty() && bench.close().is_none());
    bench.session.finish(Done::Called { id: 2, reply: Reply::Rpc(None) }, bench.now);
    assert_eq!(ids(&bench.hears()), [2]);
    assert_eq!(bench.close(), Some(3001));
}

#[test]
fn nobody_who_leaves_waits_for_ever() {
    let mut bench = Bench::connected();
    bench.sends(json!({"id": 2, "rpc": {"method": "orders.place"}}));
    bench.session.leave(Close::SHUTDOWN, bench.now);
    assert_eq!(bench.session.deadline(), bench.now.instant + LEAVING_MAX);
    bench.waits(LEAVING_MAX);
    assert_eq!(bench.close(), Some(3001));
}

#[test]
fn everything_has_an_end() {
    let mut bench = Bench::connected();
    for n in 0..51 {
        bench.now.instant += Duration::from_millis(100);
        bench.subscribes(10 + n, &format!("customer:c-{n}"));
    }
    assert_eq!(bench.hears()[0]["error"]["code"], 106);
    for n in 0..17 {
        bench.now.instant += Duration::from_millis(100);
        bench.sends(json!({"id": 100 + n, "rpc": {"method": "orders.get", "data": {}}}));
    }
    assert_eq!(bench.hears()[0]["error"]["code"], 111);
    bench.now.instant += Duration::from_secs(10);
    for n in 0..300 {
        bench.sends(json!({"id": 200 + n, "rpc": {"method": "orders.get"}}));
    }
    assert_eq!(bench.close(), Some(4429));
}
