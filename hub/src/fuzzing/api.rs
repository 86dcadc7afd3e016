//! Every command of the API, by a real hub on a real Redis, in everybody's name.

use std::panic;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use domain::{Command, CommandId, OrderId, Rules, Trace};
use serde_json::Value;
use streams::{PrivateRedis, Streams};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use super::SECRET;
use crate::Config;
use crate::identity::Identity;
use crate::rpc::{METHODS, Rpc, RpcReply};
use crate::server::Server;

/// As few as make a difference.
const PARTITIONS: u16 = 2;
/// What stands for the last order that was placed.
const LAST_ORDER: &str = "$order";
/// Calls of one input; more of them are no other case.
const CALLS_MAX: usize = 32;

/// What the threads of that hub are called.
const THREADS: &str = "fuzzed-hub";

/// Whether something of that hub panicked that nobody waited for.
static HAS_PANICKED: AtomicBool = AtomicBool::new(false);

/// A hub to be called.
pub(super) struct Api {
    runtime: Runtime,
    rpc: Rpc,
    streams: Streams,
    people: [Identity; 5],
    last_order: Mutex<String>,
    _hub: Server,
    _redis: PrivateRedis,
}

impl Api {
    /// Starts one, on a Redis of its own.
    pub(super) fn start() -> Api {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let is_ours = std::thread::current().name() == Some(THREADS);
            HAS_PANICKED.fetch_or(is_ours, Ordering::Relaxed);
            before(panic);
        }));
        let mut runtime = Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).thread_name(THREADS).enable_all().build().unwrap();
        let (redis, hub, streams) = runtime.block_on(async {
            let redis = PrivateRedis::start(None).await.unwrap();
            let mut config = Config::new(redis.url(), PARTITIONS, SECRET);
            // Nobody takes the money here, so nobody waits for it.
            config.durations.payment_answer = Duration::from_millis(1);
            let hub = Server::start(config, Router::new()).await.unwrap();
            let streams = Streams::open(redis.url(), PARTITIONS).await.unwrap();
            (redis, hub, streams)
        });
        let person = |text: &str| text.parse().unwrap();
        let people = [
            Identity::Customer("c-1".parse().unwrap()),
            Identity::Store { id: "s-1".parse().unwrap(), user: "u-1".into() },
            Identity::Rider("r-1".parse().unwrap()),
            Identity::Operator("o-1".parse().unwrap()),
            Identity::Guest(person("0193a6f0-0000-7001-8000-000000000001")),
        ];
        let last_order = Mutex::default();
        let rpc = hub.rpc().clone();
        Api { runtime, rpc, streams, people, last_order, _hub: hub, _redis: redis }
    }

    /// Calls, one a line: who, what, and a body. Whoever and whatever is unknown is somebody and
    /// something else. Whether anybody got their way.
    pub(super) fn understands(&self, calls: &[u8]) -> bool {
        let mut is_any = false;
        for call in calls.split(|byte| *byte == b'\n').take(CALLS_MAX) {
            let mut words = call.splitn(3, |byte| *byte == b' ');
            let (who, what, body) = (words.next(), words.next(), words.next().unwrap_or_default());
            let who = chosen(who.unwrap_or_default(), &self.people, Identity::role);
            let (method, ..) = chosen(what.unwrap_or_default(), METHODS, |it| it.0);
            let last = self.last_order.lock().unwrap().clone();
            let body = match str::from_utf8(body) {
                Ok(text) => text.replace(LAST_ORDER, &last).into_bytes(),
                Err(_) => body.to_vec(),
            };
            is_any |= self.runtime.block_on(self.ask(who, method, &body));
        }
        assert!(!HAS_PANICKED.load(Ordering::Relaxed), "something of the hub panicked");
        is_any
    }

    async fn ask(&self, who: &Identity, method: &str, body: &[u8]) -> bool {
        let (mut status, mut told) = self.answer(who, method, body).await;
        if status == 503 {
            // A busy machine may be late once.
            (status, told) = self.answer(who, method, body).await;
        }
        assert!(status < 500, "{method} as {}: {told}", who.role());
        let is_done = status < 300;
        if method == "orders.place" && is_done {
            self.pay(&told).await;
        }
        is_done
    }

    async fn answer(&self, who: &Identity, method: &str, body: &[u8]) -> (u16, Value) {
        match self.rpc.call(who, method, body).await {
            RpcReply::UnknownMethod => (404, Value::Null),
            RpcReply::Answer { status, body } if body.is_empty() => (status, Value::Null),
            RpcReply::Answer { status, body } => (status, serde_json::from_slice(&body).unwrap()),
        }
    }

    /// The order that was placed goes on to its store.
    async fn pay(&self, order: &Value) {
        let id: OrderId = order["id"].as_str().and_then(|id| id.parse().ok()).unwrap();
        let trace = Trace::of(CommandId(Uuid::new_v4()));
        let paid = Command::ConfirmPayment { approval: "a-1".to_owned() };
        // Somebody may have called it off.
        let _ = self.streams.execute(id, trace, &paid, &Rules::default()).await;
        *self.last_order.lock().unwrap() = id.to_string();
    }
}

/// Whichever is called `name`, or one of the others.
fn chosen<'a, T>(name: &[u8], all: &'a [T], called: impl Fn(&T) -> &'static str) -> &'a T {
    let other = usize::from(name.first().copied().unwrap_or_default()) % all.len();
    all.iter().find(|it| called(it).as_bytes() == name).unwrap_or(&all[other])
}
