//! Thousands of sockets, each as thin as a client can be, so that the hub is what is measured.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures_util::{SinkExt, StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// How many connect at once.
const CONNECTING_MAX: usize = 128;
/// How long one may take to connect and subscribe.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// What one socket reads at once, as small as news are.
const READ_BUFFER_BYTES: usize = 1_024;
/// Commands of one socket that may wait.
const WAITING_MAX: usize = 4;

/// What is done with each line that a socket hears: whose socket, the line, and when it came.
pub(crate) type Ear = Arc<dyn Fn(usize, &str, Instant) + Send + Sync>;

/// Sockets that are open and subscribed. Dropping it closes them.
pub(crate) struct Crowd {
    mouths: Vec<mpsc::Sender<String>>,
    _listening: JoinSet<()>,
}

type Socket = WebSocketStream<TcpStream>;

impl Crowd {
    /// Everybody with a token connects and subscribes to what `channel` says; the reply to that is
    /// heard as well.
    pub(crate) async fn gather(
        hub: SocketAddr,
        tokens: &[String],
        channel: impl Fn(usize) -> (String, Value),
        ear: Ear,
    ) -> anyhow::Result<Crowd> {
        let arrive = async |(index, token): (usize, &String)| {
            arrive(hub, token, channel(index), index, &ear).await
        };
        let arriving = stream::iter(tokens.iter().enumerate()).map(arrive);
        let sockets: Vec<Socket> = arriving.buffered(CONNECTING_MAX).try_collect().await?;
        let mut listening = JoinSet::new();
        let mut mouths = Vec::with_capacity(sockets.len());
        for (index, socket) in sockets.into_iter().enumerate() {
            let (mouth, words) = mpsc::channel(WAITING_MAX);
            mouths.push(mouth);
            listening.spawn(listen(socket, words, index, ear.clone()));
        }
        Ok(Crowd { mouths, _listening: listening })
    }

    /// Sends a command on the socket with this number, if it has room for one.
    pub(crate) fn say(&self, index: usize, command: &Value) -> bool {
        self.mouths[index].try_send(command.to_string()).is_ok()
    }
}

async fn arrive(
    hub: SocketAddr,
    token: &str,
    (channel, data): (String, Value),
    index: usize,
    ear: &Ear,
) -> anyhow::Result<Socket> {
    let mut line = Line::open(hub, token).await?;
    line.subscribe_as(index, &channel, &data, ear).await?;
    Ok(line.socket)
}

/// Where in the news of a channel somebody is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mark {
    epoch: String,
    offset: u64,
}

/// One socket whose owner waits for each answer.
pub(crate) struct Line {
    socket: Socket,
    id: u32,
}

impl Line {
    /// Connects.
    pub(crate) async fn open(hub: SocketAddr, token: &str) -> anyhow::Result<Line> {
        let opening = async {
            let stream = TcpStream::connect(hub).await?;
            stream.set_nodelay(true)?;
            let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
            let url = format!("ws://{hub}/connection/websocket");
            anyhow::Ok(client_async_with_config(url, stream, Some(config)).await?.0)
        };
        let socket = timeout(ANSWER_MAX, opening).await.context("opening a socket")??;
        let mut line = Line { socket, id: 0 };
        line.ask("connect", &json!({"token": token}), |_, _| ()).await?;
        Ok(line)
    }

    /// Subscribes, and has the reply heard. Returns how long that took.
    pub(crate) async fn subscribe(
        &mut self,
        channel: &str,
        data: &Value,
        ear: &Ear,
    ) -> anyhow::Result<Duration> {
        self.subscribe_as(0, channel, data, ear).await
    }

    pub(crate) async fn unsubscribe(&mut self, channel: &str) -> anyhow::Result<()> {
        self.ask("unsubscribe", &json!({"channel": channel}), |_, _| ()).await.map(drop)
    }

    /// Subscribes, from where they were if they were there before. Returns where they are now, and
    /// whether they were only told what they had missed.
    pub(crate) async fn resume(
        &mut self,
        channel: &str,
        since: Option<&Mark>,
    ) -> anyhow::Result<(Mark, bool)> {
        let request = match since {
            Some(Mark { epoch, offset }) => {
                json!({"channel": channel, "recover": true, "epoch": epoch, "offset": offset})
            }
            None => json!({"channel": channel}),
        };
        let reply = Mutex::new(Value::Null);
        let hear = |line: &str, _| {
            let parsed = serde_json::from_str(line).unwrap_or_default();
            *reply.lock().unwrap_or_else(PoisonError::into_inner) = parsed;
        };
        self.ask("subscribe", &request, hear).await?;
        let reply = reply.into_inner().unwrap_or_else(PoisonError::into_inner);
        let told = &reply["subscribe"];
        let mark = Mark {
            epoch: told["epoch"].as_str().unwrap_or_default().to_owned(),
            offset: told["offset"].as_u64().unwrap_or_default(),
        };
        Ok((mark, told["recovered"] == true))
    }

    async fn subscribe_as(
        &mut self,
        index: usize,
        channel: &str,
        data: &Value,
        ear: &Ear,
    ) -> anyhow::Result<Duration> {
        let request = json!({"channel": channel, "data": data});
        self.ask("subscribe", &request, |line, now| ear(index, line, now)).await
    }

    async fn ask(
        &mut self,
        request: &str,
        body: &Value,
        hear: impl Fn(&str, Instant),
    ) -> anyhow::Result<Duration> {
        self.id += 1;
        let (command, prefix) =
            (json!({"id": self.id, request: body}), format!(r#"{{"id":{},"#, self.id));
        let started = Instant::now();
        self.socket.send(Message::text(command.to_string())).await?;
        let answering = async {
            while let Some(message) = self.socket.next().await {
                let Message::Text(text) = message? else { continue };
                let now = Instant::now();
                if let Some(line) = text.lines().find(|line| line.starts_with(&prefix)) {
                    ensure!(!line.contains(r#""error":"#), "refused: {line}");
                    hear(line, now);
                    return Ok(now.duration_since(started));
                }
            }
            anyhow::bail!("the hub closed the socket")
        };
        timeout(ANSWER_MAX, answering).await.context("waiting for a reply")?
    }
}

async fn listen(mut socket: Socket, mut words: mpsc::Receiver<String>, index: usize, ear: Ear) {
    loop {
        tokio::select! {
            message = socket.next() => {
                let Some(Ok(message)) = message else { return };
                let Message::Text(text) = message else { continue };
                let now = Instant::now();
                for line in text.lines() {
                    match line {
                        "{}" => {
                            if socket.send(Message::text("{}")).await.is_err() {
                                return;
                            }
                        }
                        line => ear(index, line, now),
                    }
                }
            }
            command = words.recv() => {
                let Some(command) = command else { return };
                if socket.send(Message::text(command)).await.is_err() {
                    return;
                }
            }
        }
    }
}
