//! The numbers of the trade: durations, distances, limits.

use std::time::Duration;

/// What an operator may turn. The defaults are those of a real evening; tests and the demo run a
/// day in a minute.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// How long a store has to answer, from the receipt of the ticket.
    pub accept: Duration,
    /// How long a ticket may wait for any board to receive it.
    pub store_reach: Duration,
    /// How long a cook may take back a tap.
    pub undo: Duration,
    /// After how long an unanswered payment is asked about.
    pub payment_reconcile: Duration,
    /// The first pause before a failed refund is tried again, or an unanswered question asked
    /// again; it doubles.
    pub refund_retry: Duration,
    /// How often a refund is tried before a person must look at it.
    pub refund_tries: u32,
    /// After how long the ring around an unclaimed job widens by a step.
    pub ring_step: Duration,
    /// After how long without a rider everybody concerned is told.
    pub no_rider_alert: Duration,
    /// After how long without a rider the order is called off.
    pub no_rider_cancel: Duration,
    /// How old the position of a rider may be who claims a job.
    pub rider_stale: Duration,
    /// For how long a rider who released a job cannot claim it again.
    pub release_cooldown: Duration,
    /// How long a promised minute of cooking or riding lasts. A minute, except in the demo.
    pub minute: Duration,
}

impl Rules {
    /// Radius of the ring around an open job, step by step.
    pub const RINGS_METERS: [u32; 4] = [1_500, 3_000, 5_000, 7_000];
    /// A refund is never retried later than this.
    pub const REFUND_RETRY_MAX: Duration = Duration::from_secs(300);
    /// A question that the provider did not answer is never asked again later than this. By then
    /// nobody waits for the answer, and each try makes the order's log longer: four times a day
    /// finds money that was taken all the same, and is a hundred events in a month.
    pub const INQUIRY_RETRY_MAX: Duration = Duration::from_secs(6 * 3_600);
    /// How often the provider may fail to say what became of a payment before its order is called
    /// off. With the usual pauses two minutes: longer than most hiccups, shorter than hunger.
    pub const INQUIRY_TRIES_MAX: u32 = 8;
    /// Shortest cooking time that may be promised.
    pub const COOK_MINUTES_MIN: u32 = 5;
    /// Longest cooking time that may be promised.
    pub const COOK_MINUTES_MAX: u32 = 90;
    /// Shortest delay that may be added at once.
    pub const DELAY_MINUTES_MIN: u32 = 5;
    /// Longest delay that may be added at once.
    pub const DELAY_MINUTES_MAX: u32 = 30;
    /// How near to the door a rider is who is about to arrive.
    pub const APPROACH_METERS: u32 = 300;
    /// How many jobs a rider may hold.
    pub const ACTIVE_JOBS_MAX: usize = 3;
    /// Most events in one order's log; no honest order comes near it.
    pub const EVENTS_MAX: u64 = 500;
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            accept: Duration::from_secs(180),
            store_reach: Duration::from_secs(900),
            undo: Duration::from_secs(10),
            payment_reconcile: Duration::from_secs(30),
            refund_retry: Duration::from_secs(1),
            refund_tries: 12,
            ring_step: Duration::from_secs(60),
            no_rider_alert: Duration::from_secs(300),
            no_rider_cancel: Duration::from_secs(1200),
            rider_stale: Duration::from_secs(60),
            release_cooldown: Duration::from_secs(600),
            minute: Duration::from_secs(60),
        }
    }
}
