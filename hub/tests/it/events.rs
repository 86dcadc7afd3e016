//! Server-sent events from outside: as the socket tells it, for clients without a library.

use std::net::SocketAddr;
use std::sync::LazyLock;

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use crate::scene::{Scene, token};
use crate::world::{PATIENCE, soon};

/// To make one takes longer than all that a test does with it. Keeps no connection, which another
/// test could not use.
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let builder = Client::builder().pool_max_idle_per_host(0).read_timeout(PATIENCE * 2);
    builder.build().expect("nothing special is asked for")
});

/// A stream, and what of it was not yet a whole event.
pub(crate) struct Stream {
    response: Response,
    rest: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) kind: String,
    pub(crate) data: String,
    pub(crate) id: String,
}

async fn try_ask(
    hub: SocketAddr,
    channel: &str,
    token: &str,
    last: Option<&str>,
) -> reqwest::Result<Response> {
    let url = format!("http://{hub}/events?channel={channel}");
    let request = CLIENT.get(url).bearer_auth(token);
    let request = match last {
        Some(last) => request.header("last-event-id", last),
        None => request,
    };
    request.send().await
}

async fn ask(hub: SocketAddr, channel: &str, token: &str, last: Option<&str>) -> Response {
    try_ask(hub, channel, token, last).await.expect("the hub answers")
}

impl Stream {
    pub(crate) async fn open(
        hub: SocketAddr,
        channel: &str,
        token: &str,
        last: Option<&str>,
    ) -> Stream {
        let stream = Stream::try_open(hub, channel, token, last).await;
        stream.expect("the hub answers")
    }

    /// Opens one, if the hub can be reached.
    pub(crate) async fn try_open(
        hub: SocketAddr,
        channel: &str,
        token: &str,
        last: Option<&str>,
    ) -> Option<Stream> {
        let response = try_ask(hub, channel, token, last).await.ok()?;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Some(Stream { response, rest: vec![] })
    }

    /// The next event; nothing at the end of the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.rest.windows(2).position(|it| it == b"\n\n") {
                let event: Vec<u8> = self.rest.drain(..end + 2).collect();
                let event = String::from_utf8(event).expect("events are text");
                let field = |name: &str| {
                    let value = event.lines().find_map(|it| it.strip_prefix(name));
                    value.unwrap_or_default().to_owned()
                };
                let (kind, data, id) = (field("event: "), field("data: "), field("id: "));
                return Some(Event { kind, data, id });
            }
            let chunk = soon("an event", self.response.chunk()).await;
            let chunk = chunk.ok().flatten()?;
            self.rest.extend_from_slice(&chunk);
        }
    }

    pub(crate) async fn event(&mut self) -> Event {
        self.next().await.expect("the stream goes on")
    }
}

#[tokio::test]
async fn an_order_is_followed_and_resumed_without_a_library() {
    let scene = Scene::with_hubs(2).await;
    let id = scene.placed().await;
    let channel = format!("order:{id}");
    let token = token("customer", "mina", 600);
    let mut socket = scene.customer(0).await;
    let subscribed =
        socket.ask("subscribe", json!({"channel": channel})).await["subscribe"].clone();

    let mut stream = Stream::open(scene.hub(0), &channel, &token, None).await;
    let first = stream.event().await;
    assert_eq!(first.kind, "snapshot");
    assert_eq!(serde_json::from_str::<Value>(&first.data).unwrap(), subscribed["data"]);
    let epoch = subscribed["epoch"].as_str().unwrap();
    assert_eq!(first.id, format!("{epoch}:{}", subscribed["offset"]));

    scene.cooks(id, 0).await;
    let news = stream.event().await;
    let publication = socket.publication(&channel).await;
    assert_eq!((news.kind.as_str(), news.id), ("", format!("{epoch}:{}", publication["offset"])));
    assert_eq!(serde_json::from_str::<Value>(&news.data).unwrap(), publication["data"]);
    drop(stream);

    scene.cooks(id, 1).await;
    let mut stream = Stream::open(scene.hub(1), &channel, &token, Some(&first.id)).await;
    assert_eq!(stream.event().await.data, news.data, "told again, byte for byte");
    let last = stream.event().await;
    assert!(last.kind.is_empty() && last.data.contains("COOKING"), "{last:?}");
    // Somebody who missed nothing is told nothing until there is news.
    let mut stream = Stream::open(scene.hub(1), &channel, &token, Some(&last.id)).await;
    scene.cooks(id, 2).await;
    let next = stream.event().await;
    assert!(next.kind.is_empty() && next.data.contains("COOKED"), "{next:?}");
    let mut stream = Stream::open(scene.hub(1), &channel, &token, Some("elsewhere:1")).await;
    assert_eq!(stream.event().await.kind, "snapshot");
}

#[tokio::test]
async fn a_stream_is_refused_as_a_page_would_be_and_ends_with_its_token() {
    let scene = Scene::with_hubs(1).await;
    let hub = scene.hub(0);
    let jun = token("customer", "jun", 600);
    let order = format!("order:{}", scene.placed().await);
    for channel in [order.as_str(), "customer:mina", "store:s-1", "ops", "what:1"] {
        let refused = ask(hub, channel, &jun, None).await;
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "{channel}");
    }
    assert_eq!(ask(hub, "order:1", &jun, None).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let old = token("customer", "jun", -60);
    assert_eq!(ask(hub, "customer:jun", &old, None).await.status(), StatusCode::UNAUTHORIZED);

    let short = token("customer", "jun", 2);
    let mut stream = Stream::open(hub, "customer:jun", &short, None).await;
    assert_eq!(stream.event().await.kind, "snapshot");
    assert!(stream.next().await.is_none());

    scene.goes_online("r-1").await;
    let rider = token("rider", "r-1", 600);
    let around = "nearby&lat=37.5540&lng=126.9101&radiusMeters=1000";
    let snapshot = Stream::open(hub, around, &rider, None).await.event().await;
    assert_eq!((snapshot.kind.as_str(), snapshot.id.as_str()), ("snapshot", ""));
    assert!(snapshot.data.contains("\"radiusMeters\":1000"), "{snapshot:?}");
}

#[tokio::test]
async fn streams_end_when_the_hub_does() {
    let mut scene = Scene::with_hubs(1).await;
    let mina = token("customer", "mina", 600);
    let mut stream = Stream::open(scene.hub(0), "customer:mina", &mina, None).await;
    assert_eq!(stream.event().await.kind, "snapshot");
    let server = scene.hubs.remove(0);
    let (end, ()) = tokio::join!(stream.next(), soon("the hub stops", server.stop()));
    assert!(end.is_none(), "{end:?}");
}
