//! NATS with its own WebSockets: nothing is kept, and Redis has no part in it.

use std::io::Write as _;

use tempfile::TempDir;
use tokio::process::Command;

use super::{Contender, Hello, Plan, Server, Started, Step, listens, message, start};
use crate::frames::Tongue;
use crate::place::free_address;
use crate::press::{Press, Print};

const CONNECT: &str = r#"CONNECT {"verbose":false,"pedantic":false,"echo":false}"#;

pub(super) async fn open(plan: Plan) -> anyhow::Result<Contender> {
    let (address, inner) = (free_address()?, free_address()?);
    let folder = TempDir::with_prefix("nats-")?;
    let file = folder.path().join("nats.conf");
    let settings = format!(
        "listen: {inner}\nmax_connections: 19000\nwebsocket {{ listen: {address}, no_tls: true }}\n"
    );
    std::fs::write(&file, settings)?;
    let mut command = Command::new("nats-server");
    let mut program = start(command.arg("--config").arg(&file).args(["--log", "/dev/null"]))?;
    listens(&mut program, address).await?;
    listens(&mut program, inner).await?;
    let print: Print = Box::new(|out, topic, number| {
        let message = message(number);
        // Nothing fails to be written to memory.
        let _ = write!(out, "PUB t{topic} {}\r\n", message.len());
        out.extend_from_slice(&message);
        out.extend_from_slice(b"\r\n");
    });
    let greeting = format!("{CONNECT}\r\n");
    Ok(Contender {
        address,
        tongue: Tongue { ping: b"PING\r\n", pong: b"PONG\r\n", is_text: false },
        hello: Box::new(move |socket| Hello {
            path: Some("/".to_owned()),
            steps: vec![
                Step::Hear("INFO".to_owned()),
                Step::Say(format!("{CONNECT}\r\nSUB t{} 1\r\nPING\r\n", plan.topic_of(socket))),
                Step::Hear("PONG".to_owned()),
            ],
        }),
        press: Press::open(inner, 1, greeting.as_bytes(), b"-ERR", print)?,
        server: Server::Peer(Box::new(Started { program, _redis: None, _folder: Some(folder) })),
        redis: None,
    })
}
