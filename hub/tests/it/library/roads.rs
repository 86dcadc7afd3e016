//! What a client library makes of tokens that run out, roads that break and hubs that stop.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use centrifuge::{Client, ClientEvent, Error, EventStream, HistoryOptions, Protocol};
use futures_util::StreamExt;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use super::{connected, publication, read, soon, subscribed};
use crate::scene::{Scene, token};

/// What apps speak on a socket.
const ENCODINGS: [Protocol; 2] = [Protocol::Protobuf, Protocol::Json];
/// Pauses before the library comes back: short, so that nobody waits for it here.
const RECONNECT_MIN: Duration = Duration::from_millis(20);
const RECONNECT_MAX: Duration = Duration::from_millis(100);

/// The way from a phone to a hub. It leads where it is told, and can break off.
struct Road {
    entrance: SocketAddr,
    hub: Arc<Mutex<Option<SocketAddr>>>,
    travellers: Arc<Mutex<JoinSet<()>>>,
    _gate: AbortOnDropHandle<()>,
}

impl Road {
    async fn to(hub: SocketAddr) -> Road {
        let gate = TcpListener::bind("127.0.0.1:0").await.expect("there are ports left");
        let entrance = gate.local_addr().expect("it was bound");
        let hub = Arc::new(Mutex::new(Some(hub)));
        let travellers = Arc::new(Mutex::new(JoinSet::new()));
        let (target, taken) = (hub.clone(), travellers.clone());
        let take = async move {
            while let Ok((mut phone, _)) = gate.accept().await {
                let Some(hub) = *target.lock().expect("nobody panicked") else { continue };
                taken.lock().expect("nobody panicked").spawn(async move {
                    let mut hub = TcpStream::connect(hub).await.expect("the hub is there");
                    // However it ends, both ends are dropped.
                    let _ = copy_bidirectional(&mut phone, &mut hub).await;
                });
            }
        };
        let _gate = AbortOnDropHandle::new(tokio::spawn(take));
        Road { entrance, hub, travellers, _gate }
    }

    /// Whoever sets out from here on arrives at `hub`, if there is one.
    fn leads_to(&self, hub: Option<SocketAddr>) {
        *self.hub.lock().expect("nobody panicked") = hub;
    }

    /// Everybody who is on it is cut off.
    fn breaks(&self) {
        self.travellers.lock().expect("nobody panicked").abort_all();
    }
}

async fn connection(events: &mut EventStream<ClientEvent>) {
    let connected = async {
        while !matches!(events.next().await.expect("it goes on"), ClientEvent::Connected(_)) {}
    };
    soon(connected).await;
}

/// A client that comes with `first` and is given tokens that are good for so many seconds; and how
/// often it was.
fn renewing(
    hub: SocketAddr,
    encoding: Protocol,
    first: i64,
    then: i64,
) -> (Client, Arc<AtomicUsize>) {
    let granted = Arc::<AtomicUsize>::default();
    let counted = granted.clone();
    let client = Client::builder(format!("ws://{hub}/connection/websocket"))
        .protocol(encoding)
        .min_reconnect_delay(RECONNECT_MIN)
        .max_reconnect_delay(RECONNECT_MAX)
        .token(token("customer", "mina", first))
        .get_token(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            async move { Ok(Some(token("customer", "mina", then))) }
        });
    (client.build().expect("these are good settings"), granted)
}

#[tokio::test]
async fn a_token_that_has_run_out_is_replaced() {
    let scene = Scene::with_hubs(1).await;
    for encoding in ENCODINGS {
        let (mina, granted) = renewing(scene.hub(0), encoding, -60, 600);
        let mut events = mina.events();
        mina.connect().expect("it was not closed");
        connection(&mut events).await;
        assert_eq!(granted.load(Ordering::SeqCst), 1);
        soon(mina.close()).await;
    }
}

#[tokio::test]
async fn a_token_is_renewed_on_the_same_connection() {
    let scene = Scene::with_hubs(1).await;
    for encoding in ENCODINGS {
        let (mina, granted) = renewing(scene.hub(0), encoding, 3, 3);
        let mut events = mina.events();
        mina.connect().expect("it was not closed");
        connection(&mut events).await;
        // Each answer says when the next token is needed.
        soon(async {
            while granted.load(Ordering::SeqCst) < 3 {
                tokio::time::sleep(RECONNECT_MIN).await;
            }
        })
        .await;
        soon(mina.rpc("orders.list", "{}")).await.expect("it is still known");
        let more = tokio::time::timeout(RECONNECT_MIN, events.next()).await;
        assert!(more.is_err(), "{more:?}");
        soon(mina.close()).await;
    }
}

#[tokio::test]
async fn what_is_not_offered_is_refused_and_nothing_else_ends() {
    let scene = Scene::with_hubs(1).await;
    for encoding in ENCODINGS {
        let way = (encoding, "ws", "websocket");
        let (mina, _) = connected(scene.hub(0), way, token("customer", "mina", 600)).await;
        let mut events = mina.events();
        let refusals = [
            soon(mina.publish("customer:mina", "{}")).await.err(),
            soon(mina.history("customer:mina", HistoryOptions::default())).await.err(),
            soon(mina.presence("customer:mina")).await.err(),
            soon(mina.presence_stats("customer:mina")).await.err(),
        ];
        for refusal in refusals {
            assert!(matches!(&refusal, Some(Error::Server(it)) if it.code == 108), "{refusal:?}");
        }
        soon(mina.rpc("orders.list", "{}")).await.expect("it is still connected");
        let more = tokio::time::timeout(RECONNECT_MIN, events.next()).await;
        assert!(more.is_err(), "{more:?}");
        soon(mina.close()).await;
    }
}

#[tokio::test]
async fn whoever_is_cut_off_or_sent_away_misses_nothing() {
    for encoding in ENCODINGS {
        let mut scene = Scene::with_hubs(2).await;
        let id = scene.placed().await;
        let road = Road::to(scene.hub(0)).await;
        let (mina, _) = renewing(road.entrance, encoding, 600, 600);
        let (codes, mut heard) = unbounded_channel();
        mina.on_connecting(move |_, it| codes.send(it.code).expect("somebody listens"));
        mina.connect().expect("it was not closed");
        let order = mina.new_subscription(format!("order:{id}")).build().expect("the only one");
        let mut news = order.events();
        order.subscribe();
        subscribed(&mut news).await;

        // Cut off, and back at the other hub.
        road.leads_to(None);
        road.breaks();
        scene.cooks(id, 0).await;
        road.leads_to(Some(scene.hub(1)));
        assert!(subscribed(&mut news).await.recovered);
        assert_eq!(read(&publication(&mut news).await.data)["order"]["state"], "ACCEPTED");

        // And that one stops.
        road.leads_to(None);
        let stopping = scene.hubs.remove(1);
        let moved = async {
            stopping.stop().await;
            scene.cooks(id, 1).await;
            road.leads_to(Some(scene.hub(0)));
        };
        // The library goes on only when what it says is heard.
        let (again, ()) = tokio::join!(subscribed(&mut news), moved);
        assert!(again.recovered);
        assert_eq!(read(&publication(&mut news).await.data)["order"]["state"], "COOKING");
        soon(async { while heard.recv().await.expect("it goes on") != 3_001 {} }).await;
        soon(mina.close()).await;
    }
}
