//! What an error says about where a command belongs. Only errors that prove that nothing was done
//! are read here: after a lost connection or a time-out nobody knows.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// What Redis says of a key that a script has not announced and that is elsewhere.
const NOT_HERE: &str = "Script attempted to access a non local key";

/// What to do with a command that a node did not carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Redirect {
    /// Another node has the slot.
    Moved,
    /// The slot is on its way to this node, and so is this key.
    Ask(String),
    /// The node is a replica by now.
    Demoted,
    /// Nobody can say for a moment: the keys are between two nodes, or a node is starting.
    Later,
}

impl Redirect {
    /// Reads an error. `None` if the command may have been carried out, or is to be told to the
    /// caller.
    pub(crate) fn of(error: &RedisError) -> Option<Redirect> {
        use ServerErrorKind::*;
        let kind = match error.kind() {
            ErrorKind::Server(kind) => kind,
            // Nobody was asked.
            ErrorKind::ClusterConnectionNotFound => return Some(Redirect::Later),
            _ => return None,
        };
        match kind {
            Moved => Some(Redirect::Moved),
            Ask => match error.redirect_node() {
                Some((address, _)) if !address.starts_with([':', '?']) => {
                    Some(Redirect::Ask(address.to_owned()))
                }
                // It does not know the other's name: the slot will have arrived in a while.
                _ => Some(Redirect::Later),
            },
            ReadOnly => Some(Redirect::Demoted),
            TryAgain | ClusterDown | MasterDown | BusyLoading => Some(Redirect::Later),
            // A script has found a log on its way that it had not announced. Only those that read
            // do so: whatever is written, Redis has looked for before the script began.
            ResponseError if error.detail().is_some_and(|it| it.contains(NOT_HERE)) => {
                Some(Redirect::Later)
            }
            _ => None,
        }
    }
}

/// Whether `error` may mean that the node is not what it was: any but an answer about the command.
pub(crate) fn is_of_the_node(error: &RedisError) -> bool {
    let is_unblocked = error.code() == Some("UNBLOCKED");
    is_unblocked || error.is_io_error() || Redirect::of(error).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(reply: &str) -> Option<Redirect> {
        let reply = redis::parse_redis_value(reply.as_bytes()).expect("a reply");
        Redirect::of(&reply.extract_error().expect_err("an error"))
    }

    #[test]
    fn only_what_was_certainly_not_done_is_sent_elsewhere() {
        assert_eq!(of("-MOVED 1 a:1\r\n"), Some(Redirect::Moved));
        assert_eq!(of("-ASK 1 a:1\r\n"), Some(Redirect::Ask("a:1".to_owned())));
        assert_eq!(of("-ASK 1 :1\r\n"), Some(Redirect::Later));
        assert_eq!(of("-READONLY no\r\n"), Some(Redirect::Demoted));
        for later in ["TRYAGAIN", "CLUSTERDOWN", "LOADING", "MASTERDOWN"] {
            assert_eq!(of(&format!("-{later} wait\r\n")), Some(Redirect::Later), "{later}");
        }
        for done in ["ERR no", "WRONGTYPE no", "UNBLOCKED no", "NOSCRIPT no", "BUSYGROUP no"] {
            assert_eq!(of(&format!("-{done}\r\n")), None, "{done}");
        }
        let lost = RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
        assert_eq!(Redirect::of(&lost), None);
        assert!(is_of_the_node(&lost));
    }
}
