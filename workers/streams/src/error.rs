//! What can go wrong between us and Redis, and on the way of a command.

use std::time::Duration;

use domain::{Order, Refusal};

use crate::redirect::is_of_the_node;

/// Redis could not be asked, or answered with something that is not ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection, or the wrong kind of Redis.
    #[error("connecting to Redis")]
    Connect(#[source] redis::RedisError),
    /// A read failed: nothing has changed.
    #[error("reading {what}")]
    Read {
        /// What was to be read.
        what: &'static str,
        /// Why it was not.
        #[source]
        source: redis::RedisError,
    },
    /// A write failed: nobody knows whether it took place. Send the same command again.
    #[error("writing {what}")]
    Write {
        /// What was to be written.
        what: &'static str,
        /// Why nobody knows.
        #[source]
        source: redis::RedisError,
    },
    /// Stored data cannot be read by this version.
    #[error("decoding {what}")]
    Decode {
        /// What was to be decoded.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// Stored data breaks a rule that always holds.
    #[error("{0}")]
    Broken(String),
    /// The data was made with other settings than this process has.
    #[error(
        "the data in Redis has {stored} partitions and this process was started with {asked}; \
             the number is fixed when the data is created, so set PARTITIONS={stored}"
    )]
    Partitions {
        /// As the data has it.
        stored: u16,
        /// As this process has it.
        asked: u16,
    },
    /// So many others changed the same thing at once that this change never got its turn.
    #[error("it kept changing for {0} tries")]
    Contended(u32),
}

/// What Redis says while it can do nothing for anybody.
const UNABLE: [&str; 3] = ["OOM", "MISCONF", "NOREPLICAS"];

impl Error {
    /// Whether Redis could not be asked, or could do nothing for anybody: what was to be done may
    /// be as it should be.
    pub fn is_outage(&self) -> bool {
        match self {
            Error::Connect(_) => true,
            Error::Read { source, .. } | Error::Write { source, .. } => {
                let is_unable = source.code().is_some_and(|it| UNABLE.contains(&it));
                is_unable || is_of_the_node(source)
            }
            _ => false,
        }
    }

    /// For `map_err`: a read of `what` failed.
    pub(crate) fn reading(what: &'static str) -> impl FnOnce(redis::RedisError) -> Error {
        move |source| Error::Read { what, source }
    }

    /// For `map_err`: a write of `what` failed.
    pub(crate) fn writing(what: &'static str) -> impl FnOnce(redis::RedisError) -> Error {
        move |source| Error::Write { what, source }
    }

    /// For `map_err`: `what` is not as we write it.
    pub(crate) fn decoding(what: &'static str) -> impl FnOnce(serde_json::Error) -> Error {
        move |source| Error::Decode { what, source }
    }
}

/// Why a command did not have its way.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// There is no such order.
    #[error("no such order")]
    NotFound,
    /// The domain said no.
    #[error("{refusal}")]
    Refused {
        /// Why.
        refusal: Refusal,
        /// The order as it truly is.
        order: Box<Order>,
    },
    /// Redis.
    #[error(transparent)]
    Redis(#[from] Error),
}

/// Why an order was not placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// There is no such store.
    #[error("no such store")]
    NoSuchStore,
    /// The domain said no.
    #[error(transparent)]
    Refused(Refusal),
    /// The idempotency key has been used for another body.
    #[error("this Idempotency-Key was used for another order")]
    KeyReused,
    /// The payment provider fails, so no charge is begun.
    #[error("the payment provider is failing")]
    PaymentBusy {
        /// After how long it is worth asking again.
        retry_after: Duration,
    },
    /// Redis.
    #[error(transparent)]
    Redis(#[from] Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_from_an_answer() {
        let said = |line: &str| {
            let reply = redis::parse_redis_value(format!("-{line}\r\n").as_bytes());
            reply.and_then(redis::Value::extract_error).expect_err("it is an error")
        };
        let lost = || std::io::Error::from(std::io::ErrorKind::TimedOut).into();
        assert!(Error::writing("a log")(lost()).is_outage());
        assert!(Error::reading("a log")(said("LOADING it starts")).is_outage());
        assert!(Error::writing("a log")(said("OOM command not allowed")).is_outage());
        assert!(!Error::reading("a log")(said("WRONGTYPE no list")).is_outage());
        assert!(!Error::Broken("a log".to_owned()).is_outage());
    }
}
