//! A TCP proxy that stands in one link and can be told to harm it. Knows nothing of what passes.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

/// Read at once, and passed on at once.
const CHUNK_BYTES: usize = 16 * 1024;
/// Chunks under way in one direction of a connection; beyond them the sender waits.
const UNDER_WAY_MAX: usize = 256;
/// How long a connection to the far end may take to stand.
const CONNECT_MAX: Duration = Duration::from_secs(1);

/// What is wrong with a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Harm {
    /// What goes out stops here; in TCP it is not lost, but late.
    pub(crate) stops_out: bool,
    /// What comes back stops here.
    pub(crate) stops_back: bool,
    /// Everything takes this much longer, each way.
    pub(crate) delay: Duration,
}

/// One link. Dropping it cuts whatever passes.
#[derive(Debug)]
pub(crate) struct Link {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    harm: watch::Sender<Harm>,
}

#[derive(Debug, Default)]
struct State {
    /// Where the link leads to: each connection to the next of these.
    to: Vec<SocketAddr>,
    turn: usize,
    streams: JoinSet<io::Result<()>>,
}

impl Link {
    pub(crate) async fn to(far: Vec<SocketAddr>) -> io::Result<Link> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Mutex::new(State { to: far, ..State::default() });
        let shared = Arc::new(Shared { state, harm: watch::Sender::new(Harm::default()) });
        let accepting = tokio::spawn(accept(listener, shared.clone())).abort_handle();
        Ok(Link { address, shared, accepting })
    }

    /// Where it begins.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on this is wrong with it.
    pub(crate) fn harm(&self, harm: Harm) {
        self.shared.harm.send_replace(harm);
    }

    /// Resets every connection.
    pub(crate) fn cut(&self) {
        self.shared.state().streams.abort_all();
    }

    /// New connections lead there.
    pub(crate) fn lead_to(&self, far: Vec<SocketAddr>) {
        self.shared.state().to = far;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the next connection may lead to, the best first.
    fn ways(&self) -> Vec<SocketAddr> {
        let mut state = self.state();
        state.turn = state.turn.wrapping_add(1);
        let (mut ways, turn) = (state.to.clone(), state.turn);
        if !ways.is_empty() {
            let first = turn % ways.len();
            ways.rotate_left(first);
        }
        ways
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((near, _)) = listener.accept().await {
        let passing = pass(near, shared.clone());
        let mut state = shared.state();
        while state.streams.try_join_next().is_some() {}
        state.streams.spawn(passing);
    }
}

/// Carries one connection until either end has had enough, or the link is cut.
async fn pass(mut near: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    // Whatever way this ends, it ends with a reset: nobody is told that all was said.
    near.set_zero_linger()?;
    near.set_nodelay(true)?;
    let mut far = None;
    for way in shared.ways() {
        if let Ok(Ok(stream)) = timeout(CONNECT_MAX, TcpStream::connect(way)).await {
            far = Some(stream);
            break;
        }
    }
    let Some(mut far) = far else { return Ok(()) };
    far.set_zero_linger()?;
    far.set_nodelay(true)?;
    // Borrowed: halves of their own would say goodbye when they are dropped.
    let ((near_in, near_out), (far_in, far_out)) = (near.split(), far.split());
    let out = carry(near_in, far_out, shared.harm.subscribe(), |harm| harm.stops_out);
    let back = carry(far_in, near_out, shared.harm.subscribe(), |harm| harm.stops_back);
    tokio::try_join!(out, back).map(drop)
}

/// Carries one direction: reads at once, and passes on when it is time.
async fn carry(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut harm: watch::Receiver<Harm>,
    is_stopped: impl Fn(&Harm) -> bool,
) -> io::Result<()> {
    let (late, mut due) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY_MAX);
    let delays = harm.clone();
    let read = async move {
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let length = from.read(&mut chunk).await?;
            let at = Instant::now() + delays.borrow().delay;
            let is_over = late.send((at, chunk[..length].to_vec())).await.is_err();
            if length == 0 || is_over {
                return io::Result::Ok(());
            }
        }
    };
    let write = async move {
        while let Some((at, chunk)) = due.recv().await {
            sleep_until(at).await;
            // Fails when the link is gone, and with it the connection.
            let _ = harm.wait_for(|harm| !is_stopped(harm)).await;
            if chunk.is_empty() {
                return to.shutdown().await;
            }
            to.write_all(&chunk).await?;
        }
        Ok(())
    };
    tokio::try_join!(read, write).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection through a link to somebody who says everything back.
    async fn echo() -> (Link, TcpStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let far = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        let link = Link::to(vec![far]).await.unwrap();
        let near = TcpStream::connect(link.address()).await.unwrap();
        (link, near)
    }

    async fn comes_back(near: &mut TcpStream, word: &[u8]) -> bool {
        near.write_all(word).await.unwrap();
        let mut heard = vec![0; word.len()];
        let read = timeout(Duration::from_millis(300), near.read_exact(&mut heard)).await;
        matches!(read, Ok(Ok(_))) && heard == word
    }

    #[tokio::test]
    async fn what_is_stopped_is_late_and_not_lost() {
        let (link, mut near) = echo().await;
        assert!(comes_back(&mut near, b"one").await);
        link.harm(Harm { stops_back: true, ..Harm::default() });
        assert!(!comes_back(&mut near, b"two").await);
        link.harm(Harm::default());
        let mut heard = [0; 3];
        near.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"two");
    }

    #[tokio::test]
    async fn a_connection_that_is_cut_is_reset() {
        let (link, mut near) = echo().await;
        assert!(comes_back(&mut near, b"one").await);
        link.cut();
        let error = near.read(&mut [0; 1]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    #[tokio::test]
    async fn of_several_ways_the_next_that_stands_is_taken() {
        let (link, _near) = echo().await;
        let dead = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
        let alive = link.shared.ways();
        link.lead_to([vec![dead], alive].concat());
        for _ in 0..2 {
            let mut near = TcpStream::connect(link.address()).await.unwrap();
            assert!(comes_back(&mut near, b"one").await);
        }
    }
}
