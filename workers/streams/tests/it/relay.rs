//! An address that leads to a Redis, and later to another: what a failover looks like to those
//! who know one name. Bytes pass as they are.

use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// The way to a Redis. Gone when dropped.
pub struct Relay {
    url: String,
    target: Arc<Mutex<String>>,
    /// How often what was open has been made to swallow everything.
    swallowed: watch::Sender<u32>,
    listening: AbortHandle,
}

impl Relay {
    pub async fn to(url: &str) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url_here = format!("redis://{}", listener.local_addr().expect("it listens"));
        let target = Arc::new(Mutex::new(address(url)));
        let (swallowed, watching) = watch::channel(0);
        let leading = target.clone();
        let listening = tokio::spawn(async move {
            while let Ok((here, _)) = listener.accept().await {
                let to = leading.lock().expect("nobody panics").clone();
                tokio::spawn(pass(here, to, watching.clone()));
            }
        });
        Relay { url: url_here, target, swallowed, listening: listening.abort_handle() }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// New connections lead elsewhere.
    pub fn leads_to(&self, url: &str) {
        *self.target.lock().expect("nobody panics") = address(url);
    }

    /// What is open stays so, and nothing comes through any more.
    pub fn swallows_what_is_open(&self) {
        self.swallowed.send_modify(|count| *count += 1);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn pass(mut here: TcpStream, to: String, mut swallowed: watch::Receiver<u32>) {
    swallowed.mark_unchanged();
    let Ok(mut there) = TcpStream::connect(to).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut here, &mut there) => (),
        // Held open for as long as the test lasts.
        Ok(()) = swallowed.changed() => std::future::pending().await,
    }
}

fn address(url: &str) -> String {
    url.trim_start_matches("redis://").trim_end_matches('/').to_owned()
}
