//! What the workers count, said once: names, units and meanings. How they are counted stands where
//! it happens.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Tells those who read the metrics what they are.
pub(crate) fn describe() {
    telemetry::describe_build("workers", env!("CARGO_PKG_VERSION"));
    for (name, what) in [
        ("workers_entry_seconds", "How long seeing to an entry took, by group."),
        ("workers_effect_seconds", "How long an effect outside took, by kind."),
    ] {
        describe_histogram!(name, Unit::Seconds, what);
    }
    for (name, what) in [
        ("workers_breaker_state", "0 closed, 1 half open, 2 open."),
        ("workers_unread_entries", "Entries that a group has yet to be given."),
        ("workers_unfinished_entries", "Entries that a group was given and has not finished."),
        ("workers_dead_letters", "Entries that were given up and wait for a person."),
    ] {
        describe_gauge!(name, Unit::Count, what);
    }
    for (name, what) in [
        ("workers_entries_total", "Entries that were seen to, by group and outcome."),
        ("workers_entries_lost_total", "Entries that a group has given up or never saw."),
        ("workers_entries_trimmed_total", "Entries that were removed from the heads of the feeds."),
        ("workers_effects_total", "Effects outside, by kind and outcome."),
        ("workers_provider_calls_total", "Calls to the payment provider, by outcome."),
        ("workers_deadlines_total", "Deadlines that had their way, by command."),
        ("workers_stores_paused_total", "Stores that were paused because they did not answer."),
    ] {
        describe_counter!(name, Unit::Count, what);
    }
}
