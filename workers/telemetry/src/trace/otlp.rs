//! Spans on their way to a collector: OTLP over HTTP, as protobuf.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, ensure};
use async_trait::async_trait;
use opentelemetry::KeyValue;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider,
};
use tokio::runtime::Handle;
use tracing::{Level, Metadata, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::{Layer, Registry};

use super::IS_TRACING;

/// Spans that may wait to be sent; more are dropped, because no order waits for a collector.
const WAITING_MAX: usize = 8_192;
/// Spans that are sent at once.
const BATCH_MAX: usize = 512;
/// How long spans wait for others to go with.
const SENT_EVERY: Duration = Duration::from_secs(1);
/// How long a collector may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// How long a process that ends waits for its last spans to be sent.
const STOP_MAX: Duration = Duration::from_secs(3);
/// Where a collector takes traces.
const PATH: &str = "/v1/traces";
/// The header, and the key by which the propagator asks for it.
const TRACEPARENT: &str = "traceparent";

/// Our own crates: the spans of libraries tell of frames and sockets, those of the exporter of
/// itself.
const TARGETS: [&str; 4] = ["city", "hub", "streams", "workers"];

/// The way to the collector.
pub(crate) struct Traces {
    provider: SdkTracerProvider,
    service: &'static str,
}

impl Traces {
    pub(crate) fn start(
        service: &'static str,
        endpoint: &str,
        share: f64,
    ) -> anyhow::Result<Traces> {
        ensure!((0.0..=1.0).contains(&share), "OTEL_TRACES_SAMPLER_ARG is a number from 0 to 1");
        let client = reqwest::Client::builder().timeout(ANSWER_MAX).build();
        let client = client.context("preparing to send traces")?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Carrier { client, runtime: Handle::current() })
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}{PATH}", endpoint.trim_end_matches('/')))
            .with_timeout(ANSWER_MAX)
            .build()
            .context("reading OTEL_EXPORTER_OTLP_ENDPOINT")?;
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(WAITING_MAX)
            .with_max_export_batch_size(BATCH_MAX)
            .with_scheduled_delay(SENT_EVERY)
            .build();
        let process = KeyValue::new("process.pid", i64::from(std::process::id()));
        let resource =
            Resource::builder_empty().with_service_name(service).with_attribute(process).build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(
                BatchSpanProcessor::builder(exporter).with_batch_config(config).build(),
            )
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share))))
            .with_resource(resource)
            .build();
        IS_TRACING.store(true, Ordering::Relaxed);
        Ok(Traces { provider, service })
    }

    /// What hears of spans.
    pub(crate) fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer(self.service))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(filter_fn(is_ours))
            .boxed()
    }

    pub(crate) async fn stop(self) {
        IS_TRACING.store(false, Ordering::Relaxed);
        // It waits for the carrier, which needs this runtime.
        let stop = move || self.provider.shutdown_with_timeout(STOP_MAX);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(stop).await {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let krate = target.split("::").next().unwrap_or(target);
    metadata.is_span() && *metadata.level() <= Level::INFO && TARGETS.contains(&krate)
}

pub(super) fn traceparent(span: &Span) -> Option<String> {
    let context = span.context();
    let place = context.span().span_context().clone();
    let is_sent = place.is_valid() && place.is_sampled();
    is_sent.then(|| format!("00-{}-{}-01", place.trace_id(), place.span_id()))
}

pub(super) fn follow(span: &Span, traceparent: &str) {
    let parent = TraceContextPropagator::new().extract(&Header(traceparent));
    if parent.span().span_context().is_valid() {
        // It fails where nobody listens to this span, and then there is nothing to follow.
        let _ = span.set_parent(parent);
    }
}

/// One header, as the propagator reads headers.
struct Header<'a>(&'a str);

impl Extractor for Header<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

/// Sends batches from the exporter's own thread, which has no runtime, on that of the process.
#[derive(Debug)]
struct Carrier {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Carrier {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let client = self.client.clone();
        let sending = self.runtime.spawn(async move {
            let response = client.execute(request).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            Ok::<_, reqwest::Error>((status, headers, response.bytes().await?))
        });
        let (status, headers, body) = sending.await??;
        let mut response = Response::new(body);
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        Ok(response)
    }
}
