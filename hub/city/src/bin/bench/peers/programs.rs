//! Programs of our own around libraries of others, as short as they can be. News come to them by a
//! Redis Stream.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use serde_json::json;
use tokio::process::Command;

use super::{
    Contender, Hello, Plan, Server, Started, Step, folder, listens, message, own_redis, start,
};
use crate::frames::Tongue;
use crate::place::free_address;
use crate::press::{Press, Print};

/// How the stream is kept short, for all of them.
const KEPT_MAX: [&str; 3] = ["MAXLEN", "~", "20000"];
/// Socket.IO's type of a message to all cluster members that tells a room something.
const BROADCAST: &str = "3";
/// Engine.IO asks, and is answered.
const ENGINE: Tongue = Tongue { ping: b"2", pong: b"3", is_text: true };

pub(super) async fn socket_io(plan: Plan) -> anyhow::Result<Contender> {
    let print: Print = Box::new(|out, topic, number| {
        let message = message(number);
        let data = format!(
            r#"{{"opts":{{"rooms":["t{topic}"],"except":[],"flags":{{}}}},"packet":{{"type":2,"data":["news",{}],"nsp":"/"}}}}"#,
            String::from_utf8_lossy(&message)
        );
        let mut add = redis::cmd("XADD");
        add.arg("socket.io").arg(&KEPT_MAX).arg("*");
        add.arg(&["uid", "emitter", "nsp", "/", "type", BROADCAST, "data", &data]);
        add.write_packed_command(out);
    });
    run(node("socket-io.mjs")?, ENGINE, print, move |socket| engine_hello(plan, socket)).await
}

pub(super) async fn socketioxide(plan: Plan) -> anyhow::Result<Contender> {
    let beside = std::env::current_exe()?;
    let built = beside.parent().and_then(|it| it.parent()).context("where programs are built")?;
    let program = built.join("peers/release/socketioxide-peer");
    let hello = move |socket| engine_hello(plan, socket);
    run(Command::new(program), ENGINE, Box::new(add_to_stream), hello).await
}

pub(super) async fn ws(plan: Plan) -> anyhow::Result<Contender> {
    let hello = move |socket| Hello {
        path: Some("/".to_owned()),
        steps: vec![
            Step::Say(json!({"topic": format!("t{}", plan.topic_of(socket))}).to_string()),
            Step::Hear("joined".to_owned()),
        ],
    };
    let tongue = Tongue { ping: b"", pong: b"", is_text: true };
    run(node("ws.mjs")?, tongue, Box::new(add_to_stream), hello).await
}

fn add_to_stream(out: &mut Vec<u8>, topic: usize, number: u32) {
    let mut add = redis::cmd("XADD");
    add.arg("news").arg(&KEPT_MAX).arg("*");
    add.arg("topic").arg(format!("t{topic}")).arg("body").arg(&message(number)[..]);
    add.write_packed_command(out);
}

fn node(script: &str) -> anyhow::Result<Command> {
    let folder = folder().join("node");
    let modules = folder.join("node_modules");
    ensure!(modules.exists(), "{} is missing: run npm ci there", modules.display());
    let mut command = Command::new("node");
    command.arg(folder.join(script));
    Ok(command)
}

async fn run(
    mut command: Command,
    tongue: Tongue,
    print: Print,
    hello: impl Fn(usize) -> Hello + Send + Sync + 'static,
) -> anyhow::Result<Contender> {
    let (redis, id) = own_redis().await?;
    let address = free_address()?;
    command.args([address.port().to_string(), redis.port().to_string()]);
    let mut program = start(&mut command)?;
    listens(&mut program, address).await?;
    let to: SocketAddr = format!("127.0.0.1:{}", redis.port()).parse()?;
    Ok(Contender {
        address,
        tongue,
        hello: Box::new(hello),
        press: Press::open(to, 1, b"", b"-ERR", print)?,
        server: Server::Peer(Box::new(Started { program, _redis: Some(redis), _folder: None })),
        redis: Some(id),
    })
}

/// Engine.IO opens, Socket.IO connects, and the server says that the room was joined.
fn engine_hello(plan: Plan, socket: usize) -> Hello {
    let auth = json!({"topic": format!("t{}", plan.topic_of(socket))});
    Hello {
        path: Some("/socket.io/?EIO=4&transport=websocket".to_owned()),
        steps: vec![
            Step::Hear("0{".to_owned()),
            Step::Say(format!("40{auth}")),
            Step::Hear(r#"42["joined""#.to_owned()),
        ],
    }
}
