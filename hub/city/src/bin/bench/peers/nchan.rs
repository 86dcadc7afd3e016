//! nchan, a module of nginx: news are posted to it by HTTP, and it passes them on by Redis.

use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::{Context, ensure};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::{
    Contender, Hello, LOOK_EVERY, Plan, READY_MAX, Server, Started, listens, message, own_redis,
    start,
};
use crate::frames::Tongue;
use crate::place::free_address;
use crate::press::{Press, Print};

/// Connections on which news are posted: nginx answers one request of each at a time.
const LINES: usize = 16;

pub(super) async fn open(plan: Plan) -> anyhow::Result<Contender> {
    let (redis, id) = own_redis().await?;
    let address = free_address()?;
    let folder = TempDir::with_prefix("nchan-")?;
    let settings = settings(address.port(), redis.port());
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, settings).context("writing nginx.conf")?;
    let mut command = Command::new("nginx");
    command.arg("-p").arg(folder.path()).arg("-c").arg(&file).args(["-e", "stderr"]);
    let mut program = start(&mut command)?;
    listens(&mut program, address).await?;
    finds_redis(address).await?;
    let print: Print = Box::new(|out, topic, number| {
        let message = message(number);
        let length = message.len();
        // Nothing fails to be written to memory.
        let _ = write!(
            out,
            "POST /news/t{topic} HTTP/1.1\r\nHost: bench\r\nContent-Length: {length}\r\n\r\n"
        );
        out.extend_from_slice(&message);
    });
    Ok(Contender {
        address,
        tongue: Tongue { ping: b"", pong: b"", is_text: true },
        hello: Box::new(move |socket| Hello {
            path: Some(format!("/follow/t{}", plan.topic_of(socket))),
            steps: vec![],
        }),
        press: Press::open(address, LINES, b"", b"HTTP/1.1 5", print)?,
        server: Server::Peer(Box::new(Started {
            program,
            _redis: Some(redis),
            _folder: Some(folder),
        })),
        redis: Some(id),
    })
}

/// Waits until it takes news: it listens before it has found Redis.
async fn finds_redis(address: SocketAddr) -> anyhow::Result<()> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let started = Instant::now();
    loop {
        let posting = http.post(format!("http://{address}/news/first")).body("first").send();
        if posting.await.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        ensure!(started.elapsed() < READY_MAX, "it does not find Redis after {READY_MAX:?}");
        sleep(LOOK_EVERY).await;
    }
}

/// One process: there is one processor beside the clients'.
fn settings(port: u16, redis_port: u16) -> String {
    format!(
        r#"load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
master_process off;
worker_rlimit_nofile 20000;
daemon off;
pid nginx.pid;
error_log stderr error;
events {{ worker_connections 19000; }}
http {{
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 100000000;
  nchan_shared_memory_size 512M;
  upstream redis {{ nchan_redis_server redis://127.0.0.1:{redis_port}; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location ~ ^/follow/(\w+)$ {{
      nchan_subscriber websocket;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
      nchan_redis_pass redis;
    }}
    location ~ ^/news/(\w+)$ {{
      nchan_publisher http;
      nchan_channel_id $1;
      nchan_message_timeout 10s;
      nchan_redis_pass redis;
    }}
  }}
}}
"#
    )
}
