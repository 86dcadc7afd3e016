//! What the hub counts, said once: names, units and meanings. How they are counted stands where
//! it happens.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

use crate::latency::PUSH_LATENCY;

/// Tells those who read the metrics what they are.
pub(crate) fn describe() {
    use Unit::{Bytes, Count, Seconds};

    telemetry::describe_build("hub", env!("CARGO_PKG_VERSION"));
    for (name, what) in [
        ("hub_request_seconds", "From a request to its answer, long polls included."),
        (PUSH_LATENCY, "From an append in Redis until the kernel has the news of it, by frame."),
    ] {
        describe_histogram!(name, Seconds, what);
    }
    for (name, unit, what) in [
        ("hub_connections", Count, "Sockets and event streams that are open, by kind."),
        ("hub_http_connections", Count, "Connections that are open, before any upgrade."),
        ("hub_outbox_bytes", Bytes, "Bytes that wait for all sockets."),
        ("hub_hubs", Count, "Hubs at work on this Redis, as this one sees them."),
        ("hub_hubs_connections", Count, "What all of them carry."),
        ("hub_subscriptions", Count, "Subscriptions that stand, by kind of channel."),
        ("hub_feed_lag_entries", Count, "Entries of a feed that this hub has yet to read."),
        ("hub_feed_age_seconds", Seconds, "Age of the newest entry that was read of a feed."),
    ] {
        describe_gauge!(name, unit, what);
    }
    for (name, what) in [
        ("hub_requests_total", "Requests answered, HTTP and rpc."),
        ("hub_publications_total", "Messages of the feeds, put on their way to a socket."),
        ("hub_resumes_total", "Subscriptions with a position, by how they could be answered."),
        ("hub_refusals_total", "Sockets and streams that were not let in, by reason."),
        ("hub_closes_total", "Sockets that ended, by the code that we sent, or client."),
        ("hub_outbox_overflows_total", "Sockets that read too slowly and were sent away."),
        ("hub_sent_on_total", "Sockets sent to hubs that carry less."),
        ("hub_reads_total", "Snapshots that were read of Redis."),
        ("hub_reads_shared_total", "Snapshots that somebody else had just asked for."),
        ("hub_reads_refused_total", "Snapshots for which there was no room or time."),
        ("hub_unreadable_entries_total", "Entries of a feed that this program cannot read."),
        ("hub_key_reads_total", "Readings of the keys of tokens, by outcome."),
    ] {
        describe_counter!(name, Count, what);
    }
}
