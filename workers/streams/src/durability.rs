//! When a change counts as done: the one setting for what an acknowledgement is worth.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Longest that replicas may be waited for: a caller gives up after some seconds and has to be
/// told before.
const WAIT_MAX: Duration = Duration::from_millis(1_000);

/// Most replicas that can be waited for.
const REPLICAS_MAX: u8 = 5;

/// What Redis has done with a change when it is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Carried it out, and written it to its file as its own settings say.
    #[default]
    Local,
    /// Handed it to so many replicas within this time. With fewer nobody knows whether it will
    /// last; that is answered, and the same sent again succeeds once they have it.
    Wait {
        /// How many.
        replicas: u8,
        /// How long they are waited for, in whole milliseconds.
        within: Duration,
    },
    /// Made it safe by itself: a store that answers only what it can no longer lose.
    Engine,
}

impl Durability {
    /// Longest that anybody waits for replicas.
    pub(crate) const WAIT_MAX: Duration = WAIT_MAX;
}

impl FromStr for Durability {
    type Err = String;

    fn from_str(text: &str) -> Result<Durability, String> {
        let wait = || {
            let (replicas, millis) = text.strip_prefix("wait:")?.split_once(':')?;
            let replicas = replicas.parse().ok().filter(|it| (1..=REPLICAS_MAX).contains(it))?;
            let within = Duration::from_millis(millis.parse().ok()?);
            let is_fine = !within.is_zero() && within <= WAIT_MAX;
            is_fine.then_some(Durability::Wait { replicas, within })
        };
        match text {
            "local" => Ok(Durability::Local),
            "engine" => Ok(Durability::Engine),
            _ => wait().ok_or_else(|| {
                let millis = WAIT_MAX.as_millis();
                format!(
                    "local, engine, or wait:<replicas>:<milliseconds> with 1 to {REPLICAS_MAX} \
                     replicas and 1 to {millis} milliseconds"
                )
            }),
        }
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Durability::Local => f.write_str("local"),
            Durability::Wait { replicas, within } => {
                write!(f, "wait:{replicas}:{}", within.as_millis())
            }
            Durability::Engine => f.write_str("engine"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in ["local", "engine", "wait:1:50"] {
            assert_eq!(text.parse::<Durability>().expect("a setting").to_string(), text);
        }
        for text in ["", "wait", "wait:0:50", "wait:1:0", "wait:1:1001", "wait:1:50:1", "Local"] {
            assert!(text.parse::<Durability>().is_err(), "{text}");
        }
    }
}
