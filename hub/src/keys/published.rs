//! The keys that an issuer publishes, kept up with: read anew now and then, and at once when a
//! token names a key that is not known. What was read last holds until something better is read:
//! an issuer that is down for an hour must not lock everybody out.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use metrics::counter;
use rand::RngExt;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{info, warn};

use super::key_set::KeySet;
use super::source::{READ_MAX, Source};

/// How often an issuer is asked, give or take a fifth, so that hubs that started together do not
/// ask together.
const ASKED_EVERY: Duration = Duration::from_secs(300);
/// How often a file is looked at.
const LOOKED_EVERY: Duration = Duration::from_secs(5);
/// After a failure, when the next attempt is made.
const TRIED_EVERY: Duration = Duration::from_secs(10);
/// Least time between two readings, whoever names whatever keys.
const READ_AT_MOST_EVERY: Duration = Duration::from_secs(3);
/// How long it may take until a key that was not known is, if its issuer has it.
pub(crate) const LEARNED_MAX: Duration = Duration::from_secs(8);
/// How many may wait for that at once; more are told to come again.
const WAITING_MAX: usize = 256;

// Or nobody would wait long enough for the answer to their own question.
const _: () = assert!(LEARNED_MAX.as_secs() > READ_AT_MOST_EVERY.as_secs() + READ_MAX.as_secs());

/// The keys of an issuer.
pub(super) struct Published {
    name: String,
    source: Source,
    /// Nothing until they could be read for the first time.
    latest: RwLock<Option<Arc<Reading>>>,
    /// How often somebody has named a key that was not known.
    asked: watch::Sender<u64>,
    /// Up to which of these questions there is an answer, and whether it came from the issuer.
    answered: watch::Sender<(u64, bool)>,
    waiting: Semaphore,
}

/// A set, and what it was read from.
pub(super) struct Reading {
    pub(super) keys: KeySet,
    text: Vec<u8>,
}

impl Published {
    /// Those that TOKEN_JWKS names; none of them is known yet.
    ///
    /// # Errors
    /// If it names nothing that could be read.
    pub(super) fn by(name: &str) -> anyhow::Result<Published> {
        Ok(Published {
            name: name.to_owned(),
            source: Source::named(name)?,
            latest: RwLock::new(None),
            asked: watch::Sender::new(0),
            answered: watch::Sender::new((0, false)),
            waiting: Semaphore::new(WAITING_MAX),
        })
    }

    /// The keys as they were read last, if they ever were.
    pub(super) fn latest(&self) -> Option<Arc<Reading>> {
        self.latest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads them for the first time.
    ///
    /// # Errors
    /// If they are in a file, and it is no good: that is a mistake in the settings, and no waiting
    /// mends it. An issuer that does not answer may do so in a minute.
    pub(super) async fn begin(&self) -> anyhow::Result<()> {
        match (self.read().await, &self.source) {
            (Err(error), Source::File(_)) => {
                Err(error.context(format!("reading the keys that TOKEN_JWKS names, {}", self.name)))
            }
            (Err(error), Source::Address(..)) => {
                self.complain(&error);
                Ok(())
            }
            (Ok(()), _) => Ok(()),
        }
    }

    /// Reads them again and again, for ever.
    pub(super) async fn keep_up(&self) {
        let mut asked = self.asked.subscribe();
        let mut is_failing = self.latest().is_none();
        loop {
            let now = Instant::now();
            let pause = match (is_failing, &self.source) {
                (true, _) => TRIED_EVERY,
                (false, Source::File(_)) => LOOKED_EVERY,
                (false, Source::Address(..)) => ASKED_EVERY,
            };
            let pause = pause.mul_f64(rand::rng().random_range(0.8..1.2));
            sleep_until(now + READ_AT_MOST_EVERY).await;
            tokio::select! {
                _ = asked.changed() => (),
                () = sleep_until(now + pause) => (),
            }
            let question = *asked.borrow_and_update();
            let outcome = self.read().await;
            match &outcome {
                Err(error) if !is_failing => self.complain(error),
                Ok(()) if is_failing => info!(from = self.name, "the keys can be read again"),
                _ => (),
            }
            is_failing = outcome.is_err();
            self.answered.send_replace((question, !is_failing));
        }
    }

    /// Waits until the keys have been read by somebody who began after this was asked. `false` if
    /// they could not be, or too many wait already.
    pub(super) async fn learned(&self) -> bool {
        let Ok(_place) = self.waiting.try_acquire() else {
            return false;
        };
        let mut question = 0;
        self.asked.send_modify(|asked| {
            *asked += 1;
            question = *asked;
        });
        let mut answers = self.answered.subscribe();
        let answer = answers.wait_for(|(answered, _)| *answered >= question);
        match timeout(LEARNED_MAX, answer).await {
            Ok(Ok(answer)) => answer.1,
            Ok(Err(_)) | Err(_) => false,
        }
    }

    async fn read(&self) -> anyhow::Result<()> {
        let text = match self.source.read().await {
            Ok(text) => text,
            Err(error) => {
                count("failed");
                return Err(error);
            }
        };
        if self.latest().is_some_and(|latest| latest.text == text) {
            count("unchanged");
            return Ok(());
        }
        let keys = KeySet::read(&text).inspect_err(|_| count("failed"))?;
        count("changed");
        info!(from = self.name, kids = ?keys.names(), "tokens are checked with these keys");
        let reading = Some(Arc::new(Reading { keys, text }));
        *self.latest.write().unwrap_or_else(PoisonError::into_inner) = reading;
        Ok(())
    }

    fn complain(&self, error: &anyhow::Error) {
        let error = format!("{error:#}");
        match self.latest() {
            Some(_) => warn!(from = self.name, error, "the keys could not be read; the old hold"),
            None => warn!(from = self.name, error, "the keys could not be read; nobody gets in"),
        }
    }
}

fn count(outcome: &'static str) {
    counter!("hub_key_reads_total", "outcome" => outcome).increment(1);
}
