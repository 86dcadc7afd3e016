//! A way to Redis that a test can cut and turn: what a failover looks like to those who only know
//! a name.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Leads to a port of this machine, or nowhere.
pub(crate) struct Link {
    port: u16,
    state: Arc<Mutex<State>>,
    accepting: JoinHandle<()>,
}

struct State {
    to: Option<u16>,
    streams: JoinSet<io::Result<()>>,
}

impl Link {
    pub(crate) async fn to(port: u16) -> Link {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("there are ports left");
        let state = Arc::new(Mutex::new(State { to: Some(port), streams: JoinSet::new() }));
        let port = listener.local_addr().expect("it is bound").port();
        let accepting = tokio::spawn(accept(listener, state.clone()));
        Link { port, state, accepting }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends what goes through; from now on it leads there.
    pub(crate) fn turn(&self, to: Option<u16>) {
        let mut state = self.state.lock().expect("nobody panics with it");
        state.to = to;
        state.streams.abort_all();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.accepting.abort();
        self.turn(None);
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((mut near, _)) = listener.accept().await {
        let mut state = state.lock().expect("nobody panics with it");
        let Some(to) = state.to else { continue };
        state.streams.spawn(async move {
            let mut far = TcpStream::connect(("127.0.0.1", to)).await?;
            near.set_nodelay(true)?;
            far.set_nodelay(true)?;
            copy_bidirectional(&mut near, &mut far).await.map(|_| ())
        });
    }
}
