//! One trace, and one log, that follow an order from hub to worker to hub.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Attribute;
use prost::Message;
use serde_json::{Value, json};
use telemetry::Output;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use crate::line::Line;
use crate::process::Process;
use crate::scene::{Scene, token};
use crate::world::{basket, eventually, http};

/// A span, as far as it matters here.
#[derive(Clone, Debug)]
struct Span {
    process: u32,
    trace: String,
    id: String,
    parent: String,
    name: String,
    attributes: Vec<(String, String)>,
}

impl Span {
    fn says(&self, name: &str, value: &str) -> bool {
        self.attributes.iter().any(|it| it.0 == name && it.1 == value)
    }
}

/// Takes traces as a collector does. Gone when dropped.
struct Collector {
    address: SocketAddr,
    spans: Arc<Mutex<Vec<Span>>>,
    _serving: AbortOnDropHandle<()>,
}

impl Collector {
    async fn new() -> Collector {
        let spans = Arc::<Mutex<Vec<Span>>>::default();
        let taken = spans.clone();
        let take = async move |body: Bytes| {
            let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
            taken.lock().expect("nobody panics").extend(spans_of(request));
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let routes = Router::new().route("/v1/traces", post(take));
        let serving = tokio::spawn(async move {
            axum::serve(listener, routes).await.expect("it goes on");
        });
        Collector { address, spans, _serving: AbortOnDropHandle::new(serving) }
    }

    /// The first span of `trace` that is as asked for.
    async fn span(&self, what: &str, trace: &str, is_it: impl Fn(&Span) -> bool) -> Span {
        eventually(what, async || {
            let spans = self.spans.lock().expect("nobody panics");
            spans.iter().find(|it| it.trace == trace && is_it(it)).cloned()
        })
        .await
    }
}

fn spans_of(request: ExportTraceServiceRequest) -> Vec<Span> {
    let text = |value: &Attribute| match value {
        Attribute::StringValue(text) => text.clone(),
        Attribute::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let pairs = |attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue]| {
        let pair = |it: &opentelemetry_proto::tonic::common::v1::KeyValue| {
            let value = it.value.as_ref().and_then(|it| it.value.as_ref());
            (it.key.clone(), value.map(text).unwrap_or_default())
        };
        attributes.iter().map(pair).collect::<Vec<_>>()
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|it| format!("{it:02x}")).collect::<String>();
    let mut found = Vec::new();
    for resource in request.resource_spans {
        let of = pairs(&resource.resource.expect("a resource").attributes);
        let process = of.iter().find(|it| it.0 == "process.pid").expect("a process");
        let process = process.1.parse().expect("a number");
        for span in resource.scope_spans.iter().flat_map(|it| &it.spans) {
            found.push(Span {
                process,
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                name: span.name.clone(),
                attributes: pairs(&span.attributes),
            });
        }
    }
    found
}

/// Orders the usual at `hub`; returns the order.
async fn order_at(hub: &Process, traceparent: Option<&str>) -> Value {
    let mut basket = basket("tok_ok");
    basket["items"][0]["options"] = json!([]);
    let mut request = http()
        .post(format!("http://{}/orders", hub.address))
        .bearer_auth(token("customer", "mina", 600))
        .header("idempotency-key", "traced")
        .json(&basket);
    if let Some(traceparent) = traceparent {
        request = request.header("traceparent", traceparent);
    }
    let answer = request.send().await.expect("the hub answers");
    assert_eq!(answer.status(), 201);
    answer.json().await.expect("an order")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_follows_an_order_from_hub_to_worker_to_hub() {
    let scene = Scene::with_hubs(0).await;
    let collector = Collector::new().await;
    let endpoint = format!("http://{}", collector.address);
    let settings = telemetry::Settings {
        log: "off".to_owned(),
        otlp_endpoint: Some(endpoint.clone()),
        ..telemetry::Settings::default()
    };
    let traced = telemetry::start("workers", &settings, Output::Stdout);
    let traced = traced.expect("no other test is traced");
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint)];
    let mut one = scene.hub_process(&settings).await;
    let mut other = scene.hub_process(&settings).await;
    let workers = scene.start_workers().await;
    let mut kitchen = Line::connect(other.address, &token("store", "cook", 600)).await;
    kitchen.ask("subscribe", json!({"channel": "store:s-1"})).await;

    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let caller = "00f067aa0ba902b7";
    let order = order_at(&one, Some(&format!("00-{trace}-{caller}-01"))).await;
    let id = order["id"].as_str().expect("an id");
    kitchen.publication("store:s-1").await;

    let command = collector.span("the command", trace, |it| it.name == "request").await;
    assert_eq!((command.process, &*command.parent), (one.id(), caller), "{command:?}");
    assert!(command.says("order.id", id) && command.says("route", "/orders"), "{command:?}");
    let entry = |it: &Span| it.says("group", "payment") && it.parent == command.id;
    let entry = collector.span("the worker's entry", trace, entry).await;
    assert!(entry.says("events", "OrderRequested") && entry.says("order.id", id), "{entry:?}");
    let effect = |it: &Span| it.name == "effect" && it.parent == entry.id;
    let effect = collector.span("the worker's effect", trace, effect).await;
    assert!(effect.says("kind", "charge"), "{effect:?}");
    let push = |it: &Span| it.name == "push" && it.parent == entry.id && it.process == other.id();
    let push = collector.span("the push on the other hub", trace, push).await;
    assert!(push.says("channel", "store:s-1") && push.says("order.id", id), "{push:?}");
    assert!(push.says("events", "PaymentApproved,OrderPlaced") && push.says("told", "1"));

    let everything = format!("{:?}", collector.spans.lock().expect("nobody panics"));
    for secret in ["망원동", "문 앞", "tok_ok", "eyJ"] {
        assert!(!everything.contains(secret), "{secret}");
    }
    workers.stop().await;
    traced.stop().await;
    for hub in [&mut one, &mut other] {
        hub.asks_to_stop().await;
        assert!(hub.ends().await.success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_of_an_order_is_found_in_the_log_by_its_ids() {
    let scene = Scene::with_hubs(0).await;
    let hub = scene.hub_process(&[("LOG_FORMAT", "json")]).await;
    let workers = scene.start_workers().await;
    let order = order_at(&hub, None).await;
    let id = order["id"].as_str().expect("an id");
    let client = http();
    let url = format!("http://{}/storeOrders/{id}/accept", hub.address);
    let accepted = client.put(url).bearer_auth(token("store", "cook", 600)).json(&json!({})).send();
    assert_eq!(accepted.await.expect("the hub answers").status(), 200);

    let log = scene.streams.load(id.parse().expect("an id")).await;
    let log = log.expect("Redis answers").expect("the order").log;
    let charged = log.iter().find(|it| it.event.name() == "PaymentApproved").expect("paid");
    assert_eq!(charged.cause, Some(log[0].command), "a worker says because of what it acts");
    for (recorded, route) in [(&log[0], "/orders"), (&log[log.len() - 1], "accept")] {
        let command = recorded.command.to_string();
        let line = eventually("the change is in the log", async || {
            let is_it = |it: &Value| it["command.id"] == *command && it["order.id"] == *id;
            hub.log().into_iter().find(is_it)
        })
        .await;
        assert_eq!(line["events"], recorded.event.name(), "{line}");
        assert!(line["span"]["route"].as_str().is_some_and(|it| it.ends_with(route)), "{line}");
        assert!(line["span"]["role"].is_string(), "{line}");
    }
    let everything = format!("{:?}", hub.log());
    for secret in ["망원동", "문 앞", "tok_ok", "eyJ"] {
        assert!(!everything.contains(secret), "{secret}");
    }
    workers.stop().await;
}
