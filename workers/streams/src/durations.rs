//! The durations that hub and workers are both started with, so that both mean the same.
//!
//! What they are for is said by [`Rules`]; here they are only flags and variables.

use std::time::Duration;

use domain::Rules;

/// Longest duration that can be asked for: ten years.
const SECONDS_MAX: f64 = 10.0 * 365.0 * 86_400.0;

/// The durations of the trade and of the machine, in seconds, decimals allowed.
#[derive(clap::Args, Clone, Debug, PartialEq)]
#[command(next_help_heading = "Durations (seconds, decimals allowed)")]
pub struct Durations {
    /// How long a store has to answer, from the receipt of the ticket.
    #[arg(
        long = "accept-seconds",
        env = "ACCEPT_SECONDS",
        default_value = "180",
        value_parser = seconds,
    )]
    pub accept: Duration,
    /// How long a ticket may wait for any board of its store to receive it.
    #[arg(
        long = "store-reach-seconds",
        env = "STORE_REACH_SECONDS",
        default_value = "900",
        value_parser = seconds,
    )]
    pub store_reach: Duration,
    /// How long a cook may take back a tap.
    #[arg(
        long = "undo-seconds",
        env = "UNDO_SECONDS",
        default_value = "10",
        value_parser = seconds,
    )]
    pub undo: Duration,
    /// How long a customer who orders is kept waiting for the payment's answer.
    #[arg(
        long = "payment-answer-seconds",
        env = "PAYMENT_ANSWER_SECONDS",
        default_value = "3",
        value_parser = seconds,
    )]
    pub payment_answer: Duration,
    /// After how long an unanswered payment is asked about.
    #[arg(
        long = "payment-reconcile-seconds",
        env = "PAYMENT_RECONCILE_SECONDS",
        default_value = "30",
        value_parser = seconds,
    )]
    pub payment_reconcile: Duration,
    /// The first pause before a failed refund is tried again; it doubles.
    #[arg(
        long = "refund-retry-seconds",
        env = "REFUND_RETRY_SECONDS",
        default_value = "1",
        value_parser = seconds,
    )]
    pub refund_retry: Duration,
    /// How often a refund is tried before a person must look at it.
    #[arg(
        long = "refund-tries",
        env = "REFUND_TRIES",
        default_value = "12",
        value_parser = clap::value_parser!(u32).range(1..=100),
    )]
    pub refund_tries: u32,
    /// After how long the ring around an unclaimed job widens by a step.
    #[arg(
        long = "ring-step-seconds",
        env = "RING_STEP_SECONDS",
        default_value = "60",
        value_parser = seconds,
    )]
    pub ring_step: Duration,
    /// After how long without a rider everybody concerned is told.
    #[arg(
        long = "no-rider-alert-seconds",
        env = "NO_RIDER_ALERT_SECONDS",
        default_value = "300",
        value_parser = seconds,
    )]
    pub no_rider_alert: Duration,
    /// After how long without a rider the order is called off.
    #[arg(
        long = "no-rider-cancel-seconds",
        env = "NO_RIDER_CANCEL_SECONDS",
        default_value = "1200",
        value_parser = seconds,
    )]
    pub no_rider_cancel: Duration,
    /// How old a rider's position may be for the rider to claim a job.
    #[arg(
        long = "rider-stale-seconds",
        env = "RIDER_STALE_SECONDS",
        default_value = "60",
        value_parser = seconds,
    )]
    pub rider_stale: Duration,
    /// After how long without a position a rider who holds a job counts as silent.
    #[arg(
        long = "rider-silent-seconds",
        env = "RIDER_SILENT_SECONDS",
        default_value = "300",
        value_parser = seconds,
    )]
    pub rider_silent: Duration,
    /// For how long a rider who released a job cannot claim it again.
    #[arg(
        long = "release-cooldown-seconds",
        env = "RELEASE_COOLDOWN_SECONDS",
        default_value = "600",
        value_parser = seconds,
    )]
    pub release_cooldown: Duration,
    /// After how long an entry that a worker took and did not finish is given to another.
    #[arg(
        long = "entry-reclaim-seconds",
        env = "ENTRY_RECLAIM_SECONDS",
        default_value = "30",
        value_parser = seconds,
    )]
    pub entry_reclaim: Duration,
    /// How long a promised minute of cooking or riding lasts; the demo shortens it.
    #[arg(
        long = "minute-seconds",
        env = "MINUTE_SECONDS",
        default_value = "60",
        value_parser = seconds,
    )]
    pub minute: Duration,
}

/// Two settings that cannot both be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{shorter} must be less than {longer}, or {otherwise}")]
pub struct Contradiction {
    shorter: &'static str,
    longer: &'static str,
    otherwise: &'static str,
}

impl Durations {
    /// After how long an unfinished entry is given to another worker, unless set otherwise.
    pub const ENTRY_RECLAIM_DEFAULT: Duration = Duration::from_secs(30);

    /// The part of them that the domain knows.
    pub fn rules(&self) -> Rules {
        Rules {
            accept: self.accept,
            store_reach: self.store_reach,
            undo: self.undo,
            payment_reconcile: self.payment_reconcile,
            refund_retry: self.refund_retry,
            refund_tries: self.refund_tries,
            ring_step: self.ring_step,
            no_rider_alert: self.no_rider_alert,
            no_rider_cancel: self.no_rider_cancel,
            rider_stale: self.rider_stale,
            release_cooldown: self.release_cooldown,
            minute: self.minute,
        }
    }

    /// Checks the settings against each other.
    ///
    /// # Errors
    /// The first two that contradict each other, in one sentence.
    pub fn check(&self) -> Result<(), Contradiction> {
        let pairs = [
            (
                (self.payment_answer, "PAYMENT_ANSWER_SECONDS"),
                (self.payment_reconcile, "PAYMENT_RECONCILE_SECONDS"),
                "a payment would be asked about while its customer still waits for the answer",
            ),
            (
                (self.no_rider_alert, "NO_RIDER_ALERT_SECONDS"),
                (self.no_rider_cancel, "NO_RIDER_CANCEL_SECONDS"),
                "nobody would be told that no rider comes before the order is called off",
            ),
            (
                (self.rider_stale, "RIDER_STALE_SECONDS"),
                (self.rider_silent, "RIDER_SILENT_SECONDS"),
                "a rider would count as silent who may still claim jobs",
            ),
        ];
        for ((short, shorter), (long, longer), otherwise) in pairs {
            if short >= long {
                return Err(Contradiction { shorter, longer, otherwise });
            }
        }
        Ok(())
    }
}

impl Default for Durations {
    fn default() -> Self {
        let rules = Rules::default();
        Self {
            accept: rules.accept,
            store_reach: rules.store_reach,
            undo: rules.undo,
            payment_answer: Duration::from_secs(3),
            payment_reconcile: rules.payment_reconcile,
            refund_retry: rules.refund_retry,
            refund_tries: rules.refund_tries,
            ring_step: rules.ring_step,
            no_rider_alert: rules.no_rider_alert,
            no_rider_cancel: rules.no_rider_cancel,
            rider_stale: Duration::from_secs(60),
            rider_silent: Duration::from_secs(300),
            release_cooldown: rules.release_cooldown,
            entry_reclaim: Durations::ENTRY_RECLAIM_DEFAULT,
            minute: rules.minute,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=SECONDS_MAX).contains(&seconds) => {
            Ok(Duration::from_secs_f64(seconds))
        }
        _ => Err(format!("a number of seconds from 0 to {SECONDS_MAX}, like 30 or 0.5")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        durations: Durations,
    }

    #[test]
    fn flags_and_rules_have_the_same_defaults() {
        assert_eq!(Program::parse_from(["it"]).durations, Durations::default());
        assert_eq!(Durations::default().rules(), Rules::default());
        assert_eq!(Durations::default().check(), Ok(()));
    }

    #[test]
    fn decimals_are_allowed_and_nonsense_is_not() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        for text in ["-1", "NaN", "inf", "1e99", "soon", ""] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        let alert_late = Durations {
            no_rider_alert: Duration::from_secs(9),
            no_rider_cancel: Duration::from_secs(9),
            ..Durations::default()
        };
        let sentence = alert_late.check().unwrap_err().to_string();
        assert!(sentence.starts_with("NO_RIDER_ALERT_SECONDS must be less than"), "{sentence}");
    }
}
