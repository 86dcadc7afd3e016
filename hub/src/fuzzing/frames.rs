//! Frames of clients, to both decoders, to sessions that do not know the client yet, and to those
//! that do, of which time then goes by.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::json;

use super::SECRET;
use crate::Config;
use crate::keys::{Claims, Keys, Role};
use crate::protocol::{EmulationRequest, Encoding};
use crate::session::{Now, Outbox, Session};

/// Longer than any run.
const VALID_SECONDS: f64 = 1e8;

static KEYS: LazyLock<Keys> =
    LazyLock::new(|| Keys::of(&Config::new("redis://nowhere", 1, SECRET)).unwrap());
static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let exp = crate::clock::now().0 as f64 / 1_000.0 + VALID_SECONDS;
    let claims = Claims { sub: "r-1".to_owned(), role: Role::Rider, store_id: None, exp };
    KEYS.sign(&claims).unwrap()
});

/// Whether there is a command in it.
pub(super) fn understood(frame: &[u8]) -> bool {
    let mut found = 0;
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        let commands: Vec<_> = encoding.commands(frame).collect();
        assert!(commands.len() <= frame.len() + 1, "more than there can be");
        found += commands.iter().filter(|it| it.is_ok()).count();
        let _ = EmulationRequest::read(encoding, frame.to_vec().into());
        for greeting in [vec![], greeting(encoding)] {
            let outbox = Arc::<Outbox>::default();
            let mut now = Now::is();
            let mut session = Session::new(outbox.clone(), encoding, None, now);
            if !greeting.is_empty() {
                session.receive(&greeting, &KEYS, now);
                assert!(!outbox.is_closing(), "the greeting is fine");
            }
            session.receive(frame, &KEYS, now);
            drop(session.take_jobs());
            for _ in 0..4 {
                now.instant += Duration::from_secs(20);
                session.tick(now);
            }
            outbox.take(usize::MAX);
        }
    }
    found > 0
}

/// The first command of every client.
fn greeting(encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Protobuf => {
            let request = field(1, TOKEN.as_bytes());
            let command = [vec![1 << 3, 1], field(4, &request)].concat();
            [length(command.len()), command].concat()
        }
        Encoding::Json | Encoding::Events => {
            json!({"id": 1, "connect": {"token": *TOKEN}}).to_string().into()
        }
    }
}

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [vec![(number << 3) | 2], length(bytes.len()), bytes.to_vec()].concat()
}

/// Enough for what is shorter than 16 KiB.
fn length(bytes: usize) -> Vec<u8> {
    vec![(bytes & 0x7f) as u8 | 0x80, (bytes >> 7) as u8]
}
